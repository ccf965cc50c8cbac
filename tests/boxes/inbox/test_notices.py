"""What a page says of what was just done: to nobody but whoever did it."""

from django.contrib.sessions.models import Session

from tests.boxes.inbox.test_working import move


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
