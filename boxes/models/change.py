from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Func, OuterRef, Q, Value
from django.utils.timezone import now

from boxes.models.box import Box

BATCH = 1000


class Kind(models.TextChoices):
    """What may happen in a box, in the words of the API."""

    RECEIVED = "message.received"
    CREATED = "message.created"
    STATUS = "message.status"
    MISDELIVERED = "message.misdelivered"
    READ = "message.read"
    UNREAD = "message.unread"
    HANDLING = "message.handling"
    REMOVED = "message.removed"
    PROPERTY_SET = "property.set"
    PROPERTY_REMOVED = "property.removed"
    DELIVERY = "delivery.status"


class Position(NamedTuple):
    """A place in the order of all changes; the changes after it are told later."""

    xact: int
    id: int


BEGINNING = Position(0, 0)


class Settled(Func):
    """The first transaction that may still be at work; changes of earlier ones are all there."""

    template = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint + boxes_change_offset())"
    output_field = models.BigIntegerField()


class Later(Func):
    """Whether a change comes after (transaction, number), so put that the walk over the index
    begins there: written out with OR it would not."""

    output_field = models.BooleanField()

    def __init__(self, xact, number, **extra) -> None:
        super().__init__(F("xact"), F("id"), xact, number, **extra)

    def as_postgresql(self, compiler, connection, **context) -> tuple[str, tuple]:
        return self._put("({0}, {1}) > ({2}, {3})", compiler)

    def as_sqlite(self, compiler, connection, **context) -> tuple[str, tuple]:
        """There all transactions are 0, and pairs with the primary key in them use no index."""
        return self._put("({0} = {2} AND {1} > {3})", compiler)

    def _put(self, form: str, compiler) -> tuple[str, tuple]:
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        # The columns have no parameters, so these come in the same order in either form.
        params = tuple(value for _, own in parts for value in own)
        return form.format(*(sql for sql, _ in parts)), params


class ChangeQuerySet(models.QuerySet["Change"]):
    def told(self, box: Box, after: Position) -> "ChangeQuerySet":
        """What happened in the box after a position, in an order in which nothing can appear
        before what was told.

        Rows get their number when they are written and are seen when their transaction ends,
        so by number alone a late one would appear behind a reader. On PostgreSQL the order is
        that of (transaction, number), and a row is told when every earlier transaction has
        ended. SQLite has one writer at a time: there the number is that order.
        """
        return (
            self.settled()
            .filter(Later(Value(after.xact), Value(after.id)), box=box)
            .order_by("xact", "id")
        )

    def settled(self) -> "ChangeQuerySet":
        return self.filter(xact__lt=Settled()) if connection.vendor == "postgresql" else self.all()

    def present(self, box: Box) -> Position:
        """The position after all that can be told now."""
        last = (
            self.settled()
            .filter(box=box)
            .order_by("-xact", "-id")
            .values_list("xact", "id")
            .first()
        )
        return Position(*last) if last else BEGINNING

    def beginning(self, box: Box) -> Position:
        """The position before the oldest change that is kept."""
        expired = self.expired().filter(box=box).order_by("-xact", "-id")
        last = expired.values_list("xact", "id").first()
        return Position(*last) if last else BEGINNING

    def lost(self, box: Box, after: Position) -> bool:
        """Whether something that came after the position is no longer kept: it is past its days,
        or what came there went with the database that a backup took the place of."""
        first = self.told(box, after).values_list("at", flat=True).first()
        return after > self.present(box) if first is None else first < oldest_kept()

    def expired(self) -> "ChangeQuerySet":
        return self.filter(at__lt=oldest_kept())

    def remove_expired(self) -> int:
        """Remove a batch of what is past its days. The newest of them in each box stays: it
        tells who asks from before it that something is missing."""
        newer = self.expired().filter(Later(OuterRef("xact"), OuterRef("id")), box=OuterRef("box"))
        batch = self.expired().filter(models.Exists(newer)).order_by("at")[:BATCH]
        return self.filter(pk__in=list(batch.values_list("pk", flat=True))).delete()[0]


class Change(models.Model):
    """One thing that happened in a box.

    Triggers write the rows (boxes/change_triggers.py), so that no way of changing a message,
    or its property, delivery or handling, can forget it. They name the message, and hold nothing
    of its content, no value of a property and nobody's name: a change outlives what was removed.
    """

    Kind = Kind

    box = models.ForeignKey(Box, models.CASCADE, db_index=False, db_constraint=False)
    at = models.DateTimeField()
    # The number of the transaction that wrote it; 0 on SQLite.
    xact = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=20)
    xuid = models.CharField(max_length=24)
    direction = models.CharField(max_length=3)
    status = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=255, blank=True)
    n = models.PositiveIntegerField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=("box", "xact", "id"), name="change_order"),
            models.Index(fields=("at",), name="change_age"),
            models.Index(
                fields=("xuid",), condition=Q(kind="message.removed"), name="change_removal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.xuid}"

    @property
    def position(self) -> Position:
        return Position(self.xact, self.pk)


def oldest_kept() -> datetime:
    return now() - timedelta(days=settings.CHANGES_DAYS)
