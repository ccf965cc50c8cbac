"""``$filter``: a condition on entities, read once and asked of each.

A condition also narrows the rows where the database can: never more than it says itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from django.db.models import Q

from transports.personium.facade.entities import Entity, properties
from transports.personium.facade.errors import CellError
from transports.personium.identity import xuid_of

DEEPEST = 50
TOKEN = re.compile(
    r"""\s*(?:(?P<moment>datetime(?:offset)?'[^']*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<sign>[(),]))""",
    re.VERBOSE | re.ASCII,
)
OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")
ARITHMETIC = ("add", "sub", "mul", "div", "mod", "not")
FUNCTIONS = ("startswith", "substringof")
MOMENTS = ("__published", "__updated")
UNCLEAR = ("Result", "RequestObjects")
LARGEST = 2**31


@dataclass(frozen=True)
class Condition:
    """``narrow`` holds for every row that the condition holds for; None: it may be any."""

    holds: Callable[[Entity], bool]
    narrow: Q | None = None


def read_filter(text: str, kind: str) -> Condition:
    """Raises CellError."""
    reader = _Reader(_tokens(text), kind)
    condition = reader.either(0)
    if reader.tokens:
        _unreadable()
    return condition


def _unreadable() -> NoReturn:
    raise CellError("PR400-OD-0003")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            _unreadable()
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found[::-1]


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], kind: str) -> None:
        self.tokens = tokens  # the next one last
        self.names = properties(kind)

    def either(self, depth: int) -> Condition:
        found = self.both(depth)
        while self._goes_on("or"):
            found = _either(found, self.both(depth))
        return found

    def both(self, depth: int) -> Condition:
        found = self.single(depth)
        while self._goes_on("and"):
            found = _both(found, self.single(depth))
        return found

    def single(self, depth: int) -> Condition:
        kind, word = self._next()
        if (kind, word) == ("sign", "("):
            if depth >= DEEPEST:
                _unreadable()
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        if kind != "word":
            _unreadable()
        if word in ARITHMETIC:
            raise CellError("PR400-OD-0043")
        if self.tokens and self.tokens[-1] == ("sign", "("):
            return self._function(word)
        return self._comparison(self._property(word))

    def _function(self, name: str) -> Condition:
        if name not in FUNCTIONS:
            raise CellError("PR400-OD-0044")
        self._expect("(")
        first = self._next()
        self._expect(",")
        second = self._next()
        self._expect(")")
        field, literal = (first, second) if name == "startswith" else (second, first)
        if field[0] != "word":
            _unreadable()
        prop = self._property(field[1])
        if literal[0] != "text" or prop in (*MOMENTS, "Priority"):
            raise CellError("PR400-OD-0046", name)
        part = _text(literal[1])
        if name == "substringof":
            return Condition(lambda entity: part in (entity[prop] or ""))
        return Condition(lambda entity: (entity[prop] or "").startswith(part))

    def _comparison(self, prop: str) -> Condition:
        kind, operator = self._next()
        if operator in ARITHMETIC:
            raise CellError("PR400-OD-0043")
        if kind != "word" or operator not in OPERATORS:
            _unreadable()
        value = _value(prop, operator, *self._next())
        return Condition(_comparing(prop, operator, value), _narrowed(prop, operator, value))

    def _property(self, name: str) -> str:
        if name not in self.names:
            raise CellError("PR400-OD-0045", name)
        if name in UNCLEAR:
            _unreadable()
        return name

    def _next(self) -> tuple[str, str]:
        return self.tokens.pop() if self.tokens else _unreadable()

    def _expect(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            _unreadable()

    def _goes_on(self, word: str) -> bool:
        if self.tokens and self.tokens[-1] == ("word", word):
            self.tokens.pop()
            return True
        return False


def _value(prop: str, operator: str, kind: str, word: str) -> Any:
    """A literal that can stand beside the property."""
    if kind == "word":
        if word == "null" and operator in ("eq", "ne"):
            return None
        if word in ("true", "false") and operator in ("eq", "ne"):
            raise CellError("PR400-OD-0046", prop)
        _unreadable()
    if kind == "sign":
        _unreadable()
    expected = "moment" if prop in MOMENTS else "number" if prop == "Priority" else "text"
    if kind != expected:
        raise CellError("PR400-OD-0046", prop)
    if kind == "moment":
        return _moment(prop, word)
    return _number(prop, word) if kind == "number" else _text(word)


def _text(word: str) -> str:
    return word[1:-1].replace("''", "'")


def _number(prop: str, word: str) -> int:
    if "." in word or not -LARGEST <= int(word[:20]) < LARGEST:
        raise CellError("PR400-OD-0047", prop)
    return int(word)


def _moment(prop: str, word: str) -> datetime:
    try:
        moment = datetime.fromisoformat(word.partition("'")[2][:-1])
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError("PR400-OD-0047", prop) from error


def _comparing(prop: str, operator: str, value: Any) -> Callable[[Entity], bool]:
    def read(entity: Entity) -> Any:
        found = entity[prop]
        if isinstance(found, datetime):  # cells count in milliseconds
            return found.replace(microsecond=found.microsecond // 1000 * 1000)
        return found

    def holds(entity: Entity) -> bool:
        found = read(entity)
        if operator in ("eq", "ne"):
            return (found == value) is (operator == "eq")
        if found is None:
            return False
        lower, same = found < value, found == value
        return {"lt": lower, "le": lower or same, "ge": not lower}.get(
            operator, not lower and not same
        )

    return holds


def _narrowed(prop: str, operator: str, value: Any) -> Q | None:
    if value is None or (isinstance(value, str) and "\0" in value):
        return None
    if prop == "__id" and operator == "eq":
        return Q(cell__cell_id=value) | Q(xuid=xuid_of(value) or "-")
    if prop == "Title" and operator == "eq":
        return Q(subject=value)
    wider = timedelta(milliseconds=2)
    if prop == "__published" and operator in ("gt", "ge", "eq"):
        return Q(created_at__gte=value - wider)
    if prop == "__published" and operator in ("lt", "le"):
        return Q(created_at__lte=value + wider)
    return None


def _both(one: Condition, other: Condition) -> Condition:
    narrow = [item.narrow for item in (one, other) if item.narrow is not None]
    return Condition(
        lambda entity: one.holds(entity) and other.holds(entity),
        narrow[0] & narrow[1] if len(narrow) == 2 else narrow[0] if narrow else None,
    )


def _either(one: Condition, other: Condition) -> Condition:
    narrow = (
        one.narrow | other.narrow if one.narrow is not None and other.narrow is not None else None
    )
    return Condition(lambda entity: one.holds(entity) or other.holds(entity), narrow)
