"""Attachments as files: a safe name, one of our own content types, and what to warn of."""

import re
import unicodedata
from dataclasses import dataclass

from boxes.content_types import plain
from viewer.clinical.words import _
from viewer.readers import charset
from viewer.readers.pictures import SIZE as MOST_TO_DRAW

OCTETS = "application/octet-stream"
UTF8_TEXT = "text/plain; charset=utf-8"
# Longer text is not written anew for a browser, but downloaded as it is.
MOST_TEXT = 2 * 1024 * 1024
# What may stand in a frame, and how its bytes begin.
INLINE: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "text/plain": (),
}
# What no browser shows, but a page of ours does once it is drawn anew.
DRAWN: dict[str, tuple[bytes, ...]] = {
    "image/tiff": (b"II*\0", b"MM\0*"),
    "image/bmp": (b"BM",),
}
ALIASES = {
    "image/tif": "image/tiff",
    "image/x-tif": "image/tiff",
    "image/x-tiff": "image/tiff",
    "image/x-bmp": "image/bmp",
    "image/x-ms-bmp": "image/bmp",
}
MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"<body", b"<iframe")
# What Windows, macOS and Office start when somebody opens it.
_RISKY = frozenset(
    """
    app appx bat chm cmd com command cpl dmg docm dotm exe hta htm html img iso jar js jse lnk mht
    mhtml msc msi msix pif pkg ppam ppsm pptm potm ps1 reg scr sct svg url vb vbe vbs vhd vhdx ws
    wsc wsf wsh xhtml xlam xll xlsb xlsm xltm xml
    """.split()
)
# No system's name holds these; the second range are letters that have no face.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]'
    "|[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
LONGEST = 150
KINDS = {
    "application/pdf": _("PDF document"),
    "image/tif": _("Fax or scan (TIFF)"),
    "image/x-tif": _("Fax or scan (TIFF)"),
    "image/heic": _("Photo of a telephone (HEIC)"),
    "image/heif": _("Photo of a telephone (HEIC)"),
    "image/": _("Image"),
    "text/plain": _("Text"),
    "text/csv": _("Table"),
    "text/html": _("Web page"),
    "application/dicom": _("Medical image"),
    "application/zip": _("Archive"),
    "message/rfc822": _("E-mail"),
    "application/msword": _("Word document"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml": _("Word document"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml": _("Spreadsheet"),
    "application/vnd.ms-excel": _("Spreadsheet"),
}


@dataclass(frozen=True)
class Form:
    """How a file goes out: under which type, and whether a page may show it, as it is or
    ``drawn`` anew from what type."""

    content_type: str
    inline: bool
    drawn: str = ""

    @property
    def viewable(self) -> bool:
        return self.inline or bool(self.drawn)


def form_of(content_type: str, head: bytes, size: int) -> Form:
    """What declared type and first bytes together allow; where they disagree, a download."""
    mime = named(content_type)
    if size <= MOST_TO_DRAW and head.startswith(DRAWN.get(mime, ())):
        return Form(OCTETS, inline=False, drawn=mime)
    if mime not in INLINE or not agrees(mime, head):
        return Form(OCTETS, inline=False)
    if mime == "text/plain":
        return Form(UTF8_TEXT, inline=size <= MOST_TEXT)
    return Form(mime, inline=True)


def named(content_type: str) -> str:
    """A type by its one name."""
    mime = plain(content_type)
    return ALIASES.get(mime, mime)


def is_drawn(content_type: str) -> bool:
    return named(content_type) in DRAWN


def as_utf8(content: bytes, content_type: str) -> bytes:
    return charset.decode(content, charset.charset_of(content_type))[0].encode()


def agrees(mime: str, head: bytes) -> bool:
    """Whether bytes begin as their type says."""
    if mime == "text/plain":
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return not start.startswith(MARKUP) and b"\0" not in head
    signed = any(head.startswith(sign) for sign in INLINE[mime])
    return signed and (mime != "image/webp" or head[8:12] == b"WEBP")


def safe_name(filename: str, position: int | str) -> str:
    """A file name that any system takes and that says nothing but a name."""
    name = _UNSAFE.sub("", unicodedata.normalize("NFC", filename))
    name = re.sub(r"\s+", " ", name).strip().lstrip(".").rstrip(". ")
    if not name:
        return f"bijlage-{position}"
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > LONGEST:
        stem, dot, extension = name.rpartition(".")
        tail = f"{dot}{extension}" if dot and len(extension) <= 10 else ""
        name = f"{(stem if tail else name)[: LONGEST - len(tail)]}{tail}"
    return name


def full_name(filename: str, content_type: str, position: int | str) -> str:
    """A safe name that a system can open: with an extension of its type if it has none."""
    name = safe_name(filename, position)
    extension = EXTENSIONS.get(plain(content_type), "")
    has_one = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return name if has_one or not extension else f"{name}.{extension}"


def is_risky(filename: str) -> bool:
    """Whether opening the file may start a program or a script, whatever hides its extension.

    Systems leave out points and spaces at the end of a name, and an eye does not see all letters.
    """
    name = unicodedata.normalize("NFKC", safe_name(filename, 1))
    return name.rpartition(".")[2].strip().lower() in _RISKY


def kind_of(content_type: str) -> str:
    mime = plain(content_type)
    return next((words for start, words in KINDS.items() if mime.startswith(start)), _("File"))


EXTENSIONS = {
    "text/plain": "txt",
    "text/markdown": "md",
    "text/html": "html",
    "text/xml": "xml",
    "application/xml": "xml",
    "application/json": "json",
    "application/pdf": "pdf",
    "message/rfc822": "eml",
    "application/dicom": "dcm",
    "application/edifact": "edi",
    "application/hl7-v2": "hl7",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/heic": "heic",
    "text/csv": "csv",
    "text/rtf": "rtf",
}


def original_name(xuid: str, content_type: str) -> str:
    """A name for the content of a message, which has none."""
    mime = plain(content_type)
    by_suffix = "xml" if mime.endswith("+xml") else "json" if mime.endswith("+json") else "bin"
    return f"{xuid}.{EXTENSIONS.get(mime, by_suffix)}"
