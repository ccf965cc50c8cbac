"""The task that posts what happened to the webhooks that are due.

One task at a time, so that webhooks hold one worker at most; in it a thread for each, so that
a slow one does not delay the others. A webhook that has much to take gives its thread to the
next one after a while.
"""

import logging
import random
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import connections
from django.utils.timezone import now

from boxes.api.events import event, event_id
from boxes.api.json import dumps
from boxes.api.moments import stamp
from boxes.encryption import Undecryptable
from boxes.models import Change, LogEntry
from boxes.sentence import Sentence
from boxes.xuid import new_xuid
from transports.doorbell import STRETCH, queue
from transports.models import Doorbell
from transports.webhooks.model import Webhook
from transports.webhooks.posting import NotTaken, Receiver
from transports.wire.http import Site

logger = logging.getLogger(__name__)

BELL = "webhooks"
TASK = "transports.webhooks.telling.tell_webhooks"
AT_ONCE = 8
BATCH = 100
# So long one of them keeps its thread.
TURN = 5.0
# So long the task stays for changes that wait for an earlier transaction to end.
PATIENCE = 2.0
LOOK_AGAIN_SECONDS = 0.1


def start_telling() -> None:
    """Wake a worker when a webhook is due, unless one is at it: that one looks for more."""
    due = Webhook.objects.due_soon().exists() and not Webhook.objects.in_flight().exists()
    if due and Doorbell.ring(BELL):
        queue(TASK)


def tell_webhooks() -> None:
    Doorbell.answer(BELL)
    begun = time.monotonic()
    flying: set[Future] = set()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while True:
            if time.monotonic() < begun + STRETCH:
                due = Webhook.objects.claim_due(AT_ONCE - len(flying), claim_seconds())
                flying |= {threads.submit(_turn, webhook) for webhook in due}
            if flying:
                _done, flying = wait(flying, LOOK_AGAIN_SECONDS, FIRST_COMPLETED)
            elif time.monotonic() < begun + PATIENCE and Webhook.objects.due_soon().exists():
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                break
    if Webhook.objects.due().exists() and Doorbell.ring(BELL):
        queue(TASK)


def claim_seconds() -> float:
    """Longer than one post may take; the claim is made new after each."""
    return settings.WEBHOOK_TIMEOUT + TURN + 15


def _turn(webhook: Webhook) -> None:
    """In a thread, with a connection of its own."""
    try:
        tell(webhook)
    except Exception:
        logger.exception("Webhook %s was interrupted", webhook.pk)
        _refused(
            webhook, NotTaken(Sentence("The event could not be posted because of a fault here."))
        )
    finally:
        connections.close_all()


def tell(webhook: Webhook) -> None:
    """Post what the webhook has not had, in order, until it has all or its turn ends."""
    until = time.monotonic() + TURN
    while changes := _batch(webhook):
        LogEntry.objects.record(
            "webhook",
            box=webhook.box,
            xuids=list(dict.fromkeys(change.xuid for change in changes)),
            detail=f"to {webhook.host}",
        )
        for change in changes:
            try:
                body = dumps(event(change, webhook.box))
                receiver_of(webhook).post(event_id(change), body)
            except (NotTaken, Undecryptable) as error:
                _refused(webhook, error)
                return
            if not webhook.took(change.position, claim_seconds()):
                return  # it was turned off, moved or removed meanwhile
            if time.monotonic() > until:
                webhook.let_go()
                return
    webhook.let_go()


def _batch(webhook: Webhook) -> list[Change]:
    """The next ones; only one for a receiver that did not take it last time."""
    size = 1 if webhook.attempts else BATCH
    return list(Change.objects.told(webhook.box, webhook.position)[:size])


def receiver_of(webhook: Webhook) -> Receiver:
    """Raises Undecryptable."""
    site = Site(
        name=webhook.host,
        url=webhook.url,
        origin=Sentence("the webhook of box %(box)s", box=webhook.box.name),
        ca_file=settings.WEBHOOKS_CA_FILE,
        timeout=settings.WEBHOOK_TIMEOUT,
        private=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES,
    )
    return Receiver(site, webhook.secret)


def _refused(webhook: Webhook, error: Exception) -> None:
    pauses = settings.RETRY_PAUSES
    if getattr(error, "gone", False):
        webhook.give_up(str(error))
    elif webhook.attempts >= len(pauses):
        webhook.give_up(
            Sentence(
                "Given up after %(attempts)s attempts. %(error)s",
                attempts=webhook.attempts + 1,
                error=str(error),
            )
        )
    else:
        jitter = 1 + random.uniform(-settings.RETRY_JITTER, settings.RETRY_JITTER)
        webhook.retry(str(error), pauses[webhook.attempts] * jitter)


def try_out(webhook: Webhook) -> int:
    """Post an event that tells nothing, now; the receiver's status. Raises NotTaken or
    Undecryptable."""
    identifier = new_xuid()
    told = {
        "id": identifier,
        "at": stamp(now()),
        "type": "webhook.test",
        "box": webhook.box.name,
    }
    return receiver_of(webhook).post(identifier, dumps(told))
