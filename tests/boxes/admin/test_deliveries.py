"""What a person may do with a delivery, and what the admin tells about one."""

import pytest
from django.contrib.admin.models import LogEntry as DjangoLogEntry
from django.urls import reverse
from django.utils.timezone import now

from boxes.models import Delivery, LogEntry, Message
from tests.boxes.envelopes import envelope_to

LIST = "/admin/boxes/delivery/"
Status = Delivery.Status


@pytest.fixture
def delivery(john) -> Delivery:
    return Message.objects.post(john, envelope_to("joe@example.org")).deliveries.get()


@pytest.fixture
def in_status(delivery):
    """``in_status("uncertain")``: the delivery after an attempt that ended so."""

    def attempt(status: str, delivery=delivery) -> Delivery:
        [claimed] = Delivery.objects.filter(pk=delivery.pk).claim_due(delivery.transport, 1, 60)
        match status:
            case "uncertain":
                claimed.doubt("The line was cut after the message was out.")
            case "failed":
                claimed.fail("Mailbox unknown.")
            case "queued":
                claimed.retry("The server is busy.", 600)
            case "sent":
                claimed.mark_sent("<1@example.org>")
        claimed.message.settle()
        return claimed

    return attempt


def page(delivery: Delivery, name: str = "change") -> str:
    return reverse(f"admin:boxes_delivery_{name}", args=(delivery.pk,))


def move(browser, delivery: Delivery, name: str):
    return browser.post(page(delivery, "move"), {"move": name}, follow=True)


def buttons(browser, delivery: Delivery) -> list[str]:
    return [offer["label"] for offer in browser.get(page(delivery)).context["moves"]]


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("queued", ["Retry now"]),
        ("failed", ["Retry now"]),
        ("uncertain", ["Send again", "It arrived"]),
        ("sent", []),
    ],
)
def test_the_page_offers_what_the_status_allows(browser, in_status, status, offered):
    assert buttons(browser, in_status(status)) == offered


def test_retry_takes_a_failed_delivery_up_again(browser, in_status):
    delivery = in_status("failed")

    response = move(browser, delivery, "retry")

    delivery.refresh_from_db()
    assert delivery.status == Status.QUEUED and delivery.due_at <= now()
    assert delivery.message.status == Message.Status.OUTBOX
    assert "1 delivery is tried again now." in response.text


def test_retry_does_not_wait_for_the_pause(browser, in_status):
    delivery = in_status("queued")
    assert delivery.due_at > now()

    move(browser, delivery, "retry")

    delivery.refresh_from_db()
    assert delivery.due_at <= now()


def test_send_again_settles_a_doubt_by_another_attempt(browser, in_status):
    delivery = in_status("uncertain")

    response = move(browser, delivery, "send-again")

    delivery.refresh_from_db()
    assert delivery.status == Status.QUEUED
    assert "1 delivery is sent once more." in response.text


def test_it_arrived_settles_a_doubt_for_good(browser, in_status):
    delivery = in_status("uncertain")
    assert Message.objects.get().status == Message.Status.ERROR

    response = move(browser, delivery, "arrived")

    delivery.refresh_from_db()
    assert delivery.status == Status.DELIVERED
    assert Message.objects.get().status == Message.Status.SENT
    assert "1 delivery is marked as arrived." in response.text


@pytest.mark.parametrize("name", ["retry", "send-again", "arrived"])
def test_a_move_that_came_too_late_is_refused_with_a_sentence(browser, in_status, name):
    delivery = in_status("sent")

    response = move(browser, delivery, name)

    delivery.refresh_from_db()
    assert delivery.status == Status.SENT
    assert "To joe@example.org: " in response.text
    assert "It is sent now." in response.text
    assert not LogEntry.objects.filter(action=f"admin {name}").exists()


@pytest.mark.parametrize(
    ("name", "status"), [("retry", "failed"), ("send-again", "uncertain"), ("arrived", "uncertain")]
)
def test_each_move_stands_in_the_log_under_who_made_it(browser, root, in_status, name, status):
    delivery = in_status(status)

    move(browser, delivery, name)

    entry = LogEntry.objects.get(action=f"admin {name}")
    assert (entry.subject, entry.subject_name) == (f"user:{root.pk}", "root")
    assert (entry.xuid, entry.box_name) == (delivery.message.xuid, "john")
    assert DjangoLogEntry.objects.get().object_id == str(delivery.pk)


def test_moves_are_no_links(browser, in_status):
    assert browser.get(page(in_status("failed"), "move")).status_code == 405


def test_a_move_that_does_not_exist_is_not_found(browser, in_status):
    response = browser.post(page(in_status("failed"), "move"), {"move": "delete"})

    assert response.status_code == 404


def test_who_may_only_look_moves_nothing(staff_with, in_status):
    client, delivery = staff_with("view_delivery", "view_message"), in_status("failed")

    assert buttons(client, delivery) == []
    assert client.post(page(delivery, "move"), {"move": "retry"}).status_code == 403
    client.post(LIST, {"action": "retry_selected", "_selected_action": [delivery.pk]})

    delivery.refresh_from_db()
    assert delivery.status == Status.FAILED


def test_the_list_retries_what_can_be_retried_and_names_what_cannot(browser, john, in_status):
    failed = in_status("failed")
    other = Message.objects.post(john, envelope_to("ann@example.org")).deliveries.get()
    sent = in_status("sent", other)

    response = browser.post(
        LIST,
        {"action": "retry_selected", "_selected_action": [failed.pk, sent.pk]},
        follow=True,
    )

    failed.refresh_from_db()
    assert failed.status == Status.QUEUED
    assert "1 delivery is tried again now." in response.text
    assert "To ann@example.org: " in response.text


@pytest.mark.parametrize(
    ("action", "status"), [("send_selected_again", "queued"), ("confirm_selected", "delivered")]
)
def test_the_list_settles_doubts(browser, in_status, action, status):
    delivery = in_status("uncertain")

    browser.post(LIST, {"action": action, "_selected_action": [delivery.pk]})

    delivery.refresh_from_db()
    assert delivery.status == status


def test_the_page_tells_what_happened_in_words(browser, in_status):
    delivery = in_status("queued")
    Delivery.objects.update(due_at=now())
    in_status("uncertain")

    text = browser.get(page(delivery)).text

    told = [
        "Queued for e-mail.",
        "Back in the queue.",
        "<q>The server is busy.</q>",
        "Lost from sight: it may have arrived.",
        "<q>The line was cut after the message was out.</q>",
    ]
    places = [text.find(sentence) for sentence in told]
    assert -1 not in places and places == sorted(places)


def test_the_page_tells_which_attempt_comes_next(browser, in_status, settings):
    settings.RETRY_PAUSES = [60, 300, 1800]

    assert "Next: attempt 2 of 4." in browser.get(page(in_status("queued"))).text


def test_a_delivery_is_not_made_changed_or_deleted_here(browser, delivery):
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(page(delivery), {"status": "sent"}).status_code == 403
    assert browser.post(page(delivery, "delete"), {"post": "yes"}).status_code == 403


def test_deliveries_are_found_by_message_address_status_and_transport(browser, in_status):
    delivery = in_status("failed")

    def found(**query) -> list:
        return list(browser.get(LIST, query).context["cl"].result_list)

    assert found(q=delivery.message.xuid) == [delivery]
    assert found(q="JOE@") == [delivery]
    assert found(q="example.org") == []
    assert found(status__exact="failed") == [delivery]
    assert found(status__exact="sent") == []
    assert found(transport=delivery.transport) == [delivery]
    assert found(transport="box") == []


def test_a_list_of_deliveries_asks_as_many_queries_for_fifty_as_for_two(
    browser, john, count_queries, django_assert_num_queries
):
    Message.objects.post(john, envelope_to("ann@example.org", "joe@example.org"))
    few = count_queries(lambda: browser.get(LIST))
    for n in range(24):
        Message.objects.post(john, envelope_to(f"jo{n}@example.org", f"an{n}@example.org"))

    with django_assert_num_queries(few):
        assert len(browser.get(LIST).context["cl"].result_list) == 50
