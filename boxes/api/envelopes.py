"""Envelopes as the API reads them, strictly: a fault names its place."""

import codecs
from email.message import Message as MimeHeaders
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from boxes.api.fields import LARGEST_NUMBER, Fields, too_much
from boxes.api.moments import parse_moment
from boxes.content_types import is_binary
from boxes.envelope import Address, Attachment, Envelope

MAX_ID = MAX_FILENAME = 255
MAX_DISPLAY_NAME = 255
MAX_HEADERS_BYTES = 64 * 1024
MAX_ATTACHMENTS = 1000
BASE64 = "base64"
# Text is stored in the charset that its type declares, if it is one of these.
CHARSETS = ("utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")
_CODECS = {codecs.lookup(name).name: name for name in CHARSETS}


def read_envelope(body: dict[str, Any]) -> Envelope:
    """The envelope that a body describes. Raises Problem; the body loses its contents."""
    fields = Fields(body)
    envelope = Envelope(
        id=fields.text("id", MAX_ID),
        subject=fields.text("subject", settings.MAX_SUBJECT_LENGTH),
        sender=_sender(fields),
        to=_recipients(fields, "to"),
        cc=_recipients(fields, "cc"),
        headers=_headers(fields),
        sent_at=_moment(fields),
        in_reply_to=fields.text("inReplyTo", MAX_ID),
        content_type=fields.content_type(),
        content_encoding=_encoding(fields),
        content=_content(fields),
        attachments=_attachments(fields),
    )
    if len(envelope.recipients) > settings.MAX_RECIPIENTS:
        fields.fault(
            "to",
            _("At most %(limit)d recipients, to and cc together; these are %(count)d.")
            % {"limit": settings.MAX_RECIPIENTS, "count": len(envelope.recipients)},
        )
    fields.check()
    _check_size(envelope)
    return envelope


def read_legacy(body: dict[str, Any]) -> Envelope:
    """The envelope in the form of ``default/send``; addresses may end in ``/default``."""
    fields = Fields(body)
    content = fields.base64("content")
    metadata = fields.base64("metadata") if body.get("metadata") else b""
    content_type = fields.content_type("content_type")
    envelope = Envelope(
        subject=fields.text("subject", settings.MAX_SUBJECT_LENGTH),
        sender=Address(_without_default(fields.address("from_username", required=False))),
        to=(Address(_without_default(fields.address("to"))),),
        headers={"metadata": _metadata(fields, metadata)} if metadata else {},
        content_type=content_type,
        content_encoding="" if _is_text(content) else BASE64,
        content=content,
    )
    fields.check(strict=False)
    _check_size(envelope)
    return envelope


def charset_of(content_type: str) -> str:
    """The charset that text of this type is stored in; empty for one that it cannot be."""
    headers = MimeHeaders()
    headers["Content-Type"] = content_type
    declared = str(headers.get_param("charset", "utf-8"))
    try:
        return _CODECS.get(codecs.lookup(declared).name, "")
    except (LookupError, ValueError):
        return ""


def _sender(fields: Fields) -> Address | None:
    """None when it is left out; an address may be left out or empty."""
    sender = fields.member("from")
    if sender is None:
        return None
    return Address(sender.address(required=False), sender.text("displayName", MAX_DISPLAY_NAME))


def _recipients(fields: Fields, name: str) -> tuple[Address, ...]:
    if name == "to" and fields.members.get("to") in (None, []):
        fields.fault("to", _("Give at least one recipient."))
    return tuple(
        Address(item.address(), item.text("displayName", MAX_DISPLAY_NAME))
        for item in fields.each(name, settings.MAX_RECIPIENTS)
    )


def _headers(fields: Fields) -> dict[str, Any]:
    """Any JSON, within a size, that both databases give back as it was."""
    headers = fields.free("headers")
    if headers is None:
        return {}
    sentence = _unkeepable(headers)
    if sentence:
        fields.fault("headers", sentence)
        return {}
    size = len(orjson.dumps(headers))
    if size > MAX_HEADERS_BYTES:
        raise too_much(
            _("Headers take at most %(limit)d bytes; these take %(size)d.")
            % {"limit": MAX_HEADERS_BYTES, "size": size},
            "headers",
        )
    return headers


def _unkeepable(value: Any) -> str:
    """What a database or another JSON library could not keep in it; empty when nothing."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return _("This holds a NUL character.")
        if isinstance(item, int | float) and not -LARGEST_NUMBER <= item <= LARGEST_NUMBER:
            return _("This holds a number beyond ±2⁵³.")
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return ""


def _moment(fields: Fields):
    text = fields.text("dateTime", 64)
    if not text.strip():
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        fields.fault("dateTime", str(error))
        return None


def _encoding(fields: Fields) -> str:
    value = fields.text("contentEncoding", 20)
    if value and value.lower() != BASE64:
        fields.fault("contentEncoding", _("Only base64 is known; leave it out for text."))
        return ""
    return value.lower()


def _content(fields: Fields) -> bytes:
    fields.known.add("content")
    if fields.members.get("contentEncoding"):
        return fields.base64("content")
    content_type = fields.members.get("contentType")
    if isinstance(content_type, str) and is_binary(content_type):
        sentence = _("Give content of this type in base64, with “contentEncoding”: “base64”.")
        fields.fault("contentEncoding", sentence)
        return b""
    text = fields.members.pop("content", None)
    if not isinstance(text, str):
        fields.fault("content", _("Give this as text, or in base64 with contentEncoding."))
        return b""
    charset = charset_of(content_type) if isinstance(content_type, str) else "utf-8"
    if not charset:
        sentence = _("Write text in UTF-8, or give it in base64 where it is in this charset.")
        fields.fault("contentType", sentence)
        return b""
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        fields.fault(
            "content",
            _("This does not fit in %(charset)s, as contentType says; use UTF-8.")
            % {"charset": charset},
        )
        return b""


def _attachments(fields: Fields) -> tuple[Attachment, ...]:
    return tuple(_attachment(item) for item in fields.each("attachments", MAX_ATTACHMENTS))


def _attachment(fields: Fields) -> Attachment:
    fields.known.add("size")  # our own answers hold it, and they may be sent on as they are
    return Attachment(
        fields.text("filename", MAX_FILENAME), fields.content_type(), fields.base64("content")
    )


def _check_size(envelope: Envelope) -> None:
    if envelope.size > settings.MAX_CONTENT_BYTES:
        raise too_much(
            _("Content and attachments take at most %(limit)d bytes; these take %(size)d.")
            % {"limit": settings.MAX_CONTENT_BYTES, "size": envelope.size},
            "content",
        )


def _without_default(address: str) -> str:
    return address.removesuffix("/default")


def _metadata(fields: Fields, metadata: bytes) -> str:
    text = metadata.decode("utf-8", "replace")
    sentence = _unkeepable(text)
    if sentence or len(metadata) > MAX_HEADERS_BYTES:
        fields.fault("metadata", sentence or _("This is too long for a header."))
    return text


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
