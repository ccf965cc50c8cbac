"""Pages in a real browser: hostile content does nothing, frames are as high as what is in them."""

import http.server
import re
import threading
from pathlib import Path

import pytest
from django.http import HttpResponse
from playwright.sync_api import Page, TimeoutError

from boxes import tokens
from tests.browser import PATIENCE, Stranger, comes_true, leave
from tests.viewer.test_cleaning import HOSTILE
from viewer import headers, pages
from viewer.asked import Asked
from viewer.jobs import FULL, Rendered
from viewer.opening import Opening

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "viewer.md"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


class Watch:
    """All that a page did which no message may make it do."""

    def __init__(self, page: Page, stranger: Stranger) -> None:
        self.acts: list[str] = []
        self.complaints: list[str] = []
        self.stranger = stranger
        stranger.visits.clear()
        page.on(
            "dialog",
            lambda dialog: (self.acts.append(f"dialog {dialog.message}"), dialog.dismiss()),
        )
        page.on("popup", lambda popup: self.acts.append(f"popup {popup.url}"))
        page.on("download", lambda download: self.acts.append(f"download {download.url}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    @property
    def strange(self) -> list:
        return [*self.acts, *self.stranger.visits]


LOOK = {"locale": "nl-NL", "viewport": {"width": 1000, "height": 700}}


def watched(window, stranger) -> Page:
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    page.watch = Watch(page, stranger)
    return page


@pytest.fixture
def page(windows, live_server, stranger):
    window = windows(base_url=live_server.url, **LOOK)
    yield watched(window, stranger)
    leave(window)


@pytest.fixture
def victim(chromium, live_server, stranger):
    """A page in a window of its own, for what does do harm: Chromium learns which strangers an
    address calls, and would call them in advance for the next test."""
    window = chromium.new_context(base_url=live_server.url, **LOOK)
    yield watched(window, stranger)
    window.close()


def settled(page: Page) -> None:
    """Everything that was going to happen has happened."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(200)


@pytest.mark.parametrize(
    ("content_type", "path"),
    [
        ("text/plain", "text-plain/full.txt"),
        ("text/markdown", "text-markdown/full.md"),
        ("text/html", "text-html/full.html"),
        ("text/xml", "text-xml/full.xml"),
        ("application/vnd.edi.medlab+xml", "zorgmail-medlab-xml/full-grouped.xml"),
    ],
)
def test_our_own_pages_break_none_of_their_own_rules(
    page, receive, address, sample, content_type, path
):
    url = address(receive(content_type, sample(path), [("a.pdf", "application/pdf", b"%PDF-1")]))

    for mode in ("page", "print"):
        page.goto(f"{url}&mode={mode}")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(url)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.watch.strange == []
    assert page.watch.complaints == []


def test_the_token_leaves_the_address_bar(page, receive, address):
    page.goto(address(receive()))
    settled(page)

    assert "jwt" not in page.url


def test_error_pages_are_clean_too(page, receive, address):
    message = receive()
    page.goto(address(message, now=1_600_000_000))
    settled(page)

    assert page.get_by_role("heading", level=1).inner_text() == "Deze link is verlopen"
    assert [said for said in page.watch.complaints if "401" not in said] == []


def test_the_watch_sees_what_a_page_without_any_layer_does(victim):
    html = "<script>alert(1)</script><img src=https://evil.example/x>"
    victim.route("**/bare", lambda route: route.fulfill(body=html, content_type="text/html"))
    victim.goto("/bare")

    assert comes_true(victim, lambda: "dialog 1" in victim.watch.acts)
    assert comes_true(victim, lambda: bool(victim.watch.stranger.visits))


def test_hostile_markup_does_nothing_with_all_layers_on(page, receive, address):
    url = address(receive("text/html", "<p>eerste woord</p>" + "".join(HOSTILE.values())))
    page.goto(url)
    settled(page)

    assert page.watch.strange == []
    assert page.watch.complaints == []
    assert "eerste woord" in page.frame_locator("#mbx-body").locator("body").inner_text()
    assert "/messages/" in page.url


@pytest.fixture
def raw(page, live_server, receive, doctor):
    """``raw(markup)`` opens a page around unsanitised markup: layers 2 and 3 alone."""

    def open_raw(markup: str) -> str:
        message = receive("text/html", "x")
        token = tokens.read_page(tokens.mint_page(message, doctor.subject), "john", message.xuid)
        opening = Opening(doctor, message, token)
        banner = '<div class="mbx-banner"><p class="mbx-patient">KLAVER, Sanne</p></div>'
        shown = Rendered(FULL, document=markup, banner=banner)
        path = f"/john/messages/{message.xuid}"
        html = pages.written("viewer/message.html", opening, Asked(), shown, path)
        response = headers.for_page(HttpResponse(html))
        page.route(
            f"**{path}", lambda route: route.fulfill(body=html, headers=dict(response.headers))
        )
        try:
            page.goto(path, timeout=PATIENCE / 3)
        except TimeoutError:
            page.goto(path)  # on a busy machine Chromium now and then forgets a load
        settled(page)
        return path

    return open_raw


def test_hostile_markup_does_nothing_without_the_sanitiser(page, raw):
    for name, markup in HOSTILE.items():
        path = raw(f"<p>eerste woord</p>{markup}")

        assert page.watch.strange == [], name
        assert page.url.endswith(path), name
        assert page.locator(".mbx-patient").inner_text() == "KLAVER, Sanne", name


def test_links_of_a_message_open_elsewhere_without_telling_from_where(
    page, raw, live_server
):  # V19
    raw(
        f'<a href="{live_server.url}/robots.txt" target="_blank" rel="noopener noreferrer">klik</a>'
    )
    with page.expect_popup() as opened:
        page.frame_locator("#mbx-body").get_by_text("klik").click()
    opened.value.wait_for_load_state()

    assert opened.value.evaluate("[document.referrer, window.opener]") == ["", None]


def test_a_sheet_over_the_page_stays_in_its_frame(page, raw):  # V38
    raw('<div style="position:fixed;inset:0;z-index:9999;background:#fff">JANSEN, Piet</div>')
    box = page.locator(".mbx-banner").bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]

    on_top = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.mbx-banner') !== null", middle
    )
    assert on_top


def test_names_in_a_message_do_not_mislead_the_script(page, raw):  # V40
    raw(
        "<form name=documentElement><input name=getBoundingClientRect></form>"
        "<img name=getElementById><img name=readyState><p>regel</p>" * 40
    )

    assert comes_true(page, lambda: height_of_frame(page) > 1000)
    assert page.watch.complaints == []


def test_what_grows_for_ever_is_stopped_and_said(page, raw):  # V42
    raw('<div style="height:calc(100vh + 50px)">hoog</div>')
    page.locator(".mbx-capped").wait_for(state="visible")
    before = height_of_frame(page)
    page.wait_for_timeout(1000)

    assert height_of_frame(page) == before <= 20_000


def height_of_frame(page):
    return page.locator("#mbx-body").bounding_box()["height"]


def test_the_frame_is_as_high_as_the_message(page, receive, address):
    page.goto(address(receive("text/html", "<p>regel</p>" * 200)))
    settled(page)

    inner = page.frame_locator("#mbx-body").locator("html")
    assert comes_true(
        page, lambda: abs(height_of_frame(page) - inner.bounding_box()["height"]) <= 4
    )
    assert not page.locator(".mbx-capped").is_visible()


def test_normal_results_can_be_left_out(page, receive, address, clinical_sample):
    page.goto(address(receive("application/vnd.edi.medlab+xml", clinical_sample)))
    button = page.locator("button.mbx-filter")
    label = button.inner_text()
    button.click()

    assert not page.get_by_role("row", name="Erytrocyten").is_visible()
    assert page.get_by_role("row", name="Hemoglobine").is_visible()
    assert button.get_attribute("aria-pressed") == "true"
    assert button.inner_text() == "Toon alles"
    button.click()
    assert page.get_by_role("row", name="Erytrocyten").is_visible()
    assert button.inner_text() == label
    assert label.startswith("Verberg normale uitslagen (")


# -- a page that embeds ours --


@pytest.fixture
def ehr(john):
    """``ehr(html)`` is the address of an EHR's page, on an origin that john's box lists."""
    pages_served: dict[str, str] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages_served.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    john.origins = [origin]
    john.save()

    def serve(html: str) -> str:
        pages_served["/ehr"] = f"<!doctype html><link rel=icon href=data:,><title>EPD</title>{html}"
        return f"{origin}/ehr"

    yield serve
    server.shutdown()
    server.server_close()


def frame_around(url, script):
    return f'{script}<iframe class="messagebox" src="{url}" width="800" scrolling="no"></iframe>'


def inner_height(page):
    return page.frames[1].evaluate("document.documentElement.getBoundingClientRect().height")


def outer_height(page):
    return page.locator("iframe.messagebox").bounding_box()["height"]


def fits(page):
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 200")
    return comes_true(page, lambda: abs(outer_height(page) - inner_height(page)) <= 5)


def test_the_lines_of_the_guide_fit_the_frame_to_the_message(
    page, ehr, live_server, receive, address
):
    lines = re.search(r"```html\n(<script>.*?</script>)\n```", GUIDE.read_text(), re.DOTALL)
    script = lines[1].replace("{viewerOrigin}", live_server.url)
    url = live_server.url + address(receive("text/plain", "regel\n" * 100))
    page.goto(ehr(frame_around(url, script)))

    assert fits(page)
    page.frames[1].evaluate("document.querySelector('.mbx-text').append('\\nregel'.repeat(50))")
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 3000")
    assert fits(page)


RESIZER = """<script>
// What iframe-resizer 4 says to a page in a frame, and how it takes the answers.
window.heard = [];
addEventListener("message", ({data, source}) => {
  if (typeof data !== "string") return;
  window.heard.push(data);
  const frame = document.querySelector("iframe");
  if (data === "[iFrameResizerChild]Ready")
    source.postMessage("[iFrameSizer]iFrameResizer0:8:false:false:32:true:true:null:" +
      "bodyOffset:null:null:0:false:parent:scroll:true", "*");
  const size = /^\\[iFrameSizer\\]iFrameResizer0:(\\d+):(\\d+):/.exec(data);
  if (size) frame.style.height = size[1] + "px";
});
</script>"""


def test_a_resizer_library_gets_the_heights_it_asks_for(page, ehr, live_server, receive, address):
    url = live_server.url + address(receive("text/plain", "regel\n" * 100))
    page.goto(ehr(frame_around(url, RESIZER)))

    assert fits(page)
    heard = page.evaluate("heard")
    assert heard[0] == "[iFrameResizerChild]Ready"
    assert re.fullmatch(r"\[iFrameSizer\]iFrameResizer0:\d+:\d+:init:mbx-1", heard[1])
    assert re.fullmatch(r"\[iFrameSizer\]iFrameResizer0:\d+:\d+:resizeObserver", heard[2])
    page.evaluate(
        "document.querySelector('iframe').contentWindow.postMessage('[iFrameSizer]resize', '*')"
    )
    page.wait_for_function("() => heard.some((said) => said.endsWith(':resizeParent'))")


def test_an_error_page_is_shown_whole_in_a_frame_that_cannot_scroll(
    page, ehr, live_server, receive, address
):
    url = live_server.url + address(receive(), now=1_600_000_000)  # V26
    page.goto(ehr(frame_around(url, RESIZER)))

    assert fits(page)


@pytest.mark.parametrize(
    "said",
    [
        "[iFrameSizer]<img onerror=alert(1)>:8:false:false:32:true:true",
        "[iFrameSizer]" + "x" * 1_000_000 + ":8:false:false",
        "[iFrameSizer]resize",
        "iframe-child-init",
        "",
    ],
    ids=["markup", "megabyte", "unasked", "word", "nothing"],
)
def test_a_strange_word_gets_no_answer(page, ehr, live_server, receive, address, said):  # V25
    script = """<script>
    window.heard = [];
    addEventListener("message", ({data}) => heard.push(data));
    </script>"""
    url = live_server.url + address(receive())
    page.goto(ehr(frame_around(url, script)))
    page.wait_for_function("() => heard.length === 1")
    page.evaluate(
        "(said) => document.querySelector('iframe').contentWindow.postMessage(said, '*')", said
    )
    page.wait_for_timeout(500)

    assert page.evaluate("heard") == ["[iFrameResizerChild]Ready"]
    assert page.watch.complaints == []


def test_a_page_that_the_box_does_not_list_may_not_frame_ours(
    page, ehr, john, live_server, receive, address
):
    url = live_server.url + address(receive())  # V23
    parent = ehr(frame_around(url, RESIZER))
    john.origins = ["https://epd.example"]
    john.save()
    page.goto(parent)
    settled(page)

    assert page.evaluate("heard") == []
    assert any("frame-ancestors" in said for said in page.watch.complaints)
