"""What the resources of FHIR have in common on their way to a report: dates, people, documents,
statuses."""

from __future__ import annotations

from viewer.clinical import Attachment, Moment, Party, Row, Text
from viewer.readers import fhir_people as people
from viewer.readers.charset import decode_latin
from viewer.readers.drafts import Draft
from viewer.readers.fhir_bundle import PEOPLE, Resources
from viewer.readers.fhir_tree import Branch
from viewer.readers.fhir_types import instant, leaf_rows, words
from viewer.readers.limits import KIB

LIFE = {
    "entered-in-error": "entered_in_error",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "stopped": "stopped",
    "inactive": "inactive",
    "resolved": "inactive",
    "on-hold": "on_hold",
    "refuted": "refuted",
    "superseded": "replaced",
    "not-taken": "not_taken",
    "not-done": "cancelled",
    "rejected": "cancelled",
    "draft": "preliminary",
    "preliminary": "preliminary",
    "amended": "corrected",
    "final": "final",
}
ROLES = {
    "author": "author",
    "custodian": "custodian",
    "sender": "sender",
    "recipient": "receiver",
    "performer": "performer",
    "resultsInterpreter": "responsible",
    "authenticator": "authenticator",
    "recorder": "enterer",
    "asserter": "informant",
    "informationSource": "informant",
    "requester": "requester",
    "responsible": "responsible",
    "enterer": "enterer",
}
MOMENTS = {
    "date": "dated",
    "issued": "reported",
    "sent": "sent",
    "received": "received",
    "authoredOn": "written",
    "recordedDate": "written",
    "assertedDate": "written",
    "dateAsserted": "written",
    "created": "created",
    "indexed": "received",
    "timestamp": "created",
    "lastModified": "updated",
}
SHORT = 64 * KIB  # a text of this size is shown where it stands, and can be opened too

# The words of the standard for how things stand, and ours for them.
STATES = {
    "active": "active",
    "inactive": "inactive",
    "final": "final",
    "preliminary": "preliminary",
    "amended": "corrected",
    "entered-in-error": "entered_in_error",
    "confirmed": "confirmed",
    "unconfirmed": "unconfirmed",
    "provisional": "provisional",
    "refuted": "refuted",
    "resolved": "resolved",
    "completed": "completed",
    "current": "current",
    "superseded": "replaced",
}


class Shelf:
    """Where the resources are put on their way to a report; each is shown once."""

    def __init__(self, resources: Resources):
        self.resources = resources
        self.body = Draft()
        self.parties: list[Party] = []
        self.moments: list[Moment] = []
        self.numbers: list[Row] = []
        self.details: list[Row] = []
        self.statuses: list[str] = []
        self.attachments: list[Attachment] = []
        self.title = self.kind = ""
        self.circular = self.elsewhere = False
        self._shown: set[int] = set()

    def first_time(self, branch: Branch) -> bool:
        new = id(branch) not in self._shown
        self._shown.add(id(branch))
        return new

    def subjects(self, branch: Branch) -> None:
        """Whom it is about stands in the banner; what else a pointer says is kept."""
        for reference in (*branch.all("subject"), *branch.all("patient")):
            reference.postpone()

    def status(self, branch: Branch, meanings: dict[str, str]) -> str:
        """The status of a leading resource; a word that nobody knows stays to be shown."""
        word = branch.peek("status")
        if word in meanings:
            branch.take("status")
        return meanings.get(word, "status_unknown" if word else "")

    def state(self, branch: Branch, section: Draft) -> None:
        """The words that tell whether it still holds come first."""
        for name, term in (
            ("clinicalStatus", "status_clinical"),
            ("verificationStatus", "status_verification"),
            ("docStatus", "status"),
            ("status", "status"),
        ):
            text = words(branch, name)
            if not text:
                continue
            section.details.append(Row(term=term, value=text, value_term=STATES.get(text, "")))
            if code := LIFE.get(text.casefold().replace(" ", "-")):
                section.statuses.append(code)
                if section in self.body.sections:
                    self.statuses.append(code)
        if branch.peek("taken") == "n":
            section.statuses.append("not_taken")

    def common(self, branch: Branch, laboratory: bool = False) -> None:
        """Dates and people of a leading resource."""
        for name, meaning in MOMENTS.items():
            self.moments.extend(instant(branch, name, meaning))
        for name, role in ROLES.items():
            for reference in branch.all(name):
                for actor in reference.all("actor"):  # STU3 wraps them
                    self.actor(actor, role)
                if "actor" not in reference.children:
                    self.actor(
                        reference, "laboratory" if laboratory and role == "performer" else role
                    )
        self.subjects(branch)

    def actor(self, reference: Branch, role: str) -> None:
        found = self.resources.find(reference)
        if found is not None and found.type in PEOPLE and found.type != "Patient":
            reference.take("display")
            self.person(found, role)
            return
        name = self.resources.name(reference)
        numbers = people.numbers(reference, "identifier")
        if name or numbers:
            self.parties.append(Party(role, person=name, identifiers=tuple(numbers)))

    def person(self, branch: Branch, role: str = "participant") -> None:
        """Someone who acts; a role points on to a person and an organization."""
        if branch.type == "Patient" or not self.first_time(branch) and role == "participant":
            return
        for name in ("practitioner", "organization", "location", "managingOrganization", "partOf"):
            for reference in branch.all(name):
                found = self.resources.find(reference)
                if found is None and self.resources.name(reference):
                    self.parties.append(Party(role, person=self.resources.name(reference)))
                elif found is not None and found.type != "Patient" and self.first_time(found):
                    self.person(found, role)
        party = people.party(branch, role)
        if any((party.person, party.organization, party.identifiers, party.details)):
            self.parties.append(party)

    def identifiers(self, branch: Branch, term: str) -> None:
        self.numbers.extend(Row(term=term, value=row.value) for row in people.numbers(branch))

    def documents(self, branch: Branch, name: str, section: Draft) -> None:
        for one in branch.all(name):
            attachment = self.resources.attachment(one)
            if attachment.address and not attachment.size:
                section.add(Row(term="media_reference", value=attachment.address))
                self.elsewhere = True
                continue
            self.attachments.append(attachment)
            section.add(
                Row(term="attachment", value=attachment.filename or attachment.content_type)
            )
            if attachment.content_type.startswith("text/plain") and attachment.size <= SHORT:
                self.text(section, decode_latin(attachment.content), attachment.title)

    def text(self, section: Draft, text: str, heading: str = "") -> None:
        if text:
            section.add(Text(tuple(text.splitlines()), heading=heading))

    def narrative(self, branch: Branch, section: Draft) -> None:
        """What the sender wrote, where it says more than the data do."""
        for text in branch.all("text"):
            status = text.text("status")
            for markup in text.texts("div"):
                if status not in ("generated", "extensions", "empty"):
                    section.add(Text(markup=markup, term="narrative"))

    def pointers(self, branch: Branch) -> None:
        """Replace references below a branch by the names of what they point at."""
        for key, found in list(branch.children.items()):
            for place, child in enumerate(found):
                if not isinstance(child, Branch) or child.type:
                    continue
                if not child.visited and points(child):
                    name = self.resources.name(child)
                    left = [row.value for row in child.rest() if row.value != name]
                    branch.put(key, place, "; ".join([name, *left]))
                else:
                    self.pointers(child)

    def left(self, branch: Branch) -> list[Row]:
        branch.take("resourceType", "id")
        self.pointers(branch)
        return leaf_rows(branch)


def points(branch: Branch) -> bool:
    """Whether a branch is a Reference, by its shape."""
    if branch.peek("reference"):
        return True
    return bool(branch.peek("display")) and set(branch.children) <= {
        "display",
        "identifier",
        "type",
    }
