"""The contacts of a box get a mail when something waits too long, and nothing about patients."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.models import Access, Box, LogEntry, Message, Misdelivery, User
from boxes.summary import Summary
from tests.boxes.envelopes import envelope_to
from transports.reminding import remind
from transports.schedule import SCHEDULES

DESK = "desk@example.org"


@pytest.fixture(autouse=True)
def mail(settings, smtp):
    settings.MAIL_DOMAIN = "messagebox.example"
    settings.DEFAULT_FROM_EMAIL = "MessageBox <postmaster@messagebox.example>"
    settings.EMAIL_BACKEND = "boxes.sign_in.mail.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.host, smtp.port
    settings.BASE_URL, settings.LANGUAGE_CODE = "https://messagebox.example", "en"


@pytest.fixture(autouse=True)
def contacts(john):
    Box.objects.filter(pk=john.pk).update(contacts=[DESK])


def waited(message: Message, **long: float) -> Message:
    Message.objects.filter(pk=message.pk).update(created_at=now() - timedelta(**long))
    return message


def abnormal(box: Box, **long: float) -> Message:
    result = envelope_to(box.name, subject="Uitslag De Vries", content=b"Kalium 7,1")
    message = Message.objects.receive(box, result)
    Message.objects.know(message, Summary(flag="abnormal", identity="one", patient_name="Vries"))
    return waited(message, **long)


def spoiled(box: Box, status: str, **long: float) -> Message:
    message = Message.objects.post(box, envelope_to("streeklab", subject="Uitslag De Vries"))
    message.deliveries.update(status=status, error="De Vries is not known here.")
    message.settle()
    return waited(message, **long)


def test_one_mail_tells_all_that_waits_and_names_nobody(john, smtp):
    abnormal(john, hours=2)
    spoiled(john, "failed", hours=2)
    spoiled(john, "uncertain", hours=3)
    waited(Message.objects.post(john, envelope_to("streeklab")), hours=4)

    assert remind() == 1

    [mail] = smtp.received
    assert mail.rcpt_tos == [DESK]
    assert mail.message["Subject"] == "MessageBox: something waits in mailbox John Johnson"
    text = mail.message.get_content().replace("\r\n", "\n")
    for words, folder in (
        ("1 abnormal or urgent message is not opened by anybody since", "inbox"),
        ("was not sent.", "error"),
        ("Of 1 message of", "error"),
        ("1 message waits to be sent since", "outbox"),
    ):
        assert words in text
        assert f"https://messagebox.example/inbox/john/{folder}\n" in text
    assert b"Vries" not in mail.content and b"streeklab" not in mail.content
    assert LogEntry.objects.get(action="remind").detail == DESK


def test_what_waits_only_shortly_or_is_looked_after_needs_no_mail(john, jill, smtp):
    abnormal(john, minutes=30)
    spoiled(john, "failed", minutes=30)
    abnormal(john, hours=2).mark_read()
    waited(Message.objects.receive(john, envelope_to("john")), days=9)
    abnormal(jill, hours=2)  # which has no contacts, and nobody who manages it

    assert remind() == 0 and not smtp.received


def test_a_report_whose_correction_went_to_another_box_is_told_of_again(john, jill, smtp):
    first, correction = abnormal(john, hours=3), abnormal(john, hours=2)
    Message.objects.filter(pk=first.pk).update(replaced_by=correction)
    correction.mark_read()
    assert remind() == 0

    Misdelivery.objects.move(correction, jill, subject="user:1", name="Anna", reason="verkeerd")

    assert remind() == 1 and len(smtp.received) == 1


def test_a_box_is_mailed_once_in_some_hours_while_it_lasts(john, smtp):
    abnormal(john, hours=2)
    remind()
    remind()
    assert len(smtp.received) == 1

    Box.objects.filter(pk=john.pk).update(reminded_at=now() - timedelta(hours=7))
    remind()

    assert len(smtp.received) == 2


def test_two_workers_send_one_mail(john):
    again = Box.objects.get(pk=john.pk)

    assert john.claim_reminder() and not again.claim_reminder()


def test_a_mail_that_could_not_leave_is_tried_in_the_next_round(john, smtp):
    abnormal(john, hours=2)
    smtp.fail("greeting", "554 No service")
    assert remind() == 0
    smtp.heal()

    assert remind() == 1 and len(smtp.received) == 1


def test_who_manages_the_box_gets_it_where_no_contacts_are_named(john, smtp):
    Box.objects.filter(pk=john.pk).update(contacts=[])
    for name, rights in (("anna", {"manage": True}), ("bert", {"read": True})):
        user = User.objects.create_user(name, f"{name}@example.org")
        Access.objects.create(box=john, user=user, **rights)
    abnormal(john, hours=2)

    remind()

    assert [mail.rcpt_tos for mail in smtp.received] == [["anna@example.org"]]


def test_without_a_mail_domain_nothing_is_mailed(john, smtp, settings):
    settings.MAIL_DOMAIN = ""
    abnormal(john, hours=2)

    assert remind() == 0 and not smtp.received


def test_it_is_in_the_language_of_the_installation(john, smtp, settings):
    settings.LANGUAGE_CODE = "nl"
    abnormal(john, hours=2)

    remind()

    assert "Er wacht iets in postbus John Johnson" in smtp.received[0].message["Subject"]


def test_a_worker_does_so_by_itself():
    assert ("transports.tasks.remind", 10) in SCHEDULES.values()
