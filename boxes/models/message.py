import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta, timezone

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string
from django.utils.timezone import get_default_timezone, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.envelope import Address, Envelope
from boxes.errors import Closed, Conflict, Rejected, WrongStatus
from boxes.models.attachment import Attachment
from boxes.models.box import Box
from boxes.models.content import Content
from boxes.models.delivery import WITHDRAWN, Delivery, DeliveryQuerySet
from boxes.models.insertion import insert
from boxes.models.known import KNOWN_COLUMNS, KNOWN_INDEXES, Known, KnownQuerySet
from boxes.models.log import LogEntry
from boxes.models.prepared import Prepared, given
from boxes.signals import message_queued
from boxes.words import folded
from boxes.xuid import is_xuid, new_xuid


class MessageQuerySet(KnownQuerySet["Message"]):
    def in_box(self, box: Box) -> "MessageQuerySet":
        return self.filter(box=box)

    def named(self, box: Box, xuid: str) -> "Message | None":
        """The message of this xuid, with its box; composed once, since most requests ask."""
        message = _NAMED.first(box=box.pk, xuid=xuid)
        if message is not None:
            message.box = box
        return message

    # -- the two ways a message comes to be, and the copy between our own boxes --

    def post(
        self,
        box: Box,
        envelope: Envelope,
        recipients: Sequence[Address] = (),
        caller=None,
        idempotency_key: str = "",
    ) -> "Message":
        """Put an envelope into the box's OUTBOX, with a delivery for each recipient.

        All of it is committed, or nothing. ``recipients`` are served besides to and cc and
        no receiver ever sees them. Repeating an ``idempotency_key`` of the same caller gives
        the first message again. Raises Rejected, or Conflict when the content is another.
        """
        message = self._drafted(box, envelope, Direction.OUT, caller, idempotency_key)
        served = {item.address: item for item in (*envelope.recipients, *recipients)}
        if not served:
            raise Rejected(gettext("Give at least one recipient."), "to")
        if len(served) > settings.MAX_RECIPIENTS:
            raise Rejected(
                gettext("A message has at most %(limit)d recipients; this one has %(count)d.")
                % {"limit": settings.MAX_RECIPIENTS, "count": len(served)},
                "to",
            )
        roads = import_string(settings.ROADS_FOR)(list(served), box)
        deliveries = [
            Delivery(
                n=n,
                address=recipient.address,
                display_name=recipient.display_name[:200],
                transport=road,
            )
            for n, (recipient, road) in enumerate(zip(served.values(), roads, strict=True), start=1)
        ]
        return self._stored(message, envelope, deliveries, caller)

    def receive(
        self,
        box: Box,
        envelope: Envelope,
        *,
        source: str = "",
        remote_id: str = "",
        through: str = "",
        caller=None,
        idempotency_key: str = "",
    ) -> "Message":
        """Put an envelope into the box's INBOX, once for each remote id of a source.

        ``through`` names the key that delivered it under another's name.
        """
        message = self._drafted(box, envelope, Direction.IN, caller, idempotency_key)
        message.source, message.remote_id, message.through = source, remote_id, through
        return self._stored(message, envelope, [], caller)

    def receive_copies(self, deliveries: Sequence[Delivery]) -> list["Message"]:
        """Make the IN messages of deliveries to our own boxes; runs inside their transaction.

        Each delivery comes with its message, sender's box, attachments and a ``target`` box.
        """
        moment = now()
        copies = [_copy_of(delivery, moment) for delivery in deliveries]
        insert(copies)
        self.know_copies(copies)
        insert(
            [
                Attachment(
                    message=copy,
                    position=part.position,
                    filename=part.filename,
                    content_type=part.content_type,
                    size=part.size,
                    content_id=part.content_id,
                )
                for copy, delivery in zip(copies, deliveries, strict=True)
                for part in delivery.message.attachments.all()
            ]
        )
        LogEntry.objects.record_many(
            LogEntry(
                at=moment,
                subject="system",
                action="receive",
                box_name=copy.box.name,
                xuid=copy.xuid,
                detail=f"from {copy.from_address}"[:500],
            )
            for copy, delivery in zip(copies, deliveries, strict=True)
        )
        return copies

    def read_anew(self) -> None:
        """After commit: have what is not yet known read."""
        transaction.on_commit(_ring, robust=True)

    def posted_as(self, idempotency_key: str, box: Box, caller) -> "Message | None":
        """What this caller posted by this key, if anything."""
        posted = self.in_box(box).filter(direction=Direction.OUT)
        return posted.filter(idempotency_key=owned(idempotency_key, caller)).first()

    def _drafted(self, box, envelope, direction, caller, idempotency_key) -> "Message":
        message = Message.of_envelope(box, envelope, direction)
        if idempotency_key:
            message.idempotency_key = owned(idempotency_key, caller)
            message.idempotency_hash = fingerprint(envelope)
        return message

    def _stored(self, message, envelope, deliveries, caller) -> "Message":
        held = self._held(message)
        if held is not None:
            return held
        try:
            with transaction.atomic():
                message._keep(envelope, deliveries)
                LogEntry.objects.record(
                    "send" if deliveries else "deliver", caller=caller, message=message
                )
                transaction.on_commit(_ring, robust=True)
        except IntegrityError:
            held = self._held(message)  # the same one came in at the same moment
            if held is None:
                raise
            return held
        return message

    def _held(self, message) -> "Message | None":
        """The message that this one repeats. Raises Conflict when its content is another."""
        if not (message.idempotency_key or message.remote_id):
            return None
        same_box = self.filter(box_id=message.box_id, direction=message.direction)
        if message.idempotency_key:
            held = same_box.filter(idempotency_key=message.idempotency_key).first()
            if held is not None and held.idempotency_hash != message.idempotency_hash:
                raise Conflict(
                    gettext("This Idempotency-Key was used before, for another message (%(xuid)s).")
                    % {"xuid": held.xuid}
                )
            if held is not None:
                return held
        if message.remote_id:
            return same_box.filter(source=message.source, remote_id=message.remote_id).first()
        return None

    # -- moves of many --

    def settle(self) -> None:
        """Let messages leave the OUTBOX whose deliveries have all ended; a late failure
        takes a sent one to ERROR, a settled doubt takes it back to SENT.

        The rows are locked first: two workers that end two deliveries of one message at the
        same moment would each see the other's as still under way.
        """
        deliveries = Delivery.objects.filter(message=OuterRef("pk"))
        waiting = Exists(deliveries.filter(status__in=Delivery.WAITING))
        spoiled = Exists(deliveries.filter(status__in=Delivery.SPOILED))
        with transaction.atomic():
            keys = list(self.order_by("pk").select_for_update().values_list("pk", flat=True))
            ended = Message.objects.filter(~waiting, pk__in=keys, direction=Direction.OUT)
            ended.filter(spoiled, status__in=(Status.OUTBOX, Status.SENT)).update(
                status=Status.ERROR
            )
            ended.filter(~spoiled, status__in=(Status.OUTBOX, Status.ERROR)).update(
                status=Status.SENT, sent_at=now()
            )

    def unsettled(self, limit: int) -> list[int]:
        """Keys of messages in an OUTBOX whose deliveries have all ended: their worker was
        lost between the last delivery and the settling."""
        waiting = Delivery.objects.filter(message=OuterRef("pk"), status__in=Delivery.WAITING)
        outbox = self.filter(~Exists(waiting), status=Status.OUTBOX)
        return list(outbox.values_list("pk", flat=True)[:limit])

    def hold_open(self, keys: list[int]) -> set[int]:
        """Those of these messages that are still open; nobody moves them away until the
        transaction ends."""
        held = self.filter(pk__in=keys, misdelivered_at=None).order_by("pk").select_for_update()
        return set(held.values_list("pk", flat=True))

    def remove_expired(self, box: Box, limit: int = 200) -> int:
        """Remove what the box's retention has passed for; what still waits is kept."""
        if box.retention_days is None:
            return 0
        oldest = now() - timedelta(days=box.retention_days)
        expired = self.in_box(box).filter(created_at__lt=oldest).exclude(status=Status.OUTBOX)
        with transaction.atomic():
            removed = dict(expired.order_by("created_at").values_list("pk", "xuid")[:limit])
            self.filter(pk__in=removed).delete()
            if removed:
                LogEntry.objects.record(
                    "remove", box=box, xuids=list(removed.values()), detail="retention"
                )
        return len(removed)


def owned(idempotency_key: str, caller) -> str:
    return f"{caller.subject if caller else 'system'}:{idempotency_key}"


_NAMED: "Prepared[Message]" = Prepared(
    lambda: Message.objects.filter(box_id=given("box"), xuid=given("xuid")).order_by()
)


class Direction(models.TextChoices):
    IN = "IN", _("in")
    OUT = "OUT", _("out")


class Status(models.TextChoices):
    INBOX = "INBOX", _("inbox")
    ARCHIVED = "ARCHIVED", _("archive")
    OUTBOX = "OUTBOX", _("outbox")
    SENT = "SENT", _("sent")
    ERROR = "ERROR", _("error")


INCOMING = (Status.INBOX, Status.ARCHIVED)
OUTGOING = (Status.OUTBOX, Status.SENT, Status.ERROR)


class Message(Known):
    """One envelope in one box."""

    Direction = Direction
    Status = Status
    # What was written with it, for whoever just did so.
    stored: "tuple[Sequence[Attachment], Sequence[Delivery]] | None" = None

    box = models.ForeignKey(Box, models.PROTECT, related_name="messages", db_index=False)
    xuid = models.CharField(max_length=24, unique=True, default=new_xuid, editable=False)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    # the envelope
    envelope_id = models.CharField(max_length=255, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    from_name = models.CharField(max_length=255, blank=True)
    from_address = models.CharField(_("from"), max_length=1000, blank=True)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    headers = models.JSONField(default=dict)
    dated_at = models.DateTimeField(null=True)
    dated_offset = models.SmallIntegerField(default=0)  # minutes east of UTC, as written
    in_reply_to = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(_("content type"), max_length=255)
    content_encoding = models.CharField(max_length=8, blank=True)
    content = models.ForeignKey(Content, models.PROTECT, related_name="messages")
    size = models.PositiveBigIntegerField(_("size"))
    # what happened to it here
    created_at = models.DateTimeField(_("created at"), default=now)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    archived_at = models.DateTimeField(_("archived at"), null=True)
    # From then on a stub: its Misdelivery tells where it went.
    misdelivered_at = models.DateTimeField(_("wrongly delivered, found at"), null=True)
    # where it came from
    delivery = models.OneToOneField(
        Delivery, models.SET_NULL, null=True, related_name="received", editable=False
    )
    source = models.CharField(max_length=32, blank=True)
    remote_id = models.CharField(max_length=255, blank=True)
    through = models.CharField(_("delivered through"), max_length=255, blank=True)
    thread = models.CharField(max_length=24)
    search_text = models.TextField(blank=True)
    idempotency_key = models.CharField(max_length=320, null=True)  # noqa: DJ001 - unique where given
    idempotency_hash = models.CharField(max_length=64, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="IN", status__in=INCOMING)
                | Q(direction="OUT", status__in=OUTGOING),
                name="message_status_fits_direction",
            ),
            models.UniqueConstraint(
                fields=("box", "direction", "idempotency_key"),
                condition=Q(idempotency_key__isnull=False),
                name="message_once_an_idempotency_key",
            ),
            models.UniqueConstraint(
                fields=("box", "source", "remote_id"),
                condition=~Q(remote_id=""),
                name="message_once_a_remote_id",
            ),
        ]
        indexes = [
            models.Index(
                models.F("box"), models.F("status"), models.F("id").desc(), name="message_list"
            ),
            models.Index(fields=("box", "created_at"), name="message_by_time"),
            models.Index(fields=("id",), condition=Q(status="OUTBOX"), name="message_outbox"),
            models.Index(
                models.F("box"),
                models.F("id").desc(),
                condition=Q(status="INBOX", read_at__isnull=True),
                name="message_unread",
            ),
            models.Index(fields=("box", "thread"), name="message_thread"),
            models.Index(
                fields=("box", "envelope_id"),
                condition=~Q(envelope_id=""),
                name="message_envelope_id",
            ),
            *KNOWN_INDEXES,
        ]

    def __str__(self) -> str:
        return self.xuid

    @classmethod
    def of_envelope(cls, box: Box, envelope: Envelope, direction: str) -> "Message":
        sender = envelope.sender or Address(box.name, box.display_name)
        dated = envelope.sent_at or now().astimezone(get_default_timezone())
        offset = dated.utcoffset() or timedelta(0)
        message = cls(
            box=box,
            direction=direction,
            status=Status.OUTBOX if direction == Direction.OUT else Status.INBOX,
            envelope_id=envelope.id,
            subject=envelope.subject,
            from_name=sender.display_name,
            from_address=sender.address,
            to=[item.to_json() for item in envelope.to],
            cc=[item.to_json() for item in envelope.cc],
            headers=envelope.headers,
            dated_at=dated,
            dated_offset=int(offset.total_seconds() // 60),
            in_reply_to=envelope.in_reply_to,
            content_type=envelope.content_type,
            content_encoding=envelope.content_encoding,
            size=envelope.size,
        )
        people = (sender, *envelope.to, *envelope.cc)
        words = " ".join(f"{item.display_name} {item.address}" for item in people[:20])
        message.search_text = folded(f"{envelope.subject} {words}")
        return message

    @property
    def content_bytes(self) -> bytes:
        return self.body()

    @property
    def dated(self):
        """The moment the sender wrote on it, in the offset that it was written in."""
        if self.dated_at is None:
            return None
        return self.dated_at.astimezone(timezone(timedelta(minutes=self.dated_offset)))

    @property
    def received_at(self):
        return self.created_at if self.direction == Direction.IN else None

    def body(self) -> bytes:
        return self.content.read()

    def open_content(self) -> Iterator[bytes]:
        return self.content.chunks()

    # -- moves --

    def archive(self) -> None:
        """INBOX → ARCHIVED; archiving again changes nothing. Raises WrongStatus when sent."""
        self._shelve(Status.INBOX, Status.ARCHIVED, archived_at=now())

    def unarchive(self) -> None:
        self._shelve(Status.ARCHIVED, Status.INBOX, archived_at=None)

    def _shelve(self, leave: str, reach: str, **changes) -> None:
        if self.direction == Direction.OUT:
            raise WrongStatus(gettext("Only received messages can be archived; this one was sent."))
        here = Message.objects.filter(pk=self.pk, misdelivered_at=None)
        here.filter(status=leave).update(status=reach, **changes)
        self.refresh_from_db(fields=["status", "archived_at", "misdelivered_at"])
        self.refuse_closed()

    @property
    def is_closed(self) -> bool:
        """It was wrongly delivered: only a stub is here."""
        return self.misdelivered_at is not None

    def refuse_closed(self) -> None:
        """Raises Closed where only a stub is left in this box."""
        if self.is_closed:
            raise Closed(self.misdelivery.sentence)

    def hold_open(self) -> None:
        """Nobody moves it away until the transaction ends. Raises Closed."""
        held = Message.objects.select_for_update().filter(pk=self.pk)
        self.misdelivered_at = held.values_list("misdelivered_at", flat=True).first()
        self.refuse_closed()

    @property
    def is_withdrawn(self) -> bool:
        """What it tells is no longer so: it goes out no more."""
        return self.source == WITHDRAWN

    def withdraw(self) -> None:
        """Only once all its deliveries have failed. Runs inside a transaction."""
        Message.objects.filter(pk=self.pk).update(source=WITHDRAWN)

    def hold(self) -> None:
        """Nobody else sends it again or withdraws it until the transaction ends."""
        held = Message.objects.select_for_update().filter(pk=self.pk)
        self.source = held.values_list("source", flat=True).first() or ""

    def refuse_withdrawn(self) -> None:
        """Raises WrongStatus."""
        self.hold()
        if self.is_withdrawn:
            raise WrongStatus(self.why_withdrawn)

    @property
    def why_withdrawn(self) -> str:
        return gettext("The message that this notice is about is here again: it is sent no more.")

    def copied_into(self, box: Box) -> "Message":
        """The same message as it arrives in another box; its files stay where they are."""
        copy = Message(
            box=box,
            direction=Direction.IN,
            status=Status.INBOX,
            source=self.source,
            through=self.through,
            **{name: getattr(self, name) for name in _COPIED},
        )
        insert([copy])
        Message.objects.know_copies([copy])
        Message.objects.read_anew()
        return copy

    def mark_read(self) -> bool:
        """True when it was unread until now."""
        return bool(Message.objects.filter(pk=self.pk, read_at=None).update(read_at=now()))

    def mark_unread(self) -> None:
        Message.objects.filter(pk=self.pk).update(read_at=None)

    def settle(self) -> None:
        Message.objects.filter(pk=self.pk).settle()
        self.refresh_from_db(fields=["status", "sent_at"])

    def resend(self) -> int:
        """Queue the deliveries that failed; returns how many. Raises WrongStatus if none did."""
        with transaction.atomic():
            self.refuse_withdrawn()
            deliveries = Delivery.objects.filter(message=self)
            count = deliveries.requeue_failed()
            if not count:
                raise WrongStatus(_why_not_again(deliveries))
            Message.objects.filter(pk=self.pk).update(status=Status.OUTBOX)
            transaction.on_commit(_ring, robust=True)
        self.refresh_from_db(fields=["status"])
        return count

    def reopen(self) -> None:
        """Back to the OUTBOX, because one of its deliveries was queued again."""
        Message.objects.filter(pk=self.pk, direction=Direction.OUT).update(status=Status.OUTBOX)
        transaction.on_commit(_ring, robust=True)

    def _keep(self, envelope: Envelope, deliveries: Sequence[Delivery]) -> None:
        """Write the rows; runs inside a transaction."""
        self.content = Content.objects.store(envelope.content)
        self.thread = self._thread()
        insert([self])
        attachments = [
            Attachment(
                message=self,
                position=position,
                filename=part.filename,
                content_type=part.content_type,
                size=len(part.content),
                content=Content.objects.store(part.content),
            )
            for position, part in enumerate(envelope.attachments, start=1)
        ]
        insert(attachments)
        for delivery in deliveries:
            delivery.message = self
        insert(deliveries)
        self.stored = (attachments, deliveries)

    def _thread(self) -> str:
        """The thread of what it answers: one of our own messages, or an id a sender gave."""
        if not self.in_reply_to:
            return self.xuid
        earlier = Q(envelope_id=self.in_reply_to)
        if is_xuid(self.in_reply_to):
            earlier |= Q(xuid=self.in_reply_to)
        answered = Message.objects.filter(earlier, box_id=self.box_id).only("thread").first()
        return answered.thread if answered else self.xuid


def fingerprint(envelope: Envelope) -> str:
    """A hash of all that a sender chose, to tell a repeated request from another one."""
    digest = hashlib.sha256()
    for part in (
        envelope.id,
        envelope.subject,
        envelope.content_type,
        envelope.in_reply_to,
        repr(envelope.sender),
        repr(envelope.to),
        repr(envelope.cc),
        repr(sorted(envelope.headers.items())),
        envelope.sent_at.isoformat() if envelope.sent_at else "",
    ):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    for name, content_type, content in (
        ("", "", envelope.content),
        *((part.filename, part.content_type, part.content) for part in envelope.attachments),
    ):
        digest.update(f"{name}\0{content_type}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _copy_of(delivery: Delivery, moment) -> Message:
    sent = delivery.message
    return Message(
        box=delivery.target,
        direction=Direction.IN,
        status=Status.INBOX,
        source="box",
        delivery=delivery,
        created_at=moment,
        **{name: getattr(sent, name) for name in _COPIED},
    )


_COPIED = [
    *"envelope_id subject from_name from_address to cc headers dated_at dated_offset".split(),
    *"in_reply_to content_type content_encoding content_id size thread search_text".split(),
    *KNOWN_COLUMNS,
]


def _ring() -> None:
    message_queued.send(sender=Message)


def _why_not_again(deliveries: DeliveryQuerySet) -> str:
    if not deliveries.sent_back().exists():
        return gettext("This message has no delivery that failed.")
    return gettext(
        "Its receiver returned this message as wrongly delivered. Send a new one to the right "
        "receiver."
    )
