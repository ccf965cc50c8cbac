"""From a posted message to ZorgMail, through the dispatcher."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from boxes.envelope import Address, Attachment
from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.zorgmail import PROCESSING, fault
from tests.transports.faults import DOUBT, FAULTS
from tests.transports.worker import after_the_pause, run_worker
from tests.transports.zorgmail.conftest import JILL, JOHN
from tests.transports.zorgmail.documents import EDIFACT, MEDLAB, medlab, twice
from transports.email.marks import mark_of
from transports.models import Account
from transports.zorgmail.outgoing import Unsendable, document_of

# A short call is out before a line that was opened is lost.
HERE = [
    replace(fault, status=DOUBT, words="may have") if fault.stage == "connect" else fault
    for fault in FAULTS
]
OWN, THERE = f"{JOHN}@lms.lifeline.nl", f"{JILL}@lms.lifeline.nl"


def reload(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_a_text_goes_as_a_document_under_its_own_identifier(john, johns, zorgmail):
    message = Message.objects.post(john, envelope_to(THERE, subject="Overleg"))

    run_worker()

    [sent] = zorgmail.received
    assert (sent.operation, sent.sender, sent.recipient) == ("Send", OWN, THERE)
    assert (sent.content_type, sent.content) == ("text/plain", b"Beste collega")
    assert sent.message_id == f"<{message.xuid}.1@lms.lifeline.nl>"
    assert reload(message).status == Message.Status.SENT
    assert message.deliveries.get().remote_id == sent.message_id


@pytest.mark.parametrize("declared", [MEDLAB, "text/xml", "application/octet-stream"])
def test_edi_xml_goes_to_the_processing_address(john, johns, zorgmail, declared):
    content = medlab(JILL)
    message = Message.objects.post(john, envelope_to(THERE, content=content, content_type=declared))

    run_worker()

    [sent] = zorgmail.received
    assert (sent.operation, sent.recipient) == ("Send", PROCESSING)
    assert (sent.content_type, sent.content) == ("text/xml", content)
    assert reload(message).status == Message.Status.SENT
    assert len(zorgmail.mailboxes[JILL]) == 1


def test_edi_xml_that_was_called_text_goes_to_the_receivers_mail(john, johns, zorgmail):
    Message.objects.post(john, envelope_to(THERE, content=medlab(JILL)))

    run_worker()

    [sent] = zorgmail.received
    assert (sent.recipient, sent.content_type) == (THERE, "text/plain")


def test_edifact_goes_to_its_receiver_as_what_it_is(john, johns, zorgmail):
    Message.objects.post(
        john, envelope_to(THERE, content=EDIFACT, content_type="application/edifact")
    )

    run_worker()

    [sent] = zorgmail.received
    assert (sent.operation, sent.recipient) == ("Send", THERE)
    assert (sent.content_type, sent.content) == ("application/edifact", EDIFACT)


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (medlab("500033333"), {}, "is for 500033333 inside, and for 500022222"),
        (medlab(""), {}, "does not say for whom"),
        (twice(JILL, "500033333"), {}, "names 2 receivers"),
        (twice("500033333", JILL), {}, "names 2 receivers"),
        (twice(JILL, JILL), {}, "names 2 receivers"),
        (twice(JILL, "500033333", "Envelope.RecipientIdentifier"), {}, "names 2 receivers"),
        (twice(JILL, "500033333", "e:envelope.recipientidentifier"), {}, "names 2 receivers"),
        (medlab("5000<a/>33333"), {}, "is for 500033333 inside"),
        (medlab("5000<!-- -->33333"), {}, "is for 500033333 inside"),
        (b"<MEDLAB_1>", {}, "not well-formed"),
        (b"<!DOCTYPE MEDLAB_1><MEDLAB_1/>", {}, "document type"),
        (medlab(JILL), {"headers": {"a": "b"}}, "carries no headers"),
        (medlab(JILL), {"attachments": (Attachment("a", "a/b", b""),)}, "carries no attachments"),
    ],
)
def test_edi_that_would_go_astray_or_lose_something_is_refused(
    john, johns, zorgmail, content, fields, words
):
    envelope = envelope_to(THERE, content=content, content_type=MEDLAB, **fields)
    message = Message.objects.post(john, envelope)

    run_worker()

    assert words in message.deliveries.get().error
    assert reload(message).status == Message.Status.ERROR
    assert not zorgmail.requests


def test_what_has_more_to_it_goes_as_a_mail(john, johns, zorgmail):
    message = Message.objects.post(
        john,
        envelope_to(
            THERE,
            "500033333@lms.lifeline.nl",
            cc=(Address("500044444@lms.lifeline.nl", "Lab"),),
            headers={"lab number": "12"},
            attachments=(Attachment("scan.pdf", "application/pdf", b"%PDF-1"),),
        ),
    )

    run_worker()

    assert {item.recipient for item in zorgmail.received} == {
        THERE,
        "500033333@lms.lifeline.nl",
        "500044444@lms.lifeline.nl",
    }
    sent = zorgmail.received[0]
    mail = message_from_bytes(sent.content, policy=policy.default)
    assert sent.operation == "SendRfc822"
    assert mail["From"] == f"John Johnson <{OWN}>"
    assert mail["Message-ID"] == f"<{message.xuid}.1@lms.lifeline.nl>"
    assert mail["Cc"] == "Lab <500044444@lms.lifeline.nl>"
    assert mail["X-MessageBox-Header-lab%20number"] == "12"
    [scan] = mail.iter_attachments()
    assert scan.get_content() == b"%PDF-1"


def test_a_file_goes_as_a_mail_with_the_file(john, johns, zorgmail):
    Message.objects.post(
        john, envelope_to(THERE, content=b"%PDF-1", content_type="application/pdf")
    )

    run_worker()

    [sent] = zorgmail.received
    assert sent.operation == "SendRfc822"
    assert message_from_bytes(sent.content, policy=policy.default).get_content() == b"%PDF-1"


@pytest.mark.parametrize(
    "head",
    [
        b"From: 500099999@lms.lifeline.nl\r\n",
        b"To: 500033333@lms.lifeline.nl\r\n",
        b"Cc: 500033333@lms.lifeline.nl\r\nBcc: 500044444@lms.lifeline.nl\r\n",
        b"Sender: a@b.example\r\nResent-To: a@b.example\r\nReply-To: a@b.example\r\n",
    ],
)
def test_a_mail_goes_as_a_file_in_a_mail_of_our_own(john, johns, zorgmail, head):
    content = head + b"Subject: x\r\n\r\nDag\r\n"
    message = Message.objects.post(
        john, envelope_to(THERE, content=content, content_type="message/rfc822")
    )

    run_worker()

    [sent] = zorgmail.received
    mail = message_from_bytes(sent.content, policy=policy.default)
    assert (sent.operation, sent.sender, sent.recipient) == ("SendRfc822", OWN, THERE)
    assert (mail["From"], mail["To"]) == (f"John Johnson <{OWN}>", THERE)
    assert {"Cc", "Bcc", "Sender", "Resent-To", "Reply-To"}.isdisjoint(mail.keys())
    assert mail["X-MessageBox-Xuid"] == mark_of(message.xuid, 1)
    [enclosed] = mail.iter_attachments()
    assert content.strip() in sent.content
    assert (enclosed.get_content_type(), enclosed.get_filename()) == (
        "message/rfc822",
        "message.eml",
    )


def test_a_box_without_an_account_cannot_reach_zorgmail_and_nothing_else_is_tried(
    john, zorgmail, settings
):
    settings.MAIL_DOMAIN = "mail.example"
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.transport) == ("failed", "zorgmail")
    assert "The box john has no ZorgMail account" in delivery.error


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("account_id", "12345", "eight or nine digits"),
        ("account_id", "", "“praktijk” is no account number"),
        ("url", "http://zorgmail.example/", "https only"),
        ("url", "nonsense", "no web address"),
        ("sealed_password", b"\x01\x01xnothing", "can no longer be read"),
    ],
)
def test_an_account_that_cannot_work_waits_for_the_administrator(
    john, johns, zorgmail, column, value, words
):
    Account.objects.update(**{column: value})
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, words in delivery.error) == ("queued", True), delivery.error
    assert "the ZorgMail account of box john" in delivery.error
    assert not zorgmail.received


def test_a_full_width_address_reaches_the_same_account(john, johns, zorgmail):
    Message.objects.post(john, envelope_to(f"{JILL}@ｌｍｓ.lifeline.nl"))

    run_worker()

    assert zorgmail.received[0].recipient == THERE


@pytest.mark.parametrize("fault", HERE, ids=str)
def test_each_fault_ends_as_it_should(john, johns, zorgmail, settings, fault):
    fault.arrange(zorgmail, settings)
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    fault.check(message.deliveries.get())


def test_a_refusal_for_good_fails_with_the_services_words(john, johns, zorgmail):
    zorgmail.say("Send", fault("SOAP-ENV:Client", "Unknown recipient"))
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    assert message.deliveries.get().error == "ZorgMail refuses the message: “Unknown recipient”."
    assert reload(message).status == Message.Status.ERROR


def test_what_was_refused_for_now_goes_later_under_the_same_identifier(john, johns, zorgmail):
    zorgmail.say("Send", fault("SOAP-ENV:Server", "Store is full"))
    message = Message.objects.post(john, envelope_to(THERE))
    run_worker()
    waiting = message.deliveries.get().error
    zorgmail.heal()
    after_the_pause()

    run_worker()

    assert "Store is full" in waiting
    assert [item.message_id for item in zorgmail.received] == [
        f"<{message.xuid}.1@lms.lifeline.nl>"
    ]
    assert reload(message).status == Message.Status.SENT


def test_one_that_is_refused_spoils_no_other(john, johns, zorgmail):
    envelope = envelope_to(
        THERE, "500033333@lms.lifeline.nl", content=medlab(JILL), content_type=MEDLAB
    )
    message = Message.objects.post(john, envelope)

    run_worker()

    assert [item.status for item in message.deliveries.order_by("n")] == ["sent", "failed"]
    assert len(zorgmail.received) == 1


@pytest.mark.wide
@pytest.mark.timeout(400)
def test_a_thousand_recipients_get_one_each(john, johns, zorgmail, settings, authority):
    settings.ROADS_CA_FILE = str(authority.ca_file)  # one, where the system has hundreds
    many = [f"{500100000 + n}@lms.lifeline.nl" for n in range(1000)]
    message = Message.objects.post(john, envelope_to(*many))

    while message.deliveries.filter(status="queued").exists():
        run_worker()

    assert sorted(item.recipient for item in zorgmail.received) == many
    assert message.deliveries.values("remote_id").distinct().count() == 1000
    assert reload(message).status == Message.Status.SENT


@examples(max_examples=200)
@given(
    content=st.one_of(st.binary(max_size=80), st.just(medlab(JILL)), st.just(EDIFACT)),
    kind=st.sampled_from([MEDLAB, "text/xml", "text/plain", "message/rfc822", "a/b", ""]),
    subject=st.text(max_size=80),
)
def test_every_envelope_becomes_a_document_or_a_mail_or_is_refused_with_a_sentence(
    content, kind, subject
):
    envelope = envelope_to(THERE, content=content, content_type=kind, subject=subject)
    document, said = None, "."
    try:
        document = document_of(envelope, THERE, "<1.1@a.example>")
    except Unsendable as error:
        said = str(error)

    assert said.endswith(".")
    assert document is None or document.content == content
