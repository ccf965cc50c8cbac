"""Lists: what they hold, in which order, how they page, and who gets to know."""

import base64
import json
import threading
import time
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection, connections

from boxes.api import pages
from boxes.api.views import listing, waiting
from boxes.envelope import Address
from boxes.models import Box, LogEntry, Message, Property
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to

DAY = timedelta(days=1)


def receive(box, subject="Overleg", sender="jill", status="INBOX", properties=(), **fields):
    """A message in the box, as a colleague would have sent it."""
    envelope = envelope_to(
        box.name, subject=subject, sender=Address(sender, sender.title()), **fields
    )
    message = Message.objects.receive(box, envelope, source="test")
    if status == "ARCHIVED":
        message.archive()
    Property.objects.replace(message, dict(properties))
    return message


def dated(message, moment):
    Message.objects.filter(pk=message.pk).update(created_at=moment)
    return message


def subjects(answer):
    assert answer.status_code == 200, answer.json()
    return [message["envelope"]["subject"] for message in json.loads(answer.getvalue())]


def all_pages(api, path):
    """Follow `next` until there is none; the subjects, and how many pages it took."""
    found, count = [], 0
    while path:
        answer = api.get(path)
        found += subjects(answer)
        count += 1
        link = answer.headers.get("Link", "")
        path = link.partition("/api/v1")[2].partition(">")[0]
    return found, count


# -- what a list holds --


def test_a_list_is_the_inbox_newest_first(api, john):
    receive(john, "oud")
    receive(john, "weg", status="ARCHIVED")
    receive(john, "nieuw")

    assert subjects(api.get("/john/messages")) == ["nieuw", "oud"]


def test_a_message_in_a_list_has_all_but_its_content(api, john):
    message = receive(john, properties={"color": "green"}, cc=(Address("piet"),), id="e-1")

    [shown] = api.get("/john/messages").json()

    jwt = shown.pop("jwt")
    assert shown.pop("viewerUrl").endswith(f"/john/messages/{message.xuid}?jwt={jwt}")
    assert datetime.fromisoformat(shown["receivedAt"]).tzinfo is not None
    assert shown["envelope"].pop("dateTime") is not None
    assert shown == {
        "xuid": message.xuid,
        "direction": "IN",
        "status": "INBOX",
        "contentType": "application/vnd.messagebox.envelope+json",
        "read": False,
        "readAt": None,
        "receivedAt": shown["createdAt"],
        "createdAt": shown["createdAt"],
        "sentAt": None,
        "size": 13,
        "thread": message.xuid,
        "properties": [{"name": "color", "value": "green"}],
        "summary": {
            "state": "waiting",
            "kind": None,
            "flag": None,
            "urgent": False,
            "reportStatus": None,
            "patient": None,
            "replacedBy": None,
        },
        "handling": {"state": "open", "by": None, "takenAt": None, "handledAt": None, "note": ""},
        "envelope": {
            "id": "e-1",
            "subject": "Overleg",
            "from": {"displayName": "Jill", "address": "jill"},
            "to": [{"displayName": "", "address": "john"}],
            "cc": [{"displayName": "", "address": "piet"}],
            "headers": {},
            "inReplyTo": None,
            "contentType": "text/plain",
            "attachments": [],
        },
    }


def test_moments_have_milliseconds_and_an_offset(api, john):
    receive(john)

    [shown] = api.get("/john/messages").json()

    assert len(shown["receivedAt"]) == len("2018-01-01T11:24:22.000+00:00")
    assert shown["receivedAt"].endswith("+00:00")


def test_each_message_has_a_token_of_its_own(api, john):
    receive(john)
    receive(john)

    one, other = api.get("/john/messages").json()

    assert one["jwt"] != other["jwt"]


def test_a_box_that_demands_a_person_hands_out_no_tokens(api, john):
    Box.objects.filter(pk=john.pk).update(requires_user=True)
    receive(john)

    [shown] = api.get("/john/messages").json()

    assert (shown["jwt"], shown["viewerUrl"]) == (None, None)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("INBOX", ["in"]),
        ("NEW", ["in"]),
        ("new", ["in"]),
        ("ARCHIVED", ["weg"]),
        ("ARCHIVED,NEW", ["weg", "in"]),
        ("INBOX, OUTBOX", ["uit", "in"]),
        ("SENT", []),
        ("OUTBOX,ARCHIVED,INBOX,SENT,ERROR", ["uit", "weg", "in"]),
    ],
)
def test_statuses_choose(api, john, status, found):
    receive(john, "in")
    receive(john, "weg", status="ARCHIVED")
    Message.objects.post(john, envelope_to("jill", subject="uit"))

    assert subjects(api.get(f"/john/messages?{urlencode({'status': status})}")) == found


def test_statuses_may_be_given_apart(api, john):
    receive(john, "in")
    receive(john, "weg", status="ARCHIVED")

    assert subjects(api.get("/john/messages?status=INBOX&status=ARCHIVED")) == ["weg", "in"]


def test_an_unknown_status_is_refused_with_the_valid_ones(api):
    answer = api.get("/john/messages?status=SEEN")

    assert answer.status_code == 400
    [sentence] = answer.json()["fields"]["status"]
    assert "INBOX, ARCHIVED, OUTBOX, SENT, ERROR" in sentence


# -- property filters --


def test_property_filters_are_anded(api, john):
    receive(john, "a", properties={"color": "red", "type": "t1"})
    receive(john, "b", properties={"color": "red", "type": "t2"})
    receive(john, "c", properties={"color": "blue", "type": "t1"})

    assert subjects(api.get("/john/messages?_color=red&_type=t1")) == ["a"]
    assert subjects(api.get("/john/messages?_color=red")) == ["b", "a"]
    assert subjects(api.get("/john/messages?_color=blue&_type=t2")) == []
    assert subjects(api.get("/john/messages?_color=red&_color=blue")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patient id", "Jan de Boer"),
        ("a.b-c", "x=y&z"),
        ("_x", "begint met streep"),
        ("kleur ë 🎨", "blauw é"),
        ("leeg", ""),
        ("%_", "100%"),
        ("a/b", "c\nd"),
    ],
)
def test_a_property_of_any_name_filters(api, john, name, value):
    receive(john, "raak", properties={name: value})
    receive(john, "mis", properties={name: value + "x"})

    answer = api.get("/john/messages?" + urlencode({f"_{name}": value}))

    assert subjects(answer) == ["raak"]


def test_a_property_filter_keeps_to_the_status(api, john):
    receive(john, "in", properties={"p": "1"})
    receive(john, "weg", status="ARCHIVED", properties={"p": "1"})

    assert subjects(api.get("/john/messages?_p=1")) == ["in"]
    assert subjects(api.get("/john/messages?_p=1&status=ARCHIVED")) == ["weg"]


def test_a_property_in_another_box_is_not_found(api, john, jill):
    receive(jill, "van jill", properties={"p": "1"})

    assert subjects(api.get("/john/messages?_p=1")) == []


# -- fixed filters --


def test_words_are_sought_in_subject_sender_and_recipients(api, john):
    receive(john, "Uitslag Ménière", sender="lab@example.org")
    receive(john, "Verslag", sender="poli@example.org")

    for words in ("meniere", "UITSLAG lab", "lab@example", "uitslag john"):
        assert subjects(api.get(f"/john/messages?q={words}")) == ["Uitslag Ménière"], words
    assert subjects(api.get("/john/messages?q=uitslag+poli")) == []
    assert subjects(api.get("/john/messages?q=%25")) == []


def test_a_sender_is_matched_whole_and_in_any_case(api, john):
    receive(john, "a", sender="Lab@example.org")
    receive(john, "b", sender="prelab@example.org")

    assert subjects(api.get("/john/messages?from=lab@EXAMPLE.org")) == ["a"]


def test_unread_messages_can_be_asked_for(api, john):
    receive(john, "gelezen").mark_read()
    receive(john, "ongelezen")

    assert subjects(api.get("/john/messages?unread=true")) == ["ongelezen"]
    assert subjects(api.get("/john/messages?unread=false")) == ["gelezen"]


def test_a_content_type_matches_whatever_its_charset(api, john):
    receive(john, "a", content_type="text/html; charset=utf-8")
    receive(john, "b", content_type="text/plain")
    receive(john, "c", content_type="text/html")

    assert subjects(api.get("/john/messages?contentType=text/html")) == ["c", "a"]


def test_an_envelope_id_and_a_thread_find_their_messages(api, john):
    first = receive(john, "vraag", id="vraag 1")
    receive(john, "antwoord", in_reply_to="vraag 1")
    receive(john, "iets anders")

    assert subjects(api.get("/john/messages?envelopeId=vraag+1")) == ["vraag"]
    assert subjects(api.get(f"/john/messages?thread={first.xuid}")) == ["antwoord", "vraag"]


def test_since_is_included_and_until_is_not(api, john):
    moment = datetime.fromisoformat("2026-03-01T12:00:00+01:00")
    for hours, name in ((-1, "voor"), (0, "op"), (1, "na")):
        dated(receive(john, name), moment + timedelta(hours=hours))

    at = urlencode({"since": moment.isoformat()})
    assert subjects(api.get(f"/john/messages?{at}")) == ["na", "op"]
    assert subjects(api.get("/john/messages?until=2026-03-01T12:00:00%2B01:00")) == ["voor"]
    assert subjects(api.get("/john/messages?since=2026-03-01T12:00:00+01:00")) == ["na", "op"]
    assert subjects(api.get("/john/messages?since=2026-03-01 12:00&until=2026-03-01 13:00")) == [
        "op"
    ]


def test_a_clock_that_ran_back_hides_no_message(api, john):
    """Arrival and clock may differ by minutes: the number is only a bound, the time decides."""
    moment = datetime.fromisoformat("2026-03-01T12:00:00+01:00")
    dated(receive(john, "oud"), moment - DAY)
    dated(receive(john, "eerst geteld"), moment + timedelta(minutes=3))
    dated(receive(john, "later geteld"), moment - timedelta(minutes=1))
    dated(receive(john, "nieuw"), moment + DAY)

    at = urlencode({"since": moment.isoformat(), "until": (moment + DAY).isoformat()})
    assert subjects(api.get(f"/john/messages?{at}")) == ["eerst geteld"]


@pytest.mark.parametrize(
    ("parameter", "query"),
    [
        ("since", "since=yesterday"),
        ("until", "until=2026-02-30"),
        ("since", "since=9999-12-31T23:59:59Z"),
        ("unread", "unread=maybe"),
        ("q", "q=" + "x" * 201),
        ("q", "q="),
        ("envelopeId", "envelopeId=%20"),
        ("q", "q=a&q=b"),
        ("q", "q=a%00b"),
        ("from", "from=%00"),
        ("limit", "limit=0"),
        ("limit", "limit=1001"),
        ("limit", "limit=ten"),
        ("limit", "limit=-1"),
        ("limit", "limit=%D9%A1"),
        ("wait", "wait=31&since=2026-01-01"),
        ("wait", "wait=5"),
        ("cursor", "cursor=forged"),
        ("cursor", "cursor=" + "A" * 32),
        ("cursor", "cursor=%F0%9F%98%80"),
        ("colour", "colour=red"),
        ("Status", "Status=INBOX"),
        ("_", "_=1"),
        ("_a", "_a=%00"),
        ("_" + "n" * 256, "_" + "n" * 256 + "=1"),
        ("_a", "_a=" + "v" * 501),
        ("_", "&".join(f"_p{n}=1" for n in range(11))),
    ],
)
def test_a_parameter_that_is_wrong_is_refused_by_name(api, john, parameter, query):
    receive(john)

    answer = api.get(f"/john/messages?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [parameter]
    assert not LogEntry.objects.filter(action="list").exists()


# -- pages --


def test_pages_follow_each_other_without_gap_or_double(api, john):
    names = [f"bericht {n}" for n in range(7)]
    for name in names:
        receive(john, name)

    found, count = all_pages(api, "/john/messages?limit=3")

    assert found == names[::-1]
    assert count == 3


def test_what_arrives_while_paging_shifts_nothing(api, john):
    for n in range(4):
        receive(john, str(n))
    first = api.get("/john/messages?limit=2")
    receive(john, "nieuw")

    following = first["Link"].partition("/api/v1")[2].partition(">")[0]

    assert subjects(api.get(following)) == ["1", "0"]


def test_a_last_page_has_no_next(api, john):
    receive(john)

    assert "Link" not in api.get("/john/messages?limit=1").headers


@pytest.mark.parametrize("leader", ["status", "property", "two statuses", "words"])
def test_a_walk_that_finds_little_ends_after_a_window_and_goes_on(api, john, monkeypatch, leader):
    monkeypatch.setattr(pages, "MANY", 3)
    monkeypatch.setattr(pages, "WINDOW", {"sqlite": 4, "postgresql": 4})
    for n in range(12):
        rare = {"rare": "1"} if n in (0, 5) else {}
        receive(
            john,
            f"zoek {n}" if n in (0, 5) else str(n),
            status="INBOX" if n % 2 else "ARCHIVED",
            properties={"color": "red", **rare},
        )
    query = {
        "status": "_rare=1",
        "property": "_color=red&status=ARCHIVED,INBOX&q=zoek",
        "two statuses": "status=ARCHIVED,INBOX&q=zoek",
        "words": "q=zoek",
    }[leader]

    found, _count = all_pages(api, f"/john/messages?limit=2&{query}")

    everything = [f"zoek {n}" for n in (5, 0)]
    assert found == (everything if "ARCHIVED" in query else ["zoek 5"])


def test_a_short_page_may_have_a_next(api, john, monkeypatch):
    monkeypatch.setattr(pages, "WINDOW", {"sqlite": 4, "postgresql": 4})
    for n in range(10):
        receive(john, "zoek" if n == 0 else str(n))

    first = api.get("/john/messages?limit=5&q=zoek")

    assert first.json() == []
    assert 'rel="next"' in first["Link"]
    assert all_pages(api, "/john/messages?limit=5&q=zoek") == (["zoek"], 3)


def test_a_cursor_is_good_for_its_own_list_only(api, john, jill, issue_key):
    for box in (john, john, jill, jill):
        receive(box, properties={"p": "1"})
    cursor = api.get("/john/messages?limit=1")["Link"].split("cursor=")[1].split(">")[0]
    other = ApiClient(issue_key(jill, "read").header)

    assert len(api.get(f"/john/messages?cursor={cursor}").json()) == 1
    for client, path in (
        (api, f"/john/messages?status=ARCHIVED&cursor={cursor}"),
        (api, f"/john/messages?_p=1&cursor={cursor}"),
        (api, f"/john/messages?cursor={cursor[:-2]}xx"),
        (other, f"/jill/messages?cursor={cursor}"),
    ):
        answer = client.get(path)
        assert answer.status_code == 400
        assert answer.json()["code"] == "cursor_invalid"


def test_a_cursor_tells_nothing_of_our_numbers(api, john):
    first = receive(john)
    receive(john)

    cursor = api.get("/john/messages?limit=1")["Link"].split("cursor=")[1].split(">")[0]

    assert first.pk.to_bytes(8, "big") not in base64.urlsafe_b64decode(cursor)


# -- the whole list --


def test_without_limit_the_list_is_whole_and_streamed(api, john, monkeypatch):
    monkeypatch.setattr(listing, "CHUNK", 3)
    names = [str(n) for n in range(8)]
    for name in names:
        receive(john, name)

    answer = api.get("/john/messages")

    assert answer.streaming
    assert subjects(answer) == names[::-1]
    assert answer["Cache-Control"] == "no-store"
    logged = [len(entry.xuids) for entry in LogEntry.objects.filter(action="list").order_by("id")]
    assert logged == [3, 3, 2]


def test_each_chunk_is_logged_before_it_goes_out(api, john, monkeypatch):
    monkeypatch.setattr(listing, "CHUNK", 2)
    for n in range(5):
        receive(john, str(n))

    pieces = iter(api.get("/john/messages").streaming_content)

    for expected in (2, 4):
        next(pieces)
        logged = sum(len(entry.xuids) for entry in LogEntry.objects.filter(action="list"))
        assert logged == expected


def test_a_whole_list_that_finds_nothing_in_many_windows_is_empty(api, john, monkeypatch):
    monkeypatch.setattr(pages, "WINDOW", {"sqlite": 4, "postgresql": 4})
    for n in range(10):
        receive(john, str(n))

    answer = api.get("/john/messages?q=zoek")

    assert answer.streaming
    assert subjects(answer) == []
    assert not LogEntry.objects.filter(action="list").exists()


# -- waiting --


def test_waiting_ends_when_something_arrives(transactional_db, api, john):
    since = (datetime.now().astimezone() - DAY).isoformat()

    def later():
        time.sleep(0.3)
        receive(john, "zojuist")
        connections.close_all()

    if connection.vendor == "sqlite":
        later()
    else:
        thread = threading.Thread(target=later)
        thread.start()
    answer = api.get("/john/messages?" + urlencode({"since": since, "wait": "20"}))

    assert subjects(answer) == ["zojuist"]


def test_waiting_in_vain_ends_empty_and_unlogged(api, john, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_AGAIN_SECONDS", 0.05)

    answer = api.get("/john/messages?since=2026-01-01&wait=1")

    assert answer.json() == []
    assert not LogEntry.objects.filter(action="list").exists()


def test_when_too_many_wait_the_next_is_answered_at_once(api, john, monkeypatch):
    monkeypatch.setattr(waiting, "places", threading.BoundedSemaphore(1))
    waiting.places.acquire()
    begun = time.monotonic()

    assert api.get("/john/messages?since=2026-01-01&wait=30").json() == []
    assert time.monotonic() - begun < 25


# -- searching by a body --


def test_a_search_takes_the_filters_as_json(api, john):
    receive(john, "raak", properties={"bsn": "999990019"})
    receive(john, "weg", status="ARCHIVED", properties={"bsn": "999990019"})
    receive(john, "mis")

    one = api.post("/john/search", {"_bsn": "999990019"})
    both = api.post("/john/search", {"_bsn": "999990019", "status": ["INBOX", "ARCHIVED"]})
    unread = api.post("/john/search", {"unread": True, "q": "mis", "limit": 10})

    assert subjects(one) == ["raak"]
    assert subjects(both) == ["weg", "raak"]
    assert subjects(unread) == ["mis"]


def test_a_search_pages_by_posting_the_same_body_to_the_next_address(api, john):
    for n in range(3):
        receive(john, str(n), properties={"bsn": "999990019"})
    body = {"_bsn": "999990019", "limit": 2}

    first = api.post("/john/search", body)
    following = first["Link"].partition("/api/v1")[2].partition(">")[0]

    assert "999990019" not in first["Link"]
    assert subjects(first) + subjects(api.post(following, body)) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("colour", {"colour": "red"}),
        ("q", {"q": 5}),
        ("q", {"q": None}),
        ("status", {"status": [1]}),
        ("flag", {"flag": []}),
        ("flag", {"flag": ["abnormal", "odd"]}),
        ("status", {"status": {"a": 1}}),
        ("_p", {"_p": 5}),
        ("limit", {"limit": 1.5}),
        ("limit", {"limit": True}),
        ("unread", {"unread": "perhaps"}),
    ],
)
def test_a_search_names_what_is_wrong(api, place, body):
    answer = api.post("/john/search", body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [place]


def test_a_search_keeps_filters_out_of_its_address(api):
    answer = api.post("/john/search?_bsn=999990019", {})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["_bsn"]


# -- who gets to know --


def test_a_list_is_one_entry_in_the_log_with_all_that_it_showed(api, john, john_key):
    shown = [receive(john).xuid, receive(john).xuid]

    api.get("/john/messages")

    entry = LogEntry.objects.get(action="list")
    assert sorted(entry.xuids) == sorted(shown)
    assert (entry.subject, entry.address) == (john_key.key.subject, "127.0.0.1")


def test_an_empty_list_is_no_entry(api):
    api.get("/john/messages")

    assert not LogEntry.objects.filter(action="list").exists()


def test_a_box_that_is_not_open_is_answered_as_one_that_does_not_exist(api, jill):
    receive(jill)

    closed, absent = api.get("/jill/messages"), api.get("/nobody/messages")

    assert (closed.status_code, absent.status_code) == (404, 404)
    assert closed.content.replace(b"jill", b"nobody") == absent.content
    entry = LogEntry.objects.get(action="refuse")
    assert (entry.outcome, entry.box_name) == ("box_not_open", "jill")


def test_reading_is_a_right_of_its_own(issue_key, john):
    answer = ApiClient(issue_key(john, "send").header).get("/john/messages")

    assert answer.status_code == 403
    assert answer.json()["code"] == "right_missing"
    assert LogEntry.objects.get(action="refuse").outcome == "right_missing"


def test_the_cost_in_queries_does_not_grow_with_the_list(api, john, django_assert_num_queries):
    api.get("/john/messages")
    for n in range(20):
        receive(john, properties={"n": str(n), "p": "1"})

    # key, box, messages, properties, attachments, handling, log
    with django_assert_num_queries(7):
        assert len(api.get("/john/messages?limit=20").json()) == 20
    with django_assert_num_queries(9):  # and a count for each filter
        assert len(api.get("/john/messages?limit=20&_p=1").json()) == 20


def test_a_content_type_is_found_whatever_its_parameters(api, john):
    receive(john, "met", content_type="text/plain; charset=utf-8")
    receive(john, "zonder", content_type="text/plain")

    for asked in ("text/plain", "TEXT/PLAIN", "text/plain; charset=iso-8859-1"):
        found = api.get(f"/john/messages?{urlencode({'contentType': asked})}")
        assert subjects(found) == ["zonder", "met"]


@pytest.mark.parametrize(
    ("wrong", "meant"), [("Status", "status"), ("flags", "flag"), ("reportstatus", "reportStatus")]
)
def test_a_mistyped_filter_comes_with_the_one_that_was_meant(api, john, wrong, meant):
    sentence = f"This parameter is not known. Did you mean “{meant}”?"

    assert api.get(f"/john/messages?{wrong}=x").json()["fields"] == {wrong: [sentence]}
    assert api.post("/john/search", {wrong: ["x"]}).json()["fields"] == {wrong: [sentence]}
