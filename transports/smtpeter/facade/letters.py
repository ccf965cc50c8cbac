"""What a mail says, from separate members or from a MIME text of the caller's own."""

import base64
import binascii
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from typing import Any, cast

from boxes.api.fields import is_mime_type
from boxes.envelope import Attachment
from transports.email import heading
from transports.email.headers import clean
from transports.smtpeter.facade import people
from transports.smtpeter.facade.answers import Refusal
from transports.smtpeter.forms import shown

MOST_FILES = MOST_PARTS = 1000
BYTES = "application/octet-stream"
# What an envelope has a place of its own for, what only steers, and what nobody may see.
PLACED = ("from to cc reply-to subject date message-id in-reply-to mime-version bcc").split()
_SPACE = re.compile(r"[\t\n\r ]+")


@dataclass(frozen=True)
class Letter:
    """``to``, ``cc`` and ``reply_to`` are as they stand in the headers."""

    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    files: tuple[Attachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    id: str = ""
    sent_at: datetime | None = None
    in_reply_to: str = ""
    tags: str = ""


def letter_of(body: dict[str, Any]) -> Letter:
    """Raises Refusal."""
    if body.get("template") is not None:
        raise Refusal("Templates are not kept here: send text, html or mime without template")
    if body.get("mime") not in (None, ""):
        return read_mime(text(body, "mime") or "")
    letter = Letter(
        sender=text(body, "from") or "",
        to=tuple(people.texts("to", body.get("to"))),
        cc=tuple(people.texts("cc", body.get("cc"))),
        reply_to=tuple(people.texts("replyto", body.get("replyto"))),
        subject=clean(text(body, "subject") or ""),
        text=text(body, "text"),
        html=text(body, "html"),
        files=tuple(files(body.get("attachments"))),
        headers=extra(body.get("extra") or {}),
    )
    if not (letter.text or letter.html):
        raise Refusal("No message content")
    if not letter.sender:
        raise Refusal("No from address")
    return letter


def text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if not isinstance(value, str | None):
        raise Refusal(f"{name}: give text")
    return value


def extra(given: dict[str, Any]) -> dict[str, str]:
    for name, value in given.items():
        if not re.fullmatch(r"[xX]-[!-9;-~]{1,100}", name):
            raise Refusal(f"extra: the name of a header begins with x-, and “{name[:80]}” does not")
        if not isinstance(value, str):
            raise Refusal(f"extra: give the value of {name} as text")
    return {name: clean(value) for name, value in given.items()}


def files(given: Any) -> Iterator[Attachment]:
    items = given if given is not None else []
    if not isinstance(items, list) or len(items) > MOST_FILES:
        raise Refusal(f"attachments: give a list of at most {MOST_FILES}")
    for n, item in enumerate(items):
        place = f"attachments.{n}"
        if not isinstance(item, dict):
            raise Refusal(f"{place}: give an object")
        if item.get("url"):
            raise Refusal(f"{place}.url: nothing is fetched here; give the file itself as data")
        kind, data = text(item, "type") or BYTES, text(item, "data")
        if not is_mime_type(kind) or len(kind) > 255:
            raise Refusal(f"{place}.type: give a MIME type, such as application/pdf")
        try:
            content = base64.b64decode(_SPACE.sub("", data or "").encode(), validate=True)
        except (binascii.Error, ValueError):
            raise Refusal(f"{place}.data: give the file in base64") from None
        if data is None:
            raise Refusal(f"{place}.data: give the file in base64")
        yield Attachment(clean(text(item, "name") or "")[:255], kind, content)


# -- a MIME text --


def read_mime(mime: str) -> Letter:
    """Its own headers are the mail's; those named x-smtpeter- are for us and go no further."""
    try:
        message = email.message_from_bytes(mime.encode(), policy=policy.default)
        letter = _frame(message)
        return _with_body(letter, message)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError):
        raise Refusal("mime: this is no mail that can be read") from None


def _frame(message: Message) -> Letter:
    sender = ", ".join(written(message, "From"))
    if not sender:
        raise Refusal("No from address")
    names = heading.message_ids(message, "Message-ID")
    others = {
        name: value if isinstance(value, str) else ", ".join(value)
        for name, value in heading.all_headers(message).items()
        if name.lower() not in PLACED
        and not name.lower().startswith(("content-", "x-smtpeter-", "resent-"))
    }
    return Letter(
        sender=sender,
        to=written(message, "To"),
        cc=written(message, "Cc"),
        reply_to=written(message, "Reply-To"),
        subject=clean(heading.first(message, "Subject")),
        headers=others,
        id=names[0] if names else "",
        sent_at=heading.moment(message),
        in_reply_to=heading.answered(message),
        tags=heading.first(message, "X-SMTPeter-Tags"),
    )


def written(message: Message, name: str) -> tuple[str, ...]:
    """The people of a header, each as a text that can be read again."""
    return tuple(
        shown(item.display_name, item.address) if item.address else item.display_name
        for item in heading.addresses(message, name)
    )


def _with_body(letter: Letter, message: EmailMessage) -> Letter:
    """The mail's own text and HTML, and every other part as a file."""
    parts = list(_leaves(message))
    said = [part for part in parts if _is_said(part)]
    plain = next((part for part in said if part.get_content_type() == "text/plain"), None)
    page = next((part for part in said if part.get_content_type() == "text/html"), None)
    rest = [part for part in parts if part is not plain and part is not page]
    return replace(
        letter,
        text=None if plain is None else str(plain.get_content()),
        html=None if page is None else str(page.get_content()),
        files=tuple(_file(n, part) for n, part in enumerate(rest, start=1)),
    )


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts in their order; a mail within the mail is one part."""
    waiting, seen = [message], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS:
            raise Refusal(f"mime: a mail has at most {MOST_PARTS} parts")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = cast("list[EmailMessage]", part.get_payload())
        else:
            yield part


def _is_said(part: EmailMessage) -> bool:
    return part.get_content_disposition() != "attachment" and not heading.file_name(part)


def _file(number: int, part: EmailMessage) -> Attachment:
    kind = part.get_content_type()
    name = heading.file_name(part)
    if kind.startswith("message/"):
        inner = part.get_payload()
        content = b"\r\n".join(item.as_bytes() for item in cast("list[Message]", inner))
        return Attachment(name or "message.eml", kind, content)
    content = cast(bytes, part.get_payload(decode=True))
    charset = part.get_content_charset("")
    declared = f"{kind}; charset={charset}" if charset and kind.startswith("text/") else kind
    sound = declared if is_mime_type(declared) and len(declared) <= 255 else BYTES
    ending = "html" if kind == "text/html" else "txt" if kind == "text/plain" else "bin"
    return Attachment((name or f"attachment-{number}.{ending}")[:255], sound, content)
