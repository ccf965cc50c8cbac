"""Has the contents read that nobody has read yet; runs in the worker, after delivery."""

import logging
import time

from boxes.models import Message
from viewer import presentation, sandbox

logger = logging.getLogger(__name__)

BATCH = 50
# The queue gives this worker other work after so many seconds; what is left waits for a bell.
STRETCH = 20.0


def know_waiting() -> int:
    """Read what waits, oldest first; returns how many contents were read.

    A content that cannot be read within its limits leaves its messages "unknown" and otherwise
    as they are. When the render server is busy or away, what is left waits for the next round.
    """
    until, count = time.monotonic() + STRETCH, 0
    while time.monotonic() < until:
        waiting = Message.objects.not_yet_known().select_related("box", "content").order_by("pk")
        batch = {message.content_id: message for message in waiting[:BATCH]}
        if not batch:
            break
        for message in batch.values():
            try:
                know(message)
            except (sandbox.Busy, sandbox.Unreachable):
                return count
            count += 1
    return count


def know(message: Message) -> None:
    """Read one message's content. Raises sandbox.Busy or sandbox.Unreachable."""
    try:
        found = sandbox.know(presentation.job_to_know(message), message.box.name).summary
    except sandbox.Failed as failure:
        logger.warning("Content of message %s could not be read: %s", message.xuid, failure.reason)
        found = None
    if found is None:
        Message.objects.leave_unknown(message)
    else:
        Message.objects.know(message, found)
