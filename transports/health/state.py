"""Is all well? The figures, judged, in sentences for the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transports.health import figures
from transports.models import Account, Heartbeat

# A delivery that waits longer deserves a look.
PATIENCE = timedelta(minutes=15)
# Older failures are history; the list still has them.
RECENT = timedelta(days=7)

GOOD, DOUBT, BAD = "good", "doubt", "bad"
SIGNS = {GOOD: "✓", DOUBT: "⚠", BAD: "✗"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and where to go about it."""

    level: str
    title: str
    sentence: str
    link: str = ""

    @property
    def sign(self) -> str:
        return SIGNS[self.level]

    @property
    def word(self) -> str:
        return {GOOD: _("good"), DOUBT: _("look at this"), BAD: _("wrong")}[self.level]


@dataclass(frozen=True)
class State:
    findings: tuple[Finding, ...]

    @property
    def level(self) -> str:
        levels = {finding.level for finding in self.findings}
        return next(level for level in (BAD, DOUBT, GOOD) if level in levels)

    @property
    def sign(self) -> str:
        return SIGNS[self.level]

    @property
    def sentence(self) -> str:
        amiss = sum(finding.level != GOOD for finding in self.findings)
        if not amiss:
            return _("All is well")
        return ngettext("%d thing needs attention", "%d things need attention", amiss) % amiss


def state() -> State:
    """What is judged; asked on each page of the admin, so a handful of index look-ups."""
    return State((_worker(), _waiting(), _uncertain(), _failed()))


def worker_is_alive(age: float | None) -> bool:
    return age is not None and age <= settings.HEARTBEAT_LIMIT


def _worker() -> Finding:
    age, title = Heartbeat.age(), _("Worker")
    if age is None:
        return Finding(BAD, title, _("No worker has ever run here: messages wait until one does."))
    if worker_is_alive(age):
        return Finding(GOOD, title, _("Alive: its last sign was %s ago.") % duration(age))
    sentence = _("No sign of life for %s: messages wait until a worker runs.")
    return Finding(BAD, title, sentence % duration(age))


def _waiting() -> Finding:
    oldest, title = figures.oldest_waiting(), _("Oldest waiting delivery")
    if oldest is None:
        return Finding(GOOD, title, _("Nothing waits."))
    age = now() - oldest.created_at
    sentence = _("To %(address)s, for %(age)s.") % {
        "address": oldest.address,
        "age": duration(age.total_seconds()),
    }
    link = reverse("admin:boxes_delivery_change", args=(oldest.pk,))
    return Finding(DOUBT if age > PATIENCE else GOOD, title, sentence, link)


def _uncertain() -> Finding:
    count, title = figures.count_up(figures.uncertain()), _("Uncertain deliveries")
    if not count:
        return Finding(GOOD, title, _("None."))
    sentence = ngettext(
        "%s delivery may or may not have arrived; somebody has to find out.",
        "%s deliveries may or may not have arrived; somebody has to find out.",
        count,
    )
    return Finding(DOUBT, title, sentence % counted(count), _deliveries("uncertain"))


def _failed() -> Finding:
    count = figures.count_up(figures.failed(now() - RECENT))
    title = _("Failed deliveries of the last 7 days")
    if not count:
        return Finding(GOOD, title, _("None."))
    sentence = ngettext("%s delivery failed for good.", "%s deliveries failed for good.", count)
    return Finding(DOUBT, title, sentence % counted(count), _deliveries("failed"))


def facts() -> Iterator[tuple[str, str, str]]:
    """What is told beside the state, on the first screen only: title, sentence and link."""
    day = figures.messages_of_last_day()
    yield (
        _("Messages in the last 24 hours"),
        _("%(received)s received, %(sent)s sent.")
        % {"received": grouped(day["IN"]), "sent": grouped(day["OUT"])},
        reverse("admin:boxes_message_changelist"),
    )
    total, active = Account.objects.count(), Account.objects.filter(active=True).count()
    yield (
        _("Accounts at external systems"),
        _("%(active)d in use, %(off)d switched off.") % {"active": active, "off": total - active},
        reverse("admin:transports_account_changelist"),
    )


def duration(seconds: float) -> str:
    if seconds < 60:
        count = max(0, int(seconds))
        return ngettext("%d second", "%d seconds", count) % count
    moment = now()
    return timesince(moment - timedelta(seconds=seconds), moment).replace("\xa0", " ")


def counted(count: int) -> str:
    if count > figures.COUNTED:
        return _("more than %s") % grouped(figures.COUNTED)
    return grouped(count)


def grouped(count: int) -> str:
    return number_format(count, force_grouping=True)


def _deliveries(status: str) -> str:
    return f"{reverse('admin:boxes_delivery_changelist')}?status__exact={status}"
