"""A new administrator's first hour in a real browser: without a command line, from an empty
installation to software that sends and a colleague who reads."""

import base64
import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from boxes.models import LogEntry, Message, User
from tests.boxes.sign_in.conftest import code_for, sets_up_an_app, signs_in
from transports.models import Heartbeat
from transports.tasks import dispatch

PASSWORD = "Vier-losse-woorden-9"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def choose(page: Page, field: str, text: str) -> None:
    """From a list that searches while one types."""
    page.locator(f"#id_{field} + .select2").click()
    page.locator(".select2-search__field").last.fill(text)
    page.locator(".select2-results__option", has_text=text).click()


def give(page: Page, box: str, *rights: str) -> None:
    page.get_by_text("Add another access").click()
    choose(page, "accesses-0-box", box)
    for right in rights:
        page.locator(f"#id_accesses-0-{right}").check()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def sets_up_a_second_factor(page: Page) -> None:
    """Nothing opens to a new person before that."""
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator("details code").text_content()
    page.locator("#id_code").fill(code_for(secret))
    page.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/recovery-codes/**")


def asked(url: str, key: str, secret: str, body: dict | None = None) -> tuple[int, Any]:
    """As the software of a vendor, over a socket."""
    login = base64.b64encode(f"{key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    content = json.dumps(body).encode() if body else None
    with urlopen(Request(url, content, headers), timeout=60) as answer:
        return answer.status, json.load(answer)


def test_an_administrator_needs_no_command_line(visit, live_server, root, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    Heartbeat.beat()
    before = Client()
    signs_in(before, "root", "een-lang-wachtwoord")
    app = sets_up_an_app(before)
    page = visit(
        f"{live_server.url}/admin/",
        locale="en-GB",
        permissions=["clipboard-read", "clipboard-write"],
    )

    sign_in(page, "root", "een-lang-wachtwoord")
    page.wait_for_url("**/2fa/authenticate/")
    page.locator("input[name=code]").fill(code_for(app, 1))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_selector("#state-heading")

    page.get_by_role("link", name="Make an organization").click()
    page.locator("#id_name").fill("Praktijk De Linde")
    save(page)
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{live_server.url}/admin/")
    page.get_by_role("link", name="Make a box").click()
    page.locator("#id_name").fill("linde")
    choose(page, "organization", "De Linde")
    save(page)
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{live_server.url}/admin/")
    page.get_by_role("link", name="Make a user").click()
    page.locator("#id_username").fill("ann")
    for field in ("password1", "password2"):
        page.locator(f"#id_{field}").fill(PASSWORD)
    give(page, "linde", "read")
    save(page)
    page.wait_for_selector(".messagelist .success")

    page.goto(f"{live_server.url}/admin/boxes/apikey/add/")
    choose(page, "organization", "De Linde")
    page.locator("#id_label").fill("EPD")
    give(page, "linde", "read", "send")
    save(page)
    key = page.locator("#key-id").inner_text()
    page.get_by_role("button", name="Copy Secret").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    secret = page.evaluate("navigator.clipboard.readText()")
    expect(page.locator(".mbx-example")).to_contain_text(f"curl -u {key}")
    assert page.complaints == []

    api = f"{live_server.url}/api/v1/linde"
    letter = {
        "to": [{"address": "linde"}],
        "subject": "Proef",
        "contentType": "text/plain",
        "content": "Dag!",
    }
    status, _sent = asked(f"{api}/send", key, secret, letter)
    dispatch()
    _status, listed = asked(f"{api}/messages", key, secret)
    assert status == 200
    assert {message["envelope"]["subject"] for message in listed} == {"Proef"}
    assert Message.objects.get(direction="OUT").status == "SENT"

    colleague = visit(f"{live_server.url}/accounts/login/", locale="en-GB")
    sign_in(colleague, "ann", PASSWORD)
    sets_up_a_second_factor(colleague)
    colleague.goto(f"{live_server.url}/inbox/linde/inbox")
    expect(colleague.get_by_role("link", name="Proef").first).to_be_visible()
    assert colleague.complaints == []

    ann = User.objects.get(username="ann")
    assert Client().get("/inbox/linde/inbox").status_code == 302
    told = LogEntry.objects.filter(subject=root.subject, action="admin add")
    assert told.count() >= 4
    assert LogEntry.objects.filter(subject=ann.subject, action="list").exists()
