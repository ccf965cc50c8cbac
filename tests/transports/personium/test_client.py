"""The client against a unit that answers, refuses, stalls and lies."""

import json
from dataclasses import replace

import pytest

from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED
from tests.fakes.personium import FakeUnit
from transports.personium.client import Login, Outcome, Session
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Site

ID = "0123456789abcdef0123456789abcdef"
MESSAGE = {"Title": "Overleg", "Body": "Beste collega"}


@pytest.fixture
def login(unit) -> Login:
    return login_at(unit)


def login_at(unit: FakeUnit, **more) -> Login:
    site = Site("The Personium unit", unit.cell("a"), "the account of john", timeout=10, **more)
    return Login(site, "me", "secret")


def test_a_message_arrives_in_the_other_cell(unit, login):
    outcome = Session(login).send(ID, unit.cell("b"), MESSAGE)

    assert outcome == Outcome("201", "Created.")
    [taken] = unit.received
    assert (taken.cell, taken.entity["From"]) == ("b", unit.cell("a"))
    assert (taken.entity["__id"], taken.entity["Title"]) == (ID, "Overleg")


def test_a_repetition_is_known_again_and_arrives_once(unit, login):
    Session(login).send(ID, unit.cell("b"), MESSAGE)
    Session(login).forget(ID)

    outcome = Session(login).send(ID, unit.cell("b"), MESSAGE)

    assert outcome.arrived and outcome.code == "409"
    assert len(unit.received) == 1


def test_a_session_says_which_generation_the_unit_speaks(login):
    with FakeUnit(version="1.5.8") as old:
        assert Session(login_at(old)).generation == "g1"
    assert Session(login).generation == "g2"


def test_what_a_cell_refused_is_found_again(unit, login):
    unit.refuse("b", 400, "PR400-RM-0002", "Box corresponding to the schema can not be found.")

    outcome = Session(login).send(ID, unit.cell("b"), MESSAGE)

    assert (outcome.code, outcome.arrived, outcome.passing) == ("400", False, False)
    assert Session(login).find(ID) == outcome
    Session(login).forget(ID)
    assert Session(login).find(ID) is None


def test_many_destinations_have_a_result_each_and_one_that_fails_spoils_no_other(unit, login):
    to = ",".join(unit.cell(name) for name in ("b", "nobody", "c"))

    with pytest.raises(Doubt, match="no result that can be read"):
        Session(login).send(ID, to, MESSAGE)

    assert [taken.cell for taken in unit.received] == ["b", "c"]
    results = unit.cells["a"].sent[ID]["Result"]
    assert [result["Code"] for result in results] == ["201", "403", "201"]


def test_a_wrong_password_says_which_account_to_mend(unit, login):
    with pytest.raises(Fault, match=r"refused the login.*the account of john") as caught:
        Session(replace(login, password="wrong"))

    assert not caught.value.permanent
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("stage", "says", "at", "fault"),
    [
        ("connect", CUT, "", Fault),
        ("headers", CUT, "__token", Fault),
        ("body", CUT, "__token", Fault),
        ("body", "503 Busy", "__token", Fault),
        ("body", NONSENSE, "__token", Fault),
        ("body", GARBAGE, "__token", Fault),
        ("body", "429 Slow down", "send", Fault),
        ("body", "502 Bad gateway", "send", Fault),
        ("body", "503 Busy", "send", Fault),
        ("body", "404 Not here", "send", Fault),
        ("body", "302 Elsewhere", "send", Fault),
        ("body", "500 Broken", "send", Doubt),
        ("body", "504 Too late", "send", Doubt),
        ("body", CUT, "send", Doubt),
        ("body", GARBAGE, "send", Doubt),
        ("body", TRUNCATED, "send", Doubt),
        ("body", NONSENSE, "send", Doubt),
    ],
)
def test_each_fault_is_told_from_a_doubt(unit, login, stage, says, at, fault):
    unit.fail(stage, says, at=at)

    with pytest.raises(fault) as caught:
        Session(login).send(ID, unit.cell("b"), MESSAGE)

    if fault is Fault:
        assert not caught.value.permanent
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("at", "fault"), [("__token", Fault), ("send", Doubt)])
def test_silence_ends_by_the_deadline(unit, login, at, fault):
    unit.fail("body", STALL, at=at)
    hasty = replace(login, site=replace(login.site, timeout=2))

    with pytest.raises(fault):
        Session(hasty).send(ID, unit.cell("b"), MESSAGE)


def test_a_cell_that_cannot_be_reached_is_tried_again(unit, login):
    unit.unreachable.add("b")

    with pytest.raises(Fault, match="same identifier") as caught:
        Session(login).send(ID, unit.cell("b"), MESSAGE)

    assert not caught.value.permanent
    assert Session(login).find(ID) is None


def test_a_message_that_the_unit_refuses_is_refused_for_good(unit, login):
    with pytest.raises(Fault, match=r"PR400-OD-0006 .* field \[Title\]") as caught:
        Session(login).send(ID, unit.cell("b"), {"Title": "t" * 257})

    assert caught.value.permanent


def test_an_identifier_that_is_taken_leaves_a_doubt(unit, login):
    Session(login).send(ID, unit.cell("b"), MESSAGE)

    with pytest.raises(Doubt, match="PR409-OD-0003"):
        Session(login).send(ID, unit.cell("c"), MESSAGE)


def test_an_account_without_the_privilege_is_named(unit, login):
    session = Session(login)
    unit.cells["a"].tokens.clear()

    with pytest.raises(Fault, match=r"privilege “message”.*the account of john"):
        session.find(ID)


@pytest.mark.parametrize("kind", ["expired", "other host", "unknown authority"])
def test_a_certificate_that_is_not_to_be_trusted_gets_no_password(authority, kind):
    with FakeUnit(context=authority.context(kind)) as unit:
        with pytest.raises(Fault, match="certificate is not to be trusted"):
            Session(login_at(unit, ca_file=str(authority.ca_file)))

        assert unit.requests == []


def test_a_sound_certificate_is_trusted(authority):
    with FakeUnit(context=authority.context()) as unit:
        session = Session(login_at(unit, ca_file=str(authority.ca_file)))

        assert session.send(ID, unit.cell("b"), MESSAGE).arrived


def test_a_unit_in_a_private_network_is_not_called(unit):
    with pytest.raises(Fault, match="private network"):
        Session(login_at(unit, private=False))

    assert unit.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        {"d": {"results": {"Result": []}}},
        {"d": {"results": {"Result": [{"Code": 201}]}}},
        {"d": {"results": {"Result": [{"Code": "yes"}]}}},
        {"d": {"results": []}},
        {"d": None},
        [],
        "201",
    ],
)
def test_an_answer_of_another_shape_is_a_doubt(unit, login, answer):
    session = Session(login)
    unit.fail("body", f"201 {json.dumps(answer)}", at="send")

    with pytest.raises(Doubt, match="may have arrived"):
        session.send(ID, unit.cell("b"), MESSAGE)


def test_a_token_that_would_break_a_header_is_no_token(unit, login):
    unit.fail("body", "200 " + json.dumps({"access_token": "a\r\nX-Evil: 1"}), at="__token")

    with pytest.raises(Fault, match="does not answer as a Personium cell does"):
        Session(login)
