"""What the second generation of the message API does differently."""

import pytest

from tests.transports.personium.cells import cell, entity, error, field_error

A, B = cell("a"), cell("b")
CLASS = "https://u/app/__relation/__/x"
EITHER = "RequestObjects.Name,RequestObjects.ClassUrl"
ADD = {"RequestType": "relation.add", "Name": "friend", "TargetUrl": A}
RULE = {"RequestType": "rule.add", "Action": "log"}


@pytest.fixture
def ask(cells, second):
    def call(*items, **fields):
        return cells["a"].send(To=B, Type="request", RequestObjects=list(items), **fields)

    return call


def test_16_a_cell_url_has_its_slash(cells, second):
    assert error(cells["a"].send(To="https://u/b")) == field_error("https://u/b")
    assert error(cells["a"].send(To="HTTPS://u/b/")) == field_error("HTTPS://u/b/")


def test_a_local_name_of_a_cell_is_resolved(cells, second):
    sent = entity(cells["a"].send(To="personium-localunit:b:/"))

    assert sent["Result"] == [{"To": B, "Code": "201", "Reason": "Created."}]


def test_21_the_fields_of_the_first_generation_are_refused(cells, second):
    response = cells["a"].send(To=B, RequestRelation="x")

    assert error(response) == (
        400,
        "PR400-OD-0007",
        "[unknown property RequestRelation for SentMessage]",
    )
    assert error(cells["a"].send(To=B, Type="request")) == field_error("RequestObjects")
    assert error(cells["a"].send(To=B, Type="req.role.grant")) == field_error("Type")


def test_18_a_request_is_carried_and_decided(cells, ask):
    sent = entity(ask(ADD, {**ADD, "RequestType": "role.remove", "ClassUrl": None}))

    received = entity(cells["b"].get(f"ReceivedMessage('{sent['__id']}')"))
    assert received["Status"] == "none"
    assert received["RequestObjects"] == sent["RequestObjects"]
    assert received["RequestObjects"][0] == ADD
    assert cells["b"].command(sent["__id"], "approved").status_code == 204
    assert error(cells["b"].command(sent["__id"], "rejected")) == field_error("Command")


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**ADD, "Name": "_friend"}, "RequestObjects.Name"),
        ({**ADD, "Name": None}, EITHER),
        ({**ADD, "ClassUrl": CLASS}, EITHER),
        ({**ADD, "Name": None, "ClassUrl": "https://u/a/__ctl/x"}, "RequestObjects.ClassUrl"),
        ({**ADD, "Name": None, "ClassUrl": "https://u/app/__role/__/x"}, "RequestObjects.ClassUrl"),
        ({**ADD, "TargetUrl": None}, "RequestObjects.TargetUrl"),
        ({**ADD, "Colour": "red"}, "RequestObjects.Colour"),
        ({**ADD, "Name": 4}, "RequestObjects.Name"),
        ({**ADD, "TargetUrl": "a\0b"}, "RequestObjects.TargetUrl"),
        ("friend", "RequestObjects"),
        ({"RequestType": "role.add", "Name": "a:b", "TargetUrl": A}, "RequestObjects.Name"),
        ({"RequestType": "rule.add"}, "RequestObjects.Action"),
        ({**RULE, "Action": "relay"}, "RequestObjects.TargetUrl"),
        ({**RULE, "Action": "exec", "TargetUrl": "https://u/"}, "RequestObjects.TargetUrl"),
        ({**RULE, "EventObject": "https://u/"}, "RequestObjects.EventObject"),
        ({**RULE, "EventType": "timer.oneshot", "EventObject": "0"}, "RequestObjects.EventObject"),
        ({"RequestType": "rule.remove"}, "RequestObjects.Name"),
    ],
)
def test_22_a_request_that_is_wrongly_written_is_named(ask, item, field):
    assert error(ask(item)) == field_error(field)


def test_22_a_request_without_its_kind_is_named(ask):
    assert error(ask({"Name": "x"})) == (400, "PR400-OD-0009", "[RequestType] is required.")


def test_a_rule_without_a_name_is_called_after_its_message(ask):
    sent = entity(ask(RULE, __id="f" * 32))

    assert sent["RequestObjects"] == [{**RULE, "Name": "f" * 32}]
    other = entity(ask(RULE))
    assert other["RequestObjects"] == [{**RULE, "Name": other["__id"]}]
