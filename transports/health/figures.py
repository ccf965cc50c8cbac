"""What tells whether all is well, read from the database; cheap however large the tables are."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import now

from boxes.models import Box, Delivery, Message
from transports.models import Account, Webhook

Status = Delivery.Status
# Counting goes no further: beyond, the number itself tells nothing more.
COUNTED = 1000
DAY = timedelta(days=1)


def oldest_waiting() -> Delivery | None:
    """The delivery that has been waiting or under way for longest."""
    waiting = (_oldest(status) for status in Delivery.WAITING)
    return min(filter(None, waiting), key=lambda delivery: delivery.created_at, default=None)


def _oldest(status: str) -> Delivery | None:
    rows = Delivery.objects.filter(status=status).order_by("created_at")
    return rows.only("created_at", "address", "status", "transport").first()


def count_up(deliveries: QuerySet[Delivery]) -> int:
    """How many, up to one more than COUNTED."""
    return deliveries.order_by()[: COUNTED + 1].count()


def uncertain() -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=Status.UNCERTAIN)


def failed(since: datetime) -> QuerySet[Delivery]:
    fallen = (Status.FAILED, Status.UNDELIVERED)
    return Delivery.objects.filter(status__in=fallen, created_at__gte=since)


def failures(since: datetime) -> dict[tuple[str, str], int]:
    """By transport and status, counted up to one more than COUNTED of each status."""
    found: Counter[tuple[str, str]] = Counter()
    for status in (Status.FAILED, Status.UNDELIVERED):
        young = Delivery.objects.filter(status=status, created_at__gte=since)
        newest = young.order_by("-created_at").values_list("transport", "status")
        found.update(newest[: COUNTED + 1])
    return dict(found)


def messages_of_last_day() -> dict[str, int]:
    """By direction. Asked box by box: each is one range of an index."""
    since = now() - DAY
    return {
        str(direction): Box.objects.order_by().aggregate(
            total=Coalesce(Sum(_count_of_box(direction, since)), 0)
        )["total"]
        for direction in Message.Direction
    }


def _count_of_box(direction: str, since: datetime) -> Subquery:
    young = Message.objects.filter(
        box=OuterRef("pk"), direction=direction, created_at__gte=since
    ).order_by()
    return Subquery(young.values("box").annotate(count=Count("pk")).values("count"))


def open_deliveries() -> list[tuple[str, str, int]]:
    """Transport, status and count of all that has not ended well or for good."""
    return _by_transport(Delivery.objects.filter(status__in=(*Delivery.WAITING, "uncertain")))


def deliveries_of_last_day() -> list[tuple[str, str, int]]:
    """Transport, status and count of what was queued in the last day."""
    young = Delivery.objects.filter(status__in=Status.values, created_at__gte=now() - DAY)
    return _by_transport(young)


def _by_transport(deliveries: QuerySet[Delivery]) -> list[tuple[str, str, int]]:
    groups = deliveries.order_by().values_list("transport", "status")
    return list(groups.annotate(count=Count("pk")))


def webhooks() -> dict[str, int]:
    """How they are doing; in one question, for there are few."""
    hooks = Webhook.objects.order_by()
    states = {
        "failing": hooks.failing(),
        "given_up": hooks.given_up(),
        "orphaned": hooks.orphaned(),
    }
    return Webhook.objects.aggregate(
        all=Count("pk"),
        **{name: Count("pk", filter=Q(pk__in=rows.values("pk"))) for name, rows in states.items()},
    )


def failing_accounts() -> list[tuple[str, int]]:
    """Transport and count of the accounts whose last test or collection went wrong."""
    rows = Account.objects.failing().order_by().values_list("transport")
    return list(rows.annotate(count=Count("pk")))
