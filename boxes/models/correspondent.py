from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils.timezone import now

from boxes.models.delivery import Delivery
from boxes.models.message import Message
from boxes.words import folded

BATCH = 500
OUT = Message.Direction.OUT
# Younger ones are left for the next time: others with a smaller key may still be under way.
SETTLED = timedelta(minutes=1)
_COLUMNS = ("pk", "box_id", "direction", "from_address", "from_name", "created_at")


class CorrespondentQuerySet(models.QuerySet["Correspondent"]):
    def known_to(self, box) -> "CorrespondentQuerySet":
        """Whom a box wrote with, most often first."""
        return self.filter(box=box).order_by("-number", "-last_at", "pk")

    def catch_up(self) -> int:
        """Count the messages that came and went since the last time, each once; returns how many.

        One worker counts at a time, so that no message waits for a row that another one counts.
        """
        with transaction.atomic():
            CountedTo.objects.get_or_create(pk=1)
            CountedTo.objects.filter(pk=1).update(message_id=F("message_id"))  # locks the row
            after = CountedTo.objects.get(pk=1).message_id
            rows = Message.objects.filter(pk__gt=after).order_by("pk").values_list(*_COLUMNS)
            settled = now() - SETTLED
            fresh = list(takewhile(lambda row: row[5] < settled, rows[:BATCH]))
            if fresh:
                self._count(list(_people_in(fresh)))
                CountedTo.objects.filter(pk=1).update(message_id=fresh[-1][0])
        return len(fresh)

    def remove_expired(self, box) -> None:
        """Nobody remembers whom a box wrote with for longer than it keeps its messages."""
        if box.retention_days is not None:
            oldest = now() - timedelta(days=box.retention_days)
            self.filter(box=box, last_at__lt=oldest).delete()

    def _count(self, people: list["tuple[int, str, str, datetime]"]) -> None:
        boxes, addresses = ({person[n] for person in people} for n in (0, 1))
        same = self.filter(box_id__in=boxes, address__in=addresses)
        known: dict[tuple[int, str], Any] = {(item.box_id, item.address): item for item in same}
        for box_id, address, name, at in people:
            one = known.setdefault(
                (box_id, address), Correspondent(box_id=box_id, address=address, last_at=at)
            )
            one.number += 1
            one.last_at = max(at, one.last_at)
            one.name = name or one.name
            one.search_text = folded(f"{one.name} {one.address}")
        self.bulk_update(
            [item for item in known.values() if item.pk],
            ("number", "last_at", "name", "search_text"),
            batch_size=100,
        )
        self.bulk_create([item for item in known.values() if not item.pk], batch_size=100)


def _people_in(rows) -> "Iterator[tuple[int, str, str, datetime]]":
    """Box, address, name and moment of each sender, and of each recipient of what was sent."""
    sent = {
        pk: (box_id, at) for pk, box_id, direction, _from, _name, at in rows if direction == OUT
    }
    for _pk, box_id, direction, address, name, at in rows:
        if direction != OUT and address:
            yield box_id, address, name[:200], at
    served = Delivery.objects.filter(message__in=sent).order_by("pk")
    for message, address, name in served.values_list("message_id", "address", "display_name"):
        box_id, at = sent[message]
        yield box_id, address, name, at


class Correspondent(models.Model):
    """Somebody with whom a box wrote, and how often: suggested to who writes in it."""

    box = models.ForeignKey("boxes.Box", models.CASCADE, related_name="correspondents")
    address = models.CharField(max_length=1000)
    name = models.CharField(max_length=200, blank=True)
    search_text = models.TextField(blank=True)
    number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = CorrespondentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("box", "address"), name="correspondent_once_a_box")
        ]
        indexes = [
            models.Index(
                models.F("box"),
                models.F("number").desc(),
                models.F("last_at").desc(),
                name="correspondent_most",
            )
        ]

    def __str__(self) -> str:
        return self.address


class CountedTo(models.Model):
    """The message up to which correspondents are counted; one row."""

    message_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.message_id)
