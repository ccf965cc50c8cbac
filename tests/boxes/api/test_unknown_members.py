"""A mistyped name in a body is told, with the right one: never is what it held left out."""

import pytest

from boxes.models import LogEntry, Message
from tests.boxes.api.test_sending import letter
from tests.boxes.envelopes import envelope_to

FILE = {"filename": "a.txt", "contentType": "text/plain", "content": "eA=="}
MESSAGE = "/john/messages/{xuid}"


@pytest.fixture
def received(john):
    return Message.objects.receive(john, envelope_to("john"), source="test")


@pytest.mark.parametrize(
    ("path", "body", "place", "meant"),
    [
        ("/john/send", letter(atachments=[FILE]), "atachments", "attachments"),
        ("/john/send", letter(content_encoding="base64"), "content_encoding", "contentEncoding"),
        ("/john/send", letter(Subject="x"), "Subject", "subject"),
        ("/john/send", letter(to=[{"address": "jill", "name": "Jill"}]), "to.0.name", ""),
        (
            "/john/send",
            letter(attachments=[{**FILE, "fileName": "b"}]),
            "attachments.0.fileName",
            "filename",
        ),
        (f"{MESSAGE}/token", {"User": {"id": "7"}}, "User", "user"),
        (f"{MESSAGE}/token", {"patiënt": {"bsn": "999990019"}}, "patiënt", "patient"),
        (f"{MESSAGE}/token", {"user": {"id": "7", "naam": "Els"}}, "user.naam", "name"),
        (f"{MESSAGE}/take", {"User": {"id": "7"}}, "User", "user"),
        (f"{MESSAGE}/take", {"note": "gebeld"}, "note", ""),
        (f"{MESSAGE}/handled", {"notes": "gebeld"}, "notes", "note"),
        (f"{MESSAGE}/read", {"user": {"id": "7"}}, "user", ""),
        (f"{MESSAGE}/unread", {"user": {"id": "7"}}, "user", ""),
        (f"{MESSAGE}/reopen", {"note": "gebeld"}, "note", ""),
        (f"{MESSAGE}/misdelivered", {"reason": "x", "To": "jill"}, "To", "to"),
        (f"{MESSAGE}/properties", {"name": "a", "value": "b", "Value": "c"}, "Value", "value"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_the_one_that_was_meant(
    api, received, path, body, place, meant
):
    answer = api.post(path.format(xuid=received.xuid), body)

    assert answer.status_code == 400, answer.json()
    [sentence] = answer.json()["fields"][place]
    suggestion = f" Did you mean “{meant}”?" if meant else ""
    assert sentence == f"This is not known here.{suggestion}"
    assert Message.objects.count() == 1
    assert not LogEntry.objects.filter(action__in=("token", "take", "handled")).exists()


def test_null_under_any_name_is_nothing(api, john):
    assert api.post("/john/send", letter(templateId=None)).status_code == 200


def test_an_envelope_is_sent_on_as_it_was_answered(api, jill):
    sent = api.post("/john/send", letter(attachments=[FILE], headers={"x": {"any": [1]}})).json()
    envelope = api.get(f"/john/messages/{sent['xuid']}").json()["envelope"]

    again = api.post("/john/send", envelope)

    assert again.status_code == 200, again.json()
    assert Message.objects.get(xuid=again.json()["xuid"]).attachments.count() == 1


def test_older_clients_may_say_more_than_is_read(api, jill):
    body = {"to": "jill", "content": "eA==", "content_type": "text/plain", "priority": "high"}

    assert api.post("/john/default/send", body).status_code == 200


def test_of_very_many_names_the_first_are_told(api):
    answer = api.post("/john/send", letter(**{f"x{n}" * 999: n for n in range(500)}))

    assert (answer.status_code, len(answer.json()["fields"])) == (400, 20)
    assert {len(name) for name in answer.json()["fields"]} == {100}
