"""What happened to a delivery, in words and marks for people."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.models import Delivery
from boxes.sentence import told_again

Status = Delivery.Status

# A state is told by a sign and a word; the colour only helps.
_MARKS = {
    Status.QUEUED: ("…", "waiting"),
    Status.SENDING: ("→", "waiting"),
    Status.SENT: ("✓", "good"),
    Status.DELIVERED: ("✓", "good"),
    Status.READ: ("✓", "good"),
    Status.FAILED: ("✗", "bad"),
    Status.UNDELIVERED: ("✗", "bad"),
    Status.UNCERTAIN: ("?", "doubt"),
}

_SENTENCES = {
    Status.QUEUED: gettext_lazy("Back in the queue."),
    Status.SENT: gettext_lazy("Taken by the receiving system."),
    Status.DELIVERED: gettext_lazy("Delivered."),
    "moved": gettext_lazy("Passed on to another box."),
    Status.READ: gettext_lazy("Read by the receiver."),
    Status.FAILED: gettext_lazy("Given up."),
    Status.UNDELIVERED: gettext_lazy("Reported as not delivered."),
    Status.UNCERTAIN: gettext_lazy("Lost from sight: it may have arrived."),
}


def mark_of(delivery: Delivery) -> SafeString:
    sign, kind = _MARKS[Status(delivery.status)]
    return format_html(
        '<span class="mbx-mark mbx-{}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        sign,
        delivery.get_status_display(),
    )


def road_title(transport: str) -> str:
    """What people call the system that a delivery goes by."""
    return import_string(settings.ROAD_TITLE)(transport)


def told(delivery: Delivery, plainly: bool = False) -> list[tuple[datetime | None, str, str]]:
    """Moment, sentence and what the other side said, from the first to the one at hand."""
    return [*_past(delivery, plainly), *_present(delivery)]


def _past(delivery: Delivery, plainly: bool) -> Iterator[tuple[datetime | None, str, str]]:
    road = _("Queued for %(transport)s.") % {"transport": road_title(delivery.transport)}
    yield delivery.created_at, road, ""
    for event in delivery.history:
        sentence = _SENTENCES.get(event.get("status", ""), event.get("status", ""))
        said = told_again(event.get("error", ""), event.get("parts"), plainly)
        yield _moment(event.get("at")), str(sentence), said


def _present(delivery: Delivery) -> Iterator[tuple[datetime | None, str, str]]:
    if delivery.status == Status.SENDING:
        yield None, _("Being sent now: %s.") % _attempt(delivery.attempts), ""
    elif delivery.status == Status.QUEUED and delivery.due_at > now():
        yield delivery.due_at, _("Next: %s.") % _attempt(delivery.attempts + 1), ""
    elif delivery.status == Status.QUEUED:
        yield None, _("Waits for a worker."), ""


def _attempt(number: int) -> str:
    limit = len(settings.RETRY_PAUSES) + 1
    return _("attempt %(number)d of %(limit)d") % {"number": number, "limit": limit}


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
