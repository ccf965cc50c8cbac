"""The client against a server on a real socket: what each failure is called, and what to mend."""

import time
import tracemalloc
from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from boxes.envelope import Address, Envelope
from boxes.sentence import told
from tests.fakes.raw_smtp import RawSmtp
from tests.fakes.smtp import CUT, STALL
from transports.email import client, mime
from transports.email.server import Server
from transports.wire.faults import Doubt, Fault

JOHN = Address("john@mail.example", "John Johnson")
JILL = "jill@example.org"


def letter(content: bytes = b"Dag Jill", recipient: str = JILL, **fields) -> mime.Mail:
    fields = {"content_type": "text/plain", "sent_at": datetime.now(UTC), **fields}
    envelope = Envelope(to=(Address(recipient),), content=content, **fields)
    return mime.build(envelope, xuid="xuid", sender=JOHN, recipient=recipient)


def server(smtp, **options) -> Server:
    options = {"security": "none", "timeout": 30, "connect_timeout": 10, **options}
    return Server("localhost", smtp.port, our_name="mail.example", **options)


def refusal(target: Server, mail: mime.Mail | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        client.send(target, mail or letter())
    return caught.value


# -- it arrives ----------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_written(smtp):
    mail = letter(b"Dag Jill\r\n.\r\n.en een punt\r\n")

    client.send(server(smtp), mail)

    [received] = smtp.received
    assert received.mail_from == "john@mail.example"
    assert received.rcpt_tos == [JILL]
    assert received.content == b"".join(mail.chunks())
    assert received.message.get_content().splitlines() == ["Dag Jill", ".", ".en een punt"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_logs_in_over_verified_tls(start_smtp, authority, security):
    smtp = start_smtp(security=security, context=authority.context(), logins={"jo": "hn"})

    client.send(
        server(smtp, security=security, username="jo", password="hn", ca_file=authority.ca_file),
        letter(),
    )

    [received] = smtp.received
    assert (received.encrypted, received.login) == (True, "jo")


def test_a_server_that_hangs_up_after_its_yes_has_taken_the_mail(smtp):
    smtp.fail("body", "250 2.0.0 Taken", then=CUT)

    client.send(server(smtp), letter())

    assert len(smtp.received) == 1


def test_a_server_that_knows_only_helo_is_served(smtp):
    with RawSmtp("220 old", "502 what?", "250 hi", "250 ok", "250 ok", "354 go", "250 ok") as old:
        client.send(server(old), letter())

    assert old.heard[:3] == [
        b"ehlo mail.example\r\n",
        b"helo mail.example\r\n",
        b"MAIL FROM:<john@mail.example>\r\n",
    ]
    assert old.taken == letter().size


def test_an_international_address_goes_to_a_server_that_carries_it(start_smtp):
    mail = letter(recipient="jürgen@exämple.org")
    smtp, old = start_smtp(), start_smtp(international=False)

    client.send(server(smtp), mail)
    fault = refusal(server(old), mail)

    [received] = smtp.received
    assert received.rcpt_tos == ["jürgen@xn--exmple-cua.org"]
    assert "SMTPUTF8" in received.options
    assert "\nTo: <jürgen@xn--exmple-cua.org>\r\n".encode() in received.content
    assert fault.permanent
    assert "letters outside ASCII" in str(fault)


# -- it certainly does not arrive ----------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "answer", "permanent", "sentence"),
    [
        ("greeting", "421 4.3.2 Too busy", False, "does not talk to us: “421 4.3.2 Too busy”"),
        ("greeting", "554 No service", False, "does not talk to us: “554 No service”"),
        ("ehlo", "421 4.3.2 Too busy", False, "does not talk to us: “421 4.3.2 Too busy”"),
        ("ehlo", "550 Who?", False, "does not talk to us: “550 Who?”"),
        ("mail", "451 4.7.1 Wait", False, "not take the sender of this mail now: “451 4.7.1 Wait”"),
        ("mail", "421 4.3.2 Bye", False, "not take the sender of this mail now: “421 4.3.2 Bye”"),
        ("mail", "550 5.7.1 No", True, "refuses the sender of this mail: “550 5.7.1 No”"),
        ("mail", "530 5.7.0 Log in", False, "asks for another login or encryption"),
        ("rcpt", "450 4.2.1 Busy", False, "the recipient of this mail now: “450 4.2.1 Busy”"),
        ("rcpt", "550 5.1.1 Unknown", True, "the recipient of this mail: “550 5.1.1 Unknown”"),
        ("data", "452 4.3.1 Full", False, "does not take this mail now: “452 4.3.1 Full”"),
        ("data", "554 5.3.4 Too big", True, "refuses this mail: “554 5.3.4 Too big”"),
        ("data", "250 Thanks", False, "gave an answer that we do not know"),
        ("body", "451 4.3.0 Scanner", False, "does not take this mail now: “451 4.3.0 Scanner”"),
        ("body", "421 4.3.2 Closing", False, "does not take this mail now: “421 4.3.2 Closing”"),
        ("body", "550 5.7.1 Spam", True, "refuses this mail: “550 5.7.1 Spam”"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(smtp, stage, answer, permanent, sentence):
    smtp.fail(stage, answer)

    fault = refusal(server(smtp))

    assert fault.permanent == permanent
    assert sentence in str(fault)
    assert f"localhost:{smtp.port}" in str(fault)
    assert smtp.received == []


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "halfway"])
@pytest.mark.parametrize(
    "fault", [STALL, CUT, "HTTP/1.1 400 Bad Request", b"25", b"", "999 Yes", "\x00\x1b[2J"]
)
def test_whatever_happens_before_the_end_of_the_mail_is_a_refusal_for_now(smtp, stage, fault):
    smtp.fail(stage, fault, then=CUT if isinstance(fault, bytes) or stage == "halfway" else "")

    patience = 0.6 if fault == STALL else 30
    refused = refusal(server(smtp, timeout=patience), letter(b"x" * 20_000_000))

    assert not refused.permanent
    assert str(refused).isprintable()
    assert smtp.received == []


def test_a_server_that_refuses_in_the_middle_of_the_mail_is_heard(smtp):
    smtp.fail("halfway", "552 5.3.4 Too big", then=CUT)

    fault = refusal(server(smtp), letter(b"x" * 20_000_000))

    # Where the system drops the server's last words with the line, only the loss is known.
    assert "552 5.3.4 Too big" in str(fault) if fault.permanent else "failed" in str(fault)


def test_a_mail_above_the_announced_size_is_refused_before_it_leaves(start_smtp):
    smtp = start_smtp(size_limit=2_000_000)

    fault = refusal(server(smtp), letter(b"x" * 3_000_000))

    assert fault.permanent
    assert "takes mail of at most 1.9 MiB; this one is 3.9 MiB" in str(fault)


def test_nobody_listens(start_smtp):
    smtp = start_smtp()
    smtp.stop()

    fault = refusal(server(smtp))

    assert not fault.permanent
    assert str(fault) == (
        f"The connection to the mail server localhost:{smtp.port} failed (it does not take "
        "connections). Check EMAIL_URL and whether the server runs."
    )
    with override("nl"):
        assert "mislukte (het neemt geen verbindingen aan)" in told(str(fault))


def test_a_host_that_does_not_exist():
    fault = refusal(Server("nowhere.invalid", 25, connect_timeout=5, timeout=5))

    assert not fault.permanent
    assert "nowhere.invalid:25" in str(fault)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "certificate has expired"),
        ("other host", "Hostname mismatch"),
        ("unknown authority", "unable to get local issuer certificate"),
    ],
)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_is_not_to_be_trusted(start_smtp, authority, security, kind, reason):
    smtp = start_smtp(security=security, context=authority.context(kind))

    fault = refusal(server(smtp, security=security, ca_file=authority.ca_file))

    assert not fault.permanent
    assert reason in str(fault)
    assert "Mend the certificate" in str(fault)


def test_a_ca_file_that_is_not_there(start_smtp, authority):
    smtp = start_smtp(security="tls", context=authority.context())

    fault = refusal(server(smtp, security="tls", ca_file="/nowhere.pem"))

    assert "EMAIL_CA_FILE (/nowhere.pem) holds no certificates" in str(fault)


def test_tls_where_none_is_spoken(smtp):
    fault = refusal(server(smtp, security="tls"))

    assert "Check port and security in EMAIL_URL" in str(fault)


def test_no_tls_where_it_is_spoken_from_the_start(start_smtp, authority):
    smtp = start_smtp(security="tls", context=authority.context())

    fault = refusal(server(smtp, timeout=0.6))

    assert "Check host, port and security in EMAIL_URL" in str(fault)


def test_a_server_without_starttls_gets_nothing(smtp):
    fault = refusal(server(smtp, security="starttls"))

    assert "offers no encryption, so nothing was sent" in str(fault)


def test_a_server_that_refuses_starttls_gets_nothing(start_smtp, authority):
    smtp = start_smtp(security="starttls", context=authority.context())
    smtp.fail("starttls", "454 4.7.0 TLS not available")

    fault = refusal(server(smtp, security="starttls", ca_file=authority.ca_file))

    assert "refuses STARTTLS: “454 4.7.0 TLS not available”" in str(fault)


@pytest.mark.parametrize("password", ["wrong", "wröng"])
def test_a_wrong_login_names_where_it_stands_and_not_what_it_is(start_smtp, authority, password):
    smtp = start_smtp(security="starttls", context=authority.context(), logins={"jo": "hn"})
    target = server(
        smtp,
        security="starttls",
        username="jo",
        password=password,
        ca_file=authority.ca_file,
        origin="the e-mail account of box john",
    )

    fault = refusal(target)

    assert not fault.permanent
    assert "Check the user name and password in the e-mail account of box john" in str(fault)
    assert password not in str(fault)
    assert password not in repr(target)


def test_a_server_that_knows_no_login(smtp):
    fault = refusal(server(smtp, username="jo", password="hn"))

    assert "offers no login that we know" in str(fault)


def test_the_servers_words_are_cleaned_and_cut(smtp):
    smtp.fail("rcpt", "550 no\x1b[31m\u202e" + "x" * 900)

    sentence = str(refusal(server(smtp)))

    assert "“550 no [31m xxx" in sentence
    assert len(sentence) < 400


# -- only the other host's encryption is demanded ------------------------------------


@pytest.mark.parametrize(
    ("host", "require_tls", "expected"),
    [
        ("mail.example.org", True, "starttls"),
        ("10.0.0.5", True, "starttls"),
        ("mail.example.org", False, "none"),
        ("localhost", True, "none"),
        ("127.0.0.1", True, "none"),
        ("::1", True, "none"),
    ],
)
def test_another_host_is_spoken_to_over_tls(host, require_tls, expected):
    assert Server(host, 25, "none", require_tls=require_tls).effective_security == expected


# -- it may have arrived -------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "then", "reason"),
    [
        ("", STALL, "no answer in time"),
        ("", CUT, "closed|reset"),
        (b"250 2.0.0 Ta", CUT, "cut off|reset"),
        (b"25", CUT, "cut off|reset"),
        ("HTTP/1.1 400 Bad Request", "", "none that we know"),
        ("354 Go on", "", "none that we know"),
        ("x" * 9000, "", "Line too long"),
    ],
)
def test_without_a_clear_answer_to_the_whole_mail_it_is_uncertain(smtp, says, then, reason):
    smtp.fail("body", says, then=then)

    patience = 3 if then == STALL else 30  # enough to get as far as the answer
    with pytest.raises(Doubt, match=reason) as caught:
        client.send(server(smtp, timeout=patience), letter())

    assert "it may have arrived" in str(caught.value)
    assert len(smtp.received) == 1


# -- time and memory -----------------------------------------------------------------


@pytest.mark.parametrize("line", [b"250-still here\r\n", b"x"])
def test_a_server_that_keeps_talking_does_not_hold_the_worker(line):
    with RawSmtp(chatter=line) as chatter:
        begun = time.monotonic()
        fault = refusal(server(chatter, timeout=0.5))

    assert time.monotonic() - begun < 20
    assert not fault.permanent


@pytest.mark.parametrize(
    ("content_type", "piece"),
    [("application/pdf", bytes(range(256))), ("text/plain", "🩺".encode() * 64)],
)
def test_a_large_mail_is_not_copied_in_memory(content_type, piece):
    content = piece * 4 * 1024 * 8
    tracemalloc.start()
    try:
        mail = letter(content, content_type=content_type)
        with RawSmtp("220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 ok") as sink:
            client.send(server(sink, timeout=60), mail)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sink.taken == mail.size > len(content) * 4 / 3
    assert peak < len(content) / 4
