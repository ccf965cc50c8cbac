"""The cells that a message is for."""

import re

from django.conf import settings

from boxes.models import Box
from transports.personium.cells import LONGEST, NotACell, cell_url, unit_of
from transports.personium.facade.cell import first_generation, unit
from transports.personium.facade.errors import CellError, wrong_field
from transports.personium.facade.requests import is_uri
from transports.personium.transport import unit_of_account

MOST = 1000
_LOCAL = re.compile(r"personium-localunit:(?://|/)?([^/:]+)[:/]*", re.ASCII)


def check_form(to: str) -> list[str]:
    """The URLs of ``To``, each in the form that the generation asks for. Raises CellError."""
    urls = to.removesuffix(",").split(",")
    for url in urls:
        if not is_well_formed(url):
            raise wrong_field("To" if len(urls) > 1 or not url else url)
    return urls


def is_well_formed(url: str) -> bool:
    if first_generation():
        return is_uri(url, ("http", "https", "urn", "personium-localunit"))
    if _LOCAL.fullmatch(url):
        return len(url) <= LONGEST
    try:
        return cell_url(url) == url
    except NotACell:
        return False


def check_unit(urls: list[str], box: Box) -> None:
    """In the first generation a unit only knows its own cells. Raises CellError.

    A box with an account at another unit is at home there too.
    """
    known = {unit(), unit_of_account(box)} - {""}
    for url in urls:
        try:
            if unit_of(cell_url(url)) not in {unit_of(home) for home in known}:
                raise wrong_field("To")
        except NotACell:
            raise wrong_field("To") from None


def distinct(urls: list[str]) -> list[str]:
    """Cell URLs in one spelling, each once. Raises CellError."""
    found = list(dict.fromkeys(spelled(url) for url in urls))
    if len(found) > min(MOST, settings.MAX_RECIPIENTS):
        raise CellError("PR400-SM-0003")
    return found


def spelled(url: str) -> str:
    local = _LOCAL.fullmatch(url)
    return f"{unit()}{local[1]}/" if local else cell_url(url)
