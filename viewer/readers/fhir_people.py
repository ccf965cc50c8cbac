"""Patients and parties of FHIR."""

from __future__ import annotations

import re

from viewer.clinical import Moment, NamePart, Party, Patient, Row
from viewer.readers import codes, dates
from viewer.readers.fhir_tree import Branch
from viewer.readers.fhir_types import concept, identifier, leaf_rows, words
from viewer.readers.names import double_name, single, spelled

BSN = ("fhir.nl/fhir/NamingSystem/bsn", "2.16.840.1.113883.2.4.6.3")
SYSTEMS = {
    "NamingSystem/agb-z": "agb",
    "NamingSystem/agb": "agb",
    "2.16.840.1.113883.2.4.6.1": "agb",
    "NamingSystem/ura": "ura",
    "2.16.528.1.1007.3.3": "ura",
    "NamingSystem/uzi-nr-pers": "uzi",
    "2.16.528.1.1007.3.1": "uzi",
}
PREFERRED = ("official", "", "usual", "temp", "nickname", "anonymous", "maiden", "old")


def numbers(branch: Branch, term: str = "identifier") -> list[Row]:
    """The identifiers of a resource, the BSN among them by its system."""
    rows = []
    for one in branch.all("identifier"):
        system, value = identifier(one)
        kind, _ = concept(one.one("type"))
        if not value:
            continue
        if system.endswith(BSN):
            rows.append(Row(term="bsn", value=value))
            continue
        known = next((word for ending, word in SYSTEMS.items() if system.endswith(ending)), "")
        label = "" if known else kind
        rows.append(
            Row(term=known or ("" if label else term), label=label, value=value, raw=system)
        )
    return rows


def known_of(branch: Branch) -> None:
    """What everyone has and nobody needs to see: that a record is in use, and its text made from
    the rest."""
    branch.take("resourceType", "id")
    if branch.peek("active") == "true":
        branch.take("active")
    for text in branch.all("text"):
        if text.peek("status") in ("generated", "extensions", "empty"):
            text.take_all()
        text.postpone()
    for meta in branch.all("meta"):
        meta.postpone()


def patient(branch: Branch) -> Patient:
    known_of(branch)
    found = numbers(branch)
    bsns = [row.value for row in found if row.term == "bsn"]
    first = next(iter(bsns), "")
    gender = branch.text("gender")
    born = branch.text("birthDate")
    contacts = telecoms(branch)
    name = names(branch)
    return Patient(
        **name,
        birth=dates.moment("birth", born) if born else None,
        sex=codes.sex(gender),
        sex_received=gender,
        bsn=first,
        identifiers=tuple(row for row in found if row.term != "bsn" or row.value != first),
        address=tuple(line for one in current(branch, "address") for line in address(one)),
        telephones=tuple(value for _, value in contacts),
        deceased=deceased(branch),
        details=tuple(leaf_rows(branch)),
    )


def deceased(branch: Branch) -> Moment | None:
    found = branch.choice("deceased")
    if not found or found[1] in ("false", ""):
        return None
    received = "" if found[1] == "true" else str(found[1])
    return dates.moment("deceased", received)


def names(branch: Branch) -> dict:
    """The official name in its parts; any other name stays among the details."""
    given = branch.all("name")
    if not given:
        return {"name_text": branch.text("name")}
    given.sort(key=lambda one: rank(one.peek("use")))
    best = given[0]
    best.take("use", "period")
    text, family = best.text("text"), best.text("family")
    surnames = family_names(best, family)
    called, initials = given_names(best)
    initials = initials or initials_before(text, family)
    titles = " ".join((*best.texts("prefix"), *best.texts("suffix")))
    found = {"surnames": surnames, "given": called, "initials": initials, "titles": titles}
    return found | {"name_text": text if not surnames else ""}


def rank(use: str) -> int:
    return PREFERRED.index(use) if use in PREFERRED else len(PREFERRED)


def family_names(name: Branch, family: str) -> tuple[NamePart, ...]:
    """With the Dutch extensions, which say whose surname is whose."""
    for beside in name.beside("family"):
        part = {
            key: beside.extension(f"humanname-{key}")
            for key in ("own-name", "own-prefix", "partner-name", "partner-prefix")
        }
        if any(part.values()):
            return double_name(
                family,
                part["own-name"],
                part["own-prefix"],
                part["partner-name"],
                part["partner-prefix"],
            )
    return (NamePart(family),) if family else ()


def given_names(name: Branch) -> tuple[str, str]:
    """Given names and initials: a qualifier tells them apart, or their form does."""
    qualifiers = [one.extension("iso21090-EN-qualifier") for one in name.beside("given")]
    called: list[str] = []
    initials: list[str] = []
    for place, text in enumerate(name.texts("given")):
        qualifier = qualifiers[place] if place < len(qualifiers) else ""
        (initials if qualifier == "IN" or single(text) else called).append(text)
    return " ".join(called), "".join(spelled(one) or one for one in initials)


def initials_before(text: str, family: str) -> str:
    """``S.J. Duinmeijer``: the initials, where the name as text begins with them."""
    if family and text.endswith(family):
        before = text[: -len(family)].strip()
        return before if re.fullmatch(r"(?:[^\W\d_]\.\s*)+", before) else ""
    return ""


def telecoms(branch: Branch) -> list[tuple[str, str]]:
    found = []
    for one in current(branch, "telecom"):
        one.take("use", "rank")
        found.append((one.text("system"), one.text("value")))
    return [(system, value) for system, value in found if value]


def current(branch: Branch, name: str) -> list[Branch]:
    """What holds now; an old address stays among the details, with its use."""
    return [one for one in branch.all(name) if one.peek("use") != "old"]


def address(branch: Branch) -> list[str]:
    """Lines as on an envelope; ``text`` only where there are no parts."""
    branch.take("use", "type")
    lines = branch.texts("line")
    city = " ".join(filter(None, (branch.text("postalCode"), branch.text("city"))))
    others = [branch.text("district"), branch.text("state"), branch.text("country")]
    for beside in branch.beside("line"):
        beside.take_all()  # street and number apart: the line has both
    text = branch.text("text")
    parts = [*lines, city, *others]
    return [line for line in parts if line] or text.splitlines()


def party(branch: Branch, role: str) -> Party:
    """A Practitioner, an Organization or anything else that can act."""
    known_of(branch)
    organization = branch.text("name") if branch.peek("name") else ""
    person = "" if organization else person_name(branch)
    contacts = telecoms(branch)
    return Party(
        role,
        person=person,
        organization=organization,
        specialty=words(branch, "specialty") or words(branch, "qualification"),
        address=tuple(line for one in current(branch, "address") for line in address(one)),
        telephones=tuple(value for _, value in contacts),
        identifiers=tuple(numbers(branch)),
        details=tuple(leaf_rows(branch)),
    )


def person_name(branch: Branch) -> str:
    for one in branch.all("name"):
        one.take("use")
        text = one.text("text")
        parts = [
            *one.texts("prefix"),
            *one.texts("given"),
            one.text("family"),
            *one.texts("suffix"),
        ]
        for beside in (*one.beside("family"), *one.beside("given")):
            beside.take_all()
        return text or " ".join(filter(None, parts))
    return ""
