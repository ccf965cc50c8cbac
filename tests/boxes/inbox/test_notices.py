"""What a page says of what was just done: to nobody but whoever did it."""

import json

from django.contrib.sessions.models import Session

from boxes.encryption import decrypt, encrypt
from boxes.notices import PATIENCE, PURPOSE
from tests.boxes.inbox.test_working import move
from tests.transports.worker import run_worker

TAKEN = "You have taken this message; colleagues see that."


def archived(anna, received):
    message = received("Uitslag", identity="one", patient_name="Fatima", birth_date="1950-02-03")
    return anna.post(f"/inbox/john/message/{message.xuid}/move", {"move": "archive"})


def test_a_patient_who_is_named_stands_in_no_cookie_and_not_plain_in_the_session(anna, received):
    answer = archived(anna, received)

    assert set(answer.cookies) <= {"sessionid", "csrftoken"}
    for session in Session.objects.all():
        assert "Fatima" not in str(session.get_decoded())
    assert "Archived: Uitslag, Fatima" in anna.get(answer["Location"]).text


def test_who_signs_in_next_at_the_same_computer_does_not_see_it(anna, bert, received):
    archived(anna, received)
    anna.session.flush()  # as its end does; whatever else the browser holds stays
    anna.force_login(bert.user)

    assert "Fatima" not in anna.get("/inbox/john/drafts").text


def test_it_is_said_once(anna, received):
    message = received()

    assert "Archived: Uitslag" in move(anna, message, "archive")
    assert "Archived: Uitslag" not in anna.get("/inbox/john/archive").text


def test_what_was_sealed_with_a_key_that_is_gone_is_left_out(anna, received, settings):
    answer = archived(anna, received)
    settings.CONTENT_KEYS = {"other": b"k" * 32}

    assert anna.get(answer["Location"]).status_code == 200


def test_it_waits_for_the_page_that_it_is_about(anna, received):
    """Two pages of one person are open, and both ask at the same moment."""
    first, second = received("Eerste"), received("Tweede")
    led_to = {
        one: anna.post(f"/inbox/john/message/{one.xuid}/move", {"move": "take"})["Location"]
        for one in (first, second)
    }

    assert TAKEN not in anna.get("/inbox/john/drafts").text
    for one in (second, first):
        text = anna.get(led_to[one]).text
        assert text.count(TAKEN) == 1
    assert TAKEN not in anna.get(led_to[first]).text
    assert "_messages" not in anna.session


def test_a_page_that_leads_on_passes_it_on(anna, jill):
    """A message that is sent is by then no longer where the answer said."""
    draft = anna.post("/inbox/john/write")["Location"]
    answer = anna.post(draft, {"do": "send", "to": "jill", "text": "Dag"})
    run_worker()

    page = anna.get(answer["Location"], follow=True)

    assert page.redirect_chain and "On its way." in page.text


def test_one_that_nobody_came_for_is_not_said_much_later(anna, received):
    answer = archived(anna, received)
    session = anna.session
    [[page, since, said]] = json.loads(decrypt(bytes.fromhex(session["_messages"]), PURPOSE))
    late = json.dumps([[page, since - PATIENCE, said]]).encode()
    session["_messages"] = encrypt(late, PURPOSE).hex()
    session.save()

    assert "Archived" not in anna.get(answer["Location"]).text
