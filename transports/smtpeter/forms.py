"""Which form a mail takes on its way to SMTPeter.

Its own MIME keeps everything, the Message-ID and the answered message too. But where SMTPeter
could read a template in it, and nobody can tell whether before or after it decodes the MIME,
the mail goes in parts, in which braces are shielded.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

from boxes.envelope import Address, Attachment, Envelope
from boxes.sentence import Sentence
from transports.email import headers
from transports.email.mime import Mail
from transports.email.parts import TEXT_TYPES, essence_of, file_name
from transports.smtpeter.braces import has_braces
from transports.smtpeter.mail import File, Parts, Whole

EMPTY = "\r\n"  # a mail of files alone has a text too


class Undecodable(Exception):
    """A text that is not in the character set it declares."""


def form_of(mail: Mail, envelope: Envelope, sender: Address) -> Parts | Whole:
    """Raises Undecodable."""
    if reads_as_template(mail, envelope, sender):
        return parts_of(mail, envelope, sender)
    return Whole(b"".join(mail.chunks()).decode())


def reads_as_template(mail: Mail, envelope: Envelope, sender: Address) -> bool:
    """Whether a brace stands in a header, a text or a piece of the mail that is not encoded."""
    if any(isinstance(part, bytes) and has_braces(part) for part in mail.parts):
        return True
    if essence_of(envelope.content_type) in TEXT_TYPES and has_braces(envelope.content):
        return True
    return any(map(has_braces, _words(envelope, sender)))


def _words(envelope: Envelope, sender: Address) -> Iterator[str]:
    """What stands in headers, where encoding may hide it."""
    yield from (sender.display_name, envelope.subject, envelope.id, envelope.in_reply_to)
    for person in (*envelope.to, *envelope.cc):
        yield from (person.display_name, person.address)
    for name, value in envelope.headers.items():
        yield from (name, _carried(value))
    for part in envelope.attachments:
        yield part.filename


def parts_of(mail: Mail, envelope: Envelope, sender: Address) -> Parts:
    domain = mail.sender.rpartition("@")[2]
    essence = essence_of(envelope.content_type)
    text = html = None
    if essence in TEXT_TYPES:
        words = decoded(envelope)
        text, html = (None, words) if essence == "text/html" else (words, None)
        inside: list[File] = []
    else:
        text = EMPTY
        name = file_name(envelope.content_type, "message")
        inside = [File(name, envelope.content_type, envelope.content)]
    return Parts(
        sender=shown(sender.display_name, mail.sender),
        to=reachable(envelope.to, domain),
        cc=reachable(envelope.cc, domain),
        subject=headers.clean(envelope.subject),
        text=text,
        html=html,
        extra=dict(extra_headers(mail, envelope)),
        files=[*inside, *(file_of(n, part) for n, part in enumerate(envelope.attachments, 1))],
    )


def decoded(envelope: Envelope) -> str:
    """The text in the charset that it declares, else in UTF-8, else in Windows-1252."""
    given = envelope.content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    for charset in [given] if given else ["utf-8", "windows-1252"]:
        try:
            return envelope.content.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Undecodable(
        Sentence(
            "The text of this message is not in %(n)s, as its content type says. Send it in UTF-8.",
            n=given or "UTF-8",
        )
    )


def reachable(people: tuple[Address, ...], domain: str) -> list[str]:
    return [
        shown(item.display_name, address)
        for item in people
        if (address := headers_address(item.address, domain))
    ]


def headers_address(address: str, domain: str) -> str:
    """The address as mail shows it, a box at our own domain; empty where mail cannot reach it."""
    try:
        return headers.wire_address(address if "@" in address else f"{address}@{domain}")
    except headers.NotAnAddress:
        return ""


def shown(name: str, address: str) -> str:
    name = headers.clean(name)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address


def extra_headers(mail: Mail, envelope: Envelope) -> Iterator[tuple[str, str]]:
    """What MIME would have a header for; here all of them begin with x-."""
    domain = mail.sender.rpartition("@")[2]
    yield "x-messagebox-xuid", mail.message_id.strip("<>").partition("@")[0]
    if envelope.id:
        yield "x-messagebox-envelope-id", headers.clean(envelope.id)
    if envelope.in_reply_to:
        yield "x-messagebox-in-reply-to", headers.clean(envelope.in_reply_to)
    if essence_of(envelope.content_type) == "text/markdown":
        yield "x-messagebox-content-type", headers.clean(envelope.content_type)
    for label, people in (("to", envelope.to), ("cc", envelope.cc)):
        absent = [item for item in people if not headers_address(item.address, domain)]
        if absent:
            names = [headers.clean(f"{item.display_name} ({item.address})") for item in absent]
            yield f"x-messagebox-{label}", ", ".join(names)
    for name, value in envelope.headers.items():
        wired = quote(headers.clean(name) or "-", safe="!#$&'*+^`|~")
        yield f"x-messagebox-header-{wired}", headers.clean(_carried(value))


def file_of(number: int, part: Attachment) -> File:
    name = part.filename or file_name(part.content_type, f"attachment-{number}")
    return File(headers.clean(name), part.content_type, part.content)


def _carried(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
