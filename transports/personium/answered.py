"""Which message another one answers, in the identifiers of cells and in ours."""

from django.db.models import Q

from boxes.models import Box, Delivery, Message
from boxes.xuid import XUID_LENGTH
from transports.personium.identity import chosen_id, delivery_id, id_of, xuid_of

SOURCE = "personium"
ID_LENGTH = 32


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
    if len(wanted) == ID_LENGTH:
        return wanted
    return elsewhere_named(message.box, wanted) if len(wanted) == XUID_LENGTH else ""


def identifier_elsewhere(message: Message, address: str) -> str:
    """The ``InReplyTo`` as the cell at the address knows it.

    What this box sent went to each cell under an identifier of its own, and what it received may
    have another one here than there.
    """
    own = identifier_for(message)
    earlier = named(message.box, own)
    if earlier is None:
        return own
    if earlier.direction == Message.Direction.IN:
        theirs = earlier.envelope_id
        return theirs if earlier.source == SOURCE and len(theirs) == ID_LENGTH else own
    sent = list(earlier.deliveries.filter(transport=SOURCE).order_by("n"))
    there = [delivery for delivery in sent if delivery.address == address] or sent
    return travelling_id(there[0]) if there else own


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
    return delivery_id(message.xuid, delivery.n)


def has_chosen_id(message: Message) -> bool:
    return bool(message.envelope_id) and getattr(message, "cell", None) is not None
