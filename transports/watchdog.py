"""Tells a working cluster from a deaf one.

A django-q2 cluster whose worker was killed at the wrong moment looks healthy, and yet takes no
task ever again. So it is asked: a sweep is queued, and the heartbeat that it leaves is the
answer. Silence of workers that have nothing else to do shows soon that they cannot hear.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django_q.tasks import async_task

from transports import tasks
from transports.models import Heartbeat

logger = logging.getLogger(__name__)

# A machine that is too busy to answer in time must not be kept busy with new clusters.
MOST_PATIENT = 16


class Watchdog(threading.Thread):
    """Asks the cluster for a sweep, again and again; ``deaf`` is set when no answer comes.

    It has a thread of its own: a database or broker that keeps it waiting must not keep the
    supervisor from stopping. ``group`` gives the cluster's process group, 0 while there is none.
    """

    def __init__(self, group: Callable[[], int]) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.deaf = threading.Event()
        self._group = group
        self._patience = 1
        self._begin(0)

    def run(self) -> None:
        while True:
            time.sleep(min(1.0, settings.SWEEP_SECONDS))
            try:
                self.look()
            except Exception as error:
                logger.warning("The cluster cannot be watched just now: %s", error)
                connection.close()
                self._begin(self._watched)

    def _begin(self, group: int) -> None:
        """Watch this cluster from now on, and ask it at the next look."""
        self._watched = group
        self._before: datetime | None = None
        self._asked_at = self._last_asked_at = self._silent_since = 0.0

    def look(self) -> None:
        """Once a second: has it answered, is it deaf, is it time to ask again?"""
        group, moment = self._group(), time.monotonic()
        if group != self._watched:
            self._begin(group)
        if not group:
            return
        if self._asked_at and Heartbeat.last() != self._before:
            self._asked_at = self._silent_since = 0.0
            self._patience = 1
        if self._asked_at and self._is_deaf(group, moment):
            logger.error("The cluster took no task for %.0f s.", moment - self._asked_at)
            self._patience = min(self._patience * 2, MOST_PATIENT)
            self.deaf.set()
            self._begin(0)
        elif moment - self._last_asked_at >= settings.SWEEP_SECONDS or not self._last_asked_at:
            self._ask(moment)

    def _ask(self, moment: float) -> None:
        self._last_asked_at = moment
        if not self._asked_at:
            self._before = Heartbeat.last()
        try:
            async_task("transports.tasks.sweep")
        except Exception as error:
            logger.warning("The broker does not answer, so the supervisor sweeps: %s", error)
            self._asked_at = 0.0
            tasks.sweep()
            return
        self._asked_at = self._asked_at or moment

    def _is_deaf(self, group: int, moment: float) -> bool:
        if are_idle(group):
            self._silent_since = self._silent_since or moment
        else:
            self._silent_since = 0.0
        silent = moment - self._silent_since if self._silent_since else -1.0
        return (
            silent > settings.DEAF_SECONDS * self._patience
            or moment - self._asked_at > settings.HEARTBEAT_LIMIT * self._patience
        )


def are_idle(group: int) -> bool:
    """Whether the workers of a cluster wait for work, by the titles that django-q2 gives them.

    False as well when nothing can be known.
    """
    titles = [title for title in _titles(group) if title.startswith("qcluster ")]
    return any(title.endswith(" idle") for title in titles) and not any(
        " processing " in title for title in titles
    )


def _titles(group: int) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                title = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(title.decode(errors="replace").strip())
        except (OSError, IndexError):
            continue  # it ended while we looked
    return found
