"""Hub XML of perinatologie.nl, and the client-and-forms documents that came before it."""

from __future__ import annotations

from collections import Counter

from viewer.clinical import (
    Document,
    Moment,
    NamePart,
    Notice,
    Party,
    Patient,
    Report,
    Row,
    Unreadable,
)
from viewer.readers import dates, generic, xml
from viewer.readers.alerts import nothing_known
from viewer.readers.documents import kept
from viewer.readers.drafts import Draft
from viewer.readers.hub_values import Value, date, dictionary, number_of, stamp
from viewer.readers.xml import Element, children, local

STAMPS = (("createstamp", "created"), ("updatestamp", "updated"), ("effectstamp", "effective"))
ALERTS = ("memo-alerttekst", "mn_memo")
ALLERGIES = ("10800",)
VALUE = ("concept", "keyid", "label", "value", "displayvalue", "repeat", "group", "type")
SECTION = ("id", "type", "keyid", "label", "uuid", *(name for name, _ in STAMPS))
PATIENT = {
    "10030": "bsn",
    "bsn": "bsn",
    "10031": "own",
    "82359": "initials",
    "82360": "called",
    "nickname": "called",
    "10042": "given",
    "82363": "prefix",
    "10043": "surname",
    "82361": "surname",
    "vrouw-volledige_achternaam": "whole",
    "full_lastname": "whole",
    "10040": "birth",
    "birthdate": "birth",
    "10301": "street",
    "10302": "number",
    "10303": "addition",
    "10304": "postcode",
    "10305": "city",
    "10032": "street",
    "10033": "number",
    "10034": "addition",
    "10036": "city",
    "10307": "country",
    "telefoonnummer": "telephone",
    "verzekeringsnummer": "insurance",
    "80639": "partner_given",
    "80640": "partner_prefix",
    "80641": "partner_surname",
}
PROVIDER = {
    "10003": "agb",
    "10006": "person",
    "10026": "organization",
    "10010": "specialty",
    "10012": "telephone",
}
SENDER = {"gebruiker": "person", "praktijk": "organization", "telefoonnummerpraktijk": "telephone"}


def read(content: bytes) -> Document:
    """A dossier."""
    parsed = xml.parse(content)
    root = parsed.root
    if local(root) not in ("resource", "client"):
        raise Unreadable("not_this_type", format="Hub XML")
    dossier = Dossier()
    dossier.walk(root)
    found = [*parsed.notices]
    if dossier.unnamed:
        found.append(Notice("schema_unknown", {"count": len(dossier.unnamed)}))
    return kept(Document((dossier.report(root),), tuple(found)), parsed.cut)


class Dossier:
    """The sections of a dossier, and what the banner needs of them."""

    def __init__(self) -> None:
        self.body = Draft()
        self.effects: list[tuple[str, str]] = []
        self.patients: list[Patient] = []
        self.parties: list[Party] = []
        self.details: list[Row] = []
        self.alerts: list[Row] = []
        self.rest: list[Row] = []
        self.unnamed: set[str] = set()

    def report(self, root: Element) -> Report:
        self.order()
        return Report(
            kind="dossier",
            standard=f"Hub XML ({root.get('type') or local(root)})",
            patients=tuple(self.patients),
            parties=tuple(self.parties),
            numbers=tuple(
                Row(term="document_number", value=root.get("id", ""))
                for _ in [root]
                if root.get("id")
            ),
            alerts=tuple(dict.fromkeys(self.alerts)),
            details=tuple(self.details),
            sections=self.body.build().sections,
            rest=tuple(self.rest),
        )

    def order(self) -> None:
        """As sent; but sections of a type that comes more than once stand in the order of their
        dates."""
        counts = Counter(kind for kind, _ in self.effects)
        for kind, count in counts.items():
            places = [
                place for place, (one, when) in enumerate(self.effects) if one == kind and when
            ]
            if count < 2 or len(places) < count:
                continue
            dated = sorted(places, key=lambda place: self.effects[place][1])
            moved = [(self.body.sections[place], self.effects[place]) for place in dated]
            for place, (section, effect) in zip(places, moved, strict=True):
                self.body.sections[place], self.effects[place] = section, effect

    def walk(self, element: Element) -> None:
        """Both nestings occur: sections within ``sections`` and directly in the root."""
        for name, value in xml.attributes(element):
            if name not in ("type", "id") and value:
                self.rest.append(Row(label=f"{local(element)} {name}", value=value))
        for child in children(element):
            name = local(child)
            if name in ("section", "form"):
                self.section(child)
            elif name in ("sections", "forms", "eocs", "eoc"):
                self.walk(child)
            elif name == "source":
                self.source(child)
            elif name == "attachments":
                self.attachments(child)
            else:
                self.rest.extend(generic.rows(child))

    def source(self, element: Element) -> None:
        """Who keeps the dossier; logos are named, never loaded."""
        get = element.attrib.get
        name = get("displayName") or (element.text or "").strip() or get("id", "")
        numbers = (Row(term="identifier", value=get("id", "")),) if get("id") else ()
        details = [Row(term="application", value=get("appId", ""))] if get("appId") else []
        details += [
            Row(term="logo", value=get(logo, "")) for logo in ("logoUrl", "appLogoUrl") if get(logo)
        ]
        self.parties.append(
            Party("sender", organization=name, identifiers=numbers, details=tuple(details))
        )

    def attachments(self, element: Element) -> None:
        """The bytes travel beside the dossier: it only names them."""
        section = self.opened(term="attachment")
        for child in children(element):
            label = child.get("filename") or child.get("id", "")
            number = child.get("id", "")
            section.add(
                Row(
                    label=label,
                    value=child.get("mimeType", ""),
                    raw=number if number != label else "",
                )
            )

    def opened(self, heading: str = "", term: str = "", kind: str = "", effect: str = "") -> Draft:
        self.effects.append((kind, effect))
        return self.body.open(heading, term)

    def section(self, element: Element) -> None:
        get = {name.lower(): value for name, value in xml.attributes(element)}
        kind = get.get("type") or get.get("keyid", "")
        heading = get.get("label") or dictionary()["sectionTypes"].get(kind) or kind
        section = self.opened(heading, kind=kind, effect=stamp(get.get("effectstamp", "")))
        for name, meaning in STAMPS:
            if get.get(name):
                section.moments.append(Moment(meaning, get[name], stamp(get[name])))
        self.rest.extend(
            Row(label=f"{heading} {name}", value=value)
            for name, value in get.items()
            if name in ("uuid", "id") or name not in SECTION
        )
        values = []
        for child in (
            one
            for part in children(element)
            for one in ([part] if local(part) == "value" else children(part))
        ):
            if local(child) == "value":
                values.append(self.value(child, section))
            else:
                section.add(*generic.rows(child))
        self.people(kind, values)

    def value(self, element: Element, section: Draft) -> Value:
        """A value in its place: with its child or foetus, and with the values that belong to it."""
        value = Value.of(element)
        if not value.known and value.concept:
            self.unnamed.add(value.concept)
        place = section
        for term, number in (("about", value.repeat), ("value_group", value.group)):
            if number:
                place = within(place, term, number)
        place.add(value.item(element.get("type", "")))
        self.rest.extend(
            Row(label=f"{value.name} {name}", value=text)
            for name, text in xml.attributes(element)
            if name.lower() not in VALUE and text
        )
        if number_of(value.concept) in ALERTS and value.received:
            self.alerts.append(Row(value=value.received))
        elif number_of(value.concept) in ALLERGIES and value.received:
            told = value.display or value.words(element.get("type", ""))[0]
            if not nothing_known(f"{value.received} {told}"):
                self.alerts.append(Row(term="allergy", value=told))
        return value

    def people(self, kind: str, values: list[Value]) -> None:
        if kind == "client":
            found = taken(values, PATIENT)
            if found:
                self.patients.append(patient(found))
            if found.get("partner_surname") or found.get("partner_given"):
                names = (
                    found.get(f"partner_{part}", "") for part in ("given", "prefix", "surname")
                )
                self.parties.append(Party("partner", person=" ".join(filter(None, names))))
        elif kind in ("zorgverlener", "inzender"):
            found = taken(values, PROVIDER | SENDER)
            role = "practitioner" if kind == "zorgverlener" else "sender"
            if found:
                self.parties.append(provider(found, role))


def within(place: Draft, term: str, number: str) -> Draft:
    """The part of a section for one child or foetus, or for one group of values; never mixed."""
    for section in place.sections:
        if (section.term, section.heading) == (term, number):
            return section
    return place.open(number, term)


def taken(values: list[Value], wanted: dict[str, str]) -> dict[str, str]:
    """The first filled value of each kind; a second BSN is kept beside the first."""
    found: dict[str, str] = {}
    for value in values:
        part = wanted.get(number_of(value.concept))
        text = value.display if part == "specialty" and value.display else value.received
        if part == "bsn" and part in found and text not in ("", found[part]):
            found["other_bsn"] = text
        elif part and text:
            found.setdefault(part, text)
    return found


def patient(found: dict[str, str]) -> Patient:
    get = found.get
    numbers = (("own_number", "own"), ("insurance_number", "insurance"), ("bsn", "other_bsn"))
    address = (
        f"{get('street', '')} {get('number', '')}{spaced(get('addition', ''))}",
        f"{get('postcode', '')} {get('city', '')}",
        get("country", ""),
    )
    return Patient(
        surnames=surnames(get("whole", ""), get("prefix", ""), get("surname", "")),
        given=get("called", "") or get("given", ""),
        initials=get("initials", ""),
        birth=birth(get("birth", "")),
        bsn=get("bsn", ""),
        identifiers=tuple(
            Row(term=term, value=found[part]) for term, part in numbers if part in found
        ),
        address=tuple(line.strip() for line in address if line.strip()),
        telephones=tuple(filter(None, (get("telephone"),))),
    )


def spaced(addition: str) -> str:
    return addition if len(addition) < 2 else f" {addition}"


def birth(received: str) -> Moment | None:
    return Moment("birth", received, dates.iso(date(received, "date"))) if received else None


def surnames(whole: str, prefix: str, surname: str) -> tuple[NamePart, ...]:
    """The surname with its prefix, and what the full surname adds to it."""
    first = f"{prefix} {surname}".strip()
    if not surname:
        return (NamePart(whole),) if whole else ()
    place = whole.casefold().find(first.casefold())
    if place < 0:
        return (NamePart(surname, prefix), *((NamePart(whole),) if whole else ()))
    before, after = whole[:place].strip(" –-"), whole[place + len(first) :].strip(" –-")
    parts = [
        NamePart(before) if before else None,
        NamePart(surname, prefix),
        NamePart(after) if after else None,
    ]
    return tuple(part for part in parts if part)


def provider(found: dict[str, str], role: str) -> Party:
    get = found.get
    return Party(
        role,
        person=get("person", ""),
        organization=get("organization", ""),
        specialty=get("specialty", ""),
        telephones=tuple(filter(None, (get("telephone"),))),
        identifiers=tuple(Row(term="agb", value=found["agb"]) for _ in found.keys() & {"agb"}),
    )
