"""Headers, names and payloads of e-mail, read so that nothing in them can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime
from html import unescape

from viewer.clinical import Moment
from viewer.readers.charset import decode, decode_latin
from viewer.readers.charset import known as trusted

SINGLE = ("From", "Subject", "Date", "To", "Message-ID", "Sender", "Reply-To")
HIDDEN = re.compile(
    r"<(script|style|title|template|noscript)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL
)
BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/td|/th)\b[^>]*>", re.IGNORECASE)
LONGEST = 10_000


def known(message: Message) -> bool:
    return any(
        name in message for name in ("From", "Received", "MIME-Version", "To", "Subject", "Date")
    )


def values(message: Message, name: str) -> list[str]:
    """Every header of a name, as it came."""
    wanted = name.lower()
    return [str(value)[:LONGEST] for key, value in message.raw_items() if key.lower() == wanted]


def clean(raw: str) -> str:
    """A header's text: folded lines joined, encoded words decoded, bare bytes read as Dutch mail
    has them."""
    unfolded = re.sub(r"\r?\n[ \t]*", " ", raw)
    if re.search("[\udc80-\udcff]", unfolded):
        return decode_latin(unfolded.encode("utf-8", "surrogateescape")).strip()
    try:
        parts = decode_header(unfolded)
    except (HeaderParseError, ValueError, LookupError):
        return unfolded.strip()
    return "".join(word(part, charset) for part, charset in parts).strip() or unfolded.strip()


def word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    if charset and trusted(charset):
        return decode(part, charset)[0]
    return decode_latin(part)


def text(message: Message, name: str) -> str:
    return clean(next(iter(values(message, name)), ""))


def subject(message: Message) -> str:
    return text(message, "Subject")


def repeated(message: Message) -> Iterator[str]:
    """Headers that may stand once and stand more often: a way to show another sender than the real
    one."""
    for name in SINGLE:
        if len(values(message, name)) > 1:
            yield name


def addresses(message: Message, name: str) -> Iterator[tuple[str, str]]:
    """Every name and address of every header of that name."""
    found = [re.sub(r"\r?\n[ \t]*", " ", value) for value in values(message, name)]
    named = [(clean(person), clean(address)) for person, address in getaddresses(found)]
    filled = [one for one in named if any(one)]
    # What the standard library finds too odd to take apart is shown whole.
    yield from filled or [("", clean(value)) for value in found if value.strip()]


def urgent(message: Message) -> bool:
    return text(message, "Importance").lower() == "high" or text(message, "X-Priority")[:1] in (
        "1",
        "2",
    )


def sent(message: Message) -> Iterator[Moment]:
    received = text(message, "Date")
    if not received:
        return
    try:
        found = parsedate_to_datetime(received)
    except (ValueError, TypeError, IndexError, OverflowError):
        yield Moment("sent", received)
    else:
        yield Moment("sent", received, found.isoformat())


def is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(filename(part))


def filename(part: Message) -> str:
    """The name that the sender gave, in whatever way; it is made safe where it is used."""
    found = part.get_param("filename", None, "content-disposition") or part.get_param(
        "name", None, "content-type"
    )
    if found is None:
        return ""
    return clean(collapse_rfc2231_value(found))


def payload(part: Message) -> bytes:
    """The bytes of a part; what cannot be decoded stays as it came."""
    found = part.get_payload(decode=True)
    if isinstance(found, bytes):
        return found
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def unflowed(source: str, delete_space: bool) -> str:
    """format=flowed: a line that ends in a space goes on in the next."""
    lines: list[str] = []
    joining = False
    for line in source.split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        if joining:
            lines[-1] += stuffed
        else:
            lines.append(stuffed)
        joining = stuffed.endswith(" ") and stuffed != "-- "
        if joining and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def visible(markup: str) -> str:
    """The words of an HTML text, roughly: to compare and to search, never to show as it is."""
    bare = re.sub(r"<[^<>]*>", " ", BREAK.sub("\n", HIDDEN.sub(" ", markup)))
    lines = (" ".join(line.split()) for line in unescape(bare).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def differ(plain: str, markup: str) -> bool:
    """Whether the two forms of a body give different numbers: then a reader of one is told
    something else."""
    return numbers(plain) != numbers(visible(markup)) and bool(
        numbers(plain) and numbers(visible(markup))
    )


def numbers(source: str) -> set[str]:
    return set(re.findall(r"[0-9]+(?:[.,][0-9]+)*", source))
