"""CDA documents: the header, what the author signed, what is coded, and what is enclosed."""

from __future__ import annotations

import re

from viewer.clinical import (
    Attachment,
    Document,
    Moment,
    Notice,
    Party,
    Report,
    Row,
    Text,
    Unreadable,
)
from viewer.readers import cda_narrative as narrative
from viewer.readers import cda_people as people
from viewer.readers import xml
from viewer.readers.cda_entries import allergies, entries
from viewer.readers.cda_people import Reader
from viewer.readers.documents import kept
from viewer.readers.drafts import Draft
from viewer.readers.statuses import settled
from viewer.readers.xml import Element, Parsed, children, local, namespace

V3 = "urn:hl7-org:v3"
CONFIDENTIAL = {"R": "restricted", "V": "very_restricted"}
RELATED = {"RPLC": "replaces", "APND": "addition"}
ACTORS = (
    ("author", "assignedAuthor", "author", "written"),
    ("dataEnterer", "assignedEntity", "enterer", "transcribed"),
    ("informant", "assignedEntity", "informant", ""),
    ("informant", "relatedEntity", "informant", ""),
    ("legalAuthenticator", "assignedEntity", "authenticator", "signed"),
    ("authenticator", "assignedEntity", "authenticator", "signed"),
)
PERSONS = (
    "assignedPerson",
    "assignedAuthoringDevice",
    "associatedPerson",
    "relatedPerson",
    "informationRecipient",
)
PLACES = (
    "representedOrganization",
    "scopingOrganization",
    "receivedOrganization",
    "assignedOrganization",
)


def read(content: bytes) -> Document:
    """A clinical document; any other root is refused."""
    parsed = xml.parse(content)
    if local(parsed.root) != "ClinicalDocument" or namespace(parsed.root) not in (V3, ""):
        raise Unreadable("not_this_type", format="CDA")
    letter = Letter(parsed)
    report = letter.report()
    return kept(Document((report,), (*parsed.notices, *letter.notices())), parsed.cut)


class Letter:
    """One document on its way to a report."""

    def __init__(self, parsed: Parsed):
        self.root, self.cut = parsed.root, parsed.cut
        self.reader = Reader()
        self.body = Draft()
        self.attachments: list[Attachment] = []
        self.bare: list[str] = []
        self.alerts: list[Row] = []
        self.elsewhere = False
        self.unreadable = 0

    def report(self) -> Report:
        reader, root = self.reader, self.root
        reader.read.add(root)
        kind, code = reader.coded(root, "code")
        title = reader.text(root, "title")
        patients = [
            people.patient(reader, role) for role in reader.all(root, "recordTarget", "patientRole")
        ]
        parties, signed = self.actors()
        moments = [*people.moments(reader, reader.first(root, "effectiveTime"), "created"), *signed]
        numbers = self.numbers()
        statuses = [
            CONFIDENTIAL.get(
                reader.attribute(reader.first(root, "confidentialityCode"), "code"), ""
            )
        ]
        statuses += [
            RELATED.get(one.get("typeCode", ""), "") for one in reader.all(root, "relatedDocument")
        ]
        for component in reader.all(root, "component"):
            self.component(component)
        return Report(
            kind="clinical_document",
            standard=f"CDA ({kind})" if kind else "CDA",
            title=title or kind,
            statuses=settled(statuses),
            moments=tuple(moments),
            patients=tuple(patients),
            parties=tuple(dict.fromkeys(parties)),
            numbers=tuple(numbers),
            alerts=tuple(dict.fromkeys(self.alerts)),
            sections=self.body.build().sections,
            attachments=tuple(self.attachments),
            rest=(
                *(Row(term="code", value=code) for _ in [code] if code != kind),
                *self.rest(),
            ),
        )

    def actors(self) -> tuple[list[Party], list[Moment]]:
        """Everyone in the header, and when they wrote or signed."""
        reader, root = self.reader, self.root
        parties, moments = [], []
        for name, entity, role, meaning in ACTORS:
            for one in reader.all(root, name):
                parties.append(
                    people.party(reader, reader.first(one, entity), role, PERSONS, PLACES)
                )
                found = list(people.moments(reader, reader.first(one, "time"), meaning))
                moments.extend(found if meaning else [])
        for one in reader.all(root, "custodian", "assignedCustodian"):
            place = reader.first(one, "representedCustodianOrganization")
            parties.append(people.party(reader, place, "custodian", (), ()))
            parties[-1] = Party(
                "custodian",
                organization=people.name(reader, place),
                address=parties[-1].address,
                telephones=parties[-1].telephones,
                identifiers=parties[-1].identifiers,
            )
        for one in reader.all(root, "informationRecipient", "intendedRecipient"):
            parties.append(people.party(reader, one, "receiver", PERSONS, PLACES))
        for one in reader.all(root, "participant", "associatedEntity"):
            parties.append(people.party(reader, one, "participant", PERSONS, PLACES))
        for one in reader.all(root, "documentationOf", "serviceEvent"):
            moments.extend(people.moments(reader, reader.first(one, "effectiveTime"), "effective"))
            for performer in reader.all(one, "performer", "assignedEntity"):
                parties.append(people.party(reader, performer, "performer", PERSONS, PLACES))
        for one in reader.all(root, "componentOf", "encompassingEncounter"):
            moments.extend(people.moments(reader, reader.first(one, "effectiveTime"), "effective"))
            for doctor in reader.all(one, "responsibleParty", "assignedEntity"):
                parties.append(people.party(reader, doctor, "treating", PERSONS, PLACES))
        filled = [one for one in parties if one.person or one.organization or one.identifiers]
        return filled, moments

    def numbers(self) -> list[Row]:
        reader, root = self.reader, self.root
        found = []
        for element, term in (("id", "document_number"), ("setId", "set_number")):
            for one in reader.all(root, element):
                if number := one.get("extension") or one.get("root"):
                    found.append(Row(term=term, value=number))
        if version := reader.value(root, "versionNumber"):
            found.append(Row(term="version_number", value=version))
        for one in reader.all(root, "relatedDocument", "parentDocument", "id"):
            found.append(
                Row(term="replaced_document", value=one.get("extension") or one.get("root", ""))
            )
        for one in reader.all(root, "inFulfillmentOf", "order", "id"):
            found.append(
                Row(term="order_number", value=one.get("extension") or one.get("root", ""))
            )
        return [row for row in found if row.value]

    def component(self, component: Element) -> None:
        self.reader.take([component])
        for body in children(component):
            if local(body) == "nonXMLBody":
                for text in children(body):
                    self.enclosed(text)
            else:
                for section in body.iterchildren():
                    for inner in children(section):
                        if local(inner) == "section":
                            self.section(inner, self.body)

    def enclosed(self, element: Element) -> None:
        """A body that is no narrative: a file, a plain text, or a pointer that nobody follows."""
        media = element.get("mediaType", "")
        section = self.body.open(term="document")
        for reference in children(element):
            section.add(Row(term="media_reference", value=reference.get("value", "")))
            self.elsewhere = True
        text = "".join(element.itertext())
        if not text.strip():
            return
        if element.get("representation") != "B64":
            section.add(Text(tuple(self.cut.whole(text).strip().splitlines())))
            return
        attachment = self.attachment(text, media, "document")
        section.add(Row(term="attachment", value=attachment.filename))
        if media == "text/plain" and attachment.size <= 64 * 1024:
            section.add(Text(tuple(attachment.content.decode("utf-8", "replace").splitlines())))

    def attachment(self, text: str, media: str, name: str, content_id: str = "") -> Attachment:
        content = self.cut.decode(text)
        self.unreadable += content is None
        body = self.cut.whole(text).encode() if content is None else content
        extension = re.sub(r"[^a-z0-9]", "", media.rpartition("/")[2].lower())
        extension = {"plain": "txt", "jpeg": "jpg"}.get(extension, extension)
        found = Attachment(
            f"{name}.{extension}" if extension else name,
            media,
            body,
            len(body),
            content_id=content_id,
            inline=bool(content_id),
        )
        self.attachments.append(found)
        return found

    def section(self, element: Element, place: Draft) -> None:
        """What the author signed, the media in it, what is coded, and the sections within."""
        reader = Reader()
        heading = reader.text(element, "title") or reader.coded(element, "code")[0]
        section = place.open(heading=heading)
        if null := element.get("nullFlavor"):
            section.details.append(
                Row(term="empty_section", value_term=people.NULLS.get(null, "no_value"))
            )
        self.media(element)
        text = reader.first(element, "text")
        if text is not None and (len(text) or (text.text or "").strip()):
            section.add(Text(narrative.lines(text), markup=narrative.markup(text)))
        self.alerts += [Row(term="allergy", value=one) for one in allergies(element)]
        found = list(entries(element))
        if found:
            section.open(term="entries").add(*found)
            if text is None:
                self.bare.append(heading)
        for component in reader.all(element, "component"):
            for inner in children(component):
                if local(inner) == "section":
                    self.section(inner, section)

    def media(self, section: Element) -> None:
        for one in narrative.images(section):
            value = next((child for child in children(one) if local(child) == "value"), None)
            if value is not None:
                number = one.get("ID", "")
                self.attachment(
                    "".join(value.itertext()), value.get("mediaType", ""), number or "image", number
                )

    def rest(self) -> list[Row]:
        """What the header has besides: everything that nobody read."""
        rows = []
        for element in self.root.iter(xml.etree.Element):
            if element in self.reader.read or local(element) in (
                "templateId",
                "typeId",
                "realmCode",
            ):
                continue
            shown = (
                element.get("displayName")
                or element.get("value")
                or element.get("extension")
                or element.get("code")
            )
            text = " ".join(filter(None, (shown, xml.own_text(element))))
            if text:
                rows.append(Row(label=path(element), value=text))
        return rows

    def notices(self) -> list[Notice]:
        found = []
        if self.bare:
            found.append(Notice("no_text_entries", {"where": ", ".join(filter(None, self.bare))}))
        if self.elsewhere:
            found.append(Notice("external_pointer"))
        if self.unreadable:
            found.append(Notice("file_unreadable", {"count": self.unreadable}))
        return found


def path(element: Element) -> str:
    """The names that lead to an element of the header."""
    names = [local(one) for one in element.iterancestors()][-2::-1]
    return " › ".join([*names[-2:], local(element)])
