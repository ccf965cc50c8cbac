"""The request inside a MEDNIP message, and any other block of named fields: its patient, and all
the rest as rows."""

from __future__ import annotations

import re

from viewer.clinical import NamePart, Patient, Row
from viewer.readers import codes, dates, generic
from viewer.readers.medeur import Medeur
from viewer.readers.xml import Element, children, local, own_text

TAKEN = {
    "bsn": "bsn",
    "datum": "birth",
    "geslacht": "sex",
    "voorletters": "initials",
    "voornaam": "given",
    "voornamen": "given",
    "voorvoegsel": "prefix",
    "voorvoegsels": "prefix",
    "achternaam": "surname",
    "straat": "street",
    "toevoeging": "addition",
    "postcode": "postcode",
    "plaats": "city",
    "land": "country",
    "telefoonnummer": "telephone",
    "verzekeringsnummer": "insurance",
}


def request(message: Medeur, elements: list[Element]) -> None:
    """Add blocks that are no EDI segments: each group of a block is a section."""
    for element in elements:
        groups = [child for child in children(element) if len(child)]
        loose = generic.rows(element, skip=frozenset(groups))
        if loose:
            message.body.open(heading=generic.words(local(element))).add(*loose)
        for group in groups:
            taken = (
                patient(message, group) if generic.words(local(group)) == "Patient" else frozenset()
            )
            if found := generic.rows(group, skip=taken):
                message.body.open(heading=generic.words(local(group))).add(*found)


def patient(message: Medeur, group: Element) -> frozenset[Element]:
    """Take the patient out of a group; what it does not take stays in the group."""
    found: dict[str, str] = {}
    taken: set[Element] = set()
    for element in group.iter():
        part = field(element)
        text = own_text(element) if part else ""
        if part and part not in found and text and not len(element):
            found[part] = text
            taken.add(element)
    get = found.get
    message.patients.append(
        Patient(
            surnames=(NamePart(get("surname", ""), get("prefix", "")),) if get("surname") else (),
            given=get("given", ""),
            initials=get("initials", ""),
            birth=dates.moment("birth", found["birth"]) if "birth" in found else None,
            sex=codes.sex(get("sex", "")),
            sex_received=get("sex", ""),
            bsn=re.sub(r"(?i)^bsn", "", get("bsn", "")),
            identifiers=tuple(
                Row(term="insurance_number", value=get("insurance", ""))
                for _ in found.keys() & {"insurance"}
            ),
            address=tuple(
                filter(
                    None,
                    (
                        f"{get('street', '')} {get('number', '')}{get('addition', '')}".strip(),
                        f"{get('postcode', '')} {get('city', '')}".strip(),
                        get("country", ""),
                    ),
                )
            ),
            telephones=tuple(filter(None, (get("telephone"),))),
        )
    )
    return frozenset(taken)


def field(element: Element) -> str:
    """Which part of the patient an element is; a date only counts below the birth date."""
    name = local(element).casefold()
    above = element.getparent()
    if name in ("datum", "geboortedatum"):
        inside = above is not None and local(above).casefold() == "geboortedatum"
        return "birth" if inside or name == "geboortedatum" else ""
    return "number" if name == "huisnummer" else TAKEN.get(name, "")
