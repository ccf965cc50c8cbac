"""Moments in words, as people read them."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language


def moment_in_full(moment: datetime) -> str:
    there = localtime(moment)
    return f"{_day(there.date(), 'j F Y', get_language())} {there:%H:%M}"


def day_in_words(day: str) -> str:
    """An ISO date, of which month or day may be missing."""
    try:
        return _day(date.fromisoformat(day), "j M Y", get_language()) if len(day) == 10 else day
    except ValueError:
        return day


def moment_in_words(moment: datetime) -> str:
    """The time for today, the day for this year, else the whole date."""
    there, today = localtime(moment), localtime(now())
    if there.date() == today.date():
        return f"{there:%H:%M}"
    form = "j M" if there.year == today.year else "j M Y"
    return _day(there.date(), form, get_language())


def dated(moment: date, form: str) -> str:
    """Dutch writes its months small, which Django's short names do not."""
    text = date_format(moment, form)
    return text.lower() if get_language() == "nl" else text


@lru_cache(maxsize=4096)
def _day(day: date, form: str, language: str | None) -> str:
    """A list names few days many times; ``language`` is that of the reader."""
    return dated(day, form)
