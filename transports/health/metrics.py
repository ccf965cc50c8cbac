"""The figures in Prometheus' text format; every scrape reads them from the database.

So each web process tells the same, and nothing is shared between processes.
"""

from collections.abc import Iterable

from django.utils.timezone import now
from django_q.brokers import get_broker
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from transports.health import figures
from transports.health.state import worker_is_alive
from transports.models import Doorbell, Heartbeat


class Figures(Collector):
    def collect(self) -> Iterable[Metric]:
        yield from _deliveries()
        yield from _partners()
        yield from _worker()
        yield from _queue()
        yield _labelled(
            "messagebox_messages_last_day",
            "Messages that were received (IN) and sent (OUT) in the last 24 hours.",
            ("direction",),
            [(direction, count) for direction, count in figures.messages_of_last_day().items()],
        )


def exposition() -> bytes:
    registry = CollectorRegistry()
    registry.register(Figures())
    return generate_latest(registry)


def _deliveries() -> Iterable[Metric]:
    oldest = figures.oldest_waiting()
    yield GaugeMetricFamily(
        "messagebox_delivery_oldest_waiting_seconds",
        "Age of the oldest delivery that waits or is under way; 0 when there is none.",
        (now() - oldest.created_at).total_seconds() if oldest else 0,
    )
    yield _labelled(
        "messagebox_deliveries_open",
        "Deliveries that wait, are under way or are uncertain, whenever they were queued.",
        ("transport", "status"),
        figures.open_deliveries(),
    )
    yield _labelled(
        "messagebox_deliveries_last_day",
        "Deliveries that were queued in the last 24 hours, by the status that they have now.",
        ("transport", "status"),
        figures.deliveries_of_last_day(),
    )


def _partners() -> Iterable[Metric]:
    hooks = figures.webhooks()
    yield _labelled(
        "messagebox_webhooks",
        "Webhooks by state: failing, given_up (turned off, for they failed), orphaned (on, but "
        "the key that made them may no longer) and all.",
        ("state",),
        list(hooks.items()),
    )
    yield _labelled(
        "messagebox_accounts_failing",
        "Accounts in use whose last test or collection went wrong.",
        ("transport",),
        figures.failing_accounts(),
    )


def _worker() -> Iterable[Metric]:
    age = Heartbeat.age()
    yield GaugeMetricFamily(
        "messagebox_worker_alive",
        "1 when a worker gave a sign of life within the limit, else 0.",
        int(worker_is_alive(age)),
    )
    if age is not None:
        yield GaugeMetricFamily(
            "messagebox_worker_heartbeat_age_seconds", "Time since the worker's last sign.", age
        )


def _queue() -> Iterable[Metric]:
    ringing = dict(Doorbell.objects.exclude(rung_at=None).values_list("name", "rung_at"))
    moment = now()
    yield _labelled(
        "messagebox_doorbell_waiting_seconds",
        "How long a doorbell has been ringing unanswered; 0 when it is silent.",
        ("bell",),
        [
            (bell, (moment - (ringing.get(bell) or moment)).total_seconds())
            for bell in (Doorbell.DISPATCH, Doorbell.KNOW)
        ],
    )
    try:
        depth = get_broker().queue_size()
    except Exception:  # the broker may be down: the other figures are then needed most
        yield GaugeMetricFamily("messagebox_queue_up", "1 when the queue answers, else 0.", 0)
        return
    yield GaugeMetricFamily("messagebox_queue_up", "1 when the queue answers, else 0.", 1)
    yield GaugeMetricFamily("messagebox_queue_depth", "Tasks that wait in the queue.", depth)


def _labelled(name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for *values, count in rows:
        family.add_metric([str(value) for value in values], count)
    return family
