"""Changes reach webhooks in order, at least once, each with the same identifier."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils.timezone import now

from boxes.models import Change, LogEntry, Message
from boxes.models.change import BEGINNING
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, GARBAGE, STALL, TRUNCATED, Reply
from tests.fakes.receiver import FakeReceiver
from tests.transports.queue import taken
from transports.models import Doorbell, Webhook
from transports.tasks import dispatch
from transports.webhooks import telling
from transports.webhooks.telling import TASK, start_telling, tell_webhooks

pytestmark = pytest.mark.django_db(transaction=True)


def receive(box, count=1):
    return [Message.objects.receive(box, envelope_to(box.name)) for _ in range(count)]


def fresh(webhook):
    return Webhook.objects.get(pk=webhook.pk)


def at_once(webhook):
    Webhook.objects.filter(pk=webhook.pk).update(due_at=now())


# -- what is posted --


def test_an_event_is_posted_as_the_api_tells_it(jill, jill_key, hook, receiver):
    hook(jill, receiver)
    receive(jill)

    tell_webhooks()

    told = ApiClient(jill_key.header).get("/jill/changes").json()["changes"]
    assert receiver.received == told
    [request] = receiver.requests
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == told[0]["id"]


def test_events_come_in_their_order_and_once(jill, hook, receiver):
    hook(jill, receiver)
    messages = receive(jill, 5)
    for message in messages:
        message.archive()

    tell_webhooks()
    tell_webhooks()

    kinds = [(item["type"], item["xuid"]) for item in receiver.received]
    assert kinds == [("message.received", item.xuid) for item in messages] + [
        ("message.status", item.xuid) for item in messages
    ]


def test_more_than_a_batch_is_told_in_one_go(jill, hook, receiver, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 2)
    webhook = hook(jill, receiver)
    receive(jill, 5)

    tell_webhooks()

    assert len(receiver.received) == 5
    assert fresh(webhook).waiting == 0
    assert fresh(webhook).claimed_until is None


def test_a_webhook_hears_of_its_own_box_only(john, jill, hook, receiver):
    hook(jill, receiver)
    receive(john)

    tell_webhooks()

    assert receiver.requests == []


def test_what_is_told_is_in_the_log_of_the_box(jill, hook, receiver):
    webhook = hook(jill, receiver)
    messages = receive(jill, 2)

    tell_webhooks()

    entry = LogEntry.objects.get(action="webhook")
    assert entry.xuids == [message.xuid for message in messages]
    assert (entry.box_name, entry.subject) == ("jill", "system")
    assert entry.detail == f"to {webhook.host}"


# -- what goes wrong --


@pytest.mark.parametrize(
    ("stage", "says", "sentence"),
    [
        ("body", "500 Oops", "answered 500"),
        ("body", "404 Not here", "answered 404"),
        ("body", "429 Slower", "answered 429"),
        ("body", CUT, "connection was lost"),
        ("body", GARBAGE, "cannot be read"),
        ("body", TRUNCATED, "connection was lost"),
        ("headers", CUT, "connection was lost"),
        ("connect", CUT, ""),
    ],
)
def test_what_is_not_taken_is_posted_again_with_the_same_identifier(
    jill, hook, receiver, stage, says, sentence
):
    webhook = hook(jill, receiver)
    receive(jill, 2)
    receiver.says = Reply(200, b"well done")
    receiver.fail(stage, says)

    tell_webhooks()

    held = fresh(webhook)
    assert (held.active, held.attempts, held.waiting) == (True, 1, 2)
    assert sentence in held.error
    assert "webhook of box jill" in held.error or "may have taken" in held.error
    assert timedelta(seconds=50) < held.next_attempt_at - now() < timedelta(seconds=70)
    receiver.heal()
    at_once(webhook)
    tell_webhooks()
    identifiers = [request.headers["webhook-id"] for request in receiver.requests]
    assert len(set(identifiers)) == 2
    held = fresh(webhook)
    assert (held.attempts, held.error, held.waiting) == (0, "", 0)


def test_a_receiver_that_is_silent_is_not_waited_for_longer_than_the_time_out(
    jill, hook, receiver, settings
):
    settings.WEBHOOK_TIMEOUT = 0.3
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", STALL)

    tell_webhooks()

    assert "did not answer in time" in fresh(webhook).error


@pytest.mark.parametrize("kind", ["expired", "other host", "unknown authority"])
def test_a_certificate_that_is_not_to_be_trusted_is_told_nothing(jill, hook, authority, kind):
    with FakeReceiver(context=authority.context(kind)) as receiver:
        webhook = hook(jill, receiver)
        receive(jill)

        tell_webhooks()

        assert "certificate is not to be trusted" in fresh(webhook).error
        assert receiver.requests == []


def test_a_redirect_is_not_followed(jill, hook, receiver, authority):
    with FakeReceiver(context=authority.context()) as other:
        webhook = hook(jill, receiver)
        receive(jill)
        receiver.says = Reply(307, headers={"Location": other.url})

        tell_webhooks()

        assert "redirects are not followed" in fresh(webhook).error
        assert other.requests == []


def test_an_address_in_a_private_network_is_told_nothing_whatever_its_name(
    jill, hook, receiver, settings
):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    webhook = hook(jill, receiver)
    Webhook.objects.update(url=f"https://localhost:{receiver.port}/hook")
    receive(jill)

    tell_webhooks()

    assert "private network" in fresh(webhook).error
    assert "127.0.0.1" not in fresh(webhook).error.replace(webhook.host, "")
    assert not receiver.reached.is_set()


def test_while_it_fails_one_event_is_tried_and_logged_at_a_time(jill, hook, receiver):
    webhook = hook(jill, receiver)
    messages = receive(jill, 3)
    receiver.fail("body", "503 Busy")
    tell_webhooks()
    at_once(webhook)

    tell_webhooks()

    assert LogEntry.objects.filter(action="webhook").order_by("-id")[0].xuids == [messages[0].xuid]


def test_after_the_last_pause_it_stays_off_and_says_so(jill, hook, receiver, settings):
    settings.RETRY_PAUSES = [60]
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", "500 Oops")
    tell_webhooks()
    at_once(webhook)

    tell_webhooks()

    held = fresh(webhook)
    assert not held.active
    assert held.error.startswith("Given up after 2 attempts.")
    assert not Webhook.objects.due().exists()


def test_one_that_wants_no_more_is_off_at_once(jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", "410 Gone")

    tell_webhooks()

    assert not fresh(webhook).active
    assert "wants no more" in fresh(webhook).error


def test_turned_on_again_it_goes_on_from_where_it_stopped(jill, hook, receiver):
    webhook = hook(jill, receiver)
    first = receive(jill)
    tell_webhooks()
    fresh(webhook).turn_off()
    later = receive(jill, 2)
    tell_webhooks()

    fresh(webhook).turn_on()
    tell_webhooks()

    assert [item["xuid"] for item in receiver.received] == [item.xuid for item in first + later]


def test_a_fault_of_ours_is_a_failed_attempt_and_no_lost_event(jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    Webhook.objects.update(sealed_secret=b"\x01\x02no secret at all")

    tell_webhooks()

    held = fresh(webhook)
    assert (held.attempts, held.waiting, held.claimed_until) == (1, 1, None)
    assert held.error


# -- several workers, several webhooks --


def test_a_slow_receiver_does_not_delay_another(jill, hook, receiver, authority):
    with FakeReceiver(context=authority.context()) as slow:
        hook(jill, slow)
        hook(jill, receiver)
        receive(jill, 3)
        slow.fail("body", STALL)
        worker = threading.Thread(target=_in_a_worker)
        worker.start()
        slow.taken.wait(10)

        arrived = _eventually(lambda: len(receiver.received) == 3)

        assert arrived
        slow.heal()
        worker.join()


def _in_a_worker():
    try:
        tell_webhooks()
    finally:
        connections.close_all()


def _eventually(condition):
    pause = threading.Event()
    return any(condition() or pause.wait(0.05) for _ in range(100))


def test_one_that_a_worker_tells_already_is_left_to_it(jill, hook, receiver):
    hook(jill, receiver)
    receive(jill)
    [held] = Webhook.objects.claim_due(5, 60)

    tell_webhooks()

    assert receiver.requests == []
    assert Webhook.objects.claim_due(5, 60) == []
    assert held.took(BEGINNING, 60)


def test_what_a_dead_worker_left_is_taken_over_and_it_may_not_go_on(jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    [lost] = Webhook.objects.claim_due(5, 60)
    Webhook.objects.update(claimed_until=now() - timedelta(seconds=1))

    tell_webhooks()

    assert len(receiver.received) == 1
    before = fresh(webhook).position
    assert not lost.took(BEGINNING, 60)
    assert fresh(webhook).position == before


def test_one_that_is_turned_off_stops_at_the_event_at_hand(jill, hook, receiver, monkeypatch):
    webhook = hook(jill, receiver)
    receive(jill, 3)
    answer = receiver.answer

    def turn_off(request):
        Webhook.objects.filter(pk=webhook.pk).update(active=False, claim="")
        return answer(request)

    receiver.answer = turn_off
    tell_webhooks()

    assert len(receiver.received) == 1
    assert fresh(webhook).waiting == 3  # it may come twice, and is not lost


def test_one_with_much_to_take_gives_others_a_turn(jill, hook, receiver, monkeypatch):
    monkeypatch.setattr(telling, "TURN", 0)
    webhook = hook(jill, receiver)
    receive(jill, 3)

    [held] = Webhook.objects.claim_due(1, 60)
    telling.tell(held)

    assert len(receiver.received) == 1
    assert fresh(webhook).claimed_until is None
    assert Webhook.objects.due().exists()


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Only PostgreSQL has writers at the same time."
)
def test_a_change_that_waits_for_another_transaction_is_told_when_that_ends(jill, hook, receiver):
    hook(jill, receiver)
    [message] = receive(jill)
    other = connection.get_new_connection(connection.get_connection_params())
    other.execute("SELECT pg_current_xact_id()")
    message.mark_read()
    tell = threading.Thread(target=_in_a_worker)
    tell.start()
    receiver.taken.wait(10)  # the arrival

    other.commit()
    other.close()
    tell.join()

    assert [item["type"] for item in receiver.received] == ["message.received", "message.read"]


def test_a_closed_box_tells_nothing_until_it_is_open_again(jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    type(jill).objects.update(state="closed")
    tell_webhooks()
    closed = list(receiver.requests)

    type(jill).objects.update(state="open")
    tell_webhooks()

    assert closed == []
    assert fresh(webhook).waiting == 0


# -- who wakes the worker --


def test_the_dispatcher_starts_one_task_for_all_that_is_due(john, jill, hook, receiver):
    hook(jill, receiver), hook(john, receiver)
    receive(jill), receive(john)
    taken()

    dispatch()
    dispatch()

    assert [task["func"] for task in taken()].count(TASK) == 1


def test_nothing_is_started_where_nothing_is_new_or_one_is_at_it(jill, hook, receiver):
    hook(jill, receiver)
    start_telling()
    nothing_new = taken()
    receive(jill)
    taken()
    [held] = Webhook.objects.claim_due(1, 60)
    start_telling()
    at_it = taken()

    held.let_go()
    start_telling()

    assert nothing_new == at_it == []
    assert [task["func"] for task in taken()] == [TASK]
    assert Doorbell.objects.filter(pk="webhooks").exists()


def test_what_remains_when_the_task_ends_is_left_to_the_next_one(jill, hook, receiver, monkeypatch):
    monkeypatch.setattr(telling, "STRETCH", -1)
    monkeypatch.setattr(telling, "PATIENCE", 0)
    hook(jill, receiver)
    receive(jill)
    taken()

    tell_webhooks()

    assert receiver.requests == []
    assert [task["func"] for task in taken()] == [TASK]


def test_the_body_holds_no_content_and_no_value(jill, hook, receiver):
    hook(jill, receiver)
    [message] = receive(jill)
    message.properties.model.objects.put(message, "bsn", "999990019")

    tell_webhooks()

    text = json.dumps(receiver.received)
    assert "999990019" not in text and "Beste collega" not in text and "Overleg" not in text
    assert Change.objects.filter(name="bsn").exists()


def test_an_address_that_another_key_chose_is_told_no_longer_than_that_key_may_manage(
    jill, issue_key, hook, receiver
):
    maker, other = issue_key(jill, "manage"), issue_key(jill, "manage")
    webhook = hook(jill, receiver)
    Webhook.objects.filter(pk=webhook.pk).update(key=maker.key)
    body = {"url": "https://other.example/hook"}
    answer = ApiClient(other.header).put(f"/jill/webhooks/{webhook.xuid}", body)
    assert answer.status_code == 200
    Message.objects.receive(jill, envelope_to("jill"))
    assert Webhook.objects.due().exists()

    other.key.revoke()

    assert not Webhook.objects.due().exists()


@pytest.mark.parametrize("end", ["withdrawn", "expired", "right taken"])
def test_what_software_made_is_told_no_longer_than_its_key_may_manage(
    jill, issue_key, hook, receiver, end
):
    key = issue_key(jill, "manage").key
    webhook = hook(jill, receiver)
    Webhook.objects.filter(pk=webhook.pk).update(key=key)
    Message.objects.receive(jill, envelope_to("jill"))
    assert Webhook.objects.due().exists()

    if end == "withdrawn":
        key.revoke()
    elif end == "expired":
        type(key).objects.update(expires_at=now())
    else:
        key.accesses.update(manage=False)

    assert not Webhook.objects.due().exists()
