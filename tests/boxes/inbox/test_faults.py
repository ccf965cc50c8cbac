"""Two people at once, and what goes away while its page is open: said, and no text is lost."""

import threading

import pytest
from django.db import connection

from boxes.models import Access, Draft, Handling, Message
from tests.boxes.envelopes import envelope_to

MOVED = {"to": "jill", "reason": "andere praktijk"}


def at_once(*acts) -> list:
    """What each answers, all begun at the same moment."""
    start, answers = threading.Barrier(len(acts)), {}

    def run(n, act):
        start.wait()
        try:
            answers[n] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[n] for n in range(len(acts))]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("verb", "first", "second"),
    [
        ("take", "You have taken this message", "has taken this message."),
        ("handled", "Handled.", "has already handled this message."),
        ("misdelivered", "Moved to the mailbox", "moved it to the box Jill Jackson (jill)"),
    ],
)
def test_of_two_people_at_once_one_is_told_the_others_name(
    anna, bert, received, jill, verb, first, second
):
    message = received()
    for person in (anna, bert):
        Access.objects.create(box=jill, user=person.user, send=True)
    path = f"/inbox/john/message/{message.xuid}/"
    path, body = (path + verb, MOVED) if verb == "misdelivered" else (path + "move", {"move": verb})

    answers = at_once(*(lambda who=who: who.post(path, body) for who in (anna, bert)))

    assert [answer.status_code for answer in answers] == [302, 302]
    told = [
        person.get(answer["Location"]).text
        for person, answer in zip((anna, bert), answers, strict=True)
    ]
    [winner] = [n for n in (0, 1) if first in told[n]]
    assert f"{('Anna', 'Bert')[winner]} {second}" in told[1 - winner]
    if verb == "misdelivered":
        assert Message.objects.in_box(jill).count() == 1
    else:
        assert Handling.objects.get().holder == (anna, bert)[winner].user.subject


@pytest.mark.parametrize("verb", ["take", "handled", "archive", "unread", "takeover", "reopen"])
def test_of_a_message_that_was_removed_meanwhile_the_text_is_given_back(anna, received, verb):
    message = received()
    path = f"/inbox/john/message/{message.xuid}"
    assert anna.get(f"/inbox/john/inbox/{message.xuid}").status_code == 200
    Message.objects.all().delete()

    page = anna.post(f"{path}/move", {"move": verb, "note": "mevrouw gebeld"})

    assert page.status_code == 404 and "it was removed" in page.text
    assert "mevrouw gebeld</textarea>" in page.text
    assert anna.post(f"{path}/label", {"name": "a", "value": "b"}).status_code == 404
    assert anna.post(f"{path}/misdelivered", MOVED).status_code == 404
    assert "it was removed" in anna.get(f"/inbox/john/inbox/{message.xuid}").text


def test_what_is_typed_in_a_draft_that_was_sent_in_another_tab_is_given_back(anna):
    draft = anna.post("/inbox/john/write")["Location"]
    Draft.objects.all().delete()

    page = anna.post(draft, {"do": "send", "to": "jill", "subject": "Overleg", "text": "lang stuk"})

    assert page.status_code == 404 and "it was sent or thrown away" in page.text
    assert "lang stuk</textarea>" in page.text and "Overleg</textarea>" in page.text


def test_a_right_that_is_withdrawn_gives_back_what_was_typed(anna):
    draft = anna.post("/inbox/john/write")["Location"]
    Access.objects.update(send=False)

    page = anna.post(draft, {"do": "save", "to": "jill", "text": "lang stuk"})
    saved = anna.post(draft, {"text": "lang stuk"}, headers={"x-background": "1"})

    assert page.status_code == 404 and "lang stuk</textarea>" in page.text
    assert "You may not do this in the mailbox John Johnson" in page.text
    assert "You may not do this" in saved.json()["closed"]
    assert Draft.objects.get().text == ""


STRANGE = [
    {"subject": "x" * 998},
    {"subject": ""},
    {"subject": "\u202eنتيجة المختبر 🧪🩸 ﷽"},
    {"subject": "   \u200b\u00a0"},
    {"subject": "<b>&amp;{{ 7 }}"},
]


@pytest.mark.parametrize("fields", STRANGE)
@pytest.mark.parametrize("name", ["", "د. محمد الأحمد 👩‍⚕️", "x" * 255])
def test_any_subject_and_name_is_listed_read_answered_and_told(anna, john, fields, name):
    message = Message.objects.receive(john, envelope_to("john", **fields))
    Message.objects.filter(pk=message.pk).update(from_name=name, from_address="")
    here = f"/inbox/john/inbox/{message.xuid}"

    for path in ("/inbox/john/inbox", here, f"{here}/history"):
        assert anna.get(path).status_code == 200
    about = {"about": message.xuid, "as": "reply"}
    draft = anna.post("/inbox/john/write", about, follow=True)
    kept = anna.post(
        draft.redirect_chain[-1][0], {"do": "save", "subject": fields["subject"], "text": name}
    )

    assert draft.status_code == 200 and kept.status_code == 302
    if not name:
        assert "(no sender named)" in anna.get("/inbox/john/inbox").text
    assert Draft.objects.get().text == name


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("message/{}/misdelivered", {"to": "\0", "reason": "waarom"}),
        ("message/{}/label", {"name": "\0", "remove": "1"}),
        ("message/{}/move", {"move": "handled", "note": "\0gebeld"}),
        ("write", {"about": "\0", "as": "reply"}),
        ("bulk", {"move": "archive", "xuid": "\0"}),
        ("people?q=%00", None),
        ("news?after=%00", None),
    ],
)
def test_a_sign_that_no_database_takes_is_no_fault_of_ours(anna, received, path, body):
    message = received()
    address = f"/inbox/john/{path.format(message.xuid)}"

    answer = anna.get(address) if body is None else anna.post(address, body)

    assert answer.status_code < 500
    assert not Handling.objects.filter(handled_at__isnull=False).exists()
