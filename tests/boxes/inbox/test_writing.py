"""Writing, answering and forwarding, from an empty draft to the other box."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from boxes.envelope import Address
from boxes.models import Box, Delivery, Draft, Handling, LogEntry, Message
from tests.boxes.envelopes import envelope_to
from tests.ports import free_port
from tests.transports.worker import run_worker
from transports.models import ApprovedDomain

WRITE = "/inbox/john/write"


def begun(browser, **about) -> str:
    return browser.post(WRITE, about)["Location"]


def shown_on(page: str) -> list[str]:
    return re.findall('name="shown" value="([0-9a-f]{16})"', page)


def send(browser, draft: str, **fields):
    """As the page does, with the files that it shows."""
    shown = shown_on(browser.get(draft).text)
    return browser.post(draft, {"do": "send", "shown": shown, **fields}, follow=True)


def test_a_message_is_written_and_arrives(anna, john, jill):
    draft = begun(anna)

    page = send(anna, draft, to="jill", subject="Overleg", text="Beste Jill,\r\ngraag overleg.")
    run_worker()

    assert "On its way. Below stands what becomes of it." in page.text
    arrived = Message.objects.in_box(jill).get()
    assert (arrived.subject, arrived.body()) == ("Overleg", b"Beste Jill,\ngraag overleg.")
    assert arrived.from_address == "john"
    assert "Anna" in arrived.from_name and arrived.headers["Written-By"] == "Anna"
    assert not Draft.objects.exists()


def test_what_became_of_a_message_is_told_in_dutch_too(anna, john, jill):
    sent = Message.objects.post(john, envelope_to("jill"))
    Delivery.objects.update(created_at=datetime(2026, 11, 21, 8, 5, 30, tzinfo=UTC))

    text = anna.get(f"/inbox/john/outbox/{sent.xuid}", headers={"accept-language": "nl"}).text

    assert "21 nov 09:05:30</time> In de wachtrij gezet voor MessageBox." in text


def test_a_draft_is_kept_encrypted_and_is_ones_own(anna, bert):
    draft = begun(anna)
    anna.post(draft, {"do": "save", "to": "jill", "text": "nog niet af"})

    kept = Draft.objects.get()
    assert kept.text == "nog niet af"
    assert b"nog niet af" not in bytes(kept.sealed_text)
    assert "nog niet af" in anna.get(draft).text
    assert bert.get(draft).status_code == 404
    assert "no recipient yet" not in anna.get("/inbox/john/drafts").text


def test_a_page_that_was_opened_and_left_is_no_draft(anna, john):
    left = begun(anna)
    anna.post(begun(anna), {"do": "save", "subject": "Half"})

    drafts = anna.get("/inbox/john/drafts").text
    assert drafts.count("/inbox/john/write/") == 1 and "Half" in drafts
    assert anna.get(left).status_code == 200

    anna.post(left, {"do": "save", "text": "toch"})
    assert anna.get("/inbox/john/drafts").text.count("/inbox/john/write/") == 2


def test_a_file_alone_makes_a_draft(anna):
    draft = begun(anna)
    anna.post(f"{draft}/files", {"files": SimpleUploadedFile("foto.jpg", b"x")})

    assert draft in anna.get("/inbox/john/drafts").text


def test_what_was_left_blank_goes_after_a_day(anna, bert):
    blank, written, others = begun(anna), begun(anna), begun(bert)
    anna.post(written, {"do": "save", "text": "nog niet af"})
    Draft.objects.update(changed_at=now() - timedelta(days=1, minutes=1))
    begun(anna)

    assert anna.get(blank).status_code == 404
    assert anna.get(written).status_code == 200 and bert.get(others).status_code == 200


def test_a_draft_saves_itself_without_the_fields_that_are_wrong_to_send(anna):
    draft = begun(anna)

    answer = anna.post(draft, {"text": "typing"}, headers={"X-Background": "1"})

    assert answer.json() == {"saved": True}
    assert Draft.objects.get().text == "typing"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "x"}, "Give at least one recipient."),
        ({"to": "jill"}, "Write something, or add a file."),
        ({"to": "dit is geen adres", "text": "x"}, "is not an address"),
        ({"to": "jill", "text": "x", "subject": "s" * 999}, "at most 998"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_is_lost(anna, jill, fields, words):
    draft = begun(anna)

    page = send(anna, draft, **fields)

    assert page.status_code == 400 and page.text.count(words) == 1
    assert fields.get("text", "") in page.text
    assert not Message.objects.exists()


def test_a_domain_that_is_not_approved_is_said_at_the_recipients(anna, settings):
    settings.APPROVE_EVERY_DOMAIN, settings.MAIL_DOMAIN = False, "mail.example"

    page = send(anna, begun(anna), to="a@example.org", text="x")

    assert "is not approved" in page.text and not Message.objects.exists()


def test_roads_are_told_while_writing(anna, jill, settings):
    settings.APPROVE_EVERY_DOMAIN, settings.MAIL_DOMAIN = False, "mail.example"

    told = anna.post("/inbox/john/roads", {"to": "jill, a@example.org", "cc": "nobody"}).json()[
        "roads"
    ]

    assert [(road["safe"], bool(road["sentence"])) for road in told] == [
        (True, False),
        (False, True),
        (True, True),
    ]


def test_pressing_send_twice_sends_once(anna, jill):
    draft = begun(anna)
    send(anna, draft, to="jill", text="x")

    again = anna.post(draft, {"do": "send", "to": "jill", "text": "x"})

    sent = Message.objects.get(direction="OUT")
    assert again["Location"] == f"/inbox/john/outbox/{sent.xuid}"
    assert "This was sent already, once." in anna.get(again["Location"]).text


@pytest.mark.parametrize(
    "other", [{"text": "en nog iets"}, {"to": "jill, jim@example.org"}, {"cc": "jill"}]
)
def test_what_was_changed_after_sending_is_given_back_and_not_taken_for_sent(anna, jill, other):
    draft = begun(anna)
    send(anna, draft, to="jill", text="x")

    again = anna.post(draft, {"do": "send", "to": "jill", "text": "x", **other})
    saved = anna.post(draft, {"text": "x"}, headers={"x-background": "1"})

    sent = Message.objects.get(direction="OUT")
    assert again.status_code == 404 and "did not go along" in again.text
    assert f"{next(iter(other.values()))}</textarea>" in again.text
    assert f"/inbox/john/outbox/{sent.xuid}" in again.text
    assert "did not go along" in saved.json()["closed"]
    assert not Draft.objects.exists()


def test_what_comes_late_brings_no_draft_back_that_was_sent(anna, john):
    held = Draft.objects.create(box=john, user=anna.user)
    Draft.objects.all().delete()

    with pytest.raises(Draft.DoesNotExist):
        held.keep(text="te laat")
    with pytest.raises(Draft.DoesNotExist):
        held.attach("te laat.txt", "text/plain", b"x")

    assert not Draft.objects.exists()


def test_files_go_along(anna, jill):
    draft = begun(anna)
    anna.post(
        f"{draft}/files",
        {"files": [SimpleUploadedFile("brief.pdf", b"%PDF-1.7"), SimpleUploadedFile("b", b"2")]},
    )

    send(anna, draft, to="jill", text="zie bijlage")
    run_worker()

    parts = Message.objects.in_box(jill).get().attachments.all()
    assert [(part.filename, part.content_type, part.body()) for part in parts] == [
        ("brief.pdf", "application/pdf", b"%PDF-1.7"),
        ("b", "application/octet-stream", b"2"),
    ]


def test_a_file_is_taken_off_again(anna):
    draft = begun(anna)
    mark = add(anna, draft, "a.txt").json()["files"][0]["mark"]

    anna.post(f"{draft}/files/{mark}/remove")

    assert not Draft.objects.get().files.exists()


def add(browser, draft: str, name: str, **more):
    """As the script of the page does."""
    form = {"files": SimpleUploadedFile(name, b"12345"), **more}
    return browser.post(f"{draft}/files", form, headers={"X-Background": "1"})


def test_a_file_that_the_page_does_not_show_is_shown_before_anything_leaves(anna, jill):
    """It was taken back when it had arrived already, or added in another tab."""
    draft, typed = begun(anna), {"to": "jill", "text": "zie bijlage"}
    add(anna, draft, "teruggenomen.txt")

    page = send(anna, draft, **typed, shown=[])

    assert page.status_code == 400 and "this message has other files" in page.text
    assert "teruggenomen.txt" in page.text and not Message.objects.exists()
    send(anna, draft, **typed)
    assert Message.objects.get().attachments.get().filename == "teruggenomen.txt"


def test_a_file_that_is_gone_meanwhile_is_missed_before_anything_leaves(anna, jill):
    draft = begun(anna)
    mark = add(anna, draft, "weg.txt").json()["files"][0]["mark"]
    anna.post(f"{draft}/files/{mark}/remove")

    page = send(anna, draft, to="jill", text="zie bijlage", shown=[mark])

    assert page.status_code == 400 and "this message has other files" in page.text
    assert not Message.objects.exists()


def test_a_file_whose_answer_was_lost_is_added_once(anna, settings):
    settings.MAX_CONTENT_BYTES = 8
    draft = begun(anna)

    answers = [add(anna, draft, "a.txt", mark="0123456789abcdef").json() for _ in range(2)]

    assert answers[0] == answers[1] and not answers[0]["errors"]
    assert Draft.objects.get().files.get().mark == "0123456789abcdef"


@pytest.mark.parametrize("mark", ["", "ABCDEF0123456789", "0" * 17, "../../etc", "\0"])
def test_a_mark_of_another_form_is_not_taken(anna, mark):
    draft = begun(anna)

    told = add(anna, draft, "a.txt", mark=mark).json()["files"][0]

    assert told["mark"] != mark and shown_on(anna.get(draft).text) == [told["mark"]]


def test_one_mark_is_not_for_two_files(anna):
    draft = begun(anna)

    add(anna, draft, "a", mark="0" * 16, files=[SimpleUploadedFile(name, b"1") for name in "ab"])

    assert Draft.objects.get().files.count() == 2


def test_files_that_are_too_large_together_are_refused_by_name(anna, settings):
    settings.MAX_CONTENT_BYTES = 10
    draft = begun(anna)
    files = [SimpleUploadedFile("klein.txt", b"1"), SimpleUploadedFile("groot.txt", b"2" * 10)]

    told = anna.post(f"{draft}/files", {"files": files}, headers={"X-Background": "1"})

    assert told.status_code == 413
    assert [file["name"] for file in told.json()["files"]] == ["klein.txt"]
    assert told.json()["errors"][0].startswith("groot.txt")


def test_a_file_of_some_megabytes_goes_along_whole(anna):
    draft, content = begun(anna), b"x" * 3_500_000

    anna.post(f"{draft}/files", {"files": SimpleUploadedFile("scan.pdf", content)})

    assert Draft.objects.get().files.get().size == len(content)


def test_a_form_without_a_file_says_so(anna):
    draft = begun(anna)

    page = anna.post(f"{draft}/files", {}, follow=True)

    assert "No file came along." in page.text


def test_a_strangers_file_is_not_read(client, anna):
    draft = begun(anna)

    answer = client.generic(
        "POST",
        f"{draft}/files",
        b"x" * 2_000_000,
        content_type="multipart/form-data; boundary=x",
    )

    assert answer.status_code == 302 and "login" in answer["Location"]


def test_a_file_needs_the_token_of_its_form(anna):
    strict = Client(enforce_csrf_checks=True)
    draft = begun(anna)
    strict.cookies = anna.cookies

    answer = strict.post(f"{draft}/files", {"files": SimpleUploadedFile("a.txt", b"1")})

    assert answer.status_code == 403 and not Draft.objects.get().files.exists()


def test_what_is_larger_than_any_message_is_refused_unread(anna, settings):
    settings.MAX_REQUEST_BYTES = 2_000_000

    answer = anna.post(
        f"{begun(anna)}/files", {"files": SimpleUploadedFile("a.bin", b"x" * 2_100_000)}
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("manner", ["reply", "forward", "again"])
def test_who_may_not_read_writes_about_nothing_that_came_in(person, received, manner):
    sender, message = person("dora", "send"), received(identity="one", patient_name="Vries")

    answer = sender.post(WRITE, {"about": message.xuid, "as": manner})

    assert answer.status_code == 404 and not Draft.objects.exists()


@pytest.mark.parametrize("word", ["handled", "verify ok", "\0", ""])
def test_nobody_writes_a_word_of_their_own_into_the_log(anna, received, word):
    message = received()

    assert anna.post(WRITE, {"about": message.xuid, "as": word}).status_code == 404
    assert not LogEntry.objects.filter(subject=anna.user.subject, xuid=message.xuid).exists()
    assert not Draft.objects.exists()


def test_who_may_not_read_sees_neither_counts_nor_correspondents(person, john, received):
    Message.objects.receive(
        john, envelope_to("john", sender=Address("streeklab", "Streeklab Duinrand"))
    )
    sender = person("dora", "send")

    text = sender.get(begun(sender)).text

    assert "Duinrand" not in text and 'data-count="inbox" hidden' in text


def test_an_answer_goes_back_and_belongs_to_the_conversation(anna, john, jill):
    Message.objects.post(jill, envelope_to("john", subject="Vraag"))
    run_worker()
    question = Message.objects.in_box(john).get()

    draft = begun(anna, about=question.xuid)
    page = anna.get(draft)
    assert "Re: Vraag" in page.text and "jill" in page.text
    send(anna, draft, to="jill", subject="Re: Vraag", text="Antwoord")

    answer = Message.objects.in_box(john).get(direction="OUT")
    assert answer.in_reply_to == question.xuid
    assert answer.thread == question.thread


def test_whom_the_earlier_message_is_about_stands_beside_the_recipients(anna, received):
    message = received(identity="one", patient_name="Vries, A. de", birth_date="1950-02-03")

    assert "Vries, A. de" in anna.get(begun(anna, about=message.xuid)).text


def test_a_forwarded_message_goes_along_whole(anna, john, jill):
    earlier = Message.objects.receive(
        john, envelope_to("john", subject="Foto", content=b"\x89PNG", content_type="image/png")
    )
    draft = begun(anna, **{"about": earlier.xuid, "as": "forward"})

    send(anna, draft, to="jill", subject="Fwd: Foto", text="")
    run_worker()

    [part] = Message.objects.in_box(jill).get().attachments.all()
    assert (part.content_type, part.body()) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize(
    ("declared", "content", "name"),
    [
        ("text/plain", b"UNB+UNOA:1+500000011+500000022", "message.edi"),
        ("application/hl7-v2", b"MSH|^~\\&|LAB", "message.hl7"),
        ("application/octet-stream", b"MSH|^~\\&|LAB", "message.hl7"),
        ("application/fhir+json", b"{}", "message.json"),
        ("application/hl7-cda+xml", b"<ClinicalDocument/>", "message.xml"),
        ("message/rfc822", b"From: a@example.org", "message.eml"),
        ("application/pdf", b"%PDF-1.7", "message.pdf"),
        ("application/dicom", b"DICM", "message.dcm"),
        ("text/plain; charset=utf-8", b"Beste collega", "message.txt"),
        ("application/x-unheard-of", b"\x00", "message.bin"),
    ],
)
def test_what_goes_along_has_a_name_by_which_programs_know_it(anna, john, declared, content, name):
    letter = envelope_to("john", content=content, content_type=declared)
    earlier = Message.objects.receive(john, letter)

    begun(anna, **{"about": earlier.xuid, "as": "forward"})

    file = Draft.objects.get().files.get()
    assert (file.filename, file.content_type) == (name, declared)


@pytest.mark.parametrize(
    ("manner", "heading"), [("reply", "Reply"), ("forward", "Forward"), ("", "New message")]
)
def test_the_page_says_what_one_writes_and_about_which_message_and_patient(
    anna, received, manner, heading
):
    about = received(
        "Uitslag", identity="one", patient_name="Vries, A. de", birth_date="1950-02-03"
    )
    draft = begun(anna, **({"about": about.xuid, "as": manner} if manner else {}))

    text = anna.get(draft).text

    assert f"<h1>{heading}</h1>" in text
    beside = text.partition('id="about"')[2].partition("</div>")[0]
    for words in ("Vries, A. de", "3 Feb 1950", "Uitslag", f"/inbox/john/inbox/{about.xuid}"):
        assert (words in beside) == bool(manner)


def test_who_may_not_send_is_offered_nothing_to_write(person, received):
    reader = person("carl", "read")
    message = received()

    assert "ib-write" not in reader.get("/inbox/john/inbox").text
    assert "Reply" not in reader.get(f"/inbox/john/inbox/{message.xuid}").text
    assert reader.post(WRITE).status_code == 404


def test_a_draft_is_thrown_away_only_on_purpose_unless_it_is_empty(anna):
    draft = begun(anna)
    anna.post(draft, {"do": "save", "text": "een half uur werk"})

    page = anna.post(draft, {"do": "discard", "text": "een half uur werk"}, follow=True)

    assert "Throw this draft away? What you wrote" in page.text
    assert "een half uur werk" in anna.get(draft).text
    anna.post(draft, {"do": "discard", "sure": "1"})
    anna.post(begun(anna), {"do": "discard"})
    assert not Draft.objects.exists()


# -- one draft in two windows --


def opened(browser, draft: str) -> dict[str, str]:
    """What the page of a draft sends along, to say what it has seen."""
    page = browser.get(draft).text
    return dict(re.findall('type="hidden" name="(page|seen)" value="([0-9a-f]*)"', page))


def test_what_one_window_saved_is_not_overwritten_unasked_by_another(anna):
    draft = begun(anna)
    first, second = opened(anna, draft), opened(anna, draft)
    by_script = {"x-background": "1"}
    anna.post(draft, {**first, "text": "uit het eerste"}, headers=by_script)

    refused = anna.post(draft, {**second, "text": "uit het tweede"}, headers=by_script)
    page = anna.post(draft, {**second, "do": "save", "text": "uit het tweede"})

    assert refused.status_code == page.status_code == 409
    assert "was changed in another window" in refused.json()["changed"]
    assert 'id="changed" role="alert">' in page.text and "uit het tweede</textarea>" in page.text
    assert Draft.objects.get().text == "uit het eerste"
    over = re.search('name="over" value="([0-9a-f]{16})"', page.text)[1]
    assert over == refused.json()["by"]
    kept = anna.post(draft, {**second, "over": over, "text": "uit het tweede"}, follow=True)
    assert "Saved." in kept.text and Draft.objects.get().text == "uit het tweede"
    assert anna.post(draft, {**first, "text": "weer het eerste"}).status_code == 409


def test_one_window_goes_on_saving_also_where_no_answer_came(anna):
    draft = begun(anna)
    page = opened(anna, draft)

    for text in ("een", "een twee", "een twee drie"):
        assert anna.post(draft, {**page, "do": "save", "text": text}).status_code == 302

    later = opened(anna, draft)
    anna.post(draft, {**later, "do": "save", "text": "vier"})
    assert anna.post(draft, {**page, "do": "save", "text": "een"}).status_code == 409
    assert Draft.objects.get().text == "vier"


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("", {"do": "send"}),
        ("", {"do": "discard"}),
        ("", {"do": "add", "add": "jill"}),
        ("/files", {}),
        ("/files/0123456789abcdef/remove", {}),
    ],
)
def test_nothing_leaves_a_window_that_has_not_seen_the_last_text(anna, jill, where, body):
    draft = begun(anna)
    first, second = opened(anna, draft), opened(anna, draft)
    anna.post(draft, {**first, "do": "save", "to": "jill", "text": "het laatste"})

    page = anna.post(draft + where, {**second, **body, "to": "jill", "text": "iets ouders"})

    assert page.status_code == 409 and "iets ouders</textarea>" in page.text
    assert Draft.objects.get().text == "het laatste" and not Message.objects.exists()


def test_what_was_wrong_with_a_text_makes_no_window_forget_what_it_has_not_seen(anna):
    draft = begun(anna)
    first, second = opened(anna, draft), opened(anna, draft)
    anna.post(draft, {**first, "do": "save", "text": "het laatste"})

    page = anna.post(draft, {**second, "do": "save", "to": "x" * 20_001, "text": "iets ouders"})

    assert page.status_code == 400
    assert f'name="seen" value="{second["seen"]}"' in page.text
    assert f'name="page" value="{second["page"]}"' in page.text


# -- what went wrong, and the next step --


@pytest.fixture
def failed(anna, john) -> Message:
    Message.objects.post(john, envelope_to("nobody", "jill", subject="Uitslag", content=b"x"))
    Box.objects.create(name="jill")
    run_worker()
    return Message.objects.in_box(john).get()


def test_a_box_that_is_not_there_is_said_before_sending(anna):
    page = send(anna, begun(anna), to="nobody", text="x")

    assert page.status_code == 400 and "There is no box “nobody” here" in page.text
    assert not Message.objects.exists()


def test_what_was_corrected_and_sent_asks_nobodys_attention_any_more(anna, failed):
    Box.objects.create(name="nobodyy")
    draft = begun(anna, **{"about": failed.xuid, "as": "again"})

    send(anna, draft, to="nobodyy", subject="Uitslag", text="x")

    page = anna.get(f"/inbox/john/error/{failed.xuid}").text
    assert "Corrected and sent again" in page
    assert "Send again to those whom it did not reach" not in page
    assert 'data-count="error" hidden' in page


def test_what_a_colleague_handled_meanwhile_is_corrected_and_sent_all_the_same(anna, bert, failed):
    Box.objects.create(name="nobodyy")
    draft = begun(anna, **{"about": failed.xuid, "as": "again"})
    bert.post(f"/inbox/john/message/{failed.xuid}/move", {"move": "handled", "note": "gebeld"})

    send(anna, draft, to="nobodyy", subject="Uitslag", text="x")

    sent = Message.objects.in_box(failed.box).exclude(pk=failed.pk).get()
    assert sent.to[0]["address"] == "nobodyy"
    handling = Handling.objects.get(message=failed)
    assert (handling.holder_name, handling.note) == ("Bert", "gebeld")


def test_who_corrects_is_told_whom_nobody_saw(anna, john):
    """Software may send to some unseen; a draft has no field for those."""
    unseen = [Address("secret"), Address("hidden")]
    both = Message.objects.post(john, envelope_to("nobody"), recipients=unseen[:1])
    alone = Message.objects.post(john, envelope_to("nobody"), recipients=unseen[1:])
    both.deliveries.update(status="failed")
    alone.deliveries.filter(address="hidden").update(status="failed")

    def begins(message: Message) -> str:
        return anna.post(
            "/inbox/john/write", {"about": message.xuid, "as": "again"}, follow=True
        ).text

    assert "This went to secret unseen by the others." in begins(both)
    assert "unseen by the others" not in begins(alone)


def test_only_what_was_sent_is_corrected(anna, bert, received):
    """Else sending it would take an incoming message from the colleague who has it."""
    message = received(flag="abnormal")
    bert.post(f"/inbox/john/message/{message.xuid}/move", {"move": "take"})

    for about in (message.xuid, ""):
        answer = anna.post("/inbox/john/write", {"about": about, "as": "again"})
        assert answer.status_code == 404

    assert Handling.objects.get().holder_name == "Bert" and not Draft.objects.exists()


def test_a_failed_recipient_is_told_with_the_reason(anna, failed):
    text = anna.get(f"/inbox/john/error/{failed.xuid}").text

    assert "There is no box “nobody” here" in text
    assert "There is no box “nobody” here" in anna.get("/inbox/john/error").text
    assert 'data-count="error"><b>1</b>' in anna.get("/inbox/john/inbox").text


def test_only_those_whom_it_did_not_reach_get_it_again(anna, failed):
    Box.objects.create(name="nobody")

    page = anna.get(f"/inbox/john/error/{failed.xuid}").text
    assert "Send again to those whom it did not reach" in page
    anna.post(f"/inbox/john/message/{failed.xuid}/delivery", {"do": "resend"})
    run_worker()

    failed.refresh_from_db()
    assert failed.status == "SENT"
    assert Message.objects.filter(direction="IN").count() == 2


def test_nothing_that_was_typed_stands_in_the_log_of_sending_again(anna, failed):
    asked = {"do": "resend", "n": "1: confirmed by the receiver"}

    anna.post(f"/inbox/john/message/{failed.xuid}/delivery", asked)

    assert LogEntry.objects.get(action="resend").detail == ""


def test_corrected_it_is_written_again_for_those_whom_it_did_not_reach(anna, failed):
    draft = begun(anna, **{"about": failed.xuid, "as": "again"})

    held = Draft.objects.get()
    assert (held.to, held.subject, held.text) == ("nobody", "Uitslag", "x")
    assert anna.get(draft).status_code == 200


AGAIN, CORRECT = "Send again to those whom it did not reach", "Correct the address and send"


def steps_after(page: str) -> list[tuple[str, bool]]:
    """What the page offers, in its order, and whether that is the marked one."""
    found = re.findall(f'<button class="([^"]+)"[^>]*>({AGAIN}|{CORRECT})<', page)
    return [(words, "ib-first" in names.split()) for names, words in found]


@pytest.fixture
def down(settings) -> str:
    """An address whose mail server is away, and nothing is tried again by itself."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.MAIL_DOMAIN, settings.APPROVE_EVERY_DOMAIN = "mail.example", True
    settings.RETRY_PAUSES = []
    return "huisarts@example.org"


def test_where_the_address_is_wrong_correcting_it_comes_first(anna, failed):
    page = anna.get(f"/inbox/john/error/{failed.xuid}").text

    assert steps_after(page) == [(CORRECT, True), (AGAIN, False)]


def test_where_the_far_side_was_down_sending_again_comes_first(anna, john, down):
    message = Message.objects.post(john, envelope_to(down))
    run_worker()

    page = anna.get(f"/inbox/john/error/{message.xuid}").text

    assert "Given up after 1 attempts" in page
    assert steps_after(page) == [(AGAIN, True), (CORRECT, False)]


def test_who_may_still_be_reached_is_tried_again_before_another_is_corrected(anna, john, down):
    message = Message.objects.post(john, envelope_to("nobody", down))
    run_worker()

    page = anna.get(f"/inbox/john/error/{message.xuid}").text

    assert steps_after(page) == [(AGAIN, True), (CORRECT, False)]


def test_what_was_refused_for_good_once_is_not_when_the_next_attempt_finds_nobody(
    anna, john, down, settings
):
    settings.APPROVE_EVERY_DOMAIN = False
    ApprovedDomain.objects.create(domain="example.org", reason="x")
    message = Message.objects.post(john, envelope_to(down))
    ApprovedDomain.objects.all().delete()
    run_worker()
    path = f"/inbox/john/error/{message.xuid}"
    assert steps_after(anna.get(path).text)[0] == (CORRECT, True)

    settings.APPROVE_EVERY_DOMAIN = True
    message.resend()
    run_worker()

    assert steps_after(anna.get(path).text)[0] == (AGAIN, True)


@pytest.mark.parametrize(("verb", "status"), [("arrived", "delivered"), ("again", "queued")])
def test_a_doubt_is_settled_by_a_person(anna, john, jill, verb, status):
    send(anna, begun(anna), to="jill", text="x")
    Delivery.objects.update(status="uncertain", error="The connection was lost.")
    message = Message.objects.in_box(john).get(direction="OUT")
    message.settle()
    assert "May or may not have arrived" in anna.get(f"/inbox/john/error/{message.xuid}").text

    anna.post(f"/inbox/john/message/{message.xuid}/delivery", {"do": verb, "n": "1"})

    assert Delivery.objects.get().status == status


@pytest.mark.parametrize("number", ["", "0", "9", "x", "9" * 5000])
def test_a_delivery_that_is_not_there_is_not_settled(anna, failed, number):
    path = f"/inbox/john/message/{failed.xuid}/delivery"

    assert anna.post(path, {"do": "arrived", "n": number}).status_code in (302, 404)
    assert not Delivery.objects.filter(status="delivered", address="nobody").exists()


def test_an_upload_that_was_broken_off_adds_no_half_a_file(anna):
    draft = begun(anna)
    edge = "edge"
    half = (
        f"--{edge}\r\nContent-Disposition: form-data; name=files; filename=brief.pdf\r\n"
        "Content-Type: application/pdf\r\n\r\n%PDF-1.7 de helft"
    )

    answer = anna.generic(
        "POST",
        f"{draft}/files",
        half,
        content_type=f"multipart/form-data; boundary={edge}",
        headers={"x-background": "1"},
    )

    assert "No file came along." in answer.json()["errors"][0]
    assert not Draft.objects.get().files.exists()
    assert anna.get(draft).status_code == 200


# -- without script --


def test_a_file_that_is_added_or_removed_by_the_form_keeps_what_was_typed(anna):
    draft, typed = begun(anna), {"to": "jill", "subject": "Foto", "text": "al getypt"}

    anna.post(f"{draft}/files", {**typed, "files": SimpleUploadedFile("a.txt", b"1")})

    held = Draft.objects.get()
    assert (held.to, held.subject, held.text) == ("jill", "Foto", "al getypt")
    anna.post(f"{draft}/files/{held.files.get().mark}/remove", {**typed, "text": "verder getypt"})
    held.refresh_from_db()
    assert held.text == "verder getypt" and not held.files.exists()


@pytest.mark.parametrize("move", ["files", f"files/{'0' * 16}/remove"])
def test_what_is_wrong_in_the_form_around_a_file_is_said_and_kept_on_the_page(anna, move):
    page = anna.post(f"{begun(anna)}/{move}", {"subject": "s" * 999, "text": "al getypt"})

    assert page.status_code == 400
    assert "at most 998" in page.text and "al getypt" in page.text


def test_a_file_that_was_chosen_but_not_added_is_not_left_behind_unseen(anna, jill):
    page = send(anna, begun(anna), to="jill", text="zie bijlage", files="brief.pdf")

    assert page.status_code == 400
    assert "A file was chosen and not added." in page.text
    assert not Message.objects.exists()


def test_the_question_before_throwing_away_keeps_what_was_typed_since(anna):
    draft = begun(anna)

    page = anna.post(draft, {"do": "discard", "text": "net getypt"}, follow=True)

    assert "Throw this draft away?" in page.text and "net getypt" in page.text


def test_the_files_stand_above_the_button_that_sends_them(anna):
    text = anna.get(begun(anna)).text

    assert text.index('name="text"') < text.index('name="files"') < text.index('value="send"')


def test_the_first_line_of_a_text_may_be_empty(anna):
    draft = begun(anna)
    anna.post(draft, {"do": "save", "text": "\n\nbegin"})

    assert ">\n\n\nbegin</textarea>" in anna.get(draft).text.replace("\r\n", "\n")


def test_the_page_says_in_whose_name_one_writes(anna, john):
    text = anna.get(begun(anna)).text

    assert "From:" in text and f"<b><bdi>{john.title}</bdi></b> (<bdi>Anna</bdi>)" in text


def test_a_chosen_letter_gets_a_line_of_its_own(anna):
    letter = "letter:Anna Meier; Am Deich 4; 01067; Dresden"

    anna.post(draft := begun(anna), {"do": "add", "to": "jill,", "add": letter})

    assert Draft.objects.get().to == f"jill\n{letter}" and anna.get(draft).status_code == 200
