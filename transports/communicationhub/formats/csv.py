"""CSV: a line of names and a line of values; what is nested stands in its cell as JSV.

The metadata pages of the original show JSON in its place, so a body that begins with ``{`` is
read as that. Read here and not by the standard library, whose limit of a cell (a file in
base64) is one number for the whole process.
"""

import re
from typing import Any

from transports.communicationhub.formats import json, jsv
from transports.communicationhub.formats.raw import Raw, Unreadable, put, text_of
from transports.communicationhub.operations import Operation, Shape

_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"|([^",\r\n]*)')
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTE = re.compile(r'[",\r\n]|\A[\[{]')


def read(body: bytes, operation: Operation) -> Raw:
    if body.lstrip()[:1] == b"{":
        return json.read(body, operation)
    text = text_of(body)
    if not text.strip():
        return Raw({})
    names, at = _row(text, 0)
    values, _at = _row(text, at)
    if len(values) > len(names):
        raise Unreadable("The line of values has more cells than the line of names.")
    members: dict[str, Any] = {}
    for name, value in zip(names, values, strict=False):
        put(members, name.strip(), value)
    return Raw(members)


def _row(text: str, at: int) -> tuple[list[str], int]:
    """The cells of the next line that is not empty, and where the line after it begins."""
    while end := _LINE_END.match(text, at):
        at = end.end()
    cells: list[str] = []
    while True:
        found = _CELL.match(text, at)
        assert found is not None  # it also matches nothing
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end()
        if at == len(text):
            return cells, at
        if end := _LINE_END.match(text, at):
            return cells, end.end()
        if text[at] != ",":
            raise Unreadable(f"The body is not CSV: a comma is missing (at character {at + 1}).")
        at += 1


def write(shape: Shape, values: dict[str, Any]) -> str:
    names = ",".join(member.wire for member in shape.members)
    cells = ",".join(_cell(values.get(member.name)) for member in shape.members)
    return f"{names}\r\n{cells}\r\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else jsv.write_value(value)
    return '"' + text.replace('"', '""') + '"' if _QUOTE.search(text) else text


def write_flag(value: bool) -> str:
    return jsv.write_flag(value)
