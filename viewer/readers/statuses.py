"""The statuses of a report, from those of its parts."""

from __future__ import annotations

from collections.abc import Iterable

UNFINISHED = ("partial", "preliminary", "pending", "registered", "unsigned")


def settled(statuses: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the message; a report of which a part is unfinished is not
    final."""
    once = tuple(dict.fromkeys(filter(None, statuses)))
    if any(status in UNFINISHED for status in once):
        return tuple(status for status in once if status != "final")
    return once
