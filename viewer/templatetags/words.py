"""Filters that put the codes and dates of the clinical vocabulary into words."""

import re
from datetime import date, datetime
from itertools import zip_longest

from django import template
from django.utils import timezone
from django.utils.dateformat import format as dated
from django.utils.translation import get_language, gettext, ngettext, override

from viewer.clinical import WORDS, Moment, Patient, Row
from viewer.clinical import words as tables
from viewer.clinical.fields import code_words, field_words

register = template.Library()

# A whole value that is a date or a moment in the one notation that nobody can misread.
_DAY = re.compile(
    r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::00(?:\.0+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?\Z"
)
_BOOLEAN = ("true", "false")
LANGUAGES = ("nl", "en")


@register.filter
def in_words(code: str, table: str = "") -> str:
    """The words of a code; with a table where the same code means two things."""
    words = getattr(tables, table).get(code) if table else WORDS.get(code)
    return gettext(words or WORDS.get(code) or code) if code else ""


@register.filter
def label(row: Row) -> str:
    known = field_words(row.label)
    return gettext(known) if known else row.label or in_words(row.term, "TERMS")


@register.filter
def valued(row: Row) -> str:
    """The value as a clinician reads it; what is no date and no known code, as received."""
    if row.value_term:
        return in_words(row.value_term, "VALUES")
    if words := code_words(row):
        return gettext(words)
    return _DAY.sub(lambda day: day_and_time(day[0]) or day[0], row.value)


@register.filter
def bsn_groups(row: Row) -> tuple[str, ...]:
    """The digits of a citizen service number, to be parted by spacing; nothing for other rows."""
    named = row.term == "bsn" or row.label.casefold() in ("bsn", "burgerservicenummer", "bsn kind")
    found = Patient(bsn=row.value).bsn_grouped
    return found if named and len(found) > 1 else ()


@register.filter
def raw_beside(row: Row) -> str:
    """The code as received, where the words say something else."""
    if row.raw and row.raw != row.value:
        same = row.raw.casefold() in (*_BOOLEAN, row.value.casefold())
        return "" if same else row.raw
    if not row.value_term or same_words(row.value, row.value_term):
        return ""
    return row.value


def same_words(received: str, term: str) -> bool:
    """Whether a sender says a code of ours in any of our languages, or with its first letter."""
    said = spelled(received)
    if said in _BOOLEAN or (term in ("yes", "no") and len(said) == 1):
        return True
    meant = {spelled(term)}
    for language in LANGUAGES:
        with override(language):
            meant.add(spelled(in_words(term, "VALUES")))
    return said in meant


def spelled(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


@register.filter
def shown(moment: Moment | None) -> str:
    """A date as a clinician reads it: day, month in letters, year, 24 hours."""
    if moment is None:
        return ""
    return day_and_time(moment.iso) or moment.received


@register.filter
def impossible(moment: Moment | None) -> bool:
    return moment is not None and bool(moment.received) and not moment.iso


@register.filter
def moment_label(moment: Moment) -> str:
    words = moment.label or in_words(moment.meaning, "MOMENTS")
    return f"{words} ({moment.of})" if moment.of else words


def day_and_time(iso: str) -> str:
    """The words of an ISO date of any precision; nothing when it is none."""
    try:
        if len(iso) == 4:
            return iso
        if len(iso) == 7:
            return dated(date.fromisoformat(f"{iso}-01"), f"{_month()} Y")
        if len(iso) == 10:
            return dated(date.fromisoformat(iso), f"j {_month()} Y")
        return clock(datetime.fromisoformat(iso))
    except ValueError:
        return ""


@register.filter
def clock(moment: datetime | None) -> str:
    """Date and time; the offset is said where it is not that of the zone of the page."""
    if moment is None:
        return ""
    words = dated(moment, f"j {_month()} Y H:i")
    if moment.tzinfo and moment.utcoffset() != timezone.localtime(moment).utcoffset():
        return f"{words} (UTC{dated(moment, 'O')[:3]}:{dated(moment, 'O')[3:]})"
    return words


@register.filter
def local(moment: datetime | None) -> datetime | None:
    """The moment in the zone of the page."""
    return timezone.localtime(moment) if moment else None


def _month() -> str:
    return "b" if (get_language() or "nl").startswith("nl") else "M"


@register.filter
def age(patient: Patient) -> str:
    """Years; months for a small child, days for a newborn. Nothing when it cannot be told."""
    iso = patient.birth.iso[:10] if patient.birth else ""
    if len(iso) != 10:
        return ""
    born, today = date.fromisoformat(iso), timezone.localdate()
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 0:
        return ""
    if months >= 24:
        return ngettext("%(count)s yr", "%(count)s yrs", months // 12) % {"count": months // 12}
    if months:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    days = (today - born).days
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


@register.filter
def banner_name(patient: Patient) -> str:
    salutations = {"female": gettext("Ms"), "male": gettext("Mr")}
    return patient.banner_name(salutations.get(patient.sex, ""))


@register.filter
def sex(patient: Patient) -> str:
    if patient.sex == "unknown" and patient.sex_received:
        return f"{in_words('unknown', 'SEXES')} ({patient.sex_received})"
    return in_words(patient.sex, "SEXES").capitalize() or patient.sex_received


@register.filter
def joined(values, separator: str = ", ") -> str:
    return separator.join(str(value) for value in values if value)


@register.filter
def cells(row: tuple[str, ...], header: tuple[str, ...]) -> list[tuple[str, str]]:
    """The cells of a row, each with the heading of its column."""
    return list(zip_longest(row, header[: len(row)], fillvalue=""))


@register.filter
def filesize(size: int) -> str:
    """A size as people say it: bytes, kB or MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} kB"
    number = f"{size / 1024 / 1024:.1f}"
    return f"{number.replace('.', ',') if _month() == 'b' else number} MB"
