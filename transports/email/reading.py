"""A mail that came in, as an envelope: its text the content, its files the attachments, all of
its headers, and the whole original as the last attachment.

A mail around one EDI message is that message: then the mail's own text is an attachment.
"""

import email
from dataclasses import dataclass, replace
from email.message import Message
from typing import cast

from boxes.content_types import MAIL, plain
from boxes.envelope import Address, Attachment, Envelope
from transports.email import heading
from transports.email.edi import is_edi, kind_of
from transports.email.fitting import fitting, fitting_type

ORIGINAL = "original.eml"
MAX_PARTS = 1000
# Character sets that texts are kept in; text in another one becomes UTF-8.
CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "us-ascii",
    "ascii": "us-ascii",
    "iso-8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
    "cp1252": "windows-1252",
}
# The parser of the standard library fails in many ways on damaged structures.
DAMAGE = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)


class _TooManyParts(ValueError):
    """More than anybody reads, or that a mail has for an honest reason."""


@dataclass(frozen=True)
class Piece:
    """A part of the mail that is no other parts' frame."""

    content_type: str
    content: bytes
    name: str = ""
    is_text: bool = False

    @property
    def kind(self) -> str:
        return kind_of(self.content_type, self.content)


def parse(original: bytes) -> Message:
    """Never fails: what is no mail becomes one without headers."""
    try:
        return email.message_from_bytes(original)
    except DAMAGE:
        return Message()


def read_mail(original: bytes, receiver: Address, parsed: Message | None = None) -> Envelope:
    """``receiver`` stands in to where the mail names nobody. Never fails: what cannot be taken
    apart comes whole, as the mail it is."""
    mail = parse(original) if parsed is None else parsed
    frame = _frame(mail, receiver)
    try:
        pieces = list(_pieces(mail))
    except DAMAGE:
        return fitting(replace(frame, content_type=MAIL, content=original))
    content, files = _arranged(pieces)
    attachments = [Attachment(item.name, item.content_type, item.content) for item in files]
    return fitting(
        replace(
            frame,
            content_type=content.content_type,
            content=content.content,
            attachments=(*attachments, Attachment(ORIGINAL, MAIL, original)),
        )
    )


def _frame(mail: Message, receiver: Address) -> Envelope:
    senders = heading.addresses(mail, "From") or heading.addresses(mail, "Sender")
    return Envelope(
        to=tuple(heading.addresses(mail, "To")) or (receiver,),
        cc=tuple(heading.addresses(mail, "Cc")),
        sender=senders[0] if senders else Address(""),
        subject=heading.first(mail, "Subject"),
        headers=heading.all_headers(mail),
        id=next(iter(heading.message_ids(mail, "Message-ID")), heading.first(mail, "Message-ID")),
        sent_at=heading.moment(mail),
        in_reply_to=heading.answered(mail),
        content_type="text/plain",
        content=b"",
    )


def _pieces(mail: Message) -> "list[Piece]":
    """The parts in their order."""
    found: list[Piece] = []
    waiting = [mail]
    seen = 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            raise _TooManyParts
        kind = part.get_content_type()
        if kind.startswith("multipart/") and part.is_multipart():
            waiting[:0] = cast("list[Message]", part.get_payload())
        elif kind.startswith("message/"):
            found.append(Piece(kind, _enclosed(part), _enclosed_name(part, kind)))
        else:
            found.append(_piece(part, kind))
    return found


def _piece(part: Message, kind: str) -> Piece:
    name, content = heading.file_name(part), _payload(part)
    is_file = bool(name) or part.get_content_disposition() == "attachment"
    if kind in ("text/plain", "text/html") and not is_file:
        return _text(kind, content, part.get_content_charset("") or "")
    declared = heading.first(part, "Content-Type")
    named = "name" in declared.lower() or plain(declared) != kind
    return Piece(kind if named else fitting_type(declared), content, name)


def _text(kind: str, content: bytes, declared: str) -> Piece:
    """Text with the character set that it is in; in an unusual one it becomes UTF-8."""
    charset = CHARSETS.get(declared.lower(), "")
    for candidate in filter(None, (charset, "utf-8")):
        if _decodes(content, candidate):
            return Piece(f"{kind}; charset={candidate}", content, is_text=True)
    if declared and not charset:
        try:
            content = content.decode(declared).encode()
            return Piece(f"{kind}; charset=utf-8", content, is_text=True)
        except (LookupError, ValueError):
            pass
    return Piece(f"{kind}; charset=windows-1252", content, is_text=True)


def _decodes(content: bytes, charset: str) -> bool:
    try:
        content.decode(charset)
    except ValueError:
        return False
    return True


def _payload(part: Message) -> bytes:
    """The bytes of a part; what cannot be decoded stays as it came."""
    found = part.get_payload(decode=True)
    if isinstance(found, bytes):
        return found
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _enclosed(part: Message) -> bytes:
    """A mail within the mail, or what a mail server tells about one."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"\r\n".join(item.as_bytes() for item in inner if isinstance(item, Message))
    return _payload(part)


def _enclosed_name(part: Message, kind: str) -> str:
    name = heading.file_name(part)
    if name or kind != MAIL:
        return name
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    subject = heading.first(first, "Subject") if isinstance(first, Message) else ""
    return f"{subject[:100]}.eml".replace("/", "_") if subject else "message.eml"


def _arranged(pieces: list[Piece]) -> tuple[Piece, list[Piece]]:
    """The content, and what comes with it."""
    typed = [
        replace(item, content_type=item.kind) if is_edi(item.kind) else item for item in pieces
    ]
    edi = [item for item in typed if is_edi(item.content_type)]
    texts = [item for item in typed if item.is_text and item.content.strip()]
    said = [item for item in texts if not is_edi(item.content_type)]
    if len(edi) == 1:
        content = edi[0]
    elif said:
        content = next(
            (item for item in said if item.content_type.startswith("text/plain")), said[0]
        )
    elif len(typed) == 1:
        content = typed[0]
    else:
        content = Piece("text/plain; charset=utf-8", b"")
    blank = [item for item in typed if item.is_text and not item.content.strip()]
    files = [item for item in typed if item is not content and item not in blank]
    return content, [_named(item) for item in files]


def _typed(item: Piece) -> Piece:
    kind = item.kind
    return replace(item, content_type=kind) if is_edi(kind) else item


def _named(item: Piece) -> Piece:
    if item.name:
        return item
    if item.is_text:
        ending = "html" if item.content_type.startswith("text/html") else "txt"
        return replace(item, name=f"message.{ending}")
    return item
