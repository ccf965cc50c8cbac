"""Plain text cut into pieces: links by splitting the raw text, marks for what is not seen."""

import re
import unicodedata
from dataclasses import dataclass

LINKS = 500
_LINK = re.compile(
    r"""(?P<web>\bhttps?://[^\s<>"'\\^`{|}\x00-\x1f\x7f]{3,2000})
      | (?P<mail>\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})""",
    re.VERBOSE,
)
# Direction controls, zero widths, soft hyphen, fillers, tags and other characters without a face.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Piece:
    """A run of text; ``link`` leads somewhere, ``mark`` names a character that has no face."""

    text: str
    link: str = ""
    mark: str = ""


def pieces(text: str) -> tuple[list[Piece], bool, int]:
    """The text in pieces, whether characters were marked, and how many links were left as text."""
    found, start, links = [], 0, 0
    for hit in _LINK.finditer(text):
        links += 1
        if links > LINKS:
            continue
        address, tail = _without_punctuation(hit)
        found += _marked(text[start : hit.start()])
        found.append(Piece(address, f"mailto:{address}" if hit["mail"] else address))
        start = hit.end() - len(tail)
    found += _marked(text[start:])
    return found, any(piece.mark for piece in found), max(0, links - LINKS)


def _without_punctuation(hit: re.Match) -> tuple[str, str]:
    """A full stop or bracket after an address belongs to the sentence."""
    address = hit[0].rstrip(".,;:!?")
    if address.endswith(")") and "(" not in address:
        address = address[:-1]
    return address, hit[0][len(address) :]


def _marked(text: str) -> list[Piece]:
    found, start = [], 0
    for hit in re.finditer(f"{_UNSEEN.pattern}|{_CONTROL.pattern}", text):
        if hit.start() > start:
            found.append(Piece(text[start : hit.start()]))
        found.append(Piece(face(hit[0]), mark=name(hit[0])))
        start = hit.end()
    if start < len(text):
        found.append(Piece(text[start:]))
    return found


def face(character: str) -> str:
    """Something to see for a character without a face."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"U+{code:04X}"


def name(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").capitalize()


def all_seen(text: str) -> str:
    """The text with a face for every character, in one string."""
    text = _CONTROL.sub(lambda hit: face(hit[0]), text)
    return _UNSEEN.sub(lambda hit: f"\u27e8{face(hit[0])}\u27e9", text)


def is_binary(content: bytes) -> bool:
    """Whether bytes hold too much of what no text holds to be read as text."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    odd = sum(byte < 9 or 13 < byte < 32 and byte != 27 for byte in head)
    return (odd > 16 and odd * 16 > len(head)) or any(
        head.startswith(sign) for sign in BINARY_SIGNATURES
    )


BINARY_SIGNATURES = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"MZ\x90",
)
