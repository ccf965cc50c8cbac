"""Which message another one answers, in the identifiers of cells and in ours."""

from django.db.models import Q

from boxes.models import Box, Delivery, Message
from boxes.xuid import XUID_LENGTH
from transports.personium.identity import chosen_id, id_of, xuid_of

SOURCE = "personium"


def named(box: Box, identifier: str) -> Message | None:
    """The message of a box that a cell calls so: by what it was sent or received as."""
    if not identifier:
        return None
    in_box = Message.objects.in_box(box)
    known = Q(cell__cell_id=identifier) | Q(source=SOURCE, remote_id=identifier)
    found = in_box.filter(known | Q(xuid=xuid_of(identifier) or "-")).order_by("-id").first()
    if found is not None:
        return found
    sent = Delivery.objects.filter(transport=SOURCE, remote_id=identifier, message__box=box)
    delivery = sent.select_related("message").first()
    return delivery.message if delivery else None


def reference_of(box: Box, identifier: str) -> str:
    """What an envelope of this box calls the message that a cell's ``InReplyTo`` names."""
    found = named(box, identifier)
    return found.xuid if found else identifier


def identifier_for(message: Message) -> str:
    """The ``InReplyTo`` of a message: the identifier by which cells know what it answers.

    Empty where it answers nothing, or something that has no such identifier.
    """
    wanted = message.in_reply_to
    if not wanted:
        return ""
    in_box = Message.objects.in_box(message.box)
    same = Q(xuid=wanted) | Q(envelope_id=wanted)
    earlier = in_box.filter(same).select_related("cell").order_by("-id").first()
    if earlier is not None:
        return identifier_of(earlier)
    if len(wanted) == 32:
        return wanted
    return elsewhere_named(message.box, wanted) if len(wanted) == XUID_LENGTH else ""


def elsewhere_named(box: Box, xuid: str) -> str:
    """The identifier of a message that whoever answers has in a box of their own.

    Where that is a copy of one that this box sent, it is what this box sent it as.
    """
    same = Message.objects.filter(xuid=xuid)
    found = same.select_related("cell", "delivery__message__cell").first()
    if found is None:
        return id_of(xuid)
    sent = found.delivery.message if found.delivery else None
    return identifier_of(sent if sent is not None and sent.box_id == box.pk else found)


def identifier_of(message: Message) -> str:
    """The ``__id`` of a message in its own cell."""
    kept = getattr(message, "cell", None)
    return kept.cell_id if kept is not None else id_of(message.xuid)


def travelling_id(delivery: Delivery) -> str:
    """The ``__id`` under which a delivery goes to another unit, at each attempt the same.

    Software of a cell that gives an identifier itself may send a message anew under it, after
    an error: then it has to be known again, so the other cells' identifiers are made from it.
    """
    message = delivery.message
    if has_chosen_id(message):
        return chosen_id(message.box.name, message.envelope_id, delivery.address)
    return id_of(message.xuid, delivery.n)


def has_chosen_id(message: Message) -> bool:
    return bool(message.envelope_id) and getattr(message, "cell", None) is not None
