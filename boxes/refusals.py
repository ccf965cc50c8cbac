"""Refusals in the log: the first of a source at once, the rest of its minute as one count.

Whoever tries a thousand keys leaves two entries a minute, not a thousand. The count is
written by the first request of a later minute, or when the process stops.
"""

import atexit
import logging
import threading
import time
from dataclasses import dataclass

from django.core.signals import request_finished

from boxes.models import LogEntry

logger = logging.getLogger(__name__)

# Sources that are told apart in one minute; further ones are counted together.
MOST_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class Source:
    subject: str
    address: str
    outcome: str


class Minute:
    """What was refused since a minute began, in this process."""

    def __init__(self) -> None:
        self.number = 0
        self.repeats: dict[Source, int] = {}
        self.lock = threading.Lock()

    def add(self, source: Source) -> Source | None:
        """The source, when it is the first of it in this minute and so written at once."""
        with self.lock:
            if source not in self.repeats and len(self.repeats) >= MOST_SOURCES:
                source = Source("anonymous", "", source.outcome)
            first = source not in self.repeats
            self.repeats[source] = 0 if first else self.repeats[source] + 1
            return source if first else None

    def turn(self, number: int) -> list[tuple[Source, int]]:
        """Begin another minute; returns the counts of the one that ended."""
        with self.lock:
            if number == self.number:
                return []
            ended = [(source, count) for source, count in self.repeats.items() if count]
            self.number, self.repeats = number, {}
            return ended


_minute = Minute()


def record(
    outcome: str,
    *,
    caller=None,
    subject: str = "anonymous",
    address: str = "",
    box_name: str = "",
    xuid: str = "",
    detail: str = "",
) -> None:
    """Log that something was refused; ``outcome`` is the machine code of the answer."""
    write_counts()
    source = _minute.add(Source(caller.subject if caller else subject, address[:45], outcome))
    if source is not None:
        _entry(
            source,
            subject_name=(caller.title if caller else "")[:200],
            box_name=box_name[:64],
            xuid=xuid[:24],
            detail=detail[:500],
        ).save(force_insert=True)


def write_counts(**kwargs) -> None:
    """Write what the minute before counted; nothing while a minute lasts."""
    number = int(time.time() // 60)
    if number == _minute.number:
        return
    entries = [
        _entry(source, detail=f"{count} more within the minute")
        for source, count in _minute.turn(number)
    ]
    if entries:
        LogEntry.objects.record_many(entries)


def _write_rest() -> None:
    """The last minute of a process that stops."""
    try:
        _minute.number = -1
        write_counts()
    except Exception:
        logger.exception("The last refusals could not be logged")


def _entry(source: Source, **fields) -> LogEntry:
    return LogEntry(
        subject=source.subject,
        address=source.address,
        outcome=source.outcome,
        action="refuse",
        **fields,
    )


request_finished.connect(write_counts, dispatch_uid="refusals")
atexit.register(_write_rest)
