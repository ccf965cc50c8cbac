"""The hub's twelve statuses and the eight of a delivery: one table, read both ways."""

from collections.abc import Iterable
from dataclasses import dataclass

from boxes.models import Delivery

Of = Delivery.Status


@dataclass(frozen=True)
class Status:
    """``proves``: what a delivery becomes when the hub says this; empty where it proves nothing.
    ``shown_for``: the deliveries that our façade shows so. ``refused``: as an answer to a send
    it means that the hub will not carry the message.
    """

    name: str
    proves: str = ""
    shown_for: tuple[str, ...] = ()
    refused: bool = False


# In the hub's own order, so that a number in the place of a name can be read. What the hub
# holds but did not hand on is sent for us: it took the message over. Nobody says what picked
# up means exactly; that it left is sure, that it was read by the right person is not. A
# delivery in doubt may have arrived, so it is shown as unknown.
STATUSES = (
    Status("accepted", Of.SENT),
    Status("queued", Of.SENT, (Of.QUEUED,)),
    Status("sending", Of.SENT, (Of.SENDING,)),
    Status("sent", Of.SENT, (Of.SENT,)),
    Status("failed", Of.UNDELIVERED, (Of.FAILED,), refused=True),
    Status("delivered", Of.DELIVERED, (Of.DELIVERED,)),
    Status("undelivered", Of.UNDELIVERED, (Of.UNDELIVERED,), refused=True),
    Status("receiving"),
    Status("received"),
    Status("read", Of.READ, (Of.READ,)),
    Status("pickedup", Of.SENT),
    Status("unknown", "", (Of.UNCERTAIN,)),
)
# What our façade says at once, and of a mail that came in.
ACCEPTED, QUEUED, FAILED, RECEIVED = "accepted", "queued", "failed", "received"
UNKNOWN = STATUSES[-1]
_BY_NAME = {status.name: status for status in STATUSES}
_SHOWN = {shown: status.name for status in STATUSES for shown in status.shown_for}

# Mailgun's events, as the status of the hub that they amount to.
_EVENTS = {
    "accepted": "accepted",
    "delivered": "delivered",
    "opened": "read",
    "clicked": "read",
    "rejected": "failed",
    "failed": "undelivered",
}

# A message with several recipients is as far as the least far of them; a failure shows first
# only when nothing is under way any more.
_WAITING = (Of.SENDING, Of.QUEUED)
_ENDED = (Of.FAILED, Of.UNDELIVERED, Of.UNCERTAIN, Of.SENT, Of.DELIVERED, Of.READ)


def status_named(word: object) -> Status:
    """By its name in any case, or its number; ``unknown`` for anything else."""
    if isinstance(word, int) and not isinstance(word, bool) and 0 <= word < len(STATUSES):
        return STATUSES[word]
    return _BY_NAME.get(word.strip().lower(), UNKNOWN) if isinstance(word, str) else UNKNOWN


def status_of_event(event: str, severity: str = "") -> Status:
    """What one of Mailgun's events amounts to; ``unknown`` where it changes nothing."""
    event = event.strip().lower()
    if event == "failed" and severity.strip().lower() == "temporary":
        return _BY_NAME["queued"]  # the mail server goes on trying
    return _BY_NAME[_EVENTS[event]] if event in _EVENTS else UNKNOWN


def shown_for(deliveries: Iterable[str]) -> str:
    """The hub's word for a message with deliveries in these statuses."""
    found = set(deliveries)
    for status in (*_WAITING, *_ENDED):
        if status in found:
            return _SHOWN[status]
    return UNKNOWN.name
