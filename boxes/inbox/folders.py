"""The folders of a box: each is one status of its messages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from boxes.models import Box, Message
from boxes.models.prepared import Prepared, given
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
    return {
        slug: Count(len(counted.rows(box=box.pk, user=user.pk)))
        for slug, counted in _COUNTED.items()
    }


def home_of(message: Message, box: Box) -> str:
    """The address of a message in the folder where it is."""
    return reverse("inbox:message", args=(box.name, BY_STATUS[message.status].slug, message.xuid))


def _unread() -> QuerySet[Message]:
    rows = Message.objects.filter(box=given("box"), status=Status.INBOX)
    newest = rows.order_by("-id").values("pk")[:WINDOW]
    return Message.objects.filter(~read_by(given("user")), pk__in=newest)


def _waiting() -> QuerySet[Message]:
    return Message.objects.filter(box=given("box"), status=Status.OUTBOX)


def _failed() -> QuerySet[Message]:
    rows = Message.objects.filter(box=given("box"), status=Status.ERROR)
    return rows.filter(handling__handled_at=None)


def _prepared(build: Callable[[], QuerySet[Message]]) -> Prepared[Message]:
    return Prepared(lambda: build().order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])


# Asked by every page, and by each open one every few seconds.
_COUNTED = {
    slug: _prepared(build)
    for slug, build in {"inbox": _unread, "outbox": _waiting, "error": _failed}.items()
}
