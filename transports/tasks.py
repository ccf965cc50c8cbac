"""All that django-q2 runs. The rows are the truth; the queue is only a hand."""

import logging
import random
import time
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string
from django.utils.timezone import now
from django_q.models import Failure

from boxes.errors import WrongStatus
from boxes.models import Box, Change, Content, Correspondent, Delivery, Message
from boxes.models.log import LogSeal
from boxes.sentence import Sentence
from transports import reminding
from transports.base import Refused, Uncertain
from transports.collecting import start_collecting
from transports.doorbell import STRETCH, queue
from transports.following import start_following
from transports.models import Doorbell, Heartbeat
from transports.policy import refuse_unapproved
from transports.registry import no_road, transport_named, transports
from transports.webhooks.telling import start_telling

logger = logging.getLogger(__name__)

BATCH = 50
# The queue's own notes on tasks that failed; what became of a delivery stands with the delivery.
KEPT_FAILURES = timedelta(days=30)
UNSETTLED = 500


def sweep() -> int:
    """The regular round: show that a worker lives, and find what no doorbell woke."""
    Heartbeat.beat()
    Message.objects.filter(pk__in=Message.objects.unsettled(UNSETTLED)).settle()
    start_collecting()
    start_following()
    return dispatch()


def dispatch() -> int:
    """Free what dead workers left, move what goes to our own boxes, start the attempts.

    Returns how many deliveries it moved or started.
    """
    Doorbell.answer()
    for message_id in Delivery.objects.release_expired():
        Message.objects.filter(pk=message_id).settle()
    started = fail_roadless()
    for transport in transports():
        if getattr(transport, "local", False):
            started += move_local(transport)
        else:
            started += start_attempts(transport.name)
    if Message.objects.not_yet_known().exists() and Doorbell.ring(Doorbell.KNOW):
        queue("transports.tasks.know")
    start_telling()
    return started


def know() -> None:
    """Have the contents read that nobody has read yet; who reads them, the settings say."""
    Doorbell.answer(Doorbell.KNOW)
    import_string(settings.KNOW)()


def move_local(transport) -> int:
    moved, until, beaten = 0, time.monotonic() + STRETCH, time.monotonic()
    while count := move_some(transport):
        moved += count
        if time.monotonic() > until:
            queue("transports.tasks.dispatch")
            break
        if time.monotonic() - beaten > 5:
            Heartbeat.beat()
            beaten = time.monotonic()
    return moved


def move_some(transport) -> int:
    """Move a batch; where one of it cannot be moved, each by itself, so that it stops no other."""
    try:
        return transport.move_batch(BATCH)
    except (OperationalError, InterfaceError):
        raise  # the database, not a message
    except Exception:
        logger.exception("A batch of local deliveries could not be moved together")
    due = Delivery.objects.due().filter(transport=transport.name).order_by("due_at", "id")
    return sum(move_alone(transport, pk) for pk in due.values_list("pk", flat=True)[:BATCH])


def move_alone(transport, pk: int) -> int:
    try:
        return transport.move_batch(1, pk=pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Delivery %s could not be moved", pk)
    one = Delivery.objects.filter(pk=pk)
    for delivery in one.claim_due(transport.name, 1, settings.CLAIM_SECONDS):
        _refused(
            delivery,
            Refused(Sentence("The message could not be put into the other box."), permanent=False),
        )
        delivery.message.settle()
    return 1


def start_attempts(transport: str) -> int:
    """Claim what the transport has room for; a task for each claim."""
    claimed = Delivery.objects.claim_due(transport, room_for(transport), settings.CLAIM_SECONDS)
    for delivery in claimed:
        if not queue("transports.tasks.attempt", delivery.pk, delivery.claim):
            attempt(delivery.pk, delivery.claim)  # nobody else can
    return len(claimed)


def room_for(transport: str) -> int:
    """How many attempts may begin: one dead system must not hold every worker."""
    flying = Delivery.objects.in_flight()
    here = settings.ATTEMPTS_PER_TRANSPORT - flying.filter(transport=transport).count()
    return max(0, min(here, settings.ATTEMPTS_IN_FLIGHT - flying.count()))


def attempt(pk: int, claim: str) -> None:
    """Try the delivery that the claim reserves, then go on with others of its transport."""
    until = time.monotonic() + STRETCH
    # A queue may hand out a task again long after: then the claim is no longer this one, and
    # a message that ends its worker must not be looked at once more.
    held = Delivery.objects.filter(pk=pk, status=Delivery.Status.SENDING, claim=claim)
    delivery = held.select_related("message__box").first()
    while delivery is not None:
        carry(delivery)
        if time.monotonic() > until:
            dispatch_again = Delivery.objects.due().filter(transport=delivery.transport).exists()
            if dispatch_again:
                queue("transports.tasks.dispatch")
            return
        following = Delivery.objects.claim_due(
            delivery.transport, min(1, room_for(delivery.transport)), settings.CLAIM_SECONDS
        )
        delivery = following[0] if following else None


def carry(delivery: Delivery) -> None:
    """One attempt, from claim to outcome."""
    try:
        _carry(delivery)
    except WrongStatus:
        return  # the claim was taken over, or this task ran twice
    delivery.message.settle()


def _carry(delivery: Delivery) -> None:
    try:
        transport = transport_named(delivery.transport)
        refuse_unapproved(delivery, transport)
        prepared = transport.prepare(delivery)
    except Refused as error:
        return _refused(delivery, error)
    except Exception:
        logger.exception("Delivery %s could not be prepared", delivery.pk)
        return _refused(
            delivery,
            Refused(Sentence("The message could not be prepared for this road."), permanent=False),
        )
    delivery.hand_over()
    try:
        remote_id = transport.send(delivery, prepared)
        ask_after = settings.ASK_PAUSES[0] if transport.follows else None
        delivery.mark_sent(remote_id, ask_after=ask_after)
    except Refused as error:
        _refused(delivery, error)
    except Uncertain as error:
        delivery.doubt(str(error))
    except WrongStatus:
        raise
    except Exception:
        logger.exception("Delivery %s was interrupted", delivery.pk)
        delivery.doubt(
            Sentence("The hand-over was interrupted by a fault: the message may have arrived.")
        )


def _refused(delivery: Delivery, error: Refused) -> None:
    pauses = settings.RETRY_PAUSES
    if error.permanent:
        delivery.fail(str(error), for_good=True)
    elif delivery.attempts > len(pauses):
        delivery.fail(
            Sentence(
                "Given up after %(attempts)s attempts. %(error)s",
                attempts=delivery.attempts,
                error=error,
            )
        )
    else:
        pause = pauses[delivery.attempts - 1]
        jitter = 1 + random.uniform(-settings.RETRY_JITTER, settings.RETRY_JITTER)
        delivery.retry(str(error), pause * jitter)


def fail_roadless() -> int:
    """Fail, for good, what no road leads to."""
    roadless = Delivery.objects.claim_due("none", BATCH, settings.CLAIM_SECONDS)
    for delivery in roadless:
        delivery.fail(no_road(delivery.address), for_good=True)
        delivery.message.settle()
    return len(roadless)


def count_correspondents() -> None:
    """Who wrote with whom since the last time, for who looks for a recipient."""
    until = time.monotonic() + STRETCH
    while Correspondent.objects.catch_up() and time.monotonic() < until:
        pass


def remind() -> None:
    """Mail the contacts of boxes in which something waits too long."""
    reminding.remind()


def housekeeping() -> None:
    """Seal the log, remove what is past its retention, its days or its sign-in, free contents
    without reference."""
    LogSeal.objects.seal()
    for box in Box.objects.exclude(retention_days=None):
        while Message.objects.remove_expired(box):
            pass
        Correspondent.objects.remove_expired(box)
    while Content.objects.free():
        pass
    while Change.objects.remove_expired():
        pass
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    Failure.objects.filter(stopped__lt=now() - KEPT_FAILURES).delete()
