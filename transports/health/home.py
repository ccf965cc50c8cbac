"""What the first screen of the admin tells beside its verdict: failures by road, and accounts."""

from dataclasses import dataclass

from django.db.models import Case, QuerySet, Value, When
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from boxes.models import ApiKey, Box, Organization, User
from transports.health import figures
from transports.health.state import (
    BAD,
    COLLECTED,
    DOUBT,
    GOOD,
    NEUTRAL,
    RECENT,
    Finding,
    account_name,
    counted,
    deliveries,
)
from transports.models import Account
from transports.registry import title_of

# So many accounts stand on the first screen, those with a fault first.
SHOWN = 20


@dataclass(frozen=True)
class Failure:
    """How often one road failed, with the lists of it."""

    road: str
    failed: str
    came_back: str
    failed_link: str
    came_back_link: str


def failures() -> list[Failure]:
    """Of the last 7 days, the road that fails most first."""
    counts = figures.failures(now() - RECENT)
    roads = {transport for transport, _status in counts}

    def total(road: str) -> int:
        return counts.get((road, "failed"), 0) + counts.get((road, "undelivered"), 0)

    return [
        Failure(
            capfirst(title_of(road)),
            *(counted(counts.get((road, status), 0)) for status in ("failed", "undelivered")),
            *(deliveries(status, road) for status in ("failed", "undelivered")),
        )
        for road in sorted(roads, key=lambda road: (-total(road), road))
    ]


@dataclass(frozen=True)
class Login:
    """An account at another system: when it last collected, and how its test went."""

    name: str
    link: str
    # of the collection, and of the test
    findings: tuple[Finding, Finding]


def logins() -> list[Login]:
    rows = _failing_first(Account.objects.filter(active=True)).select_related("box")
    return [
        Login(
            account_name(account),
            reverse("admin:transports_account_change", args=(account.pk,)),
            (_collection(account), _test(account)),
        )
        for account in rows[:SHOWN]
    ]


def _failing_first(accounts: QuerySet[Account]) -> QuerySet[Account]:
    failing = Account.objects.failing().values("pk")
    fault = Case(When(pk__in=failing, then=Value(0)), default=Value(1))
    return accounts.order_by(fault, "transport", "box__name", "pk")


def _collection(account: Account) -> Finding:
    title = _("Collecting")
    if account.incoming_mode == Account.Mode.OFF:
        return Finding(NEUTRAL, title, _("does not collect"))
    last = account.collected_at
    when = _("last %s") % moment(last) if last else _("not yet")
    if account.collect_error:
        return Finding(BAD, title, f"{account.collect_trouble} ({when})")
    late = last is None or last < now() - COLLECTED
    return Finding(DOUBT if late else GOOD, title, when)


def _test(account: Account) -> Finding:
    title = _("Test")
    if account.tested_at is None:
        return Finding(NEUTRAL, title, _("not tested"))
    if account.test_error:
        return Finding(BAD, title, f"{account.test_trouble} ({moment(account.tested_at)})")
    return Finding(GOOD, title, moment(account.tested_at))


def moment(value) -> str:
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")


@dataclass(frozen=True)
class FirstStep:
    done: bool
    sentence: str
    link: str
    needs: str


def first_steps() -> list[FirstStep]:
    """What a new installation still lacks; empty once it has all, and then never asked again."""
    steps = [
        FirstStep(rows.exists(), sentence, reverse(f"admin:boxes_{name}_add"), f"boxes.add_{name}")
        for rows, sentence, name in (
            (
                Organization.objects,
                _("Make an organization: whose boxes these are."),
                "organization",
            ),
            (Box.objects, _("Make a box: the place that messages come into."), "box"),
            (
                User.objects.filter(accesses__isnull=False),
                _("Make a user, and give a right on the box."),
                "user",
            ),
            (ApiKey.objects, _("Make an API key, where software sends or fetches."), "apikey"),
        )
    ]
    return steps if not all(step.done for step in steps[:3]) else []


def nobody_audits() -> bool:
    return not User.objects.filter(auditor=True, is_active=True).exists()
