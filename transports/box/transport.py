"""Delivery to another box of this installation, exactly once.

Claim, insert into the other box and mark delivered are one transaction: a crash leaves
all of it or nothing, and a unique key lets no delivery be received twice.
"""

import re

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from boxes.models import Box, Delivery, Message
from boxes.models.box import NAME_PATTERN
from boxes.models.delivery import event_of
from boxes.sentence import Sentence, english, kept
from transports.base import Refused, Transport, domain_of


class BoxTransport(Transport):
    """Moves messages in batches; the dispatcher calls it itself, without an attempt each."""

    name = "box"
    title = "MessageBox"
    local = True
    safe = True

    def accepts(self, address: str, sender: Box) -> bool:
        if re.fullmatch(NAME_PATTERN, address, re.ASCII):
            return True
        name = box_name_of(address)
        return name != address and Box.objects.filter(name=name).exists()

    def send(self, delivery: Delivery, prepared: object) -> str:
        raise Refused(
            Sentence("Boxes of this installation are served in batches."), permanent=False
        )

    def longest_attempt(self) -> float:
        return 0

    def hindrance(self, address: str, sender: Box) -> str:
        return refusal(address, Box.objects.filter(name=box_name_of(address)).first())

    def try_partner(self, address: str, sender: Box) -> str:
        if sentence := self.hindrance(address, sender):
            raise Refused(sentence, permanent=True)
        return Sentence("The box “%(address)s” is here and takes messages.", address=address)

    def move_batch(self, size: int, **which) -> int:
        """Deliver up to ``size`` due messages; returns how many deliveries ended."""
        with transaction.atomic():
            batch = list(
                Delivery.objects.due()
                .filter(transport=self.name, **which)
                .order_by("due_at", "id")
                .select_for_update(skip_locked=True, of=("self", "message"))
                .select_related("message__box")
                .prefetch_related("message__attachments")[:size]
            )
            if batch:
                self._move(batch)
        return len(batch)

    def _move(self, batch: list[Delivery]) -> None:
        names = {item.address: box_name_of(item.address) for item in batch}
        targets = Box.objects.in_bulk(set(names.values()), field_name="name")
        for delivery in batch:
            delivery.target = targets.get(names[delivery.address])
        arriving = [item for item in batch if item.target and item.target.state == "open"]
        Message.objects.receive_copies([item for item in arriving if not is_named_before(item)])
        moment = now()
        Delivery.objects.filter(pk__in=[item.pk for item in arriving]).update(
            status=Delivery.Status.DELIVERED,
            attempts=1,
            ended_at=moment,
            error="",
            error_parts=None,
            for_good=False,
            history=[event_of(moment, "delivered")],
        )
        for delivery in batch:
            if delivery not in arriving:
                sentence = refusal(delivery.address, delivery.target)
                Delivery.objects.filter(pk=delivery.pk).update(
                    status=Delivery.Status.FAILED,
                    attempts=1,
                    ended_at=moment,
                    error=english(sentence),
                    error_parts=kept(sentence),
                    for_good=True,
                    history=[event_of(moment, "failed", sentence)],
                )
        Message.objects.filter(pk__in={item.message_id for item in batch}).settle()


def box_name_of(address: str) -> str:
    """The box that an address of our own domain names (``jill@boxes.example``, as our mail
    shows it); other addresses as they are."""
    name = address.rpartition("@")[0]
    if name and settings.MAIL_DOMAIN and domain_of(address) == settings.MAIL_DOMAIN.casefold():
        return name.casefold()
    return address


def is_named_before(delivery: Delivery) -> bool:
    """Whether the message names this box earlier, in the other form: it gets one copy."""
    message, own = delivery.message, box_name_of(delivery.address)
    for item in (*message.to, *message.cc):
        if item["address"] == delivery.address:
            return False
        if box_name_of(item["address"]) == own:
            return True
    return False


def refusal(address: str, target: Box | None) -> str:
    """Why the box takes no message; empty when it does."""
    if target is None:
        return Sentence(
            "There is no box “%(address)s” here. Check the address and send it again.",
            address=address,
        )
    if target.state != Box.State.OPEN:
        return Sentence("The box “%(address)s” is closed and takes no messages.", address=address)
    return ""
