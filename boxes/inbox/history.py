"""What happened to a message, in sentences: to each recipient, and who saw it."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from boxes.log_details import detail_words
from boxes.log_words import once_an_opening
from boxes.models import Box, Delivery, LogEntry, Message
from boxes.moment_words import dated
from boxes.told import told

MOST_ENTRIES = 200
Status = Delivery.Status


@dataclass(frozen=True)
class Step:
    """One recipient of a sent message: where it stands and what happens next."""

    delivery: Delivery
    sentence: str
    events: list[tuple]

    @property
    def in_doubt(self) -> bool:
        return self.delivery.status == Status.UNCERTAIN

    @property
    def needs_somebody(self) -> bool:
        return self.delivery.status in Delivery.SPOILED


def steps_of(message: Message) -> list[Step]:
    """One for each delivery, those that need somebody first."""
    steps = [
        Step(item, sentence_of(item), timed(told(item, plainly=True)))
        for item in message.deliveries.order_by("n")[:1000]
    ]
    return sorted(steps, key=lambda step: not step.needs_somebody)


def timed(events: list[tuple[datetime | None, str, str]]) -> list[tuple]:
    """Each with its moment in words as well."""
    return [(at, moment(at, "j M H:i:s"), said, why) for at, said, why in events]


def sentence_of(delivery: Delivery) -> str:
    """Where it stands, in one sentence for the sender."""
    at = moment(delivery.ended_at)
    match delivery.status:
        case Status.QUEUED if delivery.attempts:
            return _("Attempt %(n)d did not succeed: %(error)s The next is at %(next)s.") % {
                "n": delivery.attempts,
                "error": delivery.trouble_in_plain_words,
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
            return _("Came back at %(at)s: %(error)s") % {
                "at": at,
                "error": delivery.trouble_in_plain_words,
            }
        case Status.UNCERTAIN:
            return _("May or may not have arrived; ask the receiver. %(error)s") % {
                "error": delivery.trouble_in_plain_words
            }
    return _("Was not sent: %(error)s") % {"error": delivery.trouble_in_plain_words}


def moment(value: datetime | None, form: str = "j M H:i") -> str:
    return dated(localtime(value), form) if value else "–"


@dataclass(frozen=True)
class Entry:
    """An entry of the log as the page of a message tells it. ``box`` is the address of another
    box that it names, ``title`` what people call that."""

    entry: LogEntry
    more: str
    box: str = ""
    title: str = ""


def history_of(message: Message) -> list[Entry]:
    """The log about this message, the newest first; one entry for one opening."""
    entries = once_an_opening(LogEntry.objects.about(message).order_by("-id")[:MOST_ENTRIES])
    titles = titles_of({_named(entry)[0] for entry in entries})
    return [_told(entry, titles) for entry in entries]


def titles_of(names: set[str]) -> dict[str, str]:
    return {box.name: box.title for box in Box.objects.filter(name__in=names)}


def _named(entry: LogEntry) -> tuple[str, str]:
    """The box that the detail begins with, and the rest of it."""
    found = _ABOUT_A_BOX.match(entry.detail) if entry.action in _NAMING else None
    return (found[2], found[3] or "") if found else ("", "")


def _told(entry: LogEntry, titles: dict[str, str]) -> Entry:
    name, rest = _named(entry)
    if name not in titles:
        return Entry(entry, detail_words(entry))
    return Entry(entry, rest, name, titles[name])


_NAMING = ("misdelivered", "moved here", "receive")
_ABOUT_A_BOX = re.compile(r"(from|moved to|sent back to) ([a-z0-9]{1,64})(?:: (.*))?\Z", re.DOTALL)
