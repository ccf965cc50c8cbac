import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Sum
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.errors import Overtaken
from boxes.models.content import Content
from boxes.sealed import Sealed, SealedField

MAX_SUBJECT = 990
REF = re.compile("[0-9a-f]{16}")
KEPT_BLANK = timedelta(days=1)


def new_ref() -> str:
    return secrets.token_hex(8)


def key_of(ref: str) -> str:
    """By which the message is known that a draft becomes: pressing twice sends once."""
    return f"draft:{ref}"


@dataclass(frozen=True)
class Page:
    """One opened page of a draft: its own mark, and that of the page which had saved last when it
    was opened."""

    mark: str
    seen: str

    @classmethod
    def read(cls, mark: str, seen: str) -> "Page | None":
        """As a form gives it; None where it gives none."""
        return cls(mark, seen) if REF.fullmatch(mark) else None


def _blank() -> models.Q:
    files = DraftFile.objects.filter(draft=models.OuterRef("pk"))
    return models.Q(to="", cc="", subject="", sealed_text=None) & ~models.Q(models.Exists(files))


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, user, box) -> "DraftQuerySet":
        """A person's own drafts in a box, the latest first."""
        return self.filter(user=user, box=box).order_by("-changed_at")

    def begun(self, user, box) -> "DraftQuerySet":
        """Those in which something stands; a page that was opened and left is none."""
        return self.of(user, box).exclude(_blank())

    def clear(self, user, box) -> None:
        """Removes what was opened a day ago and left blank: longer than a sign-in lasts."""
        left = self.of(user, box).filter(_blank(), changed_at__lt=now() - KEPT_BLANK)
        left.delete()

    def forget(self, message) -> None:
        """What drafts took over from a message that may be read here no more goes out of them;
        what somebody wrote or added stays."""
        about = self.filter(answered=message)
        parts = message.attachments.values_list("content_id", flat=True)
        taken = DraftFile.objects.filter(draft__in=about)
        taken.filter(content_id__in=[message.content_id, *parts]).delete()
        # A draft's subject is as long, and began with a mark.
        if subject := message.subject[:MAX_SUBJECT].strip():
            for draft in about:
                plain = draft.subject.replace(subject, "").strip()
                about.filter(pk=draft.pk).update(subject=plain, saved_by=new_ref())


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
    # The page that saved last.
    saved_by = models.CharField(max_length=16, blank=True, editable=False)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return self.ref

    @property
    def size(self) -> int:
        return self.files.aggregate(total=Sum("size"))["total"] or 0

    @property
    def is_empty(self) -> bool:
        return not (self.to or self.cc or self.subject or self.text or self.files.exists())

    def keep(self, page: Page | None = None, **fields) -> None:
        """Save what was typed so far. Raises DoesNotExist when it was sent or thrown away
        meanwhile: what is late never brings it back; and Overtaken when another page saved since,
        where a page is named."""
        mine = Draft.objects.filter(pk=self.pk)
        if page is not None:
            mine = mine.filter(saved_by__in=(page.mark, page.seen))
            fields["saved_by"] = page.mark
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed_at = now()
        columns = ["sealed_text" if name == "text" else name for name in fields]
        kept = {column: getattr(self, column) for column in (*columns, "changed_at")}
        if mine.update(**kept):
            return
        self.saved_by = Draft.objects.values_list("saved_by", flat=True).get(pk=self.pk)
        raise Overtaken(
            gettext(
                "This draft was changed in another window. What you typed here is not saved yet."
            )
        )

    def attach(
        self, filename: str, content_type: str, content: bytes, mark: str = ""
    ) -> "DraftFile":
        """Add a file, once by its mark: who tries again after an answer that got lost gets the
        file that is there. Raises DoesNotExist as ``keep`` does."""
        with transaction.atomic():
            self.keep()
            if mark and (there := self.files.filter(mark=mark).first()):
                return there
            return self.files.create(
                mark=mark or new_ref(),
                filename=filename[:255],
                content_type=content_type[:255],
                size=len(content),
                content=Content.objects.store(content),
            )

    def goes_with(self, marks: Collection[str]) -> bool:
        """Whether these, which a page showed, are the files that it has. Nothing is added or
        removed until the transaction ends. Raises DoesNotExist as ``keep`` does."""
        self.keep()
        return set(marks) == set(self.files.values_list("mark", flat=True))


class DraftFile(models.Model):
    """A file that will go with a draft."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    # Chosen by the page that adds it, which knows it by this before any answer.
    mark = models.CharField(max_length=16, default=new_ref, editable=False)
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content = models.ForeignKey(Content, models.PROTECT, related_name="draft_files")

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["draft", "mark"], name="file_once")]

    def __str__(self) -> str:
        return self.filename
