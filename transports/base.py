"""The contract of a transport: how a message leaves for one external system, and arrives from it.

A transport's three outcomes are three ways to leave ``send``: it returns (accepted), raises
Refused (the far side certainly did not take it) or raises Uncertain (it may have).
"""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault

if TYPE_CHECKING:
    from transports.models import Account


class Refused(Exception):
    """The far side did not take the message; ``permanent`` when trying again is no use.

    Its text is a Sentence for the person who sent it, who may read another language.
    """

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class Uncertain(Exception):
    """The far side may have taken the message: it is not sent again by itself."""


@contextmanager
def failures_told() -> Iterator[None]:
    """What a client says of the far side, as what it means for the delivery."""
    try:
        yield
    except Fault as fault:
        raise Refused(str(fault), permanent=fault.permanent) from fault
    except Doubt as doubt:
        raise Uncertain(str(doubt)) from doubt


NOT_STORED = Sentence("It could not be stored; the process log says why.")


def left_there(failed: int, waiting: int, reason: str) -> Refused:
    """Of what waited at a system, not everything could be taken."""
    sentence = Sentence(
        "%(failed)s of %(waiting)s were left there. %(reason)s",
        failed=failed,
        waiting=waiting,
        reason=reason,
    )
    return Refused(sentence, permanent=False)


@dataclass(frozen=True)
class Report:
    """What a system says became of a delivery.

    ``status`` is one of ``Delivery.report``: sent (the system has it), delivered, read,
    undelivered, or absent (it certainly never took it, so it can be sent again). ``for_good``
    is False where the system says that what came back may pass later.
    """

    status: str
    sentence: str = ""
    remote_id: str = ""
    for_good: bool = True


class Transport:
    """One road. ``name`` is stored with each delivery, ``title`` stands in sentences.

    ``local`` says that the dispatcher has it move its deliveries in batches (``move_batch``),
    instead of an attempt each; ``safe`` that it is made for care, so that it needs no
    approval of the receiver's domain. ``account_fields`` are the columns of an Account that
    it uses, ``account_labels`` what the system itself calls them; ``collects`` and ``follows``
    say that it has ``collect`` and ``ask``.
    """

    name: str = ""
    title: str = ""
    local: bool = False
    safe: bool = False
    account_fields: tuple[str, ...] = ()
    account_labels: Mapping[str, Any] = {}
    collects: bool = False
    follows: bool = False

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

    def longest_attempt(self) -> float:
        """Seconds that prepare and send may take together, however the far side drags it out."""
        return settings.ROADS_TIMEOUT

    def limits(self, sender: Box) -> dict[str, Any]:
        """What the road takes at most, for whoever asks before sending: ``size`` in bytes,
        ``contentTypes``; what is not named is not limited here."""
        return {}

    def approval_of(self, address: str) -> str:
        """What an admin approves before the address is reached by this road, if not safe."""
        return domain_of(address)

    def hindrance(self, address: str, sender: Box) -> str:
        """A sentence about what keeps this box's messages from that address; empty if nothing
        is known to. Asks no other system."""
        return ""

    def own_address(self, account: "Account") -> str:
        """Under which address others reach the account's box by this road; empty where it has
        none of its own. Raises Refused."""
        return ""

    def try_partner(self, address: str, sender: Box) -> str:
        """Ask the far side whether it is there and lets us in, without sending anything;
        returns a sentence of what was seen. Raises Refused."""
        raise NotImplementedError

    def try_account(self, account: "Account") -> str:
        """Log in without sending anything; returns a sentence of what was seen.

        Raises Refused with a sentence of what is wrong.
        """
        raise NotImplementedError

    def collect(self, account: "Account") -> int:
        """Fetch what waits at the system into the account's box; returns how much was new.

        Each message is stored by ``account.receive`` before anything is removed there, and
        that only where the account's mode is *own*. Raises Refused with a sentence.
        """
        raise NotImplementedError

    def ask(self, delivery: Delivery) -> Report | None:
        """What the system says became of a delivery that it took or may have taken; None when
        it does not know yet. Raises Refused when it cannot be asked now."""
        raise NotImplementedError


def is_guarded(address: str) -> bool:
    """Whether the address belongs to a road made for care, and must never go by another."""
    return domain_of(address) in {*settings.ZORGMAIL_DOMAINS, *settings.EZORG_DOMAINS}


def domain_of(address: str) -> str:
    """The part after the last @ as name servers would read it; empty when there is none.

    Full-width letters, ideographic full stops and a final dot lead to the same host, so they
    must not lead to another road.
    """
    if "@" not in address:
        return ""
    name = unicodedata.normalize("NFKC", address.rpartition("@")[2]).replace("\u3002", ".")
    return name.strip().rstrip(".").casefold()
