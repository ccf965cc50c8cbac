"""ZorgMail, over its mail service; each box uses an account of its own."""

import logging
import re
import time
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import DatabaseError, transaction

from boxes.content_types import MAIL, plain
from boxes.envelope import Address
from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.base import (
    NOT_STORED,
    Refused,
    Transport,
    domain_of,
    failures_told,
    left_there,
)
from transports.email.collecting import collected_among, mark
from transports.email.marks import mark_of
from transports.email.notices import kind_of
from transports.email.reading import parse
from transports.email.transport import answered_id, envelope_of
from transports.email.unproven import without_claim
from transports.models import Account
from transports.wire.faults import Fault
from transports.zorgmail import incoming
from transports.zorgmail.client import Document, MailService
from transports.zorgmail.outgoing import Unsendable, document_of, mail_of, wired

logger = logging.getLogger(__name__)

PUBLIC_URL = "https://lms.lifeline.nl/mailwebservice/inline/"
NUMBER = re.compile(r"\d{8,9}", re.ASCII)
# No message is begun later than so; it may take the whole of ROADS_TIMEOUT.
STRETCH = 20.0


@dataclass(frozen=True)
class Prepared:
    """Either a document or a whole mail; ``message_id`` names it in both."""

    service: MailService
    sender: str
    recipient: str
    message_id: str
    document: Document | None
    mail: bytes


class ZorgMailTransport(Transport):
    name = "zorgmail"
    title = "ZorgMail"
    safe = True
    account_fields = ("url", "username", "password", "account_id", "incoming_mode")
    collects = True

    def accepts(self, address: str, sender: Box) -> bool:
        return domain_of(address) in settings.ZORGMAIL_DOMAINS

    def prepare(self, delivery: Delivery) -> Prepared:
        message, domain = delivery.message, domain_of(delivery.address)
        account = Account.objects.needed_for(message.box, self.name)
        sender = Address(address_of(account), message.from_name or message.box.display_name)
        identifier = f"{message.xuid}.{delivery.n}"
        message_id = f"<{identifier}@{sender.address.rpartition('@')[2]}>"
        envelope = envelope_of(message)
        try:
            recipient = wired(delivery.address, domain)
            document, mail = document_of(envelope, recipient, message_id), b""
            if document is None:
                mail = mail_of(
                    envelope,
                    recipient,
                    sender=sender,
                    identifier=identifier,
                    answers=answered_id(message, domain),
                    mark=mark_of(message.xuid, delivery.n),
                )
        except Unsendable as error:
            raise Refused(str(error), permanent=True) from error
        service = service_of(account)
        return Prepared(service, sender.address, recipient, message_id, document, mail)

    def send(self, delivery: Delivery, prepared: object) -> str:
        assert isinstance(prepared, Prepared)
        with failures_told():
            if prepared.document is not None:
                prepared.service.send(prepared.sender, prepared.document)
            else:
                prepared.service.send_mail(prepared.sender, prepared.recipient, prepared.mail)
        return prepared.message_id

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            number_of(Account.objects.needed_for(sender, self.name))
        except Refused as error:
            return str(error)
        return ""

    def own_address(self, account: Account) -> str:
        return address_of(account)

    def try_partner(self, address: str, sender: Box) -> str:
        return self.try_account(Account.objects.needed_for(sender, self.name))

    def try_account(self, account: Account) -> str:
        try:
            count = service_of(account).count()
        except Fault as fault:
            raise Refused(str(fault), permanent=fault.permanent) from fault
        if count == 1:
            return Sentence(
                "ZorgMail knows the account %(account)s; 1 message waits in it.",
                account=number_of(account),
            )
        return Sentence(
            "ZorgMail knows the account %(account)s; %(count)s messages wait in it.",
            account=number_of(account),
            count=count,
        )

    def collect(self, account: Account) -> int:
        """List, then for each: retrieve, store, and only then delete.

        What cannot be read or stored stays there and stops no other; it is told at the end.
        """
        service, until = service_of(account), time.monotonic() + STRETCH
        new, failed, reason = 0, 0, ""
        try:
            waiting = service.list()
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        had = collected_among(account, waiting)
        for unique_id in waiting:
            if time.monotonic() > until:
                break  # the next round goes on
            try:
                if unique_id not in had:
                    new += take(account, service, unique_id)
                if account.incoming_mode == Account.Mode.OWN:
                    service.delete(unique_id)
            except Fault as fault:
                failed, reason = failed + 1, str(fault)
            except (ValueError, DatabaseError):
                logger.exception("A message of %s could not be stored", account.origin)
                failed, reason = failed + 1, NOT_STORED
        if failed:
            raise left_there(failed, len(waiting), reason)
        return new


def take(account: Account, service: MailService, unique_id: str) -> int:
    """Store one; 1 when it was new."""
    found = service.retrieve(unique_id)
    if incoming.is_in_parts(found):
        found = replace(service.retrieve_mail(unique_id), content_type=MAIL)
    receiver, domain = Address(address_of(account)), settings.ZORGMAIL_DOMAINS[0]
    envelope = incoming.envelope_of(found, receiver, domain)
    envelope, through = without_claim(envelope, account.transport)
    with transaction.atomic():
        message = account.receive(envelope, unique_id, through=through)
        if message is not None and plain(found.content_type) == MAIL:
            mail = parse(found.content)
            mark(account, message, mail, kind_of(mail))
    return int(message is not None)


def number_of(account: Account) -> str:
    number = account.account_id or account.username
    if not NUMBER.fullmatch(number):
        raise Refused(
            Sentence(
                "“%(number)s” is no account number of ZorgMail, which has eight or nine digits. "
                "Check %(origin)s.",
                number=number,
                origin=account.origin,
            ),
            permanent=False,
        )
    return number


def address_of(account: Account) -> str:
    return f"{number_of(account)}@{settings.ZORGMAIL_DOMAINS[0]}"


def service_of(account: Account) -> MailService:
    password = account.readable_password()
    return MailService(account.site(PUBLIC_URL), account.username, password, number_of(account))
