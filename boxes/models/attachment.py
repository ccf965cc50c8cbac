from collections.abc import Iterator

from django.db import models

from boxes.models.prepared import Prepared, given


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of(self, message) -> "list[Attachment]":
        """The files beside a message, in their order; composed once, since each page asks."""
        return _OF_MESSAGE.all(message=message.pk)


_OF_MESSAGE: "Prepared[Attachment]" = Prepared(
    lambda: Attachment.objects.filter(message_id=given("message")).order_by("position")
)


class Attachment(models.Model):
    """A file that came with a message; its position counts from 1."""

    message = models.ForeignKey("boxes.Message", models.CASCADE, related_name="attachments")
    position = models.PositiveIntegerField()
    filename = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content = models.ForeignKey("boxes.Content", models.PROTECT, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("message", "position"), name="attachment_once_a_position"
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1), name="attachment_counts_from_one"
            ),
        ]

    def __str__(self) -> str:
        return self.filename or f"#{self.position}"

    def body(self) -> bytes:
        return self.content.read()

    def chunks(self) -> Iterator[bytes]:
        return self.content.chunks()
