"""The admin for everybody: axe finds nothing, and no page is wider than its screen."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.core.cache import cache
from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import expect

from boxes.models import Access, LogEntry, Message, User
from tests.boxes.envelopes import envelope_to
from tests.viewer.test_accessibility import LOOKS, faults
from transports.models import Account, Heartbeat, Webhook
from transports.tasks import dispatch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def addresses(john, jill, john_key, root) -> list[str]:
    """Of an installation with a bit of everything, to look at."""
    cache.clear()
    Heartbeat.beat()
    User.objects.filter(pk=root.pk).update(auditor=True)
    message = Message.objects.post(john, envelope_to("jill", "joe@example.org"))
    message.deliveries.filter(address="joe@example.org").update(status="failed")
    soon = now() + timedelta(days=3)
    access = Access.objects.create(box=john, user=root, read=True, until=soon)
    type(john_key.key).objects.update(expires_at=soon)
    account = Account.objects.create(
        transport="email", host="mail.example.org", box=john, collect_error="It refused."
    )
    Webhook.objects.create(box=john, url="https://epd.example.org/x", attempts=3, error="410")
    entry = LogEntry.objects.record(
        "view", caller=root, message=message, on_behalf={"name": "Ann"}, detail="page"
    )
    rows = (entry, access, john, john_key.key, root, account)
    lists = [
        reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        for model in admin.site._registry
    ]
    forms = (
        "boxes/user boxes/box boxes/apikey boxes/access boxes/brand boxes/groupright "
        "boxes/organization auth/group transports/account transports/approveddomain"
    ).split()
    return [
        "/admin/",
        *lists,
        f"/admin/boxes/logentry/?message={message.xuid}",
        *(f"/admin/{name}/add/" for name in forms),
        "/admin/transports/account/add/?transport=email",
        *(
            reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=(row.pk,))
            for row in rows
        ),
    ]


def test_a_list_that_searches_is_named_in_a_row_that_is_added(
    visit, live_server, browser, addresses
):
    page = visit(f"{live_server.url}/accounts/login/", locale="en-GB")
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/boxes/user/add/")

    page.get_by_text("Add another access").click()
    page.get_by_role("combobox", name="Box").click()
    page.get_by_role("searchbox", name="Box").fill("joh")
    page.locator(".select2-results__option", has_text="john").click()

    expect(page.get_by_role("combobox", name="Box john")).to_be_visible()
    expect(page.get_by_role("textbox", name="Until: date")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize(("zone", "told"), [("Europe/Amsterdam", False), ("Asia/Tokyo", True)])
def test_a_clock_of_another_zone_is_said_once(visit, live_server, browser, john, zone, told):
    page = visit(f"{live_server.url}/accounts/login/", locale="en-GB", timezone_id=zone)
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    for address in ("/admin/boxes/user/add/", "/admin/boxes/access/add/"):
        page.goto(f"{live_server.url}{address}")
        page.locator("html[data-named]").wait_for()
        if "user" in address:
            page.get_by_text("Add another access").click()
            page.locator("#id_accesses-0-until_0").wait_for()

        said = page.get_by_text("All times here are those of Europe/Amsterdam.")
        expect(said).to_be_visible() if told else expect(said).to_be_hidden()
        assert not [note for note in page.locator(".timezonewarning").all() if note.is_visible()]


@pytest.mark.parametrize("looks", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_the_chart_and_what_is_focused_are_seen_in_high_contrast(
    visit, live_server, browser, addresses, looks
):
    dispatch()
    page = visit(f"{live_server.url}/accounts/login/", locale="en-GB", **looks)
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/")
    page.locator("html[data-named]").wait_for()

    style = "(bar, name) => getComputedStyle(bar)[name]"
    received, sent = (page.locator(f".mbx-traffic rect.mbx-{kind}").first for kind in ("in", "out"))
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert received.evaluate(style, "fill") != ground
    assert sent.evaluate(style, "stroke") != ground
    assert faults(page) == []
    page.locator(".mbx-finding a").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_views_of_the_admin_are_accessible_and_fit(
    visit, live_server, browser, addresses, language, theme
):
    page = visit(
        f"{live_server.url}/accounts/login/",
        locale={"nl": "nl-NL", "en": "en-GB"}[language],
        color_scheme=theme,
        viewport={"width": 1280, "height": 900},
    )
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    found = {}
    for address in addresses:
        assert page.goto(f"{live_server.url}{address}").status == 200
        # Before axe comes: it copies imported style sheets (@import) into elements of its own,
        # and the policy blocks those.
        found[address] = list(page.complaints)
        page.locator("html[data-named]").wait_for()
        found[address] += faults(page)
        page.complaints.clear()
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate(OVERFLOW) > 0:
                found[address].append(f"sticks out at {width}")
        page.set_viewport_size({"width": 1280, "height": 900})

    wrong = [
        f"{place}: {said[:200]}" for place, faults_there in found.items() for said in faults_there
    ]
    assert not wrong, "\n".join(wrong)
