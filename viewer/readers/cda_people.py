"""Patients, parties and times of CDA."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.clinical import Moment, NamePart, Party, Patient, Row
from viewer.readers import codes, dates
from viewer.readers.names import single
from viewer.readers.xml import Element, children, local

BSN = "2.16.840.1.113883.2.4.6.3"
SYSTEMS = {
    "2.16.840.1.113883.2.4.6.1": "agb",
    "2.16.528.1.1007.3.1": "uzi",
    "2.16.528.1.1007.3.3": "ura",
}
NULLS = {
    "UNK": "unknown",
    "MSK": "masked",
    "NI": "no_information",
    "NA": "not_applicable",
    "ASKU": "asked_unknown",
    "NAV": "temporarily_unknown",
    "NASK": "not_asked",
    "OTH": "other_value",
    "NP": "not_present",
}


class Reader:
    """Finds elements by their local names and remembers which of them were read."""

    def __init__(self) -> None:
        self.read: set[Element] = set()

    def all(self, element: Element | None, *path: str) -> list[Element]:
        """All elements at the end of a path of names."""
        found: list[Element] = [] if element is None else [element]
        for name in path:
            found = [child for one in found for child in children(one) if local(child) == name]
        self.read.update(found)
        return found

    def first(self, element: Element | None, *path: str) -> Element | None:
        return next(iter(self.all(element, *path)), None)

    def attribute(self, element: Element | None, name: str) -> str:
        return element.get(name, "") if element is not None else ""

    def value(self, element: Element | None, *path: str) -> str:
        """The ``value`` of a time or address."""
        return self.attribute(self.first(element, *path), "value")

    def text(self, element: Element | None, *path: str) -> str:
        found = self.first(element, *path)
        if found is None:
            return ""
        self.read.update(found.iter())
        return " ".join("".join(found.itertext()).split())

    def coded(self, element: Element | None, *path: str) -> tuple[str, str]:
        """Words and code of a coded element."""
        found = self.first(element, *path)
        if found is None:
            return "", ""
        words = found.get("displayName") or self.text(found, "originalText") or ""
        return words or found.get("code", ""), found.get("code", "")

    def take(self, elements: list[Element]) -> None:
        for element in elements:
            self.read.update(element.iter())


def numbers(reader: Reader, element: Element | None, term: str = "identifier") -> Iterator[Row]:
    """The ``id`` elements; a masked or missing number says so."""
    for one in reader.all(element, "id"):
        root, extension = one.get("root", ""), one.get("extension", "")
        if root == BSN:
            yield Row(
                term="bsn", value=extension, value_term=NULLS.get(one.get("nullFlavor", ""), "")
            )
        elif extension or one.get("nullFlavor"):
            label = one.get("assigningAuthorityName", "")
            yield Row(
                term=SYSTEMS.get(root, "" if label else term),
                label="" if root in SYSTEMS else label,
                value=extension,
                value_term=NULLS.get(one.get("nullFlavor", ""), ""),
                raw=root,
            )


def patient(reader: Reader, role: Element) -> Patient:
    """``recordTarget/patientRole``."""
    person = reader.first(role, "patient")
    found = list(numbers(reader, role, "own_number"))
    bsns = [row.value for row in found if row.term == "bsn" and row.value]
    first = next(iter(bsns), "")
    gender, code = reader.coded(person, "administrativeGenderCode")
    born = reader.value(person, "birthTime")
    died = reader.first(person, "deceasedTime")
    dead = (
        reader.attribute(reader.first(person, "deceasedInd"), "value") == "true" or died is not None
    )
    return Patient(
        **names(reader, person),
        birth=dates.moment("birth", born) if born else None,
        sex=codes.sex(code),
        sex_received=gender,
        bsn=first,
        identifiers=tuple(row for row in found if row.term != "bsn" or row.value != first),
        address=tuple(line for one in reader.all(role, "addr") for line in address(reader, one)),
        telephones=tuple(telecoms(reader, role)),
        deceased=dates.moment("deceased", reader.attribute(died, "value")) if dead else None,
        details=tuple(details(reader, person)),
    )


def details(reader: Reader, person: Element | None) -> Iterator[Row]:
    for name, term in (
        ("maritalStatusCode", "marital_status"),
        ("raceCode", "kind"),
        ("ethnicGroupCode", "kind"),
    ):
        if words := reader.coded(person, name)[0]:
            yield Row(term=term, value=words)
    for language in reader.all(person, "languageCommunication", "languageCode"):
        yield Row(term="language", value=language.get("code", ""))


def names(reader: Reader, person: Element | None) -> dict:
    """The first name; its parts in their order, a prefix VV before the surname that follows it."""
    found = reader.all(person, "name")
    if not found:
        return {}
    reader.take(found[:1])
    surnames: list[NamePart] = []
    called: list[str] = []
    initials: list[str] = []
    titles: list[str] = []
    prefix = ""
    for part in children(found[0]):
        text, qualifier = " ".join((part.text or "").split()), part.get("qualifier", "").split()
        if not text:
            continue
        if local(part) == "prefix" and "VV" in qualifier:
            prefix = text
        elif local(part) == "family":
            kind = "own" if "BR" in qualifier else "partner" if "SP" in qualifier else ""
            surnames.append(NamePart(text, prefix, kind))
            prefix = ""
        elif local(part) == "given":
            (initials if "IN" in qualifier or single(text) else called).append(text)
        else:
            titles.append(text)
    whole = " ".join("".join(found[0].itertext()).split())
    return {
        "surnames": tuple(surnames),
        "given": " ".join(dict.fromkeys(called)),
        "initials": "".join(initials),
        "titles": " ".join(titles),
        "name_text": "" if surnames else whole,
    }


def name(reader: Reader, person: Element | None) -> str:
    """A name in one line, as written."""
    found = reader.first(person, "name")
    if found is None:
        return ""
    reader.take([found])
    return " ".join(" ".join(found.itertext()).split())


def address(reader: Reader, element: Element) -> list[str]:
    reader.take([element])
    parts: dict[str, str] = {}
    for part in children(element):
        text = " ".join((part.text or "").split())
        parts[local(part)] = "\n".join(filter(None, (parts.get(local(part), ""), text)))
    get = parts.pop
    street = " ".join(
        filter(None, (get("streetName", ""), get("houseNumber", ""), get("additionalLocator", "")))
    )
    city = " ".join(filter(None, (get("postalCode", ""), get("city", ""))))
    lines = [*get("streetAddressLine", "").split("\n"), street, city, *parts.values()]
    text = " ".join((element.text or "").split())
    return [line for line in (text, *lines) if line]


def telecoms(reader: Reader, element: Element | None) -> Iterator[str]:
    for one in reader.all(element, "telecom"):
        if value := one.get("value", ""):
            yield value.removeprefix("tel:").removeprefix("mailto:").strip()


def party(
    reader: Reader,
    entity: Element | None,
    role: str,
    persons: tuple[str, ...],
    places: tuple[str, ...],
) -> Party:
    """An assigned entity with its person and its organization."""
    person = next(
        (one for one in (reader.first(entity, name) for name in persons) if one is not None), None
    )
    place = next(
        (one for one in (reader.first(entity, name) for name in places) if one is not None), None
    )
    device = reader.text(person, "softwareName") or reader.text(person, "manufacturerModelName")
    return Party(
        role,
        person=name(reader, person) or device,
        organization=name(reader, place),
        specialty=reader.coded(entity, "code")[0],
        address=tuple(
            line
            for owner in (entity, place)
            for one in reader.all(owner, "addr")
            for line in address(reader, one)
        ),
        telephones=tuple(dict.fromkeys((*telecoms(reader, entity), *telecoms(reader, place)))),
        identifiers=tuple(dict.fromkeys((*numbers(reader, entity), *numbers(reader, place)))),
    )


def moments(reader: Reader, element: Element | None, meaning: str) -> Iterator[Moment]:
    """A point in time, or the two ends of an interval."""
    if element is None:
        return
    reader.read.add(element)
    if value := element.get("value"):
        yield dates.moment(meaning, value)
    for name, end in (("low", "started"), ("high", "ended")):
        if value := reader.value(element, name):
            yield dates.moment(end, value)
