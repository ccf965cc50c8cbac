"""How much one key, and one address that is refused, may ask in a minute.

Counters of fixed minutes in the cache. Without Redis each web process counts for itself,
so each takes its share. A cache that is down limits nobody: a message must not be lost
for want of a counter.
"""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from boxes.api.errors import Problem

logger = logging.getLogger(__name__)

WINDOW = 60


def count_request(subject: str) -> None:
    """Raises Problem when the key asked more than its share of this minute."""
    _count(f"key:{subject}", settings.KEY_RATE_PER_MINUTE)


def count_refusal(address: str) -> None:
    """Raises Problem when this address was refused more often than its share."""
    _count(f"refused:{address}", settings.REFUSAL_RATE_PER_MINUTE)


def _count(name: str, limit: int) -> None:
    moment = time.time()
    if not settings.REDIS_URL:
        limit = max(1, limit // settings.WEB_CONCURRENCY)
    if _add(f"rate:{name}:{int(moment // WINDOW)}") > limit:
        raise Problem(
            _("Too many requests: at most %(limit)d a minute. Try again in %(seconds)d seconds.")
            % {"limit": limit, "seconds": WINDOW - int(moment % WINDOW)},
            status=429,
            code="rate_limited",
            headers={"Retry-After": str(WINDOW - int(moment % WINDOW))},
        )


def _add(key: str) -> int:
    try:
        try:
            return cache.incr(key)
        except ValueError:
            return 1 if cache.add(key, 1, WINDOW * 2) else cache.incr(key)
    except Exception:
        logger.exception("The cache does not count requests")
        return 0
