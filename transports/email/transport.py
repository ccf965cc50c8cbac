"""Mail to the rest of the world, over SMTP."""

from dataclasses import replace

from django.conf import settings
from django.db.models import Q

from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Box, Delivery, Message
from boxes.sentence import Sentence
from transports.base import Refused, is_guarded
from transports.email.collecting import INCOMING_FIELDS, collect, incoming_server, try_incoming
from transports.email.headers import NotAnAddress, ascii_domain
from transports.email.leaving import MailServerTransport, Prepared
from transports.email.marks import mark_of
from transports.email.mime import Unmailable, build
from transports.email.server import Server
from transports.models import Account


class EmailTransport(MailServerTransport):
    """Every e-mail address that no other road has taken.

    Mail leaves through the server of the box's own account, else of the installation's,
    else of EMAIL_URL.
    """

    name = "email"
    title = "e-mail"
    account_fields = ("host", "port", "security", "username", "password", *INCOMING_FIELDS)
    collects = True

    def accepts(self, address: str, sender: Box) -> bool:
        return "@" in address

    def prepare(self, delivery: Delivery) -> Prepared:
        message, domain = delivery.message, sending_domain()
        try:
            mail = build(
                envelope_of(message),
                xuid=message.xuid,
                sender=sender_of(message),
                recipient=delivery.address,
                answers=answered_id(message, domain),
                mark=mark_of(message.xuid, delivery.n),
            )
        except Unmailable as error:
            raise Refused(str(error), permanent=True) from error
        refuse_guarded(mail.recipient)
        return Prepared(server_for(message.box, domain), mail)

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            sending_domain()
            refuse_guarded(address)
        except Refused as error:
            return str(error)
        return ""

    def own_address(self, account: Account) -> str:
        return account.username if "@" in account.username else ""

    def try_partner(self, address: str, sender: Box) -> str:
        return self.let_in(server_for(sender, sending_domain()))

    def try_account(self, account: Account) -> str:
        said = self.let_in(server_of(account, sending_domain())) if account.host else ""
        return " ".join(filter(None, [said, try_incoming(account, self._incoming(account))]))

    def collect(self, account: Account) -> int:
        assert account.box is not None
        name, domain = account.box.name, settings.MAIL_DOMAIN
        own = f"{name}@{domain}" if domain else name
        receiver = Address(account.username if "@" in account.username else own)
        return collect(account, self._incoming(account), receiver)

    def _incoming(self, account: Account) -> Server:
        return incoming_server(account, server_of(account, settings.MAIL_DOMAIN or "localhost"))


def sender_of(message: Message) -> Address:
    """One of the box's own addresses where the sender chose it, else the box at our domain."""
    box, name = message.box, message.from_name or message.box.display_name
    if "@" in message.from_address and box.may_send_as(message.from_address):
        return Address(message.from_address, name)
    return Address(f"{box.name}@{sending_domain()}", name)


def sending_domain() -> str:
    """The domain of our boxes' addresses. Raises Refused when there is none."""
    if not settings.MAIL_DOMAIN:
        raise Refused(
            Sentence(
                "E-mail is off here, because no sending domain is set. Ask your administrator "
                "to set MAIL_DOMAIN, or use another address.",
                plain="E-mail is off here. Use another address, or ask your administrator to "
                "switch e-mail on.",
            ),
            permanent=True,
        )
    try:
        return ascii_domain(settings.MAIL_DOMAIN)
    except NotAnAddress as error:
        raise Refused(
            Sentence(
                "MAIL_DOMAIN is wrong. %(error)s",
                plain="E-mail does not work here, because its domain is set wrongly. Tell your "
                "administrator, or use another address.",
                error=error,
            ),
            permanent=False,
        ) from error


def refuse_guarded(recipient: str) -> None:
    """The domains of safer roads never come by mail, whatever they were written like: the
    registry compares as written, and here full-width letters have become plain ones."""
    if is_guarded(recipient):
        raise Refused(
            Sentence(
                "“%(recipient)s” must not be reached by plain e-mail. Write its domain in plain "
                "lowercase letters, so that the message takes the safer road.",
                recipient=recipient,
            ),
            permanent=True,
        )


def envelope_of(message: Message) -> Envelope:
    return Envelope(
        to=tuple(Address.from_json(item) for item in message.to),
        cc=tuple(Address.from_json(item) for item in message.cc),
        content_type=message.content_type,
        content=message.body(),
        subject=message.subject,
        headers=message.headers,
        id=message.envelope_id,
        sent_at=message.dated or message.created_at,
        in_reply_to=message.in_reply_to,
        attachments=tuple(
            Attachment(part.filename, part.content_type, part.body())
            for part in message.attachments.select_related("content")
        ),
    )


def answered_id(message: Message, domain: str) -> str:
    """The Message-ID that the answered message has in the mail world; empty if it has none.

    ``in_reply_to`` names a message of this box, by xuid or by the sender's own identifier.
    """
    wanted = message.in_reply_to
    if "@" in wanted or not wanted:
        return wanted
    in_box = Message.objects.in_box(message.box)
    earlier = in_box.filter(Q(xuid=wanted) | Q(envelope_id=wanted)).order_by("-id").first()
    if earlier is None:
        return ""
    if earlier.direction == Message.Direction.OUT:
        return f"<{earlier.xuid}@{domain}>"
    return earlier.envelope_id


def server_for(box: Box, domain: str) -> Server:
    """Raises Refused when the account's password cannot be read."""
    account = Account.objects.for_box(box, EmailTransport.name)
    if account is None or not account.host:  # an account may be for collecting only
        return server_of_settings(domain)
    return server_of(account, domain)


def server_of_settings(domain: str) -> Server:
    return Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        security=security_of_settings(),
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        require_tls=settings.EMAIL_REQUIRE_TLS,
        ca_file=settings.EMAIL_CA_FILE,
        connect_timeout=settings.EMAIL_CONNECT_TIMEOUT,
        timeout=settings.EMAIL_TIMEOUT,
        our_name=domain,
    )


def server_of(account: Account, domain: str) -> Server:
    """Raises Refused when the account's password cannot be read."""
    return replace(
        server_of_settings(domain),
        host=account.host,
        port=account.port,
        security=account.security,
        username=account.username,
        password=account.readable_password(),
        origin=account.origin,
    )


def security_of_settings() -> str:
    if settings.EMAIL_USE_SSL:
        return "tls"
    return "starttls" if settings.EMAIL_USE_TLS else "none"
