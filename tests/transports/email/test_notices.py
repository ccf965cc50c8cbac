"""Bounces, automatic answers and loops are told from letters, and a bounce says whose it is."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.transports.email.bounces import dsn
from transports.email import notices
from transports.email.marks import Subject, mark_of
from transports.email.notices import Outcome
from transports.email.reading import parse

XUID = "KtR4wRvmQsWc6x0uvTZn2g"


def headed(*lines: str) -> bytes:
    return "\r\n".join(["From: a@b.example", *lines, "", "Dag"]).encode()


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (headed(), ""),
        (headed("Auto-Submitted: no"), ""),
        (headed("Subject: Re: out of office hours"), ""),
        (headed("Auto-Submitted: auto-generated", "Subject: Uitslag"), ""),
        (headed("Precedence: list"), ""),
        (headed("Auto-Submitted: auto-replied (vacation)"), "auto-reply"),
        (headed("Auto-Submitted: auto-generated", "In-Reply-To: <1@a.example>"), "auto-reply"),
        (headed("X-Autoreply: yes"), "auto-reply"),
        (headed("Precedence: auto_reply"), "auto-reply"),
        (headed("Subject: Automatisch antwoord: Overleg"), "auto-reply"),
        (headed("Subject: =?utf-8?q?Automatic_reply=3A_x?="), "auto-reply"),
        (headed(*["Received: from a by b"] * 51), "loop"),
        (headed(*["Received: from a by b"] * 50), ""),
        (headed("X-Failed-Recipients: x@y.example"), "bounce"),
        (b"Return-Path: <>\r\nFrom: MAILER-DAEMON@b.example\r\n\r\nSorry", "bounce"),
        (b"Return-Path: <>\r\nFrom: piet@b.example\r\n\r\nDag", ""),
        (b"From: postmaster@b.example\r\n\r\nDag", ""),
        (dsn("<1@a.example>", "x@y.example"), "bounce"),
        (b"", ""),
    ],
)
def test_a_mail_is_known_for_what_it_is(original, kind):
    assert notices.kind_of(parse(original)) == kind


def test_a_bounce_says_which_mail_whom_and_why():
    mail = parse(dsn(f"<{XUID}@mail.example>", "jill@example.org", original="J@example.org"))

    assert notices.about(mail) == Subject(XUID)
    assert notices.outcomes(mail) == [
        Outcome(
            ("J@example.org", "jill@example.org"),
            "undelivered",
            "The mail was returned by mx.example.org: “5.1.1 550 5.1.1 No such user here”.",
        )
    ]


@pytest.mark.parametrize(
    ("action", "status"),
    [("delivered", ["delivered"]), ("failed", ["undelivered"]), ("FAILED", ["undelivered"])],
)
def test_only_an_end_of_the_journey_is_an_outcome(action, status):
    mail = parse(dsn(f"<{XUID}@mail.example>", "x@y.example", action=action))

    assert [item.status for item in notices.outcomes(mail)] == status


@pytest.mark.parametrize(("status", "for_good"), [("5.1.1", True), ("4.2.2", False), ("", True)])
def test_the_status_says_whether_the_same_mail_may_arrive_later(status, for_good):
    [outcome] = notices.outcomes(parse(dsn("<1@a.example>", "x@y.example", status=status)))

    assert outcome.for_good == for_good


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "", "lost"])
def test_a_mail_that_is_still_on_its_way_has_no_outcome(action):
    assert notices.outcomes(parse(dsn("<1@a.example>", "x@y.example", action=action))) == []


def test_headers_alone_name_the_mail_as_well():
    mail = parse(dsn(f"<{XUID}@mail.example>", "x@y.example", returned="text/rfc822-headers"))

    assert notices.about(mail) == Subject(XUID)


def test_a_delivery_is_named_where_its_identifier_is():
    mail = parse(dsn(f"<{XUID}.12@lms.lifeline.nl>", "x@y.example"))

    assert notices.about(mail) == Subject(XUID, 12)


@pytest.mark.parametrize("message_id", ["<1@a.example>", "", "<@>", "<x y@z>", f"<{XUID}"])
def test_a_bounce_of_another_mail_is_about_none_of_ours(message_id):
    assert notices.about(parse(dsn(message_id, "x@y.example"))) is None


def test_a_mark_proves_whose_delivery_the_returned_mail_is():
    mail = parse(dsn("<1@a.example>", "x@y.example", mark=mark_of(XUID, 12)))

    assert notices.proven(mail) == notices.about(mail) == Subject(XUID, 12)


def test_a_mark_of_another_installation_proves_nothing(settings):
    mark = mark_of(XUID, 1)
    settings.HASH_KEY = b"another key of thirty-two bytes."

    assert notices.proven(parse(dsn("<1@a.example>", "x@y.example", mark=mark))) is None


def test_a_mark_beside_the_returned_mail_proves_nothing():
    mail = parse(
        f"X-MessageBox-Xuid: {mark_of(XUID, 1)}\r\n".encode() + dsn("<1@a>", "x@y.example")
    )

    assert notices.proven(mail) is None


def test_an_answer_is_about_the_mail_that_it_answers():
    assert notices.about(parse(headed(f"In-Reply-To: <{XUID}@mail.example>"))) == Subject(XUID)


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        b"Content-Type: message/delivery-status\r\n", b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/rfc822-headers\r\n", b"--b\r\n", b"--b--\r\n", b"\r\n",
        b"Action: failed\r\n", b"Final-Recipient: rfc822;", b"Status: 5\r\n", b"Message-ID: <",
        b"Diagnostic-Code: ", b"X-MessageBox-Xuid: ", b"\xff\x00\r\n", b"Auto-Submitted: =?a?b?",
        b"Content-Transfer-Encoding: base64\r\n", b"Return-Path: <>\r\n", b"From: postmaster@\r\n",
    ]
)  # fmt: skip


@examples(max_examples=500)
@given(pieces=st.lists(PIECES, max_size=30))
def test_damaged_notices_are_read_without_a_fault(pieces):
    mail = parse(b"".join(pieces))

    found = (notices.kind_of(mail), notices.about(mail), notices.outcomes(mail))
    proof = notices.proven(mail)

    assert found[0] in ("", "bounce", "auto-reply", "loop")
    assert proof is None
    assert all(item.sentence.endswith(".") for item in found[2])
