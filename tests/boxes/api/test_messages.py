"""One message: reading it, moving it, its properties, contents, deliveries, token and log."""

import base64
import json
import os
from datetime import datetime
from urllib.parse import quote

import pytest

from boxes import tokens
from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Box, Delivery, LogEntry, Message, Property
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to
from transports.tasks import dispatch


@pytest.fixture
def message(john):
    envelope = envelope_to("john", sender=Address("jill", "Jill"), subject="Overleg")
    return Message.objects.receive(john, envelope, source="test")


@pytest.fixture
def path(message):
    return f"/john/messages/{message.xuid}"


@pytest.fixture
def manager(issue_key, john):
    return ApiClient(issue_key(john, "manage").header)


def received(box, content, content_type="text/plain", **fields):
    envelope = Envelope((Address(box.name),), content_type, content, **fields)
    return Message.objects.receive(box, envelope, source="test")


def logged(action):
    return list(LogEntry.objects.filter(action=action).values_list("xuid", flat=True))


# -- reading --


def test_a_message_comes_with_its_content_and_is_logged(api, message, path):
    shown = api.get(path).json()

    assert shown["xuid"] == message.xuid
    assert shown["envelope"]["content"] == "Beste collega"
    assert "contentEncoding" not in shown["envelope"]
    assert logged("read") == [message.xuid]


def test_the_token_in_an_answer_opens_this_message_for_this_caller(api, message, path, john_key):
    token = tokens.read_page(api.get(path).json()["jwt"], "john", message.xuid)

    assert token.sub == john_key.key.subject


@pytest.mark.parametrize(
    "xuid",
    [
        "AAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAA",
        "a%2Fb",
        "a/b",
        "..",
        "%00",
        "x" * 500,
        "%F0%9F%98%80",
        "1",
    ],
)
def test_anything_that_is_no_message_is_not_found(api, john, xuid):
    for action in ("", "/content", "/archive", "/log"):
        answer = api.get(f"/john/messages/{xuid}{action}")
        assert answer.status_code in (403, 404)
        assert answer.json()["error"]


def test_a_message_of_another_box_is_not_found_here(api, jill):
    other = received(jill, b"x")

    assert api.get(f"/john/messages/{other.xuid}").status_code == 404
    assert logged("read") == []


def test_bytes_that_are_no_text_come_in_base64(api, john):
    broken = received(john, b"caf\xe9 \xff", "text/plain")

    envelope = api.get(f"/john/messages/{broken.xuid}").json()["envelope"]

    assert envelope["contentEncoding"] == "base64"
    assert base64.b64decode(envelope["content"]) == b"caf\xe9 \xff"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 1_500_001, 3 * 1024 * 1024])
def test_contents_of_any_size_come_whole(api, john, size):
    content, part = os.urandom(size), os.urandom(size // 2)
    stored = received(
        john,
        content,
        "application/pdf",
        content_encoding="base64",
        attachments=(Attachment("a.bin", "application/pdf", part),),
    )

    answer = api.get(f"/john/messages/{stored.xuid}")

    envelope = json.loads(answer.getvalue())["envelope"]
    assert base64.b64decode(envelope["content"], validate=True) == content
    assert base64.b64decode(envelope["attachments"][0]["content"], validate=True) == part


def test_large_text_comes_whole_with_letters_across_its_pieces(api, john):
    text = 'é"\\\n🎨' * 400_000
    stored = received(john, text.encode())

    answer = api.get(f"/john/messages/{stored.xuid}")

    assert answer.streaming
    assert json.loads(answer.getvalue())["envelope"]["content"] == text


# -- moves --


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_archiving_and_back_by_either_method_and_as_often_as_one_likes(api, message, path, method):
    for action, status in (
        ("archive", "ARCHIVED"),
        ("archive", "ARCHIVED"),
        ("unarchive", "INBOX"),
        ("unarchive", "INBOX"),
    ):
        answer = api.request(method, f"{path}/{action}")
        assert (answer.status_code, answer.json()["error"]) == (200, [])
        assert answer.json()["status"] == status
        message.refresh_from_db()
        assert message.status == status
    assert len(logged("archive") + logged("unarchive")) == 4


@pytest.mark.parametrize("action", ["archive", "unarchive"])
def test_a_sent_message_is_not_archived(api, john, action):
    sent = Message.objects.post(john, envelope_to("jill"))

    answer = api.post(f"/john/messages/{sent.xuid}/{action}")

    assert answer.status_code == 409
    assert answer.json()["code"] == "wrong_status"
    assert logged(action) == []


def test_a_message_is_marked_read_and_unread(api, message, path):
    read = api.post(f"{path}/read").json()
    assert (read["read"], read["error"]) == (True, [])
    assert api.get("/").json()[0]["unread"] == 0

    unread = api.post(f"{path}/unread").json()
    assert (unread["read"], unread["readAt"]) == (False, None)
    assert api.get("/").json()[0]["unread"] == 1


def test_reading_a_list_or_message_does_not_mark_it_read(api, message, path):
    api.get("/john/messages")
    api.get(path)

    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.parametrize("action", ["read", "unread", "resend", "token", "deliveries/1/settle"])
def test_only_the_old_moves_answer_to_get(manager, path, action):
    answer = manager.get(f"{path}/{action}")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert answer.json()["code"] == "method_not_allowed"


# -- properties --


def properties(message):
    return dict(Property.objects.filter(message=message).values_list("name", "value"))


def test_a_property_is_set_and_replaced(api, message, path):
    first = api.post(f"{path}/properties", {"name": "color", "value": "green"})
    api.post(f"{path}/properties", {"name": "color", "value": "red"})

    assert first.json() == {
        "xuid": message.xuid,
        "properties": [{"name": "color", "value": "green"}],
        "error": [],
    }
    assert properties(message) == {"color": "red"}
    assert logged("property") == [message.xuid] * 2


def test_all_properties_are_replaced_at_once(api, message, path):
    api.post(f"{path}/properties", {"name": "old", "value": "1"})

    answer = api.put(
        f"{path}/properties",
        {"properties": [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]},
    )

    assert (answer.status_code, answer.json()["error"]) == (200, [])
    assert properties(message) == {"a": "1", "b": ""}


@pytest.mark.parametrize("name", ["color", "a/b", "a b", "é", "..", ".", "a\nb", "?#%", "add"])
def test_a_property_is_removed_by_its_name(api, message, path, name):
    api.post(f"{path}/properties", {"name": name, "value": "x"})

    answer = api.delete(f"{path}/properties/{quote(name, safe='')}")

    assert (answer.status_code, answer.json()["properties"]) == (200, [])
    assert properties(message) == {}


@pytest.mark.parametrize("name", ["absent", "%00", "a%2Fb", "x" * 300])
def test_removing_what_is_not_there_is_not_found(api, path, name):
    assert api.delete(f"{path}/properties/{name}").status_code == 404


def test_names_and_values_at_their_limits_are_kept(api, message, path):
    answer = api.post(f"{path}/properties", {"name": "n" * 255, "value": "é" * 500})

    assert answer.status_code == 200
    assert properties(message) == {"n" * 255: "é" * 500}


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("name", {"name": "n" * 256, "value": "x"}),
        ("name", {"name": "", "value": "x"}),
        ("name", {"value": "x"}),
        ("name", {"name": 5, "value": "x"}),
        ("name", {"name": "a\0b", "value": "x"}),
        ("value", {"name": "a"}),
        ("value", {"name": "a", "value": "v" * 501}),
        ("value", {"name": "a", "value": None}),
        ("value", {"name": "a", "value": 5}),
        ("value", {"name": "a", "value": ["x"]}),
        ("value", {"name": "a", "value": "a\0b"}),
        ("value", {"name": "🎨" * 255, "value": "🎨" * 500}),
    ],
)
def test_a_property_that_cannot_be_kept_is_refused_by_place(api, message, path, place, body):
    one = api.post(f"{path}/properties", body)
    all_ = api.put(f"{path}/properties", {"properties": [body]})

    assert (one.status_code, list(one.json()["fields"])) == (400, [place])
    assert (all_.status_code, list(all_.json()["fields"])) == (400, [f"properties.0.{place}"])
    assert properties(message) == {}


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("properties", {}),
        ("properties", {"properties": {"a": "b"}}),
        ("properties.0", {"properties": ["a"]}),
        (
            "properties.1.name",
            {"properties": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]},
        ),
        ("properties", {"properties": [{"name": str(n), "value": ""} for n in range(101)]}),
    ],
)
def test_a_list_of_properties_that_is_wrong_changes_nothing(api, message, path, place, body):
    api.post(f"{path}/properties", {"name": "kept", "value": "1"})

    answer = api.put(f"{path}/properties", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [place])
    assert properties(message) == {"kept": "1"}


def test_a_message_has_at_most_a_hundred_properties(api, message, path):
    Property.objects.replace(message, {str(n): "" for n in range(100)})

    one_more = api.post(f"{path}/properties", {"name": "new", "value": "1"})
    replaced = api.post(f"{path}/properties", {"name": "7", "value": "1"})

    assert one_more.status_code == 400
    assert "100" in one_more.json()["error"][0]
    assert replaced.status_code == 200


# -- contents --


def test_content_is_a_download_with_its_own_type(api, message, path):
    answer = api.get(f"{path}/content")

    assert answer.getvalue() == b"Beste collega"
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Length"] == "13"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'attachment; filename="{message.xuid}.txt"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert logged("content") == [message.xuid]


@pytest.mark.parametrize(
    ("given", "saved"),
    [("../../etc/x.txt", ".._.._etc_x.txt"), ("C:\\x\\y.txt", "C:_x_y.txt"), ("", "{xuid}-1.pdf")],
)
def test_an_attachment_is_saved_by_name_in_one_folder(api, john, given, saved):
    file = Attachment(given, "application/pdf", b"%PDF-1.7")
    stored = received(john, b"x", attachments=(file,))

    answer = api.get(f"/john/messages/{stored.xuid}/attachments/1")

    name = saved.format(xuid=stored.xuid)
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_an_attachment_is_a_download_under_its_own_name(api, john):
    stored = received(
        john,
        b"x",
        attachments=(
            Attachment("a.txt", "text/plain", b"een"),
            Attachment('uit"slag é.pdf\r\nX: y', "application/pdf", b"twee"),
        ),
    )

    answer = api.get(f"/john/messages/{stored.xuid}/attachments/2")

    assert answer.getvalue() == b"twee"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''uit%22slag")
    assert "X" not in answer.headers
    assert logged("attachment") == [stored.xuid]


@pytest.mark.parametrize("n", ["0", "2", "-1", "a", "99999999999999999999"])
def test_an_attachment_that_is_not_there_is_not_found(api, john, n):
    stored = received(john, b"x", attachments=(Attachment("a", "text/plain", b"y"),))

    assert api.get(f"/john/messages/{stored.xuid}/attachments/{n}").status_code == 404


def test_a_type_that_is_none_is_served_as_bytes(api, john):
    stored = received(john, b"x", "text/html\r\nX-Evil: 1")

    answer = api.get(f"/john/messages/{stored.xuid}/content")

    assert answer["Content-Type"] == "application/octet-stream"


# -- deliveries --


@pytest.fixture
def failed(john):
    message = Message.objects.post(john, envelope_to("nobody", "jill"))
    Box.objects.create(name="jill")
    dispatch()
    return message


def doubtful(john):
    """A message whose hand-over to another system was interrupted."""
    message = Message.objects.post(john, envelope_to("els@example.org"))
    Delivery.objects.filter(message=message).update(status="uncertain", error="Lost.")
    message.settle()
    return message


def test_only_what_failed_is_sent_again(api, failed, john):
    Box.objects.create(name="nobody")

    choosy = api.post(f"/john/messages/{failed.xuid}/resend", {"n": 1})
    answer = api.post(f"/john/messages/{failed.xuid}/resend")

    assert list(choosy.json()["fields"]) == ["n"]

    assert (answer.status_code, answer.json()["error"]) == (200, [])
    assert answer.json()["status"] == "OUTBOX"
    assert [item["status"] for item in answer.json()["deliveries"]] == ["queued", "delivered"]
    dispatch()
    assert api.get(f"/john/messages/{failed.xuid}").json()["status"] == "SENT"
    assert Message.objects.filter(box__name="jill").count() == 1


def test_what_did_not_fail_is_not_sent_again(api, message, path):
    answer = api.post(f"{path}/resend")

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")


def test_an_uncertain_delivery_says_so(api, john):
    message = doubtful(john)

    shown = api.get(f"/john/messages/{message.xuid}").json()

    assert (shown["status"], shown["error"]["code"]) == ("ERROR", "delivery_uncertain")
    assert api.get("/john/messages?status=ERROR").json()[0]["error"] == shown["error"]


@pytest.mark.parametrize(
    ("body", "delivery", "status"),
    [({"arrived": True}, "delivered", "SENT"), ({"resend": True}, "queued", "OUTBOX")],
)
def test_a_person_settles_a_doubt(api, john, body, delivery, status):
    message = doubtful(john)

    answer = api.post(f"/john/messages/{message.xuid}/deliveries/1/settle", body)

    assert (answer.status_code, answer.json()["error"]) == (200, [])
    assert answer.json()["status"] == status
    assert answer.json()["deliveries"][0]["status"] == delivery
    assert logged("settle") == [message.xuid]
    again = api.post(f"/john/messages/{message.xuid}/deliveries/1/settle", body)
    assert again.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"arrived": False},
        {"arrived": "yes"},
        {"arrived": 1},
        {"arrived": True, "resend": True},
        {"arrived": True, "resend": False},
        {"arrived": True, "other": 1},
    ],
)
def test_a_doubt_is_settled_one_way_or_not_at_all(api, john, body):
    message = doubtful(john)

    answer = api.post(f"/john/messages/{message.xuid}/deliveries/1/settle", body)

    assert answer.status_code == 400
    assert message.deliveries.get().status == "uncertain"


def test_settling_a_delivery_that_is_not_there_is_not_found(api, john):
    message = doubtful(john)

    answer = api.post(f"/john/messages/{message.xuid}/deliveries/2/settle", {"arrived": True})

    assert answer.status_code == 404


def test_deliveries_are_for_who_may_send(issue_key, john):
    message = doubtful(john)
    reader = ApiClient(issue_key(john, "read").header)

    for action in ("resend", "deliveries/1/settle"):
        answer = reader.post(f"/john/messages/{message.xuid}/{action}", {"arrived": True})
        assert answer.status_code == 403


# -- tokens --


def test_a_token_names_person_place_and_patient(api, message, path, john_key):
    answer = api.post(
        f"{path}/token",
        {
            "user": {"id": "u1", "name": "Dr. Els", "role": "arts"},
            "viewerIp": "192.0.2.7",
            "patient": {"bsn": "999990019", "birthDate": "1980-12-31"},
        },
    )

    assert answer.status_code == 200
    opened = tokens.read_page(answer.json()["jwt"], "john", message.xuid)
    assert opened.sub == john_key.key.subject
    assert opened.obo == {"id": "u1", "name": "Dr. Els", "role": "arts"}
    assert opened.ip == tokens.network("192.0.2.7")
    assert opened.ctx == tokens.patient_context("999990019", "1980-12-31")
    assert answer.json()["viewerUrl"].endswith(answer.json()["jwt"])
    assert datetime.fromisoformat(answer.json()["expiresAt"]).timestamp() == opened.exp
    [entry] = LogEntry.objects.filter(action="token")
    assert entry.on_behalf == {"id": "u1", "name": "Dr. Els", "role": "arts"}
    assert entry.detail == "viewerIp 192.0.2.7"


@pytest.mark.parametrize("body", [None, {}, {"user": None}])
def test_all_of_a_token_request_is_optional(api, message, path, body):
    answer = api.post(f"{path}/token", body)

    assert tokens.read_page(answer.json()["jwt"], "john", message.xuid).obo is None


def test_a_box_may_demand_a_person(api, message, path, john):
    Box.objects.filter(pk=john.pk).update(requires_user=True)

    without = api.post(f"{path}/token", {"user": {"name": "Els"}})
    with_ = api.post(f"{path}/token", {"user": {"id": "u1"}})

    assert (without.status_code, without.json()["code"]) == (400, "user_required")
    assert with_.status_code == 200


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("user", {"user": "els"}),
        ("user.id", {"user": {"id": 5}}),
        ("user.name", {"user": {"name": "x" * 201}}),
        ("user", {"user": {"id": "é" * 200, "name": "é" * 200, "role": "é" * 200}}),
        ("viewerIp", {"viewerIp": "here"}),
        ("viewerIp", {"viewerIp": ["192.0.2.7"]}),
        ("patient.bsn", {"patient": {"bsn": "x", "birthDate": "1980-12-31"}}),
        ("patient.birthDate", {"patient": {"bsn": "999990019"}}),
        ("patient", {"patient": []}),
    ],
)
def test_a_token_request_names_what_is_wrong(api, path, place, body):
    answer = api.post(f"{path}/token", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [place])
    assert logged("token") == []


# -- the log --


def test_the_log_tells_who_saw_and_changed_a_message(api, manager, message, path, john_key):
    api.get("/john/messages")
    api.get(path)
    api.post(f"{path}/archive")

    entries = manager.get(f"{path}/log").json()

    assert [entry["action"] for entry in entries] == ["archive", "read", "list", "deliver"]
    assert entries[0]["who"] == john_key.key.subject
    assert entries[0]["name"] == "software of john"
    assert entries[0]["address"] == "127.0.0.1"
    assert logged("log") == [message.xuid]


def test_the_log_tells_nothing_of_other_messages(manager, john, message, path):
    other = received(john, b"x")
    manager.get(f"/john/messages/{other.xuid}")

    assert [entry["action"] for entry in manager.get(f"{path}/log").json()] == ["deliver"]


def test_the_log_is_for_who_manages(api, path):
    assert api.get(f"{path}/log").status_code == 403
