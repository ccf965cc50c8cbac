"""The second factor: codes of an app, recovery codes, and what is refused."""

import json

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from boxes.encryption import key_id_of
from boxes.key_sets import new_key_set, parse_key_set
from boxes.models import LogEntry, User
from boxes.sign_in import second_factor
from tests.boxes.sign_in.conftest import (
    PASSWORD,
    code_for,
    codes_on,
    entries,
    sets_up_an_app,
    signs_in,
)

CODE = "/accounts/2fa/authenticate/"
CODES = "/accounts/2fa/recovery-codes/"

pytestmark = pytest.mark.usefixtures("ann")
# The library tells of some changes once they are committed.
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def secret() -> str:
    """Ann has an app; the log begins after that."""
    client = Client()
    signs_in(client)
    secret = sets_up_an_app(client)
    LogEntry.objects.all().delete()
    return secret


@pytest.fixture
def recovery_codes(secret) -> list[str]:
    client = Client()
    signs_in(client)
    client.post(CODE, {"code": code_for(secret)})
    codes = codes_on(client.get(CODES).text)
    LogEntry.objects.all().delete()
    return codes


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_password_and_a_code_sign_in(browser, secret):
    asked = signs_in(browser, next="/admin/")
    early = is_in(browser)

    answer = browser.post(CODE, {"code": code_for(secret)})

    assert asked["Location"] == CODE
    assert not early
    assert answer["Location"] == "/admin/"
    assert is_in(browser)
    assert entries() == [("sign in", "password, totp")]


def test_a_wrong_code_is_refused_and_counts_as_a_failure(browser, secret, settings):
    settings.SIGN_IN_FAILURES = 2
    signs_in(browser)

    first = browser.post(CODE, {"code": "000000"})
    second = browser.post(CODE, {"code": "000001"})
    right = browser.post(CODE, {"code": code_for(secret)})

    assert "Incorrect code" in first.text
    assert (second.status_code, right.status_code) == (429, 429)
    assert not is_in(browser)
    assert signs_in(Client()).status_code == 429
    assert ("second_factor_failed", "") in entries()


def test_no_code_that_was_tried_is_kept(browser, secret):
    signs_in(browser)
    browser.post(CODE, {"code": "123987"})

    assert "123987" not in str(list(AccessAttempt.objects.values()))


def test_a_code_that_was_used_is_refused_by_each_web_process(browser, secret):
    code = code_for(secret)
    signs_in(browser)
    browser.post(CODE, {"code": code})
    cache.clear()  # as another process has it

    thief = Client()
    signs_in(thief)
    answer = thief.post(CODE, {"code": code})

    assert "Incorrect code" in answer.text
    assert not is_in(thief)


def test_the_clock_of_a_phone_may_be_half_a_minute_off_and_no_more(secret):
    accepted = []
    for halves in (-3, -1, 1, 3):
        client = Client()
        signs_in(client)
        client.post(CODE, {"code": code_for(secret, halves)})
        accepted.append(is_in(client))

    assert accepted == [False, True, True, False]


def test_a_recovery_code_signs_in_once(browser, recovery_codes):
    signs_in(browser)
    browser.post(CODE, {"code": recovery_codes[0]})
    again = Client()
    signs_in(again)
    answer = again.post(CODE, {"code": recovery_codes[0]})

    assert is_in(browser)
    assert "Incorrect code" in answer.text
    assert not is_in(again)
    assert ("recovery code used", "") in entries()


def test_recovery_codes_are_shown_once_and_not_handed_out_as_a_file(browser):
    signs_in(browser)
    sets_up_an_app(browser)

    first, second = browser.get(CODES).text, browser.get(CODES).text

    assert len(codes_on(first)) == 10
    assert codes_on(second) == []
    assert browser.get(f"{CODES}download/").status_code == 403


@committed
def test_new_recovery_codes_end_the_former(browser, recovery_codes, secret):
    signs_in(browser)
    browser.post(CODE, {"code": recovery_codes[1]})

    browser.post(f"{CODES}generate/")
    fresh = codes_on(browser.get(CODES).text)
    thief = Client()
    signs_in(thief)
    thief.post(CODE, {"code": recovery_codes[2]})

    assert len(fresh) == 10 and not set(fresh) & set(recovery_codes)
    assert not is_in(thief)
    assert ("recovery codes renewed", "") in entries()


def test_setting_up_with_a_wrong_code_sets_nothing_up(browser):
    signs_in(browser)
    browser.get("/accounts/2fa/totp/activate/")

    answer = browser.post("/accounts/2fa/totp/activate/", {"code": "000000"})

    assert "Incorrect code" in answer.text
    assert not Authenticator.objects.exists()


@committed
def test_setting_up_and_removing_stand_in_the_log(browser):
    signs_in(browser)
    sets_up_an_app(browser)
    browser.post("/accounts/2fa/totp/deactivate/")

    assert entries()[1:] == [
        ("second factor added", "totp"),
        ("second factor added", "recovery_codes"),
        ("second factor removed", "totp"),
        ("second factor removed", "recovery_codes"),
    ]


def test_changing_how_one_signs_in_asks_who_one_is_when_signing_in_was_a_while_ago(
    browser, secret, settings
):
    signs_in(browser)
    browser.post(CODE, {"code": code_for(secret)})
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    answer = browser.post("/accounts/2fa/totp/deactivate/")

    assert "/accounts/2fa/reauthenticate/" in answer["Location"] or (
        "/accounts/reauthenticate/" in answer["Location"]
    )
    assert Authenticator.objects.filter(type="totp").exists()


@committed
def test_who_has_no_second_factor_is_led_to_one_before_anything_else_opens(browser, settings):
    settings.REQUIRE_SECOND_FACTOR = True

    led = browser.post(
        "/accounts/login/", {"login": "ann", "password": PASSWORD, "next": "/admin/"}, follow=True
    )
    shut = not is_in(browser)
    sets_up_an_app(browser)
    answer = browser.get("/accounts/then/")

    assert led.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "Your password alone opens nothing here." in led.text
    assert shut
    assert answer["Location"] == "/admin/"
    assert is_in(browser)


@committed
def test_who_takes_the_second_factor_away_needs_another_at_once(browser, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    signs_in(browser)
    sets_up_an_app(browser)

    browser.post("/accounts/2fa/totp/deactivate/")

    assert not is_in(browser)


def test_who_signed_in_before_it_was_required_shows_the_second_factor_first(secret, settings):
    client = Client()
    client.force_login(User.objects.get())
    settings.REQUIRE_SECOND_FACTOR = True

    led = client.get("/admin/", follow=True)
    client.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret)})

    assert led.redirect_chain[-1][0] == "/accounts/2fa/reauthenticate/"
    assert is_in(client)


def test_secrets_are_kept_under_our_own_keys_and_go_over_to_a_new_one(secret, settings):
    row = Authenticator.objects.get(type="totp")
    old = key_id_of(second_factor.base64.b64decode(row.data["secret"]))
    fresh = parse_key_set("CONTENT_KEYS", new_key_set())
    settings.CONTENT_KEYS = {**fresh, **settings.CONTENT_KEYS}

    call_command("rotatekeys", "content")
    settings.CONTENT_KEYS = fresh
    client = Client()
    signs_in(client)
    client.post(CODE, {"code": code_for(secret)})

    assert secret not in json.dumps(row.data)
    assert old not in fresh
    assert is_in(client)


def test_a_secret_whose_key_is_gone_is_told_when_keys_change(secret, settings):
    settings.CONTENT_KEYS = parse_key_set("CONTENT_KEYS", new_key_set())

    count, faults = second_factor.reseal()

    assert count == 0
    assert len(faults) == 2 and "is not in CONTENT_KEYS" in faults[0]


def test_an_administrator_takes_away_a_second_factor_that_was_lost(browser, secret):
    User.objects.create_superuser("root", password=PASSWORD)
    signs_in(browser, "root")
    row = Authenticator.objects.get(type="totp")

    page = browser.get(f"/admin/mfa/authenticator/{row.pk}/change/").text
    browser.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})

    assert secret not in page and row.data["secret"] not in page
    assert not Authenticator.objects.exists()
    assert any(action == "admin delete" for action, _ in entries())
    assert signs_in(Client())["Location"] == "/"


def test_staff_take_no_second_factor_from_who_may_do_more(secret):
    staff = User.objects.create_user("staff", password=PASSWORD, is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(codename__in=("view_authenticator", "delete_authenticator"))
    )
    client = Client()
    signs_in(client, "staff")
    row = Authenticator.objects.get(type="totp")

    answer = client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert Authenticator.objects.filter(pk=row.pk).exists()
