"""The Dutch EDI dialect (MEDLAB, MEDVRI, MEDSPE, MEDRAD): segments to a report, whether they came
as EDIFACT or as XML."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import Moment, Notice, Party, Patient, Report, Result, Row, Table
from viewer.readers import codes, dates
from viewer.readers.drafts import Draft
from viewer.readers.medeur_people import (
    address,
    care_provider,
    copies,
    doctor,
    hospital,
    patient,
    specialist,
    telephones,
)
from viewer.readers.segments import Segment
from viewer.readers.statuses import settled

KINDS = {
    "MEDLAB": "laboratory_report",
    "MEDVRI": "free_message",
    "MEDVRY": "free_message",
    "MEDSPE": "specialist_letter",
    "MEDRAD": "radiology_report",
    "MEDREC": "prescription",
    "MEDOVD": "record_transfer",
    "MEDEUR": "record_transfer",
    "MEDNIP": "nipt_request",
    "MEDRPT": "laboratory_report",
}
PUBLISHED = ("MEDLAB", "MEDVRI", "MEDVRY", "MEDSPE", "MEDRAD", "MEDNIP")
FRAME = ("GGA", "GGO", "DET", "PID", "PAD", "ZKH", "ART", "SPE", "AFD", "ARA", "KOP")
TEXTS = {
    "TXT": "text",
    "CON": "conclusion",
    "VRG": "question",
    "OND": "examination",
    "VRS": "report",
    "ADD": "addendum",
}
YES = ("j", "ja", "yes", "c", "y")
NO = ("", "n", "nee", "no", "0")
DECORATION = ("*", "-----OPM-----")
HEADING = ("1", "tekst", "text", "kop", "kopregel")


class Medeur:
    """Reads the segments of one message in their order; counters in the tags decide nothing, for
    they are often wrong."""

    def __init__(self, kind: str):
        self.type = kind
        self.published = kind in PUBLISHED
        self.patients: list[Patient] = []
        self.parties: list[Party] = []
        self.moments: list[Moment] = []
        self.numbers: list[Row] = []
        self.details: list[Row] = []
        self.statuses: list[str] = []
        self.rest: list[Row] = []
        self.body = Draft()
        self.specimen: Draft | None = None
        self.section: Draft = self.body
        self.unknown: list[Segment] = []

    def read(self, segments: list[Segment]) -> None:
        for place, segment in enumerate(segments):
            if segment.tag == "DET":
                self.dated(
                    segment, sampled=self.undated_specimen or begins_specimen(segments, place)
                )
            elif not self.known(segment):
                self.unknown.append(segment)
                continue
            elif segment.tag in TEXTS:
                self.text(segment, TEXTS[segment.tag])
            else:
                getattr(self, f"read_{segment.tag}")(segment)
            self.rest.extend(segment.rest())

    def known(self, segment: Segment) -> bool:
        """Of a message whose layout nobody published only the parties, the patient and the date are
        certain."""
        if not self.published:
            return segment.tag in FRAME
        return segment.tag in TEXTS or hasattr(self, f"read_{segment.tag}")

    def report(self, **others) -> Report:
        """The report as far as it was read, with the fields that its carrier adds."""
        if self.unknown:
            table = Table(rows=level([segment.cells() for segment in self.unknown]))
            self.body.open(term="not_interpreted").add(table)
        return Report(
            kind=KINDS.get(self.type, "edifact_message"),
            statuses=settled(self.statuses),
            moments=tuple(self.moments),
            patients=tuple(self.patients),
            parties=tuple(self.parties),
            numbers=tuple(self.numbers),
            details=tuple(self.details),
            sections=self.body.build().sections,
            rest=tuple(self.rest),
            **others,
        )

    def notices(self) -> list[Notice]:
        if not self.unknown:
            return []
        if self.published:
            return [Notice("unknown_segments", {"count": len(self.unknown)})]
        return [Notice("unknown_layout")]

    # People

    def read_PID(self, segment: Segment) -> None:
        self.patients.append(patient(segment))

    def read_PAD(self, segment: Segment) -> None:
        lines, numbers = address(segment, 1), telephones(segment, 2)
        last = self.patients.pop() if self.patients else Patient()
        self.patients.append(
            replace(last, address=last.address + lines, telephones=last.telephones + numbers)
        )

    def read_BLG(self, segment: Segment) -> None:
        self.details.append(Row(term="blood_group", value=segment.line().strip()))

    def read_ZKH(self, segment: Segment) -> None:
        self.parties.append(
            hospital(segment, "laboratory" if self.type == "MEDLAB" else "hospital")
        )

    def read_GGA(self, segment: Segment) -> None:
        self.parties.append(care_provider(segment, "sender"))

    def read_GGO(self, segment: Segment) -> None:
        self.parties.append(care_provider(segment, "receiver"))

    def read_ART(self, segment: Segment) -> None:
        self.parties.append(doctor(segment, "addressed" if self.type == "MEDSPE" else "requester"))

    def read_SPE(self, segment: Segment) -> None:
        self.parties.append(specialist(segment))

    def read_AFD(self, segment: Segment) -> None:
        self.parties.append(
            Party("department", department=segment.whole(1), telephones=telephones(segment, 2))
        )

    def read_ARA(self, segment: Segment) -> None:
        self.parties.append(
            Party("responsible", person=segment.whole(1), telephones=telephones(segment, 2))
        )

    def read_KOP(self, segment: Segment) -> None:
        self.parties.extend(copies(segment))

    def read_REF(self, segment: Segment) -> None:
        self.numbers.append(Row(term="reference_number", value=segment.line().strip()))

    # Specimens and results

    @property
    def undated_specimen(self) -> bool:
        return bool(self.specimen and not self.specimen.moments and not self.section.results_begun)

    def dated(self, segment: Segment, sampled: bool) -> None:
        date, clock = segment.element(1), segment.element(2)
        received = " ".join(filter(None, (":".join(date), ":".join(clock))))
        iso = dates.iso(received) or dates.short_date(date, clock)
        if not sampled:
            self.moments.append(Moment("written", received, iso))
            return
        if not self.undated_specimen:
            self.begin_specimen()
        (self.specimen or self.body).moments.append(Moment("sampled", received, iso))

    def begin_specimen(self) -> Draft:
        self.specimen = self.section = self.body.open(term="specimen")
        return self.specimen

    def read_IDE(self, segment: Segment) -> None:
        fresh = (
            self.specimen is not None
            and not self.specimen.details
            and not self.specimen.results_begun
        )
        specimen = self.specimen if fresh and self.specimen else self.begin_specimen()
        complete, number = segment.whole(1), segment.whole(2)
        specimen.details.extend(
            Row(term=term, value=value)
            for term, value in [
                ("specimen_number", number),
                ("material", segment.whole(3)),
                ("volume", segment.whole(4)),
            ]
            if value
        )
        finished = complete.casefold() in YES
        if complete:
            word = "yes" if finished else "no" if complete.casefold() in NO else ""
            specimen.details.append(Row(term="specimen_complete", value=complete, value_term=word))
            self.statuses.append("final" if finished else "partial")
        if number:
            self.numbers.append(Row(term="report_number", value=number))

    def read_SEC(self, segment: Segment) -> None:
        self.section = (self.specimen or self.body).open(heading=segment.line().strip())

    def read_BEP(self, segment: Segment) -> None:
        self.results_section().add(self.result(segment))

    def results_section(self) -> Draft:
        """Results outside any section or specimen still need a place."""
        if self.section is self.body:
            self.section = self.body.open(term="results")
        return self.section

    def result(self, segment: Segment) -> Result:
        kind, value, changed, flag = (segment.whole(number) for number in (1, 3, 4, 6))
        corrected = changed.casefold() not in NO
        if corrected:
            self.statuses.append("corrected")
        heading = kind.casefold() in HEADING and not value
        known = heading or kind.casefold() in ("", "0", "bepaling")
        return Result(
            name=segment.whole(2),
            value=value,
            unit=segment.whole(5),
            low=segment.whole(7),
            high=segment.whole(8),
            reference=segment.whole(10),
            flag=codes.flag(flag),
            flag_received=flag,
            changed=corrected,
            status="corrected" if corrected else "",
            status_received=changed,
            code=segment.whole(9),
            comments=tuple(segment.whole(11).splitlines()),
            at=self.specimen.moments[0] if self.specimen and self.specimen.moments else None,
            kind="heading" if heading else "result",
            details=() if known else (Row(term="kind", value=kind),),
        )

    def read_OPB(self, segment: Segment) -> None:
        lines = [line for line in segment.lines() if line.strip() not in DECORATION]
        if lines and not self.section.comment(*lines):
            self.results_section().write(*lines)

    def read_NUB(self, segment: Segment) -> None:
        place = self.specimen or self.body
        if not place.sections or place.sections[-1].term != "pending_tests":
            place.open(term="pending_tests")
        self.section = place.sections[-1]
        self.section.add(Result(name=segment.line().strip(), kind="pending", status="pending"))
        self.statuses.append("partial")

    def read_OPU(self, segment: Segment) -> None:
        self.read_OPB(segment)

    def read_OPM(self, segment: Segment) -> None:
        self.text(segment, "remark")

    def read_COM(self, segment: Segment) -> None:
        self.text(segment, "comment")

    def text(self, segment: Segment, term: str) -> None:
        """A line of text: it continues the block before it if that is of the same kind."""
        place = self.specimen if self.specimen and term in ("remark", "comment") else self.body
        if not place.sections or place.sections[-1].term != term:
            place.open(term=term)
        place.sections[-1].write(
            *(examination(segment) if segment.tag == "OND" else segment.lines())
        )


def examination(segment: Segment) -> list[str]:
    """OND: what was examined, and its code."""
    name, code = segment.whole(1), segment.whole(2)
    return [f"{name} ({code})" if code else name]


def begins_specimen(segments: list[Segment], place: int) -> bool:
    """Whether this date is the moment of sampling: a specimen follows before the next date."""
    for later in segments[place + 1 :]:
        if later.tag in ("DET", "IDE"):
            return later.tag == "IDE"
    return False


def level(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of one width."""
    width = max(map(len, rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)
