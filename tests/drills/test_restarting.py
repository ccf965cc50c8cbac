"""The service is killed and started again while somebody works in the inbox, in a real Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import PATIENCE as LOADING
from tests.drills.service import PATIENCE, Service, eventually
from tests.runs import OF_THE_EMBEDDED_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_EMBEDDED_RUN]
PASSWORD = "een-lang-wachtwoord"
PERSON = f"""
from boxes.models import Access, Box, User
anna = User.objects.create_user("anna", password="{PASSWORD}", first_name="Anna")
Access.objects.create(box=Box.objects.get(name="john"), user=anna, read=True, send=True)
"""
# The page's own time between two questions, and between two tries to save, is seconds.
RECOVERY = 1000 * PATIENCE


@pytest.fixture(scope="module")
def service(furnished, tmp_path_factory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), furnished)
    service.environment["BASE_URL"] = service.url("").rstrip("/")  # of the Viewer's frame
    service.python(PERSON)
    service.start()
    yield service
    service.stop()


@pytest.fixture
def anna(chromium, service) -> Iterator[BrowserContext]:
    """A browser in which Anna is signed in; the service runs again when the drill ends."""
    context = chromium.new_context(base_url=service.url(""), locale="en-GB")
    context.set_default_timeout(LOADING)
    page = context.new_page()
    page.goto("accounts/login/")
    page.locator("input[name=login]").fill("anna")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(re.compile("/inbox/john/inbox"))
    page.close()
    yield context
    context.close()
    if not service.process:
        service.start()


def killed(service: Service) -> None:
    """As when the machine fails: nobody ends what it was doing."""
    for member in service.members():
        member.kill()
    service.process.wait(PATIENCE)
    service.process = None
    eventually(lambda: not service.answers(), "nobody answers any more")


def opened(context: BrowserContext, path: str, awake: str) -> Page:
    """A page whose script has shown that it runs."""
    page = context.new_page()
    page.goto(path)
    expect(page.locator(awake)).to_be_visible()
    return page


def list_opened(context: BrowserContext) -> Page:
    return opened(context, "inbox/john/inbox", "#all:enabled, .ib-empty")


def draft_begun(context: BrowserContext, **typed: str) -> Page:
    page = context.new_page()
    page.goto("inbox/john/inbox")
    page.get_by_role("button", name="New message").click()
    expect(page.locator("#finder")).to_be_visible()  # by the script alone
    write(page, **typed)
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=RECOVERY)
    return page


def write(page: Page, **typed: str) -> None:
    for name, text in typed.items():
        page.locator(f"#draft [name={name}]").fill(text)


def arrived(service: Service, subject: str) -> str:
    """A message that jill sent is in john's inbox; its xuid."""
    before = {row["xuid"] for row in service.list("john", "INBOX")}
    envelope = {"to": [{"address": "john"}], "subject": subject, "contentType": "text/plain"}
    sent = service.session.post(
        service.url("api/v1/jill/send"), json=envelope | {"content": subject}, timeout=30
    )
    sent.raise_for_status()

    def there() -> str:
        rows = (row for row in service.list("john", "INBOX") if row["xuid"] not in before)
        return next((row["xuid"] for row in rows if row["envelope"]["subject"] == subject), "")

    return eventually(there, f"{subject} arrived")


def message_opened(context: BrowserContext, xuid: str) -> Page:
    page = opened(context, f"inbox/john/inbox/{xuid}", ".ib-frame.ib-there")
    expect(in_frame(page)).to_be_visible()
    return page


def in_frame(page: Page):
    return page.frame_locator(".ib-viewer").locator("main, body").first


def of_jill(service: Service, subject: str) -> list[dict]:
    service.await_quiet()
    rows = service.list("jill", "INBOX")
    return [row for row in rows if row["envelope"]["subject"] == subject]


def test_open_pages_say_that_the_service_is_away_and_go_on_by_themselves(service, anna):
    xuid = arrived(service, "Uitslag van de proef")
    rows, message = list_opened(anna), message_opened(anna, xuid)
    draft = draft_begun(anna, to="jill", subject="Voor de val", text="Geachte")
    note, text = message.get_by_label("Note: what was done"), draft.get_by_label("Message")
    pressed = (
        message.get_by_role("button", name="Handled"),
        draft.get_by_role("button", name="Send", exact=True),
    )

    killed(service)
    note.fill("mevrouw gebeld")
    text.fill("Geachte collega, dit typte ik tijdens de storing")
    for page in (rows, message, draft):
        expect(page.get_by_text("No connection. New messages")).to_be_visible(timeout=RECOVERY)
    expect(draft.locator("#saved")).to_contain_text("Not saved: no connection.", timeout=RECOVERY)
    for button in pressed:
        button.click()
        expect(button.page.locator("#mbx-away")).to_be_visible()

    service.start()
    for page in (rows, message, draft):
        expect(page.get_by_text("No connection. New messages")).to_be_hidden(timeout=RECOVERY)
        expect(page.locator("#mbx-away")).to_be_hidden(timeout=RECOVERY)
    expect(draft.locator("#saved")).to_contain_text("Saved", timeout=RECOVERY)
    expect(note).to_have_value("mevrouw gebeld")
    arrived(service, "Na de storing")
    expect(rows.get_by_text("1 new message: show it")).to_be_visible(timeout=RECOVERY)
    for button in pressed:
        button.click()

    expect(message.locator("q").get_by_text("mevrouw gebeld")).to_be_visible()
    # Not what is said of it first: the page follows the message to where it went.
    expect(draft.get_by_role("region", name="What became of it")).to_be_visible()
    [got] = of_jill(service, "Voor de val")
    assert got["size"] == len("Geachte collega, dit typte ik tijdens de storing")


def test_who_never_saw_the_answer_to_a_send_sends_once(service, anna):
    """The service commits, and is killed before its answer is out."""
    draft = draft_begun(anna, to="jill", subject="Zonder antwoord", text="Geachte")
    address = draft.url

    def cut_off(route) -> None:
        if route.request.method != "POST" or route.request.headers.get("x-background"):
            return route.continue_()
        route.fetch(max_redirects=0)
        killed(service)
        return route.abort("connectionreset")

    draft.route(address, cut_off)
    with draft.expect_event("requestfailed"):
        draft.get_by_role("button", name="Send", exact=True).click()
    draft.unroute(address)
    service.start()
    again = anna.new_page()
    again.goto(address)

    expect(again.get_by_text("This was sent already, once.")).to_be_visible()
    assert len(of_jill(service, "Zonder antwoord")) == 1


@pytest.mark.parametrize("turn", [0, *(pytest.param(n, marks=pytest.mark.wide) for n in (1, 2))])
def test_told_to_stop_in_the_middle_of_a_send_it_is_sent_once(service, anna, turn):
    """At whichever moment: what was sent is said so, what was not is still in the draft."""
    subject = f"Onder het afsluiten {turn}"
    draft = draft_begun(anna, to="jill", subject=subject, text="Geachte")
    address = draft.url

    draft.get_by_role("button", name="Send", exact=True).click(no_wait_after=True)
    service.stop()
    service.start()
    again = anna.new_page()
    again.goto(address)
    if again.get_by_role("button", name="Send", exact=True).is_visible():
        expect(again.get_by_label("Message")).to_have_value("Geachte")
        again.get_by_role("button", name="Send", exact=True).click()

    expect(again.get_by_role("heading", name="What became of it")).to_be_visible()
    assert len(of_jill(service, subject)) == 1


def test_a_message_that_could_not_be_opened_opens_by_itself(service, anna):
    xuid = arrived(service, "Half geopend")
    page = message_opened(anna, xuid)
    frame = page.locator(".ib-viewer")
    words = page.frame_locator(".ib-viewer").get_by_text("Half geopend").first

    killed(service)
    frame.evaluate("frame => { frame.src = frame.src; }")
    expect(words).to_be_hidden()
    expect(page.get_by_text("No connection. New messages")).to_be_visible(timeout=RECOVERY)
    service.start()

    expect(words).to_be_visible(timeout=RECOVERY)
