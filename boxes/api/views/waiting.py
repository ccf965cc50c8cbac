"""Requests that wait until there is something to answer."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import connection

from boxes.api.auth import authenticated
from boxes.api.views.base import BoxView

LOOK_AGAIN_SECONDS = 0.5
T = TypeVar("T")

# Those who wait may hold half of this process's threads; the rest are answered at once.
places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


class WaitingView(BoxView):
    def awaited(self, look: Callable[[], T], found: Callable[[T], bool], seconds: float) -> T:
        """What ``look`` gives; nothing found only after so many seconds, when there is room
        to wait."""
        value = look()
        if found(value) or not seconds or not places.acquire(blocking=False):
            return value
        try:
            until = time.monotonic() + seconds
            while not found(value) and time.monotonic() < until:
                leave_database()
                time.sleep(min(LOOK_AGAIN_SECONDS, max(0, until - time.monotonic())))
                value = look()
        finally:
            places.release()
        authenticated(self.request._request)  # key and box may have been withdrawn meanwhile
        self.box = self.opened(self.box.name)
        return value


def leave_database() -> None:
    """Give a pooled connection back while nothing is asked of it."""
    if "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close()
