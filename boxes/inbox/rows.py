"""A message as a list shows it: plain words, ready for the template."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from boxes.inbox.folders import BY_STATUS
from boxes.models import Delivery, Handling, Message
from boxes.summary_words import ALARMING, FLAGS, KINDS, SIGNS, STATUSES

MOST_NAMES = 3
MOST_LABELS = 2
SAID = ("bsn", "patiënt", "patient")


@dataclass
class Row:
    """``unread`` is this person's own; ``address`` is that of its page."""

    message: Message
    unread: bool
    address: str = ""

    @property
    def xuid(self) -> str:
        return self.message.xuid

    @property
    def incoming(self) -> bool:
        return self.message.direction == Message.Direction.IN

    @property
    def subject(self) -> str:
        return self.message.subject.strip() or _("(no subject)")

    @property
    def patient(self) -> str:
        """Who it is about; empty where nobody is named or nothing was read."""
        return self.message.patient_name if self.message.identity == "one" else ""

    @property
    def patient_in_doubt(self) -> bool:
        return self.message.identity in ("unclear", "several", "contradictory")

    @property
    def born(self) -> str:
        return day_in_words(self.message.patient_birth) if self.patient else ""

    @property
    def kind(self) -> str:
        word = KINDS.get(self.message.kind, "")
        return _(word) if word and self.message.kind != "unknown" else ""

    @property
    def flag(self) -> str:
        return self.message.flag if self.message.flag in ALARMING else ""

    @property
    def flag_in_words(self) -> str:
        return f"{SIGNS[self.flag]} {_(FLAGS[self.flag])}" if self.flag else ""

    @property
    def report_status(self) -> str:
        if self.message.replaced_by_id:
            return _("replaced by a later report")
        word = STATUSES.get(self.message.report_status, "")
        return _(word) if word else ""

    @property
    def replacement(self) -> str:
        """The address of the later report that replaces this one; empty where none does."""
        later = Message.objects.filter(replaces=self.message).select_related("box").first()
        if later is None:
            return ""
        slug = BY_STATUS[later.status].slug
        return reverse("inbox:message", args=(later.box.name, slug, later.xuid))

    @property
    def people(self) -> str:
        """From whom; of a sent one, to whom."""
        if self.incoming:
            return self.message.from_name or self.message.from_address
        names = [item.get("displayName") or item.get("address", "") for item in self.message.to]
        names += [item.get("displayName") or item.get("address", "") for item in self.message.cc]
        more = len(names) - MOST_NAMES
        text = ", ".join(names[:MOST_NAMES])
        return (
            text
            if more <= 0
            else ngettext("%(names)s and %(n)d more", "%(names)s and %(n)d more", more)
            % {"names": text, "n": more}
        )

    @property
    def at(self) -> datetime:
        return self.message.created_at

    @property
    def when(self) -> str:
        return moment_in_words(self.at)

    @property
    def whole_moment(self) -> str:
        return date_format(localtime(self.at), "j F Y H:i")

    @property
    def files(self) -> int:
        return len(self.message.attachments.all())

    @property
    def properties(self) -> list:
        return list(self.message.properties.all())

    @property
    def first_labels(self) -> list:
        """As many as a row has room for; first who it is about, where the row does not say so."""
        about = [item for item in self.properties if item.name.casefold() in SAID]
        other = [item for item in self.properties if item not in about]
        return (other if self.patient else about[::-1] + other)[:MOST_LABELS]

    @property
    def more_labels(self) -> int:
        return len(self.properties) - len(self.first_labels)

    @cached_property
    def handling(self) -> Handling | None:
        return getattr(self.message, "handling", None)

    @property
    def held_by(self) -> str:
        """Which colleague has it, or handled it; empty when nobody."""
        return self.handling.holder_name if self.handling and self.handling.holder else ""

    @property
    def handled(self) -> bool:
        return bool(self.handling and self.handling.handled_at)

    @property
    def needs_somebody(self) -> bool:
        """Abnormal, and nobody has handled it: bulk work leaves it alone."""
        return bool(self.flag) and self.incoming and not self.handled

    @property
    def trouble(self) -> str:
        """Of a sent one: to whom it did not go, and why."""
        if self.message.status != Message.Status.ERROR:
            return ""
        spoiled = [
            item for item in self.message.deliveries.all() if item.status in Delivery.SPOILED
        ]
        return "; ".join(f"{item.address}: {item.error}" for item in spoiled[:2])


def day_in_words(day: str) -> str:
    """An ISO date, of which month or day may be missing."""
    try:
        return dated(datetime.fromisoformat(day), "j M Y") if len(day) == 10 else day
    except ValueError:
        return day


def moment_in_words(moment: datetime) -> str:
    """The time for today, the day for this year, else the whole date."""
    there, today = localtime(moment), localtime(now())
    if there.date() == today.date():
        return date_format(there, "H:i")
    return date_format(there, "j M" if there.year == today.year else "j b Y")


def dated(moment: datetime, form: str) -> str:
    """Dutch writes its months small, which Django's short names do not."""
    text = date_format(moment, form)
    return text.lower() if get_language() == "nl" else text
