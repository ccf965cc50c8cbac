"""JSON as ServiceStack writes it: members that are null are left out."""

import json
from typing import Any

from boxes.api.json import Unparsable, loads
from transports.communicationhub.formats.raw import Raw, Unreadable
from transports.communicationhub.operations import Operation, Shape


def read(body: bytes, operation: Operation) -> Raw:
    """A body without content is a request without members."""
    if not body.strip():
        return Raw({}, typed=True)
    try:
        members = loads(body)
    except Unparsable as error:
        raise Unreadable(str(error)) from error
    if not isinstance(members, dict):
        raise Unreadable(f"The body is no object with the members of {operation.name}.")
    return Raw(members, typed=True)


def write(shape: Shape, values: dict[str, Any]) -> str:
    return json.dumps(without_nulls(values), ensure_ascii=False, separators=(",", ":"))


def write_flag(value: bool) -> str:
    return "true" if value else "false"


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
