"""Is all well? The figures, judged, in sentences for the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from boxes.models import Access, ApiKey
from transports.health import figures
from transports.models import Account, Heartbeat
from transports.registry import title_of

# A delivery that waits longer deserves a look.
PATIENCE = timedelta(minutes=15)
# Older failures are history; the list still has them.
RECENT = timedelta(days=7)
# An account that collects each minute and did not for so long deserves a look.
COLLECTED = timedelta(hours=1)
# A key that expires within this time can still be replaced in peace.
AHEAD = timedelta(days=30)
# So many accounts and keys are looked at; more are as many for a person.
SHOWN = 1000

GOOD, DOUBT, BAD = "good", "doubt", "bad"
# Not judged: there is nothing to judge.
NEUTRAL = "neutral"
SIGNS = {GOOD: "✓", DOUBT: "⚠", BAD: "✗", NEUTRAL: "–"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and where to go about it."""

    level: str
    title: str
    sentence: str
    link: str = ""
    # What only who may see the list itself is told: addresses, and what other sides said.
    detail: str = ""
    needs: str = ""

    @property
    def sign(self) -> str:
        return SIGNS[self.level]

    @property
    def word(self) -> str:
        words = {GOOD: _("good"), DOUBT: _("look at this"), BAD: _("wrong")}
        return words.get(self.level, "")


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
    return State(
        (
            _worker(),
            _waiting(),
            _uncertain(),
            _failed(),
            _accounts(),
            _webhooks(),
            _keys(),
            _accesses(),
        )
    )


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
    sentence = _("For %(age)s, by %(road)s.") % {
        "age": duration(age.total_seconds()),
        "road": title_of(oldest.transport),
    }
    return Finding(
        DOUBT if age > PATIENCE else GOOD,
        title,
        sentence,
        reverse("admin:boxes_delivery_change", args=(oldest.pk,)),
        detail=_("To %s.") % oldest.address,
        needs="boxes.view_delivery",
    )


def _uncertain() -> Finding:
    count, title = figures.count_up(figures.uncertain()), _("Uncertain deliveries")
    if not count:
        return Finding(GOOD, title, _("None."))
    sentence = ngettext(
        "%s delivery may or may not have arrived; somebody has to find out.",
        "%s deliveries may or may not have arrived; somebody has to find out.",
        count,
    )
    link = deliveries("uncertain")
    return Finding(DOUBT, title, sentence % counted(count), link, needs="boxes.view_delivery")


def _failed() -> Finding:
    count = figures.count_up(figures.failed(now() - RECENT))
    title = _("Failed deliveries of the last 7 days")
    if not count:
        return Finding(GOOD, title, _("None."))
    sentence = ngettext("%s delivery failed for good.", "%s deliveries failed for good.", count)
    return Finding(DOUBT, title, sentence % counted(count), "#failures")


def _accounts() -> Finding:
    title, needs = _("Accounts at other systems"), "transports.view_account"
    failing = list(Account.objects.failing().select_related("box").order_by("pk")[: SHOWN + 1])
    late = Account.objects.overdue(COLLECTED).exclude(pk__in=[account.pk for account in failing])
    overdue = list(late.select_related("box").order_by("collected_at")[: SHOWN + 1])
    if not failing and not overdue:
        return Finding(GOOD, title, _("None fails."))
    count, first = len(failing) + len(overdue), (failing or overdue)[0]
    sentence = ngettext(
        "%s fails its test or does not collect.", "%s fail their test or do not collect.", count
    )
    said = first.collect_trouble or first.test_trouble or _("nothing collected for a while")
    detail = f"{account_name(first)}: {said}"
    return Finding(DOUBT, title, sentence % counted(count), "#accounts", detail, needs)


def _webhooks() -> Finding:
    title, needs = _("Webhooks"), "transports.view_webhook"
    link = reverse("admin:transports_webhook_changelist")
    sentences = {
        "failing": _("%s fail and are tried again."),
        "given_up": _("%s are turned off, for they failed."),
        "orphaned": _("%s are told nothing: the key that made them may no longer."),
    }
    counts = figures.webhooks()
    told = [sentences[name] % grouped(counts[name]) for name in sentences if counts[name]]
    if told:
        return Finding(DOUBT, title, " ".join(told), link, needs=needs)
    if not counts["all"]:
        return Finding(GOOD, title, _("There are none."))
    return Finding(GOOD, title, _("None fails."), link, needs=needs)


def _keys() -> Finding:
    title, needs = _("Keys about to expire"), "boxes.view_apikey"
    keys = list(ApiKey.objects.expiring(AHEAD, RECENT)[: SHOWN + 1])
    if not keys:
        return Finding(GOOD, title, _("None within 30 days."))
    gone = sum(key.is_expired for key in keys)
    sentences = []
    if gone:
        sentence = ngettext("%s has just expired.", "%s have just expired.", gone)
        sentences.append(sentence % counted(gone))
    if coming := len(keys) - gone:
        sentence = ngettext("%s expires within 30 days.", "%s expire within 30 days.", coming)
        sentences.append(sentence % counted(coming))
    link = reverse("admin:boxes_apikey_changelist") + "?state=expiring"
    detail = _first_of(keys[0].label, keys[0].expires_at)
    return Finding(DOUBT, title, " ".join(sentences), link, detail, needs)


def _accesses() -> Finding:
    """Told and not judged: an access with an end was meant to end."""
    title, needs = _("Access that ends"), "boxes.view_access"
    rows = Access.objects.ending(AHEAD).select_related("user", "key", "box")
    ending = list(rows[: SHOWN + 1])
    if not ending:
        return Finding(GOOD, title, _("None within 30 days."))
    sentence = ngettext("%s ends within 30 days.", "%s end within 30 days.", len(ending))
    link = reverse("admin:boxes_access_changelist")
    detail = _first_of(str(ending[0]), ending[0].until)
    return Finding(GOOD, title, sentence % counted(len(ending)), link, detail, needs)


def _first_of(name: str, moment: datetime | None) -> str:
    return f"{name}: {date_format(localtime(moment), 'SHORT_DATETIME_FORMAT')}"


def account_name(account: Account) -> str:
    whose = account.box.name if account.box else _("every box")
    return f"{capfirst(title_of(account.transport))} ({whose})"


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


def deliveries(status: str, transport: str = "") -> str:
    """The address of the list of these."""
    road = f"&transport={transport}" if transport else ""
    return f"{reverse('admin:boxes_delivery_changelist')}?status__exact={status}{road}"
