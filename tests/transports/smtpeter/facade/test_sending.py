"""What is sent through SMTPeter's interface becomes a message of the box."""

import base64
import json
from datetime import UTC, datetime

import pytest

from boxes.models import Delivery, Message
from tests.transports.worker import run_worker

ANN, BOB = "ann@example.org", "bob@example.org"
PARTS = {"from": "Clinic <noreply@example.com>", "subject": "Afspraak", "text": "Maandag 09:00"}
PDF = base64.b64encode(b"%PDF-1.4\n").decode()


def only_message(box) -> Message:
    return Message.objects.in_box(box).get()


def properties_of(message: Message) -> dict[str, str]:
    return dict(message.properties.order_by("id").values_list("name", "value"))


def people(given: list[dict]) -> list[str]:
    return [item["address"] for item in given]


def test_a_mail_in_parts_is_posted_and_answered_with_its_identifier(caller, john):
    response = caller.send(recipient=ANN, to=f"Ann <{ANN}>", **PARTS)

    message = only_message(john)
    delivery = message.deliveries.get()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {delivery.public_ref: ANN}
    assert (message.status, message.subject) == ("OUTBOX", "Afspraak")
    assert (message.content_type, message.body()) == ("text/plain; charset=utf-8", b"Maandag 09:00")
    assert message.to == [{"displayName": "Ann", "address": ANN}]
    assert (delivery.address, delivery.transport) == (ANN, "email")


def test_it_arrives_in_the_box_that_it_is_sent_to(caller, john, jill):
    caller.send(recipients=["jill"], to="Jill <jill>", **PARTS)

    run_worker()

    received = only_message(jill)
    assert (received.subject, received.body()) == ("Afspraak", b"Maandag 09:00")
    assert received.from_name == "Clinic"


def test_recipients_alone_decide_who_is_served(caller, john):
    response = caller.send(
        recipients=[ANN, BOB, "hidden@example.org"],
        to=[ANN, "Somebody Else <else@example.org>"],
        cc=f"Bob <{BOB}>, cee@example.org",
        **PARTS,
    )

    message = only_message(john)
    assert sorted(response.json().values()) == [ANN, BOB, "hidden@example.org"]
    assert sorted(message.deliveries.values_list("address", flat=True)) == sorted(
        response.json().values()
    )
    assert (people(message.to), people(message.cc)) == ([ANN], [BOB])
    assert message.headers["To"] == f"{ANN}, Somebody Else <else@example.org>"
    assert message.headers["Cc"] == f"Bob <{BOB}>, cee@example.org"
    assert "hidden" not in json.dumps([message.to, message.cc, message.headers])


def test_each_identifier_belongs_to_its_recipient(caller, john):
    given = [f"p{n}@example.org" for n in range(20)]

    answered = caller.send(recipients=given, **PARTS).json()

    for identifier, address in answered.items():
        assert Delivery.objects.by_public_ref(identifier).get().address == address
        assert identifier.isascii() and identifier.isalnum() and not identifier.isdigit()
    assert list(answered.values()) == given


def test_a_thousand_recipients_are_one_message(caller, john):
    response = caller.send(recipients=[f"p{n}@example.org" for n in range(1000)], **PARTS)

    assert len(response.json()) == 1000
    assert only_message(john).deliveries.count() == 1000
    assert only_message(john).to == []


@pytest.mark.parametrize(
    ("given", "served"),
    [
        ({"recipient": ANN, "recipients": [BOB, ANN]}, [ANN, BOB]),
        ({"recipient": [ANN, BOB]}, [ANN, BOB]),
        ({"recipients": f"{ANN}, Bob <{BOB}>"}, [ANN, BOB]),
        ({"recipients": [f"Jörg <{ANN}>"]}, [ANN]),
        ({"recipients": {ANN: None, BOB: None}}, [ANN, BOB]),
        ({"recipients": ["Ann@Example.org", "ann@example.org"]}, ["Ann@Example.org", ANN]),
        ({"recipient": ANN, "bcc": ["bcc@example.org"]}, [ANN]),
    ],
)
def test_recipients_are_taken_as_clients_write_them(caller, john, given, served):
    response = caller.send(**given, **PARTS)

    assert list(response.json().values()) == served


def test_a_single_recipient_without_a_header_is_who_it_is_to(caller, john):
    caller.send(recipient=ANN, **PARTS)

    assert people(only_message(john).to) == [ANN]


def test_html_is_the_content_and_the_text_beside_it_a_file(caller, john):
    caller.send(recipient=ANN, **PARTS, html="<p>Maandag é</p>")

    message = only_message(john)
    assert message.content_type == "text/html; charset=utf-8"
    assert message.body().decode() == "<p>Maandag é</p>"
    [file] = message.attachments.all()
    assert (file.filename, file.body()) == ("message.txt", b"Maandag 09:00")


def test_everything_beside_the_text_is_kept(caller, john):
    caller.send(
        recipient=ANN,
        envelope="bounce@example.com",
        replyTo=["Balie <balie@example.com>"],
        extra={"x-request-id": "42"},
        tags=["reports", "w23"],
        unsubscribe={"email": "out@example.com", "url": "https://e.example/u", "oneclick": True},
        attachments=[
            {"data": PDF, "name": "report.pdf", "type": "application/pdf"},
            {"data": "AAEC"},
        ],
        maxdelivertime="2999-01-02 12:00:00",
        dsn={"notify": "FAILURE, DELAY", "ret": "HDRS", "envid": "job-17", "orcpt": ANN},
        images="hosted",
        trackclicks=False,
        **PARTS,
    )

    message = only_message(john)
    assert message.headers == {
        "From": "Clinic <noreply@example.com>",
        "Reply-To": "Balie <balie@example.com>",
        "List-Unsubscribe": "<mailto:out@example.com>, <https://e.example/u>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "x-request-id": "42",
    }
    assert properties_of(message) == {
        "smtpeter-envelope": "bounce@example.com",
        "smtpeter-tag-reports": "1",
        "smtpeter-tag-w23": "1",
        "smtpeter-maxdelivertime": "2999-01-02 12:00:00",
    }
    assert [
        (item.filename, item.content_type, item.body()) for item in message.attachments.all()
    ] == [
        ("report.pdf", "application/pdf", b"%PDF-1.4\n"),
        ("", "application/octet-stream", b"\0\1\2"),
    ]


def test_what_is_for_us_reaches_no_receiver(caller, jill):
    caller.send(recipient="jill", envelope="bounce@example.com", tags=["intern"], **PARTS)

    run_worker()

    received = only_message(jill)
    assert received.headers == {"From": "Clinic <noreply@example.com>"}
    assert not received.properties.exists()


def test_a_sender_that_the_box_lists_is_the_sender(caller, john):
    john.sender_addresses = ["noreply@example.com"]
    john.save()

    caller.send(recipient=ANN, **PARTS)

    message = only_message(john)
    assert (message.from_address, message.from_name) == ("noreply@example.com", "Clinic")
    assert "From" not in message.headers


def test_what_no_database_keeps_is_left_out_of_headers(caller, john):
    caller.send(
        recipient=ANN,
        to="no\0body",
        cc=f"An\0n <{ANN}>",
        replyto="de\nsk\0",
        **{**PARTS, "from": "Cl\0inic <noreply@example.com>", "subject": "a\0b", "text": "a\0b"},
    )

    message = only_message(john)
    assert (message.subject, message.from_name, message.body()) == ("a b", "Cl inic", b"a\0b")
    assert message.cc == [{"displayName": "An n", "address": ANN}]
    assert message.headers == {
        "To": "no body",
        "Reply-To": "de sk",
        "From": "Cl inic <noreply@example.com>",
    }


def test_another_sender_is_kept_as_a_header_only(caller, john):
    caller.send(recipient=ANN, **PARTS)

    message = only_message(john)
    assert (message.from_address, message.from_name) == ("john", "Clinic")
    assert message.headers["From"] == "Clinic <noreply@example.com>"


MIME = (
    "MIME-Version: 1.0\r\n"
    "From: =?utf-8?q?De_Linde=2C_balie?= <noreply@example.com>\r\n"
    f"To: <{ANN}>, Else <else@example.org>\r\n"
    "Bcc: secret@example.org\r\n"
    "Subject: =?utf-8?q?Uitslag_=E2=82=AC?=\r\n"
    "Date: Mon, 02 Mar 2026 09:00:00 +0100\r\n"
    "Message-ID: <job-17@example.com>\r\n"
    "In-Reply-To: <vraag@example.org>\r\n"
    "X-Mailer: EPD 5\r\n"
    "x-smtpeter-tags: reports, w23\r\n"
    'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    '--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
    "--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9\r\n"
    "--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Café</p>\r\n--a--\r\n"
    "--m\r\nContent-Type: application/pdf; name=uitslag.pdf\r\n"
    "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    f"{PDF}\r\n"
    "--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: Inner\r\n\r\nDag\r\n--m--\r\n"
)


def test_a_mime_text_is_taken_apart(caller, john):
    response = caller.send(recipients=[ANN, BOB], mime=MIME, text="ignored")

    message = only_message(john)
    assert sorted(response.json().values()) == [ANN, BOB]
    assert message.content_type == "text/html; charset=utf-8"
    assert message.body().decode().strip() == "<p>Café</p>"
    files = list(message.attachments.all())
    assert [(item.filename, item.content_type) for item in files] == [
        ("message.txt", "text/plain; charset=utf-8; alternative=html"),
        ("uitslag.pdf", "application/pdf"),
        ("message.eml", "message/rfc822"),
    ]
    assert files[0].body().decode() == "Café"
    assert files[1].body() == b"%PDF-1.4\n"
    assert b"Subject: Inner" in files[2].body()


def test_the_headers_of_a_mime_text_are_the_mails_own(caller, john):
    response = caller.send(recipients=[ANN], mime=MIME)

    assert response.json() == {only_message(john).deliveries.get().public_ref: ANN}
    message = only_message(john)
    assert message.subject == "Uitslag €"
    assert message.from_name == "De Linde, balie"
    assert message.envelope_id == "<job-17@example.com>"
    assert message.in_reply_to == "<vraag@example.org>"
    assert message.dated_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert people(message.to) == [ANN]
    assert message.headers == {
        "X-Mailer": "EPD 5",
        "To": f'{ANN}, "Else" <else@example.org>',
        "From": '"De Linde, balie" <noreply@example.com>',
    }
    assert list(properties_of(message)) == ["smtpeter-tag-reports", "smtpeter-tag-w23"]


def test_a_form_says_the_same_as_json(caller, john):
    body = (
        "envelope=bounce%40example.com&recipients[]=ann%40example.org&recipients[]=bob%40example.org"
        "&from=noreply%40example.com&to=ann%40example.org&subject=Hi&text=Hello+there%21"
        "&trackclicks=false&clicktracking=on&dsn[notify]=FAILURE&tags[0]=w23"
        f"&attachments[0][data]={PDF.replace('=', '%3D')}&attachments[0][name]=a.pdf"
    )

    response = caller.post("send", body, "application/x-www-form-urlencoded")

    message = only_message(john)
    assert sorted(response.json().values()) == [ANN, BOB]
    assert (message.subject, message.body()) == ("Hi", b"Hello there!")
    assert properties_of(message)["smtpeter-tag-w23"] == "1"
    assert [file.filename for file in message.attachments.all()] == ["a.pdf"]


def test_data_is_filled_in_for_each_recipient_of_their_own(caller, john):
    response = caller.send(
        recipients={ANN: {"name": "Ann", "items": [{"n": 5}]}, BOB: {"name": "Bob"}},
        data={"place": "Delft", "name": "?"},
        to="{$recipient}",
        **{**PARTS, "subject": "For {$name}", "text": "{$place}: {$items[0].n} {ldelim}{$gone}"},
    )

    said = {
        message.deliveries.get().address: (message.subject, message.body().decode())
        for message in Message.objects.in_box(john)
    }
    assert said == {ANN: ("For Ann", "Delft: 5 {"), BOB: ("For Bob", "Delft:  {")}
    assert list(response.json().values()) == [ANN, BOB]
    assert all(people(message.to) for message in Message.objects.in_box(john))


def test_data_that_all_share_makes_one_message(caller, john):
    caller.send(recipients=[ANN, BOB], data={"name": "Ann"}, **{**PARTS, "text": "Dag {$name}"})

    assert only_message(john).body() == b"Dag Ann"
    assert only_message(john).deliveries.count() == 2


def test_without_data_braces_are_text(caller, john):
    caller.send(recipient=ANN, **{**PARTS, "text": "{$name} {if x} {ldelim}"})

    assert only_message(john).body() == b"{$name} {if x} {ldelim}"


def test_a_mail_of_no_use_any_more_fails_before_it_leaves(caller, john):
    response = caller.send(recipient=ANN, maxdelivertime="2020-01-02 12:00:00", **PARTS)

    assert response.status_code == 200
    assert only_message(john).status == "ERROR"
    assert only_message(john).deliveries.get().status == "failed"
    [identifier] = response.json()
    failure = caller.get(f"events/messageid/{identifier}").json()[-1]
    assert (failure["event"], failure["state"], failure["type"]) == (
        "failure",
        "process",
        "timeout",
    )


def test_a_mail_is_sent_again_to_its_one_recipient(caller, john):
    sent = caller.send(
        recipients=[ANN, BOB, "hidden@example.org"],
        to=[ANN, BOB],
        html="<p>x</p>",
        tags=["w23"],
        attachments=[{"data": PDF, "name": "a.pdf", "type": "application/pdf"}],
        **PARTS,
    ).json()
    first = only_message(john)

    answers = {}
    for identifier, address in sent.items():
        response = caller.post("resend", {"message": identifier})
        assert list(response.json().values()) == [address]
        answers[address] = Delivery.objects.by_public_ref(*response.json()).get().message

    assert Message.objects.in_box(john).count() == 4
    for address, again in answers.items():
        assert list(again.deliveries.values_list("address", flat=True)) == [address]
        assert again.body() == first.body()
        assert [file.filename for file in again.attachments.all()] == ["message.txt", "a.pdf"]
        assert again.headers["To"] == f"{ANN}, {BOB}"
        assert again.properties.get().name == "smtpeter-tag-w23"
    assert (people(answers[BOB].to), answers["hidden@example.org"].to) == ([BOB], [])


@pytest.mark.parametrize("verb", ["Bearer", "bearer"])
def test_a_token_in_a_header_is_taken_too(caller, john, verb):
    response = caller.client.post(
        "/v1/send/",
        json.dumps({"recipient": ANN, **PARTS}),
        content_type="application/json",
        headers={"Authorization": f"{verb} {caller.token}"},
    )

    assert response.status_code == 200
