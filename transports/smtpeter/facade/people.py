"""Addresses as a caller writes them: pure or with a name, and comma lists where a list may be."""

import re
from collections.abc import Iterable
from email.utils import getaddresses
from typing import Any

from boxes.envelope import Address
from boxes.models import Box
from boxes.models.box import NAME_PATTERN
from transports.email.headers import NotAnAddress, clean, wire_address
from transports.smtpeter.facade.answers import Refusal

MOST_SHOWN = 100
LONGEST = 256 * 1024  # of one comma list


def bad(value: object) -> Refusal:
    return Refusal(f"Invalid email address: {clean(str(value))[:MOST_SHOWN]}")


def is_mail_address(text: str) -> bool:
    try:
        wire_address(text)
    except NotAnAddress:
        return False
    return True


def recipients_of(body: dict[str, Any]) -> dict[str, tuple[Address, dict[str, Any] | None]]:
    """Each once, with the data that is their own. Besides mail addresses, which SMTPeter knows,
    the names of boxes here are taken. Raises Refusal."""
    found: dict[str, tuple[Address, dict[str, Any] | None]] = {}
    for name in ("recipient", "recipients"):
        value = body.get(name)
        own: dict[str, Any] = value if isinstance(value, dict) else {}
        for text in texts(name, list(own) if own else value):
            if own and not isinstance(own[text], dict | None):
                raise Refusal(f"{name}: give the data of {clean(text)[:MOST_SHOWN]} as an object")
            for person in split(text):
                found.setdefault(person.address, (person, own.get(text)))
    if not found:
        raise Refusal("No recipient")
    bare = [address for address in found if "@" not in address]
    boxes = set(Box.objects.filter(name__in=bare).values_list("name", flat=True)) if bare else ()
    for address in found:
        if address not in boxes and not is_mail_address(address):
            raise bad(address)
    return found


def texts(name: str, value: Any) -> list[str]:
    """One text or a list of them; nothing where it is left out."""
    items = value if isinstance(value, list) else [] if value in (None, {}) else [value]
    if not all(isinstance(item, str) for item in items):
        raise Refusal(f"{name}: give an address or a list of them")
    return [item for item in items if item.strip()]


def split(text: str) -> list[Address]:
    """The people in a comma list. Raises Refusal where one of them has no address."""
    try:
        found = getaddresses([text]) if len(text) <= LONGEST else []
    except (RecursionError, ValueError, IndexError, TypeError, AttributeError):
        found = []  # brackets without end are beyond the standard library
    people = [Address(address.strip(), clean(name)[:200]) for name, address in found]
    if not people or not all(_is_address(item.address) for item in people):
        raise bad(text)
    return people


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(NAME_PATTERN, text, re.ASCII)) or is_mail_address(text)


def shown(values: Iterable[str]) -> tuple[Address, ...]:
    """Who stands in a header; what is no address is left to the header itself."""
    found = []
    for value in values:
        try:
            found += split(value)
        except Refusal:
            continue
    return tuple(found)


def one(name: str, value: Any) -> Address | None:
    """Exactly one address, or nothing. Raises Refusal."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Refusal(f"{name}: give one address as text")
    people = split(value)
    if len(people) != 1 or not is_mail_address(people[0].address):
        raise bad(value)
    return people[0]
