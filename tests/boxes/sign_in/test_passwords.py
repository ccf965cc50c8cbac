"""Signing in by name and password: who guesses waits, and all of it stands in the log."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client

from boxes.models import LogEntry, User
from boxes.sign_in.checks import ways_in
from tests.boxes.sign_in.conftest import LOGIN, PASSWORD, entries, signs_in

CHANGE = "/accounts/password/change/"
pytestmark = pytest.mark.usefixtures("ann")


def later(minutes: float) -> None:
    """As if the failures so far had happened so long ago."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_signing_in_and_out_stand_in_the_log(browser):
    assert signs_in(browser).status_code == 302
    browser.post("/accounts/logout/")

    told = LogEntry.objects.order_by("id").values_list("action", "subject", "address", "detail")
    subject = User.objects.get().subject
    assert list(told) == [
        ("sign in", subject, "127.0.0.1", "password"),
        ("sign out", subject, "127.0.0.1", ""),
    ]


def test_whoever_signs_in_gets_where_they_wanted(browser):
    asked = browser.get("/admin/boxes/box/", follow=True)

    answer = signs_in(browser, next="/admin/boxes/box/")

    assert asked.redirect_chain[-1][0] == "/accounts/login/?next=/admin/boxes/box/"
    assert answer["Location"] == "/admin/boxes/box/"
    assert browser.get("/admin/boxes/box/").status_code == 200


def test_nobody_is_sent_on_to_another_site(browser):
    assert signs_in(browser, next="https://evil.example/")["Location"] == "/"


def test_a_name_is_taken_in_whatever_capitals(browser):
    assert signs_in(browser, "Ann").status_code == 302


def test_two_users_whose_names_differ_in_capitals_each_get_in_as_themselves(browser):
    other = User.objects.create_user("Ann", password="een-ander-wachtwoord")

    signs_in(browser, "Ann", "een-ander-wachtwoord")

    assert LogEntry.objects.get().subject == other.subject


def test_other_capitals_give_no_more_tries(settings):
    settings.SIGN_IN_FAILURES = 3

    answers = [signs_in(Client(), name, "gok").status_code for name in ("ann", "Ann", "ANN")]

    assert answers == [200, 200, 429]
    assert signs_in(Client()).status_code == 429


def test_a_failure_stands_in_the_log_with_the_name_and_without_the_password(browser):
    answer = signs_in(browser, password="verkeerd-wachtwoord")

    assert "not correct" in answer.text
    assert entries() == [("sign_in_failed", "ann")]
    assert "verkeerd" not in str(list(AccessAttempt.objects.values()))


def test_who_guesses_too_often_waits_even_with_the_right_password(settings):
    settings.SIGN_IN_FAILURES = 3

    answers = [signs_in(Client(), password=f"gok {n}").status_code for n in range(3)]
    answer = signs_in(Client())

    assert answers == [200, 200, 429]
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert "Wait 1 minute before" in answer.text


def test_the_wait_ends_and_the_next_failure_doubles_it(settings):
    settings.SIGN_IN_FAILURES = 3
    for n in range(3):
        signs_in(Client(), password=f"gok {n}")

    later(minutes=1.1)
    fourth = signs_in(Client(), password="gok 4")
    later(minutes=1.1)
    too_early = signs_in(Client())
    later(minutes=1)
    in_time = signs_in(Client())

    assert fourth.status_code == 429
    assert "Wait 2 minutes" in fourth.text
    assert too_early.status_code == 429
    assert in_time.status_code == 302


def test_no_wait_is_longer_than_the_longest(settings):
    settings.SIGN_IN_FAILURES = 1
    settings.SIGN_IN_LONGEST_PAUSE = 60
    signs_in(Client(), password="gok")
    AccessAttempt.objects.update(failures_since_start=500)

    assert "Wait 60 minutes" in signs_in(Client()).text


def test_tries_during_the_wait_do_not_lengthen_it(settings):
    settings.SIGN_IN_FAILURES = 2
    for n in range(6):
        signs_in(Client(), password=f"gok {n}")

    assert AccessAttempt.objects.get().failures_since_start == 2


def test_success_forgets_the_failures(settings):
    settings.SIGN_IN_FAILURES = 2
    signs_in(Client(), password="gok")
    signs_in(Client())

    assert signs_in(Client(), password="gok").status_code == 200


def test_nobody_is_locked_out_by_another_address(settings):
    settings.SIGN_IN_FAILURES = 2
    for n in range(3):
        signs_in(Client(REMOTE_ADDR="198.51.100.7"), password=f"gok {n}")

    assert signs_in(Client()).status_code == 302


def test_a_user_who_was_switched_off_is_told_so_and_stays_out(browser):
    User.objects.update(is_active=False)

    answer = browser.post(LOGIN, {"login": "ann", "password": PASSWORD}, follow=True)

    assert "This user is switched off" in answer.text
    assert browser.get("/admin/").status_code == 302
    assert ("user_inactive", "") in entries()


def test_a_user_who_is_switched_off_loses_the_page_at_hand(browser):
    signs_in(browser)
    User.objects.update(is_active=False)

    assert browser.get("/admin/").status_code == 302


def test_the_admin_has_no_way_in_of_its_own(browser):
    answer = browser.post("/admin/login/", {"username": "ann", "password": PASSWORD})

    assert answer["Location"].startswith("/accounts/login/")
    assert not LogEntry.objects.exists()


def test_who_is_no_administrator_is_told_so(browser):
    User.objects.update(is_staff=False, is_superuser=False)
    signs_in(browser)

    answer = browser.get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "This part is for administrators" in answer.text


def test_nobody_signs_up(browser):
    answer = browser.get("/accounts/signup/")

    assert answer.status_code == 403
    assert "Nobody can sign up here" in answer.text
    assert browser.post("/accounts/signup/", {"username": "eve"}).status_code == 405


def test_password_managers_know_the_fields(browser):
    page = browser.get(LOGIN).text

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_where_passwords_are_switched_off_none_is_taken_and_no_page_asks_for_one(browser, settings):
    settings.LOCAL_PASSWORDS = False

    assert 'type="password"' not in browser.get(LOGIN).text
    assert signs_in(browser).status_code == 200
    assert browser.get("/admin/").status_code == 302
    for page in ("password/reset/", "reauthenticate/", "password/change/", "2fa/webauthn/login/"):
        assert browser.get(f"/accounts/{page}").status_code == 404


def test_passwords_are_kept_as_argon2_says(settings, browser):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]

    signs_in(browser)

    assert User.objects.get().password.startswith("argon2$argon2id$")


def test_ones_own_password_is_changed_and_logged(browser):
    signs_in(browser)
    new = "Vier-losse-woorden-9"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    refused = browser.post("/accounts/password/change/", {**form, "oldpassword": "fout"})
    browser.post("/accounts/password/change/", form)

    assert "Please type your current password" in refused.text
    assert User.objects.get().check_password(new)
    assert entries()[-1] == ("password changed", "")


def test_an_installation_that_lets_nobody_in_does_not_start(settings):
    settings.LOCAL_PASSWORDS = False

    [fault] = ways_in(None)

    assert fault.is_serious() and "Nobody can sign in" in fault.msg


def test_an_operator_is_told_that_a_password_alone_signs_in(settings):
    settings.PRODUCTION = True
    settings.REQUIRE_SECOND_FACTOR = False

    [warning] = ways_in(None)

    assert "A password alone signs in" in warning.msg


def test_who_has_no_password_is_told_so_where_one_is_changed(browser, ann):
    ann.set_unusable_password()
    ann.save()
    browser.force_login(ann)

    for answer in (browser.get(CHANGE), browser.post(CHANGE, {"password1": PASSWORD})):
        assert answer.status_code == 403 and "You have no password here" in answer.text
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert Client().get(CHANGE)["Location"].startswith(LOGIN)
