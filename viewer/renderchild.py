"""What one forked child of the render server does: read one job, lay it out, answer, die.

It gives up whatever it does not need before it looks at the first byte of the content, as far as
the kernel lets it (``viewer.landlock``, ``viewer.syscalls``), and the kernel ends it when it uses
too much: no thread and no Python signal stops native code.
"""

import ctypes
import gc
import math
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterable
from typing import NoReturn

from viewer import landlock, syscalls, wire
from viewer.jobs import Job, Known, Limits, Rendered, Taken

EXIT_MEMORY, EXIT_OUTPUT, EXIT_FAILED = 11, 12, 13
MAX_HEAD = 64 * 1024
MAX_CONTENT = 64 * 1024 * 1024
# A sane length of time to receive a job in; the limits of the job itself come with it.
RECEIVE_SECONDS = 5
RUBBISH = 100_000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_libc = ctypes.CDLL(None, use_errno=True)


def run(
    line: socket.socket,
    render: Callable[[Job], Rendered | Known | Taken],
    others: Iterable[int],
    rules: int,
    ahead: bool = False,
) -> NoReturn:
    """Serve one job and leave the process.

    ``others`` are the server's own descriptors, ``rules`` those of Landlock. A child that was made
    ``ahead`` of its job waits on ``line`` until it is handed the one to its caller.
    """
    status = EXIT_FAILED
    try:
        for descriptor in others:
            # An open line of another caller would keep that one waiting for its end.
            if descriptor != line.fileno():
                os.close(descriptor)
        _forget_signals()
        # What lives for one message has few cycles to look for, and the kernel counts its memory.
        gc.set_threshold(RUBBISH)
        held = _give_up(rules)
        if ahead:
            line = _handed(line)
        signal.setitimer(signal.ITIMER_REAL, RECEIVE_SECONDS)
        head = wire.receive_block(line, MAX_HEAD)
        job, limits = Job.unpack(head, wire.receive_block(line, MAX_CONTENT))
        _confine(limits, held)
        status = _answer(line, render(job), limits.output)
    except MemoryError:
        status = EXIT_MEMORY
    except BaseException:
        status = EXIT_FAILED
    finally:
        os._exit(status)


def rules() -> int:
    """What children are confined under, composed once (see ``viewer.landlock``)."""
    return landlock.rules(_libc)


def hide_memory() -> None:
    """No other process of the account gets at our memory and environment, nor at a child's."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def verdict(status: int) -> bytes:
    """What to tell a caller whose child ended so (a status of ``os.waitpid``)."""
    if os.WIFSIGNALED(status):
        timed = os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU)
        return wire.TIME if timed else wire.CRASH
    codes = {0: b"", EXIT_MEMORY: wire.MEMORY, EXIT_OUTPUT: wire.OUTPUT}
    return codes.get(os.WEXITSTATUS(status), wire.CRASH)


def _answer(line: socket.socket, rendered: Rendered | Known | Taken, at_most: int) -> int:
    body = rendered.pack()
    if len(body) > at_most:
        return EXIT_OUTPUT
    wire.send_block(line, body)
    return 0


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for name in ("SIGALRM", "SIGXCPU", "SIGTERM", "SIGINT"):
        signal.signal(signal.Signals[name], signal.SIG_DFL)
    # Who writes a file is told EFBIG, and not killed: a library may well do without its cache.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _handed(door: socket.socket) -> socket.socket:
    """The caller's line; the end of the server is the end of this process too."""
    found, lines, _, _ = socket.recv_fds(door, 1, 1)
    if not found:
        raise wire.Ended(b"")
    door.close()
    return socket.socket(fileno=lines[0])


def _give_up(rules: int) -> int:
    """No new rights, and nothing read but code, libraries, templates and words.

    Returns the size of the address space that it began with.
    """
    held = _address_space()
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    landlock.confine(_libc, rules)
    return held


def _confine(limits: Limits, held: int) -> None:
    """From here on also: so much time, so much memory, nothing written, no process, no
    connection, and no hold on any other process.
    """
    signal.setitimer(signal.ITIMER_REAL, limits.wall)
    seconds = max(1, math.ceil(limits.cpu))
    # At the hard limit the kernel sends SIGKILL, which would not tell that it was time.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    memory = held + limits.memory
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    syscalls.confine(_libc)


def _address_space() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()
