"""E-zorg out by SMTP and in by IMAP, by the box's own account and by nothing else."""

import pytest

from boxes.envelope import Attachment
from boxes.models import Box, Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.imap import FakeImap
from tests.fakes.smtp import CUT, STALL, FakeSmtp
from tests.transports.email.bounces import dsn, returned_by_its_server
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from transports.base import Refused
from transports.ezorg.transport import EzorgTransport
from transports.models import Account

OWN, THERE = "praktijk.linde@ezorg.nl", "lab@ezorg.nl"


@pytest.fixture
def server(start_smtp) -> FakeSmtp:
    return start_smtp(logins={OWN: "geheim"})


@pytest.fixture
def imap():
    with FakeImap(logins={OWN: "geheim"}) as fake:
        yield fake


@pytest.fixture(autouse=True)
def mail_settings(settings, smtp):
    """Ordinary mail has a server too, which nothing of E-zorg may reach."""
    settings.MAIL_DOMAIN = "mail.example"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT, settings.EMAIL_CONNECT_TIMEOUT = 30, 10


def account_of(box: Box, server: FakeSmtp, imap: FakeImap, **fields) -> Account:
    values = {
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "username": OWN,
        "incoming_mode": "own",
        "incoming_port": imap.port,
        "incoming_security": "none",
        **fields,
    }
    account = Account(box=box, transport="ezorg", **values)
    account.password = "geheim"
    account.save()
    return account


@pytest.fixture
def johns(john, server, imap) -> Account:
    return account_of(john, server, imap)


def reload(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_a_message_leaves_by_the_account_under_its_own_address(john, johns, server, smtp):
    message = Message.objects.post(
        john,
        envelope_to(THERE, attachments=(Attachment("scan.pdf", "application/pdf", b"%PDF-1"),)),
    )

    run_worker()

    [mail] = server.received
    assert (mail.mail_from, mail.rcpt_tos, mail.login) == (OWN, [THERE], OWN)
    assert mail.message["From"] == f"John Johnson <{OWN}>"
    assert mail.message["Message-ID"] == f"<{message.xuid}@ezorg.nl>"
    assert [part.get_filename() for part in mail.message.iter_attachments()] == ["scan.pdf"]
    assert reload(message).status == Message.Status.SENT
    assert message.deliveries.get().transport == "ezorg"
    assert not smtp.connections


def test_an_address_beside_the_user_name_is_the_sender(john, server, imap):
    server.logins["5012"] = "geheim"
    account_of(john, server, imap, username="5012", account_id="els@ezorg.nl")
    Message.objects.post(john, envelope_to(THERE))

    run_worker()

    assert (server.received[0].mail_from, server.received[0].login) == ("els@ezorg.nl", "5012")


@pytest.mark.parametrize("address", ["lab@ezorg.nl", "LAB@EZORG.NL", "lab@ｅｚｏｒｇ.nl"])
def test_a_box_without_an_account_cannot_reach_it_and_nothing_else_is_tried(john, smtp, address):
    message = Message.objects.post(john, envelope_to(address))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.transport) == ("failed", "ezorg")
    assert "The box john has no E-zorg account" in delivery.error
    assert delivery.error == EzorgTransport().hindrance(address, john)
    assert not smtp.connections


def test_a_disguised_domain_leads_to_the_same_host(john, johns, server):
    Message.objects.post(john, envelope_to("lab@ｅｚｏｒｇ.nl"))

    run_worker()

    assert server.received[0].rcpt_tos == [THERE]


def test_it_is_encrypted_whatever_the_installation_allows_for_other_mail(
    john, johns, server, settings
):
    settings.EMAIL_REQUIRE_TLS = False
    Account.objects.update(host="mail.ezorg.invalid")
    account = Account.objects.get()

    prepared = EzorgTransport().prepare(
        Message.objects.post(john, envelope_to(THERE)).deliveries.get()
    )

    assert prepared.server.effective_security == "starttls"
    assert EzorgTransport()._incoming(account).effective_security == "starttls"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("username", "5012", "“5012” is no address that mail can come from"),
        ("sealed_password", b"\x01\x01xnothing", "can no longer be read"),
    ],
)
def test_an_account_that_cannot_work_waits_for_the_administrator(
    john, johns, server, column, value, words
):
    Account.objects.update(**{column: value})
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, words in delivery.error) == ("queued", True), delivery.error
    assert "the E-zorg account of box john" in delivery.error
    assert not server.connections


@pytest.mark.parametrize(
    ("stage", "says", "status", "words"),
    [
        ("greeting", CUT, "queued", "failed"),
        ("auth", "535 5.7.8 Wrong", "queued", "the E-zorg account of box john"),
        ("rcpt", "450 4.2.1 Busy", "queued", "450 4.2.1 Busy"),
        ("rcpt", "550 5.1.1 No such user", "failed", "550 5.1.1 No such user"),
        ("data", STALL, "queued", "did not answer in time"),
        ("body", CUT, "uncertain", "may have arrived"),
        ("body", STALL, "uncertain", "may have arrived"),
        ("body", b"25", "uncertain", "may have arrived"),
    ],
)
def test_each_fault_ends_as_it_should(john, johns, server, settings, stage, says, status, words):
    if says == STALL:
        settings.EMAIL_TIMEOUT = 1
    server.fail(stage, says, then=CUT if isinstance(says, bytes) else "")
    message = Message.objects.post(john, envelope_to(THERE))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, words in delivery.error) == (status, True), delivery.error


def test_one_that_is_refused_spoils_no_other_and_goes_later(john, johns, server):
    server.refuse(THERE, "450 4.2.1 Busy")
    message = Message.objects.post(john, envelope_to(THERE, "apotheek@ezorg.nl"))
    run_worker()
    server.heal()
    after_the_pause()

    run_worker()

    assert [mail.rcpt_tos for mail in server.received] == [["apotheek@ezorg.nl"], [THERE]]
    assert reload(message).status == Message.Status.SENT


def test_what_comes_in_is_collected_into_the_box(john, johns, imap):
    edifact = b"UNB+UNOC:1+1+2+260205:1430+7'UNH+1+MEDLAB:1'UNT+2+1'"
    imap.put(OWN, b"From: lab@ezorg.nl\r\nSubject: MEDLAB\r\n\r\n" + edifact)

    run_sweep()

    message = Message.objects.in_box(john).get()
    assert (message.content_type, message.body()) == ("application/edifact", edifact)
    assert (message.source, message.from_address) == ("ezorg", "lab@ezorg.nl")
    assert message.to == [{"displayName": "", "address": OWN}]
    assert imap.mailboxes[OWN] == []


def test_a_mail_of_e_zorg_cannot_pose_as_one_of_our_boxes(john, johns, imap):
    imap.put(OWN, b"From: Jill <jill@mail.example>\r\nSubject: Overleg\r\n\r\nDag")

    run_sweep()

    message = Message.objects.in_box(john).get()
    assert (message.from_address, message.from_name) == ("", "Jill (jill@mail.example)")
    assert message.through == "E-zorg, sender not verified"


def test_a_bounce_moves_the_delivery_that_it_is_about(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(THERE))
    run_worker()
    imap.put(OWN, returned_by_its_server(sent, 1, THERE))

    run_sweep()

    assert sent.deliveries.get().status == "undelivered"
    assert reload(sent).status == Message.Status.ERROR


def test_a_notice_without_our_mark_moves_nothing(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(THERE))
    run_worker()
    imap.put(OWN, dsn(f"<{sent.xuid}@ezorg.nl>", THERE, action="delivered"))

    run_sweep()

    assert sent.deliveries.get().status == "sent"


def test_a_bounce_of_e_mail_moves_nothing_of_e_zorg(john, johns, imap):
    sent = Message.objects.post(john, envelope_to("jill@example.org"))
    run_worker()
    imap.put(OWN, returned_by_its_server(sent, 1, "jill@example.org"))

    run_sweep()

    assert sent.deliveries.get().status == "sent"


def test_the_test_of_an_account_tries_both_its_doors(johns, server, imap):
    said = EzorgTransport().try_account(johns)

    assert said == (
        f"The mail server localhost:{server.port} let us in. "
        f"In its mailbox at localhost:{imap.port} 0 mails wait."
    )
    assert not server.received


@pytest.mark.parametrize("mode", ["off", "own"])
def test_a_mailbox_is_tried_only_where_it_is_collected_from(johns, imap, mode):
    johns.incoming_mode = mode
    imap.fail("login", "NO Wrong")

    if mode == "off":
        assert "mailbox" not in EzorgTransport().try_account(johns)
    else:
        with pytest.raises(Refused, match="refused our login"):
            EzorgTransport().try_account(johns)


def test_a_partner_is_tried_by_the_boxs_own_account(john, johns, jill):
    assert "let us in" in EzorgTransport().try_partner(THERE, john)
    with pytest.raises(Refused, match="The box jill has no E-zorg account"):
        EzorgTransport().try_partner(THERE, jill)
