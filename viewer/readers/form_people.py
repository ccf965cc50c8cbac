"""The patient in a form: only from unmistakable names, only from one group, and always marked as
filled in by hand."""

from __future__ import annotations

import re
from typing import Any

from viewer.clinical import NamePart, Patient
from viewer.readers import codes, dates
from viewer.readers.json_text import words

FIELDS = {
    "bsn": "bsn",
    "burgerservicenummer": "bsn",
    "geboortedatum": "birth",
    "birthdate": "birth",
    "dateofbirth": "birth",
    "achternaam": "surname",
    "familienaam": "surname",
    "lastname": "surname",
    "voorvoegsel": "prefix",
    "voorvoegsels": "prefix",
    "tussenvoegsel": "prefix",
    "tussenvoegsels": "prefix",
    "voornaam": "given",
    "roepnaam": "given",
    "firstname": "given",
    "voorletters": "initials",
    "initialen": "initials",
    "geslacht": "sex",
    "naam": "name",
    "telefoon": "telephone",
    "telefoonnummer": "telephone",
}


def patients_of(value: Any) -> list[Patient]:
    """The person of one group of answers, if it gives a BSN or a birth date with a name."""
    found: dict[str, str] = {}
    for name, text in pairs(value):
        part = FIELDS.get(re.sub(r"[^a-z]", "", name.casefold()))
        if part and text:
            found.setdefault(part, text)
    known = "birth" in found and found.keys() & {"surname", "name"}
    if not ("bsn" in found or known):
        return []
    get = found.get
    return [
        Patient(
            surnames=(NamePart(found["surname"], get("prefix", "")),) if "surname" in found else (),
            given=get("given", ""),
            initials=get("initials", ""),
            name_text="" if "surname" in found else get("name", ""),
            birth=dates.moment("birth", found["birth"]) if "birth" in found else None,
            sex=codes.sex(get("sex", "")),
            sex_received=get("sex", ""),
            bsn=get("bsn", ""),
            telephones=tuple(filter(None, (get("telephone"),))),
            from_form=True,
        )
    ]


def pairs(value: Any) -> list[tuple[str, str]]:
    """Names and answers that stand directly in a group: never those of a group inside it."""
    if isinstance(value, dict):
        return [
            (name, words(one)) for name, one in value.items() if not isinstance(one, (dict, list))
        ]
    found = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict) and not isinstance(one.get("value"), (dict, list)):
            names = [
                words(one[key])
                for key in ("id", "key", "name", "title", "label")
                if isinstance(one.get(key), str)
            ]
            known = next(
                (name for name in names if re.sub(r"[^a-z]", "", name.casefold()) in FIELDS), ""
            )
            found.append((known, words(one.get("value", one.get("answer")))))
    return found
