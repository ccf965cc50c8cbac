"""FHIR R4 and STU3, JSON and XML: documents, messages, reports, and any resource with its names as
they are."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.clinical import Document, Moment, Notice, Patient, Report, Row, Section
from viewer.readers import fhir_people as people
from viewer.readers import json_text, xml
from viewer.readers.alerts import nothing_known
from viewer.readers.documents import kept
from viewer.readers.fhir_bundle import PEOPLE, Resources, peeked
from viewer.readers.fhir_resources import SHOWN, Showcase
from viewer.readers.fhir_tree import Branch, from_xml, resource
from viewer.readers.fhir_types import concept, concepts, identifier, instant, words
from viewer.readers.limits import MIB
from viewer.readers.statuses import settled

SIZE, VALUES = 5 * MIB, 400_000
LEADING = ("Composition", "MessageHeader", "DiagnosticReport", "DocumentReference", "Communication")
GONE = {"inactive", "resolved", "refuted", "entered-in-error"}
CERTAINTY = ("confirmed", "unconfirmed", "provisional")
CONFIDENTIAL = {"R": "restricted", "V": "very_restricted"}


def read(content: bytes) -> Document:
    """A resource or a bundle of them."""
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1] == b"<":
        parsed = xml.parse(content)
        root, cut, notices = resource(from_xml(parsed.root)), parsed.cut, parsed.notices
    else:
        data, cut, notices = json_text.load(content, SIZE, VALUES)
        root = resource(data)
    message = Message(Resources(root, cut))
    report = message.report()
    return kept(Document((report,), (*notices, *message.notices())), cut)


class Message:
    """One content on its way to a report."""

    def __init__(self, resources: Resources):
        self.resources = resources
        self.shelf = Showcase(resources)
        self.modifiers: list[str] = []

    def report(self) -> Report:
        root, shelf = self.resources.root, self.shelf
        patients = self.patients()
        self.modifiers = sorted(set(modified(root)))
        warned = tuple(dict.fromkeys(alerts(self.resources)))
        lead = self.order()
        for branch in lead:
            shelf.show(branch)
        for branch in self.resources.of_type(*PEOPLE):
            shelf.person(branch)
        moments, numbers = bundle(root)
        return Report(
            kind=shelf.kind or kind_of(lead, patients),
            standard=standard(root, lead),
            title=shelf.title,
            statuses=settled((*shelf.statuses, *confidential(self.resources))),
            moments=(*shelf.moments, *moments),
            patients=tuple(patients),
            parties=tuple(dict.fromkeys(shelf.parties)),
            numbers=(*shelf.numbers, *numbers),
            alerts=warned,
            sections=sections_of(shelf.body.build()),
            attachments=tuple(shelf.attachments),
            details=tuple(shelf.details),
            rest=tuple(dict.fromkeys(root.rest(root.type))),
        )

    def order(self) -> list[Branch]:
        """What leads first, wherever it stands; people are shown by what they did."""
        ranked = sorted(
            (branch for branch in self.resources.all if branch.type not in PEOPLE),
            key=lambda branch: (
                LEADING.index(branch.type) if branch.type in LEADING else len(LEADING)
            ),
        )
        return ranked

    def patients(self) -> list[Patient]:
        """The patients that are in the message, and those whom a pointer names by another
        number."""
        found = [people.patient(branch) for branch in self.resources.of_type("Patient")]
        known = {patient.bsn for patient in found}
        for branch in self.resources.all:
            for reference in (
                *branch.children.get("subject", []),
                *branch.children.get("patient", []),
            ):
                if not isinstance(reference, Branch) or self.resources.find(reference) is not None:
                    continue
                bsn = self.resources.other_number(reference)
                display = reference.peek("display")
                if (bsn and bsn not in known) or (not found and display):
                    found.append(Patient(bsn=bsn, name_text=display))
                    known.add(bsn)
                    reference.take("reference", "type", "display")
        return found

    def notices(self) -> list[Notice]:
        found = []
        if self.modifiers:
            found.append(Notice("modifier_unknown", {"where": ", ".join(self.modifiers)}))
        if self.resources.missing:
            found.append(Notice("reference_missing", {"count": len(self.resources.missing)}))
        if self.shelf.circular:
            found.append(Notice("reference_cycle"))
        if self.resources.unreadable:
            found.append(Notice("file_unreadable", {"count": self.resources.unreadable}))
        if self.shelf.elsewhere:
            found.append(Notice("external_pointer"))
        return found


def alerts(resources: Resources) -> Iterator[Row]:
    """Allergies and alerts that hold, in the words of the sender; they also stand in their
    place."""
    for branch in resources.of_type("AllergyIntolerance", "Flag"):
        states = {
            peeked(lambda one, field=name: state(one, field), branch).casefold()
            for name in ("clinicalStatus", "verificationStatus", "status")
        }
        told = peeked(alert, branch)
        code = peeked(lambda one: " ".join(code for _, code in concepts(one, "code")), branch)
        if told and not (nothing_known(told) or nothing_known(code)) and not states & GONE:
            term = "allergy" if branch.type == "AllergyIntolerance" else "alert"
            confirmed = next((code for code in CERTAINTY if code in states), "")
            yield Row(term=term, value=told, value_term=confirmed)


def state(branch: Branch, name: str) -> str:
    """The code of a status: a plain code, or that of a concept."""
    found = branch.text(name)
    return found or next((concept(one)[1] for one in branch.all(name)), "")


def alert(branch: Branch) -> str:
    """What it is, and what comes of it."""
    whats = [words(branch, "code")]
    for reaction in branch.all("reaction"):
        whats += [words(reaction, "substance"), words(reaction, "manifestation")]
    return ", ".join(dict.fromkeys(filter(None, whats)))


def bundle(root: Branch) -> tuple[list[Moment], list[Row]]:
    """The date and number of the bundle itself."""
    if root.type != "Bundle":
        return [], []
    numbers = [identifier(one)[1] for one in root.all("identifier")]
    rows = [Row(term="document_number", value=number) for number in numbers if number]
    return instant(root, "timestamp", "created"), rows


def modified(branch: Branch, owner: str = "") -> list[str]:
    """The resources whose meaning an extension may reverse."""
    owner = branch.type or owner
    found = [owner or "?"] if branch.children.get("modifierExtension") else []
    for children in branch.children.values():
        for child in children:
            if isinstance(child, Branch):
                found.extend(modified(child, owner))
    return found


def confidential(resources: Resources) -> list[str]:
    found: list[str] = []
    for branch in (resources.root, *resources.all):
        for meta in branch.children.get("meta", []):
            if isinstance(meta, Branch):
                codes = [
                    one.peek("code")
                    for one in meta.children.get("security", [])
                    if isinstance(one, Branch)
                ]
                found.extend(CONFIDENTIAL[code] for code in codes if code in CONFIDENTIAL)
    return found


def kind_of(lead: list[Branch], patients: list[Patient]) -> str:
    if lead:
        return SHOWN.get(lead[0].type, "fhir_resource")
    return "patient_record" if patients else "fhir_resource"


def standard(root: Branch, lead: list[Branch]) -> str:
    """The format in plain words: the leading resource, and that of the bundle around it."""
    names = [root.peek("type"), root.type] if root.type == "Bundle" else []
    first = lead[0].type if lead else (root.type if not names else "")
    return " ".join(
        filter(None, ("FHIR", first, f"({' '.join(reversed(names))})" if names else ""))
    )


def sections_of(body: Section) -> tuple[Section, ...]:
    """The parts of a body; what stands directly in it comes first, as a part without a heading."""
    own = (Section(items=body.items),) if body.items else ()
    return (*own, *body.sections)
