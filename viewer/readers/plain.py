"""Previews of what has no meaning for us: JSON as labelled rows, CSV as a table, RTF as its
text."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from viewer.clinical import Document, Item, Report, Row, Section, Table, Text, Unreadable
from viewer.readers import json_text
from viewer.readers.charset import decode, windows
from viewer.readers.documents import kept
from viewer.readers.json_text import words
from viewer.readers.limits import KIB, check_count, check_size

PREVIEW = 256 * KIB
COLUMNS, LINES = 100, 5_000
RTF_CONTROL = re.compile(
    r"\\([a-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]",
    re.IGNORECASE,
)
RTF_HIDDEN = (
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "themedata",
    "datastore",
    "generator",
    "xmlnstbl",
    "listtable",
)
RTF_BREAKS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "tab": "\t",
    "cell": "\t",
}
RTF_SIGNS = {
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}


def document(kind: str, *items: Item, notices=()) -> Document:
    return Document((Report(kind=kind, sections=(Section(items=items),)),), tuple(notices))


def read_json(content: bytes) -> Document:
    """Any JSON: a list of like objects as a table, everything else as rows in the order of the
    text."""
    data, cut, notices = json_text.load(content)
    found = table(data)
    items: list[Item] = [found] if found else rows(data)
    return kept(document("json", *items, notices=notices), cut)


def table(data: Any) -> Table | None:
    """A list of objects that all have the same names and no structure below them."""
    if (
        not isinstance(data, list)
        or not data
        or not all(isinstance(one, dict) and one for one in data)
    ):
        return None
    names = list(data[0])
    flat = all(
        list(one) == names and not any(isinstance(v, (dict, list)) for v in one.values())
        for one in data
    )
    if not flat or len(names) > COLUMNS or len(data) > LINES:
        return None
    return Table(
        rows=tuple(tuple(words(one[name]) for name in names) for one in data), header=tuple(names)
    )


def rows(data: Any, depth: int = 0) -> list[Item]:
    """Names and values, what is inside something one step in."""
    if not isinstance(data, (dict, list)):
        return [leaf("", data, depth)]
    found: list[Item] = []
    entries = (
        data.items() if isinstance(data, dict) else ((str(n), one) for n, one in enumerate(data, 1))
    )
    for name, value in entries:
        if isinstance(value, (dict, list)) and value:
            found.append(Row(label=name, depth=depth))
            found.extend(rows(value, depth + 1))
        else:
            found.append(leaf(name, value, depth))
    return found


def leaf(name: str, value: Any, depth: int) -> Row:
    empty = value is None or value in ([], {})
    term = "empty" if empty else ("yes" if value else "no") if isinstance(value, bool) else ""
    return Row(label=name, value="" if empty else words(value), value_term=term, depth=depth)


def read_csv(content: bytes) -> Document:
    """Values parted by the mark that the first line uses most."""
    check_size(content, PREVIEW)
    text, notices = decode(content)
    first = text.partition("\n")[0]
    mark = max(";,\t|", key=first.count)
    if not first.count(mark):
        return document("table", Text(tuple(text.splitlines()), monospace=True), notices=notices)
    csv.field_size_limit(PREVIEW)
    try:
        lines = [
            tuple(line)
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=mark)
            if line
        ]
    except csv.Error as error:
        raise Unreadable("not_well_formed", format="CSV") from error
    check_count(len(lines), LINES)
    width = max(map(len, lines))
    check_count(width, COLUMNS)
    header, *others = [(*line, *[""] * (width - len(line))) for line in lines]
    return document("table", Table(rows=tuple(others), header=header), notices=notices)


def read_rtf(content: bytes) -> Document:
    """The words of an RTF text, without its looks."""
    check_size(content, PREVIEW)
    text = windows(content)
    if not text.lstrip().startswith("{\\rtf"):
        raise Unreadable("not_this_type", format="RTF")
    return document("text", Text(tuple(rtf_text(text).strip().splitlines())))


def rtf_text(source: str) -> str:
    """Text of an RTF source: groups that hold no text are left out, signs and letters come back."""
    pieces: list[str] = []
    hidden = [False]
    skip = 0
    for found in RTF_CONTROL.finditer(source):
        word, number, byte, sign, brace, text = found.groups()
        if brace == "{":
            hidden.append(hidden[-1])
            check_count(len(hidden), 1_000)
        elif brace == "}":
            hidden = hidden[:-1] or [False]
        elif sign == "*" or (word and word.lower() in RTF_HIDDEN):
            hidden[-1] = True
        elif hidden[-1]:
            continue
        elif word and word.lower() == "u" and number:
            pieces.append(chr(int(number) % 65536))
            skip = 1
        elif byte or text:
            shown = windows(bytes.fromhex(byte)) if byte else text
            pieces.append(shown[skip:] if skip else shown)
            skip = 0
        elif word:
            pieces.append(RTF_BREAKS.get(word.lower()) or RTF_SIGNS.get(word.lower()) or "")
        elif sign:
            pieces.append({"~": " ", "_": "-", "-": ""}.get(sign, sign))
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
