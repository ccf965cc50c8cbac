"""MEDSPE and MEDVRY 3.1 (CSIZ, 1997): UN segments with the letter in FTX."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import Moment, NamePart, Party, Patient, Row
from viewer.readers import dates
from viewer.readers.medeur import Medeur
from viewer.readers.segments import Segment

ROLES = {"SEN": "sender", "REC": "receiver"}
MOMENTS = {"137": "written", "BTH": "birth"}
NO_TIME = "203"  # in this format four zeros stand for no time rather than midnight


class Csiz(Medeur):
    """The same report from other segments."""

    def known(self, segment: Segment) -> bool:
        return segment.tag in ("BGM", "DTM", "NAD", "PID", "FTX")

    def read_BGM(self, segment: Segment) -> None:
        segment.line()

    def read_DTM(self, segment: Segment) -> None:
        qualifier, received, form = (segment.take(1, number) for number in (1, 2, 3))
        iso = moment(received, form)
        if qualifier == "BTH":
            self.person(birth=Moment("birth", received, iso))
        elif received:
            meaning = MOMENTS.get(qualifier, "dated")
            label = "" if qualifier in MOMENTS else qualifier
            self.moments.append(Moment(meaning, received, iso, label))

    def read_NAD(self, segment: Segment) -> None:
        role = segment.take(1)
        lines = address(segment)
        name = "\n".join(filter(None, segment.element(4)))
        if role == "PAT":
            self.person(address=lines)
            if name:
                self.person(name_text=name)
            return
        code = segment.take(2)
        segment.take(2, 2), segment.take(2, 3)
        self.parties.append(
            Party(
                ROLES.get(role, "participant"),
                organization=name,
                address=lines,
                identifiers=(Row(term="doctor_code", value=code),) if code else (),
                role_text="" if role in ROLES else role,
            )
        )

    def read_PID(self, segment: Segment) -> None:
        segment.take(1)
        number = segment.take(2)
        segment.take(2, 2), segment.take(2, 3), segment.take(3)
        surname, initials = segment.take(3, 2), segment.take(3, 3)
        self.person(
            surnames=(NamePart(surname),) if surname else (),
            initials=initials,
            identifiers=(Row(term="own_number", value=number),) if number else (),
        )

    def read_FTX(self, segment: Segment) -> None:
        segment.take(1), segment.take(2), segment.take(3)
        lines = segment.element(4)
        if not self.body.sections or self.body.sections[-1].term != "text":
            self.body.open(term="text")
        self.body.sections[-1].write(*("" if line == "." else line for line in lines))

    def person(self, **parts) -> None:
        """Patient data come in three segments, in any order."""
        known = self.patients.pop() if self.patients else Patient()
        if parts.get("surnames") and known.surnames:
            self.patients.append(known)
            known = Patient()
        self.patients.append(replace(known, **parts))


def moment(received: str, form: str) -> str:
    if form == NO_TIME and received.endswith("0000"):
        return dates.iso(received[:-4])
    if form == "201":
        return dates.iso(f"20{received}")
    return dates.iso(received)


def address(segment: Segment) -> tuple[str, ...]:
    """NAD: street and number, city, province, postcode."""
    street = " ".join(filter(None, segment.element(5)))
    city, province, postcode = segment.whole(6), segment.whole(7), segment.whole(8)
    lines = (street, f"{postcode} {city}", province)
    return tuple(line.strip() for line in lines if line.strip(' "'))
