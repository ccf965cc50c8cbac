"""What is known of a message's content: who it is about and what is abnormal."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from boxes import encryption
from boxes.sealed import Sealed, SealedField
from boxes.summary import REPLACING, Numbers, Summary, patient_hash
from boxes.words import words_of

M = TypeVar("M", bound="Known")
BSN = b"bsn"
UNJUDGED = "unjudged"
SAME_SENDER = ("box_id", "direction", "from_address", "source", "through")


class KnownQuerySet(models.QuerySet[M]):
    """The moves by which messages become known."""

    def not_yet_known(self) -> "KnownQuerySet":
        return self.filter(known=Known.State.WAITING)

    def know(self, message, summary: Summary) -> None:
        """Write down what was read in this message's content, for all that share it."""
        same = self.filter(content_id=message.content_id, content_type=message.content_type)
        fresh = same.not_yet_known()
        senders = list(fresh.values(*SAME_SENDER).distinct())
        fresh.update(
            known=Known.State.KNOWN,
            kind=summary.kind[:32],
            flag=summary.flag,
            report_status=summary.status[:32],
            identity=summary.identity,
            patient_name=summary.patient_name[:255],
            patient_words=" ".join(["", *words_of(summary.patient_name)])[:255],
            patient_birth=summary.birth_date[:10],
            patient_sex=summary.sex[:16],
            sealed_bsn=encryption.encrypt(summary.bsn.encode(), BSN) if summary.bsn else None,
            patient_hash=patient_hash(summary.bsn),
            report_hash=summary.report_hash,
            report_numbers=summary.numbers,
            urgent=summary.urgent,
        )
        if summary.report_hash:
            # What a content says of its sender proves nothing: a report is replaced only by
            # one that came from the same address, by the same road.
            for sender in senders:
                reports = self.filter(**sender, report_hash=summary.report_hash)
                reports.mark_replaced(summary.status, summary.numbers)

    def leave_unknown(self, message) -> None:
        """Nothing here could read it: it stays as it is, and is not tried again."""
        self.filter(
            content_id=message.content_id, content_type=message.content_type
        ).not_yet_known().update(known=Known.State.UNKNOWN, flag=UNJUDGED)

    def know_copies(self, copies: Iterable[M]) -> None:
        """Copies of what was known before they came: each may be a correction, or have one."""
        for copy in copies:
            if copy.report_hash:
                same = {name: getattr(copy, name) for name in (*SAME_SENDER, "report_hash")}
                self.filter(**same).mark_replaced(copy.report_status, copy.report_numbers)

    def mark_replaced(self, status: str, numbers: str) -> None:
        """Of one sender's reports about one patient, point each at the newest correction of it.

        The status and numbers are those of the one that just came or became known: only a
        correction changes anything for others than itself.
        """
        corrections = [
            (pk, Numbers.written(its))
            for pk, its in self.filter(report_status__in=REPLACING)
            .order_by("-id")
            .values_list("pk", "report_numbers")
        ]
        if not corrections:
            return
        earlier = self if status in REPLACING else self.filter(report_numbers=numbers)
        replaced: dict[int, list[int]] = {}
        for pk, theirs in earlier.filter(pk__lt=corrections[0][0]).values_list(
            "pk", "report_numbers"
        ):
            written = Numbers.written(theirs)
            newest = next(
                (one for one, its in corrections if one > pk and its.cover(written)), None
            )
            if newest is not None:
                replaced.setdefault(newest, []).append(pk)
        for newest, keys in replaced.items():
            self.filter(pk__in=keys).update(replaced_by=newest)


class Known(models.Model):
    """The columns of a message that the viewer fills in after receipt."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not read yet")
        KNOWN = "known", _("known")
        UNKNOWN = "unknown", _("unknown")

    known = models.CharField(max_length=8, choices=State, default=State.WAITING)
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    flag = models.CharField(_("highest flag"), max_length=8, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    report_status = models.CharField(_("report status"), max_length=32, blank=True)
    identity = models.CharField(max_length=8, blank=True)  # one, nobody or unclear
    patient_name = models.CharField(_("patient"), max_length=255, blank=True)
    # As it is searched: each word after a space.
    patient_words = models.CharField(max_length=255, blank=True, editable=False)
    patient_birth = models.CharField(_("born"), max_length=10, blank=True)
    patient_sex = models.CharField(_("sex"), max_length=16, blank=True)
    sealed_bsn = SealedField(purpose=BSN)
    bsn = Sealed("sealed_bsn")
    patient_hash = models.CharField(max_length=64, blank=True)
    report_hash = models.CharField(max_length=64, blank=True)
    report_numbers = models.CharField(max_length=560, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="replaces", editable=False
    )

    class Meta:
        abstract = True


KNOWN_COLUMNS = (
    "known kind flag report_status identity patient_name patient_words patient_birth patient_sex "
    "sealed_bsn patient_hash report_hash report_numbers urgent"
).split()
KNOWN_INDEXES = [
    models.Index(fields=("id",), condition=Q(known="waiting"), name="message_not_yet_known"),
    models.Index(
        models.F("box"),
        models.F("patient_hash"),
        models.F("id").desc(),
        condition=~Q(patient_hash=""),
        name="message_patient",
    ),
    models.Index(
        models.F("box"),
        models.F("flag"),
        models.F("id").desc(),
        condition=~Q(flag=""),
        name="message_flag",
    ),
    models.Index(
        models.F("box"),
        models.F("urgent"),
        models.F("id").desc(),
        condition=Q(urgent=True),
        name="message_urgent",
    ),
    models.Index(
        fields=("box", "report_hash"), condition=~Q(report_hash=""), name="message_report"
    ),
]
