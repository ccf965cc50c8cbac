"""One content as a part of a mail: text as the mail's own, anything else as a file.

Everything is seven-bit: no server on the way has a reason to convert it.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from boxes.file_names import ending_of
from transports.email import headers
from transports.email.headers import header

TEXT = "text/plain; charset=utf-8"
# The type of a file that holds the words of the HTML beside it, for who reads no HTML.
SAME_AS_TEXT = f"{TEXT}; alternative=html"
TEXT_TYPES = ("text/plain", "text/html", "text/markdown")
_LONGEST_LINE = 990  # RFC 5321 allows 998
_LONGEST_PLAIN_TEXT = 256 * 1024  # what is longer goes as base64, piece by piece
_BLOCK = 57 * 4096  # of content bytes at a time; 57 become one line of base64
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
_CONTENT_TYPE = re.compile(
    rf'{_TOKEN}/{_TOKEN}(?: *; *{_TOKEN}=(?:{_TOKEN}|"[^"\\\x00-\x1f\x7f-\U0010ffff]*"))*'
)


@dataclass(frozen=True)
class Encoded:
    """Content that is put into base64 while it is sent."""

    content: bytes

    def __len__(self) -> int:
        return 4 * -(-len(self.content) // 3) + 2 * -(-len(self.content) // 57)

    def chunks(self) -> Iterator[bytes]:
        view = memoryview(self.content)
        for start in range(0, len(view), _BLOCK):
            block = binascii.b2a_base64(view[start : start + _BLOCK], newline=False)
            lines = [block[begin : begin + 76] for begin in range(0, len(block), 76)]
            yield b"\r\n".join(lines) + b"\r\n"


@dataclass(frozen=True)
class Part:
    """One leaf of the mail: its own headers and its content."""

    headers: bytes
    body: bytes | Encoded


def content_part(content_type: str, content: bytes) -> Part:
    essence = essence_of(content_type)
    if essence in TEXT_TYPES:
        return _text_part(content_type, essence, content)
    return file_part(content_type, content, file_name(content_type, "message"))


def _text_part(content_type: str, essence: str, content: bytes) -> Part:
    """Text of the mail itself; the character set is the one that it was declared in."""
    charset = f"charset={_charset_of(content)}"
    if "charset=" not in content_type.lower():
        content_type = f"{content_type}; {charset}"
    declared = _declared(content_type, or_else=f"{essence}; {charset}")
    plain = _seven_bit(content)
    encoding = "base64" if plain is None else "7bit"
    return Part(
        header("Content-Type", [declared]) + header("Content-Transfer-Encoding", [encoding]),
        Encoded(content) if plain is None else plain,
    )


def file_part(content_type: str, content: bytes, name: str) -> Part:
    """A file. A mail in the mail travels as itself where it is seven-bit, which MIME demands
    of it; every other composite type as plain bytes, with its type in a header of ours."""
    essence, plain = essence_of(content_type), None
    declared, note = _declared(content_type), b""
    if essence == "message/rfc822":
        plain = _seven_bit(content)
    if essence.startswith(("message/", "multipart/")) and plain is None:
        note = header("X-MessageBox-Content-Type", [declared])
        declared = "application/octet-stream"
    name = re.sub(r"[/\\]", "_", headers.clean(name))
    head = (
        header("Content-Type", [declared])
        + header("Content-Transfer-Encoding", ["base64" if plain is None else "7bit"])
        + header(
            "Content-Disposition",
            _separated(["attachment", *headers.parameter_tokens("filename", name)]),
        )
    )
    return Part(head + note, Encoded(content) if plain is None else plain)


def _separated(parameters: list[str]) -> list[str]:
    return [f"{item};" for item in parameters[:-1]] + parameters[-1:]


def essence_of(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _declared(content_type: str, or_else: str = "application/octet-stream") -> str:
    """The content type as it was given, where it is sound."""
    given = content_type.strip()
    return given if len(given) <= 255 and _CONTENT_TYPE.fullmatch(given) else or_else


def _charset_of(content: bytes) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()  # whole, the text may be 4 times as large
    try:
        for start in range(0, len(content), _BLOCK):
            decoder.decode(content[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _seven_bit(content: bytes) -> bytes | None:
    """The text with the line ends of mail; None where it would not arrive as it is."""
    if len(content) > _LONGEST_PLAIN_TEXT or not content.isascii() or b"\0" in content:
        return None
    text = re.sub(rb"\r?\n", b"\r\n", content)
    if re.search(rb"\r(?!\n)", text):
        return None
    longest = max(map(len, text.split(b"\r\n")))
    return text if longest <= _LONGEST_LINE else None


def file_name(content_type: str, stem: str) -> str:
    """A name for content that came without one, by its type."""
    return stem + (ending_of(content_type) or ".bin")
