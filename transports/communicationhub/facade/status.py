"""A message of ours as a SendResponse."""

from typing import Any

from boxes.models import Box, Delivery, Message
from boxes.xuid import is_xuid
from transports.base import Refused
from transports.communicationhub import addresses
from transports.communicationhub.addresses import NotAnAddress
from transports.communicationhub.documents import HEADER, sender_address
from transports.communicationhub.statuses import ACCEPTED, QUEUED, RECEIVED, shown_for

# What a trial letter never becomes, for nobody prints it.
_POSTED = ("sent", "delivered", "read")


def accepted(message: Message, receiver: str) -> dict[str, Any]:
    """The answer to a send: taken over, nothing handed on yet."""
    return {**_who(message), "Receiver": receiver, "Status": ACCEPTED}


def found(box: Box, message_id: str) -> dict[str, Any] | None:
    """What became of a message that this box sent, or got; None for any other."""
    wanted = message_id.strip().strip("<>")
    xuid = wanted.partition("@")[0]
    if is_xuid(xuid):
        sent = Message.objects.in_box(box).filter(xuid=xuid, direction=Message.Direction.OUT)
        message = sent.select_related("box").first()
        if message is not None:
            return _sent(message)
    got = Message.objects.in_box(box).filter(source=HEADER).exclude(envelope_id="")
    message = got.filter(envelope_id__in=(wanted, f"<{wanted}>")).order_by("-id").first()
    return _received(message, message_id) if message else None


def message_id_of(message: Message) -> str:
    """A mail is known by its Message-ID, as the mail systems report about it."""
    address = _first(message)
    if addresses.is_sms(address) or addresses.is_letter(address):
        return message.xuid
    sender = _sender(message)
    return f"{message.xuid}@{sender.rpartition('@')[2]}" if "@" in sender else message.xuid


def _sent(message: Message) -> dict[str, Any]:
    deliveries = list(message.deliveries.all())
    status = shown_for(delivery.status for delivery in deliveries)
    if _options(message).get("TestFlag") and status in _POSTED:
        status = QUEUED
    waiting = [item for item in deliveries if item.status in Delivery.WAITING and item.attempts]
    told = next((item.error for item in deliveries if item.error), None)
    return {
        **_who(message),
        "Receiver": ", ".join(_shown(item["address"]) for item in message.to),
        "Status": status,
        "ErrorMessage": told,
        "Configuration": deliveries[0].transport if deliveries else None,
        "Retry": any(item.status == Delivery.Status.QUEUED for item in waiting),
        "RetryCount": max([0, *(item.attempts - 1 for item in deliveries)]),
    }


def _received(message: Message, message_id: str) -> dict[str, Any]:
    return {
        "MessageId": message_id,
        "Sender": message.from_address,
        "Receiver": ", ".join(item["address"] for item in message.to),
        "Status": RECEIVED,
        "Retry": False,
        "RetryCount": 0,
    }


def _who(message: Message) -> dict[str, Any]:
    return {
        "MessageId": message_id_of(message),
        "Sender": _sender(message) or None,
        "Retry": False,
        "RetryCount": 0,
    }


def _sender(message: Message) -> str:
    """What the receiver sees as sender."""
    address, options = _first(message), _options(message)
    if addresses.is_sms(address):
        return options.get("Sender", "")
    if addresses.is_letter(address):
        town = " ".join(options.get(n, "") for n in ("SenderZipCode", "SenderCity")).strip()
        lines = (options.get("SenderAdressLine1"), options.get("SenderStreet"), town)
        return ", ".join(filter(None, lines))
    try:
        return sender_address(message.box, message.from_address)
    except Refused:  # without a domain of our own: the message fails and says so
        return message.from_address


def _first(message: Message) -> str:
    return message.to[0]["address"] if message.to else ""


def _options(message: Message) -> dict[str, Any]:
    """What came with it for the operation; software may have put anything else there."""
    given = message.headers.get(HEADER)
    return (
        {k: v for k, v in given.items() if isinstance(v, str | bool)}
        if isinstance(given, dict)
        else {}
    )


def _shown(address: str) -> str:
    try:
        if addresses.is_letter(address):
            return addresses.read_letter(address).shown
        return addresses.read_number(address) if addresses.is_sms(address) else address
    except NotAnAddress:
        return address
