"""From a posted message to a mail on a real server, through the dispatcher."""

import pytest
from django.utils.timezone import now

from boxes.envelope import Address, Attachment
from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.smtp import CUT, STALL
from tests.transports.worker import after_the_pause, run_worker
from transports.email.transport import EmailTransport
from transports.models import Account

JILL, BOB = "jill@example.org", "bob@example.org"


@pytest.fixture(autouse=True)
def mail_settings(settings, smtp):
    settings.MAIL_DOMAIN = "mail.example"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT, settings.EMAIL_CONNECT_TIMEOUT = 30, 10


def reload(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_a_posted_message_arrives_as_mail(john, smtp):
    message = Message.objects.post(john, envelope_to(JILL, subject="Overleg"))

    run_worker()

    [mail] = smtp.received
    assert (mail.mail_from, mail.rcpt_tos) == ("john@mail.example", [JILL])
    assert mail.message["From"] == "John Johnson <john@mail.example>"
    assert mail.message["Subject"] == "Overleg"
    assert mail.message["Date"].datetime == message.dated_at.replace(microsecond=0)
    assert mail.message.get_content().strip() == "Beste collega"
    assert reload(message).status == Message.Status.SENT
    assert message.deliveries.get().remote_id == f"<{message.xuid}@mail.example>"
    assert mail.message["Message-ID"] == message.deliveries.get().remote_id


def test_attachments_and_large_content_arrive(john, smtp):
    scan = bytes(range(256)) * 8000
    message = Message.objects.post(
        john,
        envelope_to(
            JILL,
            content=scan,
            content_type="application/pdf",
            attachments=(Attachment("brief.txt", "text/plain", b"Dag"),),
        ),
    )

    run_worker()

    [mail] = smtp.received
    first, second = mail.message.iter_attachments()
    assert first.get_content() == scan
    assert second.get_filename() == "brief.txt"
    assert reload(message).status == Message.Status.SENT


def test_each_recipient_gets_a_mail_and_one_that_is_refused_spoils_no_other(john, smtp):
    smtp.refuse(JILL, "550 5.1.1 No such user")
    message = Message.objects.post(john, envelope_to(JILL, BOB))

    run_worker()
    smtp.heal()
    reload(message).resend()
    run_worker()

    assert [mail.rcpt_tos for mail in smtp.received] == [[BOB], [JILL]]
    assert {mail.message["To"] for mail in smtp.received} == {f"{JILL}, {BOB}"}
    assert {mail.message["Message-ID"] for mail in smtp.received} == {
        f"<{message.xuid}@mail.example>"
    }
    assert reload(message).status == Message.Status.SENT


def test_a_message_to_a_box_and_a_mail_address_takes_both_roads(john, jill, smtp):
    message = Message.objects.post(john, envelope_to("jill", BOB))

    run_worker()

    assert Message.objects.in_box(jill).count() == 1
    assert smtp.received[0].message["To"] == f"jill@mail.example, {BOB}"
    assert reload(message).status == Message.Status.SENT


def test_an_extra_recipient_is_seen_by_nobody(john, smtp):
    Message.objects.post(john, envelope_to(JILL), recipients=[Address("secret@example.org")])

    run_worker()

    assert [mail.rcpt_tos for mail in smtp.received] == [[JILL], ["secret@example.org"]]
    assert all(b"secret" not in mail.content for mail in smtp.received)


def test_a_refusal_for_good_ends_in_error_with_the_servers_words(john, smtp):
    smtp.refuse(JILL, "550 5.1.1 No such user")
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.attempts) == (Delivery.Status.FAILED, 1)
    assert "refuses the recipient of this mail: “550 5.1.1 No such user”" in delivery.error
    assert reload(message).status == Message.Status.ERROR


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        ("greeting", "421 4.3.2 Too busy"),
        ("rcpt", "450 4.2.1 Mailbox busy"),
        ("mail", STALL),
        ("data", CUT),
        ("body", "451 4.3.0 Scanner is down"),
    ],
)
def test_a_refusal_for_now_is_tried_again_and_arrives_once(john, smtp, settings, stage, fault):
    smtp.fail(stage, fault)
    message = Message.objects.post(john, envelope_to(JILL))

    settings.EMAIL_TIMEOUT = 1 if fault == STALL else 30
    run_worker()
    waiting = message.deliveries.get()
    settings.EMAIL_TIMEOUT = 30
    smtp.heal()
    run_worker()  # before its time: nothing happens
    early = list(smtp.received)
    after_the_pause()
    run_worker()

    assert (waiting.status, waiting.attempts) == (Delivery.Status.QUEUED, 1)
    assert waiting.due_at > now()
    assert f"localhost:{smtp.port}" in waiting.error
    assert early == []
    assert len(smtp.received) == 1
    assert message.deliveries.get().status == Delivery.Status.SENT
    assert reload(message).status == Message.Status.SENT


@pytest.mark.parametrize("fault", [STALL, CUT, "HTTP/1.1 400 Bad Request"])
def test_without_an_answer_to_the_whole_mail_nothing_is_sent_twice(john, smtp, settings, fault):
    settings.EMAIL_TIMEOUT = 3 if fault == STALL else 30
    smtp.fail("body", fault)
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()
    smtp.heal()
    after_the_pause()
    run_worker()

    assert len(smtp.received) == 1
    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.UNCERTAIN
    assert "it may have arrived" in delivery.error
    assert reload(message).status == Message.Status.ERROR


def test_a_doubt_is_settled_by_sending_the_same_mail_again(john, smtp):
    smtp.fail("body", CUT)
    message = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    smtp.heal()

    message.deliveries.get().send_again()
    run_worker()

    first, second = smtp.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert reload(message).status == Message.Status.SENT


def test_preparing_a_mail_touches_no_network(john, smtp):
    message = Message.objects.post(john, envelope_to(JILL))

    prepared = EmailTransport().prepare(message.deliveries.get())

    assert prepared.mail.recipient == JILL
    assert smtp.connections == 0


def test_without_a_sending_domain_email_is_off(john, smtp, settings):
    settings.MAIL_DOMAIN = ""
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.FAILED
    assert "E-mail is off here" in delivery.error
    assert "MAIL_DOMAIN" in delivery.error
    assert smtp.connections == 0


def test_a_sending_domain_that_is_none_waits_for_the_operator(john, smtp, settings):
    settings.MAIL_DOMAIN = "mail example"
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert "MAIL_DOMAIN is wrong" in delivery.error
    assert smtp.connections == 0


@pytest.mark.parametrize(
    "address",
    ["1234@lms.lifeline.nl", "1234@LMS.Lifeline.NL", "1234@ｌｍｓ.lifeline.nl", "7@ezorg。nl"],
)
def test_clinical_domains_never_fall_to_plain_mail_however_they_are_written(john, smtp, address):
    message = Message.objects.post(john, envelope_to(address))

    run_worker()

    assert message.deliveries.get().status == Delivery.Status.FAILED
    assert smtp.connections == 0


def test_an_address_that_is_none_fails_for_good_without_a_connection(john, smtp):
    message = Message.objects.post(john, envelope_to("jill jackson@example.org"))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.FAILED
    assert "“jill jackson@example.org” is not an e-mail address" in delivery.error
    assert smtp.connections == 0


def test_a_box_with_an_account_of_its_own_uses_that(
    john, jill, smtp, start_smtp, authority, settings
):
    own = start_smtp(security="tls", context=authority.context(), logins={"john": "geheim"})
    settings.EMAIL_CA_FILE = str(authority.ca_file)
    account = Account(
        box=john,
        transport="email",
        host="localhost",
        port=own.port,
        security="tls",
        username="john",
    )
    account.password = "geheim"
    account.save()
    Message.objects.post(john, envelope_to(BOB))
    Message.objects.post(jill, envelope_to(BOB))

    run_worker()

    assert [mail.mail_from for mail in own.received] == ["john@mail.example"]
    assert [mail.mail_from for mail in smtp.received] == ["jill@mail.example"]
    assert own.received[0].login == "john"


def test_a_refused_login_names_the_account_and_not_its_password(
    john, start_smtp, authority, settings
):
    own = start_smtp(security="starttls", context=authority.context(), logins={"john": "geheim"})
    settings.EMAIL_CA_FILE = str(authority.ca_file)
    account = Account(box=john, transport="email", host="localhost", port=own.port, username="john")
    account.password = "verkeerd"
    account.save()
    message = Message.objects.post(john, envelope_to(BOB))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert "Check the user name and password in the e-mail account of box john" in delivery.error
    assert "verkeerd" not in delivery.error


def test_a_password_whose_key_is_gone_waits_for_the_operator(john, smtp, settings):
    account = Account(box=None, transport="email", host="localhost", port=smtp.port)
    account.sealed_password = b"\x00no key made this"
    account.save()
    message = Message.objects.post(john, envelope_to(BOB))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert "Enter it again in the admin" in delivery.error
    assert smtp.connections == 0


@pytest.mark.parametrize("required", [True, False])
def test_to_another_host_mail_leaves_encrypted_unless_told_otherwise(
    john, smtp, settings, required
):
    settings.EMAIL_HOST = "127.1"  # by its name another host, and yet within reach
    settings.EMAIL_REQUIRE_TLS = required
    message = Message.objects.post(john, envelope_to(BOB))

    run_worker()

    delivery = message.deliveries.get()
    if required:
        assert delivery.status == Delivery.Status.QUEUED
        assert "offers no encryption, so nothing was sent" in delivery.error
        assert smtp.received == []
    else:
        assert delivery.status == Delivery.Status.SENT


@pytest.mark.parametrize("direction", ["out", "in"])
def test_an_answer_names_the_mail_that_it_answers(john, smtp, direction):
    if direction == "out":
        earlier = Message.objects.post(john, envelope_to(BOB, id="epd-1"))
        run_worker()
        wanted, reference = f"<{earlier.xuid}@mail.example>", "epd-1"
    else:
        wanted = "<abc.123@example.org>"
        earlier = Message.objects.receive(
            john, envelope_to("john", sender=Address(BOB), id=wanted), source="imap", remote_id="1"
        )
        reference = earlier.xuid

    Message.objects.post(john, envelope_to(BOB, in_reply_to=reference))
    run_worker()

    assert smtp.received[-1].message["In-Reply-To"] == wanted
