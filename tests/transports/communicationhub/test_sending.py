"""Software of the hub sends through us: what it posts, in each format, and what it gets back."""

import base64
import json

import pytest

from boxes.models import ApiKey, Message
from tests.fakes.smtp import FakeSmtp
from tests.transports.communicationhub.facade import HubCaller, basic, token_of
from tests.transports.worker import run_worker
from transports.models import Account

MAIL = {
    "From": "dienst@pflege-nord.example",
    "FromName": "Pflege Nord",
    "To": "a.meier@example.org",
    "ReceiverName": "Anna Meier",
    "Subject": "Dienstplan KW 12",
    "Text": "Guten Tag, anbei der Plan.",
    "Attachments": [{"Bytes": "SGFsbG8=", "Name": "hallo.txt", "ContentType": "text/plain"}],
    "Reference": "plan-2026-12",
}
SMS = {
    "Sender": "PflegeNord",
    "Receiver": "+49 151 12345678",
    "Message": "Termin: 14.03., 09:30 Uhr",
    "Reference": "appt-4711",
}
PDF = b"%PDF-1.4 kind of a PDF"
LETTER = {
    "FileName": "rechnung-1009.pdf",
    "File": base64.b64encode(PDF).decode(),
    "IsDuplex": True,
    "BatchId": 0,
    "CoverLetter": False,
    "AddressLine1": "Anna Meier",
    "AddressLine2": "Am Deich 4",
    "ZipCode": "01067",
    "City": "Dresden",
    "SenderAdressLine1": "Pflege Nord GmbH",
    "SenderStreet": "Hafenweg 2",
    "SenderZipCode": "24103",
    "SenderCity": "Kiel",
    "Reference": "RE-1009",
}
APIMODEL = "http://schemas.datacontract.org/2004/07/CommunicationHub.APIModel"
MAIL_XML = f"""<?xml version="1.0" encoding="utf-8"?>
<SendMail xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="{APIMODEL}">
  <Attachments xmlns:a="{APIMODEL}.Helper">
    <a:Attachment>
      <a:Bytes>SGFsbG8=</a:Bytes>
      <a:ContentType>text/plain</a:ContentType>
      <a:Name>hallo.txt</a:Name>
    </a:Attachment>
  </Attachments>
  <BCC i:nil="true" />
  <From>dienst@pflege-nord.example</From>
  <FromName>Pflege Nord</FromName>
  <ReceiverName>Anna Meier</ReceiverName>
  <Reference>plan-2026-12</Reference>
  <Subject>Dienstplan KW 12</Subject>
  <Text>Guten Tag, <!-- a comment -->anbei der Plan.</Text>
  <To>a.meier@example.org</To>
</SendMail>""".encode()
MAIL_JSV = (
    b"{From:dienst@pflege-nord.example,FromName:Pflege Nord,To:a.meier@example.org,"
    b'ReceiverName:Anna Meier,Subject:Dienstplan KW 12,Text:"Guten Tag, anbei der Plan.",'
    b"Attachments:[{Bytes:SGFsbG8=,Name:hallo.txt,ContentType:text/plain}],"
    b"Reference:plan-2026-12}"
)
MAIL_CSV = (
    b"From,FromName,To,ReceiverName,CC,Subject,Text,Attachments,Reference\r\n"
    b"dienst@pflege-nord.example,Pflege Nord,a.meier@example.org,Anna Meier,,Dienstplan KW 12,"
    b'"Guten Tag, anbei der Plan.","[{Bytes:SGFsbG8=,Name:hallo.txt,ContentType:text/plain}]",'
    b"plan-2026-12\r\n"
)
MAIL_FORM = (
    b"from=dienst%40pflege-nord.example&FromName=Pflege+Nord&to=a.meier%40example.org"
    b"&ReceiverName=Anna+Meier&subject=Dienstplan+KW+12&Text=Guten%20Tag%2C%20anbei%20der%20Plan."
    b"&Attachments=%5B%7BBytes%3ASGFsbG8%3D%2CName%3Ahallo.txt%2CContentType%3Atext%2Fplain%7D%5D"
    b"&Reference=plan-2026-12"
)
FORM = "application/x-www-form-urlencoded"


LOWER = json.dumps({name.lower(): value for name, value in MAIL.items()}).encode()


def only() -> Message:
    return Message.objects.get(direction="OUT")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps(MAIL).encode()),
        ("application/json; charset=utf-8", LOWER),
        ("application/xml", MAIL_XML),
        ("text/xml", MAIL_XML),
        ("application/jsv", MAIL_JSV),
        ("text/jsv", MAIL_JSV),
        ("text/csv", MAIL_CSV),
        ("text/csv", json.dumps(MAIL).encode()),
        (FORM, MAIL_FORM),
    ],
)  # fmt: skip
def test_a_mail_is_the_same_in_each_format(caller, content_type, body):
    answer = caller.post("/Mail/Send", body, content_type, Accept="application/json")

    message = only()
    assert answer.status_code == 200
    assert answer.json() == {
        "MessageId": f"{message.xuid}@mail.example",
        "Sender": "john@mail.example",
        "Receiver": "a.meier@example.org",
        "Status": "accepted",
        "Retry": False,
        "RetryCount": 0,
    }
    assert message.to == [{"displayName": "Anna Meier", "address": "a.meier@example.org"}]
    assert (message.subject, message.body()) == ("Dienstplan KW 12", b"Guten Tag, anbei der Plan.")
    assert (message.from_address, message.from_name) == ("john", "Pflege Nord")
    assert message.headers == {"From": "dienst@pflege-nord.example"}
    [file] = message.attachments.all()
    assert (file.filename, file.content_type, file.body()) == ("hallo.txt", "text/plain", b"Hallo")
    assert message.properties.get().value == "plan-2026-12"


def test_a_form_with_parts_is_read_too(caller):
    parts = {k: v for k, v in MAIL.items() if isinstance(v, str)}

    answer = caller.django.post(
        "/Mail/Send", parts, headers={"Authorization": caller.authorization}
    )

    assert answer.status_code == 200
    assert only().body() == b"Guten Tag, anbei der Plan."


def test_recipients_are_parted_by_commas_and_semicolons(caller):
    caller.post(
        "/Mail/Send",
        {
            **MAIL,
            "To": '"Meier, Anna" <anna@example.org>; bob@example.org',
            "CC": "Carl <carl@example.org>,",
            "BCC": "hidden@example.org",
        },
    )

    message = only()
    assert message.to == [
        {"displayName": "Meier, Anna", "address": "anna@example.org"},
        {"displayName": "", "address": "bob@example.org"},
    ]
    assert message.cc == [{"displayName": "Carl", "address": "carl@example.org"}]
    assert sorted(message.deliveries.values_list("address", flat=True)) == [
        "anna@example.org", "bob@example.org", "carl@example.org", "hidden@example.org",
    ]  # fmt: skip


def test_a_thousand_recipients_are_taken_and_one_more_is_not(caller):
    people = [f"p{n}@example.org" for n in range(1001)]

    taken = caller.post("/Mail/Send", {**MAIL, "To": ",".join(people[:1000])})
    refused = caller.post("/Mail/Send", {**MAIL, "To": ",".join(people)})

    assert (taken.status_code, only().deliveries.count()) == (200, 1000)
    assert refused.status_code == 400
    assert refused.json()["ResponseStatus"]["Errors"][0]["FieldName"] == "To"


def test_html_with_a_text_beside_it_loses_neither(caller):
    caller.post("/Mail/Send", {**MAIL, "HTML": "<p>Grüße</p>", "Attachments": None})

    message = only()
    [beside] = message.attachments.all()
    assert (message.content_type, message.body()) == (
        "text/html; charset=utf-8",
        "<p>Grüße</p>".encode(),
    )
    assert (beside.filename, beside.body()) == ("message.txt", b"Guten Tag, anbei der Plan.")


def test_html_and_text_become_one_mail_again_at_the_next_hub(caller, hub):
    Account.objects.create(transport="communicationhub", url=hub.url, carries_mail=True)
    caller.post("/Mail/Send", {**MAIL, "HTML": "<p>Grüße</p>", "Domain": "mail.example"})

    run_worker()

    members = hub.received[0].members
    assert (members["HTML"], members["Text"]) == ("<p>Grüße</p>", MAIL["Text"])
    assert [file["Name"] for file in members["Attachments"]] == ["hallo.txt"]


def test_a_sender_that_the_box_lists_is_used(caller, john):
    john.sender_addresses = ["dienst@pflege-nord.example"]
    john.save()

    answer = caller.post("/Mail/Send", {**MAIL, "Domain": "Pflege-Nord.example"})

    assert answer.json()["Sender"] == "dienst@pflege-nord.example"
    assert only().from_address == "dienst@pflege-nord.example"
    assert answer.json()["MessageId"].endswith("@pflege-nord.example")


def test_an_sms_becomes_a_message_to_a_telephone(caller):
    answer = caller.post("/SMS/Send.json", SMS)

    message = only()
    assert answer.json() == {
        "MessageId": message.xuid,
        "Sender": "PflegeNord",
        "Receiver": "+49 151 12345678",
        "Status": "accepted",
        "Retry": False,
        "RetryCount": 0,
    }
    assert message.to[0]["address"] == "sms:+4915112345678"
    assert message.body() == b"Termin: 14.03., 09:30 Uhr"
    assert message.deliveries.get().transport == "communicationhub"


def test_a_reference_does_not_drop_repetitions_as_in_the_original(caller):
    first, second = (caller.post("/SMS/Send", SMS).json()["MessageId"] for _ in range(2))

    assert first != second
    assert Message.objects.filter(properties__value="appt-4711").count() == 2


def test_a_letter_becomes_a_message_to_a_letterbox(caller):
    answer = caller.post("/Letter/Send", {**LETTER, "Country": "FRANKREICH"})

    message = only()
    assert answer.json()["Sender"] == "Pflege Nord GmbH, Hafenweg 2, 24103 Kiel"
    assert answer.json()["Receiver"] == "Anna Meier, Am Deich 4, 01067 Dresden, FRANKREICH"
    assert message.to[0]["address"] == (
        "letter:Anna Meier; Am Deich 4; 01067; Dresden; country=FRANKREICH"
    )
    assert (message.content_type, message.body()) == ("application/pdf", PDF)


def test_what_software_of_the_hub_sends_reaches_the_hub_as_it_was(caller, hub):
    Account.objects.create(transport="communicationhub", url=hub.url)
    cover = {"CoverLetter": True, "CoverFile": base64.b64encode(b"%PDF-1.4 cover").decode()}
    caller.post("/SMS/Send", SMS)
    caller.post("/Letter/Send", {**LETTER, **cover, "TestFlag": True})

    run_worker()

    sms, letter = (taken.members for taken in hub.received)
    assert {**sms, "Reference": ""} == {**SMS, "Receiver": "+4915112345678", "Reference": ""}
    told = {"FileName", "File", "CoverFile", "Reference", "BatchId"}
    wanted = {**LETTER, **cover, "TestFlag": True}
    assert {k: v for k, v in letter.items() if k not in told} == {
        k: v for k, v in wanted.items() if k not in told
    }
    assert letter["CoverFile"] == "14 bytes: b'%PDF-1.4 cover'"


def test_a_mail_leaves_by_the_ordinary_road(caller, settings):
    with FakeSmtp() as smtp:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        said = caller.post("/Mail/Send", MAIL).json()

        run_worker()

    [mail] = smtp.received
    assert mail.message["Message-ID"] == f"<{said['MessageId']}>"
    assert mail.message["From"] == "Pflege Nord <john@mail.example>"
    assert "plan-2026-12" not in mail.content.decode()


# -- who may --


@pytest.mark.parametrize("scheme", ["key and secret", "token as name", "bearer", "header"])
def test_a_key_comes_in_each_of_the_known_ways(facade, issue_key, john, scheme):
    key = issue_key(john, "send")
    headers = {
        "key and secret": {"Authorization": basic(key.key.key_id, key.secret)},
        "token as name": {"Authorization": basic(token_of(key))},
        "bearer": {"Authorization": f"bearer {token_of(key)}"},
        "header": {"X_Api_Key": token_of(key)},
    }[scheme]

    assert HubCaller().post("/SMS/Send", SMS, **headers).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer wrong", "Bearer ", "Basic !!!", basic("nobody", "x"), basic("x" * 59), "Digest"],
)  # fmt: skip
def test_nobody_comes_in_without_a_key(facade, john, authorization):
    answer = HubCaller(authorization).post("/SMS/Send.xml", SMS)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'basic realm="/auth/basic"'
    assert b"<ErrorCode>Unauthorized</ErrorCode>" in answer.content
    assert not Message.objects.exists()


def test_a_key_that_may_not_send_is_refused(facade, issue_key, john):
    reader = HubCaller("Bearer " + token_of(issue_key(john, "read")))

    answer = reader.post("/SMS/Send", SMS)

    assert answer.status_code == 403
    assert answer.json()["ResponseStatus"]["ErrorCode"] == "Forbidden"
    assert not Message.objects.exists()


def test_a_revoked_key_is_refused(caller):
    ApiKey.objects.get().revoke()

    assert caller.post("/SMS/Send", SMS).status_code == 401


def test_a_page_of_another_site_is_refused_whatever_its_browser_adds(caller):
    answer = caller.post("/SMS/Send", SMS, Sec_Fetch_Site="cross-site")

    assert answer.status_code == 403
    assert not Message.objects.exists()


def test_where_the_facade_is_off_there_is_nothing(caller, settings):
    settings.FACADES = []

    assert caller.post("/SMS/Send", SMS).status_code == 404
    assert caller.get("/metadata").status_code == 404
