"""The render server: a process without secrets or database that lays out hostile content.

``python -m viewer.renderserver --socket PATH`` listens there; ``--control FD`` serves one
parent process and ends with it. The renderers are imported once; each job gets a forked child
that can be killed (see ``viewer.renderchild``). No more jobs than ``--jobs`` run at a time, and
no more than ``--jobs-per-box`` of one box: the others wait for their turn.
"""

import argparse
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings

from viewer import renderchild, wire
from viewer.heap import fill_holes, join_pages
from viewer.jobs import Job, Known, Rendered, Taken

if __name__ == "__main__":
    # pydicom loads it to fetch samples; here it has nobody to call, and each fork would copy it.
    sys.modules["requests"] = None  # type: ignore[assignment]
from viewer.renderers import prepare, serve

BASE_DIR = Path(__file__).resolve().parent.parent
# LC_CTYPE is what Python itself sets where no language is set at all.
KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV")
TAGS = ("report", "words")
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


def clean_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}


@dataclass
class Caller:
    """One line to a process that wants something laid out, and the child that works on it."""

    line: socket.socket
    box: bytes = b""
    pid: int = 0
    process: int = -1


@dataclass
class Spare:
    """A child made ahead of its job, and the door through which it is handed a caller's line."""

    pid: int
    process: int
    door: socket.socket


class Server:
    """Takes callers in the order in which they came, and watches their children.

    One child stands ready while nobody waits: a message then waits for no fork.
    """

    def __init__(
        self, render: Callable[[Job], Rendered | Known | Taken], jobs: int, jobs_per_box: int
    ) -> None:
        self.render = render
        self.jobs = jobs
        self.jobs_per_box = jobs_per_box
        self.running: list[Caller] = []
        self.waiting: list[Caller] = []
        self.rules = renderchild.rules()
        self.spare: Spare | None = None
        self.spare_wanted = True
        self.poll = select.poll()
        self.handlers: dict[int, Callable[[int], None]] = {}
        self.stop, self.bell = os.pipe()
        os.set_blocking(self.bell, False)
        self.watch(self.stop, select.POLLIN, lambda event: sys.exit(0))

    def watch(self, descriptor: int, events: int, handler: Callable[[int], None]) -> None:
        self.poll.register(descriptor, events)
        self.handlers[descriptor] = handler

    def forget(self, descriptor: int) -> None:
        self.poll.unregister(descriptor)
        del self.handlers[descriptor]

    def serve(self) -> None:
        self._make_spare()
        while True:
            for descriptor, event in self.poll.poll():
                # An earlier event of this round may have closed it.
                if descriptor in self.handlers:
                    self.handlers[descriptor](event)
            self._start_waiting()
            self._make_spare()

    def stop_on(self, number: signal.Signals) -> None:
        """End at the signal, between two events: what a handler raises within a fork is lost."""
        signal.set_wakeup_fd(self.bell)
        signal.signal(number, lambda number, frame: None)

    def end(self) -> None:
        spare = [self.spare.pid] if self.spare else []
        for pid in [*spare, *(caller.pid for caller in self.running)]:
            os.kill(pid, signal.SIGKILL)

    def admit(self, line: socket.socket) -> None:
        caller = Caller(line)
        self.watch(
            line.fileno(), select.POLLIN | _GONE, lambda event: self._identify(caller, event)
        )

    def _identify(self, caller: Caller, event: int) -> None:
        """A caller says for which box it asks; from then on only its leaving matters."""
        try:
            caller.box += caller.line.recv(wire.BOX_BYTES - len(caller.box), socket.MSG_DONTWAIT)
        except OSError:
            event = _GONE
        if event & _GONE:
            self._dismiss(caller)
        elif len(caller.box) == wire.BOX_BYTES:
            self.watch(caller.line.fileno(), _GONE, lambda event: self._dismiss(caller))
            self.waiting.append(caller)

    def _start_waiting(self) -> None:
        for caller in list(self.waiting):
            busy = sum(other.box == caller.box for other in self.running)
            if len(self.running) < self.jobs and busy < self.jobs_per_box:
                self.waiting.remove(caller)
                self._start(caller)

    def _start(self, caller: Caller) -> None:
        with suppress(OSError):
            caller.line.send(wire.STARTED, socket.MSG_DONTWAIT)
        if not self._hand_over(caller):
            caller.pid = self._fork(caller.line)
            caller.process = os.pidfd_open(caller.pid)
        self.running.append(caller)
        self.watch(caller.process, select.POLLIN, lambda event: self._reap(caller))

    def _fork(self, line: socket.socket, *others: socket.socket, ahead: bool = False) -> int:
        pid = os.fork()
        if pid == 0:
            doors = [*others, *([self.spare.door] if self.spare else [])]
            closed = [*self.handlers, self.bell, *(door.fileno() for door in doors)]
            renderchild.run(line, self.render, closed, self.rules, ahead)
        return pid

    def _make_spare(self) -> None:
        """After each job, once nobody else is at work; one that died by itself is not replaced
        before the next, so that nothing turns in circles."""
        if not self.spare_wanted or self.running or self.waiting:
            return
        door, theirs = socket.socketpair()
        with theirs:
            pid = self._fork(theirs, door, ahead=True)
        spare = self.spare = Spare(pid, os.pidfd_open(pid), door)
        self.spare_wanted = False
        self.watch(spare.process, select.POLLIN, lambda event: self._lose(spare))

    def _hand_over(self, caller: Caller) -> bool:
        spare = self.spare
        if spare is None:
            return False
        try:
            socket.send_fds(spare.door, [b"+"], [caller.line.fileno()])
        except OSError:  # it died a moment ago
            self._lose(spare)
            return False
        self._let_go(spare)
        caller.pid, caller.process = spare.pid, spare.process
        return True

    def _lose(self, spare: Spare) -> None:
        os.waitpid(spare.pid, 0)
        self._let_go(spare)
        os.close(spare.process)

    def _let_go(self, spare: Spare) -> None:
        self.spare = None
        self.forget(spare.process)
        spare.door.close()

    def _reap(self, caller: Caller) -> None:
        _, status = os.waitpid(caller.pid, 0)
        self.running.remove(caller)
        self.forget(caller.process)
        os.close(caller.process)
        caller.pid = 0
        self.spare_wanted = self.spare is None
        with suppress(OSError):
            caller.line.send(renderchild.verdict(status), socket.MSG_DONTWAIT)
        self._dismiss(caller)

    def _dismiss(self, caller: Caller) -> None:
        """The caller has its answer or went away: nothing of it stays."""
        if caller.pid:
            os.kill(caller.pid, signal.SIGKILL)
            if caller.line.fileno() in self.handlers:
                self.forget(caller.line.fileno())
            return  # closed when the child is reaped
        if caller in self.waiting:
            self.waiting.remove(caller)
        if caller.line.fileno() in self.handlers:
            self.forget(caller.line.fileno())
        caller.line.close()


def configure() -> None:
    """Templates and languages, and nothing else of the project."""
    settings.configure(
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [BASE_DIR / "templates"],
                "OPTIONS": {"libraries": {name: f"viewer.templatetags.{name}" for name in TAGS}},
            }
        ],
        LANGUAGES=[("nl", "Nederlands"), ("en", "English")],
        LANGUAGE_CODE="nl",
        LOCALE_PATHS=[BASE_DIR / "locale"],
        USE_I18N=True,
        USE_TZ=True,
        TIME_ZONE="Europe/Amsterdam",
    )
    django.setup()


def listen(server: Server, path: str) -> None:
    """Take callers on a socket that only this account may reach."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o177)
    # Under its own name only when somebody listens: a name without a listener refuses.
    fresh = f"{path}.{os.getpid()}"
    listening.bind(fresh)
    listening.listen(128)
    os.replace(fresh, path)
    server.watch(
        listening.fileno(), select.POLLIN, lambda event: server.admit(listening.accept()[0])
    )


def attend(server: Server, descriptor: int) -> None:
    """Take lines that a parent hands over; its end is ours."""
    control = socket.socket(fileno=descriptor)

    def take(event: int) -> None:
        found, lines, _, _ = socket.recv_fds(control, 1, 1)
        if not found:
            sys.exit(0)
        server.admit(socket.socket(fileno=lines[0]))

    server.watch(descriptor, select.POLLIN, take)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    door = parser.add_mutually_exclusive_group(required=True)
    door.add_argument("--socket")
    door.add_argument("--control", type=int)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--jobs-per-box", type=int, default=2)
    options = parser.parse_args()
    if dict(os.environ) != clean_environment():
        # What a hostile content gets hold of, it cannot read a secret from.
        command = [sys.executable, "-m", "viewer.renderserver", *sys.argv[1:]]
        os.execve(sys.executable, command, clean_environment())
    renderchild.hide_memory()
    # A child may write nothing, so whatever it loads late it must load without a cache.
    sys.dont_write_bytecode = True
    configure()
    prepare()
    server = Server(serve, options.jobs, options.jobs_per_box)
    server.stop_on(signal.SIGTERM)
    if options.socket:
        listen(server, options.socket)
    else:
        attend(server, options.control)
    gc.collect()
    gc.freeze()
    fill_holes()
    join_pages()
    try:
        server.serve()
    finally:
        server.end()


if __name__ == "__main__":
    main()
