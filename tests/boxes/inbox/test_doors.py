"""Each address of the inbox: who gets in, by which method, and what everybody else learns."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from boxes.inbox.urls import urlpatterns
from boxes.models import Access, Change, Draft, Handling, Message, Property

SECRET = "Uitslag van Fatima"
# Which right opens it, and what it does: "GET", "POST" or both.
DOORS = {
    "news": ("read", "GET"),
    "bulk": ("read", "POST"),
    "begin": ("send", "POST"),
    "drafts": ("send", "GET"),
    "people": ("send", "GET"),
    "roads": ("send", "POST"),
    "values": ("read", "GET"),
    "download": ("read", "GET"),
    "draft": ("send", "GET POST"),
    "attach": ("send", "POST"),
    "detach": ("send", "POST"),
    "move": ("read", "POST"),
    "misdelivered": ("read", "POST"),
    "putback": ("send", "POST"),
    "label": ("read", "POST"),
    "delivery": ("send", "POST"),
    "folder": ("read", "GET POST"),
    "message": ("read", "GET"),
    "patient": ("read", "GET"),
    "print": ("read", "GET"),
    "history": ("read", "GET"),
    "meanwhile": ("read", "GET"),
}
ONES_OWN = {"front", "settings", "alarms"}  # of no box
BODY = {"move": "archive", "do": "send", "to": "jill", "reason": "x", "name": "a", "value": "b"}
KINDS = (Message, Draft, Handling, Property, Change)


@pytest.fixture
def addresses(anna, received) -> dict[str, str]:
    """Of anna's message and anna's draft, by the name of each door."""
    message = received(SECRET, identity="one", patient_name="Fatima", birth_date="1950-02-03")
    draft = anna.post("/inbox/john/write")["Location"].rstrip("/").rpartition("/")[2]
    known = {
        "box": "john",
        "folder": "inbox",
        "xuid": message.xuid,
        "ref": draft,
        "mark": "0" * 16,
        "which": "raw",
    }
    return {
        name: reverse(f"inbox:{name}", kwargs={part: known[part] for part in parts_of(name)})
        for name in DOORS
    }


def parts_of(name: str) -> list[str]:
    [route] = [str(one.pattern) for one in urlpatterns if one.name == name]
    return re.findall(r"<\w+:(\w+)>", route)


def asked(client: Client, address: str, method: str):
    return client.get(address) if method == "GET" else client.post(address, BODY)


def state() -> list[int]:
    return [kind.objects.count() for kind in KINDS] + [Message.objects.get().status]


def test_every_address_has_its_door():
    assert {one.name for one in urlpatterns} == DOORS.keys() | ONES_OWN


@pytest.mark.parametrize("door", DOORS)
def test_who_may_not_enter_learns_and_changes_nothing(addresses, person, john, jill, door):
    right, methods = DOORS[door]
    ended = person("ended", "read", "send")
    Access.objects.filter(user=ended.user).update(
        since=now() - timedelta(days=2), until=now() - timedelta(days=1)
    )
    withdrawn = person("withdrawn", "read", "send")
    Access.objects.filter(user=withdrawn.user).delete()
    other = {"read": "send", "send": "read"}[right]
    strangers = {
        person("nextdoor", "read", "send", "manage", box=jill): 404,
        person("half", other): 404,
        ended: 403,
        withdrawn: 404,
        Client(headers={"accept-language": "en"}): None,
    }
    before = state()

    for client, status in strangers.items():
        for method in methods.split():
            answer = asked(client, addresses[door], method)
            assert answer.status_code == status if status else answer.status_code in (302, 403)
            assert SECRET not in answer.text and "Fatima" not in answer.text
            assert "/accounts/login/" in answer.get("Location", answer.text) or status

    assert state() == before


@pytest.mark.parametrize("door", DOORS)
def test_nothing_else_opens_it_than_its_method(addresses, anna, person, door):
    _right, methods = DOORS[door]
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(anna.user)
    before = state()

    if "GET" not in methods:
        assert anna.get(addresses[door]).status_code == 405
    if "POST" in methods:
        assert asked(strict, addresses[door], "POST").status_code == 403
    else:
        assert anna.post(addresses[door], BODY).status_code == 405

    assert state() == before


@pytest.mark.parametrize("door", ["draft", "attach", "detach"])
def test_a_draft_of_a_colleague_is_not_there(addresses, bert, door):
    answer = asked(bert, addresses[door], "POST")

    assert answer.status_code == 404
    assert Draft.objects.get().to == ""


def test_a_message_of_another_box_is_not_reached_through_ones_own(addresses, person, jill):
    """Whoever guesses or has an xuid asks for it in a box that is open to them."""
    thief = person("thief", "read", "send", box=jill)
    before = state()

    for door, (_right, methods) in DOORS.items():
        if "xuid" in parts_of(door):
            for method in methods.split():
                answer = asked(thief, addresses[door].replace("/john/", "/jill/"), method)
                assert answer.status_code == 404 and SECRET not in answer.text
    xuid = Message.objects.get().xuid
    thief.post("/inbox/jill/bulk", {"move": "archive", "xuid": xuid})
    about = thief.post("/inbox/jill/write", {"about": xuid, "as": "forward"})

    assert about.status_code == 404
    assert state() == before
