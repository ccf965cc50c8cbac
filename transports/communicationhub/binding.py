"""From what a caller wrote to the members of an operation, each of its kind."""

import binascii
import re
from typing import Any, NamedTuple

from transports.communicationhub.formats import jsv
from transports.communicationhub.formats.raw import Raw, Unreadable
from transports.communicationhub.operations import (
    BYTES,
    FLAG,
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
    Member,
    Operation,
)

EMPTY, WRONG, UNFIT = "NotEmpty", "SerializationException", "ArgumentException"
MOST_ITEMS = 1000
_FLAGS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,10}\s*", re.ASCII)


class Fault(NamedTuple):
    """One thing that is wrong with a request: as ServiceStack lists it in ``Errors``."""

    code: str
    field: str
    sentence: str


class Unfit(Exception):
    """A request that cannot be carried out, with all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].sentence)
        self.faults = faults


def bind(operation: Operation, body: Raw, query: Raw) -> dict[str, Any]:
    """The members by their names; the query string fills what the body left empty.

    What is null, empty or absent is not there. Raises Unfit.
    """
    faults: list[Fault] = []
    bound = _bound(operation.members, query.members, False, "", faults)
    if body is not query:
        bound |= _bound(operation.members, body.members, body.typed, "", faults)
    if faults:
        raise Unfit(*faults)
    return bound


def _bound(
    known: tuple[Member, ...], given: dict[str, Any], typed: bool, place: str, faults: list[Fault]
) -> dict[str, Any]:
    names = {name.lower(): member for member in known for name in (member.name, member.wire)}
    bound: dict[str, Any] = {}
    for name, value in given.items():
        member = names.get(name.lower())
        if member is None or value is None or value == "":
            continue
        at = f"{place}{member.wire}"
        try:
            bound[member.name] = _converted(member, value, typed, at, faults)
        except ValueError as error:
            faults.append(Fault(WRONG, at, f"{at}: {error}"))
    return {name: value for name, value in bound.items() if value not in (None, "")}


def _converted(member: Member, value: Any, typed: bool, at: str, faults: list[Fault]) -> Any:
    """Raises ValueError with what is wrong."""
    if member.kind in (OBJECT, LIST) and isinstance(value, str) and not typed:
        try:
            value = jsv.read_value(value)
        except Unreadable as error:
            raise ValueError(str(error)) from error
    if member.kind == OBJECT:
        if not isinstance(value, dict):
            raise ValueError("give this as an object.")
        return _bound(member.of, value, typed, f"{at}.", faults)
    if member.kind == LIST:
        return _items(member, value, typed, at, faults)
    return _KINDS[member.kind](value, typed)


def _items(member: Member, value: Any, typed: bool, at: str, faults: list[Fault]) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("give this as a list of objects.")
    if len(value) > MOST_ITEMS:
        raise ValueError(f"at most {MOST_ITEMS}; these are {len(value)}.")
    return [
        _bound(member.of, item, typed, f"{at}[{index}].", faults)
        for index, item in enumerate(value)
    ]


def _text(value: Any, typed: bool) -> str:
    if not isinstance(value, str):
        raise ValueError("give this as text.")
    if "\0" in value:
        raise ValueError("this holds a NUL character.")
    return value


def _flag(value: Any, typed: bool) -> bool:
    if typed and isinstance(value, bool):
        return value
    if not typed and isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    raise ValueError(f"“{str(value)[:50]}” is neither true nor false.")


def _number(value: Any, typed: bool) -> int:
    if not typed and isinstance(value, str) and _INTEGER.fullmatch(value):
        value, typed = int(value), True
    whole = typed and isinstance(value, int) and not isinstance(value, bool)
    if whole and -(2**31) <= value < 2**31:
        return value
    raise ValueError(f"“{str(value)[:50]}” is no whole number of 32 bits.")


def _bytes(value: Any, typed: bool) -> bytes:
    """Base64, also in lines; JSON may give the numbers themselves."""
    try:
        if typed and isinstance(value, list):
            return bytes(value)
        if isinstance(value, str):
            return binascii.a2b_base64(re.sub(r"\s+", "", value), strict_mode=True)
    except (ValueError, TypeError):
        pass
    raise ValueError("this is not base64.")


_KINDS = {TEXT: _text, FLAG: _flag, NUMBER: _number, BYTES: _bytes}
