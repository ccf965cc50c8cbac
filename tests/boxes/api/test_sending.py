"""Envelopes in: what send, deliver and the legacy send take, store and answer."""

import base64
import json
from datetime import UTC, datetime

import pytest

from boxes.models import Content, Delivery, LogEntry, Message
from tests.boxes.api.client import ApiClient
from transports.tasks import dispatch

LETTER = {
    "id": "message1",
    "subject": "Hallo Jill",
    "from": {"displayName": "John Johnson", "address": "john"},
    "to": [{"displayName": "Jill Jackson", "address": "jill"}],
    "dateTime": "2018-03-28 15:30:54",
    "contentType": "text/plain",
    "content": "Beste Jill,\nDit is een voorbeeld.\nmvg John",
}


def letter(**changes):
    return {name: value for name, value in {**LETTER, **changes}.items() if value is not ...}


def test_a_sent_envelope_waits_in_the_outbox(api, john):
    answer = api.post("/john/send", LETTER)

    assert answer.status_code == 200
    sent = answer.json()
    assert sent["error"] == []
    assert (sent["direction"], sent["status"], sent["receivedAt"]) == ("OUT", "OUTBOX", None)
    assert "content" not in sent["envelope"]
    assert sent["envelope"]["dateTime"] == "2018-03-28T15:30:54.000+02:00"
    assert sent["envelope"]["from"] == {"displayName": "John Johnson", "address": "john"}
    assert [(d["n"], d["address"], d["status"]) for d in sent["deliveries"]] == [
        (1, "jill", "queued")
    ]
    message = Message.objects.get(xuid=sent["xuid"])
    assert message.body() == LETTER["content"].encode()


def test_a_sent_envelope_arrives_in_the_other_box(api, jill_api, jill):
    sent = api.post("/john/send", letter(headers={"X-Zorg": ["a", 1, None]})).json()

    dispatch()

    [arrived] = jill_api.get("/jill/messages").json()
    assert arrived["xuid"] != sent["xuid"]
    assert (arrived["direction"], arrived["status"]) == ("IN", "INBOX")
    assert arrived["envelope"]["id"] == "message1"
    assert arrived["envelope"]["headers"] == {"X-Zorg": ["a", 1, None]}
    assert api.get(f"/john/messages/{sent['xuid']}").json()["status"] == "SENT"


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain"])
def test_json_is_taken_under_any_content_type(api, content_type):
    answer = api.post("/john/send", LETTER, content_type=content_type)

    assert answer.status_code == 200


def test_json_is_taken_when_it_is_called_a_form(api):
    answer = api.post("/john/send", LETTER, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert Message.objects.get().subject == "Hallo Jill"


def test_json_may_begin_with_a_byte_order_mark(api):
    answer = api.post("/john/send", raw=b"\xef\xbb\xbf" + json.dumps(LETTER).encode())

    assert answer.status_code == 200


@pytest.mark.parametrize("sender", [..., None, {}, {"address": ""}, {"address": "john"}])
def test_an_empty_sender_is_filled_in(api, sender):
    sent = api.post("/john/send", letter(**{"from": sender})).json()

    assert sent["envelope"]["from"] == {"displayName": "John Johnson", "address": "john"}


def test_nobody_sends_in_anothers_name(api):
    answer = api.post("/john/send", letter(**{"from": {"address": "jill"}}))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["from.address"]
    assert not Message.objects.exists()


def test_an_address_without_a_road_fails_with_a_sentence(api):
    sent = api.post("/john/send", letter(to=[{"address": "nowhere at all"}])).json()

    dispatch()

    shown = api.get(f"/john/messages/{sent['xuid']}").json()
    assert shown["status"] == "ERROR"
    assert shown["error"] == {"code": "delivery_failed"}
    assert "nowhere at all" in shown["deliveries"][0]["error"]


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ("2018-03-28 15:30:54", "2018-03-28T15:30:54.000+02:00"),
        ("2018-01-01T11:24:22.000+01:00", "2018-01-01T11:24:22.000+01:00"),
        ("2018-01-01T11:24:22.1234567Z", "2018-01-01T11:24:22.123+00:00"),
        ("2018-01-01T11:24:22+0530", "2018-01-01T11:24:22.000+05:30"),
        ("2018-01-01T11:24-09", "2018-01-01T11:24:00.000-09:00"),
        ("2018-01-01", "2018-01-01T00:00:00.000+01:00"),
    ],
)
def test_moments_are_read_loosely_and_answered_in_one_form(api, written, answered):
    sent = api.post("/john/send", letter(dateTime=written)).json()

    assert sent["envelope"]["dateTime"] == answered


def test_binary_content_comes_in_base64_and_goes_out_so(api):
    body = letter(
        contentType="application/pdf",
        contentEncoding="base64",
        content=base64.b64encode(b"%PDF-1.7\0\xff").decode(),
    )

    xuid = api.post("/john/send", body).json()["xuid"]

    shown = api.get(f"/john/messages/{xuid}").json()["envelope"]
    assert shown["contentEncoding"] == "base64"
    assert base64.b64decode(shown["content"]) == b"%PDF-1.7\0\xff"


def test_attachments_come_along(api):
    part = {"filename": "brief.pdf", "contentType": "application/pdf", "content": "JVBERg=="}

    sent = api.post("/john/send", letter(attachments=[part])).json()

    assert sent["envelope"]["attachments"] == [
        {"filename": "brief.pdf", "contentType": "application/pdf", "size": 4}
    ]
    shown = api.get(f"/john/messages/{sent['xuid']}").json()
    assert shown["envelope"]["attachments"] == [{**part, "size": 4}]
    assert shown["size"] == len(LETTER["content"]) + 4


def test_text_is_kept_in_the_charset_that_its_type_names(api):
    xuid = api.post(
        "/john/send", letter(contentType="text/plain; charset=iso-8859-1", content="Café")
    ).json()["xuid"]

    assert Message.objects.get().body() == b"Caf\xe9"
    assert api.get(f"/john/messages/{xuid}").json()["envelope"]["content"] == "Café"


def test_text_that_does_not_fit_its_charset_is_refused(api):
    answer = api.post("/john/send", letter(contentType="text/plain; charset=us-ascii", content="é"))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["content"]


def test_a_send_is_logged_with_who_and_what(api, john_key):
    xuid = api.post("/john/send", LETTER).json()["xuid"]

    entry = LogEntry.objects.get(action="send")
    assert (entry.subject, entry.xuid, entry.box_name) == (john_key.key.subject, xuid, "john")


def test_a_key_that_may_only_send_gets_no_token(issue_key, john):
    sender = ApiClient(issue_key(john, "send").header)

    sent = sender.post("/john/send", LETTER).json()

    assert (sent["jwt"], sent["viewerUrl"]) == (None, None)
    assert sender.get(f"/john/messages/{sent['xuid']}").status_code == 403


# -- repeating --


def test_a_repeated_key_with_the_same_body_gives_the_same_message(api):
    first = api.post("/john/send", LETTER, Idempotency_Key="order 66")
    again = api.post("/john/send", LETTER, Idempotency_Key="order 66")

    assert again.status_code == 200
    assert again.json()["xuid"] == first.json()["xuid"]
    assert Delivery.objects.count() == 1


def test_a_repeated_key_with_another_body_is_a_conflict(api):
    api.post("/john/send", LETTER, Idempotency_Key="k")

    answer = api.post("/john/send", letter(subject="Anders"), Idempotency_Key="k")

    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_conflict"
    assert Message.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 256, "caf\xe9", "a\x01b"])
def test_an_idempotency_key_is_plain_and_short(api, key):
    answer = api.post("/john/send", LETTER, Idempotency_Key=key)

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["fields"]


# -- deliver --


@pytest.fixture
def collector(issue_key, john):
    """Software that receives on behalf of john."""
    return ApiClient(issue_key(john, "deliver").header)


def test_deliver_puts_a_message_into_the_inbox_under_its_senders_name(collector, api):
    sender = {"displayName": "Lab Noord", "address": "lab@example.org"}

    answer = collector.post("/john/deliver", letter(**{"from": sender}))

    assert answer.status_code == 200
    assert answer.json()["error"] == []
    [message] = api.get("/john/messages").json()
    assert message["envelope"]["from"] == sender
    assert message["deliveredThrough"] == "software of john"
    assert message["receivedAt"] is not None


def test_a_delivered_message_without_a_sender_is_from_nobody(collector):
    answer = collector.post("/john/deliver", letter(**{"from": ...}))

    assert answer.json()["envelope"]["from"] == {"displayName": "", "address": ""}


def test_delivering_is_a_right_of_its_own(api, collector):
    assert api.post("/john/deliver", LETTER).status_code == 403
    assert collector.post("/john/send", LETTER).status_code == 403
    assert not Message.objects.exists()


def test_a_repeated_delivery_gives_the_same_message(collector):
    first, again = (
        collector.post("/john/deliver", LETTER, Idempotency_Key="7").json() for _ in range(2)
    )

    assert first["xuid"] == again["xuid"]


# -- the legacy send --


def legacy(**changes):
    body = {
        "from_username": "john",
        "to": "jill/default",
        "subject": "Hallo Jill",
        "content": base64.b64encode("Hallo Jill, één".encode()).decode(),
        "content_type": "text/plain",
        "metadata": "dGVzdDogdHJ1ZQ==",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not ...}


def test_the_legacy_send_still_works(api):
    answer = api.post("/john/default/send", legacy())

    assert answer.status_code == 200
    message = Message.objects.get(xuid=answer.json()["message_id"])
    assert message.to == [{"displayName": "", "address": "jill"}]
    assert message.headers == {"metadata": "test: true"}
    shown = api.get(f"/john/messages/{message.xuid}").json()
    assert shown["envelope"]["content"] == "Hallo Jill, één"


def test_the_legacy_send_takes_binary_content_and_no_metadata(api):
    answer = api.post(
        "/john/default/send",
        legacy(content="AP8=", content_type="application/pdf", metadata=...),
    )

    message = Message.objects.get(xuid=answer.json()["message_id"])
    assert (message.body(), message.content_encoding, message.headers) == (b"\0\xff", "base64", {})


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("from_username", {"from_username": "jill"}),
        ("to", {"to": ""}),
        ("content", {"content": "not base64!"}),
        ("content", {"content": ...}),
        ("content_type", {"content_type": "nonsense"}),
        ("metadata", {"metadata": "*"}),
        ("subject", {"subject": 5}),
    ],
)
def test_the_legacy_send_names_what_is_wrong(api, place, changes):
    answer = api.post("/john/default/send", legacy(**changes))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [place]
    assert not Message.objects.exists()


def test_sending_stores_content_once(api):
    api.post("/john/send", LETTER)
    api.post("/john/send", LETTER)

    assert Content.objects.count() == 1


def test_a_message_is_dated_now_when_its_sender_gave_no_date(api):
    before = datetime.now(UTC)

    sent = api.post("/john/send", letter(dateTime=...)).json()

    dated = datetime.fromisoformat(sent["envelope"]["dateTime"])
    assert abs((dated - before).total_seconds()) < 60


@pytest.mark.parametrize(
    "content_type", ["application/pdf", "image/png", "application/dicom", "video/mp4"]
)
def test_a_file_given_as_text_is_refused_before_it_is_spoilt(api, content_type):
    answer = api.post("/john/send", letter(contentType=content_type, content="JVBERi0xLjQK"))

    assert answer.status_code == 400
    assert "base64" in answer.json()["fields"]["contentEncoding"][0]


def test_text_in_a_charset_that_it_is_not_kept_in_is_refused(api):
    answer = api.post("/john/send", letter(contentType="text/plain; charset=utf-16", content="é"))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["contentType"]


def test_an_empty_idempotency_key_is_a_mistake_and_refused(api):
    answer = api.post("/john/send", letter(), Idempotency_Key="")

    assert answer.status_code == 400
    assert Message.objects.count() == 0
