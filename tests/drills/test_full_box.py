"""A box of 100,000 messages in the inbox of a real Chromium: each thing that one does in a list."""

# ruff: noqa: F811  (fixtures are taken by their names)

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PATIENCE as LOADING
from tests.browser import chromium  # noqa: F401
from tests.drills.service import PATIENCE, ROOT, Service

pytestmark = [pytest.mark.timeout(10 * PATIENCE), pytest.mark.wide]
MESSAGES = 100_000
PAGE = 50
PAGES_DOWN = 30
PASSWORD = "een-lang-wachtwoord"
PERSON = f"""
from boxes.models import Access, Box, User
anna = User.objects.create_user("anna", password="{PASSWORD}", first_name="Anna")
Access.objects.create(box=Box.objects.get(name="vol"), user=anna, read=True, send=True)
"""
SLOW = 2000 * PATIENCE / 120  # no page freezes: milliseconds in which the page answers a script


@pytest.fixture(scope="module")
def service(furnished, tmp_path_factory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), furnished)
    service.environment["BASE_URL"] = service.url("").rstrip("/")
    subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.seed"],
        cwd=ROOT,
        env={**service.environment, "DJANGO_SETTINGS_MODULE": "messagebox.settings"},
        input=json.dumps({"vol": MESSAGES}),
        text=True,
        capture_output=True,
        timeout=5 * PATIENCE,
        check=True,
    )
    service.python(PERSON)
    service.start("--only", "web")
    yield service
    service.stop()


@pytest.fixture
def page(chromium, service) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=service.url(""), locale="en-GB", viewport={"width": 1280, "height": 860}
    )
    context.set_default_timeout(LOADING)
    page = context.new_page()
    page.faults = []
    page.on("response", lambda answer: answer.status >= 500 and page.faults.append(answer.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto("accounts/login/")
    page.locator("input[name=login]").fill("anna")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("#all")).to_be_enabled()  # by the script alone
    yield page
    assert page.faults == []
    context.close()


def clock(what: str, since: float) -> float:
    """For who runs the drill with ``-s``; how fast it must be is the benchmark's to say."""
    print(f"{what}: {1000 * (time.monotonic() - since):.0f} ms")
    return time.monotonic()


def rows(page: Page):
    return page.locator(".ib-row")


def went_down(page: Page, pages: int) -> None:
    for number in range(2, pages + 2):
        page.locator(".ib-next").scroll_into_view_if_needed()
        expect(rows(page)).to_have_count(number * PAGE, timeout=LOADING)


def test_far_down_a_list_one_reads_and_comes_back_to_the_place(page):
    at = clock("begins", time.monotonic())
    page.goto("inbox/vol/inbox")
    expect(rows(page)).to_have_count(PAGE)
    at = clock("the first list", at)
    went_down(page, PAGES_DOWN)
    at = clock(f"{PAGES_DOWN} pages further", at)
    answered = page.evaluate(
        "() => { const at = performance.now(); document.body.offsetHeight; "
        "return performance.now() - at; }"
    )
    assert answered < SLOW

    subject = f"Uitslag laboratorium {MESSAGES - PAGES_DOWN * PAGE - 20}"
    row = page.get_by_role("link", name=re.compile(rf"{subject}\b"))
    row.click()
    expect(page).to_have_title(re.compile(subject))
    expect(page.locator(".ib-there")).to_be_visible()
    at = clock("a message far down", at)
    page.go_back()

    expect(page).to_have_title(re.compile("Inbox"))
    expect(row).to_be_in_viewport()
    clock("back at the place", at)


def test_a_word_and_a_label_find_their_messages(page):
    page.goto("inbox/vol/inbox")
    at = time.monotonic()
    page.get_by_role("searchbox").fill("laboratorium 77123")
    expect(page.get_by_text("Nothing found among the newest messages")).to_be_visible()
    one = rows(page).filter(has_text="Uitslag laboratorium 77123")
    further = page.get_by_role("link", name="Look further back")
    while not one.is_visible():
        further.click()
        expect(further.or_(one)).to_be_visible()
    at = clock("a word far down", at)

    page.goto("inbox/vol/inbox?property=ward&value=w7")
    expect(rows(page)).to_have_count(PAGE)
    at = clock("a label", at)
    page.goto("inbox/vol/inbox?property=ward&value=w41")
    expect(page.get_by_text("Nothing found with these filters.")).to_be_visible()
    clock("a label that none has", at)


def test_all_that_match_are_chosen_and_archived_and_it_says_how_many(page):
    page.goto("inbox/vol/inbox?property=ward&value=w9")
    at = time.monotonic()
    page.get_by_role("link", name="Choose all that match").click()
    expect(page.get_by_text("500 messages are chosen.")).to_be_visible()
    expect(page.get_by_text("Older ones may match as well; they are not chosen.")).to_be_visible()
    expect(page.locator("#chosen")).to_have_text("500 chosen")
    at = clock("all that match are chosen", at)

    page.locator("#bulk [value=archive]").click()

    expect(page.get_by_text("500 messages are archived.")).to_be_visible()
    expect(rows(page)).to_have_count(PAGE)
    clock("archived", at)
