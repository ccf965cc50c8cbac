"""The narrative of a CDA section: our own HTML from the names that the standard has, and the same
as plain lines."""

from __future__ import annotations

import re
from html import escape

from viewer.readers.xml import Element, children, local

BLOCKS = {
    "paragraph": "p",
    "item": "li",
    "thead": "thead",
    "tbody": "tbody",
    "tfoot": "tfoot",
    "tr": "tr",
}
INLINE = {"sub": "sub", "sup": "sup", "footnote": "small", "footnoteRef": "sup"}
CELLS = ("th", "td")
STYLES = {"bold": "strong", "italics": "em", "underline": "u", "emphasis": "em"}
REVISIONS = {"insert": "ins", "delete": "del"}
LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"']+", re.IGNORECASE)
BREAKS = ("paragraph", "item", "tr", "br", "caption", "table", "list", "footnote")


def markup(element: Element) -> str:
    """The content of an element as HTML; elements without a meaning leave their text."""
    pieces = [escape(element.text or "")]
    for child in children_and_tails(element):
        pieces.append(child)
    return "".join(pieces)


def children_and_tails(element: Element) -> list[str]:
    pieces = []
    for child in element:
        if isinstance(child.tag, str):
            pieces.append(one(child))
        pieces.append(escape(child.tail or ""))
    return pieces


def one(element: Element) -> str:
    """One element as HTML of ours; of its attributes only spans of cells and checked links are
    kept."""
    name, inner = local(element), markup(element)
    if name == "br":
        return "<br>"
    if name == "list":
        return wrapped("ol" if element.get("listType") == "ordered" else "ul", inner)
    if name == "table":
        return wrapped("table", inner)
    if name in CELLS:
        return f"<{name}{spans(element)}>{inner}</{name}>"
    if name == "caption":
        inside = local(element.getparent()) if element.getparent() is not None else ""
        return wrapped("caption", inner) if inside == "table" else wrapped("strong", inner)
    if name == "linkHtml":
        return link(element.get("href", ""), inner)
    if name == "renderMultiMedia":
        return media(element.get("referencedObject", ""), inner)
    if name in ("col", "colgroup"):
        return inner
    if name == "content":
        return styled(element, inner)
    tag = BLOCKS.get(name) or INLINE.get(name)
    return wrapped(tag, inner) if tag else inner


def wrapped(tag: str, inner: str) -> str:
    return f"<{tag}>{inner}</{tag}>"


def spans(element: Element) -> str:
    """colspan and rowspan, where they are numbers."""
    found = [(name, element.get(name, "")) for name in ("colspan", "rowspan")]
    return "".join(
        f' {name}="{value}"' for name, value in found if re.fullmatch(r"[0-9]{1,3}", value)
    )


def styled(element: Element, inner: str) -> str:
    """Style codes, and what a revision put in or took out."""
    for style in element.get("styleCode", "").split():
        if tag := STYLES.get(style.casefold()):
            inner = wrapped(tag, inner)
    revised = REVISIONS.get(element.get("revised", ""))
    return wrapped(revised, inner) if revised else inner


def link(address: str, inner: str) -> str:
    """A link only to a plain address; any other address is shown as text."""
    if LINK.fullmatch(address):
        return f'<a href="{escape(address)}">{inner or escape(address)}</a>'
    return f"{inner} ({escape(address)})" if address else inner


def media(names: str, inner: str) -> str:
    """An image that the document brings along, by its identifier within this message."""
    images = [
        f'<img src="cid:{escape(name)}" alt="{escape(re.sub("<[^>]*>", "", inner))}">'
        for name in names.split()
    ]
    return "".join(images) + inner


def lines(element: Element) -> tuple[str, ...]:
    """The narrative as plain text."""
    pieces: list[str] = []
    gather(element, pieces)
    text = re.sub(r" *\t *", "\t", "".join(pieces))
    text = re.sub(r"[ \t\r\f\v]*\n[ \t\r\f\v]*", "\n", text)
    return tuple(line.strip() for line in re.sub(r"\n{2,}", "\n", text).strip().split("\n"))


def gather(element: Element, pieces: list[str]) -> None:
    name = local(element)
    struck = "~~" if element.get("revised") == "delete" else ""
    pieces.append("\n" if name in BREAKS else struck)
    pieces.append(re.sub(r"\s+", " ", element.text or ""))
    for child in element:
        if isinstance(child.tag, str):
            gather(child, pieces)
        pieces.append(re.sub(r"\s+", " ", child.tail or ""))
    pieces.append("\t" if name in CELLS else "\n" if name in BREAKS else struck)


def images(section: Element) -> list[Element]:
    """The observationMedia of a section's own entries."""
    return [
        media
        for entry in children(section)
        if local(entry) == "entry"
        for media in entry.iter()
        if local(media) == "observationMedia"
    ]
