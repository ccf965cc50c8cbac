"""Paths, and the formats that an answer comes in."""

import pytest

from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from tests.transports.communicationhub.test_sending import SMS

JSON = "application/json; charset=utf-8"
JSV_SMS = b'{Receiver:+4915112345678,Message:"Termin: 14.03., 09:30 Uhr"}'


@pytest.fixture
def message_id(caller, john) -> str:
    return Message.objects.post(john, envelope_to("sms:+4915112345678")).xuid


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/Status", "", JSON),
        ("/status/", "*/*", JSON),
        ("/STATUS//", "text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("/Status.json", "application/xml", JSON),
        ("/Status.xml", "", "application/xml"),
        ("/Status.JSV", "", "application/jsv"),
        ("/Status.csv", "", "text/csv"),
        ("/Status.html", "", JSON),
        ("/Status?format=xml", "application/json", "application/xml"),
        ("/Status?format=Jsv", "", "application/jsv"),
        ("/Status?format=pdf", "text/csv", "text/csv"),
        ("/json/reply/GetStatus", "application/xml", JSON),
        ("/xml/reply/getstatus", "", "application/xml"),
        ("/jsv/reply/GetStatus", "", "text/jsv"),
        ("/csv//oneway/GetStatus/", "", "text/csv"),
        ("/jsv/reply/GetStatus?format=xml", "", "application/xml"),
        ("/api/GetStatus", "", JSON),
        ("/api/getstatus.csv", "", "text/csv"),
        ("/Status", "application/xml", "application/xml"),
        ("/Status", "text/xml", "text/xml"),
        ("/Status", "text/jsv", "text/jsv"),
        ("/Status", "application/jsv", "application/jsv"),
        ("/Status", "text/csv", "text/csv"),
        ("/Status", "application/xml;q=0.5, text/csv;q=0.9", "text/csv"),
        ("/Status", "application/xml, application/json", JSON),
        ("/Status", "text/csv;q=0, application/xml;q=0.1", "application/xml"),
        ("/Status", "image/png", JSON),
        ("/Status", ";;q=,,", JSON),
    ],
)
def test_the_format_of_an_answer_is_chosen_as_the_original_does(
    caller, message_id, path, accept, content_type
):
    sign = "&" if "?" in path else "?"

    answer = caller.get(f"{path}{sign}MessageId={message_id}", Accept=accept)

    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert answer["Vary"].startswith("Accept")
    assert answer["Cache-Control"] == "no-store"
    assert message_id in answer.content.decode()


@pytest.mark.parametrize(
    ("content_type", "accept", "found"),
    [
        ("application/jsv", "application/json, application/jsv", "application/jsv"),
        ("application/jsv", "*/*", "application/jsv"),
        ("application/jsv", "application/xml", "application/xml"),
    ],
)
def test_the_bodys_own_format_comes_first_among_equals(caller, content_type, accept, found):
    answer = caller.post("/SMS/Send", JSV_SMS, content_type, Accept=accept)

    assert (answer.status_code, answer["Content-Type"]) == (200, found)


def test_a_predefined_path_says_how_the_body_is_read(caller):
    answer = caller.post("/jsv/reply/SendSMS", JSV_SMS, "application/json")

    assert answer.status_code == 200
    assert Message.objects.get().body() == b"Termin: 14.03., 09:30 Uhr"


def test_a_form_stays_a_form_on_a_predefined_path(caller):
    body = b"Receiver=%2B4915112345678&Message=Dag"

    answer = caller.post("/xml/reply/SendSMS", body, "application/x-www-form-urlencoded")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")


def test_the_query_fills_what_the_body_left_empty(caller):
    body = {"Receiver": "+4915112345678", "Message": ""}

    answer = caller.post("/SMS/Send?Message=Uit+de+query&Receiver=%2B31600000000", body)

    assert answer.status_code == 200
    assert Message.objects.get().body() == b"Uit de query"
    assert Message.objects.get().to[0]["address"] == "sms:+4915112345678"


def test_another_verb_can_be_named_in_a_header(caller, message_id):
    answer = caller.post(f"/Status?MessageId={message_id}", X_Http_Method_Override="GET")

    assert answer.status_code == 200


def test_an_answer_looks_as_documented_in_each_format(caller):
    xml, jsv, csv = (caller.post(f"/SMS/Send.{suffix}", SMS) for suffix in ("xml", "jsv", "csv"))

    third, second, first = Message.objects.order_by("-id").values_list("xuid", flat=True)
    assert xml.content.decode() == (
        '<?xml version="1.0" encoding="utf-8"?><SendResponse '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.'
        'datacontract.org/2004/07/CommunicationHub.APIModel.Response">'
        f'<Configuration i:nil="true" /><ErrorMessage i:nil="true" /><MessageId>{first}</MessageId>'
        "<Receiver>+49 151 12345678</Receiver><Retry>false</Retry><RetryCount>0</RetryCount>"
        "<Sender>PflegeNord</Sender><Status>accepted</Status></SendResponse>"
    )
    assert jsv.content.decode() == (
        f"{{MessageId:{second},Sender:PflegeNord,Receiver:+49 151 12345678,Status:accepted,"
        "Retry:False,RetryCount:0}"
    )
    assert csv.content.decode() == (
        "MessageId,Sender,Receiver,Status,ErrorMessage,Configuration,Retry,RetryCount\r\n"
        f"{third},PflegeNord,+49 151 12345678,accepted,,,False,0\r\n"
    )
    assert csv["Content-Disposition"] == 'attachment;filename="SendSMS.csv"'


def test_a_script_gets_the_status_where_that_is_switched_on(caller, message_id, settings):
    settings.COMMUNICATIONHUB_JSONP = True

    answer = caller.get(f"/Status.json?MessageId={message_id}&callback=show%28%29.it")
    unknown = caller.get("/Status?MessageId=x&callback=show&format=xml")

    assert answer["Content-Type"] == "text/javascript"
    assert answer.content.decode().startswith('show__.it({"MessageId":"')
    assert answer.content.endswith(b"})")
    assert (unknown.status_code, unknown["Content-Type"]) == (200, "text/javascript")
    assert unknown.content.startswith(b'show({"ResponseStatus":{"ErrorCode":"NotFound"')


def test_no_script_gets_anything_by_default_or_sends(caller, message_id, settings):
    asked = caller.get(f"/Status?MessageId={message_id}&callback=show")
    settings.COMMUNICATIONHUB_JSONP = True
    sent = caller.post("/SMS/Send?callback=show", SMS)

    assert asked["Content-Type"] == sent["Content-Type"] == JSON
    assert not asked.content.startswith(b"show")


def test_the_operations_are_listed(caller):
    listed = caller.get("/metadata").content.decode()

    assert "POST /Letter/Send  SendLetter" in listed
    assert "GET /Status  GetStatus" in listed
