"""GET /{box}/changes: all that happened in a box, oldest first, to go on with and to repeat."""

import threading
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boxes.api.errors import Problem
from boxes.api.events import cursor_at, read_cursor
from boxes.api.views import waiting
from boxes.models import Access, Change, LogEntry, Message, Property
from boxes.models.change import Position
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to

pytestmark = pytest.mark.django_db(transaction=True)


def receive(box, **fields):
    return Message.objects.receive(box, envelope_to(box.name, **fields))


def changes(api, after="", **more):
    query = "&".join(f"{name}={quote(str(value))}" for name, value in more.items())
    answer = api.get(f"/john/changes?{f'after={after}&' if after else ''}{query}".rstrip("&?"))
    assert answer.status_code == 200, answer.content
    return answer.json()


# -- what is told --


def test_an_arrival_is_told_with_its_message_and_without_content(api, john):
    message = receive(john, subject="Uitslag van mevrouw Jansen")

    answer = changes(api)

    [event] = answer["changes"]
    assert event == {
        "id": event["id"],
        "cursor": answer["cursor"],
        "at": event["at"],
        "type": "message.received",
        "box": "john",
        "xuid": message.xuid,
        "direction": "IN",
        "status": "INBOX",
    }
    assert len(event["id"]) == 22
    assert not answer["more"]


def test_each_kind_tells_what_belongs_to_it(api, john, john_key):
    message = receive(john)
    begin = changes(api)["cursor"]

    api.post(f"/john/messages/{message.xuid}/read")
    api.post(f"/john/messages/{message.xuid}/unread")
    api.post(f"/john/messages/{message.xuid}/archive")
    api.post(f"/john/messages/{message.xuid}/properties", {"name": "bsn", "value": "999990019"})
    api.delete(f"/john/messages/{message.xuid}/properties/bsn")
    api.post(f"/john/messages/{message.xuid}/take")
    Message.objects.filter(pk=message.pk).delete()

    told = changes(api, begin)["changes"]
    extra = [
        {name: item[name] for name in ("type", "status", "handling", "name", "n") if name in item}
        for item in told
    ]
    assert extra == [
        {"type": "message.read"},
        {"type": "message.unread"},
        {"type": "message.status", "status": "ARCHIVED"},
        {"type": "property.set", "name": "bsn"},
        {"type": "property.removed", "name": "bsn"},
        {"type": "message.handling", "handling": "taken"},
        {"type": "message.removed"},
    ]
    assert "999990019" not in str(told)


def test_a_message_that_is_sent_is_followed_by_its_deliveries(api, john):
    message = Message.objects.post(john, envelope_to("jill", "nobody"))
    begin = changes(api)["cursor"]
    [delivery] = message.deliveries.filter(n=2).model.objects.claim_due("box", 2, 60)[1:]

    delivery.fail("There is no such box.")

    [event] = changes(api, begin)["changes"]
    assert (event["type"], event["n"], event["status"]) == ("delivery.status", 2, "failed")
    assert event["direction"] == "OUT"


# -- going on --


def test_pages_follow_each_other_without_gap_or_double(api, john):
    messages = [receive(john) for _ in range(7)]
    seen, cursor, more = [], "", True

    while more:
        answer = changes(api, cursor, limit=3)
        seen += [item["xuid"] for item in answer["changes"]]
        cursor, more = answer["cursor"], answer["more"]

    assert seen == [message.xuid for message in messages]
    assert changes(api, cursor) == {"changes": [], "cursor": cursor, "more": False}


def test_a_cursor_may_be_used_again_and_each_event_holds_one(api, john):
    messages = [receive(john) for _ in range(3)]

    first = changes(api)

    assert changes(api) == first
    from_event = changes(api, first["changes"][0]["cursor"])["changes"]
    assert from_event == first["changes"][1:]
    assert from_event[-1]["xuid"] == messages[2].xuid


def test_now_begins_at_the_present_also_in_an_empty_box(api, john):
    empty = changes(api, "now")["cursor"]
    message = receive(john)
    present = changes(api, "now")
    later = receive(john)

    assert present["changes"] == []
    assert [item["xuid"] for item in changes(api, empty)["changes"]] == [message.xuid, later.xuid]
    assert [item["xuid"] for item in changes(api, present["cursor"])["changes"]] == [later.xuid]


def test_a_cursor_older_than_what_is_kept_is_refused_and_says_how_to_begin_anew(api, john):
    receive(john), receive(john)
    cursor = changes(api, limit=1)["cursor"]
    Change.objects.update(at=now() - timedelta(days=91))

    answer = api.get(f"/john/changes?after={cursor}")

    assert answer.status_code == 410
    assert answer.json()["code"] == "cursor_expired"
    assert "after now" in answer.json()["error"][0]
    assert changes(api)["changes"] == []


# -- waiting --


def test_waiting_ends_when_something_happens(api, john, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_AGAIN_SECONDS", 0.05)
    message = receive(john)
    cursor = changes(api)["cursor"]
    looked = threading.Event()
    look = waiting.leave_database

    def leave():
        looked.set()
        look()

    monkeypatch.setattr(waiting, "leave_database", leave)

    def later():
        looked.wait(10)
        message.mark_read()
        connections.close_all()

    thread = threading.Thread(target=later)
    thread.start()
    answer = changes(api, cursor, wait=20)
    thread.join()

    assert [item["type"] for item in answer["changes"]] == ["message.read"]


def test_waiting_in_vain_gives_the_same_cursor_and_no_entry_in_the_log(api, john, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_AGAIN_SECONDS", 0.05)
    cursor = changes(api, "now")["cursor"]

    answer = changes(api, cursor, wait=1)

    assert answer == {"changes": [], "cursor": cursor, "more": False}
    assert not LogEntry.objects.filter(action="changes").exists()


def test_when_too_many_wait_the_next_is_answered_at_once(api, john, monkeypatch):
    monkeypatch.setattr(waiting, "places", threading.BoundedSemaphore(1))
    waiting.places.acquire()

    assert changes(api, "now", wait=30)["changes"] == []


# -- who may, and what is logged --


def test_a_request_that_tells_something_is_one_entry_with_its_messages(api, john):
    messages = [receive(john), receive(john)]
    messages[0].mark_read()

    changes(api)

    entry = LogEntry.objects.get(action="changes")
    assert entry.xuids == [message.xuid for message in messages]
    assert entry.box_name == "john"


def test_it_takes_the_right_to_read(issue_key, john):
    sender = ApiClient(issue_key(john, "send").header)

    answer = sender.get("/john/changes")

    assert answer.status_code == 403
    assert answer.json()["code"] == "right_missing"


def test_a_box_that_is_not_open_is_not_there(jill_api, john, stranger):
    assert jill_api.get("/john/changes").status_code == 404
    assert stranger.get("/john/changes").status_code == 401


def test_a_cursor_of_another_box_is_refused(api, john_key, john, jill):
    Access.objects.create(box=jill, key=john_key.key, read=True)
    receive(jill)
    cursor = api.get("/jill/changes").json()["cursor"]

    answer = api.get(f"/john/changes?after={cursor}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "cursor_invalid"


# -- bad input --


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("after=", "after"),
        ("after=x", "after"),
        ("after=NOW", "after"),
        ("after=" + "A" * 43, "after"),
        ("after=a&after=b", "after"),
        ("after=%00", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A3", "limit"),
        ("wait=31", "wait"),
        ("wait=-1", "wait"),
        ("wait=1.5", "wait"),
        ("since=2026-01-01", "since"),
        ("type=message.read", "type"),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_place(api, john, query, place):
    answer = api.get(f"/john/changes?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [place]


def test_another_method_is_refused(api, john):
    assert api.post("/john/changes", {}).status_code == 405


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_cursor_is_read_as_it_was_written(john, xact, number):
    position = Position(xact, number)

    assert read_cursor(cursor_at(position, john), john) == position


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_no_cursor_is_refused(john, text):
    with pytest.raises(Problem, match=r"."):
        read_cursor(text, john)


@given(st.integers(0, 42), st.sampled_from("ABab01-_"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_cursor_with_one_letter_changed_is_refused(john, place, letter):
    cursor = cursor_at(Position(5, 7), john)
    forged = cursor[:place] + letter + cursor[place + 1 :]

    if forged != cursor:
        with pytest.raises(Problem):
            read_cursor(forged, john)


def test_properties_that_an_application_sets_are_told_to_the_other_one(api, john):
    message = receive(john)
    cursor = changes(api)["cursor"]

    Property.objects.put(message, "status", "gezien")

    [event] = changes(api, cursor)["changes"]
    assert (event["type"], event["name"]) == ("property.set", "status")


def test_the_order_is_read_from_one_index(john):
    for _ in range(5):
        receive(john)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Change.objects.told(john, Position(0, 3)).explain()

    assert "change_order" in plan
    assert "xact=? AND id>?" in plan or "ROW(xact, id) > ROW" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
