import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.errors import WrongStatus
from boxes.models.box import Box
from boxes.sentence import Sentence, english, kept, told_again
from boxes.xuid import XUID_LENGTH


class Status(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    FAILED = "failed", _("failed")
    UNDELIVERED = "undelivered", _("undelivered")
    UNCERTAIN = "uncertain", _("uncertain")


# The source of a sent message that goes out no more: what it tells is no longer so.
WITHDRAWN = "withdrawn"
ASK_SOON = timedelta(minutes=1)
# What the far side may still tell us more about.
FOLLOWED = (Status.SENT, Status.DELIVERED, Status.UNCERTAIN)
# What a system reports, and which statuses it moves: never backwards.
REPORTED: dict[str, tuple[str, ...]] = {
    Status.SENT: (Status.UNCERTAIN,),
    Status.DELIVERED: (Status.UNCERTAIN, Status.SENT),
    Status.READ: (Status.UNCERTAIN, Status.SENT, Status.DELIVERED),
    Status.UNDELIVERED: (Status.UNCERTAIN, Status.SENT, Status.DELIVERED),
}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, moment=None) -> "DeliveryQuerySet":
        return self.filter(status=Status.QUEUED, due_at__lte=moment or now())

    def in_flight(self) -> "DeliveryQuerySet":
        return self.filter(status=Status.SENDING, claimed_until__gt=now())

    def claim_due(self, transport: str, limit: int, seconds: float) -> list["Delivery"]:
        """Reserve due deliveries of one transport; each comes back with its claim.

        The attempt is counted here, before any risky work, so that one that kills its
        worker is not repeated for ever.
        """
        moment = now()
        due = self.due(moment).filter(transport=transport).order_by("due_at", "id")
        claimed = []
        for delivery in due[:limit]:
            claim = secrets.token_hex(8)
            if self.filter(pk=delivery.pk, status=Status.QUEUED).update(
                status=Status.SENDING,
                claim=claim,
                attempts=F("attempts") + 1,
                claimed_until=moment + timedelta(seconds=seconds),
                handed_over_at=None,
            ):
                delivery.claim = claim
                delivery.attempts += 1  # the row's own count; the pauses go by it
                claimed.append(delivery)
        return claimed

    def release_expired(self) -> list[int]:
        """Take over what a dead worker left; returns the keys of the messages concerned.

        What was not yet handed over goes back to the queue; the rest may have arrived and
        is uncertain.
        """
        moment = now()
        expired = self.filter(status=Status.SENDING, claimed_until__lte=moment)
        touched = []
        for delivery in expired:
            try:
                if delivery.handed_over_at is None:
                    delivery.give_back()
                else:
                    delivery.doubt(
                        Sentence(
                            "The connection to the receiving system was lost during hand-over: "
                            "the message may have arrived."
                        )
                    )
            except WrongStatus:
                continue  # its worker was only slow
            touched.append(delivery.message_id)
        return touched

    def to_ask(self, transports: list[str]) -> "DeliveryQuerySet":
        """Those whose fate it is time to ask the systems of these transports about."""
        return self.filter(ask_at__lte=now(), transport__in=transports, status__in=FOLLOWED)

    def claim_questions(self, transports: list[str], limit: int) -> list["Delivery"]:
        """Some of them; each is put off by a claim's time, so that no two workers ask at once."""
        put_off = now() + timedelta(seconds=settings.CLAIM_SECONDS)
        return [
            delivery
            for delivery in self.to_ask(transports)
            .order_by("ask_at")
            .select_related("message__box")[:limit]
            if self.filter(pk=delivery.pk, ask_at=delivery.ask_at).update(ask_at=put_off)
        ]

    def taken_by(self, transport: str) -> "DeliveryQuerySet":
        """What a system may report about: it took this, or may have."""
        return self.filter(transport=transport, status__in=FOLLOWED)

    def by_public_ref(self, ref: str) -> "DeliveryQuerySet":
        """None or one: the delivery that outside systems know by this reference."""
        xuid, n = ref[:XUID_LENGTH], ref[XUID_LENGTH:]
        if not re.fullmatch(r"[1-9][0-9]{0,5}", n, re.ASCII):
            return self.none()
        return self.filter(message__xuid=xuid, n=int(n))

    def sent_back(self) -> "DeliveryQuerySet":
        """What its receiver returned as wrongly delivered."""
        return self.filter(status=Status.UNDELIVERED, misdeliveries__address__gt="")

    def to_resend(self) -> "DeliveryQuerySet":
        """What failed, but for what was sent back: it would come to the wrong box again; and
        for what was withdrawn."""
        failed = self.filter(status__in=(Status.FAILED, Status.UNDELIVERED))
        failed = failed.exclude(message__source=WITHDRAWN)
        return failed.exclude(pk__in=self.sent_back().values("pk"))

    def may_pass(self) -> "DeliveryQuerySet":
        """What the same message may still reach, at the same address."""
        return self.to_resend().filter(for_good=False)

    def requeue_failed(self) -> int:
        return self.to_resend().update(
            status=Status.QUEUED,
            due_at=now(),
            attempts=0,
            error="",
            error_parts=None,
            for_good=False,
            ended_at=None,
        )


class Delivery(models.Model):
    """One message on its way to one recipient: the row of the outbox itself.

    ``claim`` names the attempt that holds the row while it is being sent: moves of an
    attempt whose claim was taken over are refused.
    """

    Status = Status
    WAITING = (Status.QUEUED, Status.SENDING)
    SPOILED = (Status.FAILED, Status.UNDELIVERED, Status.UNCERTAIN)
    SERVED = (Status.SENT, Status.DELIVERED, Status.READ)

    message = models.ForeignKey("boxes.Message", models.CASCADE, related_name="deliveries")
    n = models.PositiveIntegerField()
    address = models.CharField(_("address"), max_length=1000)
    display_name = models.CharField(max_length=200, blank=True)
    transport = models.CharField(_("transport"), max_length=32)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.QUEUED)
    created_at = models.DateTimeField(_("created at"), default=now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), default=now)
    claim = models.CharField(max_length=16, blank=True)
    claimed_until = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    remote_id = models.CharField(max_length=255, blank=True)
    ask_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField(default=0)
    error = models.TextField(_("what went wrong"), blank=True)
    # What it is made of, to be told in another language.
    error_parts = models.JSONField(null=True, editable=False)
    # Who refused it would refuse it again: the address is wrong, or what is in it.
    for_good = models.BooleanField(default=False, editable=False)
    history = models.JSONField(default=list)

    # The box of the address, while the dispatcher moves a batch.
    target: Box | None = None

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("message", "n")
        constraints = [
            models.UniqueConstraint(fields=("message", "n"), name="delivery_once_a_number"),
            models.UniqueConstraint(fields=("message", "address"), name="delivery_once_an_address"),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="delivery_status_is_known"
            ),
            models.CheckConstraint(condition=Q(n__gte=1), name="delivery_counts_from_one"),
        ]
        indexes = [
            models.Index(
                fields=("transport", "due_at", "id"),
                condition=Q(status="queued"),
                name="delivery_due",
            ),
            models.Index(
                fields=("claimed_until",), condition=Q(status="sending"), name="delivery_claimed"
            ),
            models.Index(fields=("status", "created_at"), name="delivery_by_status"),
            models.Index(
                fields=("ask_at",), condition=Q(ask_at__isnull=False), name="delivery_ask"
            ),
            models.Index(
                fields=("transport", "remote_id"),
                condition=~Q(remote_id=""),
                name="delivery_remote_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.n}"

    @property
    def trouble(self) -> str:
        """What went wrong, in the language of whoever reads it."""
        return told_again(self.error, self.error_parts)

    @property
    def trouble_in_plain_words(self) -> str:
        """The same for who wrote the message."""
        return told_again(self.error, self.error_parts, plainly=True)

    @property
    def delivered_at(self):
        return self.ended_at if self.status in (Status.DELIVERED, Status.READ) else None

    @property
    def next_attempt_at(self):
        return self.due_at if self.status == Status.QUEUED else None

    @property
    def public_ref(self) -> str:
        """What outside systems may call this delivery, where a message's name is not enough."""
        return f"{self.message.xuid}{self.n}"

    # -- moves of the attempt that holds the claim --

    def hand_over(self) -> None:
        """Commit that the far side may hold the message from now on; once for each claim."""
        self._move(Status.SENDING, Status.SENDING, unless_handed_over=True, handed_over_at=now())

    def mark_sent(self, remote_id: str, *, ask_after: float | None = None) -> None:
        """The far side took it; ``ask_after`` so many seconds it is asked what became of it."""
        ask_at = None if ask_after is None else now() + timedelta(seconds=ask_after)
        self._end(
            Status.SENDING, Status.SENT, remote_id=remote_id[:255], error="", ask_at=ask_at, asked=0
        )

    def retry(self, sentence: str, pause: float) -> None:
        """Refused for now: again after ``pause`` seconds."""
        self._move(
            Status.SENDING,
            Status.QUEUED,
            error=sentence,
            due_at=now() + timedelta(seconds=pause),
            claimed_until=None,
            handed_over_at=None,
        )

    def fail(self, sentence: str, *, for_good: bool = False) -> None:
        self._end(Status.SENDING, Status.FAILED, error=sentence, for_good=for_good)

    def doubt(self, sentence: str) -> None:
        """It may have arrived: never due again by itself. Systems that can be asked are."""
        self._end(
            Status.SENDING, Status.UNCERTAIN, error=sentence, ask_at=now() + ASK_SOON, asked=0
        )

    def give_back(self) -> None:
        """The worker was lost before anything left: due again at once, and if that goes on
        after a pause. A message that ends each worker which takes it up is given up."""
        pauses = (0, *settings.RETRY_PAUSES)
        if self.attempts > len(pauses):
            self.fail(
                Sentence(
                    "Given up after %(count)s attempts: each ended before anything was sent.",
                    count=self.attempts,
                )
            )
            return
        pause = timedelta(seconds=pauses[max(self.attempts, 1) - 1])
        self._move(Status.SENDING, Status.QUEUED, due_at=now() + pause, claimed_until=None)

    # -- what the far side tells later --

    def report(
        self, status: str, sentence: str = "", remote_id: str = "", *, for_good: bool = True
    ) -> bool:
        """Move as the system that has it says; False where that tells nothing new.

        ``status`` is sent, delivered, read or undelivered; ``absent`` says that the system
        never took it, so that an uncertain one can be sent again. What came back did so for
        good, unless the system says that it may pass later.
        """
        if status == "absent":
            return self._never_taken()
        for leave in REPORTED[status]:
            try:
                self._end(
                    leave,
                    status,
                    error=sentence if status == Status.UNDELIVERED else "",
                    for_good=for_good and status == Status.UNDELIVERED,
                    remote_id=(remote_id or self.remote_id)[:255],
                )
            except WrongStatus:
                continue
            self.message.settle()
            return True
        return False

    def _never_taken(self) -> bool:
        try:
            self.send_again()
        except WrongStatus:
            return False
        return True

    def pass_on(self, sentence: str) -> None:
        """It arrived in the wrong box, and went on from there."""
        history = self._history("moved", sentence)
        Delivery.objects.filter(pk=self.pk).update(history=history)

    def ask_again(self, pauses: tuple[float, ...]) -> None:
        """It was asked about in vain: again after the next of the pauses, if there is one."""
        asked = self.asked + 1
        later = now() + timedelta(seconds=pauses[asked]) if asked < len(pauses) else None
        Delivery.objects.filter(pk=self.pk).update(asked=asked, ask_at=later)

    # -- moves of a person --

    def retry_now(self) -> None:
        """Do not wait for the pause, or try a failed one again."""
        waiting = (Status.QUEUED, Status.FAILED, Status.UNDELIVERED)
        self._queue(waiting, gettext("Only a delivery that waits or failed can be tried again."))

    def send_again(self) -> None:
        """Settle a doubt: it did not arrive, so send it once more."""
        self._queue((Status.UNCERTAIN,), gettext("This delivery is not uncertain."))

    def confirm(self) -> None:
        """Settle a doubt: it arrived."""
        try:
            self._end(Status.UNCERTAIN, Status.DELIVERED, error="")
        except WrongStatus as error:
            raise WrongStatus(_("This delivery is not uncertain.")) from error
        self.message.settle()

    def _queue(self, leave: tuple[str, ...], refusal: str) -> None:
        with transaction.atomic():
            self.message.refuse_withdrawn()
            if not Delivery.objects.filter(pk=self.pk, status__in=leave).update(
                status=Status.QUEUED,
                due_at=now(),
                attempts=0,
                ended_at=None,
                handed_over_at=None,
                history=self._history(Status.QUEUED, ""),
            ):
                raise WrongStatus(refusal)
            self.message.reopen()
        self.refresh_from_db()

    def _end(self, leave: str, reach: str, **changes) -> None:
        self._move(leave, reach, ended_at=now(), claimed_until=None, **changes)

    def _move(self, leave: str, reach: str, *, unless_handed_over=False, **changes) -> None:
        """Change status in one UPDATE: of two workers one moves the row, the other is told."""
        rows = Delivery.objects.filter(pk=self.pk, status=leave)
        if leave == Status.SENDING:
            rows = rows.filter(claim=self.claim)
        if unless_handed_over:
            rows = rows.filter(handed_over_at=None)
        sentence = changes.get("error", "")
        if "error" in changes:
            changes |= {"error": english(sentence), "error_parts": kept(sentence)}
            changes.setdefault("for_good", False)
        if leave != reach:
            changes["history"] = self._history(reach, sentence)
        if not rows.update(status=reach, **changes):
            raise WrongStatus(f"Delivery {self.pk} is no longer {leave} under this claim.")
        self.refresh_from_db()

    def _history(self, reached: str, sentence: str) -> list[dict]:
        return [*self.history, event_of(now(), reached, sentence)][-50:]


def event_of(moment, reached: str, sentence: str = "") -> dict:
    """One step of a delivery's history."""
    event = {"at": moment.isoformat(timespec="milliseconds"), "status": str(reached)}
    if sentence:
        event["error"] = english(sentence)
    if parts := kept(sentence):
        event["parts"] = parts
    return event
