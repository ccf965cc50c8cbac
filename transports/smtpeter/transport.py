"""Ordinary e-mail by SMTPeter, for boxes that have an account there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.base import Refused, Report, Transport, failures_told, is_guarded
from transports.email.mime import Unmailable, build
from transports.email.transport import (
    answered_id,
    envelope_of,
    refuse_guarded,
    sender_of,
    sending_domain,
)
from transports.models import Account
from transports.smtpeter.client import URL, Client, Event
from transports.smtpeter.forms import Undecodable, form_of
from transports.smtpeter.mail import Parts, Whole
from transports.wire.faults import Fault
from transports.wire.mail_status import may_pass_later

TAG = "messagebox"
READ, DELIVERED, FAILED = ("open", "click"), "delivery", "failure"
# Of two mails for one delivery (a person had it sent again) the better end counts.
BETTER = ("undelivered", "sent", "delivered", "read")


@dataclass(frozen=True)
class Prepared:
    client: Client
    mail: Parts | Whole
    recipient: str


class SmtpeterTransport(Transport):
    """E-mail addresses, where an account for SMTPeter carries the box's ordinary mail.

    Each delivery is a call of its own, with a tag of its own by which it is found again.
    """

    name = "smtpeter"
    title = "SMTPeter"
    account_fields = ("url", "password")
    account_labels = {"password": _("access token")}
    follows = True

    def accepts(self, address: str, sender: Box) -> bool:
        if "@" not in address or ":" in address or is_guarded(address):
            return False
        return Account.objects.mail_road(sender) == self.name

    def prepare(self, delivery: Delivery) -> Prepared:
        message = delivery.message
        client = client_for(message.box)
        sender = sender_of(message)
        envelope = envelope_of(message)
        try:
            mail = build(
                envelope,
                xuid=message.xuid,
                sender=sender,
                recipient=delivery.address,
                answers=answered_id(message, sender.address.rpartition("@")[2]),
            )
            refuse_guarded(mail.recipient)
            return Prepared(client, form_of(mail, envelope, sender), mail.recipient)
        except (Unmailable, Undecodable) as error:
            raise Refused(str(error), permanent=True) from error

    def send(self, delivery: Delivery, prepared: object) -> str:
        assert isinstance(prepared, Prepared)
        with failures_told():
            sent = prepared.client.send(
                prepared.mail, [prepared.recipient], (TAG, tag_of(delivery))
            )
        return sent[prepared.recipient]

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            sending_domain()
            refuse_guarded(address)
            client_for(sender)
        except Refused as error:
            return str(error)
        return ""

    def try_partner(self, address: str, sender: Box) -> str:
        return self.try_account(Account.objects.needed_for(sender, self.name))

    def try_account(self, account: Account) -> str:
        """The token is good, and the domain of our senders is one of its own."""
        try:
            domains = client_of(account).sender_domains()
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        listed, ours = ", ".join(domains) or Sentence("none"), sending_domain()
        if ours not in domains:
            raise Refused(
                Sentence(
                    "SMTPeter takes the token, but %(ours)s is not one of its sender domains "
                    "(%(listed)s). Set it up there, or set MAIL_DOMAIN to one of them.",
                    ours=ours,
                    listed=listed,
                ),
                permanent=False,
            )
        return Sentence(
            "SMTPeter takes the token; its sender domains are %(listed)s.", listed=listed
        )

    def ask(self, delivery: Delivery) -> Report | None:
        client = client_for(delivery.message.box)
        try:
            if delivery.remote_id:
                events = client.events_of(delivery.remote_id)
            else:
                first = (delivery.handed_over_at or delivery.created_at) - timedelta(days=1)
                events = client.events_tagged([tag_of(delivery)], since=first.date())
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        by_mail: dict[str, list[Event]] = {}
        for event in events:
            by_mail.setdefault(event.text("id") or delivery.remote_id, []).append(event)
        reports = [report_of(identifier, events) for identifier, events in by_mail.items()]
        return max(reports, key=lambda item: BETTER.index(item.status), default=None)


def tag_of(delivery: Delivery) -> str:
    """What names this delivery at each attempt, and finds it where no answer came."""
    return f"{delivery.message.xuid}.{delivery.n}"


def report_of(identifier: str, events: Sequence[Event]) -> Report:
    """What one mail's events say. A failure after a delivery is a bounce: it wins. What came
    back otherwise may be an out-of-office note, so it decides nothing."""
    failures = [event for event in events if event.kind == FAILED]
    if failures:
        last = failures[-1]
        for_good = not may_pass_later(last.text("status"))
        return Report("undelivered", failure_of(last), identifier, for_good)
    kinds = {event.kind for event in events}
    if kinds.intersection(READ):
        return Report("read", remote_id=identifier)
    return Report("delivered" if DELIVERED in kinds else "sent", remote_id=identifier)


def failure_of(event: Event) -> str:
    words = [event.text(name) for name in ("code", "status", "description")]
    said = " ".join(" ".join(word for word in words if word).split())[:200]
    state = event.text("state")[:40]
    reason = said or Sentence("it gives no reason")
    if state:
        return Sentence(
            "SMTPeter could not deliver the message (at %(state)s): %(reason)s.",
            state=state,
            reason=reason,
        )
    return Sentence("SMTPeter could not deliver the message: %(reason)s.", reason=reason)


def client_for(box: Box) -> Client:
    """Raises Refused when the box has no account, or one that cannot be read."""
    return client_of(Account.objects.needed_for(box, SmtpeterTransport.name))


def client_of(account: Account) -> Client:
    token = account.readable_password()
    if not token:
        raise Refused(
            Sentence(
                "There is no access token in %(origin)s. Enter it in the admin.",
                origin=account.origin,
            ),
            permanent=False,
        )
    return Client(account.site(URL), token, track_opens=settings.SMTPETER_TRACK_OPENS)
