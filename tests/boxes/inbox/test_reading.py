"""The list of a folder and one message in it, for the person who signed in."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from boxes.models import Box, Handling, LogEntry, Message, Misdelivery, Property, Reading, User
from tests.boxes.envelopes import envelope_to

INBOX = "/inbox/john/inbox"


def test_who_is_not_signed_in_sees_nothing(client, received):
    answer = client.get(INBOX)

    assert answer.status_code == 302 and "login" in answer["Location"]


def test_the_front_leads_to_the_first_box(anna):
    assert anna.get("/inbox/")["Location"] == INBOX


def test_who_has_no_box_is_told_what_to_do(person):
    assert "No mailbox is open to you yet" in person("carl").get("/inbox/").text


def test_a_box_that_is_not_ones_own_does_not_exist(anna, jill, person):  # V77
    assert anna.get("/inbox/jill/inbox").status_code == 404
    assert anna.get("/inbox/nobody/inbox").status_code == 404
    assert LogEntry.objects.filter(outcome="box_not_open", subject=anna.user.subject).exists()


def test_who_may_only_send_reads_nothing(person, received):
    assert person("dora", "send").get(INBOX).status_code == 404


@pytest.mark.parametrize("folder", ["inbox", "archive", "outbox", "sent", "error", "drafts"])
def test_an_empty_folder_says_so(anna, folder):
    answer = anna.get(f"/inbox/john/{folder}")

    assert answer.status_code == 200
    assert "ib-empty" in answer.text


def test_an_unknown_folder_is_not_there(anna):
    assert anna.get("/inbox/john/trash").status_code == 404


def test_a_row_tells_who_it_is_about_and_what_is_abnormal(anna, received):
    received(
        flag="critical",
        kind="laboratory_report",
        status="preliminary",
        identity="one",
        patient_name="Vries, A. de",
        birth_date="1950-02-03",
        bsn="999990019",
    )

    text = anna.get(INBOX).text

    for words in ("Vries, A. de", "3 Feb 1950", "▲▲ critical", "Laboratory report", "preliminary"):
        assert words in text
    assert "999990019" not in text


def test_an_unclear_patient_is_marked(anna, received):
    received(identity="unclear", patient_name="Jansen")

    text = anna.get(INBOX).text

    assert "patient unclear" in text and "Jansen" not in text


def test_a_list_is_logged_with_what_it_showed(anna, received):
    message = received()

    anna.get(INBOX)

    entry = LogEntry.objects.get(action="list")
    assert (entry.subject, entry.xuids) == (anna.user.subject, [message.xuid])


def test_unread_is_each_persons_own(anna, bert, received):
    message = received()

    anna.get(f"{INBOX}/{message.xuid}")

    assert "ib-unread" not in anna.get(INBOX).text
    assert "ib-unread" in bert.get(INBOX).text
    assert Reading.objects.get().user == anna.user


def test_a_message_stands_in_the_viewers_frame_with_a_token_of_its_own(anna, received):
    message = received()

    text = anna.get(f"{INBOX}/{message.xuid}").text
    source = text.partition('<iframe class="ib-viewer" src="')[2].partition('"')[0]
    path = source.partition("//")[2].partition("/")[2]
    page = anna.get(f"/{path}")

    assert page.status_code == 200 and "Uitslag" in page.text
    viewed = LogEntry.objects.filter(action="view").last()
    assert viewed.subject == anna.user.subject


def test_a_report_that_was_replaced_leads_to_the_later_one(anna, received):
    earlier, later = received("Eerste verslag"), received("Verbeterd verslag")
    Message.objects.filter(pk=earlier.pk).update(replaced_by=later)

    text = anna.get(f"{INBOX}/{earlier.xuid}").text

    assert f'<a href="{INBOX}/{later.xuid}">A later report replaces this one' in text


def test_a_message_that_was_archived_meanwhile_is_found_where_it_is(anna, received):
    message = received()
    message.archive()

    answer = anna.get(f"{INBOX}/{message.xuid}")

    assert answer["Location"] == f"/inbox/john/archive/{message.xuid}"


def test_a_message_that_is_gone_or_anothers_is_not_there(anna, jill):
    foreign = Message.objects.receive(jill, envelope_to("jill"))

    assert anna.get(f"{INBOX}/{foreign.xuid}").status_code == 404
    assert anna.get(f"{INBOX}/{'x' * 22}").status_code == 404


def test_a_right_that_is_withdrawn_closes_the_box_at_once(anna, received):
    message = received()
    anna.get(INBOX)
    anna.user.accesses.all().delete()

    assert anna.get(INBOX).status_code == 404
    assert anna.get(f"{INBOX}/{message.xuid}").status_code == 404


# -- searching --


def subjects(answer) -> list[str]:
    return [row.subject for row in answer.context["rows"]]


def test_filters_are_those_of_the_api(anna, received):
    received("Brief", kind="letter", flag="none")
    message = received("Bloed", kind="laboratory_report", flag="abnormal")
    Property.objects.put(message, "patient nr", "12")

    assert subjects(anna.get(f"{INBOX}?q=bloe")) == ["Bloed"]
    assert subjects(anna.get(f"{INBOX}?kind=letter")) == ["Brief"]
    assert subjects(anna.get(f"{INBOX}?flag=abnormal")) == ["Bloed"]
    assert subjects(anna.get(f"{INBOX}?property=patient+nr&value=12")) == ["Bloed"]
    assert subjects(anna.get(f"{INBOX}?property=patient+nr&value=13")) == []


def test_a_row_says_what_is_urgent_and_what_nobody_judged(anna, received):
    received("Brief", kind="letter", flag="unjudged")
    received("Bloed", kind="laboratory_report", flag="normal", urgent=True)

    rows = anna.get(INBOX).text.partition('<ul class="ib-rows">')[2].split('<li class="ib-row')
    letter = next(row for row in rows if "Brief" in row)
    report = next(row for row in rows if "Bloed" in row)
    assert "not judged: read it yourself" in letter and "urgent" not in letter
    assert "urgent" in report and "read it yourself" not in report
    assert subjects(anna.get(f"{INBOX}?flag=unjudged")) == ["Brief"]
    assert subjects(anna.get(f"{INBOX}?urgent=true")) == ["Bloed"]


def test_only_what_i_have_not_opened(anna, received):
    opened, _other = received("Een"), received("Twee")
    anna.get(f"{INBOX}/{opened.xuid}")

    assert subjects(anna.get(f"{INBOX}?unread=1")) == ["Twee"]


def test_a_patients_number_is_searched_without_standing_in_an_address(anna, received):
    received("Van een ander")
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019")

    answer = anna.post(INBOX, {"bsn": "999 990 019"}, follow=True)

    assert subjects(answer) == ["Van haar"]
    [(address, status)] = answer.redirect_chain
    assert status == 302 and "99999" not in address and "bsn" not in address
    path, _sign, query = address.partition("?")
    again = anna.get(f"{path}/{answer.context['rows'][0].xuid}?{query}")
    assert subjects(again) == ["Van haar"]
    assert LogEntry.objects.filter(action="list").last().patient


def test_a_patients_number_among_the_words_is_searched_the_same_way(anna, received):
    received("Van een ander")
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019")

    answer = anna.get(f"{INBOX}?q=9999.90.019&kind=", follow=True)

    assert subjects(answer) == ["Van haar"]
    [(address, _status)] = answer.redirect_chain
    assert "019" not in address
    order = received("Order 999990018")  # its check digit is that of nobody
    assert subjects(anna.get(f"{INBOX}?q=999990018")) == [order.subject]


def test_a_row_says_who_it_is_about_once_and_keeps_what_contradicts_it(anna, received):
    def marks(labels: dict[str, str], **known) -> tuple[list[str], int]:
        message = received("Uitslag", **known)
        for name, value in labels.items():
            Property.objects.put(message, name, value)
        row = anna.get(INBOX).context["rows"][0]
        return [item.value for item in row.first_labels], row.more_labels

    labels = {"bsn": "999990019", "patiënt": "A. de Vries - Bakker", "ward": "4 A"}
    vries = {"identity": "one", "patient_name": "VRIES – BAKKER, Anna (A. de)"}

    assert marks(labels, **vries, bsn="999990019") == (["4 A"], 0)
    assert marks(labels) == (["A. de Vries - Bakker", "4 A"], 0)
    assert marks({"bsn": "999990019", "ward": "4 A"}) == (["999990019", "4 A"], 0)
    of_another = {"identity": "one", "patient_name": "Jansen, P.", "bsn": "999990032"}
    assert marks(labels, **of_another) == (["999990019", "A. de Vries - Bakker"], 1)


def test_what_somebody_labelled_with_the_number_is_found_as_well(anna, received):
    message = received("Pdf zonder patiënt")
    Property.objects.put(message, "bsn", "999990019")

    answer = anna.post(INBOX, {"bsn": "999990019"}, follow=True)

    assert subjects(answer) == ["Pdf zonder patiënt"]
    assert "may be missing" in answer.text


@pytest.mark.parametrize("number", ["12", "999990019x", "geen nummer"])
def test_what_is_no_number_of_a_patient_finds_nothing_and_says_so(anna, received, number):
    received()

    answer = anna.post(INBOX, {"bsn": number}, follow=True)

    assert subjects(answer) == [] and "A BSN has nine digits." in answer.text


def test_a_slip_in_a_patients_number_is_said_and_never_looks_like_a_patient_without_mail(
    anna, received
):
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019")
    said = "999990018 is no BSN: its check digit is wrong."

    assert said in anna.post(INBOX, {"bsn": "999990018"}, follow=True).text
    assert said in anna.get(f"{INBOX}?q=999990018").text
    assert "check digit" not in anna.post(INBOX, {"bsn": "999990019"}, follow=True).text
    received("Order 999990018")
    assert "check digit" not in anna.get(f"{INBOX}?q=999990018").text
    assert "check digit" not in anna.get(f"{INBOX}?q=vries").text


def test_what_is_urgent_abnormal_or_of_an_unclear_patient_says_so_above_the_message(anna, received):
    def above(**known) -> str:
        page = anna.get(f"{INBOX}/{received(**known).xuid}").text
        return page.partition('class="ib-whom"')[2].partition("</p>")[0]

    assert "urgent" in above(kind="email", urgent=True)
    assert "▲ abnormal" in above(flag="abnormal")
    assert "⚠ patient unclear" in above(identity="several", patient_name="Vries")
    assert above(kind="email") == ""


@pytest.mark.parametrize("filler", ["000000000", "123456789"])
def test_what_merely_fills_the_field_of_a_number_makes_no_two_patients_one(anna, received, filler):
    first = received("Van de een", **KNOWN, bsn=filler)
    received("Van dezelfde", **KNOWN)
    received("Van een ander", **{**KNOWN, "patient_name": "Bakker, C."}, bsn=filler)
    nameless = received("Zonder naam", identity="one", bsn=filler)

    page = anna.get(f"{INBOX}/{first.xuid}/patient")

    assert "Van een ander" not in page.text and "Zonder naam" not in page.text
    assert "Found by exactly this name and date of birth." in page.text
    assert anna.get(f"{INBOX}/{nameless.xuid}/patient").status_code == 404


def test_a_search_of_another_session_is_none(anna, bert, received):
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019")
    received("Van een ander")
    address = anna.post(INBOX, {"bsn": "999990019"})["Location"]

    assert subjects(bert.get(address)) == []
    assert "no longer known" in bert.get(address).text


def test_a_search_that_found_too_little_here_goes_on_in_the_other_folders(anna, received):
    received("Brief van Vries").archive()
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019").archive()
    assert "Search the same in:" not in anna.get(INBOX).text

    found = anna.get(f"{INBOX}?q=brief&unread=1&since=2026-01-02")

    assert subjects(found) == [] and "since: 2 Jan 2026" in found.text
    [archive] = [
        address for one, address in found.context["asked"].elsewhere if one.slug == "archive"
    ]
    assert escape(archive) in found.text and "unread" not in archive
    assert subjects(anna.get(archive)) == ["Brief van Vries"]
    numbered = anna.post(INBOX, {"bsn": "999990019"}, follow=True).context["asked"]
    [archive] = [address for one, address in numbered.elsewhere if one.slug == "archive"]
    assert "99999" not in archive and subjects(anna.get(archive)) == ["Van haar"]


def test_until_a_day_holds_that_day(anna, received):
    received("Vandaag")
    today = timezone.localdate().isoformat()

    assert subjects(anna.get(f"{INBOX}?since={today}&until={today}")) == ["Vandaag"]


@pytest.mark.parametrize(
    "query", ["birthDate=morgen", "kind=unknownkind", "since=ooit", "q=%C2%B4"]
)
def test_a_filter_that_cannot_be_understood_shows_nothing_and_says_so(anna, received, query):
    received()

    answer = anna.get(f"{INBOX}?{query}")

    assert answer.status_code == 200
    assert 'role="alert"' in answer.text and subjects(answer) == []


def test_a_long_list_goes_on_from_its_cursor(anna, received):
    for number in range(60):
        received(f"nr {number}")

    first = anna.get(INBOX)
    link = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = anna.get(link, headers={"X-Part": "rows"})

    assert len(first.context["rows"]) == 50
    assert subjects(second) == [f"nr {number}" for number in range(9, -1, -1)]


@pytest.fixture
def most_queries(django_assert_max_num_queries):
    return django_assert_max_num_queries


def test_a_list_that_is_looked_at_again_writes_only_that_it_was(
    anna, received, django_assert_max_num_queries
):
    received()
    anna.get("/inbox/john/inbox")

    with django_assert_max_num_queries(18) as asked:
        anna.get("/inbox/john/inbox")

    writes = [query["sql"] for query in asked if not query["sql"].startswith("SELECT")]
    assert len(writes) == 1
    assert 'INTO "boxes_logentry"' in writes[0]


def test_a_list_costs_the_same_queries_however_long_it_is(anna, received, most_queries):
    for number in range(20):
        received(f"nr {number}", flag="abnormal", kind="letter")

    with most_queries(20):
        anna.get(INBOX)


def test_failed_ones_say_why_at_the_same_queries_however_many_they_are(anna, john, most_queries):
    for number in range(20):
        message = Message.objects.post(john, envelope_to("nowhere", subject=f"nr {number}"))
        message.deliveries.update(status="failed", error=f"Refused {number}")
        message.settle()

    with most_queries(22):
        text = anna.get("/inbox/john/error").text

    assert "nowhere: Refused 0" in text and "nowhere: Refused 19" in text


def test_stubs_say_where_they_went_at_the_same_queries_however_many_they_are(
    anna, jill, received, most_queries
):
    for number in range(10):
        moved = {"subject": "user:1", "name": "Anna", "reason": "Van hen"}
        Misdelivery.objects.move(received(f"nr {number}"), jill, **moved)

    with most_queries(20):
        text = anna.get("/inbox/john/archive").text

    assert text.count("Wrongly delivered: Anna moved it to the box Jill Jackson (jill)") == 2 * 10


def test_each_row_leads_to_its_message_and_back_to_the_same_list(anna, received):
    messages = [received(f"Folder {number}") for number in range(3)]

    rows = anna.get(f"{INBOX}?q=folder").context["rows"]

    places = [reverse("inbox:message", args=("john", "inbox", m.xuid)) for m in messages]
    assert [row.address for row in rows] == [f"{place}?q=folder" for place in reversed(places)]
    assert anna.get(rows[0].address).status_code == 200


def test_an_open_message_is_marked_in_its_list(anna, received):
    other, message = received("Een"), received("Twee")

    text = anna.get(f"{INBOX}/{message.xuid}").text

    [row] = [part for part in text.split("<li ") if part.startswith('class="ib-row" data-open')]
    assert "Twee" in row and f'{message.xuid}" aria-current="true"' in row
    assert f'{other.xuid}" aria-current' not in text


# -- what is hard to show --


HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "{{ 7*7 }} {0} %s &amp;"]


@pytest.mark.parametrize("words", [*HOSTILE, "\u202egnikcatta \u0645\u062d\u0645\u062f"])
def test_whatever_a_row_says_of_a_message_is_text(anna, bert, john, received, words):
    about = received(words, identity="one", patient_name=words, birth_date=words[:10])
    nobody = received(words)
    Message.objects.filter(box=john).update(from_name=words)
    Property.objects.put(about, words, words)
    User.objects.filter(pk=bert.user.pk).update(first_name=words, last_name="")
    bert.post(f"/inbox/john/message/{about.xuid}/move", {"move": "take"})
    bert.post(f"/inbox/john/message/{nobody.xuid}/move", {"move": "handled"})
    sent = Message.objects.post(john, envelope_to("nowhere", subject=words))
    sent.deliveries.update(status="failed", error=words)
    sent.settle()
    Message.objects.filter(pk=sent.pk).update(to=[{"displayName": words, "address": words}])

    patients = f"{INBOX}/{about.xuid}/patient"
    listed = [anna.get(path).text for path in (INBOX, patients, "/inbox/john/error")]

    for text in listed:
        rows = text.partition('<ul class="ib-rows')[2].partition("</ul>")[0]
        assert "<script" not in rows and "<img" not in rows
        assert set(re.findall(r"<(\w+)", rows)) <= {
            *("li", "label", "input", "a", "span", "bdi", "b", "small", "time")
        }
        assert all(name in NAMES for name in re.findall(r'\s([\w-]+)="', rows))
    assert unescape(listed[0]).count(words) >= 11 and unescape(listed[2]).count(words) >= 3


def test_no_word_of_others_turns_what_stands_beside_it(anna, john, received):
    """A sign that turns the direction of writing ends with the element it stands in."""
    turned = "\u202enaJ"
    Handling.objects.take(received(), "key:x/1", turned)
    Handling.objects.finish(received(), "key:x/1", turned)
    sent = Message.objects.post(john, envelope_to("nowhere"))
    sent.deliveries.update(status="failed", error=turned)
    sent.settle()

    for path, looks in ((INBOX, "ib-held"), (INBOX, "ib-done"), ("/inbox/john/error", "ib-why")):
        assert re.search(rf'<span class="{looks}" dir="auto">[^<]*{turned}', anna.get(path).text)


NAMES = set("class href type name value form dir datetime title aria-hidden".split())


@pytest.mark.parametrize(
    "subject", ["x" * 998, "‮gnikcatta", "😀 " * 50, "", "<script>alert(1)</script>", "{{ 7*7 }}"]
)
def test_any_subject_is_shown_as_text(anna, received, subject):
    message = received(subject)

    for path in (INBOX, f"{INBOX}/{message.xuid}"):
        text = anna.get(path).text
        assert "<script>alert" not in text
        assert subject.strip() in unescape(text)


def test_the_conversation_is_shown(anna, john, received):
    question = received("Vraag")
    Message.objects.post(john, envelope_to("jill", subject="Antwoord", in_reply_to=question.xuid))

    text = anna.get(f"{INBOX}/{question.xuid}").text

    assert "Conversation of 2 messages" in text and "Antwoord" in text


def test_who_saw_a_message_is_told_and_that_is_logged(anna, bert, received):
    message = received()
    bert.get(f"{INBOX}/{message.xuid}")

    text = anna.get(f"{INBOX}/{message.xuid}/history").text

    assert "Bert" in text and "opened in the inbox" in text
    assert LogEntry.objects.filter(action="log", subject=anna.user.subject).exists()


def test_one_opening_is_told_once_and_kept_in_the_log_as_it_went(anna, bert, received):
    message = received()
    for person in (bert, anna):
        LogEntry.objects.record("open", caller=person.user, message=message)
    for person, way in ((anna, "page"), (bert, "page"), (bert, "print")):
        LogEntry.objects.record("view", caller=person.user, message=message, detail=way)

    text = anna.get(f"{INBOX}/{message.xuid}/history").text

    assert text.count("opened in the inbox") == 2
    assert "content shown in the viewer" not in text and text.count("shown for printing") == 1
    assert LogEntry.objects.filter(action="view", xuid=message.xuid).count() == 3


def test_an_open_page_asks_for_news_without_an_entry_in_the_log(anna, received):
    message = received()
    before = LogEntry.objects.count()

    told = anna.get("/inbox/john/news").json()

    assert told["newest"] == message.xuid
    assert told["counts"]["inbox"] == {"n": 1, "shown": "1"}
    assert LogEntry.objects.count() == before


@pytest.mark.parametrize("page", ["", "/{}", "/{}/history", "/{}/patient", "/{}/download/raw"])
def test_no_page_of_the_inbox_is_kept_or_framed(anna, received, page):  # V77
    message = received(identity="one", patient_name="Fatima", birth_date="1950-02-03")

    answer = anna.get(f"{INBOX}{page}".format(message.xuid))

    assert "no-store" in answer["Cache-Control"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_a_closed_box_is_not_there(anna, john):
    Box.objects.filter(pk=john.pk).update(state="closed")

    assert anna.get(INBOX).status_code == 404


KNOWN = {"identity": "one", "patient_name": "Vries, A. de", "birth_date": "1950-02-03"}


def about(anna, message) -> str:
    return anna.get(f"{INBOX}/{message.xuid}/patient").text


def test_all_messages_about_one_patient_stand_together_from_every_folder(anna, john, received):
    report = received("Uitslag", **KNOWN, bsn="999990019")
    received("Archiefbrief", **KNOWN, bsn="999990019").archive()
    received("Zonder nummer", **KNOWN)
    received("Naamgenoot", **{**KNOWN, "birth_date": "1961-07-08"})
    received("Andere patiënt", **{**KNOWN, "patient_name": "Bakker, C."}, bsn="999990032")
    Property.objects.put(received("Gelabeld"), "bsn", "999990019")

    page = about(anna, report)

    assert "All messages about" in page and "999990019" not in page.replace("bsn: 999990019", "")
    for subject, shown in {
        "Uitslag": True,
        "Archiefbrief": True,
        "Zonder nummer": True,
        "Gelabeld": True,
        "Naamgenoot": False,
        "Andere patiënt": False,
    }.items():
        assert (subject in page) == shown, subject
    entry = LogEntry.objects.filter(action="list").latest("id")
    assert report.xuid in entry.xuids and entry.patient == report.patient_hash


def test_patients_of_one_name_and_birth_date_are_not_mixed_up(anna, received):
    first = received("Van de een", **KNOWN, bsn="999990019")
    received("Van de ander", **KNOWN, bsn="999990032")
    nobodys = received("Van wie", **KNOWN)

    of_first, of_nobody = about(anna, first), about(anna, nobodys)

    assert "Van de een" in of_first
    assert "Van de ander" not in of_first and "Van wie" not in of_first
    assert "Van wie" in of_nobody
    assert "Van de een" not in of_nobody and "Van de ander" not in of_nobody
    for page in (of_first, of_nobody):
        assert "Several patients with different numbers" in page


def test_a_message_that_names_nobody_clearly_has_no_patient_to_list(anna, received):
    unclear = received("Onduidelijk", identity="unclear")

    assert "/patient" not in anna.get(f"{INBOX}/{unclear.xuid}").text
    assert anna.get(f"{INBOX}/{unclear.xuid}/patient").status_code == 404


def test_a_message_of_another_box_shows_no_patient(anna, jill):
    other = Message.objects.receive(jill, envelope_to("jill"))

    assert anna.get(f"{INBOX}/{other.xuid}/patient").status_code == 404
    assert anna.get(f"{INBOX}/{other.xuid}/print").status_code == 404


def test_a_label_leads_to_all_with_the_same_but_never_puts_a_bsn_into_an_address(anna, received):
    message = received()
    for name, value in (("ward", "4 A"), ("BSN", "999990019"), ("number", "999990019")):
        Property.objects.put(message, name, value)

    page = anna.get(f"{INBOX}/{message.xuid}").text

    assert "?property=ward&amp;value=4+A" in page
    assert "value=999990019" not in page


def test_all_that_match_are_chosen_and_counted_before_anything_is_done(anna, received):
    for number in range(60):
        received(f"Folder {number}")
    received("Uitslag")

    page = anna.get(f"{INBOX}?q=folder").text
    assert "q=folder&amp;choose=all" in page and " checked>" not in page
    page = anna.get(f"{INBOX}?q=folder&choose=all").text

    assert "60 messages are chosen." in page and "These are all that match." in page
    assert page.count('form="bulk" checked') == 60
    assert f'name="next" value="{INBOX}?q=folder"' in page  # what comes after chooses nothing


def test_news_counts_what_came_after_the_message_that_a_page_knows(anna, john, received):
    def fresh(after: str) -> str:
        return anna.get(f"/inbox/john/news?after={after}").json()["fresh"]

    assert fresh("") == ""
    known = received("Eerste")
    assert fresh("") == "1 new message: show it"
    received("Tweede")
    received("Derde").archive()

    assert fresh(known.xuid) == "1 new message: show it"
    assert fresh("nobody-knows-this-one-1") == ""


def test_a_print_opens_the_viewers_sheet_with_a_token_of_its_own(anna, received):
    message = received()

    answer = anna.get(f"{INBOX}/{message.xuid}/print")

    assert answer.status_code == 302
    assert f"/john/messages/{message.xuid}?jwt=" in answer["Location"]
    assert answer["Location"].endswith("&mode=print")


def test_settings_are_each_persons_own_and_need_no_script(anna, bert):
    answer = anna.post("/inbox/settings", {"after_archiving": "list"})

    assert answer.status_code == 302
    anna.user.refresh_from_db()
    bert.user.refresh_from_db()
    assert (anna.user.opens_next, anna.user.uses_keys) == (False, False)
    assert (bert.user.opens_next, bert.user.uses_keys) == (True, True)
    assert 'id="keys"' not in anna.get(INBOX).text
    assert 'id="keys"' in bert.get(INBOX).text


def test_a_setting_that_is_none_is_refused(anna):
    assert "ib-fault" in anna.post("/inbox/settings", {"after_archiving": "dance"}).text
    anna.user.refresh_from_db()
    assert anna.user.opens_next
