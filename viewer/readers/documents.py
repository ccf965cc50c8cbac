"""Base64 documents inside a text: cut out before limits count and parsers run, and decoded only
when asked for."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from viewer.clinical import Attachment, Document

LONG, WORTHWHILE = 2_000, 256 * 1024
# The look-behind and the possessive repetitions keep the search linear on hostile text.
RUN = re.compile(rf"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{{{LONG},}}+={{0,2}}")
FOLDED = re.compile(
    rf"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{{60,76}}+\s++){{{LONG // 76},}}+"
    r"[A-Za-z0-9+/]{0,76}+={0,2}"
)
MARK = "base64-document-"


@dataclass(frozen=True)
class Cut:
    """A text in which each long base64 run has been replaced by a short word of ours."""

    text: str
    pieces: dict[str, str]

    def whole(self, text: str) -> str:
        """The text as it was: what was cut out stands in its place again."""
        return re.sub(
            rf"{MARK}[0-9]+-[0-9]+", lambda found: self.pieces.get(found[0], found[0]), text
        )

    def decode(self, text: str) -> bytes | None:
        """The bytes of a base64 value, cut out or short; nothing if it is no base64."""
        return decode(self.pieces.get(text.strip(), text))


def cut_documents(text: str) -> Cut:
    pieces: dict[str, str] = {}
    if len(text) < WORTHWHILE:
        return Cut(text, pieces)
    salt = next(number for number in range(len(text)) if f"{MARK}{number}-" not in text)

    def replace(found: re.Match[str]) -> str:
        name = f"{MARK}{salt}-{len(pieces)}"
        pieces[name] = found[0]
        return name

    return Cut(RUN.sub(replace, FOLDED.sub(replace, text)), pieces)


def decode(text: str) -> bytes | None:
    """Base64 in either alphabet, with white space and without padding; nothing for anything
    else."""
    plain = re.sub(r"\s+", "", text).translate(str.maketrans("-_", "+/")).rstrip("=")
    if not plain or not re.fullmatch(r"[A-Za-z0-9+/]+", plain) or len(plain) % 4 == 1:
        return None
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def kept(document: Document, cut: Cut) -> Document:
    """The document with what was cut out and nobody claimed: an attachment, named where it
    stood."""
    if not cut.pieces:
        return document
    found: dict[str, Attachment] = {}

    def named(match: re.Match[str]) -> str:
        piece = cut.pieces.get(match[0])
        if piece is None:
            return match[0]
        content = decode(piece) or piece.encode()
        name = f"base64-{len(found) + 1}.bin"
        attachment = Attachment(name, "application/octet-stream", content, len(content))
        return found.setdefault(match[0], attachment).filename

    settled = _walk(document, lambda text: re.sub(rf"{MARK}[0-9]+-[0-9]+", named, text))
    if not found or not settled.reports:
        return settled
    last = settled.reports[-1]
    last = replace(last, attachments=(*last.attachments, *found.values()))
    return replace(settled, reports=(*settled.reports[:-1], last))


def _walk(value: Any, mend: Callable[[str], str]) -> Any:
    """The same value with each text that holds a mark of ours mended."""
    if isinstance(value, str):
        return mend(value) if MARK in value else value
    if isinstance(value, tuple):
        mended = tuple(_walk(one, mend) for one in value)
        return value if all(a is b for a, b in zip(value, mended, strict=True)) else mended
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        changed = {name: new for name, old in held.items() if (new := _walk(old, mend)) is not old}
        return replace(value, **changed) if changed else value
    return value
