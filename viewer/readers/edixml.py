"""ZorgMail XML: by the EDI name on an element, then by a table of names, then generically; nothing
is dropped."""

from __future__ import annotations

import re

from viewer.clinical import Document, Notice, Row
from viewer.readers import interchange, xml
from viewer.readers.documents import kept
from viewer.readers.edixml_names import LEAVES, SEGMENTS, WRAPPERS, place
from viewer.readers.medeur import PUBLISHED, Medeur
from viewer.readers.mednip import request
from viewer.readers.segments import Segment
from viewer.readers.xml import Element, attributes, children, local, own_text

TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
ROOT = re.compile(r"(MED[A-Z]{3,10})(?:_(.{0,20}))?")
SECRET = "applicationpassword"


def read(content: bytes) -> Document:
    """A message of the MED… family, or the form in which an integration engine writes EDIFACT as
    XML."""
    parsed = xml.parse(content)
    root = parsed.root
    if local(root) in ("EDIFACTInterchange", "EDIFACTMessage"):
        found = interchange.read(list(engine_segments(root)), "EDIFACT XML", parsed.notices)
        return kept(found, parsed.cut)
    return kept(Message(root).document(parsed.notices), parsed.cut)


class Message:
    """One MED… document on its way to a report."""

    def __init__(self, root: Element):
        name = ROOT.fullmatch(local(root).upper())
        self.type = name[1] if name else local(root)
        self.version = (name[2] or "") if name else ""
        self.segments: list[Segment] = []
        self.strays: list[Row] = []
        self.requests: list[Element] = []
        self.strays.extend(labelled(root, "", own=True))
        for child in children(root):
            self.walk(child)

    def walk(self, element: Element) -> None:
        """Put an element into its place: a segment, a wrapper around segments, or something of its
        own."""
        if tag := tag_of(element):
            self.segment(element, tag)
        elif wraps_segments(element):
            self.strays.extend(labelled(element, local(element), own=True))
            for child in children(element):
                self.walk(child)
        elif len(element):
            self.requests.append(element)
        else:
            self.strays.extend(labelled(element, local(element)))

    def segment(self, element: Element, tag: str) -> None:
        segment = Segment(tag)
        self.segments.append(segment)
        text = own_text(element) if len(element) else (element.text or "").strip("\r\n")
        if text.strip():
            spot = place(tag, local(element).casefold(), False) or (1, 1)
            segment.put(*spot, text if tag in LEAVES else text.strip(), local(element))
        self.fill(segment, element)

    def fill(self, segment: Segment, element: Element, in_address: bool = False) -> None:
        """The fields of a segment; what is a segment itself follows after it, what has no place is
        kept beside it."""
        for name, value in attributes(element):
            put(segment, name, value, in_address)
        for child in children(element):
            if tag := tag_of(child):
                self.segment(child, tag)
                continue
            name = local(child)
            if text := own_text(child):
                put(segment, name, text, in_address)
            if len(child) or child.keys():
                self.fill(segment, child, in_address or last(name) in ("adres", "adresgegevens"))

    def document(self, notices: tuple[Notice, ...]) -> Document:
        carrier = interchange.Carrier()
        inner = [segment for segment in self.segments if not carrier.claims(segment)]
        kind = self.type if self.type in PUBLISHED else self.type[:6].upper()
        message = Medeur(kind)
        message.read(inner)
        request(message, self.requests)
        message.rest.extend(self.strays)
        standard = " ".join(filter(None, (self.type, self.version, "(ZorgMail XML)")))
        found = [*notices, *message.notices(), *carrier.notices]
        return Document((carrier.around(message, standard),), tuple(found))


def tag_of(element: Element) -> str:
    """The segment that an element stands for, or nothing: fields are dotted, segments are not."""
    name = local(element)
    if not name or "." in name:
        return ""
    said = element.get("EDI-name", "").strip().upper()
    if TAG.fullmatch(said):
        return said
    if name.casefold() in WRAPPERS:
        return "IDE" if all("." in local(child) for child in children(element)) else ""
    return SEGMENTS.get(name.casefold(), "")


def wraps_segments(element: Element) -> bool:
    """Whether there are segments in an unknown element; one with dotted children is a block with
    words of its own."""
    if any("." in local(child) for child in children(element)):
        return False
    return any(tag_of(inner) for inner in element.iter(xml.etree.Element))


def put(segment: Segment, name: str, value: str, in_address: bool) -> None:
    if name.startswith("EDI-") or SECRET in name.casefold() or not value.strip():
        return
    spot = place(segment.tag, last(name), in_address)
    if spot and segment.tag == "KOP" and spot[0] == 2:
        spot = (max(2, len(segment.elements) + 1), 1)
    if not spot or not segment.put(*spot, value.strip(), name):
        segment.extras.append(Row(label=name, value=value.strip()))


def last(name: str) -> str:
    """The part of a field's name that tells what it is."""
    return name.rpartition(".")[2].casefold()


def labelled(element: Element, path: str, own: bool = False) -> list[Row]:
    """The texts of an element that belongs nowhere, each with the names that lead to it."""
    rows = [
        Row(label=" › ".join(filter(None, (path, name))), value=value)
        for name, value in attributes(element)
        if not name.startswith("EDI-") and value.strip()
    ]
    if text := own_text(element):
        rows.append(Row(label=path, value=text))
    if not own:
        for child in children(element):
            rows.extend(labelled(child, f"{path} › {local(child)}"))
    return rows


def engine_segments(root: Element):
    """``<BEP><BEP.03><BEP.03.1>…``: components behind the tag are element 00."""
    for element in root.iter(xml.etree.Element):
        if not TAG.fullmatch(local(element)):
            continue
        segment = Segment(local(element))
        for field in children(element):
            number = local(field).rpartition(".")[2]
            parts = [(local(part).rpartition(".")[2], own_text(part)) for part in children(field)]
            values = [value for _, value in parts] or [own_text(field)]
            if number == "00":
                segment.counters = tuple(values)
            elif number.isdigit() and int(number) < 1000:
                for component, value in enumerate(values, 1):
                    segment.put(int(number), component, value)
            else:
                segment.extras.extend(
                    Row(label=local(field), value=value) for value in values if value
                )
        yield segment
