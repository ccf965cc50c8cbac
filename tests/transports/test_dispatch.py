"""What the dispatcher promises, one process at a time; the drills try it with many."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.utils.timezone import now
from django_q.conf import Conf
from django_q.models import Schedule, Task

from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.transports.queue import taken
from transports import registry, schedule, tasks
from transports.base import Refused, Transport, Uncertain
from transports.models import Doorbell, Heartbeat
from transports.tasks import attempt, dispatch, housekeeping, sweep

pytestmark = pytest.mark.django_db


class FaxTransport(Transport):
    """A road whose far side does what the address asks for."""

    name = "fax"
    taken: list[str] = []

    def accepts(self, address: str, sender) -> bool:
        return address.endswith("@fax.example")

    def prepare(self, delivery: Delivery) -> str:
        if delivery.address.startswith("unreadable"):
            raise ValueError("a bug of ours")
        return delivery.address

    def send(self, delivery: Delivery, prepared: object) -> str:
        if delivery.address.startswith("busy"):
            raise Refused("The line is busy.", permanent=False)
        if delivery.address.startswith("nobody"):
            raise Refused("There is no such number.", permanent=True)
        if delivery.address.startswith("lost"):
            raise Uncertain("The line went dead.")
        if delivery.address.startswith("broken"):
            raise RuntimeError("a bug of ours")
        self.taken.append(delivery.address)
        return f"page {len(self.taken)}"


@pytest.fixture(autouse=True)
def fax(settings):
    settings.TRANSPORTS = [
        "transports.box.transport.BoxTransport",
        f"{__name__}.FaxTransport",
    ]
    FaxTransport.taken = []
    registry._instances.cache_clear()
    yield FaxTransport
    registry._instances.cache_clear()


def queued_attempts() -> list[tuple]:
    """The arguments of the attempts that dispatch queued; the queue is empty after it."""
    return [task["args"] for task in taken() if task["func"] == "transports.tasks.attempt"]


def run_attempts() -> None:
    while waiting := queued_attempts():
        for arguments in waiting:
            attempt(*arguments)


def post(box, *addresses: str) -> Message:
    return Message.objects.post(box, envelope_to(*addresses))


def test_a_message_to_a_box_arrives_there_and_is_sent(john, jill):
    message = post(john, "jill")

    dispatch()

    message.refresh_from_db()
    assert message.status == Message.Status.SENT
    [received] = Message.objects.in_box(jill)
    assert received.body() == message.body()
    assert received.delivery.status == Delivery.Status.DELIVERED


def test_dispatching_again_delivers_nothing_twice(john, jill):
    post(john, "jill")

    dispatch()
    dispatch()

    assert Message.objects.in_box(jill).count() == 1


def test_a_received_row_is_the_only_one_of_its_delivery(john, jill):
    post(john, "jill")
    dispatch()
    delivery = Delivery.objects.get()

    with pytest.raises(IntegrityError):
        Message.objects.in_box(john).update(delivery=delivery)


@pytest.mark.parametrize(
    ("address", "status", "message_status", "sentence"),
    [
        ("arts@fax.example", "sent", "SENT", ""),
        ("nobody@fax.example", "failed", "ERROR", "no such number"),
        ("lost@fax.example", "uncertain", "ERROR", "line went dead"),
        ("broken@fax.example", "uncertain", "ERROR", "may have arrived"),
        ("busy@fax.example", "queued", "OUTBOX", "line is busy"),
        ("unreadable@fax.example", "queued", "OUTBOX", "could not be prepared"),
    ],
)
def test_an_attempt_ends_as_the_far_side_says(john, address, status, message_status, sentence):
    message = post(john, address)

    dispatch()
    run_attempts()

    delivery = message.deliveries.get()
    message.refresh_from_db()
    assert (delivery.status, message.status) == (status, message_status)
    assert sentence in delivery.error
    assert delivery.attempts == 1
    assert delivery.for_good == (status == "failed")


def test_what_a_stretch_takes_up_second_also_waits_the_first_pause(john, settings):
    settings.RETRY_PAUSES = [60, 90_000]
    first, second = (post(john, "unreadable@fax.example") for _ in range(2))

    dispatch()
    run_attempts()

    for message in (first, second):
        delivery = message.deliveries.get()
        assert (delivery.status, delivery.attempts) == ("queued", 1)
        assert delivery.due_at < now() + timedelta(seconds=600)


def test_a_far_side_that_stays_busy_is_given_up_after_all_pauses(john, settings):
    settings.RETRY_PAUSES = [0, 0]
    message = post(john, "busy@fax.example")

    for _ in range(4):
        dispatch()
        run_attempts()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.attempts) == (Delivery.Status.FAILED, 3)
    assert "3 attempts" in delivery.error
    assert "line is busy" in delivery.error
    assert not delivery.for_good


def test_recipients_are_independent(john, jill):
    message = post(john, "jill", "nobody@fax.example", "arts@fax.example")

    dispatch()
    run_attempts()

    assert [row.status for row in message.deliveries.all()] == ["delivered", "failed", "sent"]
    message.refresh_from_db()
    assert message.status == Message.Status.ERROR


def test_only_the_failed_are_sent_again(john, jill, fax):
    message = post(john, "jill", "nobody@fax.example", "lost@fax.example", "arts@fax.example")
    dispatch()
    run_attempts()

    assert message.resend() == 1
    dispatch()
    run_attempts()

    assert Message.objects.in_box(jill).count() == 1
    assert fax.taken == ["arts@fax.example"]
    assert message.deliveries.get(address="lost@fax.example").status == "uncertain"


def test_a_claim_that_expired_before_the_hand_over_goes_back_to_the_queue(john, fax):
    message = post(john, "arts@fax.example")
    dispatch()
    taken()  # the broker lost it
    expire_claims()

    dispatch()
    run_attempts()

    assert message.deliveries.get().status == Delivery.Status.SENT
    assert fax.taken == ["arts@fax.example"]


def test_a_claim_that_expired_after_the_hand_over_is_uncertain_and_never_due(john, fax):
    message = post(john, "arts@fax.example")
    [delivery] = Delivery.objects.claim_due("fax", 1, 60)
    delivery.hand_over()
    expire_claims()

    dispatch()
    run_attempts()

    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.UNCERTAIN
    assert not Delivery.objects.due(now() + timedelta(days=30)).exists()
    message.refresh_from_db()
    assert message.status == Message.Status.ERROR
    assert fax.taken == []


def test_a_task_that_the_queue_hands_out_twice_sends_once(john, fax):
    post(john, "arts@fax.example")
    dispatch()
    [arguments] = queued_attempts()

    attempt(*arguments)
    attempt(*arguments)

    assert fax.taken == ["arts@fax.example"]


def test_a_message_that_ends_every_worker_is_given_up(john, settings):
    settings.RETRY_PAUSES = [0, 0]
    message = post(john, "arts@fax.example")

    for _ in range(5):
        Delivery.objects.claim_due("fax", 1, 60)  # and there the worker dies
        expire_claims()
        Delivery.objects.release_expired()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.attempts) == (Delivery.Status.FAILED, 4)


def test_a_stale_task_of_such_a_message_does_not_look_at_it_again(john, fax):
    post(john, "arts@fax.example")
    dispatch()
    [arguments] = queued_attempts()
    expire_claims()
    Delivery.objects.release_expired()

    attempt(*arguments)

    assert fax.taken == []
    assert Delivery.objects.get().status == Delivery.Status.QUEUED


def test_a_local_delivery_that_cannot_be_moved_holds_up_no_other(john, jill, settings):
    settings.RETRY_PAUSES = [3600]
    bad, good = post(john, "jill"), post(john, "jill")
    taken = Message.objects.receive(jill, envelope_to("jill"))
    # Its copy is there already, which the unique key of the delivery refuses.
    Message.objects.filter(pk=taken.pk).update(delivery=bad.deliveries.get())

    dispatch()

    assert good.deliveries.get().status == Delivery.Status.DELIVERED
    waiting = bad.deliveries.get()
    assert waiting.status == Delivery.Status.QUEUED
    assert "could not be put into the other box" in waiting.error
    assert waiting.due_at > now() + timedelta(minutes=50)


def test_one_dead_system_leaves_workers_for_the_others(john, jill, settings):
    settings.ATTEMPTS_PER_TRANSPORT = 1
    for _ in range(5):
        post(john, "busy@fax.example")
    post(john, "jill")

    dispatch()

    assert Delivery.objects.in_flight().count() == 1
    assert Message.objects.in_box(jill).count() == 1


def test_an_address_without_a_road_fails_with_a_sentence(john):
    message = post(john, "Nobody At All")

    dispatch()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.FAILED
    assert "No road leads to" in delivery.error
    assert "a box, in lower case" in delivery.error


def test_a_thousand_messages_ring_the_bell_once(john, jill, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(20):
            post(john, "jill")

    assert len(taken()) == 1


def test_a_broker_that_is_down_costs_no_message(
    john, jill, settings, dead_broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        local, remote = post(john, "jill"), post(john, "arts@fax.example")

    sweep()

    assert [local.deliveries.get().status, remote.deliveries.get().status] == ["delivered", "sent"]


@pytest.fixture
def dead_broker(monkeypatch):
    """django-q2 configured for a Redis on a port where nothing listens."""
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", "redis://127.0.0.1:1/0")


def test_a_sweep_leaves_a_heartbeat():
    assert Heartbeat.age() is None

    sweep()

    assert Heartbeat.age() < 60


def test_a_lost_ring_does_not_silence_the_bell_for_good(settings):
    assert Doorbell.ring()
    assert not Doorbell.ring()

    Doorbell.objects.update(rung_at=now() - timedelta(minutes=1))

    assert Doorbell.ring()


def test_a_schedule_that_somebody_typed_is_removed_and_ours_come_back():
    Schedule.objects.all().delete()
    Schedule.objects.create(name="typed", func="no.such.function", args="(((", schedule_type="I")

    schedule.install()

    assert set(Schedule.objects.values_list("name", flat=True)) == set(schedule.SCHEDULES)


def test_what_is_scheduled_exists():
    for path, _minutes in schedule.SCHEDULES.values():
        assert callable(getattr(tasks, path.rpartition(".")[2]))


def expire_claims() -> None:
    past = now() - timedelta(seconds=1)
    Delivery.objects.filter(status=Delivery.Status.SENDING).update(claimed_until=past)


def test_housekeeping_forgets_the_queues_own_failures_after_a_month():
    for name, days in (("old", 31), ("young", 29)):
        at = now() - timedelta(days=days)
        Task.objects.create(
            id=name, name=name, func="x", started=at, stopped=at, success=False, attempt_count=1
        )

    housekeeping()

    assert [task.pk for task in Task.objects.all()] == ["young"]


def test_housekeeping_removes_sign_ins_that_ended():
    Session.objects.create(
        session_key="ended", session_data="x", expire_date=now() - timedelta(days=1)
    )
    Session.objects.create(
        session_key="lasting", session_data="x", expire_date=now() + timedelta(days=1)
    )

    housekeeping()

    assert [session.pk for session in Session.objects.all()] == ["lasting"]
