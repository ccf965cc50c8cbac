"""The admin shows envelopes of all boxes, and content to nobody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from boxes import tokens
from boxes.admin import paging
from boxes.envelope import Address, Attachment
from boxes.models import Access, LogEntry, Message, Property
from tests.boxes.envelopes import envelope_to
from transports.tasks import dispatch

LIST = "/admin/boxes/message/"


def page(message: Message, name: str = "change") -> str:
    return reverse(f"admin:boxes_message_{name}", args=(message.pk,))


def found(browser, term: str) -> list[Message]:
    return list(browser.get(LIST, {"q": term}).context["cl"].result_list)


@pytest.fixture
def letter(john, jill) -> Message:
    return Message.objects.post(
        john,
        envelope_to(
            "jill",
            "joe@example.org",
            content=b"de inhoud blijft dicht",
            subject="Uitslag hielprik",
            headers={"X-Zorg": "spoed"},
            cc=(Address("piet@example.org", "Piet"),),
            attachments=(Attachment("foto.png", "image/png", b"ook-dit-blijft-dicht"),),
        ),
    )


def test_a_message_page_shows_its_envelope_and_what_hangs_on_it(browser, letter):
    Property.objects.put(letter, "afdeling", "verloskunde")

    text = browser.get(page(letter)).text

    for shown in (
        letter.xuid,
        "Uitslag hielprik",
        "John Johnson &lt;john&gt;",
        "joe@example.org",
        "Piet &lt;piet@example.org&gt;",
        "X-Zorg: spoed",
        "foto.png",
        "afdeling",
        "verloskunde",
    ):
        assert shown in text


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_the_admin_holds_content(browser, letter, method):
    addresses = [LIST, page(letter), page(letter, "history"), page(letter, "delete")]
    addresses.append(reverse("admin:boxes_delivery_change", args=(letter.deliveries.first().pk,)))

    answers = [getattr(browser, method)(address).content for address in addresses]

    assert not any(b"blijft dicht" in answer or b"blijft-dicht" in answer for answer in answers)


def test_a_message_is_not_made_changed_or_deleted_here(browser, letter):
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(page(letter), {"subject": "Anders"}).status_code == 403
    assert browser.post(page(letter, "delete"), {"post": "yes"}).status_code == 403

    letter.refresh_from_db()
    assert letter.subject == "Uitslag hielprik"


def test_a_list_and_a_page_are_logged_with_what_they_disclosed(browser, letter, root):
    browser.get(LIST)
    browser.get(page(letter))

    listed, viewed = LogEntry.objects.filter(action__startswith="admin").order_by("id")
    assert (listed.action, listed.xuids, listed.subject) == (
        "admin list",
        [letter.xuid],
        f"user:{root.pk}",
    )
    assert (viewed.action, viewed.xuid, viewed.box_name) == ("admin view", letter.xuid, "john")


def test_an_empty_list_discloses_nothing_and_logs_nothing(browser):
    browser.get(LIST)

    assert not LogEntry.objects.exists()


# -- opening --


def test_a_superuser_without_access_is_not_let_into_the_viewer(browser, letter):
    assert page(letter, "open") not in browser.get(page(letter)).text

    assert browser.get(page(letter, "open")).status_code == 403

    entry = LogEntry.objects.get(action="refuse")
    assert (entry.outcome, entry.xuid) == ("right_missing", letter.xuid)


@pytest.mark.parametrize("right", ["send", "deliver"])
def test_another_right_than_reading_opens_nothing(browser, letter, root, right):
    Access.objects.create(box=letter.box, user=root, **{right: True})

    assert browser.get(page(letter, "open")).status_code == 403


@pytest.mark.parametrize("right", ["read", "manage"])
def test_who_may_read_the_box_is_led_to_the_viewer_with_a_token(
    browser, letter, root, settings, right
):
    settings.VIEWER_BASE_URL = "https://viewer.example.org"
    Access.objects.create(box=letter.box, user=root, **{right: True})
    assert page(letter, "open") in browser.get(page(letter)).text

    response = browser.get(page(letter, "open"))

    address, _, raw = response["Location"].partition("?jwt=")
    assert response.status_code == 302
    assert address == f"https://viewer.example.org/john/messages/{letter.xuid}"
    assert tokens.read_page(raw, "john", letter.xuid).sub == f"user:{root.pk}"
    assert LogEntry.objects.get(action="admin open").xuid == letter.xuid


def test_access_to_another_box_opens_nothing(browser, letter, root, jill):
    Access.objects.create(box=jill, user=root, read=True)

    assert browser.get(page(letter, "open")).status_code == 403


def test_a_closed_box_opens_for_nobody(browser, letter, root):
    Access.objects.create(box=letter.box, user=root, read=True)
    letter.box.state = "closed"
    letter.box.save()

    assert browser.get(page(letter, "open")).status_code == 403


def test_staff_without_the_permission_see_no_envelope(staff_with, letter):
    client = staff_with("view_box")

    assert client.get(LIST).status_code == 403
    assert client.get(page(letter)).status_code == 403
    assert client.get(page(letter, "open")).status_code == 403


# -- finding --


def test_a_message_is_found_by_its_xuid(browser, letter):
    dispatch()

    assert found(browser, f" {letter.xuid} ") == [letter]


def test_messages_are_found_by_the_name_of_their_box(browser, letter, jill):
    dispatch()

    [received] = found(browser, "jill")
    assert received.box == jill


def test_messages_are_found_by_how_the_sender_begins(browser, john, jill):
    envelope = envelope_to("john", sender=Address("Lab@ziekenhuis.example", "Lab"))
    message = Message.objects.receive(john, envelope)

    assert found(browser, "lab@zie") == [message]
    assert found(browser, "ziekenhuis") == []


def test_addresses_are_looked_for_among_the_newest_messages_only(browser, john, monkeypatch):
    older, newer = (
        Message.objects.receive(john, envelope_to("john", sender=Address("lab@example.org")))
        for _ in range(2)
    )
    monkeypatch.setattr(paging, "WINDOW", newer.pk - older.pk)

    assert found(browser, "lab@") == [newer]


def test_the_list_is_filtered_by_direction_and_status(browser, letter):
    dispatch()

    shown = browser.get(LIST, {"direction__exact": "IN", "status__exact": "INBOX"})

    assert [row.direction for row in shown.context["cl"].result_list] == ["IN"]


# -- many --


def test_a_list_of_messages_asks_as_many_queries_for_fifty_as_for_two(
    browser, john, count_queries, django_assert_num_queries
):
    for _ in range(2):
        Message.objects.post(john, envelope_to("jill"))
    few = count_queries(lambda: browser.get(LIST))
    for _ in range(48):
        Message.objects.post(john, envelope_to("jill", "joe@example.org"))

    with django_assert_num_queries(few):
        assert len(browser.get(LIST).context["cl"].result_list) == 50


def test_a_message_to_many_asks_as_many_queries_as_one_to_few(
    browser, john, count_queries, django_assert_num_queries
):
    small = Message.objects.post(john, envelope_to("jill"))
    large = Message.objects.post(john, envelope_to(*(f"jo{n}@example.org" for n in range(200))))
    few = count_queries(lambda: browser.get(page(small)))

    with django_assert_num_queries(few):
        text = browser.get(page(large)).text

    assert "All deliveries of this message" in text


def test_a_list_is_counted_no_further_than_anybody_leafs(browser, john, monkeypatch):
    monkeypatch.setattr(paging, "DEEPEST", 3)
    for _ in range(5):
        Message.objects.post(john, envelope_to("jill"))

    response = browser.get(LIST)

    assert "more than 3 messages; search or filter to find older ones" in response.text
    assert response.context["cl"].result_count == 3


def test_no_page_loads_content(browser, letter):
    with CaptureQueriesContext(connection) as captured:
        browser.get(LIST)
        browser.get(page(letter))

    assert not [query["sql"] for query in captured if "boxes_content" in query["sql"]]
