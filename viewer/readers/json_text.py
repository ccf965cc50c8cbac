"""JSON from strangers: numbers as they were written, nothing twice, nothing that is no number,
limits before parsing."""

from __future__ import annotations

import json
import re
from typing import Any

from viewer.clinical import Notice, Unreadable
from viewer.readers import charset
from viewer.readers.documents import Cut, cut_documents
from viewer.readers.limits import DEPTH, MIB, check_count, check_depth, check_size

SIZE, VALUES, DIGITS = 2 * MIB, 50_000, 400
STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)


class Number(str):
    """A number with the digits that were sent."""


def load(
    content: bytes, size: int = SIZE, values: int = VALUES
) -> tuple[Any, Cut, tuple[Notice, ...]]:
    """The value, the base64 documents that were cut out of it, and a guess about the character
    set."""
    text, notices = decode(content)
    cut = cut_documents(text)
    check_size(cut.text, size)
    bare = STRING.sub('""', cut.text)
    check_count(bare.count(",") + bare.count("{") + bare.count("["), values)
    check_depth(nesting(bare))
    try:
        value = json.loads(
            cut.text,
            parse_float=number,
            parse_int=number,
            parse_constant=refuse,
            object_pairs_hook=once,
        )
    except json.JSONDecodeError as error:
        raise Unreadable("not_well_formed", format="JSON") from error
    return value, cut, notices


def decode(content: bytes) -> tuple[str, tuple[Notice, ...]]:
    """UTF-8 by the standard; what is not becomes windows-1252 with a notice."""
    if content[1:2] == b"\0" and content[:1] in (b"{", b"["):
        return content.decode("utf-16-le", "replace"), ()
    return charset.decode(content, "utf-8")


def nesting(bare: str) -> int:
    """The greatest depth of a JSON text without its strings."""
    deepest = depth = 0
    for mark in re.findall(r"[\[\]{}]", bare):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEPTH:
            break
    return deepest


def number(text: str) -> Number:
    if len(text) > DIGITS:
        raise Unreadable("not_a_number")
    return Number(text)


def refuse(name: str) -> None:
    raise Unreadable("not_a_number")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("duplicate")
    return found


def words(value: Any) -> str:
    """A leaf as text: as it was written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
