"""The contract of a transport: how a message leaves for one external system, and arrives from it.

A transport's three outcomes are three ways to leave ``send``: it returns (accepted), raises
Refused (the far side certainly did not take it) or raises Uncertain (it may have).
"""

import unicodedata

from boxes.models import Box, Delivery


class Refused(Exception):
    """The far side did not take the message; ``permanent`` when trying again is no use.

    The text is a sentence for the person who sent it.
    """

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class Uncertain(Exception):
    """The far side may have taken the message: it is not sent again by itself."""


class Transport:
    """One road. ``local`` says that the dispatcher has it move its deliveries in batches
    (``move_batch``), instead of an attempt each."""

    name: str = ""
    local: bool = False

    def accepts(self, address: str, sender: Box) -> bool:
        """Whether this road leads to the address; the address alone decides."""
        raise NotImplementedError

    def prepare(self, delivery: Delivery) -> object:
        """Build all that will be sent, without touching the network. Raises Refused.

        After any other exception the delivery is tried again later.
        """
        return None

    def send(self, delivery: Delivery, prepared: object) -> str:
        """Hand the message over and return the far side's identifier for it, or "".

        The dispatcher has committed ``handed_over_at`` before the call. Each attempt at one
        delivery carries the same identifier of ours, and another delivery of the message
        another one: ``{xuid}.{n}``. Raises Refused or Uncertain; any other exception leaves
        the delivery uncertain.
        """
        raise NotImplementedError


def domain_of(address: str) -> str:
    """The part after the last @ as name servers would read it; empty when there is none.

    Full-width letters, ideographic full stops and a final dot lead to the same host, so they
    must not lead to another road.
    """
    if "@" not in address:
        return ""
    name = unicodedata.normalize("NFKC", address.rpartition("@")[2]).replace("\u3002", ".")
    return name.strip().rstrip(".").casefold()
