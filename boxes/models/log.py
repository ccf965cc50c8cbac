import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.access import MAX_GIVER
from boxes.models.insertion import insert
from boxes.request_id import current_request_id

BATCH = 1000
GENESIS = "0" * 64


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def record(
        self,
        action: str,
        *,
        caller=None,
        subject: str = "",
        on_behalf: dict | None = None,
        box=None,
        message=None,
        xuids: list[str] | None = None,
        patient: str = "",
        address: str = "",
        outcome: str = "ok",
        detail: str = "",
    ) -> "LogEntry":
        """Add one entry: who did what to which message, when, from where, how it ended.

        ``patient`` is the hash of whom it is about, where the message does not say so itself.
        """
        entry = LogEntry(
            subject=subject or (caller.subject if caller else "system"),
            subject_name=(caller.title if caller else "")[:200],
            on_behalf=on_behalf,
            action=action,
            box_name=box.name if box else (message.box.name if message else ""),
            xuid=message.xuid if message else "",
            xuids=xuids,
            patient=patient or (message.patient_hash if message else ""),
            address=address,
            outcome=outcome,
            detail=detail[:500],
            request_id=current_request_id(),
            through=_through(box or (message.box if message else None)) if caller else None,
        )
        insert([entry])
        return entry

    def record_many(self, entries: Iterable["LogEntry"]) -> None:
        insert(list(entries))

    def about(self, message) -> "LogEntryQuerySet":
        """What names this message itself."""
        # The condition of the index, said again: else no database sees that it serves.
        return self.filter(~Q(xuid=""), xuid=message.xuid, box_name=message.box.name)

    def showing(self, message) -> "LogEntryQuerySet":
        """The lists that it was shown in, all later than its own first entry."""
        first = self.about(message).order_by("id").values_list("id", flat=True).first()
        return (
            self.filter(box_name=message.box.name, xuids__isnull=False, id__gt=first or 0)
            .alias(shown=Cast("xuids", models.TextField()))
            .filter(shown__contains=f'"{message.xuid}"')
        )


class LogEntry(models.Model):
    """Who saw or changed what, with the facts that NEN 7513 asks for; append-only.

    Nothing in the code changes or removes an entry, and the database refuses it.
    """

    at = models.DateTimeField(_("at"), default=now)
    subject = models.CharField(_("who"), max_length=80)
    subject_name = models.CharField(_("name"), max_length=200, blank=True)
    on_behalf = models.JSONField(_("on behalf of"), null=True)
    action = models.CharField(_("action"), max_length=32)
    box_name = models.CharField(_("box"), max_length=64, blank=True)
    xuid = models.CharField(_("message"), max_length=24, blank=True)
    xuids = models.JSONField(_("messages"), null=True)
    patient = models.CharField(_("patient"), max_length=64, blank=True)
    address = models.CharField(_("from where"), max_length=45, blank=True)
    outcome = models.CharField(_("outcome"), max_length=32, default="ok")
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    # Who had given the access by which this was done; none where that is not known.
    through = models.CharField(  # noqa: DJ001 - nullable, so that a long log is not written anew
        _("access given by"), max_length=MAX_GIVER, null=True
    )

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        indexes = [
            models.Index(fields=("xuid", "id"), condition=~Q(xuid=""), name="log_by_message"),
            models.Index(fields=("subject", "id"), name="log_by_subject"),
            models.Index(
                fields=("box_name", "id"), condition=Q(xuids__isnull=False), name="log_of_lists"
            ),
            models.Index(fields=("patient", "id"), condition=~Q(patient=""), name="log_by_patient"),
            models.Index(
                fields=("id",), condition=Q(on_behalf__isnull=False), name="log_on_behalf"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.action} {self.xuid or self.box_name}"

    def canonical(self) -> bytes:
        """The entry as it is sealed: the same bytes from either database."""
        return json.dumps(
            [
                self.pk,
                self.at.isoformat(),
                *(getattr(self, name) for name in _SEALED),
                # Entries of before this column was there are sealed without it.
                *([self.through] if self.through else []),
            ],
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()


def _through(box) -> str | None:
    """Who gave the access by which a box was opened, where it was opened for the caller."""
    return (getattr(box, "through", "") or "")[:MAX_GIVER] or None


_SEALED = (
    "subject subject_name on_behalf action box_name xuid xuids patient address outcome detail "
    "request_id"
).split()


class LogSealQuerySet(models.QuerySet["LogSeal"]):
    def seal(self) -> int:
        """Seal the entries that are old enough that none can still appear before them."""
        sealed = 0
        while True:
            with transaction.atomic():
                last = self.select_for_update().order_by("-id").first()
                entries = list(
                    LogEntry.objects.filter(
                        pk__gt=last.last_id if last else 0,
                        at__lte=now() - timedelta(seconds=settings.LOG_SEAL_AFTER),
                    ).order_by("pk")[:BATCH]
                )
                entries = _without_gap_ahead(entries)
                if not entries:
                    return sealed
                self.create(
                    first_id=entries[0].pk,
                    last_id=entries[-1].pk,
                    count=len(entries),
                    digest=_digest(last.digest if last else GENESIS, entries),
                )
                sealed += len(entries)


class LogSeal(models.Model):
    """A link of the chain over the log: a hash of the one before and of a row of entries."""

    first_id = models.BigIntegerField(unique=True)
    last_id = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=now)

    objects = LogSealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id} {self.digest[:12]}"


def verify_chain() -> tuple[str, list[str]]:
    """The chain's head and a sentence for each link that does not fit."""
    head, faults, reached = GENESIS, [], 0
    for seal in LogSeal.objects.order_by("id").iterator():
        entries = list(LogEntry.objects.filter(pk__gt=reached, pk__lte=seal.last_id).order_by("pk"))
        if len(entries) != seal.count:
            faults.append(
                f"Entries {reached + 1}–{seal.last_id}: {seal.count} were sealed, "
                f"{len(entries)} are there."
            )
        elif _digest(head, entries) != seal.digest:
            faults.append(f"Entries {seal.first_id}–{seal.last_id} were changed after sealing.")
        head, reached = seal.digest, seal.last_id
    return head, faults


def _digest(before: str, entries: list[LogEntry]) -> str:
    digest = hashlib.sha256(before.encode())
    for entry in entries:
        line = entry.canonical()
        digest.update(len(line).to_bytes(4, "big") + line)
    return digest.hexdigest()


def _without_gap_ahead(entries: list[LogEntry]) -> list[LogEntry]:
    """Stop before an entry whose elder has not reached the age of sealing."""
    if not entries:
        return entries
    younger = (
        LogEntry.objects.filter(
            pk__lt=entries[-1].pk,
            pk__gt=entries[0].pk,
            at__gt=now() - timedelta(seconds=settings.LOG_SEAL_AFTER),
        )
        .order_by("pk")
        .first()
    )
    return [entry for entry in entries if younger is None or entry.pk < younger.pk]
