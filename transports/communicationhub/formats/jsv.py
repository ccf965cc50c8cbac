"""JSV, ServiceStack's own notation: JSON without quotes, except where a value needs them."""

import re
from typing import Any

from transports.communicationhub.formats.raw import DEEPEST, Raw, Unreadable, put, text_of
from transports.communicationhub.operations import Operation, Shape

_BLANK = re.compile(r"[ \t\r\n]*")
_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"')
_BARE = re.compile(r"[^,\]}]*")
_KEY = re.compile(r"[^:,{}\[\]\"]+")
# Blanks that only lay a text out over lines; others belong to the value.
_LAYOUT = re.compile(r"\A[ \t]*[\r\n]\s*|[ \t]*[\r\n]\s*\Z")
_QUOTE = re.compile(r'[",:{}\[\]\r\n]')


def read(body: bytes, operation: Operation) -> Raw:
    text = text_of(body)
    if not text.strip():
        return Raw({})
    members = read_value(text)
    if not isinstance(members, dict):
        raise Unreadable(f"The body is no object with the members of {operation.name}.")
    return Raw(members)


def read_value(text: str) -> Any:
    """The one value of a text: an object, a list or a string. Raises Unreadable."""
    reader = _Reader(text)
    value = reader.value(0)
    reader.skip()
    if reader.at < len(text):
        raise reader.fault("something follows its end")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> None:
        self.at = self._match(_BLANK).end()

    def sign(self) -> str:
        """The next sign that is no blank; empty at the end."""
        self.skip()
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise self.fault("it is nested too deep")
        start = self.at
        sign = self.sign()
        if sign == "{":
            return self.object(depth)
        if sign == "[":
            return self.list(depth)
        if sign == '"':
            return self.quoted()
        self.at = start  # blanks before a bare value are its own
        found = self._match(_BARE)
        self.at = found.end()
        return _LAYOUT.sub("", found[0])

    def object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.at += 1
        while self.sign() != "}":
            key = self.quoted() if self.sign() == '"' else self.key()
            self.expect(":")
            put(members, key, self.value(depth + 1))
            if self.sign() != "}":
                self.expect(",")
        self.at += 1
        return members

    def list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self.at += 1
        while self.sign() != "]":
            items.append(self.value(depth + 1))
            if self.sign() != "]":
                self.expect(",")
        self.at += 1
        return items

    def quoted(self) -> str:
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            raise self.fault("a quoted text has no end")
        self.at = found.end()
        return found[1].replace('""', '"')

    def key(self) -> str:
        found = _KEY.match(self.text, self.at)
        if found is None:
            raise self.fault("a name is missing")
        self.at = found.end()
        return found[0].strip()

    def expect(self, sign: str) -> None:
        if self.sign() != sign:
            raise self.fault(f"“{sign}” is missing")
        self.at += 1

    def fault(self, what: str) -> Unreadable:
        return Unreadable(f"The body is not JSV: {what} (at character {self.at + 1}).")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        assert found is not None  # each of them also matches nothing
        return found


def write(shape: Shape, values: dict[str, Any]) -> str:
    return write_value(values)


def write_value(value: Any) -> str:
    if isinstance(value, bool):
        return write_flag(value)
    if isinstance(value, dict):
        found = (f"{key}:{write_value(item)}" for key, item in value.items() if item is not None)
        return "{" + ",".join(found) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write_value, value)) + "]"
    text = str(value)
    if text and not _QUOTE.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def write_flag(value: bool) -> str:
    return "True" if value else "False"
