"""EDIFACT as Dutch care providers write it: tags with counters, five-character UNA, wrong counts,
missing ends.

The release character makes the next character literal, whatever it is, so a split by regular
expression would err.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.clinical import Document, Notice, Unreadable
from viewer.readers import interchange
from viewer.readers.charset import decode_latin
from viewer.readers.limits import MIB, check_count, check_size
from viewer.readers.segments import Segment

SIZE, SEGMENTS, ELEMENTS = MIB, 20_000, 1_000
TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
BETWEEN = " \t\r\n\x00"


@dataclass(frozen=True)
class Separators:
    component: str = ":"
    element: str = "+"
    release: str = "?"
    terminator: str = "'"

    @property
    def possible(self) -> bool:
        four = (self.component, self.element, self.release, self.terminator)
        return len(set(four)) == 4 and not any(
            mark.isalnum() or mark.isspace() or not mark.isprintable() for mark in four
        )


def read(content: bytes) -> Document:
    """An interchange, or a bare message, of any type and dialect."""
    check_size(content, SIZE)
    text = decode_latin(content).lstrip(BETWEEN + "\ufeff")
    if text[:3] not in ("UNA", "UNB", "UNH"):
        raise Unreadable("not_this_type", format="EDIFACT")
    separators, text, notices = service(text)
    segments, whole = split(text, separators)
    if not whole:
        notices.append(Notice("cut_off"))
    return interchange.read(segments, "EDIFACT", notices)


def service(text: str) -> tuple[Separators, str, list[Notice]]:
    """The separators that UNA declares, with or without the reserved fifth; the usual ones if those
    cannot be."""
    if not text.startswith("UNA"):
        return Separators(), text, []
    short = text[8:].lstrip(BETWEEN).startswith(("UNB", "UNH"))
    declared, rest = (text[3:8], text[8:]) if short else (text[3:9], text[9:])
    if len(declared) < 5:
        return Separators(), text, [Notice("separators")]
    found = Separators(declared[0], declared[1], declared[3], declared[-1])
    if found.possible:
        return found, rest, []
    return Separators(), rest, [Notice("separators")]


def split(text: str, separators: Separators) -> tuple[list[Segment], bool]:
    """The segments, and whether the last of them is whole."""
    marks = re.compile(
        "["
        + re.escape(
            separators.component + separators.element + separators.release + separators.terminator
        )
        + "]"
    )
    segments: list[Segment] = []
    elements: list[list[str]] = [[]]
    piece: list[str] = []
    start = 0
    found = marks.search(text)
    while found:
        mark, place = found[0], found.start()
        piece.append(text[start:place])
        start = place + 1
        if mark == separators.release:
            piece.append(text[start : start + 1])
            start += 1
        else:
            elements[-1].append("".join(piece))
            piece = []
            if mark == separators.element:
                elements.append([])
                check_count(len(elements), ELEMENTS)
            elif mark == separators.terminator:
                finish(segments, elements)
                elements = [[]]
            else:
                check_count(len(elements[-1]), ELEMENTS)
        found = marks.search(text, start)
    piece.append(text[start:])
    elements[-1].append("".join(piece))
    return segments, finish(segments, elements, last=True)


def finish(segments: list[Segment], elements: list[list[str]], last: bool = False) -> bool:
    """Add a segment; false if it is the remains of one that broke off."""
    (tag, *counters), *values = elements
    tag = tag.lstrip(BETWEEN)
    if not tag.strip(BETWEEN) and not values:
        return True
    if last:
        tag = tag.rstrip(BETWEEN)
        values = [[component.rstrip("\r\n") for component in components] for components in values]
    segments.append(Segment(tag, values, tuple(counters)))
    check_count(len(segments), SEGMENTS)
    return not last or tag in ("UNZ", "UNT")
