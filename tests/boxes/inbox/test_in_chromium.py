"""A clinician's day in a real browser: reading, working together, answering, mending."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured
from django.utils.timezone import now
from playwright.sync_api import expect

from boxes.envelope import Attachment
from boxes.models import (
    Access,
    Box,
    Delivery,
    Draft,
    LogEntry,
    Message,
    Misdelivery,
    Property,
    User,
)
from tests.boxes.envelopes import envelope_to
from tests.boxes.sign_in.conftest import PASSWORD, code_for
from tests.browser import heard
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
        page = heard(context.new_page())
        page.goto(path)
        return page

    yield browse
    for context in contexts:
        assert all(not page.complaints for page in context.pages), [
            page.complaints for page in context.pages
        ]
        context.close()


def opened(page, subject: str) -> None:
    """Click a row, and wait until keys are heard on the page of its message."""
    page.get_by_role("link", name=subject).click()
    expect(page).to_have_title(re.compile(subject))
    page.wait_for_load_state("load")


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
    page.wait_for_load_state("load")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()

    message.refresh_from_db()
    assert (message.status, message.handling.state) == ("ARCHIVED", "handled")


def test_a_morning_with_the_keyboard_alone_from_signing_in_to_the_archive(
    chromium, live_server, settings, john, person, received
):
    settings.BASE_URL = live_server.url
    settings.REQUIRE_SECOND_FACTOR = True
    ann = person("ann", "read", "send").user
    ann.set_password(PASSWORD)
    ann.save()
    secret = generate_totp_secret()
    TOTP.activate(ann, secret)
    report = received("Bloeduitslag", **REPORT)
    context = chromium.new_context(base_url=live_server.url, locale="en-GB")
    page = heard(context.new_page())
    keys = page.keyboard

    def tab_to(target) -> None:
        """Tab on until it has the focus, as a person does."""
        expect(target).to_be_visible()
        for _step in range(80):
            if target.evaluate("one => one === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError("The Tab key never comes there.")

    page.goto("/inbox/")
    tab_to(page.get_by_label("Username"))
    keys.type("ann")
    tab_to(page.get_by_label("Password"))
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/2fa/authenticate/**")
    tab_to(page.locator("input[name=code]"))
    keys.type(code_for(secret))
    keys.press("Enter")
    page.wait_for_url("**/inbox/john/inbox")
    page.wait_for_load_state("load")

    expect(page.locator(".ib-row")).to_contain_text("▲ abnormal")
    keys.press("j")
    keys.press("o")
    expect(page.frame_locator(".ib-viewer").locator("h1")).to_contain_text("Bloeduitslag")
    page.wait_for_load_state("load")
    tab_to(page.get_by_role("button", name="Take", exact=True))
    keys.press("Enter")
    expect(page.get_by_text("You have taken this message.")).to_be_visible()
    tab_to(page.get_by_text("Add a label"))
    keys.press("Enter")
    labels = page.locator(".ib-labels")
    tab_to(labels.get_by_label("Name"))
    keys.type("patient number")
    tab_to(labels.get_by_label("Value"))
    keys.type("4711")
    keys.press("Enter")
    expect(labels.locator(".ib-label")).to_contain_text("patient number: 4711")
    tab_to(page.get_by_label("Note: what was done"))
    keys.type("called")
    tab_to(page.get_by_role("button", name="Handled"))
    keys.press("Enter")
    expect(page.get_by_text("called")).to_be_visible()
    page.wait_for_load_state("load")
    keys.press("e")
    expect(page.get_by_text("Archived: Bloeduitslag")).to_be_visible()
    context.close()

    report.refresh_from_db()
    assert (report.status, report.handling.state) == ("ARCHIVED", "handled")
    assert report.properties.get().value == "4711"


def test_an_answer_with_a_file_arrives_in_the_other_box(browse, anna, john, jill, tmp_path):
    Message.objects.post(jill, envelope_to("john", subject="Vraag"))
    run_worker()
    file = tmp_path / "foto.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200_000)
    page = browse(anna)

    opened(page, "Vraag")
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
    expect(page.get_by_role("combobox", name="Find a recipient")).to_be_visible()

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
    expect(page.get_by_role("combobox", name="Find a recipient")).to_be_visible()
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


def test_what_came_to_the_wrong_mailbox_is_passed_on(browse, anna, bert, received, jill):
    received("Uitslag", **REPORT)
    Access.objects.create(box=jill, user=anna.user, read=True, send=True)
    first, second = browse(anna), browse(bert)
    for page in (first, second):
        page.get_by_role("link", name="Uitslag").click()
    first.get_by_text("Wrongly delivered").click()
    first.get_by_label("Where to").select_option("jill")
    first.get_by_label("Why").fill("Is van een andere praktijk")
    first.get_by_role("button", name="Pass it on").click()
    expect(first.locator(".ib-flash")).to_contain_text("Moved to the mailbox Jill Jackson.")

    second.get_by_role("button", name="Take", exact=True).click()

    expect(second.locator(".ib-flash")).to_contain_text(
        "Anna moved it to the box Jill Jackson (jill)"
    )
    first.goto("/inbox/jill/inbox")
    first.get_by_role("link", name="Uitslag").click()
    expect(first.get_by_text("Moved here from John Johnson by Anna")).to_be_visible()
    content = first.frame_locator(".ib-viewer").get_by_text("Uitslag 0")
    expect(content.first).to_be_visible()


def test_an_access_that_ends_is_said_on_the_open_page_and_the_note_is_kept(browse, anna, received):
    received("Uitslag")
    page = browse(anna)
    page.get_by_role("link", name="Uitslag").click()
    note = page.get_by_placeholder("Note (optional)")
    note.fill("mevrouw gebeld")
    moment = now()

    Access.objects.update(since=moment - timedelta(days=1), until=moment, given_by="Marga")

    expect(page.locator(".ib-flash")).to_contain_text("it was given by Marga")
    expect(note).to_have_value("mevrouw gebeld")
    page.get_by_role("button", name="Handled").click()
    expect(page.locator("#typed-1")).to_have_value("mevrouw gebeld")
    page.complaints.clear()  # that it is not open


def test_a_draft_is_saved_once_the_connection_is_back(browse, anna):
    page = browse(anna)
    page.get_by_role("button", name="New message").click()
    text = page.get_by_label("Message")
    expect(page.get_by_role("combobox", name="Find a recipient")).to_be_visible()
    page.context.set_offline(True)
    text.fill("Getypt zonder verbinding")
    expect(page.locator("#saved")).to_contain_text("Not saved")

    page.context.set_offline(False)

    expect(page.locator("#saved")).to_contain_text("Saved")
    assert Draft.objects.get().text == "Getypt zonder verbinding"
    page.complaints.clear()  # that there was no connection


def test_a_new_message_is_announced_and_the_list_does_not_jump(browse, anna, received):
    received("Eerste")
    page = browse(anna)
    expect(page.locator(".ib-row")).to_have_count(1)
    expect(page).to_have_title(re.compile(r"^\(1\) "))

    opened(page, "Eerste")
    page.locator(".ib-row input[name=xuid]").check()
    received("Tweede")
    received("Derde")

    expect(page.locator(".ib-new a")).to_have_text("2 new messages: show them")
    expect(page.locator(".ib-row")).to_have_count(1)
    page.locator(".ib-new a").click()
    expect(page.locator(".ib-row")).to_have_count(3)
    expect(page.locator(".ib-viewer")).to_be_visible()  # what was open stays open
    assert page.locator(".ib-row input[name=xuid]").nth(2).is_checked()
    expect(page.locator(".ib-new a")).to_be_hidden()


def test_an_open_message_says_what_a_colleague_did_with_it_meanwhile(browse, anna, bert, received):
    message = received("Bloeduitslag", **REPORT)
    page = browse(anna)
    opened(page, "Bloeduitslag")
    page.get_by_label("Note: what was done").fill("zelf gebeld")

    bert.post(f"/inbox/john/message/{message.xuid}/move", {"move": "take"})

    said = page.locator(".ib-meanwhile")
    expect(said).to_contain_text("Bert has taken this message.", timeout=15_000)
    expect(page.get_by_label("Note: what was done")).to_have_value("zelf gebeld")
    said.get_by_role("link", name="Show it as it is now").click()
    expect(page.get_by_role("button", name="Take over from Bert")).to_be_visible()
    expect(said).to_be_empty()


def test_keys_are_heard_after_a_click_in_the_message_too(browse, anna, received):
    for name in ("Een", "Twee"):
        received(name)
    page = browse(anna)
    opened(page, "Twee")

    page.frame_locator(".ib-viewer").locator("h1").click()
    page.keyboard.press("j")

    expect(page).to_have_title(re.compile("Een"))
    page.wait_for_load_state("load")
    page.frame_locator(".ib-viewer").locator("h1").click()
    page.keyboard.press("e")
    expect(page.get_by_text("Archived: Een")).to_be_visible()


def test_a_message_on_its_way_is_shown_where_it_went_by_itself(browse, anna, john, jill):
    sent = Message.objects.post(john, envelope_to("jill", subject="Verwijzing"))
    page = browse(anna, f"/inbox/john/outbox/{sent.xuid}")
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()

    run_worker()

    expect(page).to_have_url(re.compile(f"/inbox/john/sent/{sent.xuid}"), timeout=15_000)
    assert LogEntry.objects.filter(action="open", xuid=sent.xuid).count() == 2


def test_the_list_is_worked_by_keys_alone(browse, anna, received):
    for name in ("Een", "Twee", "Drie"):
        received(name)
    page = browse(anna)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".ib-link").nth(1)).to_be_focused()
    page.keyboard.press("x")
    assert page.locator(".ib-row input[name=xuid]").nth(1).is_checked()
    bar, first = page.locator("#bulk").bounding_box(), page.locator(".ib-row").first.bounding_box()
    assert page.get_by_role("button", name="Unread").is_visible()
    assert bar["y"] + bar["height"] <= first["y"] + 1  # what one may do with it hides no row
    page.keyboard.press("o")
    expect(page.locator(".ib-viewer")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.locator(".ib-link").nth(1)).to_be_focused()  # one goes on where one was
    page.keyboard.press("j")
    expect(page.locator(".ib-link").nth(2)).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile("/inbox/john/archive$"))
    page.wait_for_load_state("load")
    page.keyboard.press("?")
    page.get_by_role("link", name="Switch these keys off").click()
    page.get_by_label("Work with keys").uncheck()
    page.get_by_role("button", name="Keep these settings").click()
    page.get_by_role("link", name="Back to the mailbox").click()
    expect(page.locator(".ib-link").first).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("j")

    expect(page.locator(".ib-link").first).not_to_be_focused()


def test_after_archiving_the_next_message_opens_unless_one_wants_the_list(browse, anna, received):
    for name in ("Een", "Twee", "Drie"):
        received(name)
    page = browse(anna)

    opened(page, "Drie")
    page.keyboard.press("e")
    expect(page).to_have_title(re.compile("Twee"))
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("/inbox/settings")
    page.get_by_label("the list comes back").check()
    page.get_by_role("button", name="Keep these settings").click()
    page.get_by_role("link", name="Back to the mailbox").click()
    opened(page, "Twee")
    page.keyboard.press("e")

    expect(page.locator(".ib-pane-empty")).to_be_visible()
    expect(page.locator(".ib-row")).to_have_count(1)


def test_the_list_follows_what_is_typed_and_the_field_keeps_the_focus(browse, anna, received):
    for name in ("Bloeduitslag", "Verwijzing", "Brief"):
        received(name)
    page = browse(anna)
    steps = page.evaluate("history.length")

    page.keyboard.press("/")
    page.keyboard.type("bloed", delay=20)

    expect(page.locator(".ib-row")).to_have_count(1)
    expect(page.locator("#search")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=bloed$"))
    assert page.evaluate("history.length") == steps
    page.locator("#search").fill("bestaat niet")
    expect(page.get_by_text("Nothing found with these filters.")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#search").fill("9999 90 019")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Found by BSN 9999 90 019")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?s=[^&]+$"))
    assert asked and not any("019" in address for address in asked)


def test_a_lost_connection_and_the_end_of_a_sign_in_are_said(browse, anna, received):
    received("Uitslag")
    page = browse(anna)
    expect(page.locator(".ib-row")).to_have_count(1)

    page.route("**/news*", lambda route: route.abort())
    expect(page.get_by_text("No connection.")).to_be_visible()
    page.unroute("**/news*")
    expect(page.get_by_text("No connection.")).to_be_hidden()
    anna.logout()
    page.complaints.clear()  # the call that was cut off

    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()


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


LONG = "x" * 998
NAME = "د. محمد الأحمد 👩‍⚕️" * 12


@pytest.mark.parametrize("path", ["list", "message", "write", "history", "stub"])
def test_nothing_hangs_over_the_edge(browse, anna, received, jill, path):
    message = received(LONG, **{**REPORT, "patient_name": LONG[:200]})
    Access.objects.create(box=jill, user=anna.user, send=True)
    Box.objects.update(display_name=LONG[:100])
    for subject in ("", "\u202eنتيجة المختبر 🧪🩸 ﷽" * 9):
        Message.objects.filter(pk=received(subject).pk).update(from_name=NAME)
    stub = received("weg")
    facts = {"subject": anna.user.subject, "name": NAME, "reason": LONG[:500]}
    Misdelivery.objects.move(stub, jill, **facts)
    addresses = {
        "list": "/inbox/john/inbox",
        "message": f"/inbox/john/inbox/{message.xuid}",
        "history": f"/inbox/john/inbox/{message.xuid}/history",
        "write": "/inbox/john/inbox",
        "stub": f"/inbox/john/archive/{stub.xuid}",
    }
    page = browse(anna, addresses[path], viewport={"width": 320, "height": 800})
    if path == "message":
        page.get_by_text("Wrongly delivered").click()
        page.get_by_label("Where to").wait_for()
    if path == "write":
        page.get_by_role("button", name="New message").click()
        page.locator("#finder").wait_for()

    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_row_names_whole_who_has_it_and_no_label_is_cut_to_nothing(browse, anna, bert, received):
    message = received("Uitslag", **REPORT, status="corrected")
    for name, value in (("beoordeeld", "nee"), ("soort", "laboratorium"), ("zorgpad", "COPD")):
        Property.objects.put(message, name, value)
    User.objects.update(last_name="van Oosterhout-Vermeulen")
    bert.post(f"/inbox/john/message/{message.xuid}/move", {"move": "take"})
    page = browse(anna, viewport={"width": 1280, "height": 800})
    cut = (
        "[...document.querySelectorAll('.ib-marks > *')].filter(m => m.scrollWidth > m.clientWidth)"
    )

    expect(page.locator(".ib-held")).to_have_text("with Bert van Oosterhout-Vermeulen")
    expect(page.locator(".ib-marks .ib-label").first).to_have_text("beoordeeld: nee")
    assert page.evaluate(f"{cut}.map(m => m.textContent)") == []


def test_a_long_sender_gives_way_to_the_subject(browse, anna, received):
    message = received("Twee uitslagen", **REPORT)
    Message.objects.filter(pk=message.pk).update(from_name="Ziekenhuis De Wilgenhof, polikliniek")
    page = browse(anna, viewport={"width": 1280, "height": 800})

    shown = page.locator(".ib-two > .ib-subject")
    expect(shown).to_have_text("Twee uitslagen")
    assert shown.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.locator(".ib-two > .ib-people").bounding_box()["width"] > 60


def test_choosing_a_message_does_not_move_the_rows(browse, anna, received, settings):
    settings.LANGUAGE_CODE = "nl"
    for subject in ("Een", "Twee", "Drie"):
        received(subject).archive()
        received(subject)
    options = {"locale": "nl-NL", "viewport": {"width": 1280, "height": 800}}
    for folder in ("inbox", "archive"):
        page = browse(anna, f"/inbox/john/{folder}", **options)
        expect(page.locator(".ib-awake")).to_be_visible()
        row = page.locator(".ib-row").nth(1)
        before = row.bounding_box()
        page.locator(".ib-check").first.click()
        expect(page.locator(".ib-some")).to_be_visible()
        assert row.bounding_box() == before


def test_the_first_abnormal_results_stand_on_the_first_screen(browse, anna, john, jill, settings):
    settings.LANGUAGE_CODE = "nl"
    content = Path("tests/data/edifact/medlab-full.edi").read_bytes()
    envelope = envelope_to(
        "john",
        "jill",
        subject="Laboratoriumuitslag",
        content=content,
        content_type="application/edifact",
    )
    message = Message.objects.receive(john, envelope)
    options = {"locale": "nl-NL", "viewport": {"width": 1280, "height": 800}}
    page = browse(anna, f"/inbox/john/inbox/{message.xuid}", **options)

    buttons = page.locator(".ib-bar > :visible, .ib-bar > form > :visible")
    expect(page.get_by_role("button", name="Allen beantwoorden")).to_be_visible()
    tops = {
        round(box["y"] + box["height"] / 2) for one in buttons.all() if (box := one.bounding_box())
    }
    assert len(tops) == 1
    page.locator(".ib-other > summary").click()
    expect(page.locator(".ib-other").get_by_role("link", name="Downloaden")).to_be_visible()
    finding = page.frame_locator(".ib-viewer").locator(".mbx-findings li").first
    expect(finding).to_be_visible()
    box = finding.bounding_box()
    assert box["y"] + box["height"] < 800


def addresses(john, received) -> tuple[str, ...]:
    """Every view, with something in it and with nothing."""
    message = received("Uitslag", **REPORT)
    Property.objects.put(message, "afdeling", "kraam")
    Message.objects.receive(john, envelope_to("john", subject="Losse brief"))
    sent = Message.objects.post(john, envelope_to("nobody"))
    run_worker()
    elsewhere = Box.objects.create(name="elsewhere")
    stub = received("weg")
    facts = {"subject": "user:0", "name": "Bert", "reason": "andere praktijk"}
    Misdelivery.objects.move(stub, elsewhere, **facts)
    Access.objects.update(until=now() + timedelta(days=2))
    return (
        "/inbox/john/inbox",
        "/inbox/john/archive",
        "/inbox/john/inbox?flag=critical",
        "/inbox/john/inbox?birthDate=x",
        "/inbox/john/inbox?choose=all",
        f"/inbox/john/inbox/{message.xuid}",
        f"/inbox/john/inbox/{message.xuid}/history",
        f"/inbox/john/archive/{stub.xuid}",
        f"/inbox/john/inbox/{message.xuid}/patient",
        f"/inbox/john/error/{sent.xuid}",
        "/inbox/john/drafts",
        "/inbox/settings",
    )


# An open menu covers parts of buttons, and axe calls those too small: none is pressed before the
# menu is closed. So menus over others are opened by themselves.
UNFOLD = """() => document.querySelectorAll("details").forEach((one) => {
  one.open = innerWidth > 1000 && !one.matches(".ib-bar .ib-pop") || !one.matches(".ib-pop"); })"""
MENUS = """() => {
  document.querySelectorAll(".ib-work, .ib-labels, .ib-steps").forEach((one) => one.remove());
  document.querySelectorAll(".ib-bar .ib-pop").forEach((one) => { one.open = true; }); }"""


def each_state(page, paths: tuple[str, ...], shown: str = "folded, unfolded") -> Iterator[str]:
    """Brings the page into each of its states, with what unfolds closed, open, or both."""
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("load")
        if shown.startswith("folded"):
            yield path
        if shown.endswith("unfolded"):
            page.evaluate(UNFOLD)
            yield f"{path}, unfolded"
            if page.locator(".ib-bar .ib-pop").count():
                page.evaluate(MENUS)
                yield f"{path}, its menus open"
    page.goto("/inbox/john/inbox")
    page.wait_for_load_state("load")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    yield "keys"
    page.keyboard.press("Escape")
    page.locator(".ib-write").click()
    page.locator("#draft").wait_for()
    yield "write"
    page.locator("#draft textarea[name=text]").fill("Nog niet af")
    Access.objects.all().delete()
    page.get_by_role("button", name=re.compile("^(Save|Opslaan)$")).click()
    page.locator("#typed-1").wait_for()
    yield "not open any more"
    page.complaints.clear()  # that it is not found


@pytest.mark.parametrize(
    ("language", "theme", "shown"), [("nl-NL", "light", "folded"), ("en-GB", "dark", "unfolded")]
)
def test_every_page_is_accessible(browse, anna, john, received, settings, language, theme, shown):
    """What unfolds is seen in the other look; the whole of the matrix stands below."""
    settings.LANGUAGE_CODE = language[:2]
    page = browse(anna, locale=language, color_scheme=theme)

    found = {state: faults(page) for state in each_state(page, addresses(john, received), shown)}

    assert not any(found.values()), found


@pytest.mark.wide
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "forced"])
@pytest.mark.parametrize("language", ["nl-NL", "en-GB"])
def test_every_page_is_accessible_everywhere(
    browse, anna, john, received, settings, language, theme, width
):
    settings.LANGUAGE_CODE = language[:2]
    looks = {
        "light": {"color_scheme": "light"},
        "dark": {"color_scheme": "dark"},
        "contrast": {"contrast": "more"},
        "forced": {"forced_colors": "active"},
    }
    size = {"width": width, "height": 800}
    page = browse(anna, locale=language, viewport=size, **looks[theme])
    found, wide = {}, []
    for state in each_state(page, addresses(john, received)):
        found[state] = faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(state)

    assert not any(found.values()), found
    assert not wide


PRESSED = "a, button, summary, input:not([type=hidden]), select"
SMALL = """(pressed) => [...document.querySelectorAll(pressed)]
  .filter((one) => one.checkVisibility() && one.getClientRects().length)
  .filter((one) => !one.closest("p, .ib-skip, button.ib-hidden"))
  .map((one) => [one.closest("label") || one, one])
  .filter(([area]) => area.getBoundingClientRect().height < 43.5)
  .map(([, one]) => one.outerHTML.slice(0, 100))"""


def test_a_finger_hits_what_it_means(browse, anna, john, received):
    """On a touch screen everything that is pressed is 44 pixels high; what only
    Enter presses is no more than a point."""
    paths = addresses(john, received)
    page = browse(anna, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = page.evaluate(SMALL, PRESSED)

    assert not any(found.values()), found


def test_every_folder_is_in_sight_on_an_ordinary_screen(browse, anna, john, jill, person):
    Box.objects.filter(pk=john.pk).update(display_name="Huisartsenpraktijk De Linde te Zeewijk")
    User.objects.filter(username="anna").update(first_name="Annemarie", last_name="Korenblom")
    Access.objects.create(box=jill, user=User.objects.get(username="anna"), read=True)
    page = browse(anna, locale="nl-NL")
    Draft.objects.create(box=john, user=User.objects.get(username="anna"), subject="Half")
    page.reload()
    expect(page.get_by_role("link", name="Concepten 1")).to_be_visible()

    hidden = "(list) => list.scrollWidth - list.clientWidth"
    assert page.locator(".ib-folders ul").evaluate(hidden) == 0


def test_the_name_of_a_box_is_shown_whole_where_there_is_room(browse, anna, john, jill):
    Box.objects.filter(pk=john.pk).update(display_name="Huisartsenpraktijk De Linde")
    Access.objects.create(box=jill, user=anna.user, read=True)

    page = browse(anna, locale="nl-NL")
    page.goto("/inbox/john/inbox")

    name = page.locator(".ib-boxes > summary bdi")
    assert name.evaluate("(name) => name.scrollWidth - name.clientWidth") == 0


def test_on_a_telephone_labels_leave_room_for_the_message(browse, anna, received):
    message = received("Uitslag", identity="one", patient_name="Vries, A. de", flag="abnormal")
    for number in range(8):
        Property.objects.put(message, f"label {number}", "een waarde van enige lengte")
    page = browse(anna, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    opened(page, "Uitslag")

    assert page.locator(".ib-frame").bounding_box()["y"] < 480
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_who_has_no_box_sees_an_accessible_page(browse, person):
    page = browse(person("carl"), "/inbox/")

    assert faults(page) == []
    assert Box.objects.exists() and not Access.objects.filter(user__username="carl").exists()


def test_labels_are_set_changed_and_left_by_keyboard_and_values_are_offered(browse, anna, received):
    for n, value in enumerate(("COPD", "COPD", "Diabetes", "Diabetes", "Diabetes")):
        Property.objects.put(received(f"Brief {n}"), "zorgpad", value)
        Property.objects.put(Message.objects.latest("pk"), "patientnummer", "471100")
    message = received("Uitslag", **REPORT)
    page = browse(anna, f"/inbox/john/inbox/{message.xuid}")
    labels, keys = page.locator(".ib-labels"), page.keyboard
    options = lambda which: page.locator(which).evaluate(  # noqa: E731
        "list => [...list.options].map((one) => one.value)"
    )

    labels.locator(".ib-add summary").focus()
    keys.press("Enter")
    expect(labels.get_by_label("Name")).to_be_focused()
    assert options("#names") == ["patientnummer", "zorgpad"]
    with page.expect_response("**/values?*"):
        keys.type("zorgpad")
    expect(page.locator("#values option").first).to_have_attribute("value", "Diabetes")
    assert options("#values") == ["Diabetes", "COPD"]
    with page.expect_response("**/values?*"):
        labels.get_by_label("Name").fill("patientnummer")
    expect(page.locator("#values option")).to_have_count(0)
    labels.get_by_label("Name").fill("zorgpad")
    keys.press("Tab")
    keys.type("COPD")
    keys.press("Enter")
    expect(labels.locator(".ib-label")).to_contain_text("zorgpad: COPD")

    pen = labels.locator(".ib-edit summary")
    expect(pen).to_be_focused()  # one goes on where one was
    keys.press("Enter")
    field = labels.locator(".ib-edit input[name=value]")
    expect(field).to_be_focused()
    keys.type("Astma")
    keys.press("Escape")
    expect(field).to_be_hidden()
    expect(pen).to_be_focused()
    keys.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_value("COPD")  # as it was
    keys.type("Astma")
    keys.press("Enter")

    expect(labels.locator(".ib-label a")).to_contain_text("zorgpad: Astma")
    expect(page.get_by_text("it was “COPD”")).to_be_visible()
    assert Property.objects.get(message=message).value == "Astma"
    page.get_by_role("button", name="Undo").click()
    expect(labels.locator(".ib-label a")).to_contain_text("zorgpad: COPD")


def test_labels_are_changed_and_removed_without_script(browse, anna, received):
    message = received("Uitslag")
    Property.objects.put(message, "zorgpad", "COPD")
    page = browse(anna, f"/inbox/john/inbox/{message.xuid}", java_script_enabled=False)
    labels = page.locator(".ib-labels")

    labels.locator(".ib-edit summary").click()
    labels.locator(".ib-edit input[name=value]").fill("Astma")
    Property.objects.all().delete()
    labels.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Somebody removed the label zorgpad meanwhile.")).to_be_visible()
    expect(labels.get_by_label("Value")).to_have_value("Astma")
    labels.get_by_role("button", name="Add", exact=True).click()
    expect(labels.locator(".ib-label a")).to_contain_text("zorgpad: Astma")
    labels.get_by_role("button", name="Remove the label zorgpad").click()

    expect(page.get_by_text("The label zorgpad is removed.")).to_be_visible()
    assert not Property.objects.exists()


def test_a_message_is_downloaded_by_key_and_each_file_from_the_menu(browse, anna, john):
    files = (Attachment("foto.txt", "text/plain", b"bijlage"),)
    letter = envelope_to("john", subject="Verslag", content=b"Hb 6,1", attachments=files)
    message = Message.objects.receive(john, letter)
    page = browse(anna, f"/inbox/john/inbox/{message.xuid}")
    expect(page.locator(".ib-there")).to_be_visible()  # the script is awake

    with page.expect_download() as whole:
        page.keyboard.press("d")
    page.locator(".ib-get > summary").click()
    with page.expect_download() as one:
        page.get_by_role("link", name="foto.txt").click()

    assert whole.value.suggested_filename == f"{message.xuid}.zip"
    assert one.value.suggested_filename == "foto.txt"
    assert one.value.path().read_bytes() == b"bijlage"
    expect(page.locator("#subject")).to_have_text("Verslag")  # one is where one was
