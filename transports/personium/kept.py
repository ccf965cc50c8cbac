"""What a cell knows of a message besides what its box knows."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from boxes.errors import WrongStatus
from boxes.models import Box, Message
from transports.personium.cells import NotACell, cell_url
from transports.personium.identity import id_of, issued_id


class CellMessageQuerySet(models.QuerySet["CellMessage"]):
    def keep(self, message: Message, cell_id: str = "", to: str = "") -> "CellMessage":
        """Raises IntegrityError where the cell has another message of this identifier."""
        return self.create(
            message=message,
            box_id=message.box_id,
            direction=message.direction,
            cell_id=cell_id or id_of(message.xuid),
            to=to,
        )

    def room_for(self, box: Box, identifier: str, sender: str) -> str:
        """What a message that another cell calls so is called here; empty when the box has it.

        Cells choose identifiers themselves, so a message of one never stands for another's.
        """
        apart = issued_id(sender, identifier)
        held = self.filter(
            box=box, direction=Message.Direction.IN, cell_id__in=(identifier, apart)
        ).values_list("message__from_address", flat=True)
        senders = {_spelled(address) for address in held}
        if _spelled(sender) in senders:
            return ""
        return apart if senders else identifier

    def of(self, message: Message) -> "CellMessage":
        """The row of a message; made where it came by another road and has none yet."""
        row, _made = self.get_or_create(
            message=message,
            defaults={
                "box_id": message.box_id,
                "direction": message.direction,
                "cell_id": id_of(message.xuid),
            },
        )
        return row


def _spelled(sender: str) -> str:
    try:
        return cell_url(sender)
    except NotACell:
        return sender


class CellMessage(models.Model):
    """A message as a cell: its identifier there, what was decided about a request, and how
    often it changed. Messages that no cell ever named or changed have no such row."""

    message = models.OneToOneField(Message, models.CASCADE, related_name="cell")
    box = models.ForeignKey(Box, models.CASCADE, related_name="+")
    direction = models.CharField(max_length=3)
    cell_id = models.CharField(max_length=32)
    to = models.TextField(blank=True)  # the destinations, as the sender wrote them
    decision = models.CharField(max_length=8, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = CellMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("box", "direction", "cell_id"), name="cell_message_once_an_id"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=("", "approved", "rejected")),
                name="cell_message_decision_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.cell_id

    def decide(self, decision: str) -> None:
        """Approve or reject a request, once. Raises WrongStatus when that was done before."""
        self._change(Q(decision=""), decision=decision)

    def touch(self) -> None:
        """Its message was marked as read or unread."""
        self._change(Q())

    def remove(self) -> None:
        """Take it off the cell's lists; the message itself stays in its box."""
        self._change(Q(removed_at=None), removed_at=now())

    def release(self) -> None:
        """It was not sent after all: its identifier is free for another try."""
        self._change(Q(removed_at=None), removed_at=now(), cell_id=f"unsent {self.pk}")

    def _change(self, when: Q, **changes: Any) -> None:
        rows = CellMessage.objects.filter(when, pk=self.pk)
        if not rows.update(version=F("version") + 1, changed_at=now(), **changes):
            raise WrongStatus("This message of the cell was changed before.")
        self.refresh_from_db()
