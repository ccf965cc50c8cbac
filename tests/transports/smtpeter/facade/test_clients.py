"""Requests to the byte as published clients send them, on a real socket."""

import json
import socket
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from boxes.models import Delivery, Message
from transports.smtpeter.client import Client
from transports.smtpeter.mail import File, Parts, Whole
from transports.wire.http import Site

ANN = "ann@example.org"


@pytest.fixture
def exchange(live_server):
    """``exchange(raw)``: what comes back for these bytes; with ``part`` the writing ends there."""

    def run(raw: bytes) -> tuple[int, dict[str, str], bytes]:
        where = urlsplit(live_server.url)
        with closing(socket.create_connection((where.hostname, where.port), timeout=20)) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            response = HTTPResponse(line)
            response.begin()
            return response.status, dict(response.headers), response.read()

    return run


def request(first: str, headers: list[str], body: bytes = b"") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [first, "Host: localhost", *headers, *length, "", ""]
    return "\r\n".join(lines).encode() + body


def test_the_vendors_php_client_is_served(caller, exchange, john):
    body = (
        rb'{"subject":"Uitslag \u20ac","text":"Zie https:\/\/example.org\/",'
        rb'"html":"<p>Caf\u00e9<\/p>",'
        rb'"from":"noreply@example.com","recipients":["ann@example.org"],"to":["ann@example.org"],'
        rb'"dsn":{"ret":"HDRS","orcpt":"ann@example.org"},"trackclicks":false}'
    )
    first = f"POST /v1/send?access_token={caller.token} HTTP/1.1"

    status, headers, answer = exchange(
        request(first, ["Accept: */*", "Content-Type: application/json"], body)
    )

    delivery = Delivery.objects.get()
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer) == {delivery.public_ref: ANN}
    assert delivery.message.subject == "Uitslag €"
    assert delivery.message.body().decode() == "<p>Café</p>"


def test_the_vendors_php_client_reads_an_empty_mails_error(caller, exchange, john):
    first = f"POST /v1/send?access_token={caller.token} HTTP/1.0"

    status, headers, answer = exchange(request(first, ["Content-Type: application/json"], b"{}"))

    assert (status, headers["Content-Type"]) == (400, "application/json")
    assert json.loads(answer) == {"error": {"message": "No recipient"}}


def test_the_laravel_client_sends_with_a_hidden_recipient(caller, exchange, john):
    body = (
        b'{"recipients":["J\\u00f6rg <receiver@example.test>","bcc@example.test"],'
        b'"to":["J\\u00f6rg <receiver@example.test>"],"from":"noreply@example.com",'
        b'"replyTo":"reply@example.test","bcc":["bcc@example.test"],"subject":"Dag",'
        b'"text":"Dag {$name}","data":{"name":"Ann"}}'
    )
    first = f"POST /v1/send?access_token={caller.token} HTTP/1.1"
    headers = [
        "User-Agent: GuzzleHttp/7",
        "Accept: application/json",
        "Content-Type: application/json",
    ]

    status, answered, answer = exchange(request(first, headers, body))

    message = Message.objects.in_box(john).get()
    assert (status, answered["Content-Type"]) == (200, "application/json")
    assert list(json.loads(answer).values()) == ["receiver@example.test", "bcc@example.test"]
    assert message.to == [{"displayName": "Jörg", "address": "receiver@example.test"}]
    assert message.body() == b"Dag Ann"
    assert message.headers["Reply-To"] == "reply@example.test"
    assert "bcc@example.test" not in json.dumps([message.to, message.cc, message.headers])


def test_the_laravel_client_asks_for_events_without_encoding_its_path(caller, exchange):
    caller.send(
        recipient="a+b@example.test", tags=["t1", "t2"], text="x", **{"from": "n@example.com"}
    )
    tokened = f"?access_token={caller.token}"

    for path in (
        f"/v1/events/email/a+b@example.test{tokened}&start=2020-01-01&end=2999-01-01",
        f"/v1/events/tags/t1;t2{tokened}",
        f"/v1/events/tags/t1{tokened}&tags=t1%3Bt2",
    ):
        status, headers, answer = exchange(request(f"GET {path} HTTP/1.1", ["Accept: */*"]))
        assert (status, headers["Content-Type"]) == (200, "application/json")
        if "2020" in path:  # a month from its start, as documented
            assert json.loads(answer) == []
        else:
            [event] = json.loads(answer)
            assert next(iter(event)) == "event"
            assert (event["recipient"], event["tags"]) == ("a+b@example.test", "t1;t2")


def test_a_python_mailing_of_many_shows_nobody_to_the_others(caller, exchange, john):
    people = [f"p{n}@example.org" for n in range(30)]
    body = json.dumps(
        {
            "from": "news@example.com",
            "to": "news@example.com",
            "subject": "Nieuws",
            "html": "<p>x</p>",
            "text": "x",
            "recipients": people,
        }
    ).encode()
    first = f"POST /v1/send?access_token={caller.token} HTTP/1.1"

    status, _headers, answer = exchange(request(first, ["Content-Type: application/json"], body))

    message = Message.objects.in_box(john).get()
    assert status == 200
    assert list(json.loads(answer).values()) == people
    assert (message.to, message.headers["To"]) == ([], "news@example.com")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_that_breaks_off_is_refused(caller, exchange, john, kind):
    whole = request(
        f"POST /v1/send?access_token={caller.token} HTTP/1.1",
        [f"Content-Type: {kind}"],
        b'{"recipient":"ann@example.org","from":"n@example.com","text":"half"}'
        if "json" in kind
        else b"recipient=ann%40example.org&from=n%40example.com&text=half+of+the+text",
    )

    status, _headers, _answer = exchange(whole[:-4])

    assert status == 400
    assert not Message.objects.exists()


def test_our_own_client_sends_every_form(caller, live_server, john):
    client = Client(Site("SMTPeter", f"{live_server.url}/v1/", "the account"), caller.token)
    parts = Parts(
        sender="Praktijk <n@example.com>",
        to=(ANN,),
        subject="Dag",
        text="Dag",
        html="<p>Dag</p>",
        extra={"x-a": "b"},
        files=(File("a.pdf", "application/pdf", b"%PDF"),),
    )
    mime = f"From: n@example.com\r\nTo: {ANN}\r\nSubject: Dag\r\n\r\nDag\r\n"

    sent = client.send(parts, [ANN, "bob@example.org"], tags=["w23"])
    whole = client.send(Whole(mime), [ANN])[ANN]
    again = client.resend(whole)

    assert list(sent) == [ANN, "bob@example.org"]
    assert len({*sent.values(), whole, again}) == 4
    assert [event.kind for event in client.events_of(again)] == ["attempt"]
    assert Message.objects.in_box(john).count() == 3
