"""Real parent pages: the libraries that EHRs use to make a frame as high as what is in it."""

# ruff: noqa: F811  (fixtures are taken by their names)

import pytest

from tests.browser import comes_true
from tests.ehr import ehr  # noqa: F401
from tests.npm import library

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

START = "addEventListener('DOMContentLoaded', () => { %s });"
OPEN = "iframeResizer"
PARENTS = {
    "iframe-resizer 4": (
        "iframe-resizer/js/iframeResizer.js",
        "iFrameResize({ checkOrigin: true }, 'iframe');",
    ),
    "iframe-resizer 4 with another measure": (
        "iframe-resizer/js/iframeResizer.js",
        "iFrameResize({ heightCalculationMethod: 'lowestElement', autoResize: false }, 'iframe');",
    ),
    "iframe-resizer 5": (
        "@iframe-resizer/parent/index.umd.js",
        "iframeResize({ license: 'GPLv3', waitForLoad: true }, 'iframe');",
    ),
    "iframe-resizer 5 at once": (
        "@iframe-resizer/parent/index.umd.js",
        "iframeResize({ license: 'GPLv3', waitForLoad: false }, 'iframe');",
    ),
    "open-iframe-resizer": (
        "@open-iframe-resizer/core/dist/index.umd.cjs",
        f"{OPEN}.initialize({{}}, 'iframe');",
    ),
    "open-iframe-resizer for old pages": (
        "@open-iframe-resizer/core/dist/index.umd.cjs",
        f"{OPEN}.initialize({{ enableLegacyLibSupport: true }}, 'iframe');",
    ),
}


@pytest.fixture(params=PARENTS)
def parent(request, ehr, live_server, glance):
    """``parent(url)`` opens the page of an EHR that uses this library around the address."""
    path, call = PARENTS[request.param]
    tags = ehr.script("/library.js", library(path)) + ehr.script("/start.js", START % call)

    def parent(url: str):
        frame = f'<iframe src="{live_server.url}{url}" width="800" title="Bericht"></iframe>'
        return glance(ehr.page(tags + frame))

    return parent


def heights(page) -> tuple[float, float]:
    inner = page.frames[1].evaluate("document.documentElement.getBoundingClientRect().height")
    return inner, page.locator("iframe").bounding_box()["height"]


def await_fit(page, at_least: float) -> None:
    page.wait_for_function(
        "(least) => document.querySelector('iframe').clientHeight >= least", arg=at_least
    )
    assert comes_true(page, lambda: fits(page)), heights(page)


def fits(page) -> bool:
    inner, outer = heights(page)
    return abs(inner - outer) <= 5


def test_a_frame_is_as_high_as_its_message_and_stays_so(parent, receive, address):  # V24
    page = parent(address(receive("text/plain", "regel\n" * 100)))

    await_fit(page, 2400)
    page.frames[1].evaluate("document.querySelector('.mbx-text').append('\\nregel'.repeat(50))")
    await_fit(page, 3600)
    page.frames[1].evaluate("document.querySelector('.mbx-text').textContent = 'kort'")
    page.wait_for_function("() => document.querySelector('iframe').clientHeight < 1000")
    assert comes_true(page, lambda: fits(page)), heights(page)
    assert page.complaints == []


def test_the_next_message_in_the_same_frame_fits_too(parent, receive, address, live_server):
    page = parent(address(receive("text/plain", "kort")))
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 160")
    url = live_server.url + address(receive("text/plain", "regel\n" * 100))
    page.evaluate("(url) => { document.querySelector('iframe').src = url; }", url)

    await_fit(page, 2400)


def test_an_error_page_is_shown_whole(parent, receive, address):  # V26
    page = parent(address(receive(), now=1_600_000_000))

    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 160")
    assert comes_true(page, lambda: fits(page)), heights(page)
    assert [said for said in page.complaints if "401" not in said] == []


def test_a_page_without_a_library_scrolls_in_its_own_frame(  # V24
    ehr,
    live_server,
    glance,
    receive,
    address,
):
    url = live_server.url + address(receive("text/plain", "regel\n" * 100))
    page = glance(
        ehr.page(f'<iframe src="{url}" width="800" height="300" title="Bericht"></iframe>')
    )
    inner = page.frames[1]
    inner.wait_for_function("document.scrollingElement.scrollHeight > innerHeight + 1000")

    assert page.locator("iframe").bounding_box()["height"] <= 304


def test_a_document_that_left_the_frame_no_longer_says_how_high_it_is(
    glance, live_server, receive, address
):
    page = glance(live_server.url + address(receive("text/html", "<p>regel</p>" * 100)))
    page.wait_for_load_state("load")
    frame = page.locator("#mbx-body")

    page.evaluate(
        """async () => {
          const frame = document.getElementById("mbx-body");
          const held = [];
          const noted = new Promise((heard) => {
            window.requestAnimationFrame = (work) => { held.push(work); heard(); };
          });
          frame.style.width = "50%";
          await noted;
          const loaded = new Promise((done) => frame.addEventListener("load", done, {once: true}));
          frame.contentWindow.location.reload();
          await loaded;
          for (const work of held) work();
        }"""
    )

    assert frame.bounding_box()["height"] > 2000
