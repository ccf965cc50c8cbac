"""From a posted message to a mail at SMTPeter, and back to what became of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxes.envelope import Address, Attachment
from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, STALL
from tests.fakes.smtpeter import FakeSmtpeter
from tests.transports.faults import FAULTS
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from transports.base import Refused, Report
from transports.email.mime import build
from transports.models import Account
from transports.policy import roads_for
from transports.smtpeter.client import Event
from transports.smtpeter.forms import form_of
from transports.smtpeter.mail import Parts, Whole
from transports.smtpeter.transport import SmtpeterTransport, report_of

JILL, BOB = "jill@example.org", "bob@example.org"
MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def account(account_at, smtpeter, john) -> Account:
    return account_at(smtpeter, box=john)


def reload(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


# -- which road --


def test_the_mail_of_a_box_takes_the_road_that_its_account_carries(account, john, jill):
    assert roads_for([JILL], john) == ["smtpeter"]
    assert roads_for([JILL], jill) == ["email"]


def test_the_installations_account_carries_the_mail_of_every_box(account_at, smtpeter, jill):
    account_at(smtpeter)

    assert roads_for([JILL], jill) == ["smtpeter"]


def test_an_account_that_does_not_carry_mail_carries_none(account_at, smtpeter, john):
    account_at(smtpeter, box=john, carries_mail=False)

    assert roads_for([JILL], john) == ["email"]


@pytest.mark.parametrize(
    "address",
    [
        "1234@lms.lifeline.nl",
        "1234@LMS.Lifeline.NL.",
        "1234@ｌｍｓ.lifeline.nl",
        "7@ezorg。nl",
        "https://cell@unit.example/",
        "sms:+31612345678@x",
        "jill",
        "geen adres",
    ],
)
def test_what_belongs_to_another_system_never_comes_here(account, john, address):
    assert not SmtpeterTransport().accepts(address, john)


def test_a_domain_that_becomes_a_guarded_one_is_refused_when_the_mail_is_made(account, john):
    message = Message.objects.post(john, envelope_to(JILL))
    delivery = message.deliveries.get()
    delivery.address = "7@ｅzorg.nl"

    with pytest.raises(Refused, match="must not be reached by plain e-mail"):
        SmtpeterTransport().prepare(delivery)


# -- what arrives --


def test_a_posted_message_arrives_as_a_mail_of_our_own_making(account, john, smtpeter):
    message = Message.objects.post(
        john,
        envelope_to(
            JILL,
            content=b"%PDF-1.4",
            content_type="application/pdf",
            attachments=(Attachment("brief.txt", "text/plain", b"Dag"),),
            headers={"lab": "42"},
        ),
    )

    run_worker()

    [mail] = smtpeter.received
    delivery = message.deliveries.get()
    assert (delivery.status, delivery.remote_id) == (Delivery.Status.SENT, mail.id)
    assert reload(message).status == Message.Status.SENT
    assert mail.recipient == JILL
    assert mail.tags == ["messagebox", f"{message.xuid}.1"]
    assert mail.message["From"] == "John Johnson <john@mail.example>"
    assert mail.message["Message-ID"] == f"<{message.xuid}@mail.example>"
    assert mail.message["X-MessageBox-Header-lab"] == "42"
    assert [(file.name, file.content) for file in mail.files] == [
        ("message.pdf", b"%PDF-1.4"),
        ("brief.txt", b"Dag"),
    ]


def test_a_text_with_braces_arrives_as_it_was_written(account, john, smtpeter):
    text = "Waarde {glucose} is €5 {$hoog}\n"
    Message.objects.post(
        john,
        envelope_to(
            JILL,
            content=text.encode(),
            subject="Uitslag {spoed}",
            id="epd-{1}",
            in_reply_to="vraag-{2}",
            headers={"lab {x}": "{y}", "list": [{"a": 1}]},
            sender=Address("john", 'Dr. "J" {ohn}'),
            cc=(Address("jill", "Jill {J}"), Address("https://cell.example/", "Cel")),
            attachments=(Attachment("{a}.json", "application/json", b'{"a": {"b": 1}}'),),
        ),
    )

    run_worker()

    mail = smtpeter.received[0]
    assert (mail.subject, mail.text) == ("Uitslag {spoed}", text)
    assert mail.sender == r'"Dr. \"J\" {ohn}" <john@mail.example>'
    assert (mail.to, mail.cc) == ([JILL], ['"Jill {J}" <jill@mail.example>'])
    assert mail.headers["x-messagebox-cc"] == "Cel (https://cell.example/)"
    assert mail.headers["x-messagebox-envelope-id"] == "epd-{1}"
    assert mail.headers["x-messagebox-in-reply-to"] == "vraag-{2}"
    assert mail.headers["x-messagebox-header-lab%20%7Bx%7D"] == "{y}"
    assert mail.headers["x-messagebox-header-list"] == '[{"a": 1}]'
    assert mail.files[0].content == b'{"a": {"b": 1}}'


@pytest.mark.parametrize(
    ("content_type", "content", "text", "html"),
    [
        ("text/plain; charset=iso-8859-1", "é{}".encode("latin-1"), "é{}", ""),
        ("text/plain", "é{}".encode("cp1252"), "é{}", ""),
        ("text/html", b"<p>{x}</p>", "", "<p>{x}</p>"),
        ("text/markdown", b"# {x}", "# {x}", ""),
    ],
)
def test_text_with_braces_is_read_in_its_own_letters(
    account, john, smtpeter, content_type, content, text, html
):
    Message.objects.post(john, envelope_to(JILL, content=content, content_type=content_type))

    run_worker()

    [mail] = smtpeter.received
    assert (mail.text, mail.html) == (text, html)
    assert mail.headers.get("x-messagebox-content-type", content_type) == content_type


def test_a_file_with_a_subject_of_braces_goes_as_a_file(account, john, smtpeter):
    Message.objects.post(
        john,
        envelope_to(JILL, content=b"{}", content_type="application/json", subject="{x}"),
    )

    run_worker()

    [mail] = smtpeter.received
    assert [(file.name, file.content) for file in mail.files] == [("message.json", b"{}")]


def test_text_that_is_not_in_its_letters_is_refused_with_a_sentence(account, john, smtpeter):
    message = Message.objects.post(
        john, envelope_to(JILL, content=b"\xff{", content_type="text/plain; charset=utf-8")
    )

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.FAILED
    assert "is not in utf-8" in delivery.error
    assert smtpeter.requests == []


@given(
    st.text(st.sampled_from("{}$é\r\n\0 ldeimr\"<>@,;'/[]"), max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_no_text_of_a_sender_is_read_as_a_template(odd, free):
    envelope = envelope_to(
        JILL,
        content=free.encode(),
        subject=odd,
        sender=Address("john", odd),
        headers={"x": odd, "y": free},
        sent_at=MOMENT,
    )
    sender = Address("john@mail.example", odd)
    mail = build(envelope, xuid="x" * 22, sender=sender, recipient=JILL)

    form = form_of(mail, envelope, sender)

    if isinstance(form, Whole):
        assert "{" not in form.mime and "}" not in form.mime
        assert "{" not in free + odd and "}" not in free + odd
    else:
        assert isinstance(form, Parts)
        members = form.members()
        texts = [members["from"], members.get("subject", ""), members.get("text", "")]
        for text in [*texts, *members["extra"].values()]:
            assert "{" not in text.replace("{ldelim}", "").replace("{rdelim}", "")


def test_an_address_that_the_box_may_send_as_is_the_sender(account, john, smtpeter):
    john.sender_addresses = ["balie@mail.example"]
    john.save()
    Message.objects.post(john, envelope_to(JILL, sender=Address("Balie@mail.example", "Balie")))
    Message.objects.post(john, envelope_to(JILL, sender=Address("paus@vatican.example", "Paus")))

    run_worker()

    assert [mail.message["From"].addresses[0].addr_spec for mail in smtpeter.received] == [
        "Balie@mail.example",
        "john@mail.example",
    ]


def test_each_recipient_is_a_mail_and_one_that_is_refused_spoils_no_other(account, john, smtpeter):
    smtpeter.refuse(JILL, 400, "Invalid email address")
    message = Message.objects.post(john, envelope_to(JILL), recipients=[Address(BOB)])

    run_worker()
    smtpeter.refused.clear()
    reload(message).resend()
    run_worker()

    assert [mail.recipient for mail in smtpeter.received] == [BOB, JILL]
    assert reload(message).status == Message.Status.SENT


@pytest.mark.parametrize(
    "count", [25, pytest.param(1000, marks=[pytest.mark.wide, pytest.mark.timeout(900)])]
)
def test_many_recipients_get_a_mail_each(account, john, smtpeter, count):
    people = [f"{n}@example.org" for n in range(count)]
    message = Message.objects.post(john, envelope_to(), recipients=map(Address, people))

    run_worker()
    while message.deliveries.filter(status="queued").exists():
        run_worker()

    assert sorted(mail.recipient for mail in smtpeter.received) == sorted(people)
    assert reload(message).status == Message.Status.SENT


# -- what goes wrong --


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_each_fault_ends_as_it_should(account, john, smtpeter, settings, fault):
    fault.arrange(smtpeter, settings)
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    fault.check(message.deliveries.get())


def test_a_refusal_for_good_has_its_words(account, john, smtpeter):
    smtpeter.refuse(JILL, 400, "Invalid email address: jill")
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.attempts) == (Delivery.Status.FAILED, 1)
    assert delivery.error == "SMTPeter refuses the message: “400 Invalid email address: jill”."
    assert reload(message).status == Message.Status.ERROR


def test_a_refusal_for_now_is_tried_again_and_arrives_once(account, john, smtpeter):
    smtpeter.fail("body", "503 Busy")
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()
    smtpeter.heal()
    run_worker()  # before its time: nothing happens
    early = list(smtpeter.received)
    after_the_pause()
    run_worker()

    assert early == []
    assert len(smtpeter.received) == 1
    assert reload(message).status == Message.Status.SENT


@pytest.mark.parametrize("kind", ["expired", "other host", "unknown authority"])
def test_nothing_is_sent_to_a_server_that_cannot_show_who_it_is(
    account_at, john, authority, settings, kind
):
    settings.ROADS_CA_FILE = str(authority.ca_file)
    with FakeSmtpeter(context=authority.context(kind)) as fake:
        account_at(fake, box=john)
        message = Message.objects.post(john, envelope_to(JILL))

        run_worker()

        assert fake.requests == []
    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert "certificate is not to be trusted" in delivery.error


def test_a_wrong_token_names_the_account_and_not_the_token(account_at, john, smtpeter):
    account_at(smtpeter, box=john, token="Verkeerd123")
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert "Check the access token in the SMTPeter account of box john" in delivery.error
    assert "Verkeerd123" not in delivery.error


@pytest.mark.parametrize(
    ("sealed", "words"), [(b"\x00no key made this", "Enter it again"), (None, "no access token")]
)
def test_a_token_that_cannot_be_read_waits_for_the_operator(account, john, smtpeter, sealed, words):
    Account.objects.update(sealed_password=sealed)
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == Delivery.Status.QUEUED
    assert words in delivery.error
    assert smtpeter.requests == []


def test_a_message_whose_account_is_gone_fails_and_takes_no_other_road(account, john, smtpeter):
    message = Message.objects.post(john, envelope_to(JILL))
    account.delete()

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.transport) == (Delivery.Status.FAILED, "smtpeter")
    assert "The box john has no SMTPeter account" in delivery.error


def test_without_a_sending_domain_nothing_leaves(account, john, smtpeter, settings):
    settings.MAIL_DOMAIN = ""
    message = Message.objects.post(john, envelope_to(JILL))

    run_worker()

    assert "MAIL_DOMAIN" in message.deliveries.get().error
    assert smtpeter.requests == []


def test_preparing_touches_no_network(account, john, smtpeter):
    message = Message.objects.post(john, envelope_to(JILL))

    prepared = SmtpeterTransport().prepare(message.deliveries.get())

    assert prepared.recipient == JILL
    assert smtpeter.requests == []


# -- what became of it --


@pytest.fixture
def sent(account, john, smtpeter) -> Message:
    message = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    return message


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize(
    ("kinds", "status", "message_status"),
    [
        ((), "sent", "SENT"),
        (("delivery",), "delivered", "SENT"),
        (("failure",), "undelivered", "ERROR"),
        (("delivery", "failure"), "undelivered", "ERROR"),
        (("delivery", "bounce", "response"), "delivered", "SENT"),
        (("delivery", "open"), "read", "SENT"),
        (("click",), "read", "SENT"),
    ],
)
def test_a_delivery_moves_by_the_events(sent, smtpeter, nested, kinds, status, message_status):
    smtpeter.nested = nested
    for kind in kinds:
        smtpeter.happen(smtpeter.received[0], kind)

    after_the_pause()
    run_sweep()

    delivery = sent.deliveries.get()
    assert delivery.status == status
    assert reload(sent).status == message_status
    if status == "undelivered":
        assert delivery.error == (
            "SMTPeter could not deliver the message (at rcptto): 550 5.1.1 User unknown."
        )


@pytest.mark.parametrize(("said", "for_good"), [("5.1.1", True), ("4.2.2", False)])
def test_a_failure_that_may_pass_later_is_told_from_one_for_good(sent, smtpeter, said, for_good):
    smtpeter.happen(smtpeter.received[0], "failure", status=said)

    after_the_pause()
    run_sweep()

    assert sent.deliveries.get().for_good == for_good


def test_asking_waits_while_smtpeter_does_not_answer(sent, smtpeter):
    smtpeter.happen(smtpeter.received[0], "delivery")
    smtpeter.fail("body", "503 Busy")

    after_the_pause()
    run_sweep()
    busy = sent.deliveries.get().status
    smtpeter.heal()
    after_the_pause()
    run_sweep()

    assert (busy, sent.deliveries.get().status) == ("sent", "delivered")


@pytest.mark.parametrize("says", [CUT, STALL])
def test_a_doubt_is_settled_by_the_tag_of_the_delivery(account, john, smtpeter, settings, says):
    settings.ROADS_TIMEOUT = 1 if says == STALL else 20
    smtpeter.fail("body", says)
    message = Message.objects.post(john, envelope_to(JILL, BOB))
    run_worker()
    doubts = [delivery.status for delivery in message.deliveries.all()]
    smtpeter.heal()

    after_the_pause()
    run_sweep()

    assert doubts == ["uncertain", "uncertain"]
    assert [(item.status, item.remote_id) for item in message.deliveries.all()] == [
        ("sent", mail.id) for mail in sorted(smtpeter.received, key=lambda mail: mail.tags[1])
    ]
    assert len(smtpeter.received) == 2
    assert reload(message).status == Message.Status.SENT


def test_a_doubt_that_smtpeter_knows_nothing_of_stays_for_a_person(account, john, smtpeter):
    smtpeter.fail("body", CUT)
    message = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    smtpeter.heal()
    smtpeter.events.clear()

    after_the_pause()
    run_sweep()

    assert message.deliveries.get().status == "uncertain"
    assert len(smtpeter.received) == 1


def test_of_two_mails_for_one_delivery_the_better_end_counts(account, john, smtpeter):
    smtpeter.fail("body", CUT)
    message = Message.objects.post(john, envelope_to(JILL))
    run_worker()
    message.deliveries.get().send_again()
    run_worker()
    smtpeter.heal()
    first, second = smtpeter.received
    smtpeter.happen(first, "delivery")
    smtpeter.happen(second, "failure")

    after_the_pause()
    run_sweep()

    delivery = message.deliveries.get()
    assert (delivery.status, delivery.remote_id) == ("delivered", first.id)


def test_a_failure_without_words_says_so():
    assert report_of("abc", [Event("failure", {"code": None})]) == Report(
        "undelivered",
        "SMTPeter could not deliver the message: it gives no reason.",
        "abc",
    )


# -- the account --


def test_trying_an_account_tells_its_sender_domains(account, smtpeter):
    assert SmtpeterTransport().try_account(account) == (
        "SMTPeter takes the token; its sender domains are mail.example."
    )
    assert smtpeter.received == []


def test_trying_an_account_without_our_domain_says_what_to_set_up(account, smtpeter):
    smtpeter.domains = ("other.example",)

    with pytest.raises(Refused, match=r"mail\.example is not one of its sender domains"):
        SmtpeterTransport().try_account(account)


def test_trying_an_account_with_a_wrong_token_says_so(account_at, smtpeter):
    with pytest.raises(Refused, match="Check the access token in the SMTPeter account"):
        SmtpeterTransport().try_account(account_at(smtpeter, token="Verkeerd123"))


def test_what_keeps_mail_from_leaving_is_told_before_it_is_sent(account, john, jill, settings):
    road = SmtpeterTransport()

    assert road.hindrance(JILL, john) == ""
    assert "The box jill has no SMTPeter account" in road.hindrance(JILL, jill)
    assert "must not be reached by plain e-mail" in road.hindrance("7@ezorg.nl", john)
    settings.MAIL_DOMAIN = ""
    assert "MAIL_DOMAIN" in road.hindrance(JILL, john)


def test_a_partner_is_tried_by_the_account_alone(account, john, smtpeter):
    assert "SMTPeter takes the token" in SmtpeterTransport().try_partner(JILL, john)
    assert [request.method for request in smtpeter.requests] == ["GET"]


def test_opens_are_followed_only_where_the_installation_says_so(account, john, smtpeter, settings):
    settings.SMTPETER_TRACK_OPENS = True
    Message.objects.post(john, envelope_to(JILL))

    run_worker()

    assert smtpeter.received[0].body["trackopens"] is True
