"""The resources of one FHIR message and how they point at each other; nothing is ever looked up
outside."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.clinical import Attachment
from viewer.readers.documents import Cut
from viewer.readers.fhir_people import BSN, person_name
from viewer.readers.fhir_tree import Branch
from viewer.readers.fhir_types import concept

PEOPLE = (
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "RelatedPerson",
    "Location",
    "Device",
    "HealthcareService",
    "CareTeam",
)


class Resources:
    """All resources by their addresses; remembers which pointers led nowhere."""

    def __init__(self, root: Branch, cut: Cut):
        self.cut = cut
        self.root = root
        self.all: list[Branch] = []
        self.addresses: dict[str, Branch] = {}
        self.missing: set[str] = set()
        self.unreadable = 0
        self.collect(root, "")

    def collect(self, branch: Branch, address: str) -> None:
        if branch.type == "Bundle":
            branch.take("type")
            for entry in branch.all("entry"):
                for inner in entry.all("resource"):
                    self.collect(inner, entry.text("fullUrl"))
            return
        self.all.append(branch)
        for known in filter(None, (address, f"{branch.type}/{branch.peek('id')}")):
            self.addresses.setdefault(known, branch)
        for inner in branch.all("contained"):
            self.all.append(inner)
            self.addresses.setdefault(f"#{inner.peek('id')}", inner)

    def of_type(self, *types: str) -> Iterator[Branch]:
        return (branch for branch in self.all if branch.type in types)

    def find(self, reference: Branch) -> Branch | None:
        """What a Reference points at, if it is in this message."""
        reference.take("reference", "type")
        address = reference.peek("reference").partition("/_history/")[0]
        if not address:
            return None
        tail = "/".join(address.split("/")[-2:])
        found = self.addresses.get(address) or self.addresses.get(tail)
        if found is None and not reference.peek("display"):
            self.missing.add(address)
        return found

    def name(self, reference: Branch) -> str:
        """What a Reference points at, in words."""
        found = self.find(reference)
        display = reference.text("display")
        if found is not None:
            return title(found) or display or reference.peek("reference")
        numbers = [number.peek("value") for number in reference.all("identifier")]
        return display or next(filter(None, numbers), "") or reference.peek("reference")

    def names(self, branch: Branch, name: str) -> str:
        return ", ".join(filter(None, (self.name(one) for one in branch.all(name))))

    def attachment(self, branch: Branch) -> Attachment:
        """An Attachment: its bytes if they are here, else its address, which nobody fetches."""
        data, address = branch.text("data"), branch.text("url")
        content_type, label = branch.text("contentType"), branch.text("title")
        branch.take("language", "size", "hash", "creation")
        content = self.cut.decode(data) if data else b""
        self.unreadable += content is None
        body = self.cut.whole(data).encode() if content is None else content
        return Attachment(
            label or address.rpartition("/")[2],
            content_type,
            body,
            len(body),
            title=label,
            address=address,
        )

    def other_number(self, reference: Branch) -> str:
        """The BSN by which a pointer names a patient who is not in the message."""
        for number in reference.children.get("identifier", []):
            if isinstance(number, Branch) and number.peek("system").endswith(BSN):
                return number.peek("value")
        return ""


def title(branch: Branch) -> str:
    """A short name for a resource, without taking it from the page."""
    for name in ("title", "description"):
        if text := branch.peek(name):
            return text
    if branch.type in PEOPLE:
        texts = [child for child in branch.children.get("name", []) if isinstance(child, str)]
        return texts[0] if texts else peeked(person_name, branch)
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type", "topic"):
        for child in branch.children.get(name, []):
            if isinstance(child, Branch):
                return peeked(lambda found: concept(found)[0], child)
    return ""


def peeked(reader, branch: Branch) -> str:
    """What a reader makes of a branch, with the branch's memory put back as it was."""
    before = branch.memory()
    text = reader(branch)
    branch.restore(before)
    return text
