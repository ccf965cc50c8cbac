"""Input that no operation can be carried out with: refused in the hub's own shape, with nothing
stored."""

import base64
import json

import pytest

from boxes.models import Message
from tests.transports.communicationhub.test_sending import FORM, LETTER, MAIL, SMS
from transports.models import ApprovedDomain


@pytest.fixture(autouse=True)
def nothing_stored(db):
    yield
    assert not Message.objects.exists()


def faults_of(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    status = answer.json()["ResponseStatus"]
    assert status["Message"]
    return [(fault["ErrorCode"], fault["FieldName"]) for fault in status["Errors"]]


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/Mail/Send", {}, ["From", "To", "Subject", "Text"]),
        ("/Mail/Send", {**MAIL, "To": ""}, ["To"]),
        ("/Mail/Send", {**MAIL, "To": None, "Text": None}, ["To", "Text"]),
        ("/Mail/Send", {**MAIL, "To": " ; , "}, ["To"]),
        ("/Mail/Send", {**MAIL, "Attachments": [{"Name": "a"}]}, ["Attachments[0].Bytes"]),
        ("/Mail/Send", {**MAIL, "Attachments": [{"Bytes": "AA=="}]}, ["Attachments[0].Name"]),
        ("/SMS/Send", {}, ["Receiver", "Message"]),
        ("/Letter/Send", {}, ["FileName", "File", "AddressLine1", "ZipCode", "City"]),
        ("/Letter/Send", {**LETTER, "CoverLetter": True}, ["CoverFile"]),
        ("/Mail/Send", b"", ["From", "To", "Subject", "Text"]),
    ],
)
def test_what_is_missing_is_named(caller, path, body, fields):
    answer = caller.post(path, body)

    assert faults_of(answer) == [("NotEmpty", field) for field in fields]
    assert answer.reason_phrase == "NotEmpty"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/Mail/Send", {**MAIL, "To": 7}, "To"),
        ("/Mail/Send", {**MAIL, "To": ["a@b.example"]}, "To"),
        ("/Mail/Send", {**MAIL, "Subject": "a\0b"}, "Subject"),
        ("/Mail/Send", {**MAIL, "Attachments": "AA=="}, "Attachments"),
        ("/Mail/Send", {**MAIL, "Attachments": [7]}, "Attachments"),
        ("/Mail/Send", {**MAIL, "Attachments": [{"Bytes": 7}]}, "Attachments[0].Bytes"),
        ("/Mail/Send", {**MAIL, "Attachments": [{"Bytes": "%"}]}, "Attachments[0].Bytes"),
        ("/Letter/Send", {**LETTER, "File": [1, 2, 300]}, "File"),
        ("/Letter/Send", {**LETTER, "IsColor": "true"}, "IsColor"),
        ("/Letter/Send", {**LETTER, "IsColor": 1}, "IsColor"),
        ("/Letter/Send", {**LETTER, "BatchId": "7"}, "BatchId"),
        ("/Letter/Send", {**LETTER, "BatchId": 2**31}, "BatchId"),
        ("/Letter/Send", {**LETTER, "BatchId": 1.5}, "BatchId"),
        ("/Letter/Send", {**LETTER, "ZipCode": 1067}, "ZipCode"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named(caller, path, body, field):
    assert (("SerializationException", field)) in faults_of(caller.post(path, body))


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/Mail/Send", {**MAIL, "To": "geen adres"}, "To"),
        ("/Mail/Send", {**MAIL, "To": "a@b.example\r\nBcc: c@d.example"}, "To"),
        ("/Mail/Send", {**MAIL, "CC": '"open <a@b.example>'}, "CC"),
        ("/Mail/Send", {**MAIL, "BCC": "sms:+31612345678"}, "BCC"),
        ("/Mail/Send", {**MAIL, "Domain": "elsewhere.example"}, "Domain"),
        ("/Mail/Send", {**MAIL, "Subject": "x" * 999}, "Subject"),
        ("/Mail/Send", {**MAIL, "Reference": "x" * 501}, "Reference"),
        ("/Mail/Send", {**MAIL, "Attachments": [{"Bytes": "", "Name": "a"}]}, None),
        (
            "/Mail/Send",
            {**MAIL, "Attachments": [{"Bytes": "AA==", "Name": "a", "ContentType": "pdf"}]},
            "Attachments[0].ContentType",
        ),
        (
            "/Mail/Send",
            {**MAIL, "Attachments": [{"Bytes": "AA==", "Name": "a" * 256}]},
            "Attachments[0].Name",
        ),
        ("/SMS/Send", {**SMS, "Receiver": "0612345678"}, "Receiver"),
        ("/Letter/Send", {**LETTER, "File": base64.b64encode(b"Dag").decode()}, "File"),
        ("/Letter/Send", {**LETTER, "City": " "}, "AddressLine1"),
        ("/Letter/Send", {**LETTER, "AddressLine2": "x" * 1000}, "AddressLine1"),
        ("/Letter/Send", {**LETTER, "FileName": "x" * 256}, "FileName"),
    ],
)
def test_what_cannot_be_is_named(caller, path, body, field):
    found = faults_of(caller.post(path, body))

    wanted = ("ArgumentException", field) if field else ("NotEmpty", "Attachments[0].Bytes")
    assert found == [wanted]


MAIL_DOCTYPE = (
    b'<?xml version="1.0"?><!DOCTYPE SendMail [<!ENTITY a "b">]><SendMail><To>&a;</To></SendMail>'
)


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("application/json", b"{", "not JSON"),
        ("application/json", b"[]", "no object"),
        ("application/json", b'{"To":"a","To":"b"}', "twice"),
        ("application/json", b'{"To":"\xff"}', "not UTF-8"),
        ("application/json", b'{"To":"\\ud800"}', "surrogate"),
        ("application/json", b'{"To":' * 200 + b"1" + b"}" * 200, "nested"),
        ("application/xml", MAIL_DOCTYPE, "document type"),
        ("application/xml", b"<!-- a --><!DOCTYPE x SYSTEM 'file:///etc/x'><SendMail/>", "type"),
        ("application/xml", b"<SendMail><To>&other;</To></SendMail>", "not XML"),
        ("application/xml", b"<SendMail>", "not XML"),
        ("application/xml", b"<SendSMS/>", "root of the body is not SendMail"),
        ("application/xml", b"<SendMail><To><b/></To></SendMail>", "elements where text"),
        ("application/xml", b"<SendMail><To>a</To><To>b</To></SendMail>", "twice"),
        ("application/xml", b"<SendMail>" + b"<a/>" * 50_000 + b"</SendMail>", "elements"),
        ("application/xml", "<SendMail/>".encode("utf-16"), "not UTF-8"),
        ("application/jsv", b"{To:a", "not JSV"),
        ("application/jsv", b"[a,b]", "no object"),
        ("application/jsv", b'{To:"a}', "no end"),
        ("application/jsv", b"{To:a}}", "follows its end"),
        ("application/jsv", b"{To:a,To:b}", "twice"),
        ("application/jsv", b"{Attachments:" + b"[" * 100 + b"}", "too deep"),
        ("text/csv", b"To,To\r\na,b\r\n", "twice"),
        ("text/csv", b"To\r\na,b\r\n", "more cells"),
        ("text/csv", b'To\r\n"a"b\r\n', "a comma is missing"),
        (FORM, b"To=%ff", "not UTF-8"),
        (FORM, "To=é".encode(), "not percent-encoded"),
        (FORM, b"&".join(b"a%d=1" % n for n in range(1001)), "more than 1000 fields"),
        ("multipart/form-data; boundary=x", b"nothing of it", "cannot be read"),
        ("multipart/form-data", b"--x--", "cannot be read"),
        ("application/octet-stream", b"\x00", "Send JSON, XML, JSV, CSV or a form"),
        ("text/plain", b"{}", "Send JSON, XML, JSV, CSV or a form"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_what_it_says_is_refused(caller, content_type, body, words):
    answer = caller.post("/Mail/Send", body, content_type, Accept="application/json")

    assert faults_of(answer) == []
    status = answer.json()["ResponseStatus"]
    assert status["ErrorCode"] == "SerializationException"
    assert words in status["Message"]


def test_files_in_a_form_are_not_lost_silently(caller):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nDag\r\n--x--\r\n"
    )

    answer = caller.post("/Mail/Send", body, "multipart/form-data; boundary=x", Accept="*/*")

    assert faults_of(answer) == [("ArgumentException", "file")]


def test_an_unapproved_domain_is_refused_in_words(caller, settings):
    settings.APPROVE_EVERY_DOMAIN = False
    ApprovedDomain.objects.create(domain="letter", reason="Contract with the printer")

    assert faults_of(caller.post("/SMS/Send", SMS)) == [("ArgumentException", "Receiver")]
    assert faults_of(caller.post("/Mail/Send", MAIL)) == [("ArgumentException", "To")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/SMS/Send", {**SMS, "Message": "x" * 1_100_000}),
        ("/Mail/Send", {**MAIL, "Text": "x" * 25_000_001}),
        ("/Letter/Send", {**LETTER, "File": "JVBERi0x" + "A" * 26_700_000}),
    ],
)
def test_more_than_the_hub_takes_is_413(caller, path, body):
    answer = caller.post(path, body)

    assert answer.status_code == 413
    assert answer.json()["ResponseStatus"]["ErrorCode"] == "RequestEntityTooLarge"


@pytest.mark.parametrize(
    ("method", "path", "status", "content_type"),
    [
        ("get", "/Mail/Send", 404, "text/plain"),
        ("post", "/Status", 404, "text/plain"),
        ("post", "/json/reply/SendFax", 405, "application/json; charset=utf-8"),
        ("get", "/json/reply/SendSMS", 405, "application/json; charset=utf-8"),
        ("post", "/xml/reply/GetStatus", 405, "application/xml"),
        ("get", "/Mail/Elsewhere", 404, "text/html; charset=utf-8"),
    ],
)
def test_an_operation_that_is_not_there_is_said_so(caller, method, path, status, content_type):
    answer = getattr(caller, method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, content_type)
    if content_type == "text/plain":
        assert answer.content == b"404"
    if status == 405:
        assert b"NotImplementedException" in answer.content


def test_an_error_comes_in_the_format_that_was_asked_for(caller):
    message = "Receiver is missing."

    as_xml = caller.post("/SMS/Send.xml", {"Message": "Dag"}).content.decode()
    as_jsv = caller.post("/jsv/reply/SendSMS", b"{Message:Dag}").content.decode()
    as_csv = caller.post("/SMS/Send?format=CSV", {"Message": "Dag"}).content.decode()

    assert as_xml == (
        '<?xml version="1.0" encoding="utf-8"?><ErrorResponse '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns="http://schemas.servicestack.net/types"><ResponseStatus>'
        f"<ErrorCode>NotEmpty</ErrorCode><Message>{message}</Message>"
        '<StackTrace i:nil="true" /><Errors><ResponseError><ErrorCode>NotEmpty</ErrorCode>'
        f"<FieldName>Receiver</FieldName><Message>{message}</Message></ResponseError></Errors>"
        "</ResponseStatus></ErrorResponse>"
    )
    assert as_jsv == (
        f"{{ResponseStatus:{{ErrorCode:NotEmpty,Message:{message},Errors:"
        f"[{{ErrorCode:NotEmpty,FieldName:Receiver,Message:{message}}}]}}}}"
    )
    assert as_csv.startswith('ResponseStatus\r\n"{ErrorCode:NotEmpty,')


def test_json_errors_look_as_documented(caller):
    answer = caller.post("/Mail/Send", {**MAIL, "To": ""})

    assert json.loads(answer.content) == {
        "ResponseStatus": {
            "ErrorCode": "NotEmpty",
            "Message": "To is missing.",
            "Errors": [{"ErrorCode": "NotEmpty", "FieldName": "To", "Message": "To is missing."}],
        }
    }
