"""A message that came to the wrong mailbox, in the inbox of both sides."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client

from boxes import tokens
from boxes.envelope import Attachment
from boxes.errors import WrongStatus
from boxes.models import Access, Box, Draft, Handling, Message, Misdelivery
from tests.boxes.envelopes import envelope_to
from tests.boxes.inbox.test_working import move
from tests.boxes.inbox.test_writing import opened
from tests.transports.worker import run_worker


@pytest.fixture
def anna(person, jill):
    """She works in john's box, and may send in jill's."""
    anna = person("anna", "read", "send")
    Access.objects.create(box=jill, user=anna.user, send=True)
    return anna


@pytest.fixture
def jane(person, jill):
    return person("jane", "read", "send", box=jill)


def away(browser, message, to: str, reason: str = "Is van een andere praktijk"):
    path = f"/inbox/john/message/{message.xuid}/misdelivered"
    return browser.post(path, {"to": to, "reason": reason}, follow=True)


def test_moved_by_hand_both_sides_see_it(anna, jane, received, jill):
    message = received("Uitslag mw. Duinmeijer", flag="abnormal")
    jwt = tokens.mint_page(message, anna.user.subject)
    form = anna.get(f"/inbox/john/inbox/{message.xuid}").text
    assert '<option value="jill">' in form

    page = away(anna, message, "jill")

    assert "Moved to the mailbox Jill Jackson." in page.text
    for text in (page.text, anna.get("/inbox/john/archive").text):
        assert "Wrongly delivered: Anna moved it to the box Jill Jackson (jill)" in text
        assert "Duinmeijer" not in text
    history = anna.get(f"/inbox/john/archive/{message.xuid}/history").text
    assert "closed as wrongly delivered" in history and "delivered" in history
    assert "ib-viewer" not in page.text and "Is van een andere praktijk" in page.text
    assert Client().get(f"/john/messages/{message.xuid}", {"jwt": jwt}).status_code == 410
    there = Message.objects.in_box(jill).get()
    read = jane.get(f"/inbox/jill/inbox/{there.xuid}").text
    assert "Moved here from John Johnson by Anna" in read and "Is van een andere praktijk" in read
    assert "Duinmeijer" in read
    log = jane.get(f"/inbox/jill/inbox/{there.xuid}/history").text
    assert "moved here from another box" in log


@pytest.mark.parametrize(
    ("to", "reason", "words"),
    [
        ("", "waarom", "Choose where the message belongs."),
        ("jill", "", "Say why"),
        ("john", "waarom", "in this box already"),
        ("@sender", "waarom", "Move the message to the right box, or tell the sender"),
    ],
)
def test_what_cannot_be_is_said_and_the_reason_is_kept(anna, received, to, reason, words):
    message = received()
    Message.objects.update(from_address="nobody")

    page = away(anna, message, to, reason)

    assert words in page.text and f'value="{reason}"' in page.text
    assert not Misdelivery.objects.exists() and Message.objects.count() == 1


def test_who_may_send_nowhere_moves_nothing(person, received, jill):
    reader = person("carl", "read")
    message = received()
    assert (
        "You may send in no other mailbox." in reader.get(f"/inbox/john/inbox/{message.xuid}").text
    )

    for to in ("jill", "@sender"):
        refused = away(reader, message, to)
        assert refused.status_code == 404
        assert "Is van een andere praktijk</textarea>" in refused.text
    assert not Misdelivery.objects.exists()


@pytest.mark.parametrize("verb", ["archive", "unarchive", "take", "handled", "unread"])
def test_a_colleague_with_the_page_still_open_is_told_where_it_went(
    anna, bert, received, jill, verb
):
    message = received()
    away(anna, message, "jill")

    assert "Anna moved it to the box Jill Jackson (jill)" in move(bert, message, verb)
    assert not hasattr(Message.objects.get(pk=message.pk), "handling")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("message/{}/label", {"name": "bsn", "value": "999990032"}),
        ("message/{}/misdelivered", {"to": "jill", "reason": "ook ik"}),
        ("write", {"about": "{}", "as": "forward"}),
        ("bulk", {"move": "unarchive", "xuid": "{}"}),
    ],
)
def test_nothing_more_is_done_with_what_is_left(anna, bert, received, jill, path, body):
    message = received()
    Access.objects.create(box=jill, user=bert.user, send=True)
    away(anna, message, "jill")
    filled = {name: value.format(message.xuid) for name, value in body.items()}

    page = bert.post(f"/inbox/john/{path.format(message.xuid)}", filled, follow=True)

    assert "Anna moved it to the box Jill Jackson (jill)" in page.text
    assert Message.objects.in_box(jill).count() == 1
    assert Message.objects.get(pk=message.pk).status == "ARCHIVED"
    assert not message.properties.exists()


def test_what_is_left_is_neither_printed_nor_listed_by_its_patient(anna, received, jill):
    known = {"identity": "one", "patient_name": "Vries, A. de", "birth_date": "1950-02-03"}
    message = received("Uitslag", **known)
    other = received("Brief", **known)
    away(anna, message, "jill")

    printed = anna.get(f"/inbox/john/inbox/{message.xuid}/print")
    assert printed["Location"] == f"/inbox/john/archive/{message.xuid}"
    assert anna.get(f"/inbox/john/archive/{message.xuid}/patient").status_code == 404
    assert message.xuid not in anna.get(f"/inbox/john/inbox/{other.xuid}/patient").text


@pytest.mark.parametrize("to", ["jill", "@sender"])
def test_no_draft_of_this_box_keeps_what_it_took_over(anna, bert, john, jill, to):
    file = Attachment("foto.txt", "text/plain", b"foto van mw. Duinmeijer")
    letter = envelope_to("john", subject="Uitslag mw. Duinmeijer", attachments=(file,))
    Message.objects.post(jill, letter)
    run_worker()
    message = Message.objects.in_box(john).get()
    bert.post("/inbox/john/write", {"about": message.xuid, "as": "forward"})
    draft = Draft.objects.get()
    open_page = opened(bert, f"/inbox/john/write/{draft.ref}")
    draft.attach("eigen.txt", "text/plain", b"eigen")
    draft.keep(text="Zie bijlage")
    assert draft.files.count() == 3

    away(anna, message, to)

    draft.refresh_from_db()
    assert [part.filename for part in draft.files.all()] == ["eigen.txt"]
    assert (draft.subject, draft.text) == ("Fwd:", "Zie bijlage")
    stale = {**open_page, "do": "save", "subject": "Fwd: Uitslag mw. Duinmeijer"}
    assert bert.post(f"/inbox/john/write/{draft.ref}", stale).status_code == 409
    page = bert.get(f"/inbox/john/write/{draft.ref}")
    assert page.status_code == 200 and "Duinmeijer" not in page.text


def test_sent_back_the_sender_sees_it_at_the_sent_message(anna, jane, john, jill):
    sent = Message.objects.post(jill, envelope_to("john", subject="Mw. Jansen"))
    run_worker()
    arrived = Message.objects.in_box(john).get()

    page = away(anna, arrived, "@sender")
    run_worker()

    assert "Sent back by the mailbox John Johnson." in page.text
    page = jane.get(f"/inbox/jill/error/{sent.xuid}").text
    assert "Returned as wrongly delivered by the box john: Is van een andere praktijk" in page
    assert 'ib-first" form="correct">Correct the address and send' in page
    assert "Send again to those whom it did not reach" not in page
    assert "Wrongly delivered: your message of" in jane.get("/inbox/jill/inbox").text


def test_what_reached_no_sender_is_put_back_by_hand(anna, john, jill):
    Message.objects.post(jill, envelope_to("john", subject="Overleg"))
    run_worker()
    arrived = Message.objects.in_box(john).get()
    move(anna, arrived, "handled", note="mw. Duinmeijer gebeld")
    away(anna, arrived, "@sender")
    Box.objects.filter(pk=jill.pk).update(state="closed")
    run_worker()
    stub = f"/inbox/john/archive/{arrived.xuid}"
    left = anna.get(stub).text
    assert "Put it back into the inbox" in left and "Duinmeijer" not in left

    path = f"/inbox/john/message/{arrived.xuid}/putback"
    page = anna.post(path, follow=True)

    assert "Back in the inbox." in page.text and "Overleg" in page.text
    assert "mw. Duinmeijer gebeld</q>" in page.text
    assert "put back already" in anna.post(path, follow=True).text


def test_it_is_put_back_also_where_a_colleague_handled_the_notice(anna, john, jill):
    Message.objects.post(jill, envelope_to("john", subject="Overleg"))
    run_worker()
    arrived = Message.objects.in_box(john).get()
    away(anna, arrived, "@sender")
    Box.objects.filter(pk=jill.pk).update(state="closed")
    run_worker()
    move(anna, Message.objects.in_box(john).get(direction="OUT"), "handled")

    page = anna.post(f"/inbox/john/message/{arrived.xuid}/putback", follow=True)

    assert "Back in the inbox." in page.text and "Overleg" in page.text


def test_a_stub_of_before_loses_its_note_and_nothing_else_does(anna, received, jill):
    forget = import_module("boxes.migrations.0027_stubs_without_notes").forget
    left, here = received(), received()
    for message in (left, here):
        move(anna, message, "handled", note="gebeld")
    away(anna, left, "jill")
    Handling.objects.update(note="gebeld")

    forget(apps, None)

    notes = {item.message_id: item.note for item in Handling.objects.all()}
    assert notes == {left.pk: "", here.pk: "gebeld"}


def test_a_notice_about_what_was_put_back_is_sent_no_more(anna, john, jill):
    Message.objects.post(jill, envelope_to("john", subject="Overleg"))
    run_worker()
    arrived = Message.objects.in_box(john).get()
    away(anna, arrived, "@sender")
    Box.objects.filter(pk=jill.pk).update(state="closed")
    run_worker()
    notice = Message.objects.in_box(john).get(direction="OUT")
    assert "Send again to those" in anna.get(f"/inbox/john/error/{notice.xuid}").text
    begun = anna.post("/inbox/john/write", {"about": notice.xuid, "as": "again"})["Location"]
    anna.post(f"/inbox/john/message/{arrived.xuid}/putback")
    Box.objects.filter(pk=jill.pk).update(state="open")

    late = anna.post(begun, {"do": "send", "to": "jill", "text": "Verkeerd bezorgd"})
    assert late.status_code == 400 and "is here again: it is sent no more" in late.text
    anna.post(begun, {"do": "discard", "sure": "1"})
    page = anna.get(f"/inbox/john/error/{notice.xuid}").text
    path = f"/inbox/john/message/{notice.xuid}/delivery"
    refused = anna.post(path, {"do": "resend"}, follow=True).text

    assert "Send again to those" not in page and "Correct the address and send" not in page
    corrected = anna.post(
        "/inbox/john/write", {"about": notice.xuid, "as": "again"}, follow=True
    ).text
    for text in (page, refused, corrected):
        assert "is here again: it is sent no more" in text
    assert not Draft.objects.exists()
    with pytest.raises(WrongStatus, match="is here again"):
        notice.deliveries.get().retry_now()
    run_worker()
    assert not Message.objects.in_box(jill).filter(direction="IN").exists()
    assert "was not sent" not in anna.get("/inbox/john/inbox").text  # nobody needs to look


@pytest.mark.parametrize("where", ["note", "reason", "label"])
def test_what_was_refused_waits_for_the_next_page_where_nobody_reads_it(
    anna, bert, received, where
):
    message = received()
    move(anna, message, "take")
    path, words = f"/inbox/john/message/{message.xuid}", "mevrouw Duinmeijer gebeld"
    if where == "note":
        bert.post(f"{path}/move", {"move": "handled", "note": words})
    elif where == "reason":
        bert.post(f"{path}/misdelivered", {"to": "", "reason": words})
    else:
        bert.post(f"{path}/label", {"name": "notitie", "value": words, "was": "oud"})

    session = Session.objects.get(pk=bert.session.session_key)
    kept = str(session.get_decoded())
    assert message.xuid in kept and "Duinmeijer" not in kept
    Handling.objects.all().delete()
    here = f"/inbox/john/inbox/{message.xuid}"
    assert words in bert.get(here).text
    assert words not in bert.get(here).text  # once


def test_what_was_kept_under_a_key_that_is_gone_is_left_out(anna, received, settings):
    message = received()
    anna.post(f"/inbox/john/message/{message.xuid}/misdelivered", {"to": "", "reason": "waarom"})
    settings.CONTENT_KEYS = {"new": bytes(32)}

    page = anna.get(f"/inbox/john/inbox/{message.xuid}")

    assert page.status_code == 200 and "waarom" not in page.text


def test_mailboxes_are_named_as_people_call_them(anna, jane, received, jill):
    message = received()
    away(anna, message, "jill")

    stub = anna.get(f"/inbox/john/archive/{message.xuid}").text
    told = anna.get(f"/inbox/john/archive/{message.xuid}/history").text
    there = Message.objects.in_box(jill).get()
    arrived = jane.get(f"/inbox/jill/inbox/{there.xuid}/history").text

    assert "<bdi>Jill Jackson</bdi> <small>jill</small>" in stub
    assert 'closed as wrongly delivered: <bdi>Jill Jackson</bdi> <small class="' in told
    assert '<small dir="auto">Is van een andere praktijk</small>' in told
    assert "moved here from another box: <bdi>John Johnson</bdi>" in arrived
    assert 'class="ib-box-name">john</small>' in arrived
