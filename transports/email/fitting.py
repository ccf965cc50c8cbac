"""An envelope from outside, made to fit the columns that keep it.

What is cut here stands whole among the headers, or in the original that comes with it.
"""

import codecs
import re
from dataclasses import replace
from typing import Any

from boxes.envelope import Address, Attachment, Envelope
from transports.email.heading import clean

MAX_ID = MAX_NAME = MAX_TYPE = 255
MAX_SUBJECT = 998
MAX_ADDRESS = 1000
BASE64 = "base64"
_TYPE = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}"
    r'(?:\s*;\s*[A-Za-z0-9!#$&^_.+-]+=(?:[A-Za-z0-9!#$&^_.+:/-]+|"[^"\\\x00-\x1f\x7f]*"))*',
    re.ASCII,
)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
TEXT = re.compile(r"text/|application/(?:edifact|(?:[\w.+-]+\+)?(?:xml|json))", re.IGNORECASE)


def fitting(envelope: Envelope) -> Envelope:
    kind = fitting_type(envelope.content_type)
    return replace(
        envelope,
        id=cut(envelope.id, MAX_ID),
        subject=cut(envelope.subject, MAX_SUBJECT),
        sender=_person(envelope.sender) if envelope.sender else None,
        to=tuple(map(_person, envelope.to)),
        cc=tuple(map(_person, envelope.cc)),
        in_reply_to=cut(envelope.in_reply_to, MAX_ID),
        headers={cut(name, MAX_NAME): _kept(value) for name, value in envelope.headers.items()},
        content_type=kind,
        content_encoding=_encoding(kind, envelope.content),
        attachments=tuple(map(_file, envelope.attachments)),
    )


def fitting_type(content_type: str) -> str:
    """The content type as it was given, where it is sound and not too long."""
    given = content_type.strip()
    if len(given) <= MAX_TYPE and _TYPE.fullmatch(given):
        return given
    bare = given.partition(";")[0].strip()
    sound = len(bare) <= MAX_TYPE and _TYPE.fullmatch(bare)
    return bare if sound else "application/octet-stream"


def cut(text: str, limit: int) -> str:
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _person(item: Address) -> Address:
    if len(clean(item.address)) > MAX_ADDRESS:  # a part of an address is another address
        return Address("", cut(f"{item.display_name} {item.address}", MAX_NAME))
    return Address(clean(item.address), cut(item.display_name, MAX_NAME))


def _file(item: Attachment) -> Attachment:
    name = cut(item.filename, MAX_NAME)
    return Attachment(name, fitting_type(item.content_type), item.content)


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [_kept(item) for item in value] if isinstance(value, list) else value


def _encoding(content_type: str, content: bytes) -> str:
    """Text is handed out as text where it is text in the character set of its type."""
    if not TEXT.match(content_type):
        return BASE64
    declared = _CHARSET.search(content_type)
    try:
        text = codecs.decode(content, declared[1] if declared else "utf-8")
    except (LookupError, ValueError, TypeError):
        return BASE64
    return BASE64 if not isinstance(text, str) or "\0" in text else ""
