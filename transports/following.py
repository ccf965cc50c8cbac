"""Asking other systems what became of the deliveries that they took, or may have taken."""

import logging
import time

from django.conf import settings

from boxes.models import Delivery
from transports.base import Refused, Transport
from transports.doorbell import STRETCH, queue
from transports.registry import transport_named, transports

logger = logging.getLogger(__name__)


def start_following() -> None:
    """A task for each road whose system has to be asked what became of deliveries."""
    for name in [road.name for road in transports() if road.follows]:
        if Delivery.objects.to_ask([name]).exists():
            queue("transports.following.follow", name)


def follow(name: str) -> int:
    """Ask one system about its deliveries; returns how many moved."""
    road, moved, until = transport_named(name), 0, time.monotonic() + STRETCH
    while time.monotonic() < until:
        asked = Delivery.objects.claim_questions([name], 1)
        if not asked:
            break
        moved += ask_about(road, asked[0])
    return moved


def ask_about(road: Transport, delivery: Delivery) -> bool:
    try:
        report = road.ask(delivery)
    except Refused as error:
        logger.info("%s was not asked about a delivery: %s", road.title, error)
        report = None
    except Exception:
        logger.exception("Delivery %s could not be asked about", delivery.pk)
        report = None
    delivery.ask_again(settings.ASK_PAUSES)
    return report is not None and delivery.report(
        report.status, report.sentence, report.remote_id, for_good=report.for_good
    )
