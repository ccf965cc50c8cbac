"""From a mailbox into a box: each mail once, whatever dies in between or is counted anew.

A mail is remembered by its number in the mailbox, which spares fetching it again, and by a
hash of its bytes, for a server that gives its mails other numbers.
"""

import hashlib
import hmac
import logging
import re
import time
from dataclasses import replace
from email.message import Message as Mail

from django.conf import settings
from django.db import DatabaseError, transaction

from boxes.envelope import Address
from boxes.models import Delivery, Message
from boxes.models.property import Property
from boxes.sentence import Sentence
from transports.base import NOT_STORED, Refused, left_there
from transports.email import notices, reading
from transports.email.mailbox import Mailbox, Waiting
from transports.email.notices import Outcome
from transports.email.server import Server
from transports.email.unproven import without_claim
from transports.models import Account, Collected
from transports.wire.faults import Fault

logger = logging.getLogger(__name__)

# No mail is begun later than so; the conversation ends by EMAIL_TIMEOUT.
STRETCH = 20.0
# One that is too slow for a conversation must not keep the others waiting behind it.
LARGE = 5 * 1024 * 1024
CHUNK = 500
INCOMING_FIELDS = ("incoming_mode", "incoming_host", "incoming_port", "incoming_security")
# What software is told about a mail, as a property of the message.
PROPERTY = "mail"


def incoming_server(account: Account, outgoing: Server) -> Server:
    """Where the account's mail comes in; the login is the one that its mail leaves by."""
    return replace(
        outgoing,
        host=account.incoming_host or account.host,
        port=account.incoming_port,
        security=account.incoming_security,
    )


def try_incoming(account: Account, server: Server) -> str:
    """Look into the mailbox, where the account collects. Raises Refused."""
    if account.incoming_mode == Account.Mode.OFF:
        return ""
    try:
        with Mailbox(server, look=True, longest=longest_mail()) as mailbox:
            count = sum(not item.deleted for item in mailbox.waiting())
    except Fault as fault:
        raise Refused(str(fault), permanent=False) from fault
    if count == 1:
        return Sentence("In its mailbox at %(server)s 1 mail waits.", server=server)
    return Sentence(
        "In its mailbox at %(server)s %(count)s mails wait.", server=server, count=count
    )


def collect(account: Account, server: Server, receiver: Address) -> int:
    """How many were new. Raises Refused with a sentence when not everything could be taken."""
    look = account.incoming_mode != Account.Mode.OWN
    try:
        with Mailbox(server, look=look, longest=longest_mail()) as mailbox:
            return _collect(account, mailbox, receiver)
    except Fault as fault:
        raise Refused(str(fault), permanent=False) from fault


def _collect(account: Account, mailbox: Mailbox, receiver: Address) -> int:
    until, new, failed, reason = time.monotonic() + STRETCH, 0, 0, ""
    waiting = sorted(mailbox.waiting(), key=lambda item: (item.size > LARGE, item.uid))
    had = collected_among(account, [_number(mailbox, item) for item in waiting])
    for item in waiting:
        if time.monotonic() > until:
            break  # the next round goes on
        if item.deleted and not (_number(mailbox, item) in had and mailbox.expunges):
            continue  # by somebody else; ours lacks only the last step
        if item.size > longest_mail():
            failed, reason = failed + 1, _too_large(item)
            continue
        try:
            if _number(mailbox, item) not in had:
                new += _take(account, mailbox, item, receiver)
            if not mailbox.look:
                mailbox.remove(item.uid)
        except (ValueError, DatabaseError):
            logger.exception("A mail of %s could not be stored", account.origin)
            failed, reason = failed + 1, NOT_STORED
    if failed:
        raise left_there(failed, len(waiting), reason)
    return new


def _take(account: Account, mailbox: Mailbox, item: Waiting, receiver: Address) -> int:
    original = mailbox.fetch(item.uid)
    if original is None:
        return 0  # somebody else removed it
    return int(store(account, original, _number(mailbox, item), receiver))


def store(account: Account, original: bytes, unique_id: str, receiver: Address) -> bool:
    """The mail, the memory of it, and what it tells about a delivery: all, or nothing.

    False when the account had it already, under this or another number.
    """
    mail = reading.parse(original)
    names = [f"hash:{digest_of(original)}"]
    kind = notices.LOOP if _came_back(account, mail) else notices.kind_of(mail)
    if kind == notices.LOOP:  # each round adds headers; what it says stays the same
        names.append(f"loop:{digest_of(_said_by(mail, original))}")
    with transaction.atomic():
        if collected_among(account, names):
            account.remember(unique_id)
            return False
        envelope = reading.read_mail(original, receiver, mail)
        answered = _answered(account, mail, envelope.in_reply_to)
        envelope = replace(envelope, in_reply_to=answered)
        envelope, through = without_claim(envelope, account.transport)
        message = account.receive(envelope, unique_id, through=through)
        if message is None:
            return False
        for name in names:
            account.remember(name, message)
        mark(account, message, mail, kind)
    return True


def mark(account: Account, message: Message, mail: Mail, kind: str) -> None:
    """Say of what kind it is, and do what a bounce tells; runs in the transaction that keeps it."""
    if kind:
        Property.objects.put(message, PROPERTY, kind)
    if kind == notices.BOUNCE:
        report(account, mail)


def report(account: Account, mail: Mail) -> int:
    """Move the one delivery of this box whose own mail the notice returns; returns how often.

    Whoever else the notice names, and whatever it refers to, is only its writer's word.
    """
    subject = notices.proven(mail)
    if subject is None:
        return 0
    delivery = Delivery.objects.filter(
        message__box=account.box,
        message__xuid=subject.xuid,
        transport=account.transport,
        n=subject.n,
    ).first()
    if delivery is None:
        return 0
    told = _told_of(delivery, notices.outcomes(mail))
    return sum(
        delivery.report(outcome.status, outcome.sentence, for_good=outcome.for_good)
        for outcome in told
    )


def _told_of(delivery: Delivery, outcomes: list[Outcome]) -> list[Outcome]:
    """By address; the mail may also have been forwarded to one that we do not know."""
    address = delivery.address.casefold()
    named = [item for item in outcomes if address in map(str.casefold, item.recipients)]
    return named or outcomes


def collected_among(account: Account, unique_ids: list[str]) -> set[str]:
    """Those of the ids that the account has taken before."""
    found: set[str] = set()
    for start in range(0, len(unique_ids), CHUNK):
        rows = Collected.objects.filter(
            account=account, unique_id__in=unique_ids[start : start + CHUNK]
        )
        found.update(rows.values_list("unique_id", flat=True))
    return found


def _came_back(account: Account, mail: Mail) -> bool:
    """Whether it is a message that this box itself sent."""
    own = notices.own_mail(mail)
    sent = Message.objects.filter(box=account.box, direction=Message.Direction.OUT)
    return own is not None and sent.filter(xuid=own.xuid).exists()


def _answered(account: Account, mail: Mail, in_reply_to: str) -> str:
    """A message of ours by its xuid, so that the answer stands in its thread."""
    subject = notices.named_in(in_reply_to) or notices.about(mail)
    if subject is None:
        return in_reply_to
    known = Message.objects.filter(box=account.box, xuid=subject.xuid).exists()
    return subject.xuid if known else in_reply_to


def digest_of(octets: bytes) -> str:
    """Keyed, as for contents: nobody can test whether a known mail came in."""
    return hmac.new(settings.HASH_KEY, octets, hashlib.sha256).hexdigest()


def longest_mail() -> int:
    """As large as a message may be, in base64 and with the mail's own lines around it."""
    return settings.MAX_CONTENT_BYTES * 3 // 2 + 1024 * 1024


def _said_by(mail: Mail, original: bytes) -> bytes:
    body = re.split(rb"\r?\n\r?\n", original, maxsplit=1)[-1]
    return str(mail.get("Message-ID", "")).encode("utf-8", "replace") + b"\0" + body


def _number(mailbox: Mailbox, item: Waiting) -> str:
    return f"{mailbox.validity}.{item.uid}"


def _too_large(item: Waiting) -> str:
    size, limit = item.size / 1024 / 1024, longest_mail() / 1024 / 1024
    return Sentence(
        "A mail of %(size)s MiB is larger than the %(limit)s MiB that are taken.",
        size=f"{size:.1f}",
        limit=f"{limit:.1f}",
    )
