"""What a person does with messages, alone and beside colleagues."""

import re

import pytest

from boxes.models import Handling, LogEntry, Message, Misdelivery, Property
from tests.boxes.envelopes import envelope_to

BULK = "/inbox/john/bulk"
DUTCH = {"accept-language": "nl"}


def move(browser, message, verb: str, **more) -> str:
    path = f"/inbox/john/message/{message.xuid}/move"
    return browser.post(path, {"move": verb, **more}, follow=True).text


def reload(row):
    return type(row).objects.get(pk=row.pk)


def test_archiving_can_be_undone(anna, received):
    message = received()

    page = anna.post(f"/inbox/john/message/{message.xuid}/move", {"move": "archive"}, follow=True)
    assert reload(message).status == "ARCHIVED"
    assert "Archived: Uitslag" in page.text and 'name="move" value="unarchive">Undo' in page.text
    anna.post(BULK, {"move": "unarchive", "xuid": message.xuid})

    assert reload(message).status == "INBOX"
    assert LogEntry.objects.filter(action="archive", xuid=message.xuid).exists()


def test_what_is_abnormal_and_not_handled_is_archived_only_on_purpose(anna, received):
    message = received(flag="abnormal")

    text = move(anna, message, "archive")

    assert "nobody has handled it yet" in text and "Archive all the same" in text
    assert reload(message).status == "INBOX"
    move(anna, message, "archive", sure="1")
    assert reload(message).status == "ARCHIVED"


def test_what_a_colleague_works_on_is_archived_only_on_purpose(anna, bert, received):
    message = received()
    move(anna, message, "take")

    text = move(bert, message, "archive")

    assert "Anna has taken this message." in text and "Archive all the same" in text
    assert reload(message).status == "INBOX"


def test_who_archives_an_abnormal_result_hears_also_which_colleague_has_it(anna, bert, received):
    message = received(flag="abnormal")
    move(anna, message, "take")

    text = move(bert, message, "archive")

    assert "Anna has taken this message. This is abnormal, and nobody has handled it yet." in text
    assert reload(message).status == "INBOX"


def test_a_page_that_is_open_can_ask_what_a_colleague_did_meanwhile(anna, bert, jill, received):
    message = received()

    def told(folder: str = "inbox") -> str:
        return anna.get(f"/inbox/john/{folder}/{message.xuid}/meanwhile").json()["said"]

    logged = LogEntry.objects.count()
    assert told() == "" and LogEntry.objects.count() == logged
    move(anna, message, "take")
    assert told() == ""
    move(anna, message, "release")
    move(bert, message, "take")
    assert told() == "Bert has taken this message."
    assert (
        'data-known="Bert has taken this message."'
        in anna.get(f"/inbox/john/inbox/{message.xuid}").text
    )
    move(bert, message, "handled", note="gebeld")
    move(bert, message, "archive")
    assert told() == "Bert has already handled this message. It is now in: Archive."
    assert told("archive") == "Bert has already handled this message."
    later = received("Correctie")
    Message.objects.filter(pk=message.pk).update(replaced_by=later)
    assert told("archive").endswith("A later report replaces this one.")
    facts = {"subject": bert.user.subject, "name": "Bert", "reason": "andere praktijk"}
    Misdelivery.objects.move(message, jill, **facts)
    assert told("archive").startswith("Wrongly delivered: Bert moved it")


def test_bulk_work_stands_in_the_history_of_each_message(anna, received):
    message = received()
    anna.post(BULK, {"move": "archive", "xuid": message.xuid})
    anna.post(BULK, {"move": "unarchive", "xuid": message.xuid})

    text = anna.get(f"/inbox/john/inbox/{message.xuid}/history").text

    assert "archived" in text and "put back into the inbox" in text


def test_a_move_is_no_link_that_a_page_could_follow(anna, received):  # V77
    assert anna.get(f"/inbox/john/message/{received().xuid}/move").status_code == 405


def test_a_move_needs_the_token_of_its_form(person, received):  # V77
    from django.test import Client

    anna = person("anna", "read")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = anna.cookies
    message = received()

    answer = strict.post(f"/inbox/john/message/{message.xuid}/move", {"move": "archive"})

    assert answer.status_code == 403 and reload(message).status == "INBOX"


def test_next_leads_to_no_other_place(anna, received):
    message = received()

    for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = anna.post(
            f"/inbox/john/message/{message.xuid}/move", {"move": "archive", "next": wanted}
        )
        assert answer["Location"] == "/inbox/john/inbox"


# -- taking and handling --


def test_who_takes_a_message_is_seen_by_colleagues(anna, bert, received):
    message = received(flag="abnormal")

    move(anna, message, "take")

    assert "with Anna" in bert.get("/inbox/john/inbox").text
    assert Handling.objects.get().state == "taken"


def test_two_people_cannot_take_one_message(anna, bert, received):
    message = received()
    move(anna, message, "take")

    text = move(bert, message, "take")

    assert "Anna has taken this message." in text
    assert Handling.objects.get().holder == anna.user.subject


def test_what_a_colleague_has_is_neither_released_nor_handled_by_another(anna, bert, received):
    message = received()
    move(anna, message, "take")

    for verb in ("release", "handled"):
        assert "Anna has taken this message." in move(bert, message, verb)
    assert Handling.objects.get().state == "taken"


def test_a_colleague_takes_over_what_an_absent_one_has(anna, bert, received):
    message = received()
    move(anna, message, "take")
    assert "Take over from Anna" in bert.get(f"/inbox/john/inbox/{message.xuid}").text

    move(bert, message, "takeover")

    assert Handling.objects.get().holder == bert.user.subject
    assert LogEntry.objects.filter(action="takeover", subject=bert.user.subject).exists()


def test_nothing_is_taken_over_from_a_third_who_came_in_between(anna, bert, person, received):
    message, carl = received(), person("carl", "read")
    move(anna, message, "take")
    move(carl, message, "takeover", over="Anna")

    told = move(bert, message, "takeover", over="Anna")

    assert "Carl has taken this message." in told
    assert Handling.objects.get().holder == carl.user.subject


def test_a_note_that_was_refused_is_not_lost(anna, bert, received):
    message = received()
    move(anna, message, "take")
    path = f"/inbox/john/message/{message.xuid}/move"

    bert.post(path, {"move": "handled", "note": "lange notitie"})
    Handling.objects.release(message, anna.user.subject)

    assert "lange notitie" in bert.get(f"/inbox/john/inbox/{message.xuid}").text


@pytest.mark.parametrize("verb", ["take", "release"])
def test_a_note_stays_when_one_takes_a_message_or_gives_it_back(anna, received, verb):
    message = received()
    if verb == "release":
        move(anna, message, "take")

    assert 'value="mevrouw gebeld"' in move(anna, message, verb, note="mevrouw gebeld")


def test_released_it_is_free_for_a_colleague(anna, bert, received):
    message = received()
    move(anna, message, "take")
    move(anna, message, "release")

    move(bert, message, "take")

    assert Handling.objects.get().holder == bert.user.subject


def test_handled_it_says_by_whom_and_what_was_done(anna, bert, received):
    message = received(flag="abnormal")

    move(anna, message, "handled", note="patiënt gebeld")

    text = bert.get(f"/inbox/john/inbox/{message.xuid}").text
    assert "Handled by Anna" in text and "patiënt gebeld" in text
    assert "Anna has already handled this message." in move(bert, message, "take")


def test_handled_by_mistake_is_opened_again(anna, received):
    message = received()
    move(anna, message, "handled", note="gebeld")

    move(anna, message, "reopen")

    assert (Handling.objects.get().state, Handling.objects.get().note) == ("open", "gebeld")
    assert "not handled yet" in move(anna, message, "reopen")


def test_a_note_that_is_too_long_is_refused_whole(anna, received):
    message = received()

    assert "at most 500" in move(anna, message, "handled", note="x" * 501)
    assert not Handling.objects.exclude(handled_at=None).exists()


# -- many at once --


def test_bulk_archiving_leaves_what_is_abnormal_and_not_handled(anna, received):
    plain, abnormal, handled = (
        received("Een"),
        received("Twee", flag="abnormal"),
        received("Drie", flag="critical"),
    )
    move(anna, handled, "handled")

    page = anna.post(
        BULK,
        {"move": "archive", "xuid": [plain.xuid, abnormal.xuid, handled.xuid]},
        follow=True,
    )

    assert "2 messages are archived." in page.text
    assert "1 abnormal message that nobody has handled stays here." in page.text
    assert reload(abnormal).status == "INBOX"
    assert {reload(plain).status, reload(handled).status} == {"ARCHIVED"}


def test_bulk_archiving_leaves_what_is_urgent_until_somebody_opened_it(anna, received):
    message = received("Spoed", urgent=True)

    page = anna.post(BULK, {"move": "archive", "xuid": message.xuid}, follow=True)

    assert "1 urgent message that nobody has opened stays here." in page.text
    assert reload(message).status == "INBOX"
    anna.get(f"/inbox/john/inbox/{message.xuid}")
    anna.post(BULK, {"move": "archive", "xuid": message.xuid})
    assert reload(message).status == "ARCHIVED"


def test_messages_of_another_box_are_not_touched(anna, jill):
    foreign = Message.objects.receive(jill, envelope_to("jill"))

    page = anna.post(BULK, {"move": "archive", "xuid": foreign.xuid}, follow=True)

    assert "Choose messages first." in page.text
    assert reload(foreign).status == "INBOX"


@pytest.mark.parametrize(("verb", "left"), [("read", 0), ("unread", 2)])
def test_many_are_read_or_unread_for_one_person(anna, received, verb, left):
    messages = [received("Een"), received("Twee")]
    if verb == "unread":
        for message in messages:
            anna.get(f"/inbox/john/inbox/{message.xuid}")

    anna.post(BULK, {"move": verb, "xuid": [message.xuid for message in messages]})

    assert anna.get("/inbox/john/news").json()["counts"]["inbox"]["n"] == left


def test_an_unknown_move_is_none(anna, received):
    message = received()

    assert anna.post(BULK, {"move": "delete", "xuid": message.xuid}).status_code == 404
    assert Message.objects.filter(pk=message.pk).exists()


def test_who_has_it_by_a_name_of_two_lines_is_taken_over_from(anna, received):
    """Software names people as it likes; a browser gives the end of a line back as two signs."""
    message = received()
    Handling.objects.take(message, "key:x/1", "Dr.\nJansen")
    page = anna.get(f"/inbox/john/inbox/{message.xuid}").text
    [shown] = re.findall('name="over" value="([^"]+)"', page)

    said = move(anna, message, "takeover", over=shown.replace("\n", "\r\n"))

    assert "You have taken this message over" in said


# -- labels --


def test_labels_are_set_changed_and_removed(anna, received):
    message = received()
    path = f"/inbox/john/message/{message.xuid}/label"

    anna.post(path, {"name": "patientnummer", "value": "12"})
    anna.post(path, {"name": "patientnummer", "value": "13"})
    assert Property.objects.get().value == "13"
    assert "patientnummer: 13" in anna.get("/inbox/john/inbox").text
    page = anna.post(path, {"name": "patientnummer", "remove": "1"}, follow=True)

    assert not Property.objects.exists()
    assert "The label patientnummer is removed." in page.text
    history = anna.get(f"/inbox/john/inbox/{message.xuid}/history", headers=DUTCH).text
    assert "weggehaald: patientnummer" in history
    assert 'name="value" value="13"' in page.text
    anna.post(
        BULK,
        {"move": "label", "xuid": message.xuid, "name": "patientnummer", "value": "13"},
    )
    assert Property.objects.get().value == "13"


@pytest.mark.parametrize(
    ("name", "value"), [("map", " 12\nHuis"), (" map ", "1"), ("map\nkast", "1")]
)
def test_a_label_with_odd_blanks_is_changed_and_removed_as_well(anna, received, name, value):
    """Software may put any; a browser gives the end of a line back as two signs."""
    message = received()
    path = f"/inbox/john/message/{message.xuid}/label"
    Property.objects.put(message, name, value)
    form = {"name": name.replace("\n", "\r\n"), "was": value.replace("\n", "\r\n")}

    anna.post(path, form | {"value": "2"})
    assert message.properties.get().value == "2" and message.properties.get().name == name
    anna.post(path, form | {"was": "2", "remove": "1"})

    assert not message.properties.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("", "x"), ("x" * 256, "y"), ("x", "y" * 501), ("a\0b", "c")]
)
def test_a_label_that_cannot_be_is_refused_with_a_sentence(anna, received, name, value):
    message = received()

    page = anna.post(
        f"/inbox/john/message/{message.xuid}/label", {"name": name, "value": value}, follow=True
    )

    assert "label" in page.text.lower() and not Property.objects.exists()


def test_of_many_those_that_are_full_of_labels_get_no_more(anna, received, settings):
    settings.MAX_PROPERTIES = 1
    full, free = received(), received()
    Property.objects.put(full, "dossier", "12")

    label = {"move": "label", "xuid": [full.xuid, free.xuid], "name": "balie", "value": "1"}
    page = anna.post(BULK, label, follow=True)

    assert "A message has at most 1 labels." in page.text
    assert Property.objects.get(name="balie").message == free
    anna.post(BULK, label | {"name": "dossier", "value": "13"})
    assert Property.objects.get(message=full).value == "13"


def test_many_are_labelled_at_once(anna, received):
    messages = [received("Een"), received("Twee")]

    anna.post(
        BULK,
        {
            "move": "label",
            "xuid": [message.xuid for message in messages],
            "name": "zorgpad",
            "value": "COPD",
        },
    )

    assert Property.objects.filter(name="zorgpad", value="COPD").count() == 2
