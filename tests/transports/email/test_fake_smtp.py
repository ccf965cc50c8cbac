"""The fake is proved by two clients that we did not write: Python's and curl's."""

import shutil
import smtplib
import ssl
import subprocess

import pytest

from tests.fakes.smtp import CUT, STALL
from tests.left_out import left_out

MAIL = b"From: john@mail.example\r\nSubject: Proof\r\n\r\n.a dot\r\n..two\r\n"
FROM, TO = "john@mail.example", "jill@example.org"


def client(smtp, timeout: float = 30) -> smtplib.SMTP:
    return smtplib.SMTP("localhost", smtp.port, timeout=timeout)


def trusting(authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.ca_file)


def test_it_keeps_what_a_client_sends(smtp):
    with client(smtp) as session:
        session.sendmail(FROM, [TO, "bob@example.org"], MAIL)

    [mail] = smtp.received
    assert (mail.mail_from, mail.rcpt_tos) == (FROM, [TO, "bob@example.org"])
    assert mail.content == MAIL
    assert mail.message["Subject"] == "Proof"
    assert not mail.encrypted


def test_it_serves_encrypted_from_the_start_and_after_starttls(start_smtp, authority):
    for security in ("tls", "starttls"):
        smtp = start_smtp(security=security, context=authority.context(), logins={"jo": "hn"})
        if security == "tls":
            session = smtplib.SMTP_SSL("localhost", smtp.port, context=trusting(authority))
        else:
            session = client(smtp)
            session.starttls(context=trusting(authority))
        with session:
            session.login("jo", "hn")
            session.sendmail(FROM, TO, MAIL)

        [mail] = smtp.received
        assert (mail.encrypted, mail.login) == (True, "jo")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "certificate has expired"),
        ("other host", "Hostname mismatch"),
        ("unknown authority", "unable to get local issuer certificate"),
    ],
)
def test_its_broken_certificates_are_broken(start_smtp, authority, kind, reason):
    smtp = start_smtp(security="tls", context=authority.context(kind))

    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        smtplib.SMTP_SSL("localhost", smtp.port, context=trusting(authority))


def test_it_refuses_a_wrong_login_and_mail_without_one(start_smtp, authority):
    smtp = start_smtp(security="starttls", context=authority.context(), logins={"jo": "hn"})

    with client(smtp) as session:
        session.starttls(context=trusting(authority))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            session.login("jo", "wrong")
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            session.sendmail(FROM, TO, MAIL)

    assert smtp.received == []


def test_it_announces_its_size_limit_and_keeps_to_it(start_smtp):
    smtp = start_smtp(size_limit=1000)

    with client(smtp) as session:
        session.ehlo()
        assert session.esmtp_features["size"] == "1000"
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            session.sendmail(FROM, TO, MAIL + b"x" * 990)


def test_it_refuses_one_recipient_and_serves_the_other(smtp):
    smtp.refuse(TO, "550 5.1.1 No such user")

    with client(smtp) as session:
        refused = session.sendmail(FROM, [TO, "bob@example.org"], MAIL)

    assert refused == {TO: (550, b"5.1.1 No such user")}
    assert [mail.rcpt_tos for mail in smtp.received] == [["bob@example.org"]]


@pytest.mark.parametrize("stage", ["ehlo", "mail", "rcpt", "data", "body"])
def test_it_refuses_at_each_stage(smtp, stage):
    smtp.fail(stage, "451 4.3.0 Not now")

    with pytest.raises(smtplib.SMTPException, match="451"), client(smtp) as session:
        session.sendmail(FROM, TO, MAIL)

    assert smtp.received == []


@pytest.mark.parametrize("fault", [STALL, CUT])
@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "body"])
def test_it_stalls_and_hangs_up_at_each_stage(smtp, stage, fault):
    smtp.fail(stage, fault)

    reason, patience = ("timed out", 2) if fault == STALL else ("closed|reset", 30)
    with pytest.raises(smtplib.SMTPServerDisconnected, match=reason):
        client(smtp, patience).sendmail(FROM, TO, MAIL)

    assert len(smtp.received) == (stage == "body")


def test_it_says_yes_and_hangs_up(smtp):
    smtp.fail("body", "250 Taken", then=CUT)

    session = client(smtp)
    session.sendmail(FROM, TO, MAIL)

    assert len(smtp.received) == 1
    with pytest.raises(smtplib.SMTPServerDisconnected):
        session.noop()


def test_it_serves_again_when_healed(smtp):
    smtp.fail("greeting", "421 4.3.2 Closing")
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        client(smtp)

    smtp.heal()
    with client(smtp) as session:
        session.sendmail(FROM, TO, MAIL)

    assert (len(smtp.received), smtp.connections) == (1, 2)


def test_once_stopped_its_port_refuses(start_smtp):
    smtp = start_smtp()
    smtp.stop()

    with pytest.raises(ConnectionRefusedError):
        client(smtp)


def test_curl_sends_over_starttls_with_a_login(start_smtp, authority, tmp_path):
    if not shutil.which("curl"):
        left_out("curl is not here")
    smtp = start_smtp(security="starttls", context=authority.context(), logins={"jo": "hn"})
    (tmp_path / "mail.eml").write_bytes(MAIL)

    subprocess.run(
        f"curl --silent --show-error --ssl-reqd --max-time 10 --cacert {authority.ca_file} "
        f"--user jo:hn --mail-from {FROM} --mail-rcpt {TO} --upload-file mail.eml "
        f"smtp://localhost:{smtp.port}/mail.example".split(),
        cwd=tmp_path,
        check=True,
    )

    [mail] = smtp.received
    assert (mail.rcpt_tos, mail.login, mail.encrypted) == ([TO], "jo", True)
    assert mail.content == MAIL
