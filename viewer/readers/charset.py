"""Bytes to text: the declared character set if it is a sane one and true, else UTF-8, else
windows-1252 with a notice."""

from __future__ import annotations

import codecs
import re

from viewer.clinical import Notice

KNOWN = {
    "utf-8": "utf-8",
    "ascii": "ascii",
    "iso8859-1": "latin-1",
    "iso8859-15": "iso8859-15",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# windows-1252 leaves five bytes undefined; as Latin-1 they stay visible as controls instead of
# being lost.
WINDOWS = {
    code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)
}

_DECLARED = re.compile(r""";\s*charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)


def charset_of(content_type: str) -> str:
    """The character set that a type declares, if any."""
    found = _DECLARED.search(content_type)
    return found[1] if found else ""


def decode(content: bytes, declared: str = "") -> tuple[str, tuple[Notice, ...]]:
    """The text, and a notice where the character set had to be guessed."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace"), ()
    codec = known(declared)
    if codec and codec != "utf-16":
        try:
            return windows(content) if codec == "cp1252" else content.decode(codec), ()
        except UnicodeDecodeError:
            pass
    try:
        text = content.decode("utf-8")
        guessed = bool(declared) and codec not in ("utf-8", "ascii") and not content.isascii()
        return text, (notice(declared, "UTF-8"),) if guessed else ()
    except UnicodeDecodeError:
        return windows(content), (notice(declared, "windows-1252"),)


def decode_latin(content: bytes) -> str:
    """For formats whose senders write windows-1252 as a rule, whatever they declare: no notice for
    it."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return windows(content)


def windows(content: bytes) -> str:
    return content.decode("latin-1").translate(WINDOWS)


def known(declared: str) -> str:
    """The codec of a declared name, if it is one that we trust; UTF-7, ISO-2022 and EBCDIC never
    are."""
    try:
        return KNOWN.get(codecs.lookup(declared.strip().strip("\"'")).name, "") if declared else ""
    except (LookupError, ValueError):
        return ""


def notice(declared: str, charset: str) -> Notice:
    return Notice("charset_wrong" if known(declared) else "charset_guessed", {"charset": charset})
