"""Lists of mail addresses as a person writes them: ``Anna Meier <a.meier@example.org>; …``."""

import re

from boxes.envelope import Address
from boxes.models.box import NAME_PATTERN

MOST = 1000
_ONE = re.compile(r'(?:[^",;<>]|"(?:[^"\\]|\\.)*"|<[^<>]*>)+')
_BETWEEN = re.compile(r"[\s,;]*")
_NAMED = re.compile(r"\s*(?P<name>.*?)\s*<(?P<address>[^<>]*)>\s*", re.DOTALL)
_MAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NotAList(ValueError):
    """The text is no list of addresses; its sentence says where it goes wrong."""


def read_list(text: str) -> tuple[Address, ...]:
    """Raises NotAList."""
    found: list[Address] = []
    at = 0
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at >= len(text):
            return tuple(found)
        one = _ONE.match(text, at)
        if one is None:
            raise NotAList(f"“{text[at : at + 50]}” is no address.")
        found.append(read_one(one[0]))
        at = one.end()


def read_one(text: str) -> Address:
    """One address, with or without a name. Raises NotAList."""
    named = _NAMED.fullmatch(text)
    name, address = (named["name"], named["address"]) if named else ("", text)
    address = address.strip()
    if not (_MAIL.fullmatch(address) or re.fullmatch(NAME_PATTERN, address, re.ASCII)):
        raise NotAList(f"“{address[:100]}” is no mail address.")
    return Address(address, " ".join(_unquoted(name).split())[:200])


def _unquoted(name: str) -> str:
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        return _ESCAPED.sub(r"\1", name[1:-1])
    return name
