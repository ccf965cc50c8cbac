"""What a draft takes over from an earlier message: to whom it goes, its subject, its content."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from boxes.content_types import settle
from boxes.file_names import ending_of
from boxes.inbox.people import in_field, in_line
from boxes.models import Box, Delivery, Draft, Message

WRITTEN = ("text/plain", "text/markdown")
People = list[dict[str, str]]


def take_over(held: Draft, earlier: Message, manner: str) -> None:
    """*again* goes to those whom the message did not reach; a forwarded one to nobody yet."""
    held.answered = earlier
    if manner == "again":
        held.again = True
        held.to = in_field(not_reached(earlier))
        held.subject, held.in_reply_to = earlier.subject, earlier.in_reply_to
        return
    mark = "Fwd:" if manner == "forward" else "Re:"
    again = earlier.subject.startswith(mark)
    held.subject = earlier.subject if again else f"{mark} {earlier.subject}".strip()[:998]
    if manner == "forward":
        return
    held.in_reply_to = earlier.xuid
    to, cc = answer_to_all(earlier, held.box) if manner == "all" else (answered_by(earlier), [])
    held.to, held.cc = _lines(to), _lines(cc)


def not_reached(earlier: Message) -> list[str]:
    spoiled = earlier.deliveries.filter(status__in=Delivery.SPOILED).order_by("n")
    return list(spoiled.values_list("address", flat=True))


def unseen_among(people: list[str], earlier: Message) -> list[str]:
    """Those whom the message itself does not name; of one alone there is nobody to see it."""
    named = {one.get("address", "") for one in (*earlier.to, *earlier.cc)}
    return [one for one in people if one not in named] if len(people) > 1 else []


def answered_by(earlier: Message) -> People:
    """Whom an answer goes to: who sent the message, or to whom a sent one went."""
    if earlier.direction == Message.Direction.OUT:
        return list(earlier.to)
    return [{"address": earlier.from_address, "displayName": earlier.from_name}]


def answer_to_all(earlier: Message, box: Box) -> tuple[People, People]:
    """The others whom the message itself names, each once: who got it unseen is not among them."""
    to = answered_by(earlier)
    if earlier.direction == Message.Direction.IN:
        to += earlier.to
    once: dict[str, dict[str, str]] = {}
    for one in (*to, *earlier.cc):
        once.setdefault(one.get("address", ""), one)
    others = others_among(list(once), box)
    first = {one.get("address", "") for one in to}
    return (
        [once[address] for address in others if address in first],
        [once[address] for address in others if address not in first],
    )


def goes_to_more(earlier: Message, box: Box) -> bool:
    """Whether an answer to all would go to somebody besides those of an answer."""
    all_of_them = {one["address"] for people in answer_to_all(earlier, box) for one in people}
    return not all_of_them <= {one.get("address", "") for one in answered_by(earlier)}


def others_among(addresses: list[str], box: Box) -> list[str]:
    return import_string(settings.OTHERS_AMONG)([one for one in addresses if one], box)


def _lines(people: Iterable[dict[str, str]]) -> str:
    return in_field(in_line(one.get("address", ""), one.get("displayName", "")) for one in people)


def carry_along(held: Draft, earlier: Message, manner: str) -> None:
    """Its content and its files go along, byte for byte; text that is sent once more stays
    text that can be corrected."""
    if manner == "again" and earlier.content_type.partition(";")[0] in WRITTEN:
        held.keep(
            text=earlier.body().decode("utf-8", "replace"),
            markdown=earlier.content_type.startswith("text/markdown"),
        )
    else:
        content = earlier.body()
        ending = ending_of(settle(earlier.content_type, content)) or ".bin"
        held.attach(f"{_('message')}{ending}", earlier.content_type, content)
    for part in earlier.attachments.select_related("content"):
        held.attach(part.filename, part.content_type, part.body())
