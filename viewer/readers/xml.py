"""XML from strangers: no document type, no entities, no network, and limits before anything is
walked."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from viewer.clinical import Notice, Unreadable
from viewer.readers import charset
from viewer.readers.documents import Cut, cut_documents
from viewer.readers.limits import MIB, check_count, check_size

SIZE, NODES, ATTRIBUTES = 5 * MIB, 200_000, 256
DECLARATION = re.compile(r"\s*<\?xml\s[^>]{0,500}?\?>")
ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,300}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)

Element: TypeAlias = etree._Element


@dataclass(frozen=True)
class Parsed:
    """The root of a document, the base64 documents that were cut out of it, and what its reader
    should know."""

    root: Element
    cut: Cut
    notices: tuple[Notice, ...] = field(default=())


def parse(content: bytes, size: int = SIZE) -> Parsed:
    """The tree of the content; raises Unreadable for all that is not plain, well-formed XML of
    modest size."""
    text, notices = decode(content)
    cut = cut_documents(text)
    text = DECLARATION.sub("", cut.text, count=1)
    check_size(text, size)
    refuse_doctype(text)
    # An element takes at most two of them, a comment or instruction one.
    check_count(text.count("<"), 2 * NODES)
    root = tree(text)
    check_count(sum(1 for _ in root.iter()), NODES)
    for element in root.iter(etree.Element):
        check_count(len(element.attrib), ATTRIBUTES)
    return Parsed(root, cut, notices)


def tree(text: str) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_blank_text=False,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError) as error:
        raise Unreadable("not_well_formed", format="XML") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("doctype")
    return root


def decode(content: bytes) -> tuple[str, tuple[Notice, ...]]:
    """Text by byte order mark, else by the declaration, else UTF-8; a false declaration is told."""
    if content[:2] in (b"<\0", b"\0<"):
        return content.decode("utf-16-le" if content[0] else "utf-16-be", "replace"), ()
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return charset.decode(content)
    declared = ENCODING.match(content[:1024])
    return charset.decode(content, declared.group(1).decode("ascii") if declared else "utf-8")


def refuse_doctype(text: str) -> None:
    start = PROLOG.match(text)
    if start and text[start.end() : start.end() + 9].upper().startswith("<!DOCTYPE"):
        raise Unreadable("doctype")


def local(element: Element) -> str:
    """The element's name without its namespace; empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Element) -> str:
    return (
        element.tag[1:].partition("}")[0]
        if isinstance(element.tag, str) and element.tag[0] == "{"
        else ""
    )


def children(element: Element) -> Iterator[Element]:
    """The child elements, without comments and instructions."""
    return element.iterchildren(etree.Element)


def attributes(element: Element) -> Iterator[tuple[str, str]]:
    """Attributes with their local names."""
    return ((name.rpartition("}")[2], value) for name, value in element.items())


def own_text(element: Element) -> str:
    """The text directly in the element, also between its children, with no line lost."""
    if not len(element):
        return (element.text or "").strip()
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(pieces).strip()
