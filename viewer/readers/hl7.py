"""HL7 v2: reports of results (ORU), documents (MDM), and any other message segment by segment."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import (
    Attachment,
    Document,
    Moment,
    Notice,
    Party,
    Patient,
    Report,
    Result,
    Row,
    Section,
    Table,
    Text,
)
from viewer.readers import hl7_people as people
from viewer.readers.charset import decode, decode_latin
from viewer.readers.documents import Cut, cut_documents, kept
from viewer.readers.drafts import Draft
from viewer.readers.hl7_syntax import Segment, split
from viewer.readers.hl7_values import STATUSES, Enclosed, enclosed, result
from viewer.readers.limits import MIB, check_size
from viewer.readers.medeur import level
from viewer.readers.statuses import settled

SIZE = 2 * MIB
LABORATORY = (
    "LAB",
    "CH",
    "HM",
    "MB",
    "IMM",
    "SR",
    "TX",
    "VR",
    "MCB",
    "MYC",
    "BLB",
    "CG",
    "SP",
    "PCR",
)
RADIOLOGY = ("RAD", "RUS", "CT", "NMR", "NMS", "RX", "VUS", "XRC", "IMG")
COMPLETION = {
    "DI": "preliminary",
    "IP": "preliminary",
    "IN": "preliminary",
    "PA": "preliminary",
    "AU": "final",
    "LA": "final",
}
AVAILABILITY = {"OB": "replaced", "CA": "cancelled"}
EVENTS = {"T06": "addition", "T08": "corrected", "T10": "replaces", "T11": "cancelled"}
TEXTUAL = ("TX", "FT")
NEW_ORDERS = ("", "NW")
URGENT = ("S", "A", "STAT", "ASAP")


def read(content: bytes) -> Document:
    """All messages of the content; each patient within a message makes a report of its own."""
    cut = cut_documents(decode_latin(content))
    check_size(cut.text, SIZE)
    reports: list[Report] = []
    notices: list[Notice] = []
    for segments in split(cut.text):
        message = Message(cut)
        for segment in segments:
            message.one(segment)
        reports.extend(message.reports())
        notices.extend(message.notices(content))
    if len(reports) > 1:
        notices.append(Notice("several_messages", {"count": len(reports)}))
    once = {notice.code: notice for notice in notices}
    return kept(Document(tuple(reports), tuple(once.values())), cut)


class Part:
    """What belongs to one patient of a message."""

    def __init__(self) -> None:
        self.patients: list[Patient] = []
        self.parties: list[Party] = []
        self.moments: list[Moment] = []
        self.numbers: list[Row] = []
        self.details: list[Row] = []
        self.statuses: list[str] = []
        self.attachments: list[Attachment] = []
        self.rest: list[Row] = []
        self.body = Draft()
        self.unknown: list[Segment] = []
        self.unfiled: list[Draft] = []
        self.title = ""
        self.kind = ""


class Message:
    """One message, from MSH to the next."""

    def __init__(self, cut: Cut):
        self.cut = cut
        self.head = Part()
        self.parts: list[Part] = []
        self.section: Draft | None = None
        self.after = ""
        self.type = self.version = self.charset = ""
        self.unreadable = self.pointers = 0

    @property
    def part(self) -> Part:
        return self.parts[-1] if self.parts else self.head

    def one(self, segment: Segment) -> None:
        reader = getattr(self, f"read_{segment.tag}", None)
        if reader:
            reader(segment)
            self.part.rest.extend(segment.rest())
        elif segment.tag not in ("BTS", "FTS"):
            self.part.unknown.append(segment)
        if segment.tag != "NTE":
            self.after = segment.tag

    def reports(self) -> list[Report]:
        return [self.report(part) for part in self.parts or [Part()]]

    def report(self, part: Part) -> Report:
        head = self.head
        if part.kind == "laboratory_report":
            for group in part.unfiled:
                stand_beside(group)
        if part.unknown or (head.unknown and part in (self.parts[:1] or [part])):
            cells = [segment.cells() for segment in (*head.unknown, *part.unknown)]
            part.body.open(term="not_interpreted").add(Table(rows=level(cells)))
        standard = " ".join(
            filter(None, (f"HL7 v{self.version}" if self.version else "HL7 v2", self.type))
        )
        sections = (*head.body.build().sections, *part.body.build().sections)
        return Report(
            kind=part.kind or self.kind(sections),
            standard=standard,
            title=part.title,
            statuses=settled((*head.statuses, *part.statuses)),
            moments=(*part.moments, *head.moments),
            patients=tuple(part.patients),
            parties=tuple(dict.fromkeys((*head.parties, *part.parties))),
            numbers=tuple(dict.fromkeys((*part.numbers, *head.numbers))),
            sections=sections,
            attachments=tuple(part.attachments),
            details=(*head.details, *part.details),
            rest=tuple(dict.fromkeys((*head.rest, *part.rest))),
        )

    def kind(self, sections: tuple[Section, ...]) -> str:
        if self.type.startswith(("ORU", "OUL")):
            return "result_report"
        return "letter" if self.type.startswith("MDM") else "hl7_message"

    def notices(self, content: bytes) -> list[Notice]:
        found = []
        if "UTF-8" in self.charset.upper() and decode(content, "utf-8")[1]:
            found.append(Notice("charset_wrong", {"charset": "windows-1252"}))
        if self.unreadable:
            found.append(Notice("file_unreadable", {"count": self.unreadable}))
        if self.pointers:
            found.append(Notice("external_pointer"))
        if count := sum(len(part.unknown) for part in (self.head, *self.parts)):
            found.append(Notice("unknown_segments", {"count": count}))
        return found

    # Envelope

    def read_FHS(self, segment: Segment) -> None:
        segment.take_all(1, 2)

    read_BHS = read_FHS

    def read_MSH(self, segment: Segment) -> None:
        head = self.head
        segment.take_all(1, 2, 9, 12, 15, 16, 17, 19)
        for role, application, facility in (("sender", 3, 4), ("receiver", 5, 6)):
            names = [segment.take(field) for field in (facility, application)]
            if any(names):
                head.parties.append(
                    Party(role, organization=names[0] or names[1], details=applications(names))
                )
        if created := people.moment(segment, 7, "sent"):
            head.moments.append(created)
        self.type = "^".join(filter(None, (segment.take(9, 1), segment.take(9, 2))))
        if number := segment.take(10):
            head.numbers.append(Row(term="message_number", value=number))
        if segment.take(11).upper() in ("T", "D"):
            head.statuses.append("test")
        self.version = segment.take(12)
        self.charset = segment.take(18)
        event = EVENTS.get(segment.take(9, 2).upper())
        if event and self.type.startswith("MDM"):
            head.statuses.append(event)

    def read_EVN(self, segment: Segment) -> None:
        segment.take_all(1, 2)

    # People

    def read_PID(self, segment: Segment) -> None:
        self.parts.append(Part())
        self.section = None
        self.part.patients.append(people.patient(segment))

    def read_PV1(self, segment: Segment) -> None:
        segment.take_all(1, 2)
        part = self.needed()
        if place := " ".join(filter(None, segment.components(3))):
            part.details.append(Row(term="location", value=place))
        for field, role in ((7, "treating"), (8, "referrer"), (9, "participant")):
            part.parties.extend(people.persons(segment, field, role))
        for field, meaning in ((44, "admitted"), (45, "discharged")):
            if moment := people.moment(segment, field, meaning):
                part.moments.append(moment)

    def needed(self) -> Part:
        """The part to write in; a message without a patient has one too."""
        if not self.parts:
            self.parts.append(Part())
        return self.part

    # Orders and results

    def read_ORC(self, segment: Segment) -> None:
        segment.take_all(5)
        self.priority(segment, 7, 6)
        new = segment.take(1).upper() in NEW_ORDERS
        part = self.needed()
        self.order_numbers(segment, part)
        part.parties.extend(unknown_of(part, people.persons(segment, 12, "requester")))
        moment = people.moment(segment, 9, "requested" if new else "updated")
        # With a report this is when it was sent, which its first line said already.
        if moment and all(moment.received != said.received for said in self.head.moments):
            part.moments.append(moment)

    def order_numbers(self, segment: Segment, part: Part) -> None:
        for field, term in ((2, "order_number"), (3, "report_number")):
            row = Row(term=term, value=segment.take(field))
            if row.value and row not in part.numbers:
                part.numbers.append(row)

    def read_OBR(self, segment: Segment) -> None:
        part = self.needed()
        segment.take_all(1)
        self.priority(segment, 5)
        self.priority(segment, 27, 6)
        self.order_numbers(segment, part)
        heading, code = segment.coded(4)
        self.section = part.body.open(heading=heading)
        if code not in ("", heading):
            part.rest.append(Row(label=heading, value=code))
        for field, meaning in ((7, "sampled"), (14, "sample_received"), (22, "reported")):
            if moment := people.moment(segment, field, meaning):
                self.section.moments.append(moment)
        if material := segment.coded(15)[0]:
            self.section.details.append(Row(term="specimen_source", value=material))
        if remark := segment.take(13):
            self.section.details.append(Row(term="remark", value=remark))
        if reason := segment.coded(31)[0]:
            self.section.details.append(Row(term="reason", value=reason))
        for field, role in ((16, "requester"), (28, "copy_to"), (32, "responsible")):
            part.parties.extend(unknown_of(part, people.persons(segment, field, role)))
        self.service(segment.take(24).upper(), part)
        self.order_status(segment.take(25).upper(), heading)

    def read_TQ1(self, segment: Segment) -> None:
        segment.take_all(1)
        self.priority(segment, 9)

    def priority(self, segment: Segment, field: int, component: int = 1) -> None:
        """An order in a hurry makes its report urgent; any other priority stays to be shown."""
        told = [code.upper() for code in segment.peeked(field, component)]
        if any(code in URGENT for code in told):
            self.needed().statuses.append("urgent")
            segment.take(field, component)

    def service(self, section: str, part: Part) -> None:
        if section in LABORATORY:
            part.kind = part.kind or "laboratory_report"
        elif section in RADIOLOGY:
            part.kind = part.kind or "radiology_report"
        elif section:
            part.details.append(Row(term="department", value=section))
        elif self.section is not None:
            part.unfiled.append(self.section)

    def order_status(self, code: str, heading: str) -> None:
        status = STATUSES.get(code, "pending" if code in ("O", "I", "S", "A") else "")
        if code and not status:
            status = "status_unknown"
        if not status or self.section is None:
            return
        if status == "pending":
            # Its row says that it is still to come; its heading need not.
            self.section.add(Result(name=heading, kind="pending", status="pending"))
            self.part.statuses.append("partial")
        else:
            self.section.statuses.append(status)
            self.part.statuses.append(status)

    def read_OBX(self, segment: Segment) -> None:
        part = self.needed()
        section = self.section
        if section is None:
            section = self.section = part.body.open(
                term="text" if self.type.startswith("MDM") else "results"
            )
        kind = segment.take(2).upper()
        if kind in ("ED", "RP"):
            self.document(segment, kind, section)
            return
        found = result(segment)
        if found.status in ("corrected", "withdrawn", "entered_in_error"):
            part.statuses.append("corrected")
        if self.is_text(found, kind):
            write(section, found)
        else:
            section.add(found)

    def is_text(self, found: Result, kind: str) -> bool:
        judged = (
            found.unit
            or found.reference
            or found.flag
            or found.status in ("withdrawn", "corrected")
        )
        return (
            kind in TEXTUAL and not judged and (self.type.startswith("MDM") or "\n" in found.value)
        )

    def document(self, segment: Segment, kind: str, section: Draft) -> None:
        """ED becomes an attachment; RP points elsewhere and is shown, never fetched."""
        name, _ = segment.coded(3)
        segment.take_all(1, 2, 6, 7, 8, 11, 14)
        for place, _ in enumerate(segment.repetitions(5), 1):
            if kind == "RP":
                pointer = " ".join(filter(None, segment.components(5, place)))
                section.add(Row(label=name, value=pointer))
                self.pointers += 1
                continue
            found: Enclosed | None = enclosed(segment, place, name or "document", self.cut)
            if found:
                self.part.attachments.append(found.attachment)
                self.unreadable += not found.readable
                section.add(Row(term="attachment", value=found.attachment.filename))

    def read_NTE(self, segment: Segment) -> None:
        segment.take_all(1, 2, 4)
        lines = [
            line
            for place, _ in enumerate(segment.repetitions(3), 1)
            for line in segment.separators.component.join(segment.components(3, place)).splitlines()
        ]
        if self.after == "OBX" and self.section and self.section.comment(*lines):
            return
        place = (
            self.section if self.section is not None else self.needed().body.open(term="comment")
        )
        self.section = self.section if self.section is not None else None
        place.write(*lines)

    # Documents

    def read_TXA(self, segment: Segment) -> None:
        part = self.needed()
        segment.take_all(1, 3)
        part.title = ", ".join(filter(None, (part.title, segment.coded(2)[0])))
        for field, meaning in (
            (4, "effective"),
            (6, "written"),
            (7, "transcribed"),
            (8, "updated"),
        ):
            if moment := people.moment(segment, field, meaning):
                part.moments.append(moment)
        for field, role in (
            (5, "treating"),
            (9, "author"),
            (10, "authenticator"),
            (11, "enterer"),
            (22, "authenticator"),
        ):
            part.parties.extend(unknown_of(part, people.persons(segment, field, role)))
        for field, term in (
            (12, "document_number"),
            (13, "replaced_document"),
            (14, "order_number"),
        ):
            if number := segment.take(field):
                part.numbers.append(Row(term=term, value=number))
        for field, table in ((17, COMPLETION), (19, AVAILABILITY)):
            if status := table.get(segment.take(field).upper()):
                part.statuses.append(status)
        if confidential := segment.take(18):
            part.statuses.append("very_restricted" if confidential == "V" else "restricted")


def stand_beside(group: Draft) -> None:
    """A group in a laboratory's report that its sender does not count as the laboratory's, as the
    measures of a scan, and in which nobody judged a thing."""
    results = [item for item in group.items if isinstance(item, Result)]
    if not any(one.flag or one.reference or one.kind == "pending" for one in results):
        group.items = [
            replace(item, beside=True) if isinstance(item, Result) else item for item in group.items
        ]
        group.moments = [
            replace(moment, meaning="examined") if moment.meaning == "sampled" else moment
            for moment in group.moments
        ]


def unknown_of(part: Part, parties: list[Party]) -> list[Party]:
    """Those of the parties that the part does not have yet; a shorter writing of one is the
    same."""
    return [party for party in parties if not any(says_all(other, party) for other in part.parties)]


def says_all(one: Party, other: Party) -> bool:
    """Whether the first tells all that the second does."""
    codes = [{row.value for row in party.identifiers} for party in (one, other)]
    words = [set(party.person.split()) for party in (one, other)]
    return one.role == other.role and codes[1] <= codes[0] and words[1] <= words[0]


def applications(names: list[str]) -> tuple[Row, ...]:
    return (Row(term="application", value=names[1]),) if all(names) else ()


def write(section: Draft, found: Result) -> None:
    """A text of one or more lines; lines of the same name continue each other."""
    lines = tuple(found.value.split("\n"))
    last = section.items[-1] if section.items else None
    if isinstance(last, Text) and last.heading == found.name:
        section.items[-1] = replace(last, lines=last.lines + lines)
    else:
        section.add(Text(lines, heading=found.name))
