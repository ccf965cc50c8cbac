"""What happened to a message, in sentences: to each recipient, and who saw it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from boxes.inbox.rows import dated
from boxes.models import Delivery, LogEntry, Message
from boxes.told import told

MOST_ENTRIES = 200
Status = Delivery.Status


@dataclass(frozen=True)
class Step:
    """One recipient of a sent message: where it stands and what happens next."""

    delivery: Delivery
    sentence: str
    events: list[tuple[datetime | None, str, str]]

    @property
    def needs_somebody(self) -> bool:
        return self.delivery.status in Delivery.SPOILED


def steps_of(message: Message) -> list[Step]:
    """One for each delivery, those that need somebody first."""
    steps = [
        Step(item, sentence_of(item), told(item))
        for item in message.deliveries.order_by("n")[:1000]
    ]
    return sorted(steps, key=lambda step: not step.needs_somebody)


def sentence_of(delivery: Delivery) -> str:
    """Where it stands, in one sentence for the sender."""
    at = moment(delivery.ended_at)
    match delivery.status:
        case Status.QUEUED if delivery.attempts:
            return _("Attempt %(n)d did not succeed: %(error)s The next is at %(next)s.") % {
                "n": delivery.attempts,
                "error": delivery.error,
                "next": moment(delivery.due_at),
            }
        case Status.QUEUED:
            return _("Waits to be sent.")
        case Status.SENDING:
            return _("Is being sent now.")
        case Status.SENT:
            return _("Handed over at %(at)s; whether it arrived is not known.") % {"at": at}
        case Status.DELIVERED:
            return _("Arrived at %(at)s.") % {"at": at}
        case Status.READ:
            return _("Opened by the receiver at %(at)s.") % {"at": at}
        case Status.UNDELIVERED:
            return _("Came back at %(at)s: %(error)s") % {"at": at, "error": delivery.error}
        case Status.UNCERTAIN:
            return _("May or may not have arrived; ask the receiver. %(error)s") % {
                "error": delivery.error
            }
    return _("Was not sent: %(error)s") % {"error": delivery.error}


def moment(value: datetime | None) -> str:
    return dated(localtime(value), "j M H:i") if value else "–"


def history_of(message: Message) -> list[LogEntry]:
    """The log about this message, the newest first."""
    return list(LogEntry.objects.about(message).order_by("-id")[:MOST_ENTRIES])
