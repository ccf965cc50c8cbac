"""What would happen to a message for an address, asked before sending."""

from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from boxes.api.views.waiting import places
from boxes.models import Box, Message
from tests.boxes.api.client import ApiClient
from tests.boxes.api.conftest import *  # noqa: F403  the same clients
from transports.base import Refused, Transport
from transports.models import Account
from transports.registry import transports


def resolve(api, address: str, **more) -> dict:
    answer = api.get(f"/john/resolve?{urlencode({'address': address, **more})}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture(autouse=True)
def mail(settings):
    settings.MAIL_DOMAIN = "mail.example"


def test_a_box_is_reached_safely_and_without_an_account(api, jill):
    found = resolve(api, "jill")

    assert (found["transport"], found["safe"], found["allowed"]) == ("box", True, True)
    assert found["account"] is None
    assert found["limits"] == {"size": 50 * 1024 * 1024, "recipients": 1000}


def test_a_box_that_is_not_there_or_closed_is_told_before_sending(api, jill):
    Box.objects.filter(name="jill").update(state="closed")

    for address, words in (("nobody", "There is no box “nobody”"), ("jill", "is closed")):
        found = resolve(api, address)
        assert not found["allowed"] and words in found["sentence"]


def test_ordinary_mail_is_not_safe_and_needs_an_approval(api, settings):
    assert resolve(api, "a@example.org")["allowed"]
    settings.APPROVE_EVERY_DOMAIN = False

    found = resolve(api, "a@example.org")

    assert (found["transport"], found["safe"], found["allowed"]) == ("email", False, False)
    assert "is not approved" in found["sentence"]


def test_an_account_is_the_boxs_own_or_that_of_everybody(api, john):
    assert resolve(api, "a@example.org")["account"] == {"exists": False, "own": False}
    Account.objects.create(transport="email", host="smtp.example.org")
    assert resolve(api, "a@example.org")["account"] == {"exists": True, "own": False}
    Account.objects.create(transport="email", host="smtp.example.org", box=john)
    assert resolve(api, "a@example.org")["account"] == {"exists": True, "own": True}


def test_the_partner_is_asked_only_when_wanted_and_gets_no_message(api, john, smtp):
    Account.objects.create(
        transport="email", host="127.0.0.1", port=smtp.port, security="none", box=john
    )
    assert resolve(api, "a@example.org")["partner"]["answers"] is None

    asked = resolve(api, "a@example.org", check="true")["partner"]

    assert asked["answers"] is True and asked["checkedAt"]
    smtp.fail("ehlo", "554 5.7.1 Go away")
    asked = resolve(api, "a@example.org", check="true")["partner"]
    assert asked["answers"] is False and "Go away" in asked["sentence"]
    assert smtp.received == [] and not Message.objects.exists()


def test_what_the_last_test_of_an_account_found_is_told(api, john):
    account = Account.objects.create(transport="email", host="smtp.example.org", box=john)
    account.tested("The mail server refused our login.")

    partner = resolve(api, "a@example.org")["partner"]

    assert (partner["answers"], partner["sentence"]) == (
        False,
        "The mail server refused our login.",
    )


def test_nobody_is_asked_where_no_message_may_go(api, john, smtp, settings):
    Account.objects.create(
        transport="email", host="127.0.0.1", port=smtp.port, security="none", box=john
    )
    settings.APPROVE_EVERY_DOMAIN = False

    found = resolve(api, "a@example.org", check="true")

    assert not found["allowed"] and found["partner"]["answers"] is None
    assert smtp.connections == 0


def test_when_too_many_requests_wait_the_partner_is_asked_later(api, jill):
    with ExitStack() as taken:
        while places.acquire(blocking=False):
            taken.callback(places.release)

        answer = api.get("/john/resolve?address=jill&check=true")
        unasked = api.get("/john/resolve?address=jill")

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert (answer["Retry-After"], unasked.status_code) == ("10", 200)
    assert resolve(api, "jill", check="true")["partner"]["answers"]


@pytest.mark.parametrize(
    "address",
    [
        "jill",
        "500022222@lms.lifeline.nl",
        "praktijk@ezorg.nl",
        "https://unit.example/b/",
        "sms:+31612345678",
        "letter:Anna Meier; Am Deich 4; 01067; Dresden",
    ],
)
def test_whatever_the_road_a_question_has_an_answer(api, jill, address):
    assert resolve(api, address, check="true")["transport"]


@pytest.mark.parametrize("road", transports(), ids=lambda road: road.name)
def test_every_road_can_ask_its_partner_and_says_when_nothing_is_set_up(road, john):
    assert type(road).try_partner is not Transport.try_partner

    try:
        seen = road.try_partner("https://unit.example/b/", john)
    except Refused as error:
        seen = str(error)
    assert seen


def test_no_road_is_told_with_a_sentence(api):
    found = resolve(api, "geen adres")

    assert found["transport"] is None and not found["allowed"]
    assert "No road leads to “geen adres”" in found["sentence"]


@pytest.mark.parametrize("query", ["", "address=", "address=a&check=yes", "address=a&adres=b"])
def test_a_question_that_is_none_is_refused(api, query):
    assert api.get(f"/john/resolve?{query}").status_code == 400


def test_only_who_may_send_may_ask(issue_key, john):
    reader = ApiClient(issue_key(john, "read").header)

    assert reader.get("/john/resolve?address=jill").status_code == 403
    assert reader.get("/jill/resolve?address=jill").status_code == 404
