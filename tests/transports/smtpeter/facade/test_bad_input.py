"""What a client sends wrongly is refused in SMTPeter's own shape, and nothing is stored."""

import json
from urllib.parse import urlencode

import hypothesis.strategies as st
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings

from boxes.models import LogEntry, Message
from transports.models import ApprovedDomain

ANN = "ann@example.org"
MAIL = {"recipient": ANN, "from": "noreply@example.com", "text": "Maandag 09:00"}
FORM = "application/x-www-form-urlencoded"


def refused(response, status: int, words: str) -> None:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["error"]
    assert list(response.json()["error"]) == ["message"]
    assert words in response.json()["error"]["message"], response.json()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "No recipient"),
        ({"recipient": "", "recipients": []}, "No recipient"),
        ({"recipients": {}}, "No recipient"),
        ({"recipient": 5}, "recipient: give an address"),
        ({"recipients": [ANN, None]}, "recipients: give an address"),
        ({"recipients": {ANN: "x"}}, "recipients: give the data of ann@example.org as an object"),
        ({"recipient": "ann"}, "Invalid email address: ann"),
        ({"recipient": "a n n@example.org"}, "Invalid email address: a n n@example.org"),
        ({"recipient": "Ann <>"}, "Invalid email address: Ann <>"),
        ({"recipients": [ANN, "bob@"]}, "Invalid email address: bob@"),
        ({"recipient": "sms:+31612345678"}, "Invalid email address"),
        ({"recipient": "https://cell.example/"}, "Invalid email address"),
        ({"recipient": "(" * 5000 + ANN}, "Invalid email address: ((("),
        ({"recipient": ":" * 5000 + ANN}, "Invalid email address: :::"),
        ({"recipient": f"{ANN}," * 20_000}, "Invalid email address: ann@"),
        ({"envelope": "two@example.com, one@example.com"}, "Invalid email address: two@"),
        ({"envelope": ["x"]}, "envelope: give one address"),
        ({"from": "a@example.com, b@example.com"}, "Invalid email address: a@example.com, b@"),
        ({"from": "nobody"}, "Invalid email address: nobody"),
        ({"from": ["x"]}, "from: give text"),
        ({"from": None}, "No from address"),
        ({"text": ""}, "No message content"),
        ({"text": None, "html": ""}, "No message content"),
        ({"text": ["x"]}, "text: give text"),
        ({"html": 5}, "html: give text"),
        ({"subject": {"a": 1}}, "subject: give text"),
        ({"subject": "x" * 999}, "subject: at most 998"),
        ({"to": 5}, "to: give an address"),
        ({"cc": [{"address": ANN}]}, "cc: give an address"),
        ({"template": 12}, "Templates are not kept here"),
        ({"template": {"from": "x"}, "mime": "x"}, "Templates are not kept here"),
        ({"mime": 5}, "mime: give text"),
        ({"mime": "Subject: x\r\n\r\nx"}, "No from address"),
        ({"mime": "From: x\r\n\r\nx"}, "Invalid email address: x"),
        ({"trackclicks": "yes"}, "trackclicks: give true or false"),
        ({"openstracking": 1}, "trackopens: give true or false"),
        ({"images": "inline"}, "images: give default or hosted"),
        ({"tags": ["a b"]}, "tags: a tag is text"),
        ({"tags": ["a;b"]}, "tags: a tag is text"),
        ({"tags": [5]}, "tags: a tag is text"),
        ({"tags": {"a": 1}}, "tags: give a list"),
        ({"tags": [str(n) for n in range(51)]}, "tags: give a list of at most 50"),
        ({"maxdelivertime": "2030-01-02"}, "maxdelivertime: write it as"),
        ({"maxdelivertime": 5}, "maxdelivertime: write it as"),
        ({"dsn": "FAILURE"}, "dsn: give an object"),
        ({"dsn": {"notify": "ALWAYS"}}, "dsn.notify: give NEVER"),
        ({"dsn": {"notify": "NEVER,FAILURE"}}, "dsn.notify: give NEVER"),
        ({"dsn": {"ret": "ALL"}}, "dsn.ret: give FULL or HDRS"),
        ({"dsn": {"orcpt": "x"}}, "Invalid email address: x"),
        ({"dsn": {"envid": 5}}, "dsn.envid: give text"),
        ({"extra": {"Bcc": "x@example.com"}}, "“Bcc” does not"),
        ({"extra": {"x-a:b": "x"}}, "“x-a:b” does not"),
        ({"extra": {"x-a": 5}}, "extra: give the value of x-a"),
        ({"extra": "x-a: 1"}, "extra: give an object"),
        ({"extra": {"x-a": "y" * 70_000}}, "larger than 64 KiB"),
        ({"unsubscribe": 5}, "unsubscribe: give an object"),
        ({"unsubscribe": {"email": 5}}, "unsubscribe: give an object"),
        ({"attachments": {"data": "x"}}, "attachments: give a list"),
        ({"attachments": ["x"]}, "attachments.0: give an object"),
        ({"attachments": [{"name": "a"}]}, "attachments.0.data: give the file in base64"),
        ({"attachments": [{"data": "x"}]}, "attachments.0.data: give the file in base64"),
        ({"attachments": [{"data": "é"}]}, "attachments.0.data: give the file in base64"),
        ({"attachments": [{"data": 5}]}, "data: give text"),
        ({"attachments": [{"data": "", "type": "pdf"}]}, "attachments.0.type: give a MIME type"),
        ({"attachments": [{"url": "http://10.0.0.1/"}]}, "attachments.0.url: nothing is fetched"),
        ({"data": "x"}, "data: give an object"),
        ({"data": {"a": 1}, "text": "{if $a}x{/if}"}, "and not {if $a}"),
        ({"data": {"a": 1}, "text": "{$a|upper}"}, "and not {$a|upper}"),
        ({"data": {"a": 1}, "text": "{$a"}, "and not {$a"),
        ({"data": {"a": 1}, "text": "{literal}x"}, "{literal} is not closed"),
        ({"recipients": [f"{n}@example.org" for n in range(1001)]}, "at most 1000"),
    ],
)
def test_a_wrong_member_is_named_and_nothing_is_stored(caller, body, words):
    alone = "recipient" in body or "recipients" in body or not body
    mail = {name: MAIL[name] for name in MAIL if not (alone and name == "recipient")}

    refused(caller.send(**({**mail, **body} if body else {})), 400, words)


@pytest.mark.parametrize(
    "raw", ["[]", "null", "5", "{", '{"a":1,"a":2}', '{"a":NaN}', "\xff", "[" * 5000]
)
def test_a_body_that_is_no_object_is_refused(caller, raw):
    refused(caller.post("send", raw.encode("latin-1")), 400, "Invalid JSON")


@pytest.mark.parametrize("kind", ["text/xml", "multipart/form-data; boundary=x", "", "text/plain"])
def test_another_kind_of_body_is_refused(caller, kind):
    body = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'

    refused(caller.post("send", body, kind), 415, "Unsupported content type")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a=1", "No recipient"),
        ("recipient=%FF", "Invalid form"),
        ("a[b=1", "Invalid form: a[b"),
        ("=1", "Invalid form"),
        ("a=1&a[b]=2", "Invalid form: a[b]"),
        ("a[b]=1&a=2", "Invalid form: a"),
        ("a" + "[b]" * 9 + "=1", "Invalid form"),
        ("&".join(f"a{n}=1" for n in range(20_001)), "Invalid form"),
        ("trackclicks=maybe", "trackclicks: give true or false"),
        ("trackclicks[]=1", "trackclicks: give true or false"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(caller, body, words):
    refused(caller.post("send", body, FORM), 400, words)


def test_what_is_larger_than_a_request_may_be_is_refused_unread(caller, settings):
    settings.MAX_REQUEST_BYTES = 1000

    refused(caller.send(**{**MAIL, "text": "x" * 2000}), 413, "Message too large")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * 2000},
        {"text": "x" * 500, "attachments": [{"data": "AAAA" * 300}]},
        {"text": "{$a}" * 100, "data": {"a": "x" * 100}},
    ],
)
def test_what_is_larger_than_a_message_may_be_is_refused(caller, settings, body):
    settings.MAX_CONTENT_BYTES = 1000

    refused(caller.send(**{**MAIL, **body}), 413, "Message too large")


def test_texts_for_many_recipients_may_not_grow_without_end(caller, settings):
    settings.MAX_CONTENT_BYTES = 1000
    people = {f"{n}@example.org": {} for n in range(5)}
    body = {"recipients": people, "from": "noreply@example.com", "text": "x" * 900}

    refused(caller.send(**body), 413, "Message too large")


@pytest.mark.parametrize("path", ["send", "resend", "events/messageid/x", "text/x", "domains", ""])
@pytest.mark.parametrize("token", ["", "x", "0" * 59, "é" * 59])
def test_without_a_token_that_is_known_nobody_gets_in(caller, path, token):
    caller.token = token
    ask = caller.post if path in ("send", "resend") else lambda path, body: caller.get(path)

    refused(ask(path, MAIL), 401, "Invalid access token")


def test_a_refused_token_is_logged_without_its_secret(caller):
    secret = caller.token[16:]
    caller.token = caller.token[:-1] + ("a" if caller.token[-1] != "a" else "b")

    refused(caller.send(**MAIL), 401, "Invalid access token")

    [entry] = LogEntry.objects.filter(action="refuse")
    assert entry.outcome == "credentials_wrong"
    assert secret[:20] not in json.dumps([entry.detail, entry.subject])


def test_a_key_without_the_right_says_so(caller_of, john):
    refused(caller_of(john, "read").send(**MAIL), 403, "opens no box that it may send with")


def test_a_key_of_two_boxes_must_say_which_it_sends_as(caller_of, john, jill):
    caller = caller_of(john, "send")
    key = john.accesses.get().key
    jill.accesses.create(key=key, send=True)

    refused(caller.send(**MAIL), 403, "several boxes")

    key.sends_as = jill
    key.save()
    assert caller.send(**MAIL).status_code == 200
    assert Message.objects.get().box == jill


def test_who_asks_too_often_waits(caller, settings):
    settings.KEY_RATE_PER_MINUTE = 1
    settings.WEB_CONCURRENCY = 1
    caller.get("templates")

    response = caller.send(**MAIL)

    refused(response, 429, "Too many requests")
    assert response["Retry-After"]


def test_a_domain_that_is_not_approved_is_refused(caller, settings, john):
    settings.APPROVE_EVERY_DOMAIN = False

    refused(caller.send(**MAIL), 400, "“example.org” is not approved")

    ApprovedDomain.objects.create(domain="example.org", reason="agreed")
    assert caller.send(**MAIL).status_code == 200


def test_one_that_is_refused_among_many_stores_nothing(caller, settings):
    settings.APPROVE_EVERY_DOMAIN = False
    ApprovedDomain.objects.create(domain="example.org", reason="agreed")
    people = {ANN: {"a": 1}, "bob@other.example": {"a": 2}}

    response = caller.send(**{"from": "a@example.com", "text": "{$a}"}, recipients=people)

    refused(response, 400, "“other.example” is not approved")


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("get", "send"),
        ("put", "send"),
        ("get", "resend"),
        ("post", "text/x"),
        ("delete", "events/email/x"),
    ],
)
def test_another_verb_is_refused_with_the_right_one(caller, verb, path):
    response = getattr(caller.client, verb)(caller.url(path))

    refused(response, 405, "Method not allowed")
    assert response["Allow"] == ("POST" if "send" in path else "GET")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "Not found"),
        ("domains", "Not found"),
        ("template/5", "templates are not kept here"),
        ("logfiles/2026-03-01", "log files are not kept here"),
        ("webhooks", "events are not pushed"),
        ("events/template/5", "Not found"),
        ("events/messageid/nobody", "Not found"),
        ("events/messageid", "Not found"),
        ("text/nobody", "Not found"),
    ],
)
def test_what_is_not_here_is_not_found(caller, path, words):
    refused(caller.get(path), 404, words)


def test_a_template_that_is_put_is_refused_in_words(caller):
    for verb in ("post", "put", "delete"):
        response = getattr(caller.client, verb)(caller.url("template"))
        refused(response, 404, "templates are not kept here")


@pytest.mark.parametrize("body", [{}, {"message": 5}, {"message": ["x"]}])
def test_sending_again_needs_an_identifier(caller, body):
    refused(caller.post("resend", body), 400, "message: give the identifier")


def test_sending_again_what_is_not_known_is_not_found(caller):
    refused(caller.post("resend", {"message": "nobody"}), 404, "Not found")


def test_in_production_only_https_is_answered(caller, settings):
    settings.PRODUCTION = True

    refused(caller.send(**MAIL), 400, "HTTPS required")
    assert caller.client.get(caller.url("templates"), secure=True).status_code == 200


def test_a_facade_that_is_off_is_not_there(caller, settings):
    settings.FACADES = []

    response = caller.send(**MAIL)

    assert response.status_code == 404
    assert "error" not in response.content.decode()[:20]


def test_a_form_of_another_site_gets_nowhere_without_a_token(caller):
    response = Client(enforce_csrf_checks=True).post("/v1/send", {"recipient": ANN})

    refused(response, 401, "Invalid access token")


def test_refusals_are_in_english_whatever_the_browser_speaks(caller, settings):
    settings.APPROVE_EVERY_DOMAIN = False

    response = caller.client.post(
        caller.url("send"), json.dumps(MAIL), "application/json", headers={"Accept-Language": "nl"}
    )

    refused(response, 400, "which is not made for care")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=12) | st.just(ANN),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    (
        "recipient recipients envelope data from to cc replyto replyTo subject text html mime "
        "bcc unsubscribe extra attachments template inlinecss trackclicks images tags "
        "maxdelivertime dsn"
    ).split()
)
LINES = st.sampled_from(
    [
        "From: a@b.nl",
        "To: ",
        "Date: x",
        "Content-Type: multipart/mixed; boundary=x",
        "Content-Type: message/rfc822",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename*=x''%",
        "--x",
        "--x--",
        "é",
        "\0",
        "",
        "=?x?b?=?=",
    ]
)
in_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@in_one_database
@given(st.dictionaries(NAMES, VALUES, max_size=8), st.booleans())
def test_whatever_comes_is_answered_in_one_of_two_shapes(caller, body, whole):
    response = caller.send(**({**MAIL, **body} if whole else body))

    assert response.status_code in (200, 400, 413)
    assert response["Content-Type"] == "application/json"
    assert isinstance(response.json(), dict) and response.json()


KEYS = st.text(st.sampled_from("abto[]0["), max_size=8)


@in_one_database
@given(st.lists(st.tuples(NAMES | KEYS, st.text(max_size=8)), max_size=8).map(urlencode))
def test_whatever_form_comes_is_answered(caller, body):
    response = caller.post("send", body or "a=1", FORM)

    assert response.status_code in (200, 400)
    assert isinstance(response.json(), dict) and response.json()


@in_one_database
@given(st.lists(LINES, max_size=12).map("\r\n".join))
def test_whatever_mime_comes_is_answered(caller, mime):
    response = caller.send(recipient=ANN, mime="From: a@example.com\r\n" + mime)

    assert response.status_code in (200, 400)
