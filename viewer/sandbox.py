"""Has a job laid out by the render server, and says in time when that will not happen.

``RENDER_SOCKET`` names a server that somebody else keeps running. Without it each process
starts one of its own at the first job, hands it one end of a socket pair for every job, and
takes it along when it ends: the server reads the end of its control line.
"""

import atexit
import hashlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.conf import settings

from viewer import wire
from viewer.jobs import Job, Known, Limits, Rendered, Taken
from viewer.renderserver import BASE_DIR, clean_environment

# What a killed child and its server need on top of the child's own time.
GRACE = 1.5


R = TypeVar("R", Rendered, Known, Taken)


class Busy(Exception):
    """Others are being served; this job did not get its turn within the wait."""


class Failed(Exception):
    """The content did not get through its own limits; ``reason`` is a word of ``viewer.wire``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """There is no render server, and none could be started."""


def render(job: Job, box_name: str) -> Rendered:
    """The job, laid out in a process that can be killed. Raises Busy, Failed or Unreachable."""
    return _served(job, box_name, Rendered.unpack)


def know(job: Job, box_name: str) -> Known:
    """What a list tells about the job's content. Raises Busy, Failed or Unreachable."""
    return _served(job, box_name, Known.unpack)


def take(job: Job, box_name: str) -> Taken:
    """One of the files in the job's content. Raises Busy, Failed or Unreachable."""
    # A file is not larger than the content that it came in, but for its letters in UTF-8.
    return _served(job, box_name, Taken.unpack, output=3 * len(job.content) + 4096)


def _served(job: Job, box_name: str, unpack: Callable[[bytes], R], output: int | None = None) -> R:
    limits = Limits(
        settings.RENDER_SECONDS,
        settings.RENDER_CPU_SECONDS,
        settings.RENDER_MEMORY,
        output or settings.RENDER_OUTPUT,
    )
    waited_from = time.monotonic()
    with _line() as line:
        _await_turn(line, box_name, waited_from)
        body = _exchange(line, job, limits)
    try:
        return unpack(body)
    except (ValueError, TypeError, KeyError) as error:
        raise Failed("crash") from error


def _line() -> socket.socket:
    if not settings.RENDER_SOCKET:
        return _private.line()
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(settings.RENDER_SOCKET)
    except OSError as error:
        line.close()
        raise Unreachable(settings.RENDER_SOCKET) from error
    return line


def _await_turn(line: socket.socket, box_name: str, since: float) -> None:
    line.settimeout(max(0.05, settings.RENDER_WAIT - (time.monotonic() - since)))
    try:
        line.sendall(hashlib.sha256(box_name.encode()).digest())
        wire.receive(line, len(wire.STARTED))
    except TimeoutError as error:
        raise Busy from error
    except (OSError, wire.Ended) as error:
        raise Unreachable("the render server left") from error


def _exchange(line: socket.socket, job: Job, limits: Limits) -> bytes:
    line.settimeout(limits.wall + GRACE)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            wire.send_block(line, job.pack(limits), job.content)
        return wire.receive_block(line, limits.output)
    except wire.Ended as end:
        raise Failed(wire.REASONS.get(end.rest[-1:], "crash")) from end
    except TimeoutError as error:
        raise Failed("time") from error
    except (OSError, ValueError) as error:
        raise Failed("crash") from error


class _Private:
    """The render server of this process, started when first needed and again when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen | None = None

    def line(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._hand_over(theirs)
            except OSError as error:
                ours.close()
                raise Unreachable("the render server does not start") from error
        return ours

    def stop(self) -> None:
        """End the server and wait for it; a copy of this object in a forked process leaves it."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.terminate()
            self._process.wait()
        self._control = self._process = None

    def _hand_over(self, line: socket.socket) -> None:
        with self._lock:
            if self._owner != os.getpid() or not self._lives():
                self._start()
            assert self._control is not None
            socket.send_fds(self._control, [b"+"], [line.fileno()])

    def _lives(self) -> bool:
        if self._control is None or self._process is None or self._process.poll() is not None:
            return False
        hung_up = select.poll()
        hung_up.register(self._control, select.POLLRDHUP)
        return not hung_up.poll(0)

    def _start(self) -> None:
        self.stop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [
            *(sys.executable, "-m", "viewer.renderserver", "--control", str(theirs.fileno())),
            *("--jobs", str(settings.RENDER_JOBS)),
            *("--jobs-per-box", str(settings.RENDER_JOBS_PER_BOX)),
        ]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=clean_environment(),
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._owner = os.getpid()


_private = _Private()
atexit.register(_private.stop)
