"""A worker in the test's own process: what it would do now, and what time would bring."""

from datetime import timedelta

from django.utils.module_loading import import_string
from django.utils.timezone import now

from boxes.models import Delivery
from tests.transports.queue import taken
from transports.models import Account
from transports.tasks import dispatch, sweep


def run_worker() -> None:
    """A dispatch, and every task that comes of it."""
    dispatch()
    run_tasks()


def run_sweep() -> None:
    """The regular round: collecting and asking begin with it."""
    sweep()
    run_tasks()


def run_tasks() -> None:
    while tasks := taken():
        for task in tasks:
            import_string(task["func"])(*task["args"])


def after_the_pause() -> None:
    """The next attempt, question and collecting of everything is due."""
    earlier = now() - timedelta(seconds=1)
    Delivery.objects.filter(status="queued").update(due_at=earlier)
    Delivery.objects.exclude(ask_at=None).update(ask_at=earlier)
    Account.objects.update(collect_at=earlier, collecting_until=None)
