"""Moments as they are read, loosely, and written, always in one form."""

import re
from datetime import UTC, datetime, timedelta, timezone

from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

YEARS = range(1900, 3000)
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ]+(\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?)?"
    r"\s*([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
# A plus sign in a query string that was not encoded arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d\Z)", re.ASCII)


def parse_moment(text: str) -> datetime:
    """An aware moment; one without a zone is in the installation's. Raises ValueError."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(_("Write a moment as 2018-03-28T15:30:54+02:00."))
    day, time, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(
            f"{day}T{time or '00:00'}" + (f".{fraction[:6]:0<6}" if fraction and time else "")
        )
        moment = _placed(moment, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(_("There is no such moment: %(text)s.") % {"text": text[:40]}) from error
    if moment.year not in YEARS:
        raise ValueError(_("The year has to lie between 1900 and 2999."))
    return moment


def parse_query_moment(text: str) -> datetime:
    """The same, from a query string. Raises ValueError."""
    return parse_moment(_LOST_PLUS.sub("+", text) if ":" in text[:-5] else text)


def _placed(moment: datetime, zone: str | None) -> datetime:
    if not zone:
        placed = moment.replace(tzinfo=get_default_timezone())
    elif zone in "Zz":
        placed = moment.replace(tzinfo=UTC)
    else:
        hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
        if minutes > 59:
            raise ValueError(zone)
        east = timedelta(hours=hours, minutes=minutes)
        placed = moment.replace(tzinfo=timezone(-east if zone[0] == "-" else east))
    placed.astimezone(UTC)  # may overflow
    return placed


def stamp(value: datetime | str | None) -> str | None:
    """ISO 8601 with milliseconds and an offset; text is SQLite's own writing of a UTC moment."""
    if value is None:
        return None
    if isinstance(value, str):
        return f"{value[:10]}T{value[11:19]}.{value[20:23] or '000'}+00:00"
    text = value.isoformat(timespec="milliseconds")
    return text if value.tzinfo else f"{text}+00:00"


def stamp_at(value: datetime | str | None, offset: int) -> str | None:
    """The same moment, in the offset (minutes east) that its sender wrote it in."""
    if value is None or not offset:
        return stamp(value)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(timezone(timedelta(minutes=offset))).isoformat(timespec="milliseconds")
