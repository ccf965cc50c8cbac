"""Persons and addresses of the Dutch EDI dialect."""

from __future__ import annotations

import re

from viewer.clinical import Moment, NamePart, Party, Patient, Row
from viewer.readers import codes, dates
from viewer.readers.segments import Segment

BSN = re.compile(r"BSN[ :.]*([0-9]{1,12})", re.IGNORECASE)
DOCTORS = {"h": "gp", "huisarts": "gp", "s": "specialist_doctor", "specialist": "specialist_doctor"}


def patient(segment: Segment) -> Patient:
    """PID: birth, sex, name in six parts, the sender's number and the receiver's, which carries the
    BSN."""
    birth = segment.element(1)
    names = [segment.take(3, number) for number in range(1, 7)]
    numbers = [("own_number", segment.whole(4)), ("receiver_number", segment.whole(5))]
    sex = segment.whole(2)
    return Patient(
        surnames=surnames(*names[:4]),
        given=names[4],
        initials=names[5],
        birth=birth_date(birth),
        sex=codes.sex(sex),
        sex_received=sex,
        **identifiers(numbers),
    )


def birth_date(parts: list[str]) -> Moment | None:
    received = ":".join(parts).strip(":")
    return (
        Moment("birth", received, dates.iso(received) or dates.short_date(parts, []))
        if received
        else None
    )


def surnames(
    married: str, married_prefix: str, maiden: str, maiden_prefix: str
) -> tuple[NamePart, ...]:
    """The married name before the maiden name; with one name only nobody says which of the two it
    is."""
    both = bool(married and maiden)
    pairs = ((married, married_prefix, "partner" if both else ""), (maiden, maiden_prefix, "own"))
    return tuple(NamePart(name, prefix, kind) for name, prefix, kind in pairs if name or prefix)


def identifiers(numbers: list[tuple[str, str]]) -> dict:
    """The BSN and the other numbers, each labelled; a second BSN stays visible as a number."""
    found: dict = {"bsn": "", "identifiers": ()}
    for term, value in numbers:
        bsn = BSN.fullmatch(value)
        if bsn and not found["bsn"]:
            found["bsn"] = bsn[1]
        elif value:
            row = Row(term="bsn", value=bsn[1]) if bsn else Row(term=term, value=value)
            found["identifiers"] += (row,)
    return found


def address(segment: Segment, element: int) -> tuple[str, ...]:
    """``street:number:P.O. box:city:postcode:province:country`` in lines as they stand on an
    envelope."""
    parts = [segment.take(element, number) for number in range(1, 8)]
    street, number, box, city, postcode, province, country = parts
    box = f"Postbus {box}" if box.isdigit() else box
    lines = (f"{street} {number}", box, f"{postcode} {city}", province, country)
    return tuple(line.strip() for line in lines if line.strip())


def doctor(segment: Segment, role: str) -> Party:
    """ART: kind, code, name in four parts, address, telephone."""
    kind, code = segment.whole(1), segment.whole(2)
    last, prefix, initials, titles = (segment.take(3, number) for number in range(1, 5))
    return Party(
        role,
        person=" ".join(filter(None, (titles, initials, prefix, last))),
        address=address(segment, 4),
        telephones=telephones(segment, 5),
        identifiers=tuple(Row(term="doctor_code", value=code) for code in [code] if code),
        details=tuple(
            Row(term="kind", value=kind, value_term=DOCTORS.get(kind.casefold(), ""))
            for kind in [kind]
            if kind
        ),
    )


def care_provider(segment: Segment, role: str) -> Party:
    """GGA and GGO: person, department, institution, address, telephone."""
    return Party(
        role,
        person=segment.whole(1),
        department=segment.whole(2),
        organization=segment.whole(3),
        address=address(segment, 4),
        telephones=telephones(segment, 5),
    )


def hospital(segment: Segment, role: str) -> Party:
    """ZKH: name, address, telephone, code."""
    code = segment.whole(4)
    return Party(
        role,
        organization=segment.whole(1),
        address=address(segment, 2),
        telephones=telephones(segment, 3),
        identifiers=(Row(term="hospital_code", value=code),) if code else (),
    )


def specialist(segment: Segment) -> Party:
    """SPE: specialty, person, code."""
    code = segment.whole(3)
    return Party(
        "specialist",
        specialty=segment.whole(1),
        person=segment.whole(2),
        identifiers=(Row(term="doctor_code", value=code),) if code else (),
    )


def copies(segment: Segment) -> list[Party]:
    """KOP: from or to, and up to five persons."""
    direction = segment.whole(1)
    role = "copy_from" if direction.casefold() == "van" else "copy_to"
    persons = [segment.whole(element) for element in range(2, len(segment.elements) + 1)]
    text = "" if direction.casefold() in ("van", "naar") else direction
    named = [person for person in persons if person] or [""] * bool(text)
    return [Party(role, person=person, role_text=text) for person in named]


def telephones(segment: Segment, element: int) -> tuple[str, ...]:
    number = segment.whole(element)
    return (number,) if number else ()
