"""Which type a content is read by, where its declared type says too little; and what is told of
it."""

from __future__ import annotations

from boxes import content_types as types
from viewer import readers
from viewer.clinical import Notice
from viewer.readers import files

# The notations that a type of text may hide: read by their own readers, they can do no more.
TEXTS = (*readers.MESSAGES, types.HL7_V3, types.ENVELOPE, types.RTF)
# From nothing, or from "some bytes", also these: browsers show them in a frame of their own.
ANY = (*readers.READERS, *files.UNSHOWN, types.HL7_V3, types.XML)
MAY_BECOME = {
    types.TEXT: TEXTS,
    types.XML: TEXTS,
    "application/xml": TEXTS,
    types.JSON: TEXTS,
    "text/json": TEXTS,
    "application/x-edi": ANY,
    types.BYTES: ANY,
    "": ANY,
}


def read_as(declared: str, content: bytes) -> str:
    """The type to read the content by: never one that may do more than the declared one."""
    name = types.plain(declared)
    if name not in MAY_BECOME:
        return readers.named(name)
    found = types.recognise(content)
    return found if found in MAY_BECOME[name] else readers.named(name)


def remarks(declared: str, kind: str, content: bytes) -> tuple[Notice, ...]:
    """What its reader is told when the content is not what its sender called it."""
    name = types.plain(declared)
    if readers.named(kind) != readers.named(name):
        told: dict[str, str | int] = {"declared": name or "–", "shown": kind}
        return (Notice("type_repaired", told),)
    found = types.recognise(content)
    if found and name in (types.TEXT, types.JSON) and found in PLAINLY_OTHER:
        return (Notice("type_differs", {"declared": name, "found": found}),)
    return ()


PLAINLY_OTHER = (types.PDF, types.DICOM, types.HTML, *(kind for _, kind in types.IMAGES))
