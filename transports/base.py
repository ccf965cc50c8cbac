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
    """One road. ``safe`` says whether care content may take it; ``local`` that the
    dispatcher moves its deliveries in batches instead of an attempt each."""

    name: str = ""
    safe: bool = False
    local: bool = False

    def accepts(self, address: str, sender: Box) -> bool:
        """Whether this road leads to the address; the address alone decides."""
        raise NotImplementedError

    def prepare(self, delivery: Delivery) -> object:
        """Build all that will be sent, without touching the network. Raises Refused."""
        return None

    def send(self, delivery: Delivery, prepared: object) -> str:
        """Hand the message over and return the far side's identifier for it.

        The dispatcher has committed ``handed_over_at`` before the call. Each attempt at one
        delivery carries the same identifier of ours. Raises Refused or Uncertain.
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
