"""From a mailbox into a box: everything, once; and what a bounce does to its delivery."""

import itertools

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from boxes.envelope import Address
from boxes.models import Box, Message
from tests.boxes.envelopes import envelope_to
from tests.fakes import dovecot
from tests.fakes.imap import CUT, FakeImap
from tests.transports.email.bounces import dsn, returned_by_its_server
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from transports.base import Refused
from transports.email.collecting import store
from transports.email.marks import mark_of
from transports.email.transport import EmailTransport
from transports.models import Account, Collected

LETTER = (
    b"From: Piet <piet@example.org>\r\nSubject: Overleg\r\nMessage-ID: <1@e.example>\r\n\r\nDag"
)
JILL, BOB, MALLORY = "jill@example.org", "bob@example.org", "mallory@evil.example"
NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def mail_settings(settings, smtp):
    settings.MAIL_DOMAIN = "mail.example"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT, settings.EMAIL_CONNECT_TIMEOUT = 30, 10


@pytest.fixture
def imap():
    with FakeImap() as fake:
        yield fake


def account_of(box: Box, server, smtp, mode: str = "own", **fields) -> Account:
    account = Account(
        box=box,
        transport="email",
        host="localhost",
        port=smtp.port,
        security="none",
        incoming_mode=mode,
        incoming_host="localhost",
        incoming_port=server.port,
        incoming_security="none",
        **fields,
    )
    account.save()
    return account


@pytest.fixture
def johns(john, imap, smtp) -> Account:
    return account_of(john, imap, smtp)


def collect(account: Account) -> int:
    return EmailTransport().collect(Account.objects.get(pk=account.pk))


def received(box: Box) -> list[Message]:
    return list(Message.objects.in_box(box).filter(direction="IN").order_by("id"))


def kind(message: Message) -> str:
    return message.properties.get(name="mail").value


def statuses(message: Message) -> list[str]:
    return [item.status for item in message.deliveries.order_by("n")]


def test_a_mail_comes_into_the_box_with_its_original_and_leaves_the_mailbox(john, johns, imap):
    imap.put("", LETTER)

    new = collect(johns)

    [message] = received(john)
    assert (new, imap.mailboxes[""]) == (1, [])
    assert (message.subject, message.body()) == ("Overleg", b"Dag")
    assert (message.from_address, message.envelope_id) == ("piet@example.org", "<1@e.example>")
    assert message.to == [{"displayName": "", "address": "john@mail.example"}]
    assert (message.source, message.headers["Subject"]) == ("email", "Overleg")
    [original] = message.attachments.all()
    assert (original.filename, original.body()) == ("original.eml", LETTER)
    assert not message.properties.exists()


def test_the_sweep_collects(john, johns, imap):
    imap.put("", LETTER)

    run_sweep()

    assert len(received(john)) == 1
    assert Account.objects.get().collected_at


def test_a_shadow_takes_copies_once_and_changes_nothing(john, imap, smtp):
    account = account_of(john, imap, smtp, mode="shadow")
    imap.put("", LETTER)

    first, second = collect(account), collect(account)

    assert (first, second, len(received(john))) == (1, 0, 1)
    assert imap.mailboxes[""][0].flags == set()
    assert imap.commands.count("FETCH 1 (UID BODY.PEEK[])") == 1


def test_a_shadow_that_becomes_ours_removes_what_it_had_taken(john, imap, smtp):
    account = account_of(john, imap, smtp, mode="shadow")
    imap.put("", LETTER)
    collect(account)
    Account.objects.update(incoming_mode="own")

    new = collect(account)

    assert (new, imap.mailboxes[""], len(received(john))) == (0, [], 1)


def test_a_server_that_numbers_anew_doubles_nothing(john, imap, smtp):
    account = account_of(john, imap, smtp, mode="shadow")
    imap.put("", LETTER)
    imap.put("", LETTER.replace(b"<1@", b"<2@"))
    collect(account)
    imap.renumber()

    new = collect(account)

    assert (new, len(received(john))) == (0, 2)
    assert Collected.objects.filter(unique_id__startswith="8.").count() == 2


@pytest.mark.parametrize("stage", ["store", "expunge"])
def test_a_crash_between_storing_and_removing_doubles_nothing(john, johns, imap, stage):
    imap.put("", LETTER)
    imap.fail(stage, CUT)
    with pytest.raises(Refused):
        collect(johns)
    imap.heal()

    new = collect(johns)

    assert (new, len(received(john)), imap.mailboxes[""]) == (0, 1, [])


def test_what_somebody_else_marked_as_deleted_is_left_alone(john, johns, imap):
    imap.put("", LETTER)
    imap.mailboxes[""][0].flags.add("\\Deleted")

    new = collect(johns)

    assert (new, received(john), len(imap.mailboxes[""])) == (0, [], 1)


def test_on_a_server_without_uidplus_nothing_comes_twice(john, smtp):
    with FakeImap(extensions=()) as imap:
        account = account_of(john, imap, smtp)
        imap.put("", LETTER)

        first, second = collect(account), collect(account)

        assert (first, second, imap.mailboxes[""][0].flags) == (1, 0, {"\\Deleted"})
        assert imap.commands.count("STORE 1 +FLAGS.SILENT (\\Deleted)") == 1


def test_one_that_is_too_large_stays_and_stops_no_other(john, johns, imap, settings):
    settings.MAX_CONTENT_BYTES = 1024
    large = imap.put("", LETTER + b"x" * 2_000_000)
    imap.put("", LETTER)

    with pytest.raises(Refused, match=r"1 of 2 were left there\. A mail of 1\.9 MiB is larger"):
        collect(johns)

    assert [mail.uid for mail in imap.mailboxes[""]] == [large]
    assert len(received(john)) == 1


def test_a_server_that_is_lost_is_said_and_asked_again(john, johns, imap):
    imap.put("", LETTER)
    imap.fail("body", CUT)
    run_sweep()
    told = Account.objects.get().collect_error
    imap.heal()
    after_the_pause()

    run_sweep()

    assert "the e-mail account of box john" in told
    assert Account.objects.get().collect_error == ""
    assert len(received(john)) == 1


def test_an_answer_stands_in_the_thread_of_what_it_answers(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    imap.put("", f"In-Reply-To: <{sent.xuid}@mail.example>\r\n\r\nDank".encode())

    collect(johns)

    [message] = received(john)
    assert (message.in_reply_to, message.thread) == (sent.xuid, sent.thread)


def test_a_bounce_moves_the_delivery_that_it_is_about_and_stands_in_its_thread(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL, "bob@example.org"))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, "JILL@example.org"))

    collect(johns)

    jills, bobs = sent.deliveries.order_by("n")
    [message] = received(john)
    assert (jills.status, bobs.status) == ("undelivered", "sent")
    assert "550 5.1.1 No such user here" in jills.error
    assert Message.objects.get(pk=sent.pk).status == Message.Status.ERROR
    assert (kind(message), message.thread) == ("bounce", sent.thread)


def test_a_full_mailbox_may_be_tried_again(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL, BOB))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, JILL, status="4.2.2"))
    imap.put("", returned_by_its_server(sent, 2, BOB, status="5.1.1"))

    collect(johns)

    assert [item.for_good for item in sent.deliveries.order_by("n")] == [False, True]


def test_a_notice_of_arrival_moves_the_delivery_to_delivered(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, JILL, action="delivered", status="2.0.0"))

    collect(johns)

    assert sent.deliveries.get().status == "delivered"


def test_a_notice_of_delay_moves_nothing(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, JILL, action="delayed", status="4.4.1"))

    collect(johns)

    assert sent.deliveries.get().status == "sent"
    assert len(received(john)) == 1


def test_a_bounce_of_a_forwarded_mail_is_of_the_one_whose_mail_it_returns(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL, BOB))
    run_worker()
    imap.put("", returned_by_its_server(sent, 2, "bob@elsewhere.example"))

    collect(johns)

    assert statuses(sent) == ["sent", "undelivered"]


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_the_mail_that_left_is_known_when_it_comes_back(john, johns, imap, smtp, returned):
    sent = Message.objects.post(john, envelope_to(JILL, BOB))
    run_worker()
    bobs = next(mail.content for mail in smtp.received if mail.rcpt_tos == [BOB])
    head, _, _ = bobs.partition(b"\r\n\r\n")
    notice = dsn("<1@x.example>", BOB, returned=returned)
    imap.put("", notice.replace(b"Message-ID: <1@x.example>\r\nSubject: Overleg", head))

    collect(johns)

    assert statuses(sent) == ["sent", "undelivered"]


@pytest.mark.parametrize(("action", "status"), [("failed", "5.1.1"), ("delivered", "2.0.0")])
@pytest.mark.parametrize("mark", ["none", "the xuid", "their own", "made up", "of another message"])
def test_a_recipient_cannot_tell_what_became_of_anothers_mail(
    john, johns, imap, action, status, mark
):
    earlier = Message.objects.post(john, envelope_to(MALLORY, BOB))
    sent = Message.objects.post(john, envelope_to(MALLORY, BOB))
    run_worker()
    forged = {
        "none": "",
        "the xuid": f"{sent.xuid}.2",
        "their own": mark_of(sent.xuid, 1).replace(".1.", ".2."),
        "made up": f"{sent.xuid}.2.{'0' * 32}",
        "of another message": mark_of(earlier.xuid, 2).replace(earlier.xuid, sent.xuid),
    }
    about = f"<{sent.xuid}@mail.example>"
    notice = dsn(about, BOB, action=action, status=status, mark=forged[mark])
    imap.put("", f"In-Reply-To: {about}\r\nReferences: {about}\r\n".encode() + notice)

    collect(johns)

    [message] = received(john)
    assert statuses(sent) == ["sent", "sent"]
    assert (kind(message), message.thread) == ("bounce", sent.thread)


def test_a_recipient_with_a_mark_of_their_own_moves_their_own_mail_alone(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(MALLORY, BOB))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, BOB))

    collect(johns)

    assert statuses(sent) == ["undelivered", "sent"]


def test_a_mail_to_one_is_not_moved_by_a_notice_that_only_refers_to_it(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    imap.put("", dsn(f"<{sent.xuid}@mail.example>", JILL))

    collect(johns)

    assert statuses(sent) == ["sent"]
    assert kind(received(john)[0]) == "bounce"


def test_the_words_of_a_notice_stay_short_and_within_their_quotation(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    said = {"reason": "550 No”. Call 0900-1234. “" + "x" * 500, "server": "a. Call 0900-1234"}
    imap.put("", returned_by_its_server(sent, 1, JILL, **said))

    collect(johns)

    error = sent.deliveries.get().error
    assert error.startswith('The mail was returned: “5.1.1 550 No". Call 0900-1234. "xxx')
    assert (error.count("”"), len(error) < 240) == (1, True)


def test_a_bounce_in_another_box_moves_nothing(john, jill, imap, smtp):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    imap.put("", returned_by_its_server(sent, 1, JILL))

    collect(account_of(jill, imap, smtp))

    assert sent.deliveries.get().status == "sent"
    assert len(received(jill)) == 1


def test_an_automatic_answer_is_marked_and_moves_nothing(john, johns, imap):
    sent = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    reference = f"<{sent.xuid}@mail.example>"
    imap.put("", f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {reference}\r\n\r\nWeg".encode())

    collect(johns)

    assert kind(received(john)[0]) == "auto-reply"
    assert sent.deliveries.get().status == "sent"


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("John <john@mail.example>", "John (john@mail.example)"),
        ("jill@mail.example", "jill@mail.example"),
        ("John <john@MAIL.Example>", "John (john@MAIL.Example)"),
        ("John <john@mail.example.>", "John (john@mail.example.)"),
        ("=?utf-8?q?John?= <john@=?utf-8?b?772NYWlsLmV4YW1wbGU=?=>", "John (john@ｍail.example)"),
    ],
)
def test_a_mail_from_outside_cannot_pose_as_one_of_our_boxes(john, johns, imap, claim, name):
    imap.put("", f"From: {claim}\r\nSubject: Overleg\r\n\r\nDag".encode())

    collect(johns)

    [message] = received(john)
    assert (message.from_address, message.from_name) == ("", name)
    assert message.through == "e-mail, sender not verified"


def test_the_sender_header_cannot_pose_as_one_of_our_boxes_either(john, johns, imap):
    imap.put("", b"Sender: John <john@mail.example>\r\n\r\nDag")

    collect(johns)

    assert received(john)[0].from_address == ""


def test_an_address_of_ours_stays_readable_behind_a_long_name(john, johns, imap):
    imap.put("", f"From: {'J' * 400} <john@mail.example>\r\n\r\nDag".encode())

    collect(johns)

    name = received(john)[0].from_name
    assert (len(name) <= 255, name.endswith("… (john@mail.example)")) == (True, True)


@pytest.mark.parametrize("domain", ["mail.example.org", "sub.mail.example", "mail.examp1e"])
def test_a_sender_at_another_domain_is_kept_as_an_address(john, johns, imap, domain):
    imap.put("", f"From: John <john@{domain}>\r\n\r\nDag".encode())

    collect(johns)

    [message] = received(john)
    assert (message.from_address, message.through) == (f"john@{domain}", "")


def test_without_a_domain_of_ours_every_sender_is_another(john, johns, imap, settings):
    settings.MAIL_DOMAIN = ""
    imap.put("", LETTER)

    collect(johns)

    [message] = received(john)
    assert (message.from_address, message.through) == ("piet@example.org", "")


def test_a_mail_of_ours_that_comes_round_is_kept_once(john, johns, imap, smtp):
    Message.objects.post(john, envelope_to(JILL))
    run_worker()
    [mail] = smtp.received
    for passed in range(3):
        imap.put("", b"Received: from round %d\r\n" % passed + mail.content)

    new = collect(johns)

    [message] = received(john)
    assert (new, kind(message), imap.mailboxes[""]) == (1, "loop", [])


def test_another_mail_under_the_mark_of_ours_is_not_lost(john, johns, imap, smtp):
    Message.objects.post(john, envelope_to(JILL))
    run_worker()
    [mail] = smtp.received
    imap.put("", mail.content)
    imap.put("", mail.content.replace(b"Beste collega", b"Beste John, anders"))

    assert collect(johns) == 2


def test_a_mail_that_cannot_be_taken_apart_comes_whole(john, johns, imap):
    original = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1500
    imap.put("", original)

    collect(johns)

    [message] = received(john)
    assert (message.content_type, message.body()) == ("message/rfc822", original)


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(st.text(max_size=1100), min_size=6, max_size=6),
    body=st.binary(max_size=300),
)
def test_any_mail_can_be_kept(johns, words, body):
    number = next(NUMBERS)  # no two are the same mail
    names = ("From", "To", "Subject", "Message-ID", "In-Reply-To", "Content-Type")
    lines = [f"{name}: {word}" for name, word in zip(names, words, strict=True)]
    original = (
        "\r\n".join([*lines, f"X-Number: {number}", "", ""]).encode("utf-8", "replace") + body
    )

    assert store(johns, original, f"7.{number}", Address("john"))

    kept = Message.objects.latest("id").attachments.all()
    assert any(part.body() == original for part in kept) or not kept


def test_a_hundred_mails_come_in_one_round_and_not_again(john, johns, imap):
    for number in range(100):
        imap.put("", LETTER.replace(b"<1@", b"<%d@" % number))

    first, second = collect(johns), collect(johns)

    assert (first, second, len(received(john))) == (100, 0, 100)


def test_the_test_of_an_account_looks_into_the_mailbox(johns, imap, smtp):
    imap.put("", LETTER)

    said = EmailTransport().try_account(johns)

    assert said == (
        f"The mail server localhost:{smtp.port} let us in. "
        f"In its mailbox at localhost:{imap.port} 1 mail waits."
    )
    assert len(imap.mailboxes[""]) == 1 and not smtp.received


def test_an_account_may_be_for_collecting_only(john, imap, smtp):
    account = account_of(john, imap, smtp)
    Account.objects.update(host="")
    account.refresh_from_db()
    Message.objects.post(john, envelope_to(JILL))
    imap.put("", LETTER)

    run_worker()

    said = EmailTransport().try_account(account)
    assert said == f"In its mailbox at localhost:{imap.port} 1 mail waits."
    assert (collect(account), len(smtp.received)) == (1, 1)


def test_the_test_of_an_account_says_what_is_wrong_with_its_mailbox(johns, imap):
    imap.fail("login", "NO Wrong")

    with pytest.raises(Refused, match="refused our login: “Wrong”"):
        EmailTransport().try_account(johns)


def test_from_a_real_server(john, smtp, tmp_path):
    folder = tmp_path / "dovecot"
    folder.mkdir()
    with dovecot.Dovecot(folder) as server:
        account = account_of(john, server, smtp, mode="shadow", username="john")
        account.password = dovecot.PASSWORD
        account.save()
        server.put("john", LETTER)
        server.put("john", LETTER.replace(b"<1@", b"<2@"))

        shadow, again, kept = collect(account), collect(account), len(server.contents("john"))
        Account.objects.update(incoming_mode="own")
        own, left = collect(account), server.contents("john")

    assert (shadow, again, own) == (2, 0, 0)
    assert (kept, left, len(received(john))) == (2, [], 2)
