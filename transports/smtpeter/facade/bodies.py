"""The body of a call: a JSON object, or a form with PHP's brackets for what is nested."""

import re
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

from boxes.api.json import Unparsable, loads
from transports.doors import read_body
from transports.smtpeter.facade.answers import Refusal

MOST_FIELDS = 20_000
MOST_LEVELS = 8
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_TRUE, _FALSE = ("true", "1", "on", "yes"), ("false", "0", "off", "no", "")
# Older names of options, which the current ones precede.
ALIASES = {
    "inlinizecss": "inlinecss",
    "inlineizecss": "inlinecss",
    "clicktracking": "trackclicks",
    "bouncetracking": "trackbounces",
    "openstracking": "trackopens",
    "replyTo": "replyto",
}
FLAGS = ("inlinecss", "trackclicks", "trackopens", "trackbounces", "preventscam")


def read(request: HttpRequest) -> dict[str, Any]:
    """The members, under their current names. Raises Refusal."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/x-www-form-urlencoded"):
        raise Refusal("Unsupported content type", 415)
    raw = read_body(request)
    members = members_of(raw) if kind == "application/json" else form_of(request, raw)
    return {**{ALIASES[name]: members[name] for name in members if name in ALIASES}, **members}


def members_of(raw: bytes) -> dict[str, Any]:
    try:
        members = loads(raw)
    except Unparsable:
        raise Refusal("Invalid JSON") from None
    if not isinstance(members, dict):
        raise Refusal("Invalid JSON")
    return members


def form_of(request: HttpRequest, raw: bytes) -> dict[str, Any]:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > len(raw):
        raise Refusal("The form ended before it was complete")  # half a text would be sent
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Refusal("Invalid form") from None
    members = nested(pairs)
    flags = {name for name in members if ALIASES.get(name, name) in FLAGS}
    return {**members, **{name: truth(name, members[name]) for name in flags}}


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """``a[]=1&a[]=2&b[c]=3`` as ``{"a": ["1", "2"], "b": {"c": "3"}}``."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        inner = re.findall(r"\[([^\[\]]*)\]", match[2]) if match else []
        if match is None or len(inner) > MOST_LEVELS:
            raise Refusal(f"Invalid form: {key[:80]}")
        place, name = found, match[1]
        for step in inner:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise Refusal(f"Invalid form: {key[:80]}")
            name = step or str(len(place))
        if isinstance(place.get(name), dict):
            raise Refusal(f"Invalid form: {key[:80]}")
        place[name] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    """A list where the names are 0, 1, 2 and so on."""
    if not isinstance(value, dict):
        return value
    items = {name: _listed(item) for name, item in value.items()}
    counted = [str(number) for number in range(len(items))]
    return list(items.values()) if list(items) == counted else items


def truth(name: str, value: Any) -> bool:
    said = value.strip().lower() if isinstance(value, str) else None
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    raise Refusal(f"{name}: give true or false")
