"""The admin in a real browser: its policy blocks nothing that its own pages do."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from boxes.models import Access, Message
from tests.boxes.envelopes import envelope_to
from tests.browser import PATIENCE
from transports.models import Account

# Chromium names the policy in the console; the event tells what the console may swallow.
LISTEN = """document.addEventListener("securitypolicyviolation",
    (event) => console.error("violation of", event.violatedDirective, event.blockedURI));"""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def hear(page: Page, said, complaints: list[str]) -> None:
    if said.type in ("error", "warning"):
        complaints.append(f"{page.url}: {said.text}")


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(chromium, live_server, browser: Client, complaints) -> Page:
    """A page of the superuser, whose complaints are collected."""
    context = chromium.new_context(base_url=live_server.url, locale="en-GB")
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda said: hear(page, said, complaints))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    yield page
    context.close()


@pytest.fixture
def letter(john, jill) -> Message:
    return Message.objects.post(john, envelope_to("jill", "joe@example.org"))


def test_a_field_is_as_high_as_its_text_beside_a_long_label_too(page):
    page.goto("/admin/boxes/box/add/")

    heights = [
        page.locator(f"#id_{name}").bounding_box()["height"]
        for name in ("name", "retention_days", "token_lifetime")
    ]

    assert len(set(heights)) == 1


def pages_of(letter: Message, john_key, root) -> list[str]:
    type(root).objects.filter(pk=root.pk).update(auditor=True)
    account = Account.objects.create(transport="email", host="smtp.example.org")
    access = Access.objects.create(box=letter.box, user=root, read=True)
    rows = (
        letter,
        letter.deliveries.first(),
        letter.box,
        letter.box.organization,
        john_key.key,
        access,
        root,
        account,
    )
    own = [
        reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,))
        for row in rows
    ]
    names = [(row._meta.app_label, row._meta.model_name) for row in rows]
    lists = [reverse(f"admin:{app}_{name}_changelist") for app, name in names]
    return [
        "/admin/",
        *lists,
        "/admin/boxes/logentry/",
        "/admin/transports/heartbeat/",
        *own,
        *(f"/admin/{name}/add/" for name in ("boxes/box", "boxes/apikey", "boxes/user")),
        reverse("admin:boxes_box_history", args=(letter.box.pk,)),
        reverse("admin:boxes_organization_delete", args=(letter.box.organization.pk,)),
        "/admin/password_change/",
    ]


def test_no_page_of_the_admin_meets_its_own_policy(page, letter, john_key, root, complaints):
    for address in pages_of(letter, john_key, root):
        answer = page.goto(address)
        assert answer.status == 200, address

    assert complaints == []


def test_access_is_given_in_a_browser(page, letter, john_key, complaints):
    """The added row, the list that searches as one types and the saved page."""
    page.goto(reverse("admin:boxes_box_change", args=(letter.box.pk,)))

    page.get_by_text("Add another access").click()
    page.locator("#id_accesses-1-user + .select2").click()
    page.locator(".select2-search__field").fill("roo")
    page.locator(".select2-results__option", has_text="root").click()
    page.locator("#id_accesses-1-read").check()
    page.get_by_role("button", name="Save", exact=True).click()

    page.wait_for_selector(".messagelist .success")
    assert letter.box.accesses.filter(user__username="root", read=True).exists()
    assert complaints == []


def test_a_key_is_made_and_its_secret_seen_in_a_browser(page, practice, complaints):
    page.goto("/admin/boxes/apikey/add/")

    page.locator("#id_organization + .select2").click()
    page.locator(".select2-results__option", has_text="De Linde").click()
    page.locator("#id_label").fill("EPD")
    for shortcut in ("Today", "Now"):
        page.locator(".field-expires_at .datetimeshortcuts a", has_text=shortcut).click()
    page.get_by_role("button", name="Save", exact=True).click()

    secret = page.locator(".mbx-secret code").nth(1).inner_text()
    page.get_by_role("link", name="I have copied the secret").click()
    page.wait_for_url("**/change/")
    assert len(secret) == 43
    assert secret not in page.content()
    assert complaints == []


def test_a_delivery_is_retried_with_a_button(page, letter, complaints):
    delivery = letter.deliveries.last()
    page.goto(reverse("admin:boxes_delivery_change", args=(delivery.pk,)))

    page.get_by_role("button", name="Retry now").click()

    page.wait_for_selector(".messagelist .success")
    assert "tried again now" in page.locator(".messagelist").inner_text()
    assert complaints == []


def test_somebody_signs_in(page, root, complaints):
    page.context.clear_cookies()
    page.goto("/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill("een-lang-wachtwoord")
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_selector("#state-heading")
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_screen_fits_its_width(page, letter, complaints, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/admin/")

    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
