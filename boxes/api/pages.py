"""Pages of a list, newest first, at a cost that does not grow with the box.

Of all that was asked for, the rarest leads: its index is walked from new to old, and the
rest is looked up for each step. A walk that finds little ends after a window of so many
steps: the page is then short, and its cursor is the last step, not the last row.
"""

import functools
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from boxes.api.filters import Selection
from boxes.models import Box, Message, Property
from boxes.models.prepared import Prepared, given

WINDOW = {"sqlite": 5000, "postgresql": 2000}
# Counting which filter is the rarest stops here.
MANY = 1000
# How far the order of arrival and the clock may differ, between hosts and transactions.
SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class Span:
    """A range of message numbers, both ends left out."""

    after: int = 0
    before: int | None = None

    def within(self, field: str) -> dict[str, int]:
        bounds = {f"{field}__gt": self.after} if self.after else {}
        if self.before is not None:
            bounds[f"{field}__lt"] = self.before
        return bounds


@dataclass(frozen=True)
class ByProperty:
    """The messages with one property, by the index over (box, name, value, message)."""

    box: Box
    name: str
    value: str

    def lanes(self, span: Span) -> list[QuerySet]:
        rows = Property.objects.filter(
            box=self.box, name=self.name, value=self.value, **span.within("message_id")
        )
        return [rows.order_by("-message_id").values_list("message_id", flat=True)]

    def lead(self, messages: QuerySet, span: Span) -> QuerySet:
        """Without the box on the message's side no other index than this can lead."""
        return messages.filter(
            properties__box=self.box,
            properties__name=self.name,
            properties__value=self.value,
            **span.within("properties__message_id"),
        ).order_by("-properties__message_id")

    def follow(self, messages: QuerySet) -> QuerySet:
        return messages.filter(
            Exists(
                Property.objects.filter(message=OuterRef("pk"), name=self.name, value=self.value)
            )
        )


@dataclass(frozen=True)
class ByStatus:
    """The messages in some statuses, a walk for each."""

    box: Box
    statuses: tuple[str, ...]

    def lanes(self, span: Span) -> list[QuerySet]:
        rows = Message.objects.filter(box=self.box, **span.within("pk")).order_by("-pk")
        return [rows.filter(status=word).values_list("pk", flat=True) for word in self.statuses]

    def lead(self, messages: QuerySet, span: Span) -> QuerySet:
        chosen = (
            {"status": self.statuses[0]}
            if len(self.statuses) == 1
            else {"status__in": self.statuses}
        )
        return messages.filter(box=self.box, **chosen, **span.within("pk")).order_by("-pk")

    def follow(self, messages: QuerySet) -> QuerySet:
        """Compared as an expression, so that no index over statuses can take the lead."""
        return messages.alias(state=Concat("status", Value(""))).filter(state__in=self.statuses)


@dataclass(frozen=True)
class ByColumn:
    """The messages of one thread, patient and so on; the filter itself follows anyway."""

    box: Box
    column: str
    value: str | bool

    def lanes(self, span: Span) -> list[QuerySet]:
        return [self.lead(Message.objects.all(), span).values_list("pk", flat=True)]

    def lead(self, messages: QuerySet, span: Span) -> QuerySet:
        chosen = {self.column: self.value, **span.within("pk")}
        return messages.filter(LEADING[self.column], box=self.box, **chosen).order_by("-pk")

    def follow(self, messages: QuerySet) -> QuerySet:
        return messages


# Columns that can lead, with the condition of their index: said again, or no database sees
# that the index serves.
LEADING = {
    "thread": Q(),
    "envelope_id": ~Q(envelope_id=""),
    "patient_hash": ~Q(patient_hash=""),
    "flag": ~Q(flag=""),
    "urgent": Q(urgent=True),
}
Filter = ByProperty | ByStatus | ByColumn


class Walk:
    """A list being read, page after page."""

    def __init__(self, selection: Selection, columns: tuple[str, ...]) -> None:
        """The first of the columns is the message's key."""
        self.selection, self.columns = selection, columns

    def page(self, limit: int, before: int | None = None) -> tuple[list[tuple], int | None]:
        """Up to ``limit`` rows older than ``before``, and from where to go on; None at the end."""
        span = self._span(before)
        if self._plain and len(self.selection.statuses) == 1:
            rows = _newest(self.columns, limit + 1, self.selection, span)
            return rows[:limit], rows[limit - 1][0] if len(rows) > limit else None
        messages = self._matching()
        for other in self._others:
            messages = other.follow(messages)
        floor = self._floor(span, limit)
        if floor is not None:
            span = Span(floor - 1, span.before)
        found = self._leader.lead(messages, span).values_list(*self.columns)
        rows = fetched(found[: limit + 1])
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1][0]
        return rows, floor

    def _matching(self) -> QuerySet:
        filters = self.selection.filters
        return filters.qs if filters else Message.objects.all()

    def _floor(self, span: Span, limit: int) -> int | None:
        """Where this page's walk ends at the latest; None where the index alone ends it."""
        if self._size < MANY:
            return None
        lanes = self._leader.lanes(span)
        window = limit + 1 if self._plain else WINDOW[connection.vendor]
        ends = [key for lane in lanes for key in lane[window - 1 : window]]
        return max(ends, default=None)

    @property
    def _plain(self) -> bool:
        """Whether the statuses are all that was asked for."""
        return not self.selection.properties and not self.selection.fixed

    @cached_property
    def _filters(self) -> list[Filter]:
        box, selection = self.selection.box, self.selection
        filters: list[Filter] = [ByProperty(box, *pair) for pair in selection.properties]
        for column in LEADING:
            value = selection.value_of(column)
            if isinstance(value, list):  # several codes have no one walk
                value = value[0] if len(value) == 1 else None
            if value:
                filters.append(ByColumn(box, column, value))
        return [*filters, ByStatus(box, selection.statuses)]

    @cached_property
    def _sizes(self) -> list[int]:
        """How many messages each filter knows, as far as counting goes."""
        if len(self._filters) == 1:
            return [MANY]
        return [
            sum(lane.order_by()[:MANY].count() for lane in item.lanes(Span()))
            for item in self._filters
        ]

    @cached_property
    def _leader(self) -> Filter:
        return self._filters[self._sizes.index(min(self._sizes))]

    @property
    def _size(self) -> int:
        return min(self._sizes)

    @cached_property
    def _others(self) -> list[Filter]:
        return [item for item in self._filters if item is not self._leader]

    def _span(self, before: int | None) -> Span:
        """The numbers that can match; the times themselves are compared as well."""
        oldest, newest = self._bounds
        known = [bound for bound in (before, newest) if bound is not None]
        return Span(oldest, min(known, default=None))

    @cached_property
    def _bounds(self) -> tuple[int, int | None]:
        """What since and until say about numbers, wider by the slack."""
        rows = Message.objects.filter(box=self.selection.box).values_list("pk", flat=True)
        since, until = self.selection.value_of("since"), self.selection.value_of("until")
        oldest = newest = None
        if since:
            rows_before = rows.filter(created_at__lt=since - SLACK)
            oldest = rows_before.order_by("-created_at").first()
        if until:
            rows_after = rows.filter(created_at__gt=until + SLACK)
            newest = rows_after.order_by("created_at").first()
        return oldest or 0, newest


def _newest(columns: tuple[str, ...], limit: int, selection: Selection, span: Span) -> list[tuple]:
    """The plainest list, which is asked for most."""
    return _newest_query(columns, limit, span.before is not None).rows(
        box=selection.box.pk, status=selection.statuses[0], before=span.before
    )


@functools.lru_cache(maxsize=64)
def _newest_query(columns: tuple[str, ...], limit: int, bounded: bool) -> Prepared[Message]:
    bound = {"pk__lt": given("before")} if bounded else {}
    return Prepared(
        lambda: (
            Message.objects.filter(box=given("box"), status=given("status"), **bound)
            .order_by("-pk")
            .values_list(*columns)[:limit]
        )
    )


def fetched(rows: QuerySet) -> list[tuple]:
    """The rows as the driver gives them: JSON stays text, SQLite's moments stay naive."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
