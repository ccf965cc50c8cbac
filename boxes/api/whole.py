"""A message with its contents, as pieces of JSON: a large one is never in memory whole."""

import base64
import codecs
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from boxes.api.envelopes import BASE64, charset_of
from boxes.api.json import dumps
from boxes.models import Message

# Beyond this an answer goes out in pieces.
LARGE = 1024 * 1024


def whole_json(message: Message, answer: dict[str, Any]) -> Iterator[bytes]:
    """The answer as JSON, with the content of message and attachments filled in."""
    envelope, place = answer["envelope"], secrets.token_hex(16)
    text = is_text(message)
    if not text:
        envelope["contentEncoding"] = BASE64
    envelope["content"] = f"{place}0"
    contents = [_text(message) if text else _base64(message.open_content())]
    parts = message.attachments.select_related("content")
    for n, (part, shown) in enumerate(zip(parts, envelope["attachments"], strict=True), start=1):
        shown["content"] = f"{place}{n}"
        contents.append(_base64(part.chunks()))
    return _filled(dumps(answer), place, contents)


def is_text(message: Message) -> bool:
    """Whether the content goes out as text: it came so, and decodes as its type says."""
    if message.content_encoding:
        return False
    try:
        for _piece in _decoded(message):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _filled(json: bytes, place: str, contents: list[Iterator[bytes]]) -> Iterator[bytes]:
    """The JSON with each numbered place, quotes and all, replaced by what belongs there."""
    around = re.split(rf'"{place}(\d+)"'.encode(), json)
    for index, piece in enumerate(around):
        if index % 2:
            yield b'"'
            yield from contents[int(piece)]
            yield b'"'
        else:
            yield piece


def _text(message: Message) -> Iterator[bytes]:
    return (dumps(piece)[1:-1] for piece in _decoded(message))


def _decoded(message: Message) -> Iterator[str]:
    """Raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder(charset_of(message.content_type))()
    for piece in message.open_content():
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        whole = rest + piece
        end = len(whole) - len(whole) % 3
        rest = whole[end:]
        yield base64.b64encode(whole[:end])
    yield base64.b64encode(rest)
