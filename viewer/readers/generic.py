"""Blocks of elements that no rule knows: labelled rows in the order of the message, groups
indented."""

from __future__ import annotations

import re

from viewer.clinical import Row
from viewer.readers.xml import Element, attributes, children, local, own_text

EMPTY_WORDS = {
    "geeninformatie": "no_information",
    "ja": "yes",
    "nee": "no",
    "true": "yes",
    "false": "no",
}

# Parts of a date without a meaning of their own: empty, they would seem to be about the date.
TECHNICAL = ("TimeZone",)
NOTHING = ("geeninformatie",)


def rows(element: Element, depth: int = 0, skip: frozenset[Element] = frozenset()) -> list[Row]:
    """The content of an element, one row a leaf; a group is a row with a label only."""
    found = [
        Row(label=words(name), value=value, depth=depth)
        for name, value in attributes(element)
        if value
    ]
    for child in children(element):
        if child in skip:
            continue
        text, inner = own_text(child), rows(child, depth + 1, skip)
        if local(child) in TECHNICAL and text.casefold() in NOTHING and not inner:
            continue
        if text or inner:
            found.append(row(local(child), text, depth))
        found.extend(inner)
    return found


def row(name: str, text: str, depth: int = 0) -> Row:
    return Row(
        label=words(name), value=text, value_term=EMPTY_WORDS.get(text.casefold(), ""), depth=depth
    )


def words(name: str) -> str:
    """The last part of an element's name as words: ``Labaanvraag.ATermeDatum`` → ``A terme
    datum``."""
    plain = name.rpartition(".")[2] or name
    parts = re.split(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])|_", plain
    )
    small = (one.lower() if re.fullmatch(r"[A-Z]?[a-z]+", one) else one for one in parts[1:])
    return " ".join((parts[0], *small))
