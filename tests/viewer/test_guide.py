"""The guide for vendors: each snippet is done, in a real browser where it is HTML."""

# ruff: noqa: F811  (fixtures are taken by their names)

import json
import re
from pathlib import Path

import pytest
import requests
from django.conf import settings

from boxes import theme
from boxes.models import Message
from tests.boxes.api.client import ApiClient
from tests.boxes.api.test_guide import fits
from tests.browser import comes_true
from tests.ehr import ehr  # noqa: F401
from viewer.asked import LANGUAGES, THEMES
from viewer.clinical.results import ABNORMAL, CRITICAL, NORMAL
from viewer.clinical.words import STATUSES
from viewer.errors import PAGES

GUIDE = Path(settings.BASE_DIR, "docs", "viewer.md").read_text()
SHEET = Path(settings.BASE_DIR, "static", "css", "mbx-embed.css").read_text()
CALLS = re.findall(r"```http\n(.*?)```\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
FRAME, LINES, LINK, FORM, SHADOW, RENEWAL = re.findall(r"```html\n(.*?)\n```", GUIDE, re.DOTALL)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def vendor(issue_key, john):
    return ApiClient(issue_key(john, "read").header)


@pytest.fixture
def done(vendor, live_server, settings):
    """``done(call, message)`` makes a call of the guide, for this message."""
    settings.BASE_URL = live_server.url

    def done(call: str, message: Message) -> dict:
        head, _blank, body = call.partition("\n\n")
        first, *lines = head.strip().split("\n")
        method, path = first.split(" ", 1)
        path = path.replace("/jill/", "/john/").replace("{xuid}", message.xuid)
        headers = dict(line.split(": ", 1) for line in lines)
        raw = body.strip().encode()
        answer = vendor.request(method, path.removeprefix("/api/v1"), raw=raw, **headers)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.getvalue())

    return done


@pytest.fixture
def opened(done, receive):
    """A long message, with what the first call of the guide answers for it."""
    message = receive("text/plain", "regel\n" * 100)
    answer = done(CALLS[0][0], message)
    address = answer["viewerUrl"].partition("?")[0]
    origin = address.removesuffix(f"/john/messages/{message.xuid}")
    more = {"messageUrl": address, "viewerOrigin": origin, "xuid": message.xuid}
    return {**answer, **more, "message": message}


def filled(snippet: str, facts: dict) -> str:
    names = r"\{(viewerUrl|viewerOrigin|messageUrl|jwt|xuid|html)\}"
    return re.sub(names, lambda found: facts[found[1]], snippet)


def await_fit(page) -> None:
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 2400")
    inner = "document.documentElement.getBoundingClientRect().height"
    frame = page.locator("iframe")
    assert comes_true(
        page,
        lambda: abs(frame.bounding_box()["height"] - page.frames[1].evaluate(inner)) <= 5,
    )


def test_every_call_answers_as_written(done, receive):
    assert len(CALLS) == GUIDE.count("```http") == 2

    for call, written in CALLS:
        assert fits(json.loads(written), done(call, receive())), call


def test_the_frame_with_the_six_lines_is_as_high_as_its_message(ehr, glance, opened):
    assert len(LINES.splitlines()) == 6 + 2  # and the tags
    page = glance(ehr.page(filled(LINES + FRAME, opened)))

    await_fit(page)
    assert page.complaints == []


def test_the_demo_may_be_framed_from_this_machine_without_a_list(
    ehr, glance, opened, john, settings
):
    john.origins = []
    john.save()
    html = filled(LINES + FRAME, opened)

    refused = glance(ehr.page(html))
    [complaint] = refused.complaints
    settings.DEMO = True
    page = glance(ehr.page(html))

    assert "frame-ancestors" in complaint
    await_fit(page)
    assert page.complaints == []


def test_an_error_page_is_read_in_a_frame_of_an_origin_that_the_box_does_not_list(
    ehr, glance, opened, john
):
    john.origins = ["https://epd.example"]
    john.save()
    frame = FRAME.replace("{viewerUrl}", opened["messageUrl"]).replace('height="600"', "")
    page = glance(ehr.page(filled(LINES + frame, opened)))

    page.frame_locator("iframe").get_by_text("Open dit bericht vanuit uw").wait_for()
    page.wait_for_function("() => document.querySelector('iframe').style.height")


def test_the_least_sandbox_lets_a_message_open(ehr, glance, opened):
    [least] = re.findall(r"at least\n`([a-z -]+)`", GUIDE)
    frame = FRAME.replace("<iframe ", f'<iframe sandbox="{least}" ')
    page = glance(ehr.page(filled(LINES + frame, opened)))

    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 2400")
    with page.expect_popup() as found:
        page.frame_locator("iframe").get_by_role("link", name="Afdrukken").click()
    assert found.value.get_by_text("Anna Arts").first.inner_text()


def test_the_link_opens_the_message(ehr, glance, opened):
    page = glance(ehr.page(filled(LINK, opened)))
    with page.context.expect_page() as found:
        page.get_by_text("Open bericht").click()

    assert found.value.get_by_role("heading", level=1).inner_text() == "Uitslag van dinsdag"


def test_the_form_opens_the_message_without_a_token_in_any_address(ehr, visit, opened):
    page = visit(ehr.page(filled(FORM, opened)))
    addresses = []
    page.context.on("request", lambda request: addresses.append(request.url))
    with page.context.expect_page() as found:
        page.get_by_text("Open bericht").click()

    assert found.value.get_by_role("heading", level=1).inner_text() == "Uitslag van dinsdag"
    assert addresses
    assert not any("jwt" in address for address in addresses)


def test_the_form_fills_a_frame_as_well(ehr, glance, opened):
    form = FORM.replace('target="_blank" rel="noopener"', 'target="bericht"')
    frame = '<iframe class="messagebox" name="bericht" title="Bericht"></iframe>'
    page = glance(ehr.page(filled(LINES + form + frame, opened)))
    page.get_by_text("Open bericht").click()

    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    assert heading.inner_text() == "Uitslag van dinsdag"
    await_fit(page)
    assert page.complaints == []


def test_a_frame_gets_a_new_token_in_time_while_somebody_sees_it(
    ehr, visit, opened, issue_key, john
):
    software = {"Authorization": issue_key(john, "read").header}
    token = f"{opened['viewerOrigin']}/api/v1/john/messages/{opened['xuid']}/token"
    ehr.calls[f"/your-server/token/{opened['xuid']}"] = lambda: (
        requests.post(token, headers=software, timeout=60).content
    )
    page = visit(ehr.page(""))
    page.clock.install()
    frame = FRAME.replace("{viewerUrl}", "about:blank")
    page.goto(ehr.page(filled(frame + RENEWAL, opened)))
    shown = """(old) => {
      const { src } = document.querySelector("iframe");
      return src.includes("jwt") && src !== old && src;
    }"""

    first = page.wait_for_function(shown, arg="").json_value()
    page.evaluate("document.querySelector('iframe').hidden = true")
    page.clock.fast_forward("16:00")
    unseen = page.locator("iframe").get_attribute("src")
    page.evaluate("document.querySelector('iframe').hidden = false")
    page.clock.fast_forward("00:02")
    second = page.wait_for_function(shown, arg=first).json_value()
    page.clock.fast_forward("15:01")
    third = page.wait_for_function(shown, arg=second).json_value()

    assert unseen == first
    assert len({first, second, third}) == 3
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    assert heading.inner_text() == "Uitslag van dinsdag"
    assert page.complaints == []


def test_the_fragment_stands_in_a_shadow_root(ehr, glance, done, receive):
    answer = done(CALLS[1][0], receive("text/html", "<p style=color:red>Beste <b>collega</b></p>"))
    ehr.pages["/your-server/mbx-embed.css"] = ("text/css", SHEET.encode())
    page = glance(ehr.page(filled(SHADOW, answer)))

    assert page.locator("#bericht .mbx-message").get_by_text("collega").is_visible()
    assert page.evaluate("document.querySelector('.mbx-message')") is None
    assert page.evaluate("document.querySelector('#bericht').shadowRoot !== null")
    assert page.complaints == []


def test_the_style_of_the_guide_makes_patient_and_marks_stand_out(
    ehr, glance, done, receive, clinical_sample
):
    message = receive("application/vnd.edi.medlab+xml", clinical_sample)
    ehr.pages["/your-server/mbx-embed.css"] = ("text/css", SHEET.encode())
    page = glance(ehr.page(filled(SHADOW, done(CALLS[1][0], message))))

    plain = "rgba(0, 0, 0, 0)"
    for part in (".mbx-banner", "tr.mbx-abnormal", ".mbx-findings .mbx-abnormal"):
        ground = page.locator(f"#bericht {part}").first.evaluate(
            "(element) => getComputedStyle(element).backgroundColor"
        )
        assert ground != plain, part
    assert page.locator("#bericht .mbx-bsn").inner_text() == "999990032"
    assert page.complaints == []


def test_with_the_style_of_the_guide_each_mark_is_in_sight_on_a_telephone(
    ehr, glance, done, receive, clinical_sample
):
    message = receive("application/vnd.edi.medlab+xml", clinical_sample)
    ehr.pages["/your-server/mbx-embed.css"] = ("text/css", SHEET.encode())
    page = glance(
        ehr.page(filled(SHADOW, done(CALLS[1][0], message))),
        viewport={"width": 390, "height": 800},
    )

    marks = page.locator("#bericht tr.mbx-abnormal .mbx-flag")
    ends = marks.evaluate_all("(marks) => marks.map((one) => one.getBoundingClientRect().right)")
    assert ends and max(ends) <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_class_that_the_guide_names_is_in_our_markup():
    markup = "".join(
        path.read_text()
        for place in ("templates/viewer", "viewer")
        for path in Path(settings.BASE_DIR, place).rglob("*.*")
        if path.suffix in (".html", ".py")
    )
    markup += " ".join(f"mbx-{severity}" for severity in (CRITICAL, ABNORMAL, NORMAL))
    markup += " ".join(f"mbx-status-{status}" for status in STATUSES)
    named = set(re.findall(r"mbx-[a-z]+(?:-[a-z]+)*", GUIDE + SHEET)) - {"mbx-embed"}

    assert len(named) > 30
    assert {name for name in named if name not in markup} == set()


def test_the_theme_of_the_guide_is_accepted(john):
    [written] = re.findall(r"such as\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
    john.theme = json.loads(written)

    john.full_clean()
    for name in (*theme.FONTS, *theme.HEADERS, *theme.COLOURS, *theme.MEASURES):
        assert f"`{name}`" in GUIDE


def test_the_guide_names_each_code_with_its_status_and_each_parameter():
    codes = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", GUIDE, re.MULTILINE))

    assert codes == {code: str(page[0]) for code, page in PAGES.items()}
    for value in (*THEMES, *LANGUAGES, "print", "embed"):
        assert f"`{value}`" in GUIDE
