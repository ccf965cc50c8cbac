"""Which box a cell URL stands for, and the other way round."""

import re

from django.conf import settings

from boxes.models.box import NAME_PATTERN


def url_of(name: str) -> str:
    return f"{settings.BASE_URL}/{name}/"


def unit() -> str:
    return f"{settings.BASE_URL}/"


def url_of_address(address: str) -> str:
    """An address as cells write it: a box as its URL here, anything else as it is."""
    return url_of(address) if re.fullmatch(NAME_PATTERN, address, re.ASCII) else address


def address_of(url: str) -> str:
    """A cell URL as our envelopes write it: one of ours as the name of its box."""
    name = url.removeprefix(unit()).rstrip("/")
    inside = url.startswith(unit()) and re.fullmatch(NAME_PATTERN, name, re.ASCII)
    return name if inside else url


def first_generation() -> bool:
    return settings.PERSONIUM_GENERATION != "g2"
