"""CommunicationHub (CareLogic): SMS, printed letters, and mail where an account is chosen."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.base import (
    Refused,
    Report,
    Transport,
    domain_of,
    failures_told,
    is_guarded,
)
from transports.communicationhub import addresses, client
from transports.communicationhub.client import LONGEST_ID, Login, Response
from transports.communicationhub.documents import members_of
from transports.communicationhub.operations import MAIL_LIMIT
from transports.communicationhub.statuses import status_named
from transports.models import Account
from transports.wire.faults import Fault
from transports.wire.http import Site

PUBLIC_URL = "https://communicationhub.carelogic-cloud.de/"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Prepared:
    site: Site
    login: Login
    operation: str
    members: dict[str, Any]


class CommunicationHubTransport(Transport):
    """Telephones (``sms:``), letterboxes (``letter:``), and ordinary mail where chosen."""

    name = "communicationhub"
    title = "CommunicationHub"
    account_fields = ("url", "username", "password", "secret")
    account_labels = {"secret": _("signing key of Mailgun's webhooks")}
    follows = True

    def accepts(self, address: str, sender: Box) -> bool:
        if addresses.is_sms(address) or addresses.is_letter(address):
            return True
        if "@" not in address or _SCHEME.match(address):
            return False
        return not is_guarded(address) and Account.objects.mail_road(sender) == self.name

    def approval_of(self, address: str) -> str:
        for scheme in (addresses.SMS, addresses.LETTER):
            if address.lower().startswith(scheme):
                return scheme.rstrip(":")
        return domain_of(address)

    def limits(self, sender: Box) -> dict[str, Any]:
        return {"size": MAIL_LIMIT}

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            login_of(account_of(sender))
        except Refused as error:
            return str(error)
        return ""

    def try_partner(self, address: str, sender: Box) -> str:
        return self.try_account(account_of(sender))

    def prepare(self, delivery: Delivery) -> Prepared:
        operation, members = members_of(delivery)
        account = account_of(delivery.message.box)
        return Prepared(account.site(PUBLIC_URL), login_of(account), operation, members)

    def send(self, delivery: Delivery, prepared: object) -> str:
        assert isinstance(prepared, Prepared)
        with failures_told():
            response = client.send(
                prepared.site, prepared.login, prepared.operation, prepared.members
            )
        if status_named(response.status).refused and not response.retry:
            raise Refused(sentence_of(response), permanent=True)
        # An identifier that cannot be kept whole cannot be asked about.
        return response.message_id if len(response.message_id) <= LONGEST_ID else ""

    def ask(self, delivery: Delivery) -> Report | None:
        """The hub finds messages by its own identifier alone: without one, nothing is known."""
        if not delivery.remote_id:
            return None
        account = account_of(delivery.message.box)
        try:
            response = client.ask(account.site(PUBLIC_URL), login_of(account), delivery.remote_id)
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        return report_of(response) if response else None

    def try_account(self, account: Account) -> str:
        try:
            return client.try_login(account.site(PUBLIC_URL), login_of(account))
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault


def report_of(response: Response) -> Report | None:
    """What a SendResponse proves; while the hub tries again itself, a failure proves nothing."""
    status = status_named(response.status)
    if not status.proves or (status.refused and response.retry):
        return None
    return Report(status.proves, sentence_of(response) if status.refused else "")


def sentence_of(response: Response) -> str:
    said = response.error.strip()[:500]
    return Sentence(
        "CommunicationHub could not deliver the message: %(said)s.",
        said=f"“{said}”" if said else Sentence("it gives no reason"),
    )


def account_of(box: Box) -> Account:
    """Raises Refused where there is none."""
    account = Account.objects.for_box(box, CommunicationHubTransport.name)
    if account is None:
        raise Refused(
            Sentence(
                "This installation has no account at CommunicationHub, which SMS and letters "
                "need. Ask your administrator to make one."
            ),
            permanent=True,
        )
    return account


def login_of(account: Account) -> Login:
    """Raises Refused where the password can no longer be read."""
    return Login(account.username, account.readable_password())
