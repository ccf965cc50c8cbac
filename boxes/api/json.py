"""JSON in and out: strict where a sender's mistake could hide, quick where it counts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

PIECE = 1 << 20
# The escape of half a surrogate pair, as far as it can be seen without parsing.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Unparsable(ValueError):
    """A body that is not the JSON we accept; the text says why."""


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value)} has no form in JSON")


def loads(raw: bytes | bytearray) -> Any:
    """Parse; duplicate names, NaN, half surrogates and endless nesting are refused.

    A bytearray is emptied on the way: a large body is not held twice. Raises Unparsable.
    """
    try:
        text = str(raw, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unparsable(_("The body is not UTF-8.")) from error
    if isinstance(raw, bytearray):
        raw.clear()
    return loads_text(text)


def loads_text(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep() from error
    except Unparsable:
        raise
    except json.JSONDecodeError as error:
        raise Unparsable(
            _("The body is not JSON: %(fault)s (line %(line)d, column %(column)d).")
            % {"fault": error.msg, "line": error.lineno, "column": error.colno}
        ) from error
    except ValueError as error:
        raise Unparsable(_("The body holds a number that is too long.")) from error
    _check(value, surrogates=_SURROGATE.search(text) is not None)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise Unparsable(
                    _("The body gives “%(name)s” twice.")
                    % {"name": name[:100].encode("utf-8", "replace").decode()}
                )
            seen.add(name)
    return members


def _no_constant(name: str) -> None:
    raise Unparsable(_("The body is not JSON: %(name)s is no JSON number.") % {"name": name})


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Unparsable(_("The body holds a number that is too large."))
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
)


def _too_deep() -> Unparsable:
    return Unparsable(
        _("The body is nested more than %(limit)d levels deep.")
        % {"limit": settings.MAX_JSON_DEPTH}
    )


def _check(value: Any, *, surrogates: bool) -> None:
    """Depth, level by level, and half surrogates where the text has any escape of one."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > settings.MAX_JSON_DEPTH:
            raise _too_deep()
        if surrogates:
            for text in _texts(level):
                _check_text(text)
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if surrogates or isinstance(inner, dict | list)
        ]


def _texts(level: list[Any]) -> Iterator[str]:
    for value in level:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unparsable(_("The body holds half of a surrogate pair, which is no text.")) from error


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        return b"" if data is None else dumps(data)


class AnyTypeJSONParser(BaseParser):
    """Takes JSON under any Content-Type, or none: old clients send it without or as a form."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None) -> Any:
        return loads(stream.read())


class TooLarge(Exception):
    """The body is longer than MAX_REQUEST_BYTES."""


def read_body(request: HttpRequest) -> bytearray:
    """The body, straight from the connection, so that it is held once. Raises TooLarge.

    A length that is too large is refused before anything is read; a body that comes in
    chunks, without a length, is read up to the limit.
    """
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared.isascii() and declared.isdigit():
        if int(declared) > settings.MAX_REQUEST_BYTES:
            raise TooLarge
        return _read_exactly(request, int(declared))
    if request.META.get("wsgi.input_terminated"):
        return _read_to_end(request.META["wsgi.input"], settings.MAX_REQUEST_BYTES)
    return bytearray()


def _read_exactly(stream, length: int) -> bytearray:
    body = bytearray(length)
    filled = 0
    with memoryview(body) as view:
        while filled < length and (piece := stream.read(min(length - filled, PIECE))):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
    del body[filled:]
    return body


def _read_to_end(stream, limit: int) -> bytearray:
    body = bytearray()
    while piece := stream.read(PIECE):
        body += piece
        if len(body) > limit:
            raise TooLarge
    return body
