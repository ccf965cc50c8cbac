"""To cells of Personium units, through a cell of our own at one of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.timezone import now

from boxes.models import Box, Delivery
from boxes.sentence import Sentence
from transports.base import Refused, Report, Transport, failures_told
from transports.models import Account
from transports.personium import collecting
from transports.personium.answered import has_chosen_id, travelling_id
from transports.personium.cells import NotACell, cell_url, unit_of
from transports.personium.client import Login, Outcome, Session
from transports.personium.outgoing import (
    LONGEST_BODY,
    PLAIN,
    Uncarriable,
    refuse_other_generation,
    written,
)
from transports.wire.faults import Doubt, Fault

# A unit may itself wait so long for the other cell before it notes anything.
STILL_UNDER_WAY = timedelta(minutes=3)
# After so many doubts in a row a person decides.
MOST_DOUBTS = 5


@dataclass(frozen=True)
class Prepared:
    login: Login
    identifier: str
    to: str
    fields: dict[str, Any]


class PersoniumTransport(Transport):
    """Every cell URL; the account's own cell sends, and its unit delivers to the other."""

    name = "personium"
    title = "Personium"
    account_fields = ("url", "username", "password", "incoming_mode")
    collects = True
    follows = True

    def accepts(self, address: str, sender: Box) -> bool:
        return address.partition(":")[0].lower() in ("https", "http") and ":" in address

    def limits(self, sender: Box) -> dict[str, Any]:
        return {"size": LONGEST_BODY, "contentTypes": list(PLAIN), "attachments": 0}

    def approval_of(self, address: str) -> str:
        """The host of the cell; nothing for what goes nowhere, of which prepare says why."""
        try:
            to = cell_url(address)
        except NotACell:
            return ""
        return "" if is_own(to) else urlsplit(to).hostname or ""

    def hindrance(self, address: str, sender: Box) -> str:
        try:
            refuse_own(cell_url(address))
            login_for(sender)
        except (NotACell, Refused) as error:
            return str(error)
        return ""

    def own_address(self, account: Account) -> str:
        return account.url

    def try_partner(self, address: str, sender: Box) -> str:
        """Our own cell is asked, through whose unit everything goes; the other one answers no
        question without a message."""
        return self.try_account(account_for(sender))

    def prepare(self, delivery: Delivery) -> Prepared:
        message = delivery.message
        try:
            to = cell_url(delivery.address)
            fields = written(message, delivery.address)
        except (NotACell, Uncarriable) as error:
            raise Refused(str(error), permanent=True) from error
        refuse_own(to)
        return Prepared(login_for(message.box), travelling_id(delivery), to, fields)

    def send(self, delivery: Delivery, prepared: object) -> str:
        assert isinstance(prepared, Prepared)
        try:
            with failures_told():
                outcome = hand_over(prepared, repeated=may_be_known(delivery))
        except Uncarriable as error:
            raise Refused(str(error), permanent=True) from error
        if not outcome.arrived:
            raise Refused(refusal(outcome), permanent=not outcome.passing)
        return prepared.identifier

    def ask(self, delivery: Delivery) -> Report | None:
        """A cell that took a message has it; of the others the account's own cell knows."""
        identifier = travelling_id(delivery)
        if delivery.status != Delivery.Status.UNCERTAIN:
            return Report("delivered", remote_id=identifier)
        try:
            outcome = Session(login_for(delivery.message.box)).find(identifier)
        except (Fault, Doubt) as fault:
            raise Refused(str(fault), permanent=False) from fault
        if outcome is None:
            return Report("absent") if may_repeat(delivery) else None
        if outcome.arrived:
            return Report("delivered", remote_id=identifier)
        return Report("undelivered", refusal(outcome), identifier, for_good=not outcome.passing)

    def collect(self, account: Account) -> int:
        return collecting.collect(account, login_of(account))

    def try_account(self, account: Account) -> str:
        try:
            session = Session(login_of(account))
            count = session.count_sent()
        except (Fault, Doubt) as fault:
            raise Refused(str(fault), permanent=False) from fault
        if count < 0:
            raise Refused(
                Sentence(
                    "The login works, but the account may not read the cell's sent messages. Its "
                    "role needs the privilege “message”."
                ),
                permanent=False,
            )
        return Sentence(
            "Logged in to the cell %(url)s; it sent %(count)s messages before.",
            url=f"{account.url}, {version}" if (version := session.version) else account.url,
            count=count,
        )


def hand_over(prepared: Prepared, *, repeated: bool) -> Outcome:
    """Send, unless the cell already noted that it was delivered; a note of a failure goes first,
    since a cell takes each identifier once. Raises Fault, Doubt or Uncarriable."""
    session = Session(prepared.login)
    refuse_other_generation(prepared.fields, session.generation)
    if repeated:
        earlier = session.find(prepared.identifier)
        if earlier is not None and earlier.arrived:
            return earlier
        if earlier is not None:
            session.forget(prepared.identifier)
    return session.send(prepared.identifier, prepared.to, prepared.fields)


def may_be_known(delivery: Delivery) -> bool:
    """Whether the account's cell may have heard of it: not of most, which go there once."""
    tried = delivery.attempts > 1 or bool(delivery.history)
    return tried or has_chosen_id(delivery.message)


def refusal(outcome: Outcome) -> str:
    words = f"{outcome.code} {outcome.reason}".strip().rstrip(".")
    return Sentence("The cell did not take the message: %(words)s.", words=words)


def may_repeat(delivery: Delivery) -> bool:
    """Nothing noted means that nothing arrived, or what did is known again by its identifier;
    but not while the unit may still be at it, nor without end, nor when whoever sent it was told
    that it failed."""
    kept = getattr(delivery.message, "cell", None)
    if kept is not None and kept.removed_at is not None:
        return False
    since = delivery.ended_at or delivery.created_at
    doubts = [event for event in delivery.history if event.get("status") == "uncertain"]
    return now() - since > STILL_UNDER_WAY and len(doubts) < MOST_DOUBTS


def is_own(to: str) -> bool:
    return to.startswith(f"{settings.BASE_URL}/")


def refuse_own(to: str) -> None:
    """Our own boxes have names here; a call to ourselves would only go round."""
    if is_own(to):
        raise Refused(
            Sentence(
                "“%(to)s” is an address of this installation. Use the name of the box instead.",
                to=to,
            ),
            permanent=True,
        )


def login_for(box: Box) -> Login:
    """Raises Refused when the box has no account that can be used."""
    return login_of(account_for(box))


def account_for(box: Box) -> Account:
    """Raises Refused when the box has none."""
    account = Account.objects.for_box(box, PersoniumTransport.name)
    if account is None:
        raise Refused(
            Sentence(
                "This box has no Personium account, so it cannot reach other cells. Ask your "
                "administrator for one."
            ),
            permanent=True,
        )
    return account


def login_of(account: Account) -> Login:
    try:
        cell_url(account.url)
    except NotACell as error:
        raise Refused(
            Sentence("%(error)s Check %(origin)s.", error=error, origin=account.origin),
            permanent=False,
        ) from error
    site = account.site(private=settings.PERSONIUM_PRIVATE_UNITS)
    return Login(site, account.username, account.readable_password())


def unit_of_account(box: Box) -> str:
    """The unit at which the box has a cell; empty when it has none."""
    account = Account.objects.for_box(box, PersoniumTransport.name)
    try:
        return unit_of(cell_url(account.url)) if account else ""
    except NotACell:
        return ""
