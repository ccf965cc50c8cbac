"""A line to another host that is open, or known to be out of reach, by a deadline.

The standard library's time-outs begin anew with each read, and finding a host knows none.
"""

import queue
import socket
import threading
from collections.abc import Callable
from time import monotonic

from boxes.sentence import Sentence


class Deadline:
    """The moment by which a whole conversation has ended."""

    def __init__(self, seconds: float) -> None:
        self.at = monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds that are left. Raises TimeoutError when there are none."""
        left = self.at - monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return left if at_most is None else min(left, at_most)


def nothing_refused(address: str) -> None:
    """Every address may be connected to."""


def connect(
    host: str,
    port: int,
    seconds: float,
    refuse: Callable[[str], None] = nothing_refused,
) -> socket.socket:
    """A connection to the first address of the host that answers; each has its share of the
    time, so that one that is silent does not take it from the next.

    ``refuse`` is asked about each address that the name leads to, before any is tried, and
    raises what the caller wants raised. Raises OSError.
    """
    problem: OSError = OSError(Sentence("the host has no address"))
    until = monotonic() + seconds
    found = addresses(host, port, until)
    for *_, address in found:
        refuse(address[0])
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(max(0.01, (until - monotonic()) / (len(found) - tried)))
            candidate.connect(address)
            return candidate
        except OSError as error:
            candidate.close()
            problem = error
    raise problem


def addresses(host: str, port: int, until: float) -> list:
    """What getaddrinfo gives, by the moment ``until``. Raises OSError.

    It knows no time-out: a dead name server would hold the worker, so it is asked in a
    thread of its own, which is left behind when it does not answer.
    """
    found: queue.SimpleQueue = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=max(0.01, until - monotonic()))
    except queue.Empty:
        raise TimeoutError("the name server does not answer") from None
    if isinstance(answer, UnicodeError):
        raise OSError(Sentence("this is no host name"))
    if isinstance(answer, OSError):
        raise answer
    return answer
