"""While nobody answers, no button leads away from the page; what is pressed twice goes once."""

# ruff: noqa: F811  (fixtures are taken by their names)

import re

import pytest
from playwright.sync_api import expect

from boxes.models import Draft, Handling
from tests.boxes.inbox.test_in_chromium import browse, opened  # noqa: F401
from tests.browser import chromium, comes_true  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def go_away(page) -> None:
    page.wait_for_load_state("load")
    page.context.set_offline(True)


def come_back(page) -> None:
    page.context.set_offline(False)
    expect(page.locator("#mbx-away")).to_be_hidden(timeout=15_000)
    page.complaints.clear()  # that there was no connection


@pytest.mark.parametrize("pressed", ["Archive", "Reply", "Take", "Add", "Handled"])
def test_a_button_of_a_message_waits_until_somebody_answers(browse, anna, received, pressed):
    message = received("Uitslag")
    page = browse(anna)
    opened(page, "Uitslag")
    page.get_by_text("Add a label").click()
    page.locator(".ib-add").get_by_label("Name").fill("zorgpad")
    button = page.locator(".ib-pane").get_by_role("button", name=pressed, exact=True)
    here = page.url
    go_away(page)

    button.click()

    expect(page.locator("#mbx-away")).to_be_visible()
    expect(button).to_be_visible()
    assert page.url == here
    message.refresh_from_db()
    assert message.status == "INBOX" and not message.properties.exists()
    assert not Draft.objects.exists() and not Handling.objects.exists()
    come_back(page)
    with page.expect_navigation():
        button.click()
    page.wait_for_load_state("load")
    message.refresh_from_db()
    done = {
        "Archive": message.status == "ARCHIVED",
        "Reply": Draft.objects.filter(in_reply_to=message.xuid).count() == 1,
        "Take": Handling.objects.filter(holder=anna.user.subject, handled_at=None).exists(),
        "Add": message.properties.filter(name="zorgpad").exists(),
        "Handled": Handling.objects.filter(handled_at__isnull=False).exists(),
    }
    assert [name for name, held in done.items() if held] == [pressed]


def test_what_is_chosen_in_the_list_stays_chosen_while_nobody_answers(browse, anna, received):
    message = received("Uitslag")
    page = browse(anna)
    chosen = page.locator(".ib-row input[name=xuid]")
    chosen.check()
    archive = page.locator("#bulk").get_by_role("button", name="Archive")
    go_away(page)

    for button in (archive, page.get_by_role("button", name="New message")):
        button.click()
        expect(page.locator("#mbx-away")).to_be_visible()

    expect(chosen).to_be_checked()
    come_back(page)
    archive.click()
    expect(page.get_by_text("1 message is archived.")).to_be_visible()
    message.refresh_from_db()
    assert message.status == "ARCHIVED" and not Draft.objects.exists()


def test_pressed_again_while_the_answer_is_on_its_way_it_goes_once(browse, anna):
    page = browse(anna)
    page.clock.install()
    page.reload()
    page.wait_for_load_state("load")
    held = []

    def unanswered(route) -> None:
        held.append(route.request.method)
        route.fulfill(status=204)  # after which the page stays, as while it waits

    page.route("**/inbox/john/write", unanswered)
    press = "document.querySelector('.ib-write').click()"
    page.evaluate(f"{press}; {press}")
    assert comes_true(page, lambda: held)

    page.evaluate(press)
    page.unroute("**/inbox/john/write")
    page.clock.fast_forward("00:20")
    page.evaluate(press)

    expect(page.locator("#finder")).to_be_visible()
    assert held == ["POST"] and Draft.objects.count() == 1


def test_a_note_goes_along_when_one_takes_the_message_and_stays_after_the_sign_in_ended(
    browse, anna, received, settings
):
    settings.SESSION_WARNING = 0
    received("Uitslag")
    page = browse(anna)
    opened(page, "Uitslag")
    note = page.get_by_label("Note: what was done")
    note.fill("mevrouw gebeld")

    page.get_by_role("button", name="Take", exact=True).click()

    expect(page.get_by_role("button", name="Release")).to_be_visible()
    expect(note).to_have_value("mevrouw gebeld")
    page.wait_for_load_state("load")
    here, user = page.url, anna.user
    anna.logout()
    page.get_by_role("button", name="Release").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    anna.force_login(user)
    cookie = anna.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": here}])
    page.goto(here)
    expect(note).to_have_value("mevrouw gebeld")


def test_a_note_is_there_again_after_one_began_an_answer(browse, anna, received):
    received("Uitslag")
    page = browse(anna)
    opened(page, "Uitslag")
    here, note = page.url, page.get_by_label("Note: what was done")
    note.fill("mevrouw gebeld")

    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_role("combobox", name="Find a recipient")).to_be_visible()
    page.goto(here)

    expect(note).to_have_value("mevrouw gebeld")


def test_enter_in_the_note_says_handled(browse, anna, received):
    received("Uitslag")
    page = browse(anna)
    opened(page, "Uitslag")

    page.get_by_label("Note: what was done").fill("mevrouw gebeld")
    page.keyboard.press("Enter")

    expect(page.locator("q").get_by_text("mevrouw gebeld")).to_be_visible()
