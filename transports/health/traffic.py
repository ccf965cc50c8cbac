"""The messages of the last 24 hours, hour by hour, and the bars of their chart."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count
from django.utils.timezone import localtime, now

from boxes.models import Box, Message

HOURS = 24
# An hour that ended is counted once more while what began in it may still be committed.
LEEWAY = timedelta(minutes=10)
# The measures of the drawing, in its own units.
WIDTH, HEIGHT, BASE, TOP = 400, 120, 100, 14


@dataclass(frozen=True)
class Hour:
    begins_at: datetime
    received: int
    sent: int


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True)
class Chart:
    """Two bars an hour, of the same measure; the page's style sheet gives them their looks."""

    hours: tuple[Hour, ...]

    @property
    def received(self) -> int:
        return sum(hour.received for hour in self.hours)

    @property
    def sent(self) -> int:
        return sum(hour.sent for hour in self.hours)

    @property
    def most(self) -> int:
        return max(max(hour.received, hour.sent) for hour in self.hours)

    @property
    def width(self) -> float:
        """Of one bar; the rest of an hour's place is air."""
        return round(WIDTH / len(self.hours) * 0.38, 1)

    @property
    def bars(self) -> list[Bar]:
        place = WIDTH / len(self.hours)
        bars = []
        for n, hour in enumerate(self.hours):
            for side, (kind, count) in enumerate((("in", hour.received), ("out", hour.sent))):
                height = round((BASE - TOP) * count / (self.most or 1), 1)
                # Even one message among thousands is seen.
                height = max(height, 1.5) if count else 0
                x = round(n * place + place * 0.1 + side * self.width, 1)
                bars.append(Bar(x, round(BASE - height, 1), height, kind))
        return bars

    @property
    def marks(self) -> list[tuple[float, datetime]]:
        """Where the hours 0, 6, 12 and 18 begin, by the clock on the wall."""
        place = WIDTH / len(self.hours)
        return [
            (round(n * place, 1), hour.begins_at)
            for n, hour in enumerate(self.hours)
            if localtime(hour.begins_at).hour % 6 == 0
        ]


def chart() -> Chart:
    present = now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [present - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    known = cache.get_many([_name(begin) for begin in begins])
    for begin in begins:
        if _name(begin) not in known:
            known[_name(begin)] = _count(begin)
            if begin + timedelta(hours=1) + LEEWAY < now():
                cache.set(_name(begin), known[_name(begin)], timeout=HOURS * 3600)
    return Chart(tuple(Hour(begin, *known[_name(begin)]) for begin in begins))


def _name(begin: datetime) -> str:
    return f"traffic-{begin:%Y%m%d%H}"


def _count(begin: datetime) -> tuple[int, int]:
    """Received and sent in that hour. Box by box, for that is how the index lies; hour by hour,
    for SQLite would ask Python in which hour each message falls."""
    within = Message.objects.filter(
        box__in=Box.objects.order_by().values("pk"),
        created_at__gte=begin,
        created_at__lt=begin + timedelta(hours=1),
    )
    groups = within.order_by().values_list("direction").annotate(count=Count("pk"))
    counts: dict[str, int] = dict(groups)
    return counts.get(Message.Direction.IN, 0), counts.get(Message.Direction.OUT, 0)
