"""Webhooks in the admin: how they are doing, and the buttons that a person has."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from boxes.models import Change, LogEntry, Message
from tests.boxes.admin.conftest import *  # noqa: F403  the same browsers
from tests.boxes.envelopes import envelope_to
from transports.models import Webhook
from transports.webhooks.telling import tell_webhooks

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/transports/webhook/"


def page(webhook):
    return reverse("admin:transports_webhook_change", args=(webhook.pk,))


def press(browser, webhook, move):
    address = reverse("admin:transports_webhook_move", args=(webhook.pk,))
    return browser.post(address, {"move": move}, follow=True)


def receive(box):
    return Message.objects.receive(box, envelope_to(box.name))


def fresh(webhook):
    return Webhook.objects.get(pk=webhook.pk)


def test_the_list_says_how_each_is_doing(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    idle = browser.get(LIST).text
    receive(jill)
    waiting = browser.get(LIST).text
    receiver.fail("body", "500 Oops")
    tell_webhooks()
    failing = browser.get(LIST).text
    Webhook.objects.update(active=False)

    off = browser.get(LIST).text

    assert "✓ has everything" in idle and "jill" in idle and webhook.host in idle
    assert "… has something to take" in waiting
    assert "✗ fails, is tried again" in failing and "answered 500" in failing
    assert "✗ turned off, for it failed" in off


def test_the_list_asks_as_many_queries_for_many_as_for_one(
    browser, jill, hook, receiver, count_queries
):
    hook(jill, receiver)
    one = count_queries(lambda: browser.get(LIST))
    for _ in range(5):
        hook(jill, receiver)

    assert count_queries(lambda: browser.get(LIST)) == one


def test_the_page_tells_all_and_never_the_secret(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", "500 Oops")
    tell_webhooks()

    text = browser.get(page(webhook)).text

    assert receiver.url in text
    assert "answered 500" in text
    assert receiver.secret not in text
    assert "Try now" in text and "Turn off" in text
    assert "Save" not in text


def test_what_went_wrong_is_told_in_dutch_and_kept_in_english(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", "500 Oops")
    tell_webhooks()
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"

    seen = [browser.get(LIST).text, browser.get(page(webhook)).text]
    seen.append(press(browser, webhook, "test").text)

    for text in seen:
        assert f"{webhook.host} antwoordde 500. Controleer" in text
    assert "de webhook van postbus jill" in seen[1]
    assert fresh(webhook).error == (f"{webhook.host} answered 500. Check the webhook of box jill.")


def test_one_that_is_tried_again_has_a_button_to_try_now(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    receive(jill)
    receiver.fail("body", "500 Oops")
    tell_webhooks()
    failing = browser.get(page(webhook)).text
    receiver.heal()

    press(browser, webhook, "on")
    tell_webhooks()
    mended = browser.get(page(webhook)).text
    press(browser, webhook, "off")
    off = browser.get(page(webhook)).text

    assert "Try now" in failing and "Turn on" not in failing
    assert "answered 500" not in mended and len(receiver.received) == 1
    assert "Turn on" in off and "Try now" not in off


def test_a_test_tells_what_the_receiver_answered(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)

    good = press(browser, webhook, "test").text
    receiver.fail("body", "403 No")
    bad = press(browser, webhook, "test").text

    assert "took the test event and answered 204" in good
    assert "answered 403" in bad
    assert [item["type"] for item in receiver.received] == ["webhook.test"]
    assert LogEntry.objects.filter(action="admin test", box_name="jill").count() == 2


def test_turned_off_and_on_it_goes_on_from_where_it_stopped(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    press(browser, webhook, "off")
    message = receive(jill)
    tell_webhooks()
    before = list(receiver.received)

    press(browser, webhook, "on")
    tell_webhooks()

    assert before == []
    assert [item["xuid"] for item in receiver.received] == [message.xuid]
    assert set(LogEntry.objects.filter(action__startswith="admin o").values_list("action")) == {
        ("admin on",),
        ("admin off",),
    }


def test_one_that_was_off_too_long_is_turned_on_from_now(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    press(browser, webhook, "off")
    receive(jill)
    Change.objects.update(at=now() - timedelta(days=91))

    refused = press(browser, webhook, "on").text
    still_off = not fresh(webhook).active
    press(browser, webhook, "on-from-now")

    assert "Turn it on from now" in refused and still_off
    assert fresh(webhook).active and fresh(webhook).waiting == 0


def test_one_is_removed_and_none_is_made_here(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)

    assert browser.get(f"{LIST}add/").status_code == 403
    browser.post(reverse("admin:transports_webhook_delete", args=(webhook.pk,)), {"post": "yes"})

    assert not Webhook.objects.exists()
    assert LogEntry.objects.filter(action="admin delete", box_name="jill").exists()


def test_who_may_only_look_presses_no_button(staff_with, jill, hook, receiver):
    webhook = hook(jill, receiver)
    viewer = staff_with("view_webhook")

    text = viewer.get(page(webhook)).text
    answer = press(viewer, webhook, "off")

    assert "Turn off" not in text
    assert answer.status_code == 403
    assert fresh(webhook).active


def test_a_button_that_is_not_there_is_refused_and_so_is_a_link(browser, jill, hook, receiver):
    webhook = hook(jill, receiver)
    address = reverse("admin:transports_webhook_move", args=(webhook.pk,))

    assert browser.get(address).status_code == 405
    assert press(browser, webhook, "explode").status_code == 404
