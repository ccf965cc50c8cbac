"""Keeps web, cluster and render server running, and ends them all when it ends.

Each child leads a process group of its own and is tied to this process (see ``tether``): when
the supervisor is told to stop, the groups are told too and then killed; when it is killed, the
kernel kills them.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.conf import settings

from transports.watchdog import Watchdog

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
# A child that lived so long starts again at once when it dies.
STEADY = 60.0


class Child:
    """One program with its family, started again whenever it ends."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen | None = None
        self._started_at = 0.0
        self._due_at = 0.0
        self._pause = 0.5

    @property
    def group(self) -> int:
        """The process group, which is also the first process's id; 0 when it does not run."""
        return self._process.pid if self._process else 0

    def tend(self) -> None:
        """Start it when that is due; clear away what is left of it when it ended."""
        if self._process is None:
            if time.monotonic() >= self._due_at:
                self._start()
        elif self._process.poll() is not None:
            logger.error("%s ended (%s); it starts again.", self.name, self._process.returncode)
            self.kill()

    def kill(self) -> None:
        """End the whole group at once; a pause that grows stands before the next start."""
        if self._process is None:
            return
        _signal_group(self.group, signal.SIGKILL)
        self._process.wait()
        steady = time.monotonic() - self._started_at > STEADY
        self._pause = 0.5 if steady else min(self._pause * 2, LONGEST_PAUSE)
        self._due_at = time.monotonic() + self._pause
        self._process = None

    def ask_to_stop(self) -> None:
        """Tell the first process only: it knows in which order its family ends."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def has_stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _start(self) -> None:
        command = [sys.executable, "-m", "transports.tether", str(os.getpid()), *self._command]
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )


class Supervisor:
    """Runs until SIGTERM or SIGINT. ``cluster`` is the child that the watchdog listens to."""

    def __init__(self, children: Sequence[Child], cluster: Child | None = None) -> None:
        self._children = children
        self._cluster = cluster
        self._watchdog = Watchdog(lambda: cluster.group) if cluster else None
        self._stopping = False

    def run(self, each_round: Callable[[], None] = lambda: None) -> None:
        """``each_round`` is called about once a second, and must not wait."""
        wake = _wake_on(signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, heard=self._hear)
        if self._watchdog:
            self._watchdog.start()
        try:
            while not self._stopping:
                self._tend()
                each_round()
                wake(1.0)
        finally:
            self._stop(wake)

    def _hear(self, number: int) -> None:
        if number != signal.SIGCHLD:
            self._stopping = True

    def _tend(self) -> None:
        if self._watchdog and self._cluster and self._watchdog.deaf.is_set():
            logger.error("The cluster is deaf; a new one takes its place.")
            self._cluster.kill()
            self._watchdog.deaf.clear()
        for child in self._children:
            child.tend()

    def _stop(self, wake: Callable[[float], None]) -> None:
        """Ask politely, wait a moment, then end whatever is left."""
        until = time.monotonic() + settings.STOP_SECONDS
        for child in self._children:
            child.ask_to_stop()
        while not all(child.has_stopped() for child in self._children):
            left = until - time.monotonic()
            if left <= 0:
                break
            wake(min(left, 0.2))
        for child in self._children:
            child.kill()


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _wake_on(*numbers: int, heard: Callable[[int], None]) -> Callable[[float], None]:
    """A function that waits for one of these signals, at most so many seconds."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    for number in numbers:
        signal.signal(number, lambda number, frame: heard(number))
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(reading, select.POLLIN)

    def wake(seconds: float) -> None:
        poll.poll(seconds * 1000)
        with suppress(BlockingIOError):
            os.read(reading, 4096)

    return wake
