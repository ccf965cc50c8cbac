"""What Mailgun tells us: what became of a mail, and a mail that came in."""

import json
import time

import pytest

from boxes.envelope import Address
from boxes.models import Box, Delivery, LogEntry, Message
from tests.boxes.envelopes import envelope_to
from tests.transports.communicationhub.facade import SECRET, HubCaller, signed
from tests.transports.communicationhub.test_sending import FORM
from tests.transports.worker import run_worker
from transports.models import Account, Collected

JILL = "jill@example.org"
INCOMING = {
    "recipient": "john@mail.example",
    "sender": "a.meier@example.org",
    "from": "Anna Meier <a.meier@example.org>",
    "subject": "Re: Dienstplan KW 12",
    "Message-Id": "<CAF7@mail.example.org>",
    "stripped-text": "Danke!",
    "attachment-count": "0",
}


@pytest.fixture
def account(db, hub) -> Account:
    account = Account(transport="communicationhub", url=hub.url, carries_mail=True)
    account.secret = SECRET
    account.save()
    return account


@pytest.fixture
def mailgun(facade) -> HubCaller:
    return HubCaller()


@pytest.fixture
def sent(john, account, facade) -> Message:
    """A mail of John's to Jill that the hub took."""
    message = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    assert message.deliveries.get().status == "sent"
    return message


def event_of(message_id: str, event: str, recipient: str = "", **more) -> dict:
    headers = {"to": f"Jill <{JILL}>", "message-id": message_id, "from": "x", "subject": "Overleg"}
    data = {"event": event, "message": {"headers": headers}, "id": "surplus", **more}
    return {**data, **({"recipient": recipient} if recipient else {})}


def tell(mailgun, event: dict, token: str = "token-0001", **headers):
    body = {"signature": signed(token), "event-data": event}
    return mailgun.post("/Mail/Status", body, **headers)


# -- SetMailStatus --


@pytest.mark.parametrize(
    ("event", "more", "status"),
    [
        ("delivered", {}, "delivered"),
        ("opened", {}, "read"),
        ("clicked", {}, "read"),
        ("failed", {"severity": "permanent"}, "undelivered"),
        ("failed", {"severity": "temporary"}, "sent"),
        ("rejected", {}, "undelivered"),
        ("accepted", {}, "sent"),
        ("complained", {}, "sent"),
        ("whatever comes next", {}, "sent"),
    ],
)
def test_an_event_moves_the_delivery(mailgun, sent, event, more, status):
    remote_id = sent.deliveries.get().remote_id

    answer = tell(mailgun, event_of(remote_id, event, **more))

    assert (answer.status_code, answer.content) == (200, b"true")
    assert sent.deliveries.get().status == status


def test_a_mail_is_known_by_our_own_message_id_too(mailgun, sent):
    tell(mailgun, event_of(f" <{sent.xuid}@mail.example> ", "delivered"))

    assert sent.deliveries.get().status == "delivered"


def test_of_several_recipients_the_named_one_is_meant(mailgun, john, account, facade):
    message = Message.objects.post(john, envelope_to(JILL, "bob@example.org"))
    run_worker()

    named = tell(mailgun, event_of(f"{message.xuid}@x", "delivered", "Bob@Example.org"))
    unnamed = tell(
        mailgun,
        {
            **event_of(f"{message.xuid}@x", "delivered"),
            "message": {"headers": {"message-id": message.xuid}},
        },
        "token-0002",
    )

    assert (named.content, unnamed.content) == (b"true", b"false")
    assert [d.status for d in message.deliveries.all()] == ["sent", "delivered"]


def test_what_is_told_late_or_twice_goes_never_backwards(mailgun, sent):
    remote_id = sent.deliveries.get().remote_id

    for number, event in enumerate(["opened", "delivered", "failed", "opened"]):
        tell(mailgun, event_of(remote_id, event), f"token-000{number}")

    assert sent.deliveries.get().status == "read"


def test_a_repeated_webhook_changes_nothing(mailgun, sent):
    remote_id = sent.deliveries.get().remote_id

    first = tell(mailgun, event_of(remote_id, "accepted"))
    again = tell(mailgun, event_of(remote_id, "delivered"))

    assert first.content == again.content == b"true"
    assert sent.deliveries.get().status == "sent"
    assert Collected.objects.count() == 1


def test_an_event_about_no_mail_of_ours_is_false(mailgun, account):
    answers = [
        tell(mailgun, event_of("elsewhere@example.org", "delivered")),
        tell(mailgun, event_of("", "delivered"), "token-0002"),
        tell(mailgun, {}, "token-0003"),
    ]

    assert [(a.status_code, a.content) for a in answers] == [(200, b"false")] * 3


def test_an_account_of_one_box_says_nothing_about_another(mailgun, sent, jill):
    own = Account(transport="communicationhub", box=jill)
    own.secret = "another-secret"
    own.save()
    body = {
        "signature": signed(secret="another-secret"),
        "event-data": event_of(sent.deliveries.get().remote_id, "delivered"),
    }

    answer = mailgun.post("/Mail/Status", body)

    assert answer.content == b"false"
    assert sent.deliveries.get().status == "sent"


@pytest.mark.parametrize(
    ("content_type", "suffix", "said"),
    [
        ("application/json", "", b"true"),
        ("application/xml", ".xml", b'<?xml version="1.0" encoding="utf-8"?><boolean xmlns='
         b'"http://schemas.microsoft.com/2003/10/Serialization/">true</boolean>'),
        ("application/jsv", ".jsv", b"True"),
        ("text/csv", ".csv", b"True"),
        (FORM, ".json", b"true"),
    ],
)  # fmt: skip
def test_an_event_comes_in_each_format(mailgun, sent, content_type, suffix, said):
    mark, message_id = signed(), sent.deliveries.get().remote_id
    jsv_mark = "{" + ",".join(f"{name}:{value}" for name, value in mark.items()) + "}"
    jsv_event = f"{{event:delivered,message:{{headers:{{message-id:{message_id}}}}}}}"
    body = {
        "application/json": json.dumps(
            {"Signature": mark, "EventData": event_of(message_id, "delivered")}
        ),
        "application/xml": (
            "<SetMailStatus xmlns='urn:x'><EventData><Event>delivered</Event><Message><Headers>"
            f"<MessageId>{message_id}</MessageId></Headers></Message></EventData><Signature>"
            + "".join(f"<{name}>{value}</{name}>" for name, value in mark.items())
            + "</Signature></SetMailStatus>"
        ),
        "application/jsv": f"{{signature:{jsv_mark},event-data:{jsv_event}}}",
        "text/csv": f'Signature,event-data\r\n"{jsv_mark}","{jsv_event}"\r\n',
        FORM: f"signature={jsv_mark}&event-data={jsv_event}",
    }[content_type]

    answer = mailgun.post(f"/mail/status{suffix}", body.encode(), content_type)

    assert (answer.status_code, answer.content) == (200, said)
    assert sent.deliveries.get().status == "delivered"


# -- the signature --


@pytest.mark.parametrize(
    "signature",
    [
        {},
        {**signed(), "signature": ""},
        {**signed(), "signature": "é"},
        {**signed(), "token": "token-0002"},
        {**signed(), "timestamp": str(int(time.time()) - 5)},
        {**signed(), "timestamp": "nooit"},
        {**signed(), "token": ""},
        signed(secret="guessed"),
        signed(at=time.time() - 2 * 86400),
        signed(at=time.time() + 86400),
    ],
)
def test_without_a_sound_signature_nothing_moves(mailgun, sent, signature):
    event = event_of(sent.deliveries.get().remote_id, "delivered")

    status = mailgun.post("/Mail/Status", {"signature": signature, "event-data": event})
    arrival = mailgun.post("/Mail/Receive", {**INCOMING, "attachment-count": 0, **signature})

    assert (status.status_code, status.content) == (406, b"false")
    assert (arrival.status_code, arrival.content) == (406, b"false")
    assert sent.deliveries.get().status == "sent"
    assert not Message.objects.filter(direction="IN").exists()
    assert LogEntry.objects.filter(outcome="signature_wrong").exists()


def test_without_a_secret_nobody_tells_us_anything(mailgun, sent, account):
    account.secret = ""
    account.save()
    event = event_of(sent.deliveries.get().remote_id, "delivered")

    body = {"signature": signed(secret=""), "event-data": event}

    assert mailgun.post("/Mail/Status", body).status_code == 406


def test_a_secret_whose_key_is_gone_opens_nothing(mailgun, sent, account):
    Account.objects.update(sealed_secret=b"\x00no key made this")

    assert tell(mailgun, event_of("x", "delivered")).status_code == 406


@pytest.mark.parametrize(
    "body", [{"event-data": "text"}, {"signature": 7}, {"event-data": {"message": []}}, []]
)
def test_an_event_of_another_shape_is_refused(mailgun, account, body):
    answer = mailgun.post("/Mail/Status", body)

    assert answer.status_code == 400
    assert answer.json()["ResponseStatus"]["ErrorCode"] == "SerializationException"


# -- ReceiveMail --


def incoming(**changes) -> dict:
    return {**INCOMING, **signed(changes.pop("again", "token-0001")), **changes}


def post_form(mailgun, fields: dict, **files):
    """As Mailgun posts it: a form, with parts where there are files."""
    return mailgun.django.post("/Mail/Receive", {**fields, **files})


def test_a_mail_that_came_in_is_put_into_the_box(mailgun, john, account):
    answer = post_form(mailgun, incoming(CC="Carl <carl@example.org>"))

    message = Message.objects.get()
    assert (answer.status_code, answer.content) == (200, b"true")
    assert (message.box, message.direction, message.status) == (john, "IN", "INBOX")
    assert (message.from_name, message.from_address) == ("Anna Meier", "a.meier@example.org")
    assert message.to == [{"displayName": "", "address": "john@mail.example"}]
    assert message.cc == [{"displayName": "Carl", "address": "carl@example.org"}]
    assert (message.subject, message.body()) == ("Re: Dienstplan KW 12", b"Danke!")
    assert message.envelope_id == "<CAF7@mail.example.org>"


def test_files_and_the_whole_bodies_are_kept(mailgun, john, account, tmp_path):
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(bytes(range(256)) * 20_000)
    fields = incoming(**{"body-plain": "Danke!\n> quote", "body-html": "<p>Danke!</p>"})

    with scan.open("rb") as file:
        post_form(mailgun, {**fields, "attachment-count": "1"}, **{"attachment-1": file})

    message = Message.objects.get()
    text, kept = message.attachments.all()
    assert (message.content_type, message.body()) == ("text/html; charset=utf-8", b"<p>Danke!</p>")
    assert (text.filename, text.body().split()) == ("message.txt", [b"Danke!", b">", b"quote"])
    assert (kept.filename, kept.content_type) == ("scan.pdf", "application/pdf")
    assert kept.body() == scan.read_bytes()


def test_files_that_were_not_passed_on_are_told(mailgun, john, account):
    post_form(mailgun, incoming(**{"attachment-count": "2"}))

    assert Message.objects.get().headers["Attachments that were not passed on"] == "2"


def test_the_same_mail_comes_in_once(mailgun, john, account):
    first = post_form(mailgun, incoming())
    replayed = post_form(mailgun, incoming())
    repeated = post_form(mailgun, incoming(again="token-0002"))

    assert [a.content for a in (first, replayed, repeated)] == [b"true"] * 3
    assert Message.objects.count() == 1


def test_another_mail_under_a_message_id_that_was_used_before_is_not_lost(mailgun, john, account):
    post_form(mailgun, incoming())
    post_form(mailgun, incoming(again="token-0002", **{"stripped-text": "Kalium 6,9!"}))
    post_form(mailgun, incoming(again="token-0003", subject="Spoed"))

    kept = Message.objects.order_by("pk")
    assert [(message.subject, message.body()) for message in kept] == [
        ("Re: Dienstplan KW 12", b"Danke!"),
        ("Re: Dienstplan KW 12", b"Kalium 6,9!"),
        ("Spoed", b"Danke!"),
    ]


@pytest.mark.parametrize(
    "written",
    ["Jill <jill@mail.example>", "JILL@Mail.Example.", "Jill <jill>", "jill"],
)
def test_a_mail_cannot_pose_as_one_of_our_boxes(mailgun, john, jill, account, written):
    post_form(mailgun, incoming(**{"from": written, "sender": "jill@mail.example"}))

    message = Message.objects.get()
    assert (message.from_address, message.from_name) == ("", written)
    assert message.through == "e-mail, sender not verified"


def test_a_mail_whose_envelope_names_a_box_has_no_sender_either(mailgun, john, jill, account):
    post_form(mailgun, incoming(**{"from": "?", "sender": "jill@mail.example"}))

    message = Message.objects.get()
    assert (message.from_address, message.from_name) == ("", "?")
    assert message.headers["Sender"] == "jill@mail.example"


def test_an_answer_joins_the_thread_of_the_mail_that_it_answers(mailgun, sent):
    remote_id = sent.deliveries.get().remote_id

    post_form(mailgun, incoming(**{"In-Reply-To": f"<{sent.xuid}@mail.example>"}))
    post_form(
        mailgun,
        incoming(again="token-0002", **{"Message-Id": "<2@x>", "In-Reply-To": f"<{remote_id}>"}),
    )

    arrived = Message.objects.filter(direction="IN")
    assert {message.thread for message in arrived} == {sent.thread}
    assert arrived.count() == 2


def test_a_box_gets_mail_at_an_address_that_it_lists(mailgun, john, jill, account):
    Box.objects.filter(pk=jill.pk).update(sender_addresses=["desk@praktijk.example"])

    post_form(mailgun, incoming(recipient="Desk@praktijk.example"))

    assert Message.objects.get().box == jill


def test_an_account_of_a_box_takes_mail_for_that_box(mailgun, john, jill, account):
    Account.objects.update(box=jill)

    post_form(mailgun, incoming(recipient="anybody@mg.example"))

    assert Message.objects.get().box == jill


@pytest.mark.parametrize("recipient", ["nobody@mail.example", "john@elsewhere.example", "", "?"])
def test_a_mail_for_no_box_of_ours_is_refused_and_logged(mailgun, john, account, recipient):
    answer = post_form(mailgun, incoming(recipient=recipient))

    assert (answer.status_code, answer.content) == (406, b"false")
    assert not Message.objects.exists()
    assert LogEntry.objects.filter(outcome="recipient_unknown").exists()


def test_a_closed_box_gets_nothing(mailgun, john, account):
    Box.objects.update(state="closed")

    assert post_form(mailgun, incoming()).status_code == 406


def test_whatever_a_stranger_wrote_is_kept(mailgun, john, account):
    odd = {"from": 'x" <y', "subject": "s" * 1200, "To": "undisclosed-recipients:;"}

    answer = post_form(mailgun, incoming(**odd, **{"stripped-text": "a\0b"}))

    message = Message.objects.get()
    assert answer.content == b"true"
    assert (message.from_name, message.headers["Subject"]) == ('x" <y', "s" * 1200)
    assert message.from_address == "a.meier@example.org"
    assert message.body().decode() == "a\ufffdb"


@pytest.mark.parametrize("names", ["wire", "members"])
def test_a_mail_comes_in_as_json_too(mailgun, john, account, names):
    text = {"wire": "stripped-text", "members": "Text"}[names]
    body = {"Recipient": "john@mail.example", "From": "a@b.example", text: "Dag", **signed()}

    answer = mailgun.post("/json/reply/ReceiveMail", body)

    assert answer.content == b"true"
    assert Message.objects.get().body() == b"Dag"


def test_an_incoming_mail_can_be_answered(mailgun, john, account):
    post_form(mailgun, incoming())
    arrived = Message.objects.get()

    Message.objects.post(
        john, envelope_to(arrived.from_address, in_reply_to=arrived.xuid, sender=Address("john"))
    )

    assert Delivery.objects.get().message.thread == arrived.thread
