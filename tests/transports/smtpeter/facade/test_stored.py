"""A mail can be had again, part by part, by whoever may read the box."""

import base64

import pytest

from boxes.models import LogEntry, Message
from tests.boxes.envelopes import envelope_to

ANN = "ann@example.org"
MAIL = {"recipient": ANN, "from": "Clinic <noreply@example.com>", "text": "Maandag é"}
FILES = [
    {"data": base64.b64encode(b"%PDF").decode(), "name": "a b.pdf", "type": "application/pdf"},
    {"data": base64.b64encode(b"<script>").decode(), "name": "x.html", "type": "text/html"},
]


@pytest.fixture
def identifier(caller) -> str:
    [identifier] = caller.send(
        **MAIL,
        html="<p>Maandag</p>",
        subject="Afspraak",
        envelope="bounce@example.com",
        to=f"Ann <{ANN}>",
        extra={"x-long": "words " * 40},
        attachments=FILES,
    ).json()
    return identifier


@pytest.mark.parametrize(
    ("part", "kind", "said"),
    [
        ("recipient", "text/plain; charset=utf-8", ANN),
        ("envelope", "text/plain; charset=utf-8", "bounce@example.com"),
        ("text", "text/plain; charset=utf-8", "Maandag é"),
        ("html", "text/html; charset=utf-8", "<p>Maandag</p>"),
    ],
)
def test_each_part_comes_as_it_was_sent(caller, identifier, part, kind, said):
    for path in (f"{part}/{identifier}", f"{part}/{identifier}/"):
        response = caller.get(path)

        assert (response.status_code, response["Content-Type"]) == (200, kind)
        assert response.content.decode() == said


@pytest.mark.parametrize("path", ["headers", "header"])
def test_headers_come_one_on_a_line(caller, identifier, path):
    lines = caller.get(f"{path}/{identifier}").content.decode().split("\n")

    assert "From: Clinic <noreply@example.com>" in lines
    assert f'To: "Ann" <{ANN}>' in lines
    assert "Subject: Afspraak" in lines
    assert "x-long: " + ("words " * 40).strip() in lines
    assert [line for line in lines if line.startswith("Date: ")]
    assert not [line for line in lines if line.startswith((" ", "\t"))]


def test_attachments_are_listed_and_come_byte_for_byte(caller, identifier):
    listed = caller.get(f"attachments/{identifier}")

    assert listed["Content-Type"] == "application/json"
    assert listed.json() == [
        {"number": 0, "name": "a b.pdf", "type": "application/pdf"},
        {"number": 1, "name": "x.html", "type": "text/html"},
    ]
    for which in ("0", "a b.pdf"):
        response = caller.get(f"attachments/{identifier}/{which}")
        assert response["Content-Type"] == "application/pdf"
        assert b"".join(response.streaming_content) == b"%PDF"


def test_nothing_that_comes_can_run_in_a_browser(caller, identifier):
    for path in (f"html/{identifier}", f"attachments/{identifier}/x.html"):
        response = caller.get(path)
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("which", ["2", "-1", "99999999", "b.pdf", "a/b"])
def test_a_file_that_is_not_there_is_not_found(caller, identifier, which):
    assert caller.get(f"attachments/{identifier}/{which}").status_code == 404


def test_a_part_that_a_mail_does_not_have_is_an_answer_without_content(caller):
    [identifier] = caller.send(**MAIL).json()

    assert caller.get(f"html/{identifier}").status_code == 204
    assert caller.get(f"attachments/{identifier}").json() == []
    assert caller.get(f"embeds/{identifier}").json() == []
    assert caller.get(f"embeds/{identifier}/0").status_code == 404
    response = caller.get(f"envelope/{identifier}")
    assert (response.status_code, response.content) == (200, b"")


def test_what_was_sent_by_another_door_comes_too(caller, john):
    message = Message.objects.post(
        john, envelope_to(ANN, content=b"%PDF", content_type="application/pdf")
    )
    identifier = message.deliveries.get().public_ref

    assert caller.get(f"text/{identifier}").status_code == 204
    assert caller.get(f"attachments/{identifier}").json() == [
        {"number": 0, "name": "message.pdf", "type": "application/pdf"}
    ]


def test_a_text_in_another_charset_comes_in_utf8(caller, john):
    message = Message.objects.post(
        john, envelope_to(ANN, content=b"caf\xe9", content_type="text/plain; charset=iso-8859-1")
    )

    response = caller.get(f"text/{message.deliveries.get().public_ref}")

    assert response.content.decode() == "café"


def test_who_may_only_send_cannot_read_back(caller_of, john):
    caller = caller_of(john, "send")
    [identifier] = caller.send(**MAIL).json()

    for part in ("text", "html", "headers", "attachments"):
        response = caller.get(f"{part}/{identifier}")
        assert response.status_code == 403
        assert "that it may read with" in response.json()["error"]["message"]
    assert caller.get(f"recipient/{identifier}").status_code == 200
    assert caller.get(f"events/messageid/{identifier}").status_code == 200


def test_the_log_knows_who_read_what(caller, identifier, john):
    message = Message.objects.in_box(john).get()

    caller.get(f"text/{identifier}")
    caller.get(f"attachments/{identifier}/0")

    entries = LogEntry.objects.about(message).filter(action__in=("content", "attachment"))
    assert [entry.action for entry in entries.order_by("id")] == ["content", "attachment"]
    assert {entry.subject for entry in entries} == {f"key:{caller.token[:16]}"}


def test_there_are_no_templates(caller):
    for path in ("templates", "templates/0", "templates/0/100"):
        response = caller.get(path)
        assert (response.status_code, response.json()) == (200, [])
