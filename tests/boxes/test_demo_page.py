"""The page that plays an EHR: who gets it, and what one can do on it in a real browser."""

import re

import pytest

from boxes.demo import kept
from boxes.envelope import Address, Attachment, Envelope
from boxes.management.commands.loaddemo import NEAR
from boxes.models import Message
from boxes.summary import Summary
from tests.browser import comes_true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.fixture
def demo(settings, tmp_path, issue_key, john):
    """A demo of one box; its page's key reads from this machine only."""
    settings.DEMO = True
    settings.DATA_DIR = tmp_path
    settings.BASE_URL = "http://localhost"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    key = issue_key(john, "read", networks=NEAR)
    kept.keep({"told": 1, "page": {"id": key.key.key_id, "secret": key.secret}})
    return key


def told(client, **more):
    return client.get("/demo/", headers={"host": "localhost"}, **more)


# -- who gets it --


def test_the_page_exists_in_the_demo_only(client, demo, settings):
    assert told(client).status_code == 200

    settings.DEMO = False
    assert told(client).status_code == 404
    settings.DEMO = settings.PRODUCTION = True
    assert told(client).status_code == 404


def test_the_front_leads_to_the_page_in_the_demo_and_else_to_the_inbox(client, demo, settings):
    assert client.get("/", headers={"host": "localhost"}).headers["Location"] == "/demo/"

    settings.DEMO = False
    assert client.get("/", headers={"host": "localhost"}).headers["Location"] == "/inbox/"


@pytest.mark.parametrize(
    "more",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
def test_no_other_machine_gets_the_key(client, demo, more):
    response = told(client, **more)

    assert response.status_code == 403
    assert demo.secret not in response.content.decode()


def test_the_key_of_the_page_is_refused_to_other_machines_and_to_senders(client, demo):
    def ask(method, path, **more):
        return getattr(client, method)(
            f"/api/v1{path}", headers={"authorization": demo.header, "host": "localhost"}, **more
        )

    note = {"to": [{"address": "john"}], "contentType": "text/plain", "content": "x"}
    assert ask("get", "/john/messages").status_code == 200
    assert ask("get", "/john/messages", REMOTE_ADDR="192.0.2.7").status_code == 403
    sent = ask("post", "/john/send", data=note, content_type="application/json")
    assert sent.status_code == 403


def test_the_page_says_when_the_messages_are_still_on_their_way(client, demo):
    kept.keep({**kept.read(), "told": 0})

    response = told(client)

    assert response["Refresh"] == "2"
    assert demo.secret not in response.content.decode()


def test_the_page_moves_to_the_host_that_the_viewer_has(client, demo):
    response = client.get("/demo/", headers={"host": "127.0.0.1"})

    assert response.headers["Location"] == "http://localhost/demo/"


def test_nothing_but_our_own_files_may_run_on_the_page(client, demo, settings):
    settings.VIEWER_BASE_URL = "https://viewer.example"
    response = told(client)

    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-src 'self' https://viewer.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?! src=)|<style|\son\w+=|\sstyle=", response.content.decode()) == []


# -- in a browser --


@pytest.fixture
def letter(john):
    def letter(subject: str, content_type="text/plain", content=b"Goedemorgen", **properties):
        envelope = Envelope(
            to=(Address("john", "John Johnson"),),
            sender=Address("lab@duinrand.example", "Streeklab Duinrand"),
            subject=subject,
            content_type=content_type,
            content=content,
        )
        message = Message.objects.receive(john, envelope)
        for name, value in properties.items():
            message.properties.create(box=john, name=name, value=value)
        return message

    return letter


@pytest.fixture
def ehr(demo, live_server, settings, glance):
    settings.BASE_URL = live_server.url
    return lambda **options: glance(f"{live_server.url}/demo/", **options)


def rows(page):
    return page.locator(".demo-row")


def opened(page):
    page.locator("#demo-viewer[aria-busy=false]").wait_for()
    return page.frame_locator("#demo-viewer iframe")


def test_a_message_is_listed_opened_and_shown_as_high_as_it_is(ehr, letter):
    letter("Lange brief", content=b"regel\n" * 200)
    page = ehr()
    rows(page).get_by_text("Lange brief").click()

    assert opened(page).get_by_role("heading", level=1).inner_text() == "Lange brief"
    page.locator("#demo-viewer iframe[style]").wait_for()
    inner = "document.documentElement.getBoundingClientRect().height"
    outer = page.locator("#demo-viewer iframe")
    assert comes_true(page, lambda: outer.bounding_box()["height"] > 3000)
    assert comes_true(
        page, lambda: abs(outer.bounding_box()["height"] - page.frames[1].evaluate(inner)) <= 5
    )
    assert rows(page).locator(".demo-unread:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []


def test_the_viewer_may_live_on_a_host_of_its_own(ehr, letter, settings, live_server):
    settings.VIEWER_BASE_URL = live_server.url.replace("localhost", "127.0.0.1")
    letter("Lange brief", content=b"regel\n" * 200)
    page = ehr()
    rows(page).first.click()

    assert opened(page).get_by_role("heading", level=1).inner_text() == "Lange brief"
    page.locator("#demo-viewer iframe[style]").wait_for()
    outer = page.locator("#demo-viewer iframe")
    assert comes_true(page, lambda: outer.bounding_box()["height"] > 3000)
    with page.context.expect_page() as found:
        page.get_by_role("button", name="Open in een nieuw venster").click()
    assert found.value.url.startswith("http://127.0.0.1")
    assert page.complaints == []


def test_the_key_does_not_stay_in_the_page(ehr, demo, letter):
    letter("Brief")
    page = ehr()
    rows(page).first.wait_for()

    assert demo.secret not in page.content()
    assert "jwt" not in page.url


def test_a_property_is_added_changed_and_removed(ehr, letter):
    message = letter("Brief", soort="brief")
    page = ehr()
    rows(page).first.click()
    page.get_by_label("Naam", exact=True).last.fill("beoordeeld")
    page.get_by_label("Waarde", exact=True).last.fill("nee")
    page.get_by_role("button", name="Voeg toe").click()
    page.get_by_text("Eigenschap beoordeeld is bewaard.").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Wijzig beoordeeld"

    page.get_by_role("button", name="Wijzig beoordeeld").click()
    page.get_by_label("beoordeeld", exact=True).fill("ja")
    page.keyboard.press("Enter")
    page.locator(".demo-property-value").get_by_text("ja", exact=True).wait_for()
    page.get_by_role("button", name="Verwijder soort").click()
    page.get_by_text("Eigenschap soort is verwijderd.").wait_for()

    assert dict(message.properties.values_list("name", "value")) == {"beoordeeld": "ja"}


def test_what_the_api_refuses_is_said(ehr, letter, settings):
    settings.MAX_PROPERTIES = 1
    letter("Brief", soort="brief")
    page = ehr()
    rows(page).first.click()
    page.get_by_label("Naam", exact=True).last.fill("bsn")
    page.get_by_role("button", name="Voeg toe").click()

    page.locator("#demo-fault").get_by_text("ten hoogste 1 eigenschap").wait_for()


def test_the_list_is_filtered_by_a_property_and_an_empty_one_says_so(ehr, letter):
    letter("Brief een", bsn="999990032")
    letter("Brief twee", bsn="999990044")
    page = ehr()
    rows(page).get_by_text("Brief een").click()
    page.get_by_role("button", name="Filter bsn").click()
    page.get_by_text("1 bericht", exact=True).wait_for()
    assert rows(page).count() == 1

    page.get_by_label("Waarde", exact=True).first.fill("111222333")
    page.keyboard.press("Enter")
    page.get_by_text("Geen bericht heeft deze eigenschap.").wait_for()
    page.get_by_role("button", name="Wis het filter").click()
    page.get_by_text("2 berichten", exact=True).wait_for()


def test_a_service_that_is_away_is_said_and_tried_again(ehr, letter):
    letter("Brief")
    page = ehr()
    rows(page).first.wait_for()
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_label("Map").select_option("ARCHIVED")
    page.get_by_text("De dienst antwoordt niet.").wait_for()

    page.unroute("**/api/**")
    page.get_by_role("button", name="Probeer opnieuw").click()
    page.get_by_text("Hier zijn geen berichten.").wait_for()
    assert not page.get_by_text("De dienst antwoordt niet.").is_visible()


def test_the_list_is_one_stop_of_the_tab_key_and_arrows_move_in_it(ehr, letter):
    for number in range(3):
        letter(f"Brief {number}")
    page = ehr()
    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    opened(page)
    assert page.locator("#demo-subject").inner_text() == "Brief 1"
    assert page.locator(".demo-row[tabindex='0']").count() == 1
    assert page.evaluate("document.activeElement.id") == "demo-subject"


def test_escape_leads_from_the_message_back_to_its_row(ehr, letter):
    for number in range(3):
        letter(f"Brief {number}", soort="brief")
    page = ehr()
    rows(page).nth(1).click()
    opened(page)

    page.get_by_role("button", name="Wijzig soort").click()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Wijzig soort"
    page.keyboard.press("Escape")

    assert page.evaluate("document.activeElement.matches('[aria-current]')")


def test_from_the_subject_the_tab_key_comes_to_the_message_before_its_properties(ehr, letter):
    letter("Brief", soort="brief")
    page = ehr()
    rows(page).first.click()
    opened(page)
    page.get_by_role("link", name="Eigenschappen (1)").focus()
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.tagName") == "IFRAME"


def test_a_row_says_how_many_files_came_along_and_how_final_a_report_is(ehr, letter, john):
    report = letter("Uitslag")
    Message.objects.know(report, Summary(flag="abnormal", status="preliminary"))
    file = Attachment("labrapport.pdf", "application/pdf", b"%PDF-1.4")
    envelope = Envelope(
        to=(Address("john"),),
        sender=Address("lab@duinrand.example"),
        subject="Met twee bestanden",
        content_type="text/plain",
        content=b"Zie de bijlagen",
        attachments=(file, file),
    )
    Message.objects.receive(john, envelope)
    page = ehr()

    with_files = rows(page).filter(has_text="Met twee bestanden")
    assert with_files.locator(".demo-files").inner_text().split() == ["2", "bijlagen"]
    without = rows(page).filter(has_text="Uitslag")
    assert not without.locator(".demo-files").is_visible()
    assert without.locator(".demo-patient").inner_text().strip() == "▲ afwijkend · voorlopig"


def test_archiving_moves_a_message_and_back(ehr, letter):
    message = letter("Brief")
    page = ehr()
    rows(page).first.click()
    page.get_by_role("button", name="Archiveren").click()
    page.get_by_text("Hier zijn geen berichten.").wait_for()
    message.refresh_from_db()
    assert message.status == "ARCHIVED"

    page.get_by_role("button", name="Terug naar Inkomend").click()
    page.get_by_text("1 bericht", exact=True).wait_for()


def test_a_new_window_gets_the_token_posted(ehr, letter):
    letter("Brief")
    page = ehr()
    rows(page).first.click()
    with page.context.expect_page() as found:
        page.get_by_role("button", name="Open in een nieuw venster").click()

    window = found.value
    assert window.get_by_role("heading", level=1).inner_text() == "Brief"
    assert "jwt" not in window.url


def test_the_place_on_the_page_survives_a_change_of_language(ehr, letter):
    letter("Brief een", bsn="999990032")
    page = ehr()
    rows(page).first.click()
    page.get_by_role("link", name="English").click()

    page.get_by_text("1 message", exact=True).wait_for()
    assert page.locator("#demo-subject").inner_text() == "Brief een"
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("language", ["nl-NL", "en-GB"])
def test_the_page_fits_a_narrow_window(ehr, letter, language):
    letter("Een onderwerp " + "zonderspaties" * 20, bsn="9" * 300)
    page = ehr(locale=language, viewport={"width": 320, "height": 600})
    rows(page).first.click()
    opened(page)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []
