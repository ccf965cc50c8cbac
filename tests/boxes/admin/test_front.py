"""The admin's first screen says whether all is well; each page carries the line of it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils.timezone import now

from boxes.models import Access, ApiKey, Box, Delivery, LogEntry, Message, User
from tests.boxes.envelopes import envelope_to
from transports.health import figures, traffic
from transports.models import Account, Heartbeat, Webhook

INDEX = "/admin/"


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    cache.clear()


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

    assert "For 5 minutes, by e-mail." in text and "To joe@example.org." in text
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
        ("failed", "1 delivery failed for good.", "status__exact=failed&amp;transport=email"),
        ("undelivered", "1 delivery failed", "status__exact=undelivered&amp;transport=email"),
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


def test_the_messages_of_the_last_day_are_told_and_drawn_by_the_hour(browser, john, jill):
    Message.objects.post(john, envelope_to("joe@example.org"))
    Message.objects.receive(jill, envelope_to("jill"))
    late = Message.objects.receive(jill, envelope_to("jill"))
    old = Message.objects.receive(john, envelope_to("john"))
    Message.objects.filter(pk=late.pk).update(created_at=now() - timedelta(hours=3))
    Message.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=2))

    text = browser.get(INDEX).text
    hours = traffic.chart().hours

    assert "2 received, 1 sent." in text
    assert text.count('<rect class="mbx-in"') == 2 and text.count('<rect class="mbx-out"') == 1
    assert [hour.received for hour in hours][-4:] == [1, 0, 0, 1]
    assert text.count('<tr><th scope="row"><time') == len(hours) == 24


def test_hours_that_ended_are_counted_once(john):
    earlier = Message.objects.receive(john, envelope_to("john"))
    Message.objects.update(created_at=now() - timedelta(hours=5))
    traffic.chart()

    Message.objects.filter(pk=earlier.pk).update(created_at=now() - timedelta(days=9))
    Message.objects.receive(john, envelope_to("john"))

    assert traffic.chart().received == 2


def test_a_new_installation_is_led_through_its_first_steps(browser, practice):
    text = browser.get(INDEX).text
    john = Box.objects.create(name="john", organization=practice)
    Access.objects.create(box=john, user=User.objects.create_user("ann"), read=True)

    assert 'href="/admin/boxes/box/add/">Make a box' in text
    assert "Nothing came in or went out." in text and "None in use" in text
    assert "First steps" not in browser.get(INDEX).text


def test_accounts_are_told_with_their_last_collection_and_test(browser, heartbeat, john, jill):
    moment = now()
    facts = {"transport": "email", "host": "mail.example.org"}
    Account.objects.create(**facts, box=jill, incoming_mode="shadow", collected_at=moment)
    failing = Account.objects.create(
        **facts, box=john, incoming_mode="own", collect_error="The mailbox refused the password."
    )
    Account.objects.create(**facts, tested_at=moment)
    Account.objects.create(transport="zorgmail", active=False, test_error="Not in use.")

    text = browser.get(INDEX).text

    assert "1 fails its test or does not collect." in text
    assert "E-mail (john): The mailbox refused the password." in text
    assert "The mailbox refused the password. (not yet)" in text
    assert "Not in use." not in text
    assert text.index(f"account/{failing.pk}/") < text.index("E-mail (jill)")
    assert "1 thing needs attention" in browser.get("/admin/boxes/box/").text


def test_an_account_that_silently_stopped_collecting_needs_attention(browser, heartbeat, john):
    late = now() - timedelta(hours=2)
    Account.objects.create(
        transport="email", host="mail.example.org", box=john, incoming_mode="own", collected_at=late
    )

    text = browser.get(INDEX).text

    assert "nothing collected for a while" in text and "1 thing needs attention" in text


@pytest.mark.parametrize(
    ("hook", "sentence"),
    [
        ({"attempts": 3, "error": "no answer"}, "1 fail and are tried again."),
        ({"active": False, "error": "410"}, "1 are turned off, for they failed."),
        ({"active": False}, "None fails."),
        ({}, "None fails."),
    ],
)
def test_webhooks_that_fail_need_attention(browser, heartbeat, john, hook, sentence):
    Webhook.objects.create(box=john, url="https://epd.example.org/x", **hook)

    text = browser.get(INDEX).text

    assert sentence in text
    assert ("All is well" in text) is (sentence == "None fails.")


def test_a_webhook_whose_key_may_no_longer_is_told(browser, heartbeat, john, john_key):
    key = john_key.key
    Webhook.objects.create(box=john, url="https://epd.example.org/x", key=key)
    Access.objects.update(manage=True)
    before = browser.get(INDEX).text
    key.revoke()

    assert "All is well" in before
    assert "1 are told nothing: the key that made them may no longer." in browser.get(INDEX).text


def test_keys_that_expire_soon_or_just_did_need_attention(browser, heartbeat, practice):
    days = {"soon": 20, "gone": -2, "later": 60, "history": -60}
    for label, ahead in days.items():
        expires = now() + timedelta(days=ahead)
        ApiKey.objects.issue(practice, label, expires_at=expires)
    ApiKey.objects.issue(practice, "withdrawn", expires_at=now(), revoked_at=now())

    text = browser.get(INDEX).text
    shown = browser.get("/admin/boxes/apikey/?state=expiring").context["cl"].result_list

    assert "1 has just expired. 1 expires within 30 days." in text
    assert "1 thing needs attention" in text
    assert {key.label for key in shown} == {"soon", "gone", "history"}


def test_access_that_ends_is_told_and_needs_no_attention(browser, heartbeat, john, jill):
    ann = User.objects.create_user("ann")
    Access.objects.create(box=john, user=ann, read=True, until=now() + timedelta(days=3))
    Access.objects.create(box=jill, user=ann, read=True, until=now() + timedelta(days=300))

    text = browser.get(INDEX).text

    assert "1 ends within 30 days." in text and "ann → john" in text
    assert "All is well" in text


def test_who_may_see_no_deliveries_is_told_no_address(staff_with, heartbeat, delivery):
    text = staff_with().get(INDEX).text

    assert "by e-mail." in text
    assert "joe@example.org" not in text and "/admin/boxes/delivery/" not in text
    assert "/admin/boxes/message/" not in text and "/admin/transports/" not in text


def test_an_installation_without_an_auditor_says_so(browser, root):
    sentence = "Nobody is auditor, so nobody can search the log."

    assert sentence in browser.get(INDEX).text
    User.objects.update(auditor=True)
    assert sentence not in browser.get(INDEX).text


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
