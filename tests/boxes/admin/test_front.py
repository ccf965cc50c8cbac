"""The admin's first screen says whether all is well; each page carries the line of it."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.models import Box, Delivery, LogEntry, Message
from tests.boxes.envelopes import envelope_to
from transports.health import figures
from transports.models import Account, Heartbeat

INDEX = "/admin/"


@pytest.fixture
def delivery(john) -> Delivery:
    return Message.objects.post(john, envelope_to("joe@example.org")).deliveries.get()


def ended(delivery: Delivery, status: str, **fields) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(status=status, **fields)


def test_all_is_well_when_a_worker_lives_and_nothing_waits(browser, heartbeat):
    text = browser.get(INDEX).text

    assert "All is well" in text
    assert "Alive: its last sign was" in text
    assert "Nothing waits." in text


def test_a_worker_that_never_ran_is_told_first(browser):
    text = browser.get(INDEX).text

    assert "1 thing needs attention" in text
    assert "No worker has ever run here: messages wait until one does." in text


def test_a_worker_that_fell_silent_is_told_with_since_when(browser, settings):
    Heartbeat.objects.create(name="worker", at=now() - timedelta(minutes=10))

    assert "No sign of life for 10 minutes" in browser.get(INDEX).text


def test_the_oldest_waiting_delivery_is_named_with_its_age(browser, heartbeat, delivery):
    Delivery.objects.update(created_at=now() - timedelta(minutes=5))

    text = browser.get(INDEX).text

    assert "To joe@example.org, for 5 minutes." in text
    assert f'href="/admin/boxes/delivery/{delivery.pk}/change/"' in text
    assert "All is well" in text


@pytest.mark.parametrize("status", ["queued", "sending"])
def test_a_delivery_that_waits_too_long_needs_attention(browser, heartbeat, delivery, status):
    ended(delivery, status, created_at=now() - timedelta(hours=2))

    assert "1 thing needs attention" in browser.get(INDEX).text


@pytest.mark.parametrize(
    ("status", "sentence", "link"),
    [
        ("uncertain", "1 delivery may or may not have arrived", "status__exact=uncertain"),
        ("failed", "1 delivery failed for good.", "status__exact=failed"),
    ],
)
def test_spoiled_deliveries_are_counted_and_linked(
    browser, heartbeat, delivery, status, sentence, link
):
    ended(delivery, status)

    text = browser.get(INDEX).text

    assert sentence in text
    assert link in text
    assert "1 thing needs attention" in text


def test_old_failures_are_history_and_old_doubts_are_not(browser, heartbeat, john):
    for status in ("failed", "uncertain"):
        delivery = Message.objects.post(john, envelope_to("joe@example.org")).deliveries.get()
        ended(delivery, status, created_at=now() - timedelta(days=30))

    text = browser.get(INDEX).text

    assert "1 delivery may or may not have arrived" in text
    assert "failed for good" not in text


def test_a_large_number_is_not_counted_to_its_end(browser, heartbeat, john, monkeypatch):
    monkeypatch.setattr(figures, "COUNTED", 2)
    for _ in range(4):
        ended(Message.objects.post(john, envelope_to("joe@example.org")).deliveries.get(), "failed")

    assert "more than 2 deliveries failed for good." in browser.get(INDEX).text


def test_messages_of_the_last_day_and_accounts_are_told(browser, heartbeat, john, jill):
    Message.objects.post(john, envelope_to("joe@example.org"))
    Message.objects.receive(jill, envelope_to("jill"))
    Message.objects.receive(john, envelope_to("john"))
    Message.objects.filter(box=john, direction="IN").update(created_at=now() - timedelta(days=2))
    Account.objects.create(transport="email", host="smtp.example.org")
    Account.objects.create(transport="email", host="smtp.example.org", box=john, active=False)

    text = browser.get(INDEX).text

    assert "1 received, 1 sent." in text
    assert "1 in use, 1 switched off." in text


def test_the_state_is_told_in_words_and_signs_besides_colour(browser):
    text = browser.get(INDEX).text

    assert '<span class="mbx-sign" aria-hidden="true">✗</span> Worker' in text
    assert '<span class="visually-hidden"> (wrong)</span>' in text


def test_each_page_carries_the_state_in_its_header(browser):
    text = browser.get("/admin/boxes/box/").text

    assert "1 thing needs attention" in text
    assert browser.get(INDEX).text.count("1 thing needs attention") == 1


def test_the_login_page_tells_nothing_of_the_state(client, db):
    text = client.get("/accounts/login/").text

    assert "attention" not in text and "All is well" not in text


def test_the_first_screen_asks_as_many_queries_whatever_it_finds(
    browser, heartbeat, john, count_queries, django_assert_num_queries
):
    few = count_queries(lambda: browser.get(INDEX))
    for n in range(30):
        box = Box.objects.create(name=f"box{n}")
        Message.objects.post(box, envelope_to("joe@example.org"))

    with django_assert_num_queries(few):
        browser.get(INDEX)


def test_the_tasks_of_the_queue_are_not_shown(browser):
    assert "django_q" not in browser.get(INDEX).text
    assert browser.get("/admin/django_q/ormq/").status_code == 404


def test_the_heartbeat_is_shown_in_words(browser, heartbeat):
    assert "✓ alive, last sign" in browser.get("/admin/transports/heartbeat/").text


def test_the_admin_is_found_without_its_slash(browser):
    assert browser.get("/admin")["Location"] == "/admin/"


def test_every_page_is_private(browser, client):
    for response in (browser.get(INDEX), client.get("/accounts/login/"), client.get("/admin/x/")):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Frame-Options"] == "DENY"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Content-Type-Options"] == "nosniff"
        policy = response["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
        assert "frame-ancestors 'none'" in policy and "unsafe" not in str(policy)


def test_looking_at_the_first_screen_discloses_nothing_that_is_logged(browser):
    browser.get(INDEX)

    assert not LogEntry.objects.exists()
