"""Fetching what waits at other systems, account by account."""

import logging
import time

from django.conf import settings
from django.utils.timezone import now

from boxes.sentence import Sentence
from transports.base import Refused
from transports.doorbell import STRETCH, queue
from transports.models import Account
from transports.registry import transport_named

logger = logging.getLogger(__name__)

INTERRUPTED = Sentence(
    "Collecting was interrupted by a fault; the process log has it. It goes on by itself."
)


def start_collecting() -> None:
    """One worker collects at a time, however many accounts are slow: the rest are for what
    goes out."""
    due = Account.objects.collecting().filter(collect_at__lte=now())
    if due.exists() and not Account.objects.being_collected().exists():
        queue("transports.collecting.collect")


def collect() -> int:
    """Collect from one account after the other; returns how much was new."""
    until, new = time.monotonic() + STRETCH, 0
    while time.monotonic() < until:
        account = Account.objects.claim_due(settings.CLAIM_SECONDS)
        if account is None:
            break
        new += collect_from(account)
    return new


def collect_from(account: Account) -> int:
    try:
        count = transport_named(account.transport).collect(account)
    except Refused as error:
        account.collected(settings.COLLECT_SECONDS * 5, str(error))
        return 0
    except Exception:
        logger.exception("Account %s could not be collected from", account.pk)
        account.collected(settings.COLLECT_SECONDS * 5, INTERRUPTED)
        return 0
    account.collected(settings.COLLECT_SECONDS)
    return count
