"""The folders of a box: each is one status of its messages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from boxes.models import Box, Message
from boxes.models.reading import WINDOW, read_by

MOST_COUNTED = 99
Status = Message.Status


@dataclass(frozen=True)
class Folder:
    slug: str
    status: str
    title: Promise | str
    empty: Promise | str

    @property
    def incoming(self) -> bool:
        return self.status in (Status.INBOX, Status.ARCHIVED)


FOLDERS = (
    Folder(
        "inbox", Status.INBOX, _("Inbox"), _("No new messages. New ones appear here by themselves.")
    ),
    Folder("archive", Status.ARCHIVED, _("Archive"), _("Nothing is archived yet in this mailbox.")),
    Folder("outbox", Status.OUTBOX, _("To be sent"), _("Nothing waits to be sent.")),
    Folder("sent", Status.SENT, _("Sent"), _("Nothing was sent from here yet.")),
    Folder("error", Status.ERROR, _("Failed"), _("Nothing went wrong.")),
)
BY_SLUG = {folder.slug: folder for folder in FOLDERS}
BY_STATUS = {str(folder.status): folder for folder in FOLDERS}


@dataclass(frozen=True)
class Count:
    """How many a folder asks attention for; ``shown`` stops counting at some point."""

    number: int

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED}+" if self.number > MOST_COUNTED else str(self.number)


def counts_of(box: Box, user) -> dict[str, Count]:
    """By slug: what is unread for this person in the inbox; what waits; what went wrong."""
    rows = Message.objects.in_box(box)
    newest = rows.filter(status=Status.INBOX).order_by("-id").values("pk")[:WINDOW]
    unread = rows.filter(~read_by(user), pk__in=newest)
    counted = {
        "inbox": unread,
        "outbox": rows.filter(status=Status.OUTBOX),
        "error": rows.filter(status=Status.ERROR, handling__handled_at=None),
    }
    return {
        slug: Count(len(found.values_list("pk", flat=True)[: MOST_COUNTED + 1]))
        for slug, found in counted.items()
    }
