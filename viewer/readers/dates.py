"""Dates as the formats write them, to ISO 8601 with the precision that was sent."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from viewer.clinical import Moment

DUTCH_TIME = ZoneInfo("Europe/Amsterdam")
ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,12})?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?"
)
COMPACT = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})"
    r"(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.[0-9]{1,12})?)?)?)?)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
DUTCH = re.compile(r"([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{4})(?:[ T]([0-9]{2}):([0-9]{2}))?")
COLONS = re.compile(r"([0-9]{4}):([0-9]{2}):([0-9]{2})")


def iso(text: str) -> str:
    """The date in ISO 8601, as precise as it was sent; empty if it is no date, or one that does not
    exist."""
    text = text.strip()
    if dutch := DUTCH.fullmatch(text):
        day, month, year, hour, minute = dutch.groups()
        return build(year, month.zfill(2), day.zfill(2), hour, minute)
    for form in (ISO, COMPACT, COLONS):
        if found := form.fullmatch(text):
            return build(*found.groups())
    return ""


def build(
    year: str,
    month: str | None = None,
    day: str | None = None,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    zone: str | None = None,
) -> str:
    """ISO 8601 of the parts that are there, if they make a date that exists."""
    try:
        datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
        )
    except ValueError:
        return ""
    date = "-".join(filter(None, (year, month, day)))
    if not hour:
        return date
    clock = ":".join(filter(None, (hour, minute or "00", second)))
    return f"{date}T{clock}{offset(zone)}"


def offset(zone: str | None) -> str:
    if not zone:
        return ""
    return "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"


def moment(meaning: str, received: str, label: str = "") -> Moment:
    return Moment(meaning, received, iso(received), label)


def short_date(parts: list[str], clock: list[str]) -> str:
    """Medeur's ``YY:MM:DD`` and ``HH:MM``; a year below 80 lies in this century."""
    if len(parts) != 3 or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        return ""
    year, month, day = parts[0], parts[1].zfill(2), parts[2].zfill(2)
    if len(year) <= 2:
        year = f"{'20' if int(year) < 80 else '19'}{year.zfill(2)}"
    hours = [part.zfill(2) for part in clock if re.fullmatch(r"[0-9]{1,2}", part)]
    return build(year, month, day, *hours[:3]) if len(hours) > 1 else build(year, month, day)


def from_seconds(text: str) -> str:
    """Unix seconds, before 1970 negative, as Dutch local time; empty where they cannot be meant.

    Senders stamp a day as midnight here or at Greenwich: as Dutch time both fall on the day that
    they mean.
    """
    if not re.fullmatch(r"-?[0-9]{1,11}", text):
        return ""
    try:
        return datetime.fromtimestamp(int(text), DUTCH_TIME).isoformat()
    except (OverflowError, ValueError, OSError):
        return ""
