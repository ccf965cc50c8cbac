import secrets

from django.db import models, transaction
from django.db.models import Sum
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.content import Content
from boxes.sealed import Sealed, SealedField


def new_ref() -> str:
    return secrets.token_hex(8)


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, user, box) -> "DraftQuerySet":
        """A person's own drafts in a box, the latest first."""
        return self.filter(user=user, box=box).order_by("-changed_at")


class Draft(models.Model):
    """What a person is writing; it is nobody else's and becomes one message."""

    ref = models.CharField(max_length=16, unique=True, default=new_ref, editable=False)
    box = models.ForeignKey("boxes.Box", models.CASCADE, related_name="drafts")
    user = models.ForeignKey("boxes.User", models.CASCADE, related_name="drafts")
    to = models.TextField(blank=True)
    cc = models.TextField(blank=True)
    subject = models.CharField(max_length=998, blank=True)
    sealed_text = SealedField(purpose=b"draft")
    text = Sealed("sealed_text")
    markdown = models.BooleanField(default=False)
    in_reply_to = models.CharField(max_length=255, blank=True)
    # Whether it corrects the earlier message, which did not reach everybody.
    again = models.BooleanField(default=False)
    answered = models.ForeignKey("boxes.Message", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return self.ref

    @property
    def size(self) -> int:
        return self.files.aggregate(total=Sum("size"))["total"] or 0

    def keep(self, **fields) -> None:
        """Save what was typed so far."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed_at = now()
        self.save()

    def attach(self, filename: str, content_type: str, content: bytes) -> "DraftFile":
        with transaction.atomic():
            file = self.files.create(
                filename=filename[:255],
                content_type=content_type[:255],
                size=len(content),
                content=Content.objects.store(content),
            )
            self.keep()
        return file


class DraftFile(models.Model):
    """A file that will go with a draft."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content = models.ForeignKey(Content, models.PROTECT, related_name="draft_files")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.filename
