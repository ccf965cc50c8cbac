"""How messages come to be, in whose box, and what they promise."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction

from boxes.envelope import Address, Attachment, Envelope
from boxes.errors import Conflict, Rejected, WrongStatus
from boxes.models import Content, Delivery, LogEntry, Message
from boxes.models.message import folded
from tests.boxes.envelopes import envelope_to
from transports.tasks import dispatch

Status = Message.Status


def test_a_posted_message_waits_in_the_outbox_with_a_delivery_a_recipient(john):
    message = Message.objects.post(john, envelope_to("jill", "joe@example.org"))

    assert message.status == Status.OUTBOX
    assert message.from_address == "john"
    assert [(d.n, d.address, d.status) for d in message.deliveries.all()] == [
        (1, "jill", "queued"),
        (2, "joe@example.org", "queued"),
    ]


def test_a_message_to_a_box_arrives_once_and_shares_its_content(john, jill):
    sent = Message.objects.post(
        john,
        envelope_to(
            "jill",
            cc=(Address("john", "Ikzelf"),),
            attachments=(Attachment("brief.txt", "text/plain", b"inhoud"),),
        ),
    )

    dispatch()
    dispatch()

    sent.refresh_from_db()
    [received] = Message.objects.in_box(jill)
    assert sent.status == Status.SENT and sent.sent_at is not None
    assert received.status == Status.INBOX and received.direction == "IN"
    assert received.body() == b"Beste collega"
    assert received.content_id == sent.content_id
    assert received.xuid != sent.xuid
    assert received.thread == sent.thread
    assert [part.body() for part in received.attachments.all()] == [b"inhoud"]
    assert Message.objects.in_box(john).filter(direction="IN").count() == 1


def test_the_database_lets_no_delivery_be_received_twice(john, jill):
    Message.objects.post(john, envelope_to("jill"))
    dispatch()
    received = Message.objects.in_box(jill).get()

    again = Message.objects.get(pk=received.pk)
    again.pk, again.xuid, again._state.adding = None, "x" * 22, True
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_a_box_that_nobody_has_fails_for_good_with_a_sentence(john, jill):
    message = Message.objects.post(john, envelope_to("jill", "nobody"))

    dispatch()

    message.refresh_from_db()
    served, failed = message.deliveries.all()
    assert message.status == Status.ERROR
    assert served.status == Delivery.Status.DELIVERED
    assert failed.status == Delivery.Status.FAILED
    assert "no box “nobody”" in failed.error


def test_resending_serves_only_the_recipient_that_failed(john, jill):
    message = Message.objects.post(john, envelope_to("jill", "later"))
    dispatch()
    type(john).objects.create(name="later")

    message.refresh_from_db()
    assert message.resend() == 1
    assert message.status == Status.OUTBOX
    dispatch()

    message.refresh_from_db()
    assert message.status == Status.SENT
    assert Message.objects.in_box(jill).count() == 1
    assert Message.objects.filter(box__name="later").count() == 1
    with pytest.raises(WrongStatus):
        message.resend()


def test_hidden_recipients_are_served_and_seen_by_nobody(john, jill):
    Message.objects.post(john, envelope_to("john"), recipients=[Address("jill")])

    dispatch()

    received = Message.objects.in_box(jill).get()
    assert "jill" not in str(received.to) + str(received.cc)


def test_a_message_without_recipients_is_refused_and_leaves_nothing(john):
    with pytest.raises(Rejected):
        Message.objects.post(john, envelope_to())

    assert not Message.objects.exists() and not Content.objects.exists()


def test_recipients_are_counted_once_each_and_limited(john, settings):
    settings.MAX_RECIPIENTS = 2
    message = Message.objects.post(john, envelope_to("a", "a", "b"))
    assert message.deliveries.count() == 2

    with pytest.raises(Rejected, match=r"\b2\b.*\b3\b"):
        Message.objects.post(john, envelope_to("a", "b", "c"))


def test_the_same_idempotency_key_gives_the_first_message_again(john, john_key):
    caller = john_key.key
    first = Message.objects.post(
        john, envelope_to("jill"), caller=caller, idempotency_key="order-7"
    )
    again = Message.objects.post(
        john, envelope_to("jill"), caller=caller, idempotency_key="order-7"
    )

    assert again.pk == first.pk
    assert Message.objects.count() == 1
    with pytest.raises(Conflict):
        Message.objects.post(
            john, envelope_to("jill", subject="Anders"), caller=caller, idempotency_key="order-7"
        )


def test_two_callers_may_use_the_same_idempotency_key(john, john_key, jill_key):
    for caller in (john_key.key, jill_key.key):
        Message.objects.post(john, envelope_to("jill"), caller=caller, idempotency_key="1")

    assert Message.objects.count() == 2


def test_a_remote_id_is_received_once_a_source(john):
    first = Message.objects.receive(john, envelope_to("john"), source="imap", remote_id="7")
    again = Message.objects.receive(john, envelope_to("john"), source="imap", remote_id="7")
    other = Message.objects.receive(john, envelope_to("john"), source="ezorg", remote_id="7")

    assert first.pk == again.pk != other.pk


def test_a_reply_joins_the_thread_in_both_boxes(john, jill):
    question = Message.objects.post(john, envelope_to("jill"))
    dispatch()
    received = Message.objects.in_box(jill).get()
    answer = Message.objects.post(jill, envelope_to("john", in_reply_to=received.xuid))
    dispatch()

    returned = Message.objects.in_box(john).get(direction="IN")
    assert answer.thread == received.thread == question.xuid
    assert returned.thread == question.thread


def test_a_reply_to_a_senders_own_id_joins_that_thread(john):
    first = Message.objects.receive(john, envelope_to("john", id="<a@b>"))
    reply = Message.objects.receive(john, envelope_to("john", in_reply_to="<a@b>"))

    assert reply.thread == first.thread


def test_archiving_is_for_received_messages_and_may_be_repeated(john):
    received = Message.objects.receive(john, envelope_to("john"))
    sent = Message.objects.post(john, envelope_to("john"))

    received.archive()
    received.archive()
    assert received.status == Status.ARCHIVED
    received.unarchive()
    assert received.status == Status.INBOX and received.archived_at is None
    with pytest.raises(WrongStatus):
        sent.archive()


def test_reading_counts_once_until_it_is_unread_again(john):
    message = Message.objects.receive(john, envelope_to("john"))

    assert message.mark_read() is True
    assert message.mark_read() is False
    message.mark_unread()
    assert message.mark_read() is True


def test_the_senders_offset_is_kept(john):
    written = datetime(2018, 1, 1, 11, 24, 22, tzinfo=timezone(timedelta(hours=1)))
    message = Message.objects.receive(john, envelope_to("john", sent_at=written))
    message.refresh_from_db()

    assert message.dated_at == datetime(2018, 1, 1, 10, 24, 22, tzinfo=UTC)
    assert message.dated.isoformat() == written.isoformat()


def test_the_database_refuses_a_status_that_does_not_fit_the_direction(john):
    message = Message.objects.receive(john, envelope_to("john"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(status="SENT")


def test_sending_and_arriving_are_logged(john, jill, john_key):
    message = Message.objects.post(john, envelope_to("jill"), caller=john_key.key)
    dispatch()

    sent, arrived = LogEntry.objects.order_by("pk")
    assert (sent.action, sent.subject, sent.xuid) == ("send", john_key.key.subject, message.xuid)
    assert (arrived.action, arrived.box_name) == ("receive", "jill")


def test_words_are_found_without_case_and_accents():
    assert folded("Crème BRÛLÉE") == "creme brulee"


def test_an_envelope_counts_content_and_attachments():
    envelope = Envelope(
        to=(),
        content_type="text/plain",
        content=b"123",
        attachments=(Attachment("a", "text/plain", b"4567"),),
    )
    assert envelope.size == 7


def test_what_is_past_its_retention_is_removed_and_logged(john, jill):
    Message.objects.post(john, envelope_to("jill"))
    dispatch()
    old, waiting = (
        Message.objects.in_box(jill).get(),
        Message.objects.post(jill, envelope_to("john")),
    )
    Message.objects.in_box(jill).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    young = Message.objects.receive(jill, envelope_to("jill"))
    jill.retention_days = 30

    assert Message.objects.remove_expired(jill) == 1

    assert set(Message.objects.in_box(jill)) == {young, waiting}
    assert LogEntry.objects.get(action="remove").xuids == [old.xuid]
    assert Message.objects.in_box(john).get().status == Status.SENT


def test_a_message_whose_worker_was_lost_before_settling_is_settled_later(john, jill):
    message = Message.objects.post(john, envelope_to("jill"))
    message.deliveries.update(status=Delivery.Status.DELIVERED)

    Message.objects.filter(pk__in=Message.objects.unsettled(10)).settle()

    message.refresh_from_db()
    assert message.status == Status.SENT
