"""Header lines of a mail: whatever the value, one header comes out and never a second.

Written here and not left to the standard library's generator, which on the Python that we
support can lose the quotes of a long display name and so add recipients (fixed in 3.13.2).
Lines are pure ASCII, except that the address of an international recipient is UTF-8.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from boxes.sentence import Sentence

LINE = 76
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_INTERNATIONAL_ATOM = rf"(?:{ATOM}|[^\x00-\x7f])"
# Controls, the separators of lines and paragraphs, and marks that turn the reading
# direction, with which a name could show itself as another.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_PLAIN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
# Letters that the 2003 rules of international domain names turn into others: the mail would
# go to another domain than the one that is written.
_AMBIGUOUS = re.compile("[ßςẞ\u200c\u200d]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)


class NotAnAddress(ValueError):
    """The text is no e-mail address; its sentence says what is wrong with it."""


def clean(text: str) -> str:
    """One line of printable text."""
    return _SURROGATES.sub("\ufffd", _UNPRINTABLE.sub(" ", text)).strip()


def header(name: str, tokens: Iterable[str]) -> bytes:
    """A header line, folded between its tokens."""
    lines, line = [], f"{name}:"
    for token in tokens:
        if len(line) + 1 + len(token) > LINE and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += f" {token}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"


def text_tokens(text: str) -> list[str]:
    """Free text, such as a subject: as it is where ASCII and short words allow, else encoded."""
    text = clean(text)
    words = text.split(" ")
    if _PLAIN.fullmatch(text) and "=?" not in text and max(map(len, words)) < LINE:
        return words
    return encoded_words(text)


def encoded_words(text: str) -> list[str]:
    """RFC 2047 words of at most 75 characters, none with a part of a character."""
    pieces, piece = [], b""
    for character in text:
        octets = character.encode()
        if len(piece) + len(octets) > 45:
            pieces.append(piece)
            piece = b""
        piece += octets
    return [f"=?utf-8?b?{base64.b64encode(item).decode()}?=" for item in [*pieces, piece] if item]


def phrase_tokens(name: str) -> list[str]:
    """A display name: quoted where it is short and ASCII, else encoded."""
    name = clean(name)
    if not name:
        return []
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) <= 60:
        return ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']
    return encoded_words(name)


def mailbox_tokens(name: str, address: str) -> list[str]:
    """A person with an address that ``wire_address`` has passed."""
    return [*phrase_tokens(name), f"<{address}>"]


def unreachable_tokens(name: str, address: str) -> list[str]:
    """A recipient whom mail cannot reach, such as a cell URL: shown, as a group without
    members, so that no mail program tries to answer to it."""
    shown = f"{name} ({address})" if name else address
    return [*(phrase_tokens(shown) or ['"?"']), ":;"]


def list_tokens(members: Iterable[list[str]]) -> Iterator[str]:
    """Addresses, parted by commas."""
    members = list(members)
    for index, tokens in enumerate(members):
        *head, last = tokens
        yield from head
        yield last + "," if index < len(members) - 1 else last


def parameter_tokens(name: str, value: str) -> list[str]:
    """A parameter of Content-Type or Content-Disposition, by RFC 2231 where it must."""
    value = clean(value)
    if _PLAIN.fullmatch(value) and len(value) <= 60 and not re.search(r'["\\%]', value):
        return [f'{name}="{value}"']
    units = re.findall(r"%[0-9A-F]{2}|.", quote(value, safe=""))
    pieces = ["".join(units[start : start + 18]) for start in range(0, len(units), 18)] or [""]
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{pieces[0]}"]
    head, *tail = pieces
    return [
        f"{name}*0*=utf-8''{head}",
        *(f"{name}*{n}*={piece}" for n, piece in enumerate(tail, start=1)),
    ]


def wire_address(address: str) -> str:
    """The address as SMTP speaks it, its domain in ASCII. Raises NotAnAddress."""
    local, _, domain = address.rpartition("@")
    if not re.fullmatch(rf"{_INTERNATIONAL_ATOM}{{1,64}}", local) or clean(local) != local:
        raise NotAnAddress(
            Sentence(
                "“%(address)s” is not an e-mail address that mail can be sent to.",
                address=clean(address),
            )
        )
    wired = f"{local}@{ascii_domain(domain)}"
    if len(wired.encode()) > 254:
        raise NotAnAddress(
            Sentence(
                "“%(address)s…” is longer than an e-mail address can be.",
                address=clean(address)[:80],
            )
        )
    return wired


def ascii_domain(domain: str) -> str:
    """The domain in ASCII, international ones in their xn-- form. Raises NotAnAddress."""
    shown = clean(domain)[:80]
    if _AMBIGUOUS.search(domain):
        raise NotAnAddress(
            Sentence(
                "The domain “%(shown)s” has a letter that mail systems read in two ways. Write "
                "the domain in its form with xn--.",
                shown=shown,
            )
        )
    try:
        wired = domain.encode("idna").decode()
    except UnicodeError:
        wired = ""
    if not all(_LABEL.fullmatch(label) for label in wired.split(".")):
        raise NotAnAddress(
            Sentence("“%(shown)s” is not a domain that mail can be sent to.", shown=shown)
        )
    return wired
