"""From a posted message to CommunicationHub and its later reports, through the dispatcher."""

import base64

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from boxes.envelope import Address, Attachment
from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.transports.faults import FAULTS
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from transports.base import Refused
from transports.communicationhub.documents import members_of
from transports.communicationhub.transport import CommunicationHubTransport
from transports.models import Account
from transports.policy import roads_for

PHONE = "sms:+31612345678"
HOME = "letter:Anna Meier; Am Deich 4; 01067; Dresden"
JILL = "jill@example.org"
PDF = b"%PDF-1.4 brief"


@pytest.fixture
def account(db, hub) -> Account:
    account = Account(transport="communicationhub", url=hub.url, carries_mail=True)
    account.save()
    return account


@pytest.fixture(autouse=True)
def mail_domain(settings):
    settings.MAIL_DOMAIN = "mail.example"


def letter_to(address: str, **fields):
    return envelope_to(address, content=PDF, content_type="application/pdf", **fields)


def sms_to(address: str, text: str = "Afspraak: 14.03., 09:30 uur", **fields):
    return envelope_to(address, content=text.encode(), subject="", **fields)


def only(message: Message) -> Delivery:
    return message.deliveries.get()


def test_the_hub_is_asked_for_whoever_wants_to_know_before_sending(john, account, hub):
    road = CommunicationHubTransport()

    assert road.hindrance(PHONE, john) == ""
    assert "accepts the login" in road.try_partner(PHONE, john)
    assert hub.received == []


def test_without_an_account_that_is_told_and_nobody_is_asked(john):
    road = CommunicationHubTransport()

    assert "has no account at CommunicationHub" in road.hindrance(HOME, john)
    with pytest.raises(Refused, match="has no account at CommunicationHub"):
        road.try_partner(HOME, john)


# -- which addresses it takes --


@pytest.mark.parametrize(
    ("address", "road"),
    [
        (PHONE, "communicationhub"),
        ("SMS:whatever", "communicationhub"),
        ("Letter:", "communicationhub"),
        (JILL, "communicationhub"),
        ("jill", "box"),
    ],
)
def test_telephones_letterboxes_and_chosen_mail_take_this_road(john, account, address, road):
    assert roads_for([address], john) == [road]


@pytest.mark.parametrize("address", ["1@lms.lifeline.nl", "1@EZORG。nl", "1@ｌｍｓ.lifeline.nl"])
def test_the_domains_of_safer_roads_never_come_here(john, account, address):
    assert not CommunicationHubTransport().accepts(address, john)


def test_a_web_address_with_an_at_sign_is_no_mail_address(john, account):
    assert not CommunicationHubTransport().accepts("https://user@cell.example/", john)


def test_mail_comes_here_only_where_it_was_chosen(john, account):
    Account.objects.update(carries_mail=False)

    assert roads_for([JILL, PHONE], john) == ["email", "communicationhub"]


@pytest.mark.parametrize(("address", "word"), [(PHONE, "sms"), (HOME, "letter")])
def test_telephones_and_letterboxes_are_approved_by_a_word(address, word):
    assert CommunicationHubTransport().approval_of(address) == word


# -- what the hub gets --


def test_a_text_becomes_an_sms(john, account, hub):
    message = Message.objects.post(john, sms_to("sms:+31 6 12345678"))

    run_worker()

    [taken] = hub.received
    assert taken.operation == "SendSMS"
    assert taken.members == {
        "Receiver": "+31612345678",
        "Message": "Afspraak: 14.03., 09:30 uur",
        "Reference": f"{message.xuid}.1",
    }
    assert (only(message).status, only(message).remote_id) == ("sent", taken.message_id)


def test_a_subject_leads_the_sms_and_its_sender_can_be_named(john, account, hub):
    Message.objects.post(
        john, envelope_to(PHONE, headers={"communicationhub": {"Sender": "DeLinde"}})
    )

    run_worker()

    assert hub.received[0].members["Message"] == "Overleg\nBeste collega"
    assert hub.received[0].members["Sender"] == "DeLinde"


def test_a_pdf_becomes_a_letter(john, account, hub):
    message = Message.objects.post(john, letter_to(f"{HOME}; country=FRANKREICH"))

    run_worker()

    [taken] = hub.received
    assert taken.operation == "SendLetter"
    assert taken.members == {
        "FileName": f"{message.xuid}.1.pdf",
        "File": f"{len(PDF)} bytes: {PDF!r}",
        "AddressLine1": "Anna Meier",
        "AddressLine2": "Am Deich 4",
        "ZipCode": "01067",
        "City": "Dresden",
        "Country": "FRANKREICH",
        "Reference": f"{message.xuid}.1",
    }
    assert only(message).status == "sent"


def test_a_letter_can_have_a_cover_colour_and_a_sender(john, account, hub):
    chosen = {"IsColor": True, "CoverLetter": True, "SenderCity": "Kiel", "BatchId": 7}
    cover = Attachment("voorblad.pdf", "application/pdf", b"%PDF-1.4 voor")

    Message.objects.post(
        john, letter_to(HOME, headers={"communicationhub": chosen}, attachments=(cover,))
    )
    run_worker()

    members = hub.received[0].members
    assert chosen.items() <= members.items()
    assert members["CoverFile"] == "13 bytes: b'%PDF-1.4 voor'"


def test_a_mail_has_its_sender_its_body_and_its_files(john, account, hub):
    files = (Attachment("scan.bin", "application/x-scan", bytes(range(256))),)
    message = Message.objects.post(john, envelope_to(JILL, attachments=files))

    run_worker()

    members = hub.received[0].members
    [file] = members.pop("Attachments")
    assert members == {
        "Domain": "mail.example",
        "From": "john@mail.example",
        "FromName": "John Johnson",
        "To": JILL,
        "Subject": "Overleg",
        "Text": "Beste collega",
        "Reference": f"{message.xuid}.1",
    }
    assert (file["Name"], file["ContentType"]) == ("scan.bin", "application/x-scan")
    assert base64.b64decode(file["Bytes"]) == bytes(range(256))


def test_a_box_mails_as_an_address_that_it_lists(john, account, hub):
    john.sender_addresses = ["desk@praktijk.example"]
    john.save()
    sender = Address("Desk@praktijk.example", "De balie")
    stranger = Address("x@elsewhere.example")

    Message.objects.post(john, envelope_to(JILL, sender=sender))
    Message.objects.post(john, envelope_to(JILL, sender=stranger))
    run_worker()

    first, second = (taken.members for taken in hub.received)
    assert (first["From"], first["FromName"]) == ("Desk@praktijk.example", "De balie")
    assert first["Domain"] == "praktijk.example"
    assert second["From"] == "john@mail.example"


@pytest.mark.parametrize(
    ("content_type", "content", "member", "value"),
    [
        ("text/html; charset=utf-8", "<p>Één</p>".encode(), "HTML", "<p>Één</p>"),
        ("text/plain; charset=iso-8859-1", "Één".encode("latin-1"), "Text", "Één"),
        ("text/markdown", b"# Dag", "Text", "# Dag"),
    ],
)
def test_text_is_the_mails_own(john, account, hub, content_type, content, member, value):
    Message.objects.post(john, envelope_to(JILL, content=content, content_type=content_type))

    run_worker()

    assert hub.received[0].members[member] == value


def test_any_other_content_is_a_file_byte_for_byte(john, account, hub):
    Message.objects.post(john, letter_to(JILL))

    run_worker()

    members = hub.received[0].members
    [file] = members["Attachments"]
    assert (file["Name"], base64.b64decode(file["Bytes"])) == ("message.pdf", PDF)
    assert members["Text"] == "Overleg"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=pytest.mark.wide)])
def test_each_of_many_recipients_gets_a_mail_of_their_own(john, account, hub, count):
    people = [f"p{n}@example.org" for n in range(count)]
    hub.refuse("p20@example.org", "Mailbox full")
    message = Message.objects.post(john, envelope_to(*people))

    while message.deliveries.filter(status="queued").exists():
        run_worker()

    assert sorted(taken.members["To"] for taken in hub.received) == sorted(people)
    assert len({taken.members["Reference"] for taken in hub.received}) == count
    assert message.deliveries.filter(status="sent").count() == count - 1
    assert message.deliveries.get(status="failed").address == "p20@example.org"


# -- what it cannot carry --


@pytest.mark.parametrize(
    ("envelope", "words"),
    [
        (envelope_to("sms:0612345678"), "as sms:\\+31612345678"),
        (letter_to("letter:Anna"), "no postal address"),
        (letter_to(PHONE), "An SMS carries plain text"),
        (sms_to(PHONE, attachments=(Attachment("a", "text/plain", b"x"),)), "and no files"),
        (sms_to(PHONE, " "), "has no text"),
        (envelope_to(HOME), "A letter is one PDF"),
        (envelope_to(HOME, content=b"Dag", content_type="application/pdf"), "A letter is one PDF"),
        (letter_to(HOME, attachments=(Attachment("a", "text/plain", b"x"),)), "at most a cover"),
        (envelope_to(JILL, subject=""), "without a subject"),
        (envelope_to("a@b.example, c@d.example"), "is not an e-mail address"),
        (envelope_to(JILL, content=b"\xff"), "not in the charset"),
        (envelope_to(JILL, content_type="text/plain; charset=rot13"), "not in the charset"),
        (envelope_to(JILL, headers={"X-Lab": "7"}), "carries no headers, and .* “X-Lab”"),
        (envelope_to(JILL, headers={"communicationhub": []}), "does not know in this form"),
        (sms_to(PHONE, headers={"communicationhub": {"IsColor": True}}), "“IsColor”"),
        (letter_to(HOME, headers={"communicationhub": {"BatchId": True}}), "“BatchId”"),
        (letter_to(HOME, headers={"communicationhub": {"CoverLetter": True}}), "announced by"),
    ],
)
def test_what_cannot_be_carried_fails_for_good_and_says_so(john, account, hub, envelope, words):
    message = Message.objects.post(john, envelope)

    run_worker()

    assert only(message).status == "failed"
    with pytest.raises(Refused, match=words) as caught:
        members_of(only(message))
    assert str(caught.value) == only(message).error
    assert hub.requests == []


def test_a_letter_that_is_too_large_fails_before_it_is_sent(john, account, hub):
    large = PDF + bytes(20_000_000)
    message = Message.objects.post(
        john, envelope_to(HOME, content=large, content_type="application/pdf")
    )

    run_worker()

    assert "at most 20 MB" in only(message).error
    assert hub.requests == []


def test_without_an_account_the_sentence_asks_for_one(john, hub):
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()

    assert only(message).status == "failed"
    assert "has no account at CommunicationHub" in only(message).error


@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    subject=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200),
)
def test_no_text_of_a_sender_breaks_the_wire(john, account, hub, text, subject):
    hub.received.clear()
    envelope = envelope_to(JILL, content=text.encode(), subject=f"{subject}.")
    message = Message.objects.post(john, envelope)

    run_worker()

    [taken] = hub.received
    assert taken.members["Subject"] == f"{subject}."
    assert taken.members["Text"] == text or (text, taken.members["Text"]) == ("", " ")
    assert taken.members["To"] == JILL
    assert only(message).status == "sent"


# -- what goes wrong --


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_each_fault_ends_as_it_should(fault, john, account, hub, settings):
    fault.arrange(hub, settings)
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()

    fault.check(only(message))


def test_after_a_refusal_for_now_the_same_message_is_sent_once(john, account, hub):
    hub.fail("body", "503 Busy")
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()
    hub.heal()
    after_the_pause()
    run_worker()

    assert len(hub.received) == 1
    assert [b'"Reference": "%s.1"' % message.xuid.encode() in r.body for r in hub.requests] == [
        True,
        True,
    ]
    assert (only(message).status, only(message).attempts) == ("sent", 2)


def test_a_message_in_doubt_is_never_sent_again_by_itself(john, account, hub):
    hub.fail("body", "cut")
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()
    hub.heal()
    after_the_pause()
    run_sweep()

    assert len(hub.received) == 1
    assert only(message).status == "uncertain"


def test_a_refusal_of_the_provider_fails_with_its_words(john, account, hub):
    hub.refuse("+31612345678", "No such number")
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()

    assert only(message).status == "failed"
    assert only(message).error == (
        "CommunicationHub could not deliver the message: “No such number”."
    )


def test_while_the_hub_tries_again_itself_nothing_is_sent_again(john, account, hub):
    hub.refuse("+31612345678", "Try later", retry=True)
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()
    after_the_pause()
    run_sweep()

    assert len(hub.received) == 1
    assert only(message).status == "sent"


def test_an_expired_certificate_stops_the_message_and_names_the_account(
    john, start_hub, authority, settings
):
    settings.ROADS_CA_FILE = str(authority.ca_file)
    expired = start_hub(context=authority.context("expired"))
    Account.objects.create(transport="communicationhub", url=expired.url, box=john)
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()

    assert only(message).status == "queued"
    assert "certificate is not to be trusted" in only(message).error
    assert "Check the CommunicationHub account of box john" in only(message).error
    assert expired.requests == []


def test_a_wrong_login_waits_for_the_operator_and_a_right_one_serves(john, start_hub):
    guarded = start_hub(authorization="Basic am9objpnZWhlaW0=")
    account = Account(transport="communicationhub", url=guarded.url, username="john")
    account.password = "verkeerd"
    account.save()
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()
    refused = only(message)
    account.password = "geheim"
    account.save()
    after_the_pause()
    run_worker()

    assert (refused.status, only(message).status) == ("queued", "sent")
    assert "401 Not Authenticated" in refused.error
    assert "verkeerd" not in refused.error


def test_a_password_whose_key_is_gone_waits_for_the_operator(john, account, hub):
    Account.objects.update(sealed_password=b"\x00no key made this")
    message = Message.objects.post(john, sms_to(PHONE))

    run_worker()

    assert only(message).status == "queued"
    assert "Enter it again in the admin" in only(message).error
    assert hub.requests == []


# -- what became of it --


@pytest.mark.parametrize(
    ("says", "status", "error"),
    [
        ("accepted", "sent", ""),
        ("queued", "sent", ""),
        ("sending", "sent", ""),
        ("sent", "sent", ""),
        ("pickedup", "sent", ""),
        ("delivered", "delivered", ""),
        ("read", "read", ""),
        ("failed", "undelivered", "“No such number”"),
        ("undelivered", "undelivered", "“No such number”"),
        ("unknown", "sent", ""),
        ("receiving", "sent", ""),
        ("lost in space", "sent", ""),
    ],
)
def test_what_the_hub_reports_later_moves_the_delivery(john, account, hub, says, status, error):
    message = Message.objects.post(john, sms_to(PHONE))
    run_worker()
    hub.report(only(message).remote_id, says, "No such number")

    after_the_pause()
    run_sweep()

    assert only(message).status == status
    assert error in only(message).error


def test_a_hub_that_forgot_the_message_proves_nothing(john, account, hub):
    message = Message.objects.post(john, sms_to(PHONE))
    run_worker()
    hub.reports.clear()

    after_the_pause()
    run_sweep()

    assert only(message).status == "sent"


def test_a_hub_that_cannot_be_asked_is_asked_again(john, account, hub):
    message = Message.objects.post(john, sms_to(PHONE))
    run_worker()
    hub.report(only(message).remote_id, "delivered")
    hub.fail("body", "503 Busy")

    after_the_pause()
    run_sweep()
    hub.heal()
    after_the_pause()
    run_sweep()

    assert only(message).status == "delivered"


def test_a_login_can_be_tried(account, hub):
    said = CommunicationHubTransport().try_account(account)
    hub.fail("body", "401 Unauthorized")

    with pytest.raises(Refused, match="Check the CommunicationHub account"):
        CommunicationHubTransport().try_account(account)

    assert "accepts the login" in said
    assert hub.received == []


def test_its_limit_is_told():
    assert CommunicationHubTransport().limits(None) == {"size": 25_000_000}
