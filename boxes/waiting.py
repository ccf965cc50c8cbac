"""What in a box waits for somebody, longer than is good: asked on every page, so that each
question is answered from an index and counts no further than people read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery

from boxes.models import Box, Delivery, Message
from boxes.models.prepared import Prepared, given
from boxes.summary_words import ALARMING

MOST_COUNTED = 99
# Of so many of the newest alarming messages it is seen whether somebody opened them.
WINDOW = 1000
Status = Message.Status

STALLED, FAILED, DOUBT, UNOPENED = "stalled", "failed", "doubt", "unopened"
# Where in the inbox each is found.
FOLDERS = {FAILED: "error", DOUBT: "error", STALLED: "outbox", UNOPENED: "inbox"}


@dataclass(frozen=True)
class Waiting:
    """Messages of one box that wait for the same; ``xuid`` names the only one, if it is one."""

    box_id: int
    kind: str
    number: int
    since: datetime
    xuid: str = ""

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED}+" if self.number > MOST_COUNTED else str(self.number)


def unsent(boxes: Collection[int], stalled_before: datetime) -> list[Waiting]:
    """What was not sent or is in doubt, and what waits in an OUTBOX since before that moment."""
    looked = _look(len(boxes)).rows(**{str(n): pk for n, pk in enumerate(boxes)})
    queued = [pk for pk, since, _spoiled in looked if since]
    found, doubts = [], _doubts_under_way(queued) if queued else {}
    before = connection.ops.adapt_datetimefield_value(stalled_before)  # as the rows have it
    for pk, since, spoiled in looked:
        if spoiled or pk in doubts:
            found += _spoiled(pk, doubts.get(pk, []))
        if since and since < before:
            found += _stalled(pk, stalled_before)
    return found


@lru_cache(maxsize=64)
def _look(count: int) -> Prepared[Box]:
    """Of so many boxes: when the first was made that still waits, and whether any was not sent."""
    oldest = Message.objects.filter(box=OuterRef("pk"), status=Status.OUTBOX).order_by("id")
    fallen = _unhandled(Message.objects.filter(box=OuterRef("pk")))
    return Prepared(
        lambda: (
            Box.objects.filter(pk__in=[given(str(n)) for n in range(count)])
            .order_by()
            .annotate(oldest=Subquery(oldest.values("created_at")[:1]), fallen=Exists(fallen))
            .values_list("pk", "oldest", "fallen")
        )
    )


def unopened(box: Box, before: datetime) -> list[Waiting]:
    """What is abnormal or urgent, since before that moment, and nobody opened or handled it."""
    newest = Message.objects.in_box(box).order_by("-id").values("pk")
    alarming = newest.filter(flag__in=ALARMING)[:WINDOW]
    urgent = newest.filter(urgent=True)[:WINDOW]
    rows = Message.objects.filter(
        Q(pk__in=alarming) | Q(pk__in=urgent),
        # A correction that went to another box can be read here no more.
        Q(replaced_by=None) | Q(replaced_by__misdelivered_at__isnull=False),
        status=Status.INBOX,
        read_at=None,
        handling__handled_at=None,
        created_at__lt=before,
    )
    return _told(box.pk, UNOPENED, rows)


def _unhandled(messages):
    return messages.filter(status=Status.ERROR, handling__handled_at=None)


def _doubts_under_way(boxes: Collection[int]) -> dict[int, list[tuple[datetime, str]]]:
    """Of messages that still wait for other recipients: by box, when made and their names."""
    doubtful = Delivery.objects.filter(
        status=Delivery.Status.UNCERTAIN,
        message__box__in=boxes,
        message__status=Status.OUTBOX,
        message__handling__handled_at=None,
    )
    names = ("message__box_id", "message__created_at", "message__xuid")
    found: dict[int, list[tuple[datetime, str]]] = {}
    rows = doubtful.order_by("message_id", "pk").values_list(*names)[:WINDOW]
    # Told apart here: DISTINCT has SQLite walk through all that the boxes ever held.
    for box_id, made, xuid in list(dict.fromkeys(rows))[:MOST_COUNTED]:
        found.setdefault(box_id, []).append((made, xuid))
    return found


def _spoiled(box_id: int, doubts: list[tuple[datetime, str]]) -> list[Waiting]:
    in_doubt = Delivery.objects.filter(message=OuterRef("pk"), status=Delivery.Status.UNCERTAIN)
    rows = _unhandled(Message.objects.filter(box=box_id)).annotate(doubt=Exists(in_doubt))
    names = ("created_at", "xuid", "doubt")
    fallen = list(rows.order_by("-id").values_list(*names)[: MOST_COUNTED + 1])
    doubts = [*doubts, *((made, xuid) for made, xuid, doubt in fallen if doubt)]
    failed = [(made, xuid) for made, xuid, doubt in fallen if not doubt]
    return [*_counted(box_id, FAILED, failed), *_counted(box_id, DOUBT, doubts)]


def _stalled(box_id: int, before: datetime) -> list[Waiting]:
    rows = Message.objects.filter(box=box_id, status=Status.OUTBOX, created_at__lt=before)
    return _told(box_id, STALLED, rows)


def _told(box_id: int, kind: str, rows) -> list[Waiting]:
    found = rows.order_by("id").values_list("created_at", "xuid")[: MOST_COUNTED + 1]
    return _counted(box_id, kind, list(found))


def _counted(box_id: int, kind: str, found: list[tuple[datetime, str]]) -> list[Waiting]:
    if not found:
        return []
    since = min(made for made, _xuid in found)
    only = found[0][1] if len(found) == 1 else ""
    return [Waiting(box_id, kind, len(found), since, only)]
