"""A real Chromium, where the machine has one."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

EXECUTABLE = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 30_000


def left_out(what: str) -> None:
    """Say that a test could not be made here; where CI is set, that is a fault."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI may not leave this test out.")
    pytest.skip(f"{what}: this was left out.")


@pytest.fixture(scope="module")
def chromium():
    if not EXECUTABLE.exists():
        left_out(f"{EXECUTABLE} is not here")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread, and Django would refuse the database beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(EXECUTABLE), args=FLAGS)
            yield browser
            browser.close()


@pytest.fixture
def visit(chromium):
    """``visit(url, locale="en-GB")`` opens a page that remembers what the browser complained of."""
    contexts = []

    def visit(url: str, **options):
        context = chromium.new_context(
            **{"locale": "nl-NL", "viewport": {"width": 1200, "height": 800}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
