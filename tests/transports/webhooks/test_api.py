"""Webhooks in the API: made, followed, tried, turned off and on by who may manage the box."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.models import Access, Change, LogEntry, Message
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import STALL
from transports.checks import webhooks_end_in_time
from transports.models import Webhook
from transports.webhooks.telling import tell_webhooks

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://epd.example.org/hook?for=john"


@pytest.fixture
def manager(issue_key, john):
    return ApiClient(issue_key(john, "manage").header)


def receive(box):
    return Message.objects.receive(box, envelope_to(box.name))


def added(api, url=URL, **more):
    answer = api.post("/john/webhooks", {"url": url, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


# -- making --


def test_one_that_is_added_begins_at_the_present_and_shows_its_secret_once(manager, john):
    receive(john)

    made = added(manager)

    assert made["secret"].startswith("whsec_")
    assert {name: made[name] for name in ("url", "active", "waiting", "attempts", "error")} == {
        "url": URL,
        "active": True,
        "waiting": 0,
        "attempts": 0,
        "error": None,
    }
    seen = manager.get(f"/john/webhooks/{made['id']}").json()
    assert seen == {name: value for name, value in made.items() if name != "secret"}
    assert manager.get("/john/webhooks").json() == [seen]


def test_one_that_is_added_off_stays_off(manager):
    assert added(manager, active=False)["active"] is False
    assert manager.post("/john/webhooks", {"url": URL, "active": "no"}).json()["fields"] == {
        "active": ["Give this as true or false."]
    }
    assert list(manager.post("/john/webhooks", {"url": URL, "activ": False}).json()["fields"]) == [
        "activ"
    ]


def test_its_secret_is_kept_encrypted_and_stays_out_of_the_log(manager, john):
    secret = added(manager)["secret"]

    webhook = Webhook.objects.get()
    assert webhook.secret == secret
    assert secret.encode() not in bytes(webhook.sealed_secret)
    entry = LogEntry.objects.get(action="webhook add")
    assert entry.detail == "to epd.example.org"


def test_one_may_begin_after_a_cursor(manager, john):
    receive(john)
    cursor = manager.get("/john/changes").json()["cursor"]
    receive(john), receive(john)

    made = added(manager, after=cursor)

    assert (made["cursor"], made["waiting"]) == (cursor, 2)


def test_a_box_has_a_limited_number(manager, john):
    for _ in range(20):
        added(manager)

    answer = manager.post("/john/webhooks", {"url": URL})

    assert answer.status_code == 400
    assert answer.json()["error"] == ["A box has at most 20 webhooks."]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        5,
        [],
        "epd.example.org",
        "http://epd.example.org/",
        "ftp://epd.example.org/",
        "https://",
        "https://:443/",
        "https://epd.example.org:0/",
        "https://epd.example.org:99999/",
        "https://[::1/",
        "https://els:geheim@epd.example.org/",
        "https://epd.example.org/#deel",
        "https://epd.example.org/a b",
        "https://epd.example.org/\r\nX-Evil: 1",
        "https://épd.example.org/",
        "https://epd.example.org/" + "a" * 1000,
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_by_place(manager, url):
    answer = manager.post("/john/webhooks", {"url": url})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["url"]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1:8443",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
    ],
)
def test_an_address_in_a_private_network_is_refused_unless_it_is_allowed(manager, settings, host):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    refused = manager.post("/john/webhooks", {"url": f"https://{host}/hook"})
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True

    allowed = manager.post("/john/webhooks", {"url": f"https://{host}/hook"})

    assert refused.status_code == 400
    assert "private network" in refused.json()["error"][0]
    assert allowed.status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"url": URL, "after": "x"}, "after"),
        ({"url": URL, "after": 5}, "after"),
        ({"url": URL, "after": "A" * 200}, "after"),
    ],
)
def test_a_wrong_beginning_is_refused_by_place(manager, body, place):
    answer = manager.post("/john/webhooks", body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [place]


def test_a_beginning_that_is_no_longer_kept_is_refused(manager, john):
    receive(john), receive(john)
    cursor = manager.get("/john/changes?limit=1").json()["cursor"]
    Change.objects.update(at=now() - timedelta(days=91))

    answer = manager.post("/john/webhooks", {"url": URL, "after": cursor})

    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")


@pytest.mark.parametrize("raw", [b"", b"[]", b"url=https://x.example", b'{"url": "a", "url": "b"}'])
def test_a_body_that_is_no_object_is_refused(manager, raw):
    assert manager.post("/john/webhooks", raw=raw).status_code == 400


# -- who may --


@pytest.mark.parametrize("rights", [("read",), ("read", "send", "deliver")])
def test_it_takes_the_right_to_manage(issue_key, john, manager, rights):
    made = added(manager)
    api = ApiClient(issue_key(john, *rights).header)

    for method, path in (
        ("GET", "/john/webhooks"),
        ("POST", "/john/webhooks"),
        ("GET", f"/john/webhooks/{made['id']}"),
        ("PUT", f"/john/webhooks/{made['id']}"),
        ("DELETE", f"/john/webhooks/{made['id']}"),
        ("POST", f"/john/webhooks/{made['id']}/test"),
    ):
        answer = api.request(method, path, {"url": URL})
        assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")


def test_one_of_another_box_is_not_there(issue_key, john, jill, manager):
    made = added(manager)
    key = issue_key(jill, "manage")
    Access.objects.create(box=john, key=key.key, read=True)

    answer = ApiClient(key.header).get(f"/jill/webhooks/{made['id']}")

    assert answer.status_code == 404
    assert answer.json()["error"] == ["There is no such webhook in this box."]


# -- changing --


def test_turned_off_it_keeps_its_place_and_goes_on_when_it_is_turned_on(manager, john):
    made = added(manager)
    path = f"/john/webhooks/{made['id']}"

    off = manager.put(path, {"active": False}).json()
    receive(john)
    waiting = manager.get(path).json()
    on = manager.put(path, {"active": True}).json()

    assert (off["active"], waiting["waiting"], waiting["nextAttemptAt"]) == (False, 1, None)
    assert (on["active"], on["waiting"], on["cursor"]) == (True, 1, made["cursor"])


def test_what_is_left_out_stays(manager, john):
    made = added(manager)
    path = f"/john/webhooks/{made['id']}"
    manager.put(path, {"active": False})

    moved = manager.put(path, {"url": "https://elsewhere.example.org/"}).json()

    assert (moved["url"], moved["active"]) == ("https://elsewhere.example.org/", False)


def test_failure_is_told_with_its_sentence_and_next_attempt_and_ends_by_turning_on(
    manager, john, receiver
):
    made = added(manager, receiver.url)
    receiver.fail("body", "500 Oops")
    receive(john)
    tell_webhooks()
    path = f"/john/webhooks/{made['id']}"

    failed = manager.get(path).json()
    receiver.heal()
    manager.put(path, {"active": True})
    tell_webhooks()

    assert (failed["attempts"], failed["waiting"], failed["active"]) == (1, 1, True)
    assert "answered 500" in failed["error"]
    assert failed["nextAttemptAt"] > failed["createdAt"]
    healed = manager.get(path).json()
    assert (healed["error"], healed["waiting"], healed["attempts"]) == (None, 0, 0)
    assert healed["lastSuccessAt"] > failed["createdAt"]


def test_it_can_be_made_to_tell_again_from_a_cursor(manager, john, receiver):
    begin = manager.get("/john/changes?after=now").json()["cursor"]
    made = added(manager, receiver.url)
    receive(john)
    tell_webhooks()

    manager.put(f"/john/webhooks/{made['id']}", {"after": begin})
    tell_webhooks()

    first, again = receiver.received
    assert first == again


def test_one_that_was_off_too_long_is_turned_on_from_now_only(manager, john):
    made = added(manager)
    path = f"/john/webhooks/{made['id']}"
    manager.put(path, {"active": False})
    receive(john)
    Change.objects.update(at=now() - timedelta(days=91))

    refused = manager.put(path, {"active": True})
    turned = manager.put(path, {"active": True, "after": "now"})

    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")
    assert "Turn it on from now" in refused.json()["error"][0]
    assert turned.json()["active"] and turned.json()["waiting"] == 0


@pytest.mark.parametrize("active", ["true", 1, [], {}])
def test_active_is_true_or_false(manager, active):
    made = added(manager)

    answer = manager.put(f"/john/webhooks/{made['id']}", {"active": active})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["active"]


def test_one_that_is_removed_is_told_nothing_more(manager, john, receiver):
    made = added(manager, receiver.url)
    receive(john)

    last = manager.delete(f"/john/webhooks/{made['id']}")
    tell_webhooks()

    assert last.json()["id"] == made["id"]
    assert manager.get(f"/john/webhooks/{made['id']}").status_code == 404
    assert receiver.requests == []
    assert LogEntry.objects.filter(action="webhook remove").exists()


# -- trying --


def test_a_test_posts_a_signed_event_at_once_and_tells_the_answer(manager, john, receiver):
    made = added(manager, receiver.url)
    receiver.secret = made["secret"]

    answer = manager.post(f"/john/webhooks/{made['id']}/test").json()

    assert answer == {"taken": True, "status": 204, "error": None}
    [event] = receiver.received
    assert (event["type"], event["box"]) == ("webhook.test", "john")
    assert "xuid" not in event and "cursor" not in event


def test_a_test_that_fails_tells_what_to_mend_and_changes_nothing(manager, john, receiver):
    made = added(manager, receiver.url)
    receiver.fail("body", "401 Who are you")

    answer = manager.post(f"/john/webhooks/{made['id']}/test").json()

    assert (answer["taken"], answer["status"]) == (False, 401)
    assert "answered 401" in answer["error"]
    assert manager.get(f"/john/webhooks/{made['id']}").json()["attempts"] == 0


def test_a_test_of_one_that_is_silent_ends(manager, john, receiver, settings):
    settings.WEBHOOK_TIMEOUT = 0.3
    made = added(manager, receiver.url)
    receiver.fail("body", STALL)

    answer = manager.post(f"/john/webhooks/{made['id']}/test").json()

    assert (answer["taken"], answer["status"]) == (False, None)
    assert "did not answer in time" in answer["error"]


def test_when_too_many_requests_wait_a_test_is_put_off(manager, john, receiver, monkeypatch):
    made = added(manager, receiver.url)
    monkeypatch.setattr("transports.webhooks.api.places", _Full())

    answer = manager.post(f"/john/webhooks/{made['id']}/test")

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer["Retry-After"] == "10"


class _Full:
    def acquire(self, blocking):
        return False


def test_a_time_out_longer_than_the_queue_allows_is_found_at_the_start(settings):
    settings.WEBHOOK_TIMEOUT = 10
    sound = webhooks_end_in_time(None)
    settings.WEBHOOK_TIMEOUT = 80

    [error] = webhooks_end_in_time(None)

    assert sound == []
    assert error.id == "transports.E006"
