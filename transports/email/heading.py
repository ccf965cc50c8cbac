"""The header lines of a mail that came in, read so that nothing in them can fail.

Their text is for people and for headers of an envelope; whoever acts upon a header asks for
it by name here.
"""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime

from boxes.envelope import Address

MAX_HEADERS_BYTES = 64 * 1024
MAX_ADDRESSES = 1000
_FOLD = re.compile(r"\r?\n[ \t]*")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,253}>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Moments outside of these years are a fault of the sender's clock.
_YEARS = range(1970, 2200)


def clean(text: str) -> str:
    """Text that every database keeps: no controls, no halves of a character."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))


def values(mail: Message, name: str) -> list[str]:
    """Every header of a name, unfolded and otherwise as it came."""
    wanted = name.lower()
    return [_FOLD.sub(" ", str(v)) for key, v in mail.raw_items() if key.lower() == wanted]


def first(mail: Message, name: str) -> str:
    """The first header of a name, as text; empty where there is none."""
    return next((readable(value) for value in values(mail, name)), "")


def readable(raw: str) -> str:
    """A header's text: encoded words decoded, bare bytes read as mail mostly has them."""
    raw = _FOLD.sub(" ", raw)
    octets = raw.encode("utf-8", "surrogateescape")
    if not octets.isascii():
        return clean(_guessed(octets)).strip()
    try:
        words = [_word(part, charset) for part, charset in decode_header(raw)]
    except (HeaderParseError, ValueError, LookupError, TypeError):
        words = [raw]
    return clean("".join(words)).strip()


def _word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "ascii")
    except (LookupError, ValueError):
        return _guessed(part)


def _guessed(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("windows-1252", "replace")


def all_headers(mail: Message) -> dict[str, str | list[str]]:
    """Every header by its name; one that stands more often as a list, in its order.

    Beyond 64 KiB the rest is left to the original, which comes with the envelope.
    """
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    left = MAX_HEADERS_BYTES
    for name, raw in mail.raw_items():
        value, spelling = readable(str(raw)), clean(name).strip()
        left -= len(value.encode()) + len(spelling.encode()) + 6
        if left < 0:
            break
        spelled.setdefault(spelling.lower(), spelling)
        found.setdefault(spelling.lower(), []).append(value)
    return {spelled[key]: items[0] if len(items) == 1 else items for key, items in found.items()}


def addresses(mail: Message, name: str) -> list[Address]:
    """Every name and address of every header of that name."""
    try:
        named = getaddresses(values(mail, name))
    except (ValueError, IndexError, TypeError, AttributeError):
        named = []
    found = [address_of(person, address) for person, address in named if person or address]
    if not found:  # too odd for the standard library: shown whole
        found = [Address("", readable(item)) for item in values(mail, name) if item.strip()]
    return found[:MAX_ADDRESSES]


def address_of(person: str, address: str) -> Address:
    """One person. What is no e-mail address must not stand in its place: a bare word would
    be the name of a box here."""
    person, address = readable(person), readable(address)
    if re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        return Address(address, person)
    return Address("", f"{person} ({address})" if person and address else person or address)


def moment(mail: Message) -> datetime | None:
    """When it was written, in the offset it was written in; None where that cannot be."""
    try:
        found = parsedate_to_datetime(first(mail, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if found.tzinfo is None:  # "-0000": at an unknown place, in universal time
        found = found.replace(tzinfo=UTC)
    return found if found.year in _YEARS else None


def message_ids(mail: Message, name: str) -> list[str]:
    """The message ids in the headers of that name, each in its angle brackets."""
    return [clean(item) for value in values(mail, name) for item in _MESSAGE_ID.findall(value)]


def answered(mail: Message) -> str:
    """The message id that it answers: the one it names, else the last of its references."""
    return next(iter(message_ids(mail, "In-Reply-To") + message_ids(mail, "References")[::-1]), "")


def file_name(part: Message) -> str:
    """The name that the sender gave to a part, in whatever way; empty without one."""
    for parameter, header in (("filename", "content-disposition"), ("name", "content-type")):
        try:
            found = part.get_param(parameter, None, header)
            if found is not None:
                name = readable(collapse_rfc2231_value(found))
                return re.sub(r"[/\\\t\r\n]+", "_", name)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    return ""
