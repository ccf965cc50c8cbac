"""The list of a folder and one message in it, for the person who signed in."""

from html import unescape

import pytest
from django.utils import timezone

from boxes.models import Box, LogEntry, Message, Property, Reading
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


def test_a_search_of_another_session_is_none(anna, bert, received):
    received("Van haar", identity="one", patient_name="Vries", bsn="999990019")
    received("Van een ander")
    address = anna.post(INBOX, {"bsn": "999990019"})["Location"]

    assert subjects(bert.get(address)) == []
    assert "no longer known" in bert.get(address).text


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


def test_a_list_costs_the_same_queries_however_long_it_is(anna, received, most_queries):
    for number in range(20):
        received(f"nr {number}", flag="abnormal", kind="letter")

    with most_queries(24):
        anna.get(INBOX)


# -- what is hard to show --


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


def test_an_open_page_asks_for_news_without_an_entry_in_the_log(anna, received):
    message = received()
    before = LogEntry.objects.count()

    told = anna.get("/inbox/john/news").json()

    assert told["newest"] == message.xuid
    assert told["counts"]["inbox"] == {"n": 1, "shown": "1"}
    assert LogEntry.objects.count() == before


def test_no_page_of_the_inbox_is_kept_or_framed(anna, received):  # V77
    answer = anna.get(f"{INBOX}/{received().xuid}")

    assert "no-store" in answer["Cache-Control"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_a_closed_box_is_not_there(anna, john):
    Box.objects.filter(pk=john.pk).update(state="closed")

    assert anna.get(INBOX).status_code == 404
