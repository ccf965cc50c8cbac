"""The log as a table for spreadsheets: UTF-8 with a mark that Excel knows it by, semicolons as
Excel expects them here, and no cell that a spreadsheet would calculate."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from boxes.api.views.waiting import leave_database
from boxes.log_details import detail_words
from boxes.log_words import action_words, outcome_words
from boxes.models import LogEntry, LogSeal

MARK = "\ufeff"
PARCEL = 500
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Other languages of Excel, and other programs, end a cell at a comma or a tab, quoted or not; the
# quotes that begin the next one are none of its text.
_WITHIN = re.compile(r"(?<=[,;\t\r\n])(?=\"*[=+@＝＋＠－-])")


class _Line:
    """What csv writes to: the line itself comes back from it."""

    def write(self, line: str) -> str:
        return line


def lines_of(entries: Iterable[LogEntry]) -> Iterator[str]:
    """A heading, then a line for each entry; nothing is kept of those that went."""
    write = csv.writer(_Line(), delimiter=";").writerow
    yield MARK + write(headings())
    seal_of = seals()
    for entry in entries:
        yield write([safe(cell) for cell in cells(entry, seal_of(entry.pk))])


def parcels(lines: Iterable[str], size: int = PARCEL) -> Iterator[tuple[str, int]]:
    """Some lines at once, with their number. No connection to the database is kept while a slow
    receiver takes them."""
    remaining = iter(lines)
    while held := list(islice(remaining, size)):
        leave_database()
        yield "".join(held), len(held)


def headings() -> list[str]:
    return [
        _("number"),
        _("at"),
        _("who"),
        _("name"),
        _("for (identifier)"),
        _("for (name)"),
        _("action"),
        _("in words"),
        _("outcome"),
        _("box"),
        _("message"),
        _("messages"),
        _("patient (keyed hash)"),
        _("from where"),
        _("detail"),
        _("detail in words"),
        _("request"),
        _("seal"),
    ]


def cells(entry: LogEntry, seal: str) -> list[object]:
    person = entry.on_behalf or {}
    return [
        entry.pk,
        localtime(entry.at).isoformat(timespec="milliseconds"),
        entry.subject,
        entry.subject_name,
        person.get("id", ""),
        person.get("name", ""),
        entry.action,
        action_words(entry),
        outcome_words(entry),
        entry.box_name,
        entry.xuid,
        " ".join(entry.xuids or ()),
        entry.patient,
        entry.address,
        entry.detail,
        detail_words(entry),
        entry.request_id,
        seal,
    ]


def safe(cell: object) -> object:
    """An apostrophe before what would be a formula: then it is text."""
    if not isinstance(cell, str):
        return cell
    plain = _WITHIN.sub("'", cell)
    return f"'{plain}" if plain.startswith(FORMULA) else plain


def seals() -> Callable[[int], str]:
    """Of an entry the digest of the link that holds it; empty while it is too young for one.
    Asked in the order of the log, each link is read once."""
    held: LogSeal | None = None

    def seal_of(pk: int) -> str:
        nonlocal held
        if held is None or held.last_id < pk:
            later = LogSeal.objects.filter(last_id__gte=pk)
            held = later.order_by("last_id").first() or held
        return held.digest if held and held.last_id >= pk else ""

    return seal_of
