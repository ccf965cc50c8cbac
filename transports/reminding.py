"""Mail to the contacts of a box in which something waits too long.

It says how many and how long, and never about whom: no name of a patient, no subject, no sender.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, override

from boxes import waiting
from boxes.models import Box, LogEntry
from boxes.waiting import DOUBT, FAILED, FOLDERS, STALLED, UNOPENED, Waiting
from transports.doorbell import STRETCH

logger = logging.getLogger(__name__)


def remind() -> int:
    """Mail about each box that has waited long enough; returns how many mails left."""
    if not settings.MAIL_DOMAIN:
        return 0
    until, sent = time.monotonic() + STRETCH, 0
    for box in due():
        if time.monotonic() > until:
            break  # the next round goes on
        if found := what_waits(box):
            sent += tell(box, found)
    return sent


def due() -> Iterator[Box]:
    """Open boxes whose contacts had no mail for a while, those that waited longest first."""
    silent = Q(reminded_at=None) | Q(reminded_at__lt=_ago(hours=settings.REMIND_PAUSE_HOURS))
    order = F("reminded_at").asc(nulls_first=True)
    return Box.objects.filter(silent, state=Box.State.OPEN).order_by(order, "pk").iterator()


def what_waits(box: Box) -> list[Waiting]:
    unsent = waiting.unsent([box.pk], _ago(minutes=settings.REMIND_STALLED_MINUTES))
    late = _ago(minutes=settings.REMIND_UNSENT_MINUTES)
    found = [item for item in unsent if item.kind == STALLED or item.since < late]
    return [*found, *waiting.unopened(box, _ago(minutes=settings.REMIND_UNOPENED_MINUTES))]


def tell(box: Box, found: list[Waiting]) -> bool:
    """One mail for all that waits in the box; of two workers one sends it."""
    contacts = contacts_of(box)
    if not contacts or not box.claim_reminder():
        return False
    with override(settings.LANGUAGE_CODE):
        mail = EmailMessage(_subject(box), _text(box, found), to=contacts)
    try:
        mail.send()
    except OSError as error:  # smtplib's errors among them
        logger.warning("The contacts of box %s could not be mailed: %s", box.name, error)
        box.give_reminder_back()
        return False
    LogEntry.objects.record("remind", box=box, detail=", ".join(contacts)[:500])
    return True


def contacts_of(box: Box) -> list[str]:
    """Whom the box names, else who manages it."""
    if box.contacts:
        return list(box.contacts)
    managers = box.accesses.in_force().filter(manage=True, user__is_active=True)
    managers = managers.exclude(user__email="")
    return list(managers.order_by("user__email").values_list("user__email", flat=True).distinct())


def _subject(box: Box) -> str:
    title = " ".join(box.title.split())
    return _("MessageBox: something waits in mailbox %(box)s") % {"box": title}


def _text(box: Box, found: list[Waiting]) -> str:
    lines = [
        _("In mailbox %(box)s something waits for somebody:") % {"box": box.title},
        "",
        *(line for item in found for line in _lines(box, item)),
        _("This mail names no patients. It comes again every %(hours)d hours while this lasts.")
        % {"hours": settings.REMIND_PAUSE_HOURS},
    ]
    return "\n".join(lines) + "\n"


def _lines(box: Box, found: Waiting) -> list[str]:
    facts = {"number": found.number, "n": found.shown, "since": _when(found.since)}
    address = f"{settings.BASE_URL}/inbox/{box.name}/{FOLDERS[found.kind]}"
    return [f"- {_SENTENCES[found.kind] % facts}", f"  {address}", ""]


_SENTENCES = {
    FAILED: ngettext_lazy(
        "%(n)s message of %(since)s was not sent.",
        "%(n)s messages were not sent, the first of %(since)s.",
        "number",
    ),
    DOUBT: ngettext_lazy(
        "Of %(n)s message of %(since)s it is uncertain whether it arrived.",
        "Of %(n)s messages, the first of %(since)s, it is uncertain whether they arrived.",
        "number",
    ),
    STALLED: ngettext_lazy(
        "%(n)s message waits to be sent since %(since)s.",
        "%(n)s messages wait to be sent, the first since %(since)s.",
        "number",
    ),
    UNOPENED: ngettext_lazy(
        "%(n)s abnormal or urgent message is not opened by anybody since %(since)s.",
        "%(n)s abnormal or urgent messages are not opened by anybody, the first since %(since)s.",
        "number",
    ),
}


def _when(moment: datetime) -> str:
    return date_format(localtime(moment), "j F Y H:i")


def _ago(**long: float) -> datetime:
    return now() - timedelta(**long)
