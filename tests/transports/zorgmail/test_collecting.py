"""From an account at ZorgMail into a box: everything, once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from boxes.envelope import Address
from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, Reply
from tests.transports.email.bounces import dsn, returned_by_its_server
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from tests.transports.zorgmail.conftest import JILL, JOHN
from tests.transports.zorgmail.documents import EDIFACT, MEDLAB, medlab
from transports.base import Refused
from transports.models import Account
from transports.zorgmail.client import Incoming
from transports.zorgmail.incoming import envelope_of
from transports.zorgmail.transport import ZorgMailTransport

SAMPLES = Path(__file__).parents[2] / "data"


def collect(account: Account) -> int:
    return ZorgMailTransport().collect(Account.objects.get(pk=account.pk))


def test_a_message_comes_into_the_box_and_leaves_the_account(jill, jills, zorgmail):
    unique_id = zorgmail.put(
        JILL,
        content=medlab(JILL),
        contentType="text/xml",
        headerMessageId="<77@lab.example>",
        headerSubject="EDI",
        headerFrom="edifactverwerking@lms.lifeline.nl",
        documentFormat="XML",
        documentType="MEDLAB",
        documentSubject="Zandstraten",
        documentSender=JOHN,
        documentRecipient=JILL,
        documentTimestamp="2026-02-03T13:12:00+01:00",
    )

    new = collect(jills)

    [message] = Message.objects.in_box(jill)
    assert (new, zorgmail.deleted) == (1, [unique_id])
    assert (message.content_type, message.body()) == (MEDLAB, medlab(JILL))
    assert (message.envelope_id, message.subject) == ("<77@lab.example>", "Zandstraten")
    assert message.from_address == f"{JOHN}@lms.lifeline.nl"
    assert message.to == [{"displayName": "", "address": f"{JILL}@lms.lifeline.nl"}]
    assert message.dated_at == datetime(2026, 2, 3, 12, 12, tzinfo=UTC)
    assert (message.source, message.headers["documentType"]) == ("zorgmail", "MEDLAB")
    assert message.headers["headerSubject"] == "EDI"
    assert "content" not in message.headers


@pytest.mark.parametrize(
    ("document_type", "content", "expected"),
    [
        ("MEDVRI", b"<MEDVRI_1/>", "application/vnd.edi.medvri+xml"),
        ("MEDVRY", b"<MEDVRY_3/>", "application/vnd.edi.medvri+xml"),
        ("MEDSPE", b"<MEDSPE_1/>", "application/vnd.edi.medspe+xml"),
        ("MEDNIP", b"<MEDNIP_1/>", "application/vnd.edi.mednip+xml"),
        ("MEDLAB", EDIFACT, "application/edifact"),
        ("MEDLAB", b"geen XML", "text/plain"),
        ("", b"<brief/>", "text/plain"),
    ],
)
def test_a_type_is_made_precise_where_the_content_agrees(
    jill, jills, zorgmail, document_type, content, expected
):
    zorgmail.put(JILL, content=content, documentType=document_type)

    collect(jills)

    assert Message.objects.in_box(jill).get().content_type == expected


def test_a_mail_in_parts_comes_whole_and_taken_apart(jill, jills, zorgmail):
    mail = (
        b"From: Lab <500033333@lms.lifeline.nl>\r\nTo: x@y.example\r\nSubject: Scan\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nDag Jill\r\n--b\r\n'
        b'Content-Type: application/pdf; name="scan.pdf"\r\n\r\n%PDF-1\r\n--b--\r\n'
    )
    zorgmail.put(JILL, content=b"the inside", contentType='multipart/mixed; boundary="b"')
    zorgmail.say_whole(mail)

    collect(jills)

    [message] = Message.objects.in_box(jill)
    names = [part.filename for part in message.attachments.all()]
    assert (message.body(), message.subject) == (b"Dag Jill", "Scan")
    assert names == ["scan.pdf", "original.eml"]
    assert message.from_name == "Lab"
    assert {"Subject", "messageId"} <= set(message.headers)


def test_a_shadow_takes_copies_once_and_removes_nothing(jill, account_for, zorgmail):
    account = account_for(jill, JILL, incoming_mode="shadow")
    zorgmail.put(JILL)

    first, second = collect(account), collect(account)

    assert (first, second, zorgmail.deleted) == (1, 0, [])
    assert sum(b"RetrieveRequest" in request.body for request in zorgmail.requests) == 1
    assert Message.objects.in_box(jill).count() == 1


def test_a_shadow_that_becomes_ours_removes_what_it_had_taken(jill, account_for, zorgmail):
    account = account_for(jill, JILL, incoming_mode="shadow")
    unique_id = zorgmail.put(JILL)
    collect(account)
    Account.objects.update(incoming_mode="own")

    new = collect(account)

    assert (new, zorgmail.deleted) == (0, [unique_id])
    assert Message.objects.in_box(jill).count() == 1


def test_a_crash_between_storing_and_removing_doubles_nothing(jill, jills, zorgmail):
    zorgmail.put(JILL)
    zorgmail.say("Delete", Reply(503, b""))
    with pytest.raises(Refused):
        collect(jills)
    zorgmail.heal()

    new = collect(jills)

    assert (new, zorgmail.mailboxes[JILL]) == (0, {})
    assert Message.objects.in_box(jill).count() == 1


def test_what_cannot_be_retrieved_stays_and_stops_no_other(jill, jills, zorgmail):
    bad = zorgmail.put(JILL)
    zorgmail.mailboxes[JILL][bad]["content"] = ""
    zorgmail.put(JILL)

    with pytest.raises(Refused, match=r"1 of 2 were left there\. ZorgMail gave a message without"):
        collect(jills)

    assert list(zorgmail.mailboxes[JILL]) == [bad]
    assert Message.objects.in_box(jill).count() == 1


def test_a_service_that_is_lost_is_said_and_asked_again(jill, jills, zorgmail):
    zorgmail.put(JILL)
    zorgmail.fail("body", CUT)
    run_sweep()
    told = Account.objects.get().collect_error
    zorgmail.heal()
    after_the_pause()

    run_sweep()

    assert "ZorgMail could not be reached" in told
    assert Account.objects.get().collect_error == ""
    assert Message.objects.in_box(jill).count() == 1


def test_from_box_to_box_over_zorgmail(john, johns, jill, jills, zorgmail):
    sent = Message.objects.post(john, envelope_to(f"{JILL}@lms.lifeline.nl"))
    run_worker()

    collect(jills)

    received = Message.objects.in_box(jill).get(direction="IN")
    assert received.envelope_id == f"<{sent.xuid}.1@lms.lifeline.nl>"
    assert received.body() == b"Beste collega"


def test_a_bounce_moves_the_one_delivery_that_it_is_about(john, account_for, zorgmail):
    account = account_for(john, JOHN, incoming_mode="own")
    sent = Message.objects.post(john, envelope_to("1@lms.lifeline.nl", "2@lms.lifeline.nl"))
    run_worker()
    notice = returned_by_its_server(sent, 2, "2@lms.lifeline.nl")
    zorgmail.put(JOHN, content=notice, contentType="message/rfc822")

    collect(account)

    assert [item.status for item in sent.deliveries.order_by("n")] == ["sent", "undelivered"]
    assert Message.objects.in_box(john).get(direction="IN").properties.get().value == "bounce"


def test_a_notice_that_only_names_the_message_id_moves_nothing(john, account_for, zorgmail):
    account = account_for(john, JOHN, incoming_mode="own")
    sent = Message.objects.post(john, envelope_to("1@lms.lifeline.nl", "2@lms.lifeline.nl"))
    run_worker()
    about = f"<{sent.xuid}.2@lms.lifeline.nl>"
    zorgmail.put(JOHN, content=dsn(about, "2@lms.lifeline.nl"), contentType="message/rfc822")

    collect(account)

    assert [item.status for item in sent.deliveries.order_by("n")] == ["sent", "sent"]
    assert Message.objects.in_box(john).get(direction="IN").properties.get().value == "bounce"


def test_the_test_of_an_account_says_what_waits(johns, zorgmail):
    zorgmail.put(JOHN)

    said = ZorgMailTransport().try_account(johns)

    assert said == "ZorgMail knows the account 500011111; 1 message waits in it."
    assert not zorgmail.deleted


def test_the_test_of_an_account_with_a_wrong_password_says_so(johns):
    johns.password = "fout"

    with pytest.raises(Refused, match="refused our login"):
        ZorgMailTransport().try_account(johns)


def test_a_partner_is_tried_by_the_boxs_own_account(john, jill, johns):
    there = f"{JILL}@lms.lifeline.nl"
    road = ZorgMailTransport()

    assert road.hindrance(there, john) == ""
    assert "knows the account 500011111" in road.try_partner(there, john)
    assert "The box jill has no ZorgMail account" in road.hindrance(there, jill)
    with pytest.raises(Refused, match="The box jill has no ZorgMail account"):
        road.try_partner(there, jill)


def test_a_number_that_is_none_hinders_before_anything_is_sent(john, johns):
    Account.objects.update(account_id="12")

    said = ZorgMailTransport().hindrance(f"{JILL}@lms.lifeline.nl", john)

    assert "“12” is no account number of ZorgMail" in said


def test_a_bare_word_never_stands_where_a_box_would(jill, jills, zorgmail):
    zorgmail.put(JILL, documentSender="john", headerFrom="jill", headerTo="john")

    collect(jills)

    message = Message.objects.in_box(jill).get()
    assert (message.from_address, message.from_name) == ("", "john")
    assert message.to[0]["address"] == f"{JILL}@lms.lifeline.nl"


@pytest.mark.parametrize(
    "fields",
    [
        {"headerFrom": "John <john@mail.example>"},
        {"documentSender": "John <john@mail.example>"},
        {"contentType": "message/rfc822", "content": b"From: John <john@mail.example>\r\n\r\nDag"},
    ],
)
def test_nobody_poses_as_one_of_our_boxes(jill, jills, zorgmail, settings, fields):
    settings.MAIL_DOMAIN = "mail.example"
    zorgmail.put(JILL, **{"headerFrom": "", "documentSender": "", **fields})

    collect(jills)

    message = Message.objects.in_box(jill).get()
    assert (message.from_address, message.from_name) == ("", "John (john@mail.example)")
    assert message.through == "ZorgMail, sender not verified"


texts = st.text(max_size=1200)


@examples(max_examples=150)
@given(
    words=st.lists(texts, min_size=14, max_size=14),
    content_type=st.one_of(texts, st.sampled_from(["message/rfc822", "text/plain", "text/xml"])),
    content=st.one_of(st.binary(max_size=200), st.just(medlab(JILL))),
    moment=st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(UTC))),
)
def test_whatever_the_service_says_becomes_an_envelope_that_fits(
    words, content_type, content, moment
):
    incoming = Incoming(
        *words[:3], moment, *words[3:9], 1, 1, words[9], moment, *words[9:14], content_type, content
    )

    envelope = envelope_of(incoming, Address("a@b.example"), "lms.lifeline.nl")

    assert len(envelope.id) <= 255 and len(envelope.subject) <= 998
    assert len(envelope.content_type) <= 255 and "/" in envelope.content_type
    assert envelope.sender and len(envelope.sender.address) <= 1000
    assert "\0" not in repr(envelope.headers) + envelope.subject
    assert envelope.to
    if content_type != "message/rfc822":
        assert envelope.content == content
