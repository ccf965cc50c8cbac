"""The members of a message as a request gives them: known, of their type, of their pattern."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from boxes.api.json import Unparsable, loads
from transports.personium.facade.cell import first_generation
from transports.personium.facade.errors import CellError, wrong_field

TEXT, NUMBER, BOOLEAN, LIST = "text", "number", "boolean", "list"
_LINE_END = re.compile(r"[\n\r\u0085\u2028\u2029]")
_RELATION = re.compile(r"[a-zA-Z0-9+-][a-zA-Z0-9_+:-]{0,127}", re.ASCII)
TYPES = {
    True: (
        "message",
        "req.relation.build",
        "req.relation.break",
        "req.role.grant",
        "req.role.revoke",
    ),
    False: ("message", "request"),
}
# Overwritten by the cell, whatever a request says.
IGNORED = ("_Box.Name", "Result")
MANAGED = ("__published", "__updated")


def is_identifier(value: str) -> bool:
    return len(value) == 32 and not _LINE_END.search(value) and "\0" not in value


def is_title(value: str) -> bool:
    return len(value) <= 256 and not _LINE_END.search(value)


def is_relation(value: str) -> bool:
    return _RELATION.fullmatch(value) is not None


def is_type(value: str) -> bool:
    return value in TYPES[first_generation()]


def is_priority(value: int) -> bool:
    return 1 <= value <= 5


@dataclass(frozen=True)
class Field:
    name: str
    kind: str = TEXT
    fits: Callable[[Any], bool] = lambda value: True
    default: Any = None
    required: bool = False


def read_object(raw: bytes, code: str = "PR400-OD-0001") -> dict[str, Any]:
    """The body as an object. Raises CellError with ``code``."""
    try:
        value = loads(raw)
    except Unparsable:
        value = None
    if not isinstance(value, dict):
        raise CellError(code, *([raw.decode("utf-8", "replace")[:200]] if "CM" in code else []))
    return value


def read_fields(raw: bytes, fields: tuple[Field, ...], entity: str) -> dict[str, Any]:
    """Each field with its value or default. Raises CellError."""
    members = read_object(raw)
    known = {field.name: field for field in fields}
    given = {}
    for name, value in members.items():
        if name in IGNORED:
            continue
        field = known.get(name)
        if field is None:
            raise unknown(name, value, entity)
        given[name] = converted(field, value)
    values = {}
    for field in fields:
        value = given.get(field.name)
        if value is None:
            value = field.default
        if value is None and field.required:
            raise CellError("PR400-OD-0009", field.name)
        if value is not None and not field.fits(value):
            raise wrong_field(field.name)
        values[field.name] = value
    return values


def unknown(name: str, value: Any, entity: str) -> CellError:
    if isinstance(value, dict | list):
        return wrong_field(name)
    if name in MANAGED:
        return CellError("PR400-OD-0007", f"{name} is management information name.")
    return CellError("PR400-OD-0007", f"unknown property {name} for {entity}")


def converted(field: Field, value: Any) -> Any:
    """A value in the field's type, where it can be read as one. Raises CellError."""
    if value is None:
        return None
    if field.kind == LIST:
        if isinstance(value, list):
            return value
        raise wrong_field(field.name)
    if isinstance(value, dict | list):
        raise wrong_field(field.name)
    if isinstance(value, str) and len(value.encode()) > settings.PERSONIUM_STRING_BYTES:
        raise wrong_field(field.name)
    if field.kind == NUMBER:
        return whole_number(field.name, value)
    if field.kind == BOOLEAN:
        return truth(field.name, value)
    return value if isinstance(value, str) else plain_text(value)


def whole_number(name: str, value: Any) -> int:
    text = value if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d{1,10}", text, re.ASCII):
        raise wrong_field(name)
    return int(text)


def truth(name: str, value: Any) -> bool:
    text = value if isinstance(value, str) else plain_text(value)
    if text not in ("true", "false"):
        raise wrong_field(name)
    return text == "true"


def plain_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
