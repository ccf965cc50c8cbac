"""A message that came to the wrong box: it goes to the right one, or is sent back, once."""

import json

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.envelope import Address, Envelope
from boxes.errors import Closed, Rejected, WrongStatus
from boxes.models.attachment import Attachment
from boxes.models.box import Box
from boxes.models.content import Content
from boxes.models.delivery import Delivery
from boxes.models.draft import Draft
from boxes.models.handling import Handling
from boxes.models.known import KNOWN_COLUMNS, Known
from boxes.models.log import LogEntry
from boxes.models.message import Direction, Message, Status
from boxes.models.property import Property
from boxes.moment_words import moment_in_full
from boxes.sentence import Sentence

MAX_REASON = 500
# What is written on the envelope and may be about a patient; it goes along, and out of the stub.
_ENVELOPE = ("subject", "headers", "content_type", "content_encoding", "size", "search_text")


class MisdeliveryQuerySet(models.QuerySet["Misdelivery"]):
    """Whoever does it is given as ``subject`` and the name that both sides see.

    All of it is one transaction; of two people who do it at once, one is told the other's name.
    """

    def move(
        self, message: Message, target: Box, *, subject: str, name: str, reason: str
    ) -> "Misdelivery":
        """Into another box's INBOX, whole; the labels of this box stay behind. Raises
        WrongStatus."""
        if target.pk == message.box_id:
            raise WrongStatus(gettext("The message is in this box already. Choose another one."))
        with transaction.atomic():
            made = self._close(message, subject, name, reason)
            made.moved_to = message.copied_into(target)
            made.target_name = target.name
            Attachment.objects.filter(message=message).update(message=made.moved_to)
            made.save()
            _empty(message)
            if made.delivery is not None:
                made.delivery.pass_on(
                    Sentence(
                        "Wrongly delivered: the box %(box)s passed it on to the box %(target)s. "
                        "%(reason)s",
                        box=message.box.name,
                        target=target.name,
                        reason=reason,
                    )
                )
        return made

    def send_back(
        self, message: Message, *, subject: str, name: str, reason: str, caller
    ) -> "Misdelivery":
        """Tell the sender, by the road that leads to its address, with nothing of the content:
        the road need not be made for care, though its domain must be approved.

        What was in it is withheld here, in case the sender cannot be reached after all. Raises
        WrongStatus, or Rejected where no road leads to the sender.
        """
        if hindrance := hindrance_to_sender(message):
            raise Rejected(hindrance, "backToSender")
        with transaction.atomic():
            made = self._close(message, subject, name, reason)
            made.address = message.from_address
            made.save()
            made.withhold(message)
            made.returned = Message.objects.post(
                message.box, _notice(made, message, caller), caller=caller
            )
            made.save(update_fields=["returned"])
            _empty(message)
            if made.delivery is not None:
                made.delivery.report(
                    Delivery.Status.UNDELIVERED,
                    Sentence(
                        "Returned as wrongly delivered by the box %(box)s: %(reason)s",
                        box=message.box.name,
                        reason=reason,
                    ),
                )
        return made

    def _close(self, message: Message, subject: str, name: str, reason: str) -> "Misdelivery":
        if message.direction != Direction.IN:
            raise WrongStatus(
                gettext("Only received messages can be wrongly delivered; this one was sent.")
            )
        moment = now()
        if not Message.objects.filter(pk=message.pk, misdelivered_at=None).update(
            misdelivered_at=moment, status=Status.ARCHIVED, archived_at=moment
        ):
            raise Closed(self.get(message=message).sentence)
        held = Handling.objects.filter(message=message, handled_at=None).exclude(holder="").first()
        if held is not None and held.holder != subject:
            raise WrongStatus(held.refusal())
        _reread(message)
        Draft.objects.forget(message)
        earlier = self.filter(moved_to=message).first()
        made = Misdelivery(
            message=message,
            at=moment,
            subject=subject,
            name=" ".join(name.split())[:200],
            reason=reason,
            delivery=message.delivery or (earlier.delivery if earlier else None),
        )
        made.patient = message.patient_hash
        return made


class Misdelivery(models.Model):
    """What became of one message that came to the wrong box.

    The message stays there as a stub: without content, files, patient and labels. It was either
    moved (``moved_to``) or sent back (``returned`` is what the sender was told).
    """

    message = models.OneToOneField(Message, models.CASCADE, related_name="misdelivery")
    at = models.DateTimeField()
    subject = models.CharField(max_length=160)
    name = models.CharField(max_length=200)
    reason = models.CharField(max_length=MAX_REASON)
    moved_to = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="moved_from")
    target_name = models.CharField(max_length=64, blank=True)
    returned = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="+")
    address = models.CharField(max_length=1000, blank=True)
    # Of the sender, where that is a box here: its way to us.
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="misdeliveries")

    # Whom the message is about, for the log of whoever just did this.
    patient = ""

    objects = MisdeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("wrong delivery")
        verbose_name_plural = _("wrong deliveries")

    def __str__(self) -> str:
        return f"{self.message_id} → {self.target_name or self.address}"

    @property
    def sentence(self) -> str:
        facts = {"name": self.name, "at": moment_in_full(self.at)}
        if self.target_name:
            return gettext("Wrongly delivered: %(name)s moved it to the box %(box)s on %(at)s.") % {
                **facts,
                "box": self.target_in_full,
            }
        return gettext("Wrongly delivered: %(name)s sent it back to %(sender)s on %(at)s.") % {
            **facts,
            "sender": self.address,
        }

    @property
    def target_title(self) -> str:
        """As people call the box that it went to; its address where it is not there any more."""
        return self.moved_to.box.title if self.moved_to else self.target_name

    @property
    def target_in_full(self) -> str:
        title = self.target_title
        return title if title == self.target_name else f"{title} ({self.target_name})"

    @property
    def sender_not_reached(self) -> bool:
        """The sender was to be told, and that failed for good."""
        told = list(self.returned.deliveries.all()) if self.returned else []
        gone = (Delivery.Status.FAILED, Delivery.Status.UNDELIVERED)
        return bool(told) and all(item.status in gone for item in told)

    def record(self, caller, *, address: str = "", target: Box | None = None, **facts) -> None:
        """An entry in the log of either box, inside the same transaction."""
        more = {"caller": caller, "address": address, "patient": self.patient, **facts}
        whither = f"moved to {self.target_name}" if target else f"sent back to {self.address}"
        LogEntry.objects.record(
            "misdelivered", message=self.message, detail=f"{whither}: {self.reason}", **more
        )
        if target is not None:
            detail = f"from {self.message.box.name}: {self.reason}"
            LogEntry.objects.record(
                "moved here", box=target, message=self.moved_to, detail=detail, **more
            )

    # -- what was in it, where it went to nobody --

    def withhold(self, message: Message) -> None:
        written = {name: getattr(message, name) for name in _ENVELOPE}
        note = Handling.objects.filter(message=message).values_list("note", flat=True).first()
        envelope = Content.objects.store(json.dumps({**written, "note": note or ""}).encode())
        files = list(Attachment.objects.filter(message=message))
        Withheld.objects.bulk_create(
            [
                Withheld(misdelivery=self, position=-1, content=envelope),
                Withheld(misdelivery=self, position=0, content_id=message.content_id),
                *(
                    Withheld(
                        misdelivery=self,
                        position=item.position,
                        filename=item.filename,
                        content_type=item.content_type,
                        content_id=item.content_id,
                    )
                    for item in files
                ),
            ]
        )
        Attachment.objects.filter(message=message).delete()

    def put_back(self) -> None:
        """The sender was not reached: the message is in the box again. Raises WrongStatus."""
        with transaction.atomic():
            # Else somebody could send the notice again at this moment.
            if self.returned is not None:
                self.returned.hold()
            kept = {item.position: item for item in self.withheld.select_related("content")}
            if not (kept and self.sender_not_reached):
                raise WrongStatus(
                    gettext("Only what its sender could not be told of can be put back.")
                )
            written = json.loads(kept.pop(-1).content.read())
            note = written.pop("note", "")
            body = kept.pop(0)
            closed = Message.objects.filter(pk=self.message_id, misdelivered_at__isnull=False)
            if not closed.update(
                **written,
                content_id=body.content_id,
                misdelivered_at=None,
                known=Known.State.WAITING,
                status=Status.INBOX,
                archived_at=None,
            ):
                raise WrongStatus(gettext("This message was put back already."))
            Handling.objects.filter(message=self.message_id).update(note=note)
            Attachment.objects.bulk_create(
                [
                    Attachment(
                        message_id=self.message_id,
                        position=item.position,
                        filename=item.filename,
                        content_type=item.content_type,
                        size=item.content.size,
                        content_id=item.content_id,
                    )
                    for item in kept.values()
                ]
            )
            if self.returned is not None:
                self.returned.withdraw()
            self.delete()
            Message.objects.read_anew()


class Withheld(models.Model):
    """A part of a message that was sent back: -1 its envelope, 0 its content, from 1 its files."""

    misdelivery = models.ForeignKey(Misdelivery, models.CASCADE, related_name="withheld")
    position = models.IntegerField()
    filename = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=255, blank=True)
    content = models.ForeignKey(Content, models.PROTECT, related_name="withheld")

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("misdelivery", "position"), name="withheld_once_a_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.misdelivery_id}/{self.position}"


def hindrance_to_sender(message: Message) -> str:
    """Why the sender cannot be told, and what to do instead; empty where nothing is known to."""
    if not message.from_address:
        why = gettext("The message names no address of its sender.")
    else:
        [road] = import_string(settings.ROADS_TOLD)([message.from_address], message.box)
        why = road["sentence"]
    if not why:
        return ""
    instead = gettext("Move the message to the right box, or tell the sender in another way.")
    return f"{why} {instead}"


def _empty(message: Message) -> None:
    """What was in it, whom it is about and what this box called or noted of it can be read here no
    more; who handled it can."""
    Property.objects.filter(message=message).delete()
    Handling.objects.filter(message=message).update(note="")
    Message.objects.filter(pk=message.pk).update(
        subject="",
        headers={},
        search_text="",
        content=Content.objects.store(b""),
        content_type="text/plain",
        content_encoding="",
        size=0,
        **_NOTHING_KNOWN,
        replaced_by=None,
        # The sender may send it anew: it would arrive as another message.
        delivery=None,
    )
    _reread(message)


_NOTHING_KNOWN = {
    **{
        field.name: field.get_default()
        for field in Message._meta.concrete_fields
        if field.name in KNOWN_COLUMNS
    },
    "known": Known.State.UNKNOWN,
}


def _reread(message: Message) -> None:
    """As it stands in the database now; its box stays the one that was opened."""
    box = message.box
    message.refresh_from_db()
    message.box = box


def _notice(made: Misdelivery, message: Message, caller) -> Envelope:
    """What the sender is told: which message, when, and why; it may go by any road."""
    sent = made.delivery.message if made.delivery else None
    reference = message.envelope_id or (sent.xuid if sent else message.xuid)
    day = moment_in_full(message.dated_at or message.created_at)
    lines = [
        gettext("A message of yours was wrongly delivered, and is sent back."),
        gettext("Reference: %s") % reference,
        gettext("Date: %s") % day,
        gettext("It came to: %(title)s (%(name)s)")
        % {"title": message.box.title, "name": message.box.name},
        gettext("Reason: %s") % made.reason,
        gettext("What was in it can be read there no more. Please send it to the right receiver."),
    ]
    return Envelope(
        to=(Address(message.from_address, message.from_name[:200]),),
        sender=Address(message.box.name, f"{message.box.title} ({made.name})"[:255]),
        subject=gettext("Wrongly delivered: your message of %s") % day,
        headers={"Written-By": made.name},
        in_reply_to=message.xuid,
        content_type="text/plain",
        content="\n".join(lines).encode(),
    )
