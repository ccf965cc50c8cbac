"""How long a sign-in lasts: without use, in all, and what keeps it going."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from boxes.models import User
from boxes.sign_in.session import BEGAN, SEEN
from tests.boxes.sign_in.conftest import entries, signs_in

ASK = "/accounts/session/"
BY_ITSELF = {"X-Background": "1"}

pytestmark = pytest.mark.usefixtures("ann")


@pytest.fixture
def signed_in(browser) -> Client:
    signs_in(browser)
    return browser


def passes(client: Client, seconds: float) -> None:
    """As if the sign-in and its last use were so much longer ago."""
    session = client.session
    session[BEGAN] -= seconds
    session[SEEN] -= seconds
    session.save()


def is_in(client: Client) -> bool:
    return client.get("/admin/boxes/box/").status_code == 200


def test_half_an_hour_without_use_ends_it_and_the_log_says_so(signed_in):
    passes(signed_in, 30 * 60 + 1)

    assert not is_in(signed_in)
    assert entries()[-1] == ("sign out", "time was up")


def test_use_keeps_it_going(signed_in):
    for _ in range(4):
        passes(signed_in, 25 * 60)
        assert is_in(signed_in)


def test_twelve_hours_end_it_whatever_the_use(signed_in):
    for _ in range(28):
        passes(signed_in, 25 * 60)
        assert is_in(signed_in)

    passes(signed_in, 25 * 60)

    assert not is_in(signed_in)


def test_what_a_page_asks_by_itself_keeps_nothing_going(signed_in):
    passes(signed_in, 25 * 60)

    answer = signed_in.get("/admin/boxes/box/", headers=BY_ITSELF)
    passes(signed_in, 6 * 60)

    assert answer.status_code == 200
    assert not is_in(signed_in)


def test_a_page_learns_how_long_is_left_without_changing_that(signed_in):
    passes(signed_in, 25 * 60)

    first = signed_in.get(ASK).json()["left"]
    second = signed_in.get(ASK, headers=BY_ITSELF).json()["left"]

    assert 290 <= second <= first <= 300


def test_staying_signed_in_begins_the_half_hour_anew(signed_in):
    passes(signed_in, 25 * 60)

    left = signed_in.post(ASK).json()["left"]

    assert left > 1700


def test_staying_signed_in_does_not_lengthen_the_day(signed_in):
    session = signed_in.session
    session[BEGAN] -= 12 * 3600 - 60
    session.save()

    assert signed_in.post(ASK).json()["left"] <= 60


def test_staying_signed_in_takes_the_token_of_the_page(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)

    assert client.post(ASK).status_code == 403


def test_a_page_from_before_another_sign_in_learns_the_token_that_holds_now(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)

    told = client.get(ASK).json()

    assert told["who"] == ann.subject
    assert client.post(ASK, headers={"x-csrftoken": told["csrf"]}).json()["left"] > 1700


def test_who_is_not_signed_in_has_no_time_left(browser):
    assert browser.get(ASK).json() == {"left": 0}
    assert browser.post(ASK).json() == {"left": 0}


def test_when_it_was_last_used_is_not_written_at_each_request(signed_in):
    seen = signed_in.session[SEEN]
    signed_in.get("/admin/boxes/box/")

    assert signed_in.session[SEEN] == seen


def test_the_cookie_goes_with_the_browser(signed_in):
    cookie = signed_in.cookies["sessionid"]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert not cookie["max-age"] and not cookie["expires"]


def test_signing_in_gives_a_session_another_name(browser):
    browser.get("/accounts/oidc/none/login/")
    session = browser.session
    session["x"] = 1
    session.save()
    browser.cookies["sessionid"] = session.session_key

    signs_in(browser)

    assert browser.session.session_key != session.session_key


def test_a_sign_in_from_before_has_a_time_too(browser):
    browser.force_login(User.objects.get())
    session = browser.session
    del session[BEGAN], session[SEEN]
    session.save()

    assert is_in(browser)
    assert abs(browser.session[BEGAN] - time.time()) < 60


def test_pages_that_need_no_user_ask_for_no_session(signed_in, django_assert_num_queries):
    with django_assert_num_queries(0):
        signed_in.get("/health/live")


def test_software_with_a_key_gets_no_session(browser, john, john_key):
    answer = browser.get("/api/v1/john/messages", headers={"Authorization": john_key.header})

    assert answer.status_code == 200
    assert not answer.cookies
    assert not Session.objects.exists()
