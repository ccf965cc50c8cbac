"""Wakes a worker after messages were queued; may be lost without losing a message."""

import logging

from django_q.tasks import async_task

from transports.models import Doorbell

logger = logging.getLogger(__name__)

# A worker goes on for so many seconds before it lets the queue give it other work.
STRETCH = 20.0


def ring(**kwargs) -> None:
    """Ask for a sweep, unless one was asked for that has not begun yet."""
    if Doorbell.ring():
        queue("transports.tasks.dispatch")


def queue(task: str, *args) -> bool:
    """Give a task to the workers; False when the broker does not take it.

    A broker that is down is no reason to refuse a message: the sweep finds it.
    """
    try:
        async_task(task, *args)
    except Exception as error:
        logger.error("The broker did not take %s: %s", task, error)
        return False
    return True
