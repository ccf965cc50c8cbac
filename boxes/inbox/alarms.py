"""What stands on every page while something in a person's boxes was not sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import ngettext, ngettext_lazy

from boxes import waiting
from boxes.models import Box, User
from boxes.moment_words import moment_in_words
from boxes.waiting import DOUBT, FAILED, FOLDERS, STALLED, Waiting

# More lines would push the page itself out of sight.
MOST_SHOWN = 4


@dataclass(frozen=True)
class Alarm:
    """One sentence, and where to go about it."""

    sentence: str
    address: str


def alarms_of(user: User, readable: Iterable[Box] | None = None) -> list[Alarm]:
    """Of all boxes that this person may read, also those that are not open; ``readable`` are
    those boxes, where a page knows them already."""
    if readable is None:
        readable = (box for box in Box.objects.all_opened(user) if box.allows(user, "read"))
    boxes = {box.pk: box for box in readable}
    if not boxes:
        return []
    limit = now() - timedelta(seconds=settings.STALLED_SECONDS)
    found = [_alarm(boxes[item.box_id], item) for item in waiting.unsent(boxes, limit)]
    if len(found) <= MOST_SHOWN:
        return found
    more = len(found) - MOST_SHOWN + 1
    said = ngettext("And %d thing more.", "And %d things more.", more) % more
    return [*found[: MOST_SHOWN - 1], Alarm(said, found[MOST_SHOWN - 1].address)]


def _alarm(box: Box, found: Waiting) -> Alarm:
    slug = FOLDERS[found.kind]
    if found.xuid:
        address = reverse("inbox:message", args=(box.name, slug, found.xuid))
    else:
        address = reverse("inbox:folder", args=(box.name, slug))
    sentence = _SENTENCES[found.kind] % {
        "number": found.number,
        "n": found.shown,
        "box": box.title,
        "since": moment_in_words(found.since),
    }
    return Alarm(sentence, address)


_SENTENCES = {
    FAILED: ngettext_lazy(
        "%(box)s: %(n)s message was not sent. Look why, and send it again.",
        "%(box)s: %(n)s messages were not sent. Look why, and send them again.",
        "number",
    ),
    DOUBT: ngettext_lazy(
        "%(box)s: of %(n)s message it is uncertain whether it arrived. Ask the receiver.",
        "%(box)s: of %(n)s messages it is uncertain whether they arrived. Ask the receivers.",
        "number",
    ),
    STALLED: ngettext_lazy(
        "%(box)s: %(n)s message waits to be sent since %(since)s. Look what keeps it.",
        "%(box)s: %(n)s messages wait to be sent since %(since)s. Look what keeps them.",
        "number",
    ),
}
