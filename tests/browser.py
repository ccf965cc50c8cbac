"""A real Chromium, where the machine has one: started once by each test process."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from tests.left_out import left_out

EXECUTABLE = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions "
    # It would start another process with each page, in case that one is wanted.
    "--disable-features=SpareRendererForSitePerProcess"
).split()
# Tests say what happens, not how long a busy machine takes; only one that fails waits so long.
PATIENCE = 60_000
PLAIN = {"locale": "nl-NL", "viewport": {"width": 1200, "height": 800}}
expect.set_options(timeout=30_000)


class Stranger:
    """Every host but ours, as Chromium sees it: counts who so much as opens a line to it."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.visits: list[bytearray] = []
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def rule(self) -> str:
        port = self.listening.getsockname()[1]
        return f"--host-resolver-rules=MAP *.example 127.0.0.1:{port}"

    def _count(self) -> None:
        while self.listening.fileno() >= 0:
            # A line that is gone before it is taken must not end this for all who come after.
            with suppress(OSError):
                line, _ = self.listening.accept()
                said = bytearray()
                self.visits.append(said)
                with line:
                    line.settimeout(0.2)  # some open a line in advance and say nothing
                    said += line.recv(200)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """What stood on the pages when a test of them failed, and what they still waited for."""
    report = yield
    told = report.when == "call" and report.failed and hasattr(report.longrepr, "addsection")
    if told and "chromium" in item.funcargs:
        for page in (one for window in item.funcargs["chromium"].contexts for one in window.pages):
            with suppress(Error):  # a page that hangs tells nothing
                waits = [f"{one.method} {one.url}" for one in getattr(page, "unanswered", ())]
                shown = page.locator("body").inner_text(timeout=5_000)
                report.longrepr.addsection(page.url, f"waits for {waits}\n{shown[:3_000]}")
    return report


@pytest.fixture(scope="session")
def stranger():
    stranger = Stranger()
    yield stranger
    stranger.listening.close()


@pytest.fixture(scope="session")
def launch(stranger):
    if not EXECUTABLE.exists():
        left_out(f"{EXECUTABLE} is not here")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread, and Django would refuse the database beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            yield partial(
                playwright.chromium.launch,
                executable_path=str(EXECUTABLE),
                args=[*FLAGS, stranger.rule],
            )


@pytest.fixture(scope="session")
def browsers(launch):
    """The last of them is the one that runs."""
    launched = [launch()]
    yield launched
    launched[-1].close()


@pytest.fixture(scope="module")
def chromium(browsers, launch):
    """Another one where the last one crashed."""
    if not browsers[-1].is_connected():
        browsers.append(launch())
    return browsers[-1]


@pytest.fixture(scope="module")
def windows(chromium):
    """``windows(locale="nl-NL")`` is a window that looks so, the same one for a whole file.

    A window of its own for each test costs as much as all that most of them do in it. This is
    for pages that keep nothing: nobody signs in there.
    """
    opened: dict[str, BrowserContext] = {}

    def window(**options) -> BrowserContext:
        look = json.dumps(options, sort_keys=True)
        if look not in opened:
            opened[look] = chromium.new_context(**options)
            # While a page is open its process is there for the next.
            opened[look].new_page()
        return opened[look]

    yield window
    for one in opened.values():
        one.close()


def leave(window: BrowserContext) -> None:
    """What a test did in a window that the next one uses too is gone."""
    for page in window.pages[1:]:
        page.close()
    window.clear_cookies()


def heard(page: Page) -> Page:
    """The page remembers what the browser complained of."""
    page.set_default_timeout(PATIENCE)
    page.complaints, page.unanswered = [], []
    page.on("request", lambda request: page.unanswered.append(request))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: request in page.unanswered and page.unanswered.remove(request))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    return page


def comes_true(page: Page, holds: Callable[[], bool]) -> bool:
    """What a page does some time after it loaded, such as measuring itself."""
    until = time.monotonic() + PATIENCE / 1000
    while not (held := holds()) and time.monotonic() < until:
        page.wait_for_timeout(50)
    return held


@pytest.fixture
def glance(windows):
    """``glance(url, locale="en-GB")`` opens a page, in the window of the file that looks so, that
    remembers what the browser complained of."""
    used = []

    def glance(url: str, **options) -> Page:
        used.append(windows(**{**PLAIN, **options}))
        page = heard(used[-1].new_page())
        page.goto(url)
        return page

    yield glance
    for window in used:
        leave(window)


@pytest.fixture
def visit(chromium):
    """As ``glance``, in a window of its own, which closes with the test."""
    contexts = []

    def visit(url: str, **options) -> Page:
        contexts.append(chromium.new_context(**{**PLAIN, **options}))
        page = heard(contexts[-1].new_page())
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
