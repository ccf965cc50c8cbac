"""Signing in with a real browser: passkeys, the warning before the end, and the pages' looks."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, expect

from boxes.models import Access, Message, User
from boxes.sign_in.providers import read_providers
from boxes.sign_in.session import SEEN
from tests.boxes.envelopes import envelope_to
from tests.boxes.sign_in.conftest import PASSWORD, code_for
from tests.boxes.sign_in.test_provider import NONE
from tests.fakes.oidc import Provider
from tests.npm import library
from tests.viewer.test_accessibility import LOOKS, faults

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("ann"),
]
# What a phone has: it keeps the key, and looks at a finger or a face.
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def open_page(visit, live_server):
    def open_page(path: str = "/accounts/login/", **options) -> Page:
        page = visit(f"{live_server.url}{path}", **{"locale": "en-GB", **options})
        page.live = live_server.url
        return page

    return open_page


def sign_in(page: Page, name: str = "ann") -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto(f"{page.live}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")


# -- looks ---------------------------------------------------------------------------

TOKENS = """(names) => names.map(name => {
  const one = document.body.appendChild(document.createElement("i"));
  one.style.color = `var(${name})`;
  return getComputedStyle(one).color;
})"""


@pytest.mark.parametrize(
    ("scheme", "chosen", "ground"),
    [
        ("light", "auto", "rgb(238, 242, 245)"),
        ("dark", "auto", "rgb(18, 24, 30)"),
        ("light", "dark", "rgb(18, 24, 30)"),
        ("dark", "light", "rgb(238, 242, 245)"),
        ("dark", "contrast", "rgb(255, 255, 255)"),
    ],
)
def test_a_page_has_the_colours_of_the_system_or_those_that_were_chosen(
    open_page, scheme, chosen, ground
):
    page = open_page(color_scheme=scheme)

    page.evaluate("(chosen) => { document.documentElement.dataset.theme = chosen }", chosen)

    assert page.evaluate(TOKENS, ["--mbx-bg"]) == [ground]


def test_who_asks_for_more_contrast_sees_nothing_pale_in_the_dark_either(open_page):
    page = open_page(color_scheme="dark", contrast="more")

    quiet, plain, line, strong = page.evaluate(
        TOKENS, ["--mbx-muted", "--mbx-fg", "--mbx-border", "--mbx-strong"]
    )

    assert (quiet, line) == (plain, strong)


# -- passkeys ------------------------------------------------------------------------


@pytest.fixture
def phone(open_page):
    """A page of Ann, signed in, beside a phone that makes passkeys: (page, wire, its number)."""
    page = open_page("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    number = wire.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]
    sign_in(page)
    page.wait_for_url("**/webauthn/add/")
    return page, wire, number


def add_passkey(page: Page, alone: bool) -> None:
    page.get_by_label("Name", exact=True).fill("Telefoon")
    if alone:
        page.get_by_label("Also sign in with it alone").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/recovery-codes/")


def test_a_passkey_signs_in_by_itself(phone):
    page, *_ = phone
    add_passkey(page, alone=True)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{page.live}/admin/")

    assert page.locator("#user-tools").is_visible()
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Telefoon"
    assert page.complaints == []


def test_a_passkey_is_the_second_factor_after_the_password(phone):
    page, *_ = phone
    add_passkey(page, alone=False)
    sign_out(page)

    sign_in(page)
    page.wait_for_url("**/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{page.live}/admin/")

    assert page.locator("#user-tools").is_visible()
    assert page.complaints == []


def test_a_phone_that_does_not_know_the_finger_gets_nobody_in(phone):
    page, wire, number = phone
    add_passkey(page, alone=True)
    sign_out(page)
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    assert "did not work with this passkey" in page.locator("[data-passkey-failed]").inner_text()


def test_a_passkey_that_was_removed_gets_nobody_in(phone):
    page, *_ = phone
    add_passkey(page, alone=True)
    Authenticator.objects.all().delete()
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator(".alert[role=status]")).to_have_text("Incorrect code.")
    page.goto(f"{page.live}/admin/")
    assert "/accounts/login/" in page.url


# -- the organization's provider -----------------------------------------------------


def test_a_person_signs_in_at_the_organization_in_a_browser(open_page, settings):
    User.objects.filter(username="ann").update(password=make_password(None))
    with Provider() as provider:
        settings.OIDC_PROVIDERS = read_providers(json.dumps([provider.settings()]), NONE)
        provider.knows("anna-1", preferred_username="ann")
        page = open_page("/accounts/login/?next=/accounts/2fa/")

        page.get_by_role("link", name="Sign in with Zorggroep De Linde").click()
        page.get_by_role("textbox").fill("anna-1")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url("**/accounts/2fa/")

    assert page.get_by_role("heading", name="Second factor").is_visible()


# -- the end of a sign-in ------------------------------------------------------------


@pytest.fixture
def writing(open_page, john, settings, live_server):
    """Ann writes a note at a message, and the clock of its page goes as the test says."""
    settings.BASE_URL = live_server.url  # where the frame of the message comes from
    joe = User.objects.create_superuser("joe", password=PASSWORD)
    for user in (User.objects.get(username="ann"), joe):
        Access.objects.create(box=john, user=user, read=True)
    place = f"/inbox/john/inbox/{Message.objects.receive(john, envelope_to('john')).xuid}"
    page = open_page(f"/accounts/login/?next={place}")
    page.clock.install()
    page.place = f"**{place}"
    sign_in(page)
    page.wait_for_url(page.place)
    note(page).fill("Geachte collega,")
    return page


def note(page: Page):
    return page.get_by_label("Note: what was done")


def kept(page: Page) -> str | None:
    return page.evaluate("sessionStorage.getItem('mbx-kept')")


def leave_seconds(page: Page, left: int, settings) -> None:
    """As if nobody had done anything until so many seconds before the end."""
    [key] = [c["value"] for c in page.context.cookies() if c["name"] == "sessionid"]
    session = SessionStore(key)
    session[SEEN] -= settings.SESSION_IDLE - left
    session.save()


def last_use(page: Page) -> float:
    [key] = [c["value"] for c in page.context.cookies() if c["name"] == "sessionid"]
    return SessionStore(key)[SEEN]


def test_the_page_warns_two_minutes_before_and_staying_is_one_press(writing, settings):
    page, dialog = writing, writing.get_by_role("alertdialog")
    before = last_use(page)
    leave_seconds(page, 110, settings)
    page.clock.fast_forward("28:01")

    expect(dialog).to_be_visible()
    found = faults(page)
    assert page.evaluate("document.activeElement.textContent") == "Stay signed in"
    page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    assert found == []
    assert last_use(page) >= before
    assert note(page).input_value() == "Geachte collega,"
    assert page.complaints == []


def test_a_page_that_is_used_elsewhere_warns_nobody(writing):
    """Another tab of the same browser keeps the sign-in going."""
    page = writing
    with page.expect_response("**/accounts/session/") as answered:
        page.clock.fast_forward("28:01")

    assert answered.value.json()["left"] > 1700
    expect(page.get_by_role("alertdialog")).to_be_hidden()


def test_who_types_for_long_is_still_there(writing, settings):
    page = writing
    leave_seconds(page, 300, settings)
    page.clock.fast_forward("25:00")
    with page.expect_response("**/accounts/session/") as answered:
        note(page).press_sequentially(" hartelijk dank")
        page.clock.fast_forward("00:02")

    assert answered.value.request.method == "POST"
    assert answered.value.json()["left"] > 1700
    expect(page.get_by_role("alertdialog")).to_be_hidden()


def expires(page: Page, settings) -> None:
    leave_seconds(page, -1, settings)
    page.clock.fast_forward("30:01")
    page.wait_for_url("**/accounts/login/?ended=1**")


def test_what_was_typed_is_there_again_after_signing_in_again(writing, settings):
    page = writing
    expires(page, settings)
    told = page.locator(".alert").first.inner_text()

    sign_in(page)
    page.wait_for_url(page.place)

    assert "You were signed out" in told
    expect(note(page)).to_have_value("Geachte collega,")
    assert kept(page) is None


def test_what_was_typed_is_shown_to_nobody_else(writing, settings):
    page = writing
    expires(page, settings)

    sign_in(page, "joe")
    page.wait_for_url(page.place)

    assert note(page).input_value() == ""
    assert kept(page) is None


def test_signing_out_by_hand_keeps_nothing(writing):
    page = writing
    page.evaluate("sessionStorage.setItem('mbx-kept', '{}')")

    sign_out(page)

    assert kept(page) is None


def test_the_admin_warns_too(open_page, settings):
    page = open_page("/accounts/login/?next=/admin/")
    page.clock.install()
    sign_in(page)
    page.wait_for_url("**/admin/")
    leave_seconds(page, 100, settings)
    page.clock.fast_forward("28:10")

    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert page.complaints == []


# -- looks ---------------------------------------------------------------------------

REFUSED = "Failed to load resource"  # what Chromium says of each page with a status above 399
STRANGERS = [
    "/accounts/login/",
    "/accounts/login/?ended=1&next=/admin/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-set-password/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/provider/cancelled/",
    "/accounts/provider/error/",
]
OWN = [
    "/accounts/2fa/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/password/change/",
    "/accounts/logout/",
]


def well_made(page: Page) -> list[str]:
    found = faults(page)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{page.url} is wider than {width}")
    return found + page.complaints


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_of_strangers_are_accessible(open_page, settings, language, theme):
    library("axe-core/axe.min.js")
    settings.MAIL_DOMAIN = "messagebox.example"
    provider = {"url": "https://idp.example", "client_id": "a", "client_secret": "b", "name": "IdP"}
    settings.OIDC_PROVIDERS = read_providers(json.dumps([provider]), NONE)
    page = open_page(locale=language, color_scheme=theme)
    found = []
    for path in STRANGERS:
        page.complaints.clear()
        page.goto(f"{page.live}{path}")
        found += [fault for fault in well_made(page) if not fault.startswith(REFUSED)]

    assert found == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_ones_own_pages_are_accessible(open_page, client, ann, language, theme):
    page = open_page(locale=language, color_scheme=theme)
    page.locator("#id_login").fill("ann")
    page.locator("#id_password").fill(PASSWORD)
    page.locator(".account-main").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{page.live}/accounts/2fa/totp/activate/")
    found = well_made(page)
    secret = page.locator("details code").text_content()
    page.locator("#id_code").fill(code_for(secret))
    page.locator(".account-main").click()
    page.wait_for_url("**/recovery-codes/")
    found += well_made(page)
    for path in OWN:
        page.goto(f"{page.live}{path}")
        found += well_made(page)

    assert found == []
