"""A clinician's day in a real browser: reading, working together, answering, mending."""

# ruff: noqa: F811  (fixtures are taken by their names)

import re

import pytest
from django.conf import settings as configured
from playwright.sync_api import expect

from boxes.models import Access, Box, Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.browser import PATIENCE, chromium  # noqa: F401
from tests.transports.worker import run_worker
from tests.viewer.test_accessibility import faults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
REPORT = {
    "flag": "abnormal",
    "kind": "laboratory_report",
    "identity": "one",
    "patient_name": "Vries, A. de",
    "birth_date": "1950-02-03",
}


@pytest.fixture
def browse(chromium, live_server, settings):
    """``browse(anna)`` opens the inbox as somebody who signed in; it hears every complaint."""
    contexts = []
    settings.BASE_URL = live_server.url

    def browse(client, path: str = "/inbox/john/inbox", **options):
        context = chromium.new_context(
            base_url=live_server.url,
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 860}, **options},
        )
        cookie = client.cookies[configured.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.goto(path)
        return page

    yield browse
    for context in contexts:
        assert all(not page.complaints for page in context.pages), [
            page.complaints for page in context.pages
        ]
        context.close()


def test_an_abnormal_result_is_read_taken_labelled_handled_and_archived(browse, anna, received):
    message = received("Bloeduitslag", **REPORT)
    page = browse(anna)

    page.get_by_role("link", name="Bloeduitslag").click()
    expect(page.frame_locator(".ib-viewer").locator("h1")).to_contain_text("Bloeduitslag")
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text("You have taken this message.")).to_be_visible()
    page.get_by_text("Add a label").click()
    labels = page.locator(".ib-labels")
    labels.get_by_label("Name").fill("patientnummer")
    labels.get_by_label("Value").fill("4711")
    labels.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".ib-labels .ib-label")).to_contain_text("patientnummer: 4711")
    page.get_by_label("Note: what was done").fill("patiënt gebeld")
    page.get_by_role("button", name="Handled").click()
    expect(page.get_by_text("patiënt gebeld")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()

    message.refresh_from_db()
    assert (message.status, message.handling.state) == ("ARCHIVED", "handled")


def test_an_answer_with_a_file_arrives_in_the_other_box(browse, anna, john, jill, tmp_path):
    Message.objects.post(jill, envelope_to("john", subject="Vraag"))
    run_worker()
    file = tmp_path / "foto.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200_000)
    page = browse(anna)

    page.get_by_role("link", name="Vraag").click()
    expect(page.locator(".ib-viewer")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#roads")).to_contain_text("safe")
    page.get_by_label("Message").fill("Zie de foto.")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("#files")).to_contain_text("foto.png")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    run_worker()

    arrived = Message.objects.in_box(jill).get(direction="IN")
    assert arrived.body() == b"Zie de foto."
    assert arrived.attachments.get().size == file.stat().st_size


def test_what_is_typed_is_kept_by_itself(browse, anna):
    page = browse(anna)
    page.get_by_role("button", name="New message").click()

    page.get_by_label("Message").fill("Nog niet klaar")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.goto("/inbox/john/drafts")
    page.locator(".ib-link").click()

    expect(page.get_by_label("Message")).to_have_value("Nog niet klaar")


def test_a_failed_message_is_corrected_and_sent(browse, anna, john, jill):
    Message.objects.post(john, envelope_to("jilll", subject="Verwijzing"))
    run_worker()
    page = browse(anna)

    page.get_by_role("link", name="Failed").click()
    page.get_by_role("link", name="Verwijzing").click()
    expect(page.get_by_text("There is no box “jilll” here").first).to_be_visible()
    page.get_by_role("button", name="Correct the address and send").click()
    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    run_worker()

    assert Message.objects.in_box(jill).get().subject == "Verwijzing"


def test_an_uncertain_delivery_is_settled(browse, anna, john, jill):
    message = Message.objects.post(john, envelope_to("jill", subject="Recept"))
    Delivery.objects.update(status="uncertain", error="The connection was lost.")
    message.settle()
    page = browse(anna, "/inbox/john/error")

    page.get_by_role("link", name="Recept").click()
    page.get_by_role("button", name="It arrived").click()

    expect(page.get_by_text("Noted: it arrived.")).to_be_visible()
    assert Delivery.objects.get().status == "delivered"


def test_two_colleagues_at_once_see_each_other(browse, anna, bert, received):
    received("Uitslag", **REPORT)
    first, second = browse(anna), browse(bert)
    for page in (first, second):
        page.get_by_role("link", name="Uitslag").click()
        expect(page.get_by_role("button", name="Take", exact=True)).to_be_visible()

    first.get_by_role("button", name="Take", exact=True).click()
    expect(first.get_by_text("You have taken this message.")).to_be_visible()
    second.get_by_role("button", name="Take", exact=True).click()

    expect(second.locator(".ib-flash")).to_contain_text("Anna has taken this message.")


def test_a_new_message_is_announced_and_the_list_does_not_jump(browse, anna, received):
    received("Eerste")
    page = browse(anna)
    expect(page.locator(".ib-row")).to_have_count(1)
    expect(page).to_have_title(re.compile(r"^\(1\) "))

    received("Tweede")

    expect(page.locator(".ib-new a")).to_be_visible()
    expect(page.locator(".ib-row")).to_have_count(1)
    page.locator(".ib-new a").click()
    expect(page.locator(".ib-row")).to_have_count(2)


def test_the_list_is_worked_by_keys_alone(browse, anna, received):
    for name in ("Een", "Twee", "Drie"):
        received(name)
    page = browse(anna)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".ib-link").nth(1)).to_be_focused()
    page.keyboard.press("x")
    assert page.locator(".ib-row input[name=xuid]").nth(1).is_checked()
    page.keyboard.press("o")
    expect(page.locator(".ib-viewer")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.get_by_label("Switch these keys off").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("u")

    expect(page.locator(".ib-viewer")).to_be_visible()


def test_a_long_list_goes_on_by_itself(browse, anna, received):
    for number in range(70):
        received(f"nr {number}")
    page = browse(anna)
    expect(page.locator(".ib-row")).to_have_count(50)

    page.locator(".ib-next").scroll_into_view_if_needed()

    expect(page.locator(".ib-row")).to_have_count(70)


def test_all_of_it_works_without_script(browse, anna, john, jill, received, tmp_path):
    received("Bericht zonder script")
    file = tmp_path / "brief.txt"
    file.write_text("bijlage")
    page = browse(anna, java_script_enabled=False)

    page.get_by_role("link", name="Bericht zonder script").click()
    page.locator(".ib-bar").get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Archived: ")).to_be_visible()
    page.get_by_role("button", name="New message").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("brief.txt")).to_be_visible()
    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_label("Message").fill("Met bijlage")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    run_worker()

    assert Message.objects.in_box(jill).get().attachments.get().filename == "brief.txt"


LONG = "x" * 300


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["list", "message", "write", "history"])
def test_nothing_hangs_over_the_edge(browse, anna, received, path, width):
    message = received(LONG, **{**REPORT, "patient_name": LONG[:200]})
    addresses = {
        "list": "/inbox/john/inbox",
        "message": f"/inbox/john/inbox/{message.xuid}",
        "history": f"/inbox/john/inbox/{message.xuid}/history",
        "write": "/inbox/john/inbox",
    }
    page = browse(anna, addresses[path], viewport={"width": width, "height": 800})
    if path == "write":
        page.get_by_role("button", name="New message").click()
        page.get_by_label("Message").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("language", "theme"), [("nl-NL", "light"), ("en-GB", "dark")])
def test_every_page_is_accessible(browse, anna, john, received, settings, language, theme):
    settings.LANGUAGE_CODE = language[:2]
    message = received("Uitslag", **REPORT)
    sent = Message.objects.post(john, envelope_to("nobody"))
    run_worker()
    pages = (
        "/inbox/john/inbox",
        "/inbox/john/archive",
        "/inbox/john/inbox?flag=critical",
        "/inbox/john/inbox?birthDate=x",
        f"/inbox/john/inbox/{message.xuid}",
        f"/inbox/john/inbox/{message.xuid}/history",
        f"/inbox/john/error/{sent.xuid}",
        "/inbox/john/drafts",
    )
    page = browse(anna, locale=language, color_scheme=theme)
    found = {}
    for path in pages:
        page.goto(path)
        page.wait_for_load_state("load")
        found[path] = faults(page)
    page.goto("/inbox/john/inbox")
    page.locator(".ib-write").click()
    page.locator("#draft").wait_for()
    found["write"] = faults(page)

    assert not any(found.values()), found


def test_who_has_no_box_sees_an_accessible_page(browse, person):
    page = browse(person("carl"), "/inbox/")

    assert faults(page) == []
    assert Box.objects.exists() and not Access.objects.filter(user__username="carl").exists()
