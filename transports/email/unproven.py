"""A mail from outside whose sender claims an address of ours.

Whoever sends a message from one box to another here does not come by mail, and anybody can
write any sender on a mail. Such an address is shown as words, never kept as an address: lists
would show a colleague, and an answer would go to a box that never wrote.
"""

from dataclasses import replace

from django.conf import settings

from boxes.envelope import Address, Envelope
from transports.base import domain_of
from transports.email.fitting import MAX_NAME, cut
from transports.email.headers import NotAnAddress, ascii_domain
from transports.registry import title_of


def without_claim(envelope: Envelope, transport: str) -> tuple[Envelope, str]:
    """The envelope, and what the message came through where its sender claimed to be ours."""
    sender = envelope.sender
    if sender is None or not is_ours(sender.address):
        return envelope, ""
    name = cut(sender.display_name, MAX_NAME - min(len(sender.address) + 3, MAX_NAME - 1))
    shown = f"{name} ({sender.address})" if name else sender.address
    through = f"{title_of(transport)}, sender not verified"
    return replace(envelope, sender=Address("", cut(shown, MAX_NAME))), through


def is_ours(address: str) -> bool:
    """Whether its domain is that of our boxes, whatever letters it is written in."""
    ours = settings.MAIL_DOMAIN
    return bool(ours) and _domain(address) == _domain(f"@{ours}")


def _domain(address: str) -> str:
    name = domain_of(address)
    try:
        return ascii_domain(name).casefold()
    except NotAnAddress:
        return name
