"""Fetching what waits at other systems, account by account."""

import logging

from django.conf import settings

from transports.base import Refused
from transports.doorbell import queue
from transports.models import Account
from transports.registry import transport_named

logger = logging.getLogger(__name__)


def start_collecting() -> None:
    """A task for each account whose turn it is; a slow system delays no other."""
    for account in Account.objects.collecting():
        if account.claim_collecting(settings.CLAIM_SECONDS):
            queue("transports.collecting.collect", account.pk)


def collect(pk: int) -> int:
    """Fetch what waits at one account's system; returns how much was new."""
    account = Account.objects.collecting().select_related("box").filter(pk=pk).first()
    if account is None:
        return 0  # switched off since
    try:
        count = transport_named(account.transport).collect(account)
    except Refused as error:
        account.collected(settings.COLLECT_SECONDS * 5, str(error))
        return 0
    except Exception:
        logger.exception("Account %s could not be collected from", pk)
        account.collected(
            settings.COLLECT_SECONDS * 5,
            "Collecting was interrupted by a fault; the process log has it. It goes on by itself.",
        )
        return 0
    account.collected(settings.COLLECT_SECONDS)
    return count
