"""A send that answers what happened: local cells at once, others while the caller waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from boxes.errors import WrongStatus
from boxes.models import Box, Delivery, Message
from transports.box.transport import BoxTransport
from transports.models import CellMessage
from transports.personium.client import REPEATED, Outcome
from transports.personium.facade.errors import TEXTS, CellError
from transports.personium.facade.results import answered
from transports.personium.transport import refusal
from transports.tasks import carry
from transports.wire.line import Deadline

LOOK_AGAIN = 0.1
# Callers who wait for other systems leave threads for everybody else.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


@contextmanager
def place_to_wait(needed: bool) -> Iterator[None]:
    """Raises CellError, before anything was stored, where too many wait already."""
    if needed and not _places.acquire(blocking=False):
        raise CellError("PR500-SM-0001")
    try:
        yield
    finally:
        if needed:
            _places.release()


def deliver_here(message: Message, cell_id: str) -> None:
    """Into our own boxes, where the message keeps its identifier unless another cell came first
    with it; inside a transaction."""
    here = message.deliveries.filter(transport=BoxTransport.name)
    boxes = Box.objects.filter(name__in=here.values("address"))
    names = {
        box.name: CellMessage.objects.room_for(box, cell_id, message.from_address) for box in boxes
    }
    refuse_repeated(here.filter(address__in=[box for box, name in names.items() if not name]))
    BoxTransport().move_batch(settings.MAX_RECIPIENTS, message=message)
    for copy in Message.objects.filter(delivery__message=message).select_related("box"):
        CellMessage.objects.keep(copy, names.get(copy.box.name, cell_id))


def refuse_repeated(deliveries: QuerySet[Delivery]) -> None:
    """Whoever has the message of this sender does not get it again."""
    for delivery in deliveries:
        end(delivery, refusal(Outcome(REPEATED, TEXTS["PR409-OD-0003"])))


def end(delivery: Delivery, sentence: str) -> None:
    """Let a waiting delivery fail."""
    one = Delivery.objects.filter(pk=delivery.pk)
    for claimed in one.claim_due(delivery.transport, 1, settings.CLAIM_SECONDS):
        claimed.fail(sentence)


def deliver_elsewhere(message: Message) -> None:
    """One attempt at each of the others, while there is time for a whole one; the rest is left
    to the dispatcher. Where one cannot be reached no further is tried."""
    deadline = Deadline(settings.PERSONIUM_SEND_SECONDS)
    waiting = message.deliveries.filter(status__in=Delivery.WAITING).order_by("n")
    for place, delivery in enumerate(waiting):
        try:
            if place and deadline.left() < settings.ROADS_TIMEOUT:
                return
            attempt(delivery, deadline)
        except TimeoutError:
            return
        if not answered(delivery)[0]:
            return


def attempt(delivery: Delivery, deadline: Deadline) -> None:
    """Raises TimeoutError when a worker was first and does not end in time."""
    one = Delivery.objects.filter(pk=delivery.pk).select_related("message__box")
    claimed = one.claim_due(delivery.transport, 1, settings.CLAIM_SECONDS)
    if claimed:
        carry(claimed[0])
    delivery.refresh_from_db()
    while delivery.status == Delivery.Status.SENDING:
        deadline.left()
        sleep(LOOK_AGAIN)
        delivery.refresh_from_db()


def withdraw(message: Message, *, untried: bool) -> None:
    """The caller is told that these were not sent, so they are not sent later."""
    for delivery in message.deliveries.filter(status=Delivery.Status.QUEUED):
        if not (untried or delivery.error):
            continue
        sentence = delivery.error or "Another cell could not be reached, so this one was not tried."
        # Together, so that no worker takes it up when it is due for a moment.
        with suppress(WrongStatus), transaction.atomic():
            delivery.retry_now()
            end(delivery, sentence)
    message.settle()
