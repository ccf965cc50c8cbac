"""From one call to the messages that it makes: mostly one, and one a recipient where each has
a text of their own. All of them are stored, or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction

from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Box, Delivery, Message, Property
from transports.doors import Caller
from transports.email.headers import clean
from transports.email.parts import SAME_AS_TEXT
from transports.smtpeter.facade import options, people, personal
from transports.smtpeter.facade.answers import Refusal
from transports.smtpeter.facade.letters import Letter, letter_of

MAX_HEADERS_BYTES = 64 * 1024
MAX_SUBJECT = 998
MAX_ID = 255
# A text that is filled in for each recipient may grow to so many times the largest content.
MOST_CONTENTS = 4
TOO_LATE = "The moment in maxdelivertime had passed before the message was sent."
TEXT, PAGE = "text/plain; charset=utf-8", "text/html; charset=utf-8"
Recipients = dict[str, tuple[Address, dict[str, Any] | None]]


@dataclass(frozen=True)
class Order:
    """One message to be: an envelope, and who is served without being seen."""

    envelope: Envelope
    hidden: Sequence[Address]
    properties: dict[str, str]
    late: bool = False


def send(caller: Caller, body: dict[str, Any]) -> dict[str, str]:
    """The identifier of each recipient's mail and the address. Raises Refusal or Rejected."""
    options.check(body)
    recipients = people.recipients_of(body)
    if len(recipients) > settings.MAX_RECIPIENTS:
        raise Refusal(f"recipients: at most {settings.MAX_RECIPIENTS} in one call")
    with transaction.atomic():
        sent = [post(caller, order) for order in orders(caller.box, body, recipients)]
    by_address = {item.address: item.public_ref for deliveries in sent for item in deliveries}
    return {by_address[address]: address for address in recipients}


def orders(box: Box, body: dict[str, Any], recipients: Recipients) -> Iterator[Order]:
    envelope = people.one("envelope", body.get("envelope"))
    returns = envelope.address if envelope else ""
    common = body.get("data") or None
    own = any(data is not None for _person, data in recipients.values())
    if common is None and not own:
        yield order_of(
            box, body, letter_of(body), [item[0] for item in recipients.values()], returns
        )
        return
    left = settings.MAX_CONTENT_BYTES * MOST_CONTENTS
    for group in groups(body, recipients, own):
        data = {**(common or {}), **(recipients[group[0].address][1] or {})}
        data = {**data, "recipient": group[0].address, "envelope": returns}
        filled = personal.filled(body, data, settings.MAX_CONTENT_BYTES)
        order = order_of(box, filled, letter_of(filled), group, returns)
        left -= order.envelope.size
        if left < 0:
            raise Refusal("Message too large", 413)
        yield order


def groups(body: dict[str, Any], recipients: Recipients, own: bool) -> list[list[Address]]:
    """Who share one text: everybody, where nothing in it is of one recipient."""
    everybody = [person for person, _data in recipients.values()]
    named = any(b"$recipient" in orjson.dumps(body.get(name)) for name in personal.FILLED)
    return [[person] for person in everybody] if own or named else [everybody]


def order_of(
    box: Box, body: dict[str, Any], letter: Letter, recipients: list[Address], returns: str
) -> Order:
    tags = options.tags_of(body)
    tags = tuple(dict.fromkeys((*tags, *options.tags_of({"tags": letter.tags or None}, ","))))
    to, cc, hidden = placed(letter, recipients)
    content_type, content, files = said(letter)
    headers = {
        **letter.headers,
        **options.unsubscribing(body),
        **unplaced("To", letter.to, to),
        **unplaced("Cc", letter.cc, cc),
        **({"Reply-To": clean(", ".join(letter.reply_to))} if letter.reply_to else {}),
    }
    sender, headers["From"] = sender_of(box, letter.sender)
    if not headers["From"]:
        del headers["From"]
    envelope = Envelope(
        to=to,
        cc=cc,
        sender=sender,
        subject=letter.subject,
        content_type=content_type,
        content=content,
        headers=headers,
        id=letter.id if len(letter.id) <= MAX_ID else "",
        sent_at=letter.sent_at,
        in_reply_to=letter.in_reply_to[:MAX_ID],
        attachments=files,
    )
    refuse_what_is_too_large(envelope)
    properties = options.kept(body, returns, tags)
    return Order(envelope, hidden, properties, late=is_late(options.latest(body)))


def is_late(moment: datetime | None) -> bool:
    return moment is not None and moment < datetime.now(UTC)


def placed(
    letter: Letter, recipients: list[Address]
) -> tuple[tuple[Address, ...], tuple[Address, ...], list[Address]]:
    """Who of the recipients stands in to, who in cc, and who is seen nowhere. Without any
    header a single recipient is simply the one it is to."""
    if len(recipients) == 1 and not letter.to and not letter.cc:
        return (recipients[0],), (), []
    left = {item.address: item for item in recipients}
    folded = {address.casefold(): address for address in reversed(left)}

    def take(values: Sequence[str]) -> Iterator[Address]:
        for item in people.shown(values):
            address = item.address if item.address in left else folded.get(item.address.casefold())
            if address in left:
                del left[address]
                yield Address(address, item.display_name)

    to, cc = tuple(take(letter.to)), tuple(take(letter.cc))
    return to, cc, list(left.values())


def unplaced(name: str, written: tuple[str, ...], seen: tuple[Address, ...]) -> dict[str, str]:
    """The header as it was written, where it names others than those who are served."""
    readable = all(people.shown([value]) for value in written)
    if not written or (readable and len(people.shown(written)) == len(seen)):
        return {}
    return {name: clean(", ".join(written))}


def sender_of(box: Box, written: str) -> tuple[Address, str]:
    """The address itself where the box lists it; else the box, and what was written."""
    person = people.one("from", written)
    assert person is not None  # a letter has a sender
    if box.may_send_as(person.address):
        return Address(person.address, person.display_name or box.display_name), ""
    return Address(box.name, person.display_name or box.display_name), clean(written)


def said(letter: Letter) -> tuple[str, bytes, tuple[Attachment, ...]]:
    """HTML before text, as mail programs choose; the other one comes as a file."""
    if letter.html:
        other = letter.text
        files = [Attachment("message.txt", SAME_AS_TEXT, other.encode())] if other else []
        return PAGE, letter.html.encode(), (*files, *letter.files)
    return TEXT, (letter.text or "").encode(), letter.files


def refuse_what_is_too_large(envelope: Envelope) -> None:
    if envelope.size > settings.MAX_CONTENT_BYTES:
        raise Refusal("Message too large", 413)
    if len(envelope.subject) > MAX_SUBJECT:
        raise Refusal(f"subject: at most {MAX_SUBJECT} characters")
    if len(orjson.dumps(envelope.headers)) > MAX_HEADERS_BYTES:
        raise Refusal(f"The headers are larger than {MAX_HEADERS_BYTES // 1024} KiB in all")


def post(caller: Caller, order: Order) -> list[Delivery]:
    """Runs inside a transaction."""
    message = Message.objects.post(
        caller.box, order.envelope, recipients=order.hidden, caller=caller.key
    )
    for name, value in order.properties.items():
        Property.objects.put(message, name, value)
    deliveries = list(message.deliveries.select_related("message"))
    if order.late:
        fail(message, deliveries)
    return deliveries


def post_alone(caller: Caller, order: Order) -> list[Delivery]:
    with transaction.atomic():
        return post(caller, order)


def fail(message: Message, deliveries: list[Delivery]) -> None:
    """What is of no use any more ends before it begins, as SMTPeter has it."""
    for waiting in deliveries:
        alone = Delivery.objects.filter(pk=waiting.pk)
        for delivery in alone.claim_due(waiting.transport, 1, settings.CLAIM_SECONDS):
            delivery.fail(TOO_LATE)
    message.settle()
