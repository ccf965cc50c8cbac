"""E-zorg, closed mail of care providers: SMTP out and IMAP in, by the account of the box."""

from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from boxes.envelope import Address
from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.base import Refused, domain_of
from transports.email.collecting import INCOMING_FIELDS, collect, incoming_server, try_incoming
from transports.email.headers import NotAnAddress, wire_address
from transports.email.leaving import MailServerTransport, Prepared
from transports.email.marks import mark_of
from transports.email.mime import Unmailable, build
from transports.email.server import Server
from transports.email.transport import answered_id, envelope_of, server_of
from transports.models import Account


class EzorgTransport(MailServerTransport):
    """Mail within the domains of E-zorg, never by another server than the account's."""

    name = "ezorg"
    title = "E-zorg"
    safe = True
    account_fields = (
        *("host", "port", "security", "username", "password", "account_id"),
        *INCOMING_FIELDS,
    )
    account_labels = {"account_id": _("E-mail address")}
    collects = True

    def accepts(self, address: str, sender: Box) -> bool:
        return domain_of(address) in settings.EZORG_DOMAINS

    def prepare(self, delivery: Delivery) -> Prepared:
        message = delivery.message
        account = Account.objects.needed_for(message.box, self.name)
        own = address_of(account)
        domain = own.rpartition("@")[2]
        local = delivery.address.rpartition("@")[0]
        try:
            mail = build(
                envelope_of(message),
                xuid=message.xuid,
                sender=Address(own, message.from_name or message.box.display_name),
                recipient=f"{local}@{domain_of(delivery.address)}",
                answers=answered_id(message, domain),
                mark=mark_of(message.xuid, delivery.n),
            )
        except Unmailable as error:
            raise Refused(str(error), permanent=True) from error
        return Prepared(outgoing_server(account), mail)

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            address_of(Account.objects.needed_for(sender, self.name))
        except Refused as error:
            return str(error)
        return ""

    def own_address(self, account: Account) -> str:
        return address_of(account)

    def try_partner(self, address: str, sender: Box) -> str:
        return self.let_in(outgoing_server(Account.objects.needed_for(sender, self.name)))

    def try_account(self, account: Account) -> str:
        server = outgoing_server(account)
        address_of(account)
        said = self.let_in(server)
        return " ".join(filter(None, [said, try_incoming(account, self._incoming(account))]))

    def collect(self, account: Account) -> int:
        return collect(account, self._incoming(account), Address(address_of(account)))

    def _incoming(self, account: Account) -> Server:
        return incoming_server(account, outgoing_server(account))


def address_of(account: Account) -> str:
    """The address that the account's mail comes from."""
    own = account.account_id or account.username
    try:
        return wire_address(own)
    except NotAnAddress as error:
        raise Refused(
            Sentence(
                "“%(own)s” is no address that mail can come from. Write the e-mail address of "
                "the account in %(origin)s.",
                own=own,
                origin=account.origin,
            ),
            permanent=False,
        ) from error


def outgoing_server(account: Account) -> Server:
    """Always encrypted, whatever the installation allows for ordinary mail."""
    domain = address_of(account).rpartition("@")[2]
    return replace(server_of(account, domain), require_tls=True)
