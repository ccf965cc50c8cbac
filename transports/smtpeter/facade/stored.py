"""A mail as it was sent, part by part; clients ask for it by its identifier."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from boxes.content_types import plain
from boxes.envelope import Address
from boxes.models import Content, Delivery, Message
from transports.doors import Caller
from transports.email.parts import file_name
from transports.email.transport import envelope_of
from transports.smtpeter.facade import options, posting
from transports.smtpeter.forms import shown

TEXT, PAGE = "text/plain", "text/html"
OTHER_TEXT = "message.txt"


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: Content


def words_of(message: Message, kind: str) -> str | None:
    """The mail's own text or HTML; None where it has none."""
    if plain(message.content_type) == kind:
        return _read(message.content_type, message.body())
    other = _other_text(message)
    if kind == TEXT and other is not None:
        return _read(other.content_type, other.body())
    return None


def _other_text(message: Message):
    """The plain text beside the HTML, which is kept as its first file."""
    if plain(message.content_type) != PAGE:
        return None
    first = message.attachments.select_related("content").filter(position=1).first()
    known = first is not None and first.filename == OTHER_TEXT and plain(first.content_type) == TEXT
    return first if known else None


def _read(content_type: str, content: bytes) -> str:
    declared = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    try:
        return content.decode(declared or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return content.decode("windows-1252", "replace")


def files_of(message: Message) -> list[File]:
    """Everything else, a content that is a file by itself first."""
    other = _other_text(message)
    found = []
    if plain(message.content_type) not in (TEXT, PAGE):
        name = file_name(message.content_type, "message")
        found.append(File(name, message.content_type, message.content))
    for part in message.attachments.select_related("content"):
        if other is None or part.pk != other.pk:
            found.append(File(part.filename, part.content_type, part.content))
    return found


def headers_of(message: Message) -> str:
    """One line a header: clients lose what is continued on a next one."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in _headers(message))


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    given = message.headers
    names = {name.lower() for name in given}
    told = {
        "From": shown(message.from_name, message.from_address),
        "To": _people(message.to),
        "Cc": _people(message.cc),
        "Subject": message.subject,
        "Date": f"{message.dated:%a, %d %b %Y %H:%M:%S %z}" if message.dated else "",
        "Message-ID": message.envelope_id,
    }
    yield from (item for item in told.items() if item[1] and item[0].lower() not in names)
    for name, value in given.items():
        yield " ".join(str(name).split()).replace(":", ""), str(value)


def _people(given: list[dict]) -> str:
    return ", ".join(shown(item.get("displayName", ""), item.get("address", "")) for item in given)


def resend(caller: Caller, delivery: Delivery) -> Delivery:
    """The same mail to the one recipient, as a message of its own."""
    message = delivery.message
    envelope = envelope_of(message)
    written = {
        "To": tuple(shown(item.display_name, item.address) for item in envelope.to),
        "Cc": tuple(shown(item.display_name, item.address) for item in envelope.cc),
    }
    person = Address(delivery.address, delivery.display_name)
    to = tuple(item for item in envelope.to if item.address == person.address)
    cc = () if to else tuple(item for item in envelope.cc if item.address == person.address)
    listed = message.box.may_send_as(message.from_address)
    again = replace(
        envelope,
        to=to,
        cc=cc,
        sender=Address(message.from_address if listed else message.box.name, message.from_name),
        headers={
            **posting.unplaced("To", written["To"], to),
            **posting.unplaced("Cc", written["Cc"], cc),
            **message.headers,
        },
    )
    given = options.kept_with(message)
    properties = {
        name: value
        for name, value in given.items()
        if name in (options.ENVELOPE, options.LATEST) or name.startswith(options.TAG)
    }
    order = posting.Order(
        again,
        [] if to or cc else [person],
        properties,
        late=posting.is_late(options.latest({"maxdelivertime": properties.get(options.LATEST)})),
    )
    [sent] = posting.post_alone(caller, order)
    return sent
