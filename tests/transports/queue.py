"""The queue as a worker sees it, whichever broker holds it."""

from django_q.brokers import get_broker
from django_q.signing import SignedPackage


def taken() -> list[dict]:
    """The tasks that wait, in their order; the queue is empty after it."""
    broker, tasks = get_broker(), []
    while broker.queue_size():
        for key, package in broker.dequeue():
            tasks.append(SignedPackage.loads(package))
            broker.acknowledge(key)
    return tasks
