"""Writing in a real browser: finding a recipient by keys, an unsafe road, files that break off."""

# ruff: noqa: F811  (fixtures are taken by their names)

import base64
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from boxes.models import Box, Draft, Message
from boxes.models.draft import Page
from tests.boxes.inbox.test_in_chromium import browse  # noqa: F401
from tests.browser import chromium, comes_true, heard  # noqa: F401
from tests.transports.worker import run_worker
from tests.viewer.test_accessibility import faults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

GIVE = """([where, kind, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], name));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector(where).dispatchEvent(event);
}"""


def give(page, where: str, kind: str, name: str, content: bytes = b"x") -> None:
    page.evaluate(GIVE, [where, kind, name, base64.b64encode(content).decode()])


def new_message(page) -> None:
    """Begin one, and wait for what only the script of the page shows: it hears what comes now."""
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_role("combobox", name="Find a recipient")).to_be_visible()


def begun_until_the_sign_in_ended(page, anna) -> str:
    """A draft of which the first word is saved; its address."""
    new_message(page)
    page.get_by_label("Message").fill("Halverwege")
    expect(page.locator("#saved")).to_contain_text("Saved")
    anna.logout()
    return page.url


def pressed_send(page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def signed_in_again(page, anna, user, settings, draft: str) -> None:
    """And back at the draft."""
    anna.force_login(user)
    cookie = anna.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": draft}])
    page.goto(draft)


@pytest.fixture
def lab(practice) -> Box:
    return Box.objects.create(
        name="lab", display_name="Klinisch lab", listed=True, organization=practice
    )


def test_a_recipient_is_found_by_keys_and_an_unsafe_road_is_taken_knowingly(
    browse, anna, lab, settings
):
    settings.MAIL_DOMAIN = "mail.example"
    page = browse(anna)
    new_message(page)
    finder, people = page.get_by_role("combobox", name="Find a recipient"), page.locator("#people")

    finder.fill("linde klin")
    option = people.get_by_role("option")
    expect(option).to_contain_text("Klinisch lab · Huisartsenpraktijk De Linde · lab")
    expect(option).to_contain_text("✓ MessageBox, safe")
    expect(finder).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(finder).to_have_attribute("aria-activedescendant", "person-0")
    page.keyboard.press("Enter")

    to = page.get_by_label("To", exact=True)
    expect(to).to_have_value("Klinisch lab <lab>")
    expect(people).to_be_hidden()
    finder.fill("bestaat niet")
    expect(page.get_by_text("Nobody found.")).to_be_visible()
    to.fill("Klinisch lab <lab>, a@example.org")
    tick = page.get_by_label("I know that a@example.org is reached by a road")
    expect(tick).to_be_visible()
    page.get_by_label("Message").fill("Overleg")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Tick that you know")).to_be_visible()
    page.complaints.clear()  # the page that was answered with 400
    tick.check()
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert Message.objects.get().deliveries.count() == 2


def test_files_are_dropped_pasted_refused_and_tried_again(browse, anna, jill, settings):
    settings.MAX_CONTENT_BYTES = 300_000
    page = browse(anna)
    new_message(page)
    files, progress = page.locator("#files"), page.locator("#progress")

    give(page, ".ib-files", "drop", "gesleept.txt")
    expect(files).to_contain_text("gesleept.txt")
    give(page, "body", "paste", "geplakt.png")
    expect(files).to_contain_text("geplakt.png")

    asked = []
    page.on("request", lambda request: asked.append(request.url))
    give(page, ".ib-files", "drop", "groot.pdf", b"x" * 300_001)
    expect(progress).to_contain_text("groot.pdf is too large")
    assert not any(url.endswith("/files") for url in asked)

    page.route("**/files", lambda route: route.abort())
    give(page, ".ib-files", "drop", "afgebroken.txt", b"y" * 1000)
    expect(progress).to_contain_text("afgebroken.txt was not added.")
    page.unroute("**/files")
    progress.get_by_role("button", name="Try again").click()
    expect(files).to_contain_text("afgebroken.txt")

    page.complaints.clear()  # the call that was cut off

    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Not sent yet: a file is not added.")).to_be_visible()
    progress.get_by_role("button", name="Leave out groot.pdf").click()
    expect(page.get_by_text("Not sent yet")).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    run_worker()
    parts = Message.objects.in_box(jill).get(direction="IN").attachments.all()
    assert [(part.filename, part.size) for part in parts] == [
        ("gesleept.txt", 1),
        ("geplakt.png", 1),
        ("afgebroken.txt", 1000),
    ]


@contextmanager
def unanswered(page, draft: Draft):
    """A file arrives, and its answer never does. Gives the route that waits."""
    arrived = []

    def never_answer(route):
        route.fetch()
        arrived.append(route)

    page.route("**/files", never_answer)
    give(page, "body", "drop", "arts.txt")
    assert comes_true(page, lambda: arrived and draft.files.count() == 1)
    yield arrived[0]
    page.unroute("**/files")


def test_a_file_that_is_cancelled_when_it_has_arrived_does_not_go_along(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    draft = Draft.objects.get()
    with unanswered(page, draft):
        page.get_by_role("button", name="Cancel arts.txt").click()
        expect(page.locator("#progress li, #files li")).to_have_count(0)
        assert comes_true(page, lambda: not draft.files.exists())

    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_label("Message").fill("Zonder bijlage")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert not Message.objects.get().attachments.exists()


def test_a_cancelled_file_that_could_not_be_taken_back_is_shown_before_anything_leaves(
    browse, anna, jill
):
    page = browse(anna)
    new_message(page)
    page.route("**/remove", lambda route: route.abort())
    with (
        unanswered(page, Draft.objects.get()),
        page.expect_event("requestfailed", lambda request: "/remove" in request.url),
    ):
        page.get_by_role("button", name="Cancel arts.txt").click()
    page.unroute("**/remove")
    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_label("Message").fill("Zonder bijlage")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert").first).to_contain_text("this message has other files")
    expect(page.locator("#files")).to_contain_text("arts.txt")
    page.complaints.clear()  # what was cut off, and the page that was answered with 400
    page.get_by_role("button", name="Remove arts.txt").click()
    expect(page.locator("#files li")).to_have_count(0)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert not Message.objects.get().attachments.exists()


def test_a_file_that_is_tried_again_after_a_lost_answer_goes_along_once(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    with unanswered(page, Draft.objects.get()) as route:
        route.abort()
        expect(page.locator("#progress")).to_contain_text("arts.txt was not added.")
    page.get_by_role("button", name="Try again arts.txt").click()
    expect(page.locator("#files li")).to_have_count(1)
    page.complaints.clear()  # the call that was cut off

    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert Message.objects.get().attachments.get().filename == "arts.txt"


def test_a_message_waits_for_its_file(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    page.get_by_label("To", exact=True).fill("jill")
    held = []
    page.route("**/files", lambda route: route.continue_() if held else held.append(route))
    give(page, "body", "drop", "brief.txt")
    give(page, "body", "drop", "tweede.txt")
    expect(page.get_by_role("progressbar", name="tweede.txt")).to_be_visible()

    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Not sent yet: a file is not added.")).to_be_visible()
    assert not Message.objects.exists()
    held[0].continue_()
    expect(page.locator("#files li")).to_have_count(2)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert [part.filename for part in Message.objects.get().attachments.all()] == [
        "brief.txt",
        "tweede.txt",
    ]


def test_what_was_pasted_as_text_is_text(browse, anna):
    page = browse(anna)
    new_message(page)

    taken = page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "uit Word");
          data.items.add(new File(["x"], "plaatje.png"));
          const about = { clipboardData: data, bubbles: true, cancelable: true };
          const event = new ClipboardEvent("paste", about);
          return !document.querySelector("[name=text]").dispatchEvent(event);
        }"""
    )

    assert not taken
    expect(page.locator("#progress li, #files li")).to_have_count(0)


def test_a_message_that_cannot_be_saved_stays_on_the_page_when_one_presses_send(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    page.get_by_label("To", exact=True).fill("jill")
    page.context.set_offline(True)
    page.get_by_label("Message").fill("Zonder verbinding")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#mbx-away")).to_be_visible()
    expect(page.get_by_label("Message")).to_have_value("Zonder verbinding")

    page.context.set_offline(False)
    expect(page.locator("#mbx-away")).to_be_hidden(timeout=15_000)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert Message.objects.get().body() == b"Zonder verbinding"
    page.complaints.clear()  # that there was no connection


def test_a_draft_that_was_sent_in_another_tab_says_so_and_keeps_what_is_typed(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    Draft.objects.all().delete()

    page.get_by_label("Message").fill("Nog meer")

    expect(page.locator("#saved")).to_contain_text("Not saved: This draft is no longer here")
    expect(page.get_by_label("Message")).to_have_value("Nog meer")
    page.complaints.clear()  # that it is not there


def test_enter_in_the_subject_sends_nothing_and_control_enter_does(browse, anna, jill):
    page = browse(anna)
    new_message(page)
    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_label("Subject").fill("Overleg")

    page.keyboard.press("Enter")
    expect(page.get_by_label("Message")).to_be_focused()
    page.keyboard.type("Graag overleg")
    assert not Message.objects.exists()
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert Message.objects.get().body() == b"Graag overleg"


def test_without_script_one_writes_adds_a_file_and_sends(browse, anna, jill, tmp_path):
    (tmp_path / "brief.txt").write_text("bijlage")
    page = browse(anna, java_script_enabled=False)
    page.get_by_role("button", name="New message").click()
    page.get_by_label("To", exact=True).fill("jill")
    page.get_by_label("Message").fill("Zie de brief")
    page.get_by_label("Add files").set_input_files(tmp_path / "brief.txt")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("A file was chosen and not added.")).to_be_visible()
    page.complaints.clear()  # the page that was answered with 400

    page.get_by_label("Add files").set_input_files(tmp_path / "brief.txt")
    page.locator(".ib-files").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Message")).to_have_value("Zie de brief")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("On its way. Below stands what becomes of it.")).to_be_visible()
    assert Message.objects.get().attachments.get().body() == b"bijlage"


def test_what_is_typed_before_the_script_is_there_is_saved_too(browse, anna):
    page = browse(anna)
    held = []
    page.route("**/writing*.js", lambda route: held.append(route))
    page.get_by_role("button", name="New message").click()
    page.wait_for_url("**/write/*", wait_until="commit")
    page.get_by_label("Message").fill("Vlug getypt")
    assert comes_true(page, lambda: held)

    held[0].continue_()

    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.get_by_label("Message")).to_be_focused()  # where the next letter belongs
    assert Draft.objects.get().text == "Vlug getypt"


def test_a_draft_is_there_again_after_the_sign_in_ended(browse, anna):
    page = browse(anna)
    user, draft = anna.user, begun_until_the_sign_in_ended(page, anna)

    page.goto(draft)
    expect(page).to_have_url(re.compile("/accounts/login/"))
    anna.force_login(user)

    assert "Halverwege" in anna.get(draft).text and Draft.objects.get().user == user


def test_who_signed_in_again_in_another_tab_goes_on_writing_in_the_first(browse, anna):
    """The form of the first page holds a token that is no good any more."""
    page = browse(anna)
    new_message(page)
    page.get_by_label("Message").fill("Halverwege")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.evaluate(
        """document.querySelectorAll("input[name=csrfmiddlewaretoken]")
        .forEach((field) => { field.value = "x".repeat(64); })"""
    )

    page.get_by_label("Message").fill("Halverwege en verder")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=15_000)

    assert Draft.objects.get().text == "Halverwege en verder"
    page.complaints.clear()  # the answer that the token is not right


def test_a_send_after_the_sign_in_ended_keeps_the_text_for_who_signs_in_again(
    browse, anna, settings
):
    settings.SESSION_WARNING = 0
    page = browse(anna)
    user, draft = anna.user, begun_until_the_sign_in_ended(page, anna)
    page.get_by_label("Message").fill("Halverwege en verder")
    expect(page.locator("#saved")).to_contain_text("Not saved: you are signed out.")

    pressed_send(page)
    signed_in_again(page, anna, user, settings, draft)

    expect(page.get_by_label("Message")).to_have_value("Halverwege en verder")
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert Draft.objects.get().text == "Halverwege en verder"


def test_two_windows_with_one_draft_ask_whose_text_stays(browse, anna):
    first = browse(anna)
    new_message(first)
    second = heard(first.context.new_page())
    second.goto(first.url)
    expect(second.locator("#finder")).to_be_visible()
    first.get_by_label("Message").fill("Uit het eerste")
    expect(first.locator("#saved")).to_contain_text("Saved")

    second.get_by_label("Message").fill("Uit het tweede")

    expect(second.locator("#changed")).to_be_visible()
    expect(second.locator("#saved")).to_contain_text("Not saved: This draft was changed in another")
    assert Draft.objects.get().text == "Uit het eerste"
    assert not faults(second)
    with second.expect_popup() as shown:
        second.get_by_role("link", name="Show what is saved").click()
    expect(shown.value.get_by_label("Message")).to_have_value("Uit het eerste")
    shown.value.close()
    second.complaints.clear()  # the answer that it was not saved
    second.get_by_role("button", name="Keep what stands here").click()
    expect(second.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(second.get_by_label("Message")).to_have_value("Uit het tweede")
    first.get_by_label("Message").fill("Weer het eerste")
    expect(first.locator("#changed")).to_be_visible()
    assert Draft.objects.get().text == "Uit het tweede"
    first.complaints.clear()


def test_a_text_that_comes_back_after_the_sign_in_does_not_overwrite_a_later_one(
    browse, anna, settings
):
    settings.SESSION_WARNING = 0
    page = browse(anna)
    user, draft = anna.user, begun_until_the_sign_in_ended(page, anna)
    pressed_send(page)
    kept = Draft.objects.get()
    kept.keep(Page(mark="b" * 16, seen=kept.saved_by), text="Elders verder geschreven")
    signed_in_again(page, anna, user, settings, draft)

    expect(page.locator("#changed")).to_be_visible()
    expect(page.get_by_label("Message")).to_have_value("Halverwege")
    assert Draft.objects.get().text == "Elders verder geschreven"
    page.complaints.clear()  # the answer that it was not saved


def test_what_cannot_be_saved_says_why(browse, anna):
    page = browse(anna)
    page.get_by_role("button", name="New message").click()
    expect(page.locator("#finder")).to_be_visible()
    page.get_by_label("To", exact=True).fill("x" * 20_001)

    expect(page.locator("#saved")).to_contain_text("at most 20000 characters")
    page.complaints.clear()
