"""MEDRPT 3.2 (UN D.93A): laboratory reports with groups of segments."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import Moment, NamePart, Party, Patient, Result, Row
from viewer.readers import codes
from viewer.readers.csiz import moment
from viewer.readers.medeur import Medeur
from viewer.readers.segments import Segment

ROLES = {"SLA": "laboratory", "PO": "requester", "CCR": "copy_to"}
MOMENTS = {
    "137": "written",
    "ISR": "requested",
    "SCO": "sampled",
    "ISO": "examined",
    "SRI": "reported",
}
STATUSES = {
    "G": "final",
    "P": "partial",
    "S": "addition",
    "GU": "corrected",
    "7": "copy",
    "2": "addition",
}
NUMBERS = {"SRI": "report_number", "ROI": "order_number"}
SEXES = {"1": "male", "2": "female", "9": "unknown"}
GROUPS = ("S01", "S02", "S06", "S07", "S16", "S18", "S20")


class Medrpt(Medeur):
    """The same report from the UN's segments; a result is spread over INV, RSL, RND and FTX."""

    def known(self, segment: Segment) -> bool:
        return segment.tag in GROUPS or segment.tag in READ

    def read(self, segments: list[Segment]) -> None:
        for segment in segments:
            if not self.known(segment):
                self.unknown.append(segment)
                continue
            if segment.tag in GROUPS:
                segment.line()
            else:
                getattr(self, f"read_{segment.tag}")(segment)
            self.rest.extend(segment.rest())

    def read_BGM(self, segment: Segment) -> None:
        segment.element(1)
        if number := segment.take(2):
            self.numbers.append(Row(term="report_number", value=number))
        if status := STATUSES.get(segment.take(3)):
            self.statuses.append(status)
        segment.take(4)

    def read_DTM(self, segment: Segment) -> None:
        qualifier, received, form = (segment.take(1, number) for number in (1, 2, 3))
        iso = moment(received, form)
        if qualifier == "329":
            self.person(birth=Moment("birth", received, iso))
        elif qualifier == "SCO" and self.specimen:
            self.specimen.moments.append(Moment("sampled", received, iso))
        elif received:
            label = "" if qualifier in MOMENTS else qualifier
            self.moments.append(Moment(MOMENTS.get(qualifier, "dated"), received, iso, label))

    def read_NAD(self, segment: Segment) -> None:
        role, code = segment.take(1), segment.take(2)
        segment.element(2), segment.element(3)
        name = [part for part in segment.element(4) if part]
        lines = (
            " ".join(filter(None, segment.element(5))),
            f"{segment.whole(8)} {segment.whole(6)}",
            segment.whole(7),
        )
        laboratory = role == "SLA"
        self.parties.append(
            Party(
                ROLES.get(role, "participant"),
                person="" if laboratory else ", ".join(name),
                organization=" ".join(name) if laboratory else "",
                address=tuple(line.strip() for line in lines if line.strip()),
                identifiers=(Row(term="agb", value=code),) if code else (),
                role_text="" if role in ROLES else role,
            )
        )

    def read_CTA(self, segment: Segment) -> None:
        segment.take(1)
        name = " ".join(filter(None, segment.element(2)))
        if self.parties and name:
            self.parties[-1] = replace(self.parties[-1], department=name)

    def read_COM(self, segment: Segment) -> None:
        number = segment.take(1)
        segment.take(1, 2)
        if self.parties and number:
            last = self.parties[-1]
            self.parties[-1] = replace(last, telephones=(*last.telephones, number))

    def read_RFF(self, segment: Segment) -> None:
        qualifier, number = segment.take(1), segment.take(1, 2)
        if qualifier == "LZB":
            self.person(bsn=number)
        elif number:
            term = NUMBERS.get(qualifier, "identifier")
            self.numbers.append(
                Row(term=term, value=number, label="" if qualifier in NUMBERS else qualifier)
            )

    def read_STS(self, segment: Segment) -> None:
        code = segment.take(1) or segment.take(2)
        self.statuses.append(STATUSES.get(code, "status_unknown"))

    def read_PNA(self, segment: Segment) -> None:
        segment.take(1)
        bsn = next((part for part in segment.element(2) if part.isdigit()), "")
        named = {
            segment.take(element): segment.take(element, 2)
            for element in range(3, len(segment.elements) + 1)
        }
        initials, _, prefix = named.pop("NVV", "").partition("*")
        partner, own = named.pop("NEA", ""), named.pop("NAN", "")
        parts = (
            NamePart(partner, named.pop("NEV", ""), "partner" if own else ""),
            NamePart(own, prefix, "own" if partner else ""),
        )
        others = tuple(Row(term="other_name", value=value) for value in named.values() if value)
        self.person(
            surnames=tuple(part for part in parts if part.surname),
            initials=initials,
            details=others,
        )
        if bsn:
            self.person(bsn=bsn)

    def read_ADR(self, segment: Segment) -> None:
        segment.take(2)
        street = " ".join(filter(None, segment.element(2)[1:]))
        city, postcode, country = segment.whole(3), segment.whole(4), segment.whole(5)
        segment.take(1)
        lines = (street, f"{postcode} {city}", country)
        self.person(address=tuple(line.strip() for line in lines if line.strip()))

    def read_PDI(self, segment: Segment) -> None:
        code = segment.take(1)
        self.person(sex=SEXES.get(code, ""), sex_received=code)

    def read_SPC(self, segment: Segment) -> None:
        specimen = self.begin_specimen()
        kind, *others = [
            segment.take(element, part) for element in (1, 2, 3) for part in (1, 2, 3, 4)
        ]
        material = " ".join(filter(None, [*others, "" if kind == "TSP" else kind]))
        if material:
            specimen.details.append(Row(term="material", value=material))

    def read_INV(self, segment: Segment) -> None:
        segment.take(1)
        code, _, system, name = (segment.take(2, number) for number in range(1, 5))
        at = self.specimen.moments[0] if self.specimen and self.specimen.moments else None
        details = (Row(term="kind", value=system),) if system not in ("", "NHG") else ()
        segment.take(2, 2)
        self.results_section().add(Result(name=name or code, code=code, at=at, details=details))

    def read_RSL(self, segment: Segment) -> None:
        kind, value, limits, unit, flag = (segment.whole(number) for number in range(1, 6))
        low, _, high = limits.partition(" ")
        bounded = high and " " not in high.strip()
        self.change(
            value=value,
            unit=unit,
            low=low if bounded else "",
            high=high.strip() if bounded else "",
            reference="" if bounded else limits,
            flag=codes.flag(flag),
            flag_received=flag,
        )
        del kind  # numeric, alphanumeric, coded, range or text: the value itself shows it

    def read_RND(self, segment: Segment) -> None:
        kind, low, high = (segment.whole(number) for number in range(1, 4))
        last = self.last()
        if last and (last.low or last.high) and (last.low, last.high) != (low, high):
            text = f"{low} – {high}" if kind == "RU" else f"{kind} {low} – {high}"
            self.change(reference=" / ".join(filter(None, (last.reference, text))))
        elif last:
            self.change(low=low, high=high)
        else:
            self.rest.extend(Row(label="RND", value=value) for value in (low, high) if value)

    def read_FTX(self, segment: Segment) -> None:
        segment.take(1)
        lines = [line for line in segment.element(4) if line]
        if not self.section.comment(*lines):
            self.body.open(term="comment").write(*lines)

    def last(self) -> Result | None:
        items = self.section.items
        return items[-1] if items and isinstance(items[-1], Result) else None

    def change(self, **fields) -> None:
        """Fill in the result that INV began; without one it is still a row."""
        if not self.last():
            self.results_section().add(Result(name=""))
        self.section.items[-1] = replace(self.section.items[-1], **fields)

    def person(self, **parts) -> None:
        known = self.patients.pop() if self.patients else Patient()
        if parts.get("bsn") and known.bsn not in ("", parts["bsn"]):
            # Two numbers for one person: both stay visible, and raise the alarm.
            parts["identifiers"] = (*known.identifiers, Row(term="bsn", value=parts.pop("bsn")))
        self.patients.append(replace(known, **parts))


READ = tuple(name.removeprefix("read_") for name in vars(Medrpt) if name.startswith("read_"))
