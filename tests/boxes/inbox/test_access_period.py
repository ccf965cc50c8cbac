"""An access counts within its period, at every door, and says through whom it was given."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils.timezone import now

from boxes import tokens
from boxes.models import Access, Box, GroupAccess, GroupRight, LogEntry, Message, User
from boxes.sign_in.groups import follow
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to
from transports.doors import DoorClosed, box_of
from transports.webhooks.model import Webhook

DAY = timedelta(days=1)
RIGHTS = {"read": True, "send": True, "manage": True}


@pytest.fixture
def locum(john) -> Client:
    """Somebody whose access the practice manager gave until tomorrow."""
    user = User.objects.create_user("loes", first_name="Loes")
    Access.objects.create(
        box=john, user=user, read=True, send=True, until=now() + DAY, given_by="Marga Beheer"
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.user = user
    return client


def over(holder=None) -> None:
    """The period lies behind us."""
    rows = Access.objects.filter(user=holder) if holder else Access.objects.all()
    rows.update(since=now() - 2 * DAY, until=now() - DAY)


@pytest.mark.parametrize(
    ("since", "until", "open_"),
    [(-1, None, True), (-1, 1, True), (-2, -1, False), (1, None, False), (1, 2, False)],
)
def test_a_box_is_open_within_the_period_only(
    john, john_key, django_user_model, since, until, open_
):
    user = django_user_model.objects.create_user("anna")
    Access.objects.create(box=john, user=user, read=True)
    moment = now()
    end = None if until is None else moment + until * DAY
    Access.objects.update(since=moment + since * DAY, until=end)

    for caller in (user, john_key.key):
        assert (Box.objects.opened("john", caller) is not None) == open_
        assert Box.objects.open_to(caller).exists() == open_
        assert john.allows(caller, "read") == open_


def test_software_whose_access_ended_finds_no_box(john, john_key, api_of):
    api, xuid = api_of(john_key), Message.objects.receive(john, envelope_to("john")).xuid
    assert api.get("/").json()[0]["accessUntil"] is None
    before = api.get("/john/messages").json()[0]

    over()

    for path in ("/john/messages", f"/john/messages/{xuid}/content", "/john/changes?after=now"):
        assert api.get(path).status_code == 404
    assert api.post("/john/send", {}).status_code == 404
    assert api.get("/").json() == []
    # A token from before opens nothing any more.
    shown = Client().get(f"/john/messages/{xuid}", {"jwt": before["jwt"]})
    assert shown.status_code == 401
    with pytest.raises(DoorClosed):
        box_of(RequestFactory().get("/"), john_key.key, "send")


def test_a_webhook_is_told_nothing_after_the_access_of_its_key(john, issue_key):
    key = issue_key(john, "manage").key
    Webhook.objects.create(
        box=john, key=key, url="https://epd.example.org/hook", sealed_secret=b"x"
    )
    Message.objects.receive(john, envelope_to("john"))
    assert Webhook.objects.due_soon().exists()

    over()

    assert not Webhook.objects.due_soon().exists()


def test_an_open_page_says_that_the_access_ended_and_keeps_what_was_typed(locum, john):
    message = Message.objects.receive(john, envelope_to("john"))
    assert locum.get(f"/inbox/john/inbox/{message.xuid}").status_code == 200
    jwt = tokens.mint_page(message, locum.user.subject)

    over()

    news = locum.get("/inbox/john/news", headers={"x-background": "1"})
    assert news.status_code == 403 and "it was given by Marga Beheer" in news.json()["closed"]
    page = locum.post(
        f"/inbox/john/message/{message.xuid}/move", {"move": "handled", "note": "mevrouw gebeld"}
    )
    assert page.status_code == 403
    assert "Your access to the mailbox John Johnson ended on" in page.text
    assert "mevrouw gebeld</textarea>" in page.text
    assert not hasattr(message, "handling")
    assert "ended on" in locum.get("/inbox/").text
    assert Client().get(f"/john/messages/{message.xuid}", {"jwt": jwt}).status_code == 401


def test_who_never_had_access_is_told_nothing_of_the_box(locum, jill):
    there, nowhere = (locum.get(f"/inbox/{name}/inbox") for name in ("jill", "nobody"))

    assert there.status_code == nowhere.status_code == 404
    assert "“jill” is not open to you" in there.text
    assert "“nobody” is not open to you" in nowhere.text


def test_an_access_that_begins_later_says_when(locum):
    Access.objects.update(since=now() + DAY, until=None)

    assert "begins on" in locum.get("/inbox/john/inbox").text


def test_an_end_that_comes_near_is_said_with_who_gave_it(locum):
    page = locum.get("/inbox/john/inbox").text
    assert "Your access to this mailbox ends on" in page
    assert "(given by Marga Beheer)" in page

    Access.objects.update(until=now() + 30 * DAY)

    page = locum.get("/inbox/john/inbox").text
    assert "Your access to this mailbox ends on" not in page and "(given by Marga" in page


def test_the_history_says_through_whom_somebody_had_access(locum, john):
    message = Message.objects.receive(john, envelope_to("john"))

    locum.get(f"/inbox/john/inbox/{message.xuid}")

    assert LogEntry.objects.get(action="open").through == "Marga Beheer"
    history = locum.get(f"/inbox/john/inbox/{message.xuid}/history").text
    assert "access given by Marga Beheer" in history


# -- beside what groups give --


@pytest.fixture
def doctors(john):
    GroupRight.objects.create(group="doctors", box=john, read=True)


def test_what_a_group_gives_lasts_as_long_as_the_group(locum, john, doctors):
    over()
    follow(locum.user, "zorggroep", {"doctors"})

    opened = Box.objects.opened("john", locum.user)
    assert opened.allows(locum.user, "read") and not opened.allows(locum.user, "send")
    assert opened.through == "doctors"

    follow(locum.user, "zorggroep", set())
    assert Box.objects.opened("john", locum.user) is None


def test_who_takes_the_row_away_ends_what_a_group_gave_too(john, doctors, django_user_model):
    user = django_user_model.objects.create_user("anna")
    follow(user, "zorggroep", {"doctors"})
    assert Access.objects.get().given_by == "doctors"
    assert LogEntry.objects.get(action="access by groups").through == "doctors"

    Access.objects.all().delete()

    assert GroupAccess.objects.exists() and Box.objects.opened("john", user) is None


@pytest.fixture
def api_of():
    return lambda key: ApiClient(key.header)
