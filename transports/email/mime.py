"""An envelope as a mail (RFC 5322 and MIME), in pieces: it is never whole in memory."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cached_property
from urllib.parse import quote

from boxes.envelope import Address, Envelope
from boxes.sentence import Sentence
from transports.email import headers, marks
from transports.email.headers import NotAnAddress, header, text_tokens, wire_address
from transports.email.parts import (
    SAME_AS_TEXT,
    TEXT,
    Encoded,
    content_part,
    essence_of,
    file_name,
    file_part,
)

MAX_CARRIED_BYTES = 64 * 1024
_LONGEST_NAME = 200
_BOX_NAME = re.compile(r"[a-z0-9]{1,64}")
_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.:\[\]_-]+)>?")


class Unmailable(Exception):
    """This envelope cannot be a mail; its sentence says why."""


@dataclass(frozen=True)
class Mail:
    """A mail as it goes over the wire, from ``sender`` to the one ``recipient``."""

    sender: str
    recipient: str
    message_id: str
    parts: tuple[bytes | Encoded, ...]

    @property
    def international(self) -> bool:
        """Whether the server must speak SMTPUTF8."""
        return not self.recipient.isascii()

    @cached_property
    def size(self) -> int:
        return sum(len(part) for part in self.parts)

    def chunks(self) -> Iterator[bytes]:
        """The bytes, in pieces that start and end with a line."""
        for part in self.parts:
            if isinstance(part, Encoded):
                yield from part.chunks()
            else:
                yield part


def build(
    envelope: Envelope,
    *,
    xuid: str,
    sender: Address,
    recipient: str,
    answers: str = "",
    mark: str = "",
) -> Mail:
    """The mail of an envelope, from ``sender`` at our own domain to one recipient.

    The envelope has a ``sent_at``. ``answers`` is the message id that the mail replies to;
    ``mark`` stands in for the xuid where notices of mail servers are to be believed by it.
    Of the recipients only to and cc of the envelope show. Raises Unmailable.
    """
    try:
        from_address = wire_address(sender.address)
        wired = wire_address(recipient)
    except NotAnAddress as error:
        raise Unmailable(str(error)) from error
    domain = from_address.rpartition("@")[2]
    message_id = f"<{xuid}@{domain}>"
    head = [
        header("Message-ID", [message_id]),
        header("From", headers.mailbox_tokens(sender.display_name, from_address)),
        *_address_headers(envelope, domain, wired),
        *_course(envelope, answers),
        header(marks.HEADER, [mark or xuid]),
        *carried_headers(envelope),
        header("MIME-Version", ["1.0"]),
    ]
    return Mail(from_address, wired, message_id, (b"".join(head), *_body(envelope)))


def _address_headers(envelope: Envelope, domain: str, recipient: str) -> Iterator[bytes]:
    for name, addresses in (("To", envelope.to), ("Cc", envelope.cc)):
        if addresses:
            shown = [_recipient_tokens(item, domain, recipient) for item in addresses]
            yield header(name, headers.list_tokens(shown))


def _recipient_tokens(item: Address, domain: str, recipient: str) -> list[str]:
    """Boxes stand at our own domain. Only the address that this mail goes to may be
    international: with another one the mail would need a server that is not needed."""
    box = _BOX_NAME.fullmatch(item.address)
    address = f"{item.address}@{domain}" if box else item.address
    try:
        wired = wire_address(address)
    except NotAnAddress:
        wired = ""
    if wired and (wired.isascii() or wired == recipient):
        return headers.mailbox_tokens(item.display_name, wired)
    return headers.unreachable_tokens(item.display_name, item.address)


def _course(envelope: Envelope, answers: str) -> Iterator[bytes]:
    """When it was written, about what, and what it answers."""
    assert envelope.sent_at is not None
    yield header("Date", [format_datetime(envelope.sent_at)])
    yield header("Subject", text_tokens(envelope.subject))
    if found := _MESSAGE_ID.fullmatch(answers):
        yield header("In-Reply-To", [f"<{found[1]}>"])
        yield header("References", [f"<{found[1]}>"])
    elif envelope.in_reply_to:
        yield header("X-MessageBox-In-Reply-To", text_tokens(envelope.in_reply_to))
    if envelope.id:
        yield header("X-MessageBox-Envelope-Id", text_tokens(envelope.id))


def carried_headers(envelope: Envelope) -> list[bytes]:
    """The envelope's headers, each under a name of ours, so that none of them can stand for
    one that steers the mail (From, Received, Bcc, a relay's own). Raises Unmailable."""
    carried = []
    for name, value in envelope.headers.items():
        shown = headers.clean(name) or "-"
        wired = "X-MessageBox-Header-" + quote(shown, safe="!#$&'*+^`|~")
        if len(wired) > _LONGEST_NAME:
            raise Unmailable(
                Sentence(
                    "The name of the header “%(shown)s…” is longer than e-mail can carry. Use a "
                    "shorter one.",
                    shown=shown[:40],
                )
            )
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        carried.append(header(wired, text_tokens(text)))
    if sum(map(len, carried)) > MAX_CARRIED_BYTES:
        raise Unmailable(
            Sentence(
                "The headers of this message are larger than e-mail can carry (%(n)s KiB). Send "
                "it with fewer or shorter ones.",
                n=MAX_CARRIED_BYTES // 1024,
            )
        )
    return carried


def _body(envelope: Envelope) -> Iterator[bytes | Encoded]:
    content, files = content_part(envelope.content_type, envelope.content), envelope.attachments
    whole = [content.headers + b"\r\n", content.body]
    if both := _in_both_forms(envelope):
        text, files = content_part(TEXT, files[0].content), files[1:]
        whole = _together("alternative", [[text.headers + b"\r\n", text.body], whole])
    if not files and not essence_of(envelope.content_type).startswith("message/"):
        yield from whole if both else [whole[0], _ended(content.body)]
        return
    parts = [whole]
    for number, item in enumerate(files, start=1):
        name = item.filename or file_name(item.content_type, f"attachment-{number}")
        file = file_part(item.content_type, item.content, name)
        parts.append([file.headers + b"\r\n", file.body])
    yield from _together("mixed", parts)


def _in_both_forms(envelope: Envelope) -> bool:
    """HTML, and first among the files the same as text, as a mail program wrote them."""
    first = envelope.attachments[0] if envelope.attachments else None
    page = essence_of(envelope.content_type) == "text/html"
    return page and first is not None and first.content_type == SAME_AS_TEXT


def _together(kind: str, parts: list[list[bytes | Encoded]]) -> list[bytes | Encoded]:
    boundary = f"=_{secrets.token_hex(16)}"
    head = header("Content-Type", [f"multipart/{kind};", f'boundary="{boundary}"'])
    pieces: list[bytes | Encoded] = [head + b"\r\n"]
    for part in parts:
        # The last line end belongs to the boundary that follows.
        pieces += [f"--{boundary}\r\n".encode(), *part, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def _ended(body: bytes | Encoded) -> bytes | Encoded:
    """A mail ends with a line end, which a text may lack."""
    if isinstance(body, Encoded) or not body or body.endswith(b"\r\n"):
        return body
    return body + b"\r\n"
