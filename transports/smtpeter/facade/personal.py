"""Placeholders: a call that brings data has ``{$name}`` filled in, for each recipient.

Nothing else of SMTPeter's template language is known here; what belongs to it is refused, so
that no half-made mail goes out. A call without data goes as it stands.
"""

import re
from collections.abc import Iterator
from typing import Any

from transports.smtpeter.facade.answers import Refusal

FILLED = ("from", "to", "cc", "replyto", "subject", "text", "html", "extra", "mime")
_VARIABLE = re.compile(r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*|\[\d{1,6}\])*", re.ASCII)
_STEP = re.compile(r"[A-Za-z][\w-]*|\d+", re.ASCII)
_COMMAND = re.compile(r"\{(?:\$|/?(?:if|else|elseif|foreach|foreachelse|assign|include|capture)\b)")
_TAG = re.compile(r"\{(?:ldelim|rdelim|literal)\}|" + _COMMAND.pattern)
LITERAL_END = "{/literal}"


def filled(body: dict[str, Any], data: dict[str, Any], limit: int) -> dict[str, Any]:
    """The body for one recipient, at most ``limit`` characters a text. Raises Refusal."""
    return {
        name: _filled(value, data, limit) if name in FILLED else value
        for name, value in body.items()
    }


def _filled(value: Any, data: dict[str, Any], limit: int) -> Any:
    if isinstance(value, str):
        return fill(value, data, limit)
    if isinstance(value, list):
        return [_filled(item, data, limit) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, data, limit) for name, item in value.items()}
    return value


def fill(text: str, data: dict[str, Any], limit: int) -> str:
    pieces, left = [], limit
    for piece in _pieces(text, data):
        left -= len(piece)
        if left < 0:
            raise Refusal("Message too large", 413)
        pieces.append(piece)
    return "".join(pieces)


def _pieces(text: str, data: dict[str, Any]) -> Iterator[str]:
    at = 0
    while found := _TAG.search(text, at):
        yield text[at : found.start()]
        tag = found[0]
        if tag == "{literal}":
            end = text.find(LITERAL_END, found.end())
            if end < 0:
                raise Refusal("{literal} is not closed")
            yield text[found.end() : end]
            at = end + len(LITERAL_END)
        elif tag in ("{ldelim}", "{rdelim}"):
            yield "{" if tag == "{ldelim}" else "}"
            at = found.end()
        else:
            name = _VARIABLE.match(text, found.end()) if tag == "{$" else None
            if name is None or text[name.end() : name.end() + 1] != "}":
                shown = text[found.start() : found.start() + 40].partition("}")[0]
                raise Refusal(f"Only {{$name}} can be filled in here, and not {shown}}}")
            yield _word(data, name[0])
            at = name.end() + 1
    yield text[at:]


def _word(data: Any, name: str) -> str:
    """The value of ``a.b[0]`` as text; empty where there is none."""
    value = data
    for step in _STEP.findall(name):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if isinstance(value, str | int | float) else ""
