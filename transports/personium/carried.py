"""What a Personium message says besides title and body, and the envelope headers it travels in.

A message that software of a cell sent keeps these through our boxes, and an application of ours
can give them itself.
"""

import json
from collections.abc import Mapping
from typing import Any

PREFIX = "Personium-"
FIELDS = ("Type", "Priority", "RequestRelation", "RequestRelationTarget", "RequestObjects")
# The title as it was written, as a JSON string, where a subject cannot hold it.
TITLE = f"{PREFIX}Title"
DEFAULTS: dict[str, Any] = {"Type": "message", "Priority": 3}
MESSAGE = "message"


def headers_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The headers for the fields of a message; what has its default value needs none."""
    return {
        f"{PREFIX}{name}": fields[name]
        for name in FIELDS
        if fields.get(name) is not None and fields[name] != DEFAULTS.get(name)
    }


def fields_of(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that headers hold, with their defaults; None where there is none."""
    return {
        name: headers[f"{PREFIX}{name}"]
        if is_carried(f"{PREFIX}{name}", headers.get(f"{PREFIX}{name}"))
        else DEFAULTS.get(name)
        for name in FIELDS
    }


def is_carried(header: str, value: Any) -> bool:
    """Whether a header is one of these, with a value of its kind: applications can write any."""
    name = header.removeprefix(PREFIX)
    if header == TITLE:
        return isinstance(value, str)
    if name not in FIELDS or name == header:
        return False
    if name == "Priority":
        return type(value) is int and 1 <= value <= 5
    if name == "RequestObjects":
        return isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return isinstance(value, str) and value != ""


def title_header(title: str) -> dict[str, str]:
    """The title as it was, where it holds what no database keeps."""
    return {TITLE: json.dumps(title)} if "\0" in title else {}


def title_of(headers: Mapping[str, Any], subject: str) -> str:
    try:
        title = json.loads(headers[TITLE])
    except (KeyError, ValueError, TypeError, RecursionError):
        return subject
    return title if isinstance(title, str) else subject
