"""Pages under axe in Chromium: nothing to find, in both languages, light and dark."""

import pytest

from boxes.demo import kept
from boxes.management.commands.loaddemo import NEAR
from boxes.models import Brand
from boxes.theme import HEADERS
from tests.npm import library

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

TAGS = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()
RUN = """async (runOnly) => {
  const found = await axe.run(document, {runOnly, iframes: false, resultTypes: ["violations"]});
  return found.violations.map(({id, nodes}) =>
    [id, ...nodes.map(({html, failureSummary}) => html.slice(0, 150) + failureSummary)].join());
}"""
LOOKS = [("nl", "light"), ("en", "dark")]
SAMPLES = {
    "laboratory": ("application/vnd.edi.medlab+xml", "zorgmail-medlab-xml/full-grouped.xml"),
    "letter": ("application/vnd.edi.medspe+xml", "zorgmail-medspe-xml/full.xml"),
    "html": ("text/html", "text-html/full.html"),
    "markdown": ("text/markdown", "text-markdown/full.md"),
    "text": ("text/plain", "text-plain/full.txt"),
    "xml": ("text/xml", "text-xml/full.xml"),
    "pdf": ("application/pdf", "pdf/simple.pdf"),
    "hl7": ("application/hl7-v2", "hl7v2/oru-full.hl7"),
    "form": ("application/vnd.formidable.instance+json", "formidable/full-instance.json"),
    "fax": ("image/tiff", "image/full-fax-3-pages-g4.tif"),
    "study": ("application/dicom", "dicom/full-us-multiframe-rgb.dcm"),
    "mail": ("message/rfc822", "message-rfc822/full-html-inline-image-pdf.eml"),
    "unknown": ("application/vnd.voorbeeld.meting", "text-plain/simple.txt"),
}


def faults(page) -> list[str]:
    # Playwright's evaluate is not subject to the page's policy, so no page has to allow axe.
    page.evaluate(library("axe-core/axe.min.js") + ";0")
    return page.evaluate(RUN, TAGS)


@pytest.fixture
def look(glance, live_server):
    """``look(path, "nl", "light")`` opens a page of the viewer, or of the demo."""

    def look(path: str, language: str, theme: str, **options):
        page = glance(
            f"{live_server.url}{path}",
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            color_scheme=theme,
            **options,
        )
        page.wait_for_load_state("load")
        return page

    return look


def test_axe_sees_what_is_wrong(look, receive, address):
    page = look(address(receive()), "nl", "light")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert any(fault.startswith("image-alt") for fault in faults(page))


@pytest.mark.parametrize(
    ("language", "theme", "mode"),
    [
        ("nl", "light", "page"),
        ("en", "dark", "print"),
        pytest.param("en", "dark", "page", marks=pytest.mark.wide),
        pytest.param("nl", "light", "print", marks=pytest.mark.wide),
    ],
)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_message_is_accessible(look, receive, address, sample, name, language, theme, mode):
    content_type, path = SAMPLES[name]
    attachments = [("uitslag.pdf", "application/pdf", sample("pdf/simple.pdf"))]
    url = address(receive(content_type, sample(path), attachments))

    assert faults(look(f"{url}&mode={mode}", language, theme)) == []


@pytest.mark.parametrize("name", ["Ooievaarsnest", ""])
def test_a_message_with_a_brand_is_accessible(look, receive, address, sample, john, name):
    Brand.objects.create(box=john, name=name, logo=sample("image/simple.png"))
    url = address(receive(*_laboratory(sample)))

    for width in (1200, 320):
        page = look(url, "nl", "light", viewport={"width": width, "height": 600})

        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["contrast", "dark"])
def test_a_message_is_accessible_in_the_theme_that_the_ehr_asks(
    look, receive, address, sample, theme
):
    url = address(receive(*_laboratory(sample)))

    assert faults(look(f"{url}&theme={theme}", "nl", "light")) == []


def test_a_dark_page_is_printed_dark_on_white(look, receive, address):
    page = look(f"{address(receive())}&theme=dark", "nl", "dark")
    page.evaluate("""() => {
      window.seen = [];
      addEventListener("beforeprint", () => seen.push(document.documentElement.dataset.theme));
    }""")
    page.pdf()

    assert page.evaluate("seen") == ["light"]
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_message_is_accessible_in_a_narrow_window(look, receive, address, sample):
    url = address(receive(*_laboratory(sample)))
    page = look(url, "nl", "light", viewport={"width": 320, "height": 600})

    assert faults(page) == []


def _laboratory(sample):
    content_type, path = SAMPLES["laboratory"]
    return content_type, sample(path)


@pytest.mark.parametrize("header", HEADERS)
def test_the_theme_of_a_box_is_what_the_page_looks_like(
    look, receive, address, john, sample, header
):
    john.theme = {"theme": "light", "accent": "#0a6640", "font-size": 20, "header": header}
    john.full_clean()
    john.save()
    message = receive(*_laboratory(sample))
    page = look(address(message), "nl", "dark")

    assert faults(page) == []
    assert page.complaints == []
    shown = "getComputedStyle(document.querySelector('.btn')).color"
    assert page.evaluate(shown) == "rgb(10, 102, 64)"
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    wide = page.get_by_role("heading", level=1).bounding_box()["width"]
    assert (wide <= 1) == (header == "none")

    expired = look(address(message, now=1_600_000_000), "nl", "dark")
    assert expired.locator("html").get_attribute("data-theme") == "light"
    assert expired.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_pages_without_a_message_are_accessible(look, receive, address, language, theme):
    message = receive(content=b"")
    place = f"/john/messages/{message.xuid}"

    for path in (
        address(message),
        place,
        f"{place}?jwt=x",
        f"{place}?jwt=x&jwt=y",
        address(message, now=1_600_000_000),
    ):
        assert faults(look(path, language, theme)) == []


# -- the page that plays an EHR --


@pytest.fixture
def demo(settings, tmp_path, live_server, issue_key, john):
    settings.DEMO, settings.DATA_DIR, settings.BASE_URL = True, tmp_path, live_server.url
    key = issue_key(john, "read", networks=NEAR)
    kept.keep({"told": 1, "page": {"id": key.key.key_id, "secret": key.secret}})
    return kept


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [
        ("nl", "light", 320),
        ("en", "dark", 1280),
        pytest.param("nl", "light", 1280, marks=pytest.mark.wide),
        pytest.param("en", "dark", 320, marks=pytest.mark.wide),
    ],
)
def test_the_demo_is_accessible_in_every_state(look, demo, receive, language, theme, width):
    message = receive()
    message.properties.create(box=message.box, name="soort", value="brief")
    page = look("/demo/", language, theme, viewport={"width": width, "height": 800})
    page.locator(".demo-row").first.wait_for()
    assert faults(page) == []

    page.locator(".demo-row").first.click()
    page.locator("#demo-viewer[aria-busy=false]").wait_for()
    assert faults(page) == []

    page.locator("[data-do=change]").click()
    page.route("**/api/**", lambda route: route.abort())
    page.locator("#demo-refresh").click()
    page.locator("#demo-list-fault").wait_for()
    assert faults(page) == []

    page.unroute("**/api/**")
    page.locator("#demo-status").select_option("SENT")
    page.locator("#demo-nothing").wait_for()
    assert faults(page) == []


def test_the_demo_that_is_not_ready_is_accessible(look, demo):
    page = look("/demo/", "nl", "light")
    demo.keep({**demo.read(), "told": 0})

    def once(route) -> None:
        """Without the header by which it comes again, under the hands of axe."""
        answer = route.fetch()
        kept = {name: said for name, said in answer.headers.items() if name != "refresh"}
        route.fulfill(response=answer, headers=kept)

    page.route("**/demo/", once)
    page.reload()

    assert page.locator(".demo-row").count() == 0
    assert faults(page) == []
