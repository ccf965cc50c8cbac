"""Searching the whole log: by person, patient, message, box and period, in the log's own order.

Each condition is read by an index of its own, a bounded piece at a time, and the pieces are
merged: the log may have millions of entries, and none of this may grow with it.
"""

import heapq
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby, islice

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from boxes.models import ApiKey, Box, LogEntry, Message, Property, User
from boxes.summary import patient_hash

PIECE = 500
# A name that more people and keys have than this is no name of a person.
MOST_SUBJECTS = 50
# Entries stand in the order of time but for this: what was begun earlier and committed later.
LEEWAY = timedelta(hours=1)
LABELS = ("bsn", "BSN")

Reach = tuple[int, int]


@dataclass(frozen=True)
class LogSearch:
    """What is asked; an empty field asks nothing. ``bsn`` has nine digits."""

    person: str = ""
    bsn: str = ""
    xuid: str = ""
    box: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def entries(self, *, newest_first: bool = False, beyond: int = 0) -> Iterator[LogEntry]:
        """All that fit, in the order of the log or the other way, beyond one of them."""
        walks = self._walks(self._reach(beyond, newest_first), newest_first)
        merged = heapq.merge(*walks, reverse=newest_first)
        numbers = (pk for pk, _same in groupby(merged))
        while piece := list(islice(numbers, PIECE)):
            found = LogEntry.objects.in_bulk(piece)
            yield from (found[pk] for pk in piece if self._fits(found[pk]))

    # -- who --

    @cached_property
    def subjects(self) -> list[str]:
        """Whom the typed name may mean: users and keys of ours, or who as the log writes it."""
        term = self.person
        if not term:
            return []
        users = User.objects.filter(
            Q(username__iexact=term) | Q(first_name__icontains=term) | Q(last_name__icontains=term)
        )
        first, _space, last = term.partition(" ")
        if last:
            users |= User.objects.filter(first_name__iexact=first, last_name__iexact=last)
        keys = ApiKey.objects.filter(Q(key_id=term) | Q(label__icontains=term))
        found = [user.subject for user in users.order_by("pk")[:MOST_SUBJECTS]]
        found += [key.subject for key in keys.order_by("pk")[:MOST_SUBJECTS]]
        return list(dict.fromkeys([*found, term]))

    def _is_person(self, entry: LogEntry) -> bool:
        return entry.subject in self.subjects or _names(entry.on_behalf, self.person)

    # -- about whom and what --

    @property
    def patient(self) -> str:
        return patient_hash(self.bsn)

    @cached_property
    def messages(self) -> dict[str, str]:
        """The messages asked for, each with its box. A patient's are those that name the number
        or are labelled with it, and those long removed that the log still knows."""
        if self.xuid:
            found = Message.objects.filter(xuid=self.xuid).values_list("xuid", "box__name")
            known = LogEntry.objects.filter(~Q(xuid=""), xuid=self.xuid)
            return dict([*known.values_list("xuid", "box_name")[:1], *found])
        boxes = Box.objects.order_by().values("pk")
        named = Message.objects.filter(
            ~Q(patient_hash=""), box__in=boxes, patient_hash=self.patient
        )
        labelled = Message.objects.filter(
            pk__in=Property.objects.filter(box__in=boxes, name__in=LABELS, value=self.bsn).values(
                "message_id"
            )
        )
        told = LogEntry.objects.filter(~Q(patient=""), ~Q(xuid=""), patient=self.patient)
        return dict(
            [
                *told.order_by().values_list("xuid", "box_name").distinct(),
                *named.order_by().values_list("xuid", "box__name"),
                *labelled.order_by().values_list("xuid", "box__name"),
            ]
        )

    def _is_about(self, entry: LogEntry) -> bool:
        return (
            (bool(self.bsn) and entry.patient == self.patient)
            or entry.xuid in self.messages
            or not self.messages.keys().isdisjoint(entry.xuids or ())
        )

    # -- where they stand --

    def _walks(self, reach: Reach, newest_first: bool) -> Iterator[Iterator[int]]:
        """The numbers that together hold all that fit, each walk in the order of an index."""
        log = LogEntry.objects.all()
        low, high = reach
        if self.bsn or self.xuid:
            about = [pk for pk in self._about() if low <= pk <= high]
            yield iter(about[::-1] if newest_first else about)
            # A list in the admin shows messages of all boxes and names none.
            for box in sorted({*self.messages.values(), ""} if self.messages else ()):
                lists = log.filter(box_name=box, xuids__isnull=False)
                yield _showing(lists, self.messages, reach, newest_first)
        elif self.person:
            for subject in self.subjects:
                yield _numbers(log.filter(subject=subject), reach, newest_first)
            named = Q(on_behalf__name__icontains=self.person) | Q(on_behalf__id=self.person)
            behalf = log.filter(named, on_behalf__isnull=False)
            yield _numbers(behalf, reach, newest_first)
        else:
            yield _numbers(log, reach, newest_first)

    def _about(self) -> list[int]:
        """The entries that name the patient or one of the messages: as many as there were looks."""
        log = LogEntry.objects.order_by().values_list("pk", flat=True)
        found = set(log.filter(~Q(patient=""), patient=self.patient)) if self.bsn else set()
        names = list(self.messages)
        for start in range(0, len(names), PIECE):
            found.update(log.filter(~Q(xuid=""), xuid__in=names[start : start + PIECE]))
        return sorted(found)

    def _reach(self, beyond: int, newest_first: bool) -> Reach:
        """The first and the last number that may fit."""
        low = first_since(self.since - LEEWAY) if self.since else 0
        high = first_since(self.until + LEEWAY) if self.until else _last() + 1
        if beyond:
            low, high = (low, min(high, beyond)) if newest_first else (max(low, beyond + 1), high)
        return low, high - 1

    def _fits(self, entry: LogEntry) -> bool:
        return (
            (not self.since or entry.at >= self.since)
            and (not self.until or entry.at < self.until)
            and (not self.box or entry.box_name == self.box)
            and (not self.person or self._is_person(entry))
            and (not (self.bsn or self.xuid) or self._is_about(entry))
        )


def first_since(moment: datetime) -> int:
    """The number of the first entry of this moment or later, found by halving."""
    low, high = 1, _last() + 1
    while low < high:
        middle = (low + high) // 2
        found = LogEntry.objects.filter(pk__gte=middle, pk__lt=high).order_by("pk")
        row = found.values_list("pk", "at").first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low


def _last() -> int:
    return LogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _numbers(rows: QuerySet[LogEntry], reach: Reach, newest_first: bool) -> Iterator[int]:
    for piece in _pieces(rows.values_list("pk"), reach, newest_first):
        yield from (pk for (pk,) in piece)


def _showing(
    lists: QuerySet[LogEntry], messages: Container[str], reach: Reach, newest_first: bool
) -> Iterator[int]:
    """The lists that one of the messages was shown in. They are read as text: a year of lists
    is looked through, and few of them are wanted."""
    rows = lists.annotate(shown=Cast("xuids", TextField())).values_list("pk", "shown")
    for piece in _pieces(rows, reach, newest_first):
        for pk, shown in piece:
            if any(xuid in messages for xuid in shown[2:-2].split('", "')):
                yield pk


def _pieces(rows: QuerySet, reach: Reach, newest_first: bool) -> Iterator[list[tuple]]:
    """Rows within reach, a piece at a time: no cursor stays open meanwhile."""
    low, high = reach
    while True:
        within = rows.filter(pk__gte=low, pk__lte=high)
        piece = list(within.order_by("-pk" if newest_first else "pk")[:PIECE])
        yield piece
        if len(piece) < PIECE:
            return
        last = piece[-1][0]
        low, high = (low, last - 1) if newest_first else (last + 1, high)


def _names(person: dict | None, term: str) -> bool:
    """Whether the person whom a key acted for is meant."""
    if not person or not term:
        return False
    name, wanted = str(person.get("name", "")).casefold(), term.casefold()
    return wanted in name or wanted == str(person.get("id", "")).casefold()
