"""Another cell delivers at one of ours, in both generations."""

from datetime import timedelta

import pytest

from boxes.models import Box, LogEntry, Message
from tests.transports.personium.cells import (
    ForeignUnit,
    Software,
    cell,
    entities,
    entity,
    error,
    field_error,
)

A, B = cell("a"), cell("b")
ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def deliver(cells, foreign):
    """``deliver(Title=…)`` at the cell b, as the cell x of the other unit."""

    def call(*, to: str = "b", token: str | None = None, missing: str = "", **fields):
        signed = foreign.token(cell(to)) if token is None else token
        body = {**message(foreign), **fields}
        body.pop(missing, None)
        return Software(to, signed).call("POST", "__message/port", body)

    return call


def message(unit: ForeignUnit) -> dict:
    return {
        "__id": ID,
        "InReplyTo": None,
        "From": unit.cell(),
        "MulticastTo": None,
        "Type": "message",
        "Title": "Uitslag",
        "Body": "Alles goed",
        "Priority": 3,
        "Status": "unread",
        "RequestRelation": None,
        "RequestRelationTarget": None,
    }


def test_a_message_of_another_cell_lies_in_the_inbox(cells, foreign, deliver):
    response = deliver()

    assert response.status_code == 201
    received = entity(response)
    assert response["Location"] == f"{B}__ctl/ReceivedMessage('{ID}')"
    assert received["__metadata"]["type"] == "CellCtl.ReceivedMessage"
    assert (received["__id"], received["From"]) == (ID, foreign.cell())
    assert (received["Status"], received["_Box.Name"]) == ("unread", None)
    assert "Schema" not in received
    stored = Message.objects.get()
    assert (stored.box.name, stored.direction, stored.status) == ("b", "IN", "INBOX")
    assert (stored.subject, stored.body()) == ("Uitslag", b"Alles goed")
    assert (stored.from_address, stored.envelope_id) == (foreign.cell(), ID)
    assert (stored.source, stored.remote_id) == ("personium", ID)
    assert entities(cells["b"].get("ReceivedMessage"))[0]["__id"] == ID


def test_28_a_message_without_identifier_is_refused(deliver):
    response = deliver(missing="__id")

    assert error(response) == (400, "PR400-OD-0009", "[__id] is required.")


@pytest.mark.parametrize("name", ["From", "Type", "Title", "Body", "Priority", "Status"])
def test_28_the_first_generation_wants_every_field(deliver, name):
    assert error(deliver(missing=name)) == (400, "PR400-OD-0009", f"[{name}] is required.")
    assert not Message.objects.exists()


def test_29_who_is_no_cell_does_not_deliver(cells, foreign, deliver):
    assert error(deliver(token=""))[:2] == (401, "PR401-AU-0001")
    assert error(deliver(token="TEST"))[:2] == (401, "PR401-AU-0006")
    assert error(deliver(token=cells["b"].token))[:2] == (403, "PR403-AU-0002")
    someone = foreign.token(B, subject=f"{foreign.cell()}#account")
    assert error(deliver(token=someone))[:2] == (403, "PR403-AU-0002")
    assert not Message.objects.exists()


def test_29_a_token_for_another_cell_is_refused(foreign, deliver):
    assert error(deliver(token=foreign.token(A)))[:2] == (403, "PR403-AU-0002")
    assert not Message.objects.exists()


def test_29_a_token_that_is_forged_or_old_is_refused(foreign, deliver):
    forged = ForeignUnit().token(B)
    assert error(deliver(token=forged))[:2] == (401, "PR401-AU-0008")
    old = foreign.token(B, until=timedelta(seconds=-1))
    assert error(deliver(token=old))[:2] == (401, "PR401-AU-0002")
    assert not Message.objects.exists()
    assert LogEntry.objects.filter(action="refuse").exists()


def test_nobody_delivers_where_no_authority_is_trusted(deliver, settings):
    settings.PERSONIUM_ROOTS_FILE = ""
    assert error(deliver())[:2] == (401, "PR401-AU-0008")

    settings.PERSONIUM_ROOTS_FILE = "/nowhere/roots.pem"
    assert error(deliver())[:2] == (401, "PR401-AU-0008")
    assert not Message.objects.exists()


@pytest.mark.parametrize("status", ["none", "read", ""])
def test_30_the_status_is_that_of_its_type(deliver, status):
    assert error(deliver(Status=status)) == field_error("Status")


def test_30_a_request_has_no_status_yet(deliver):
    request = {
        "Type": "req.role.grant",
        "RequestRelation": "doctor",
        "RequestRelationTarget": A,
    }

    assert error(deliver(**request)) == field_error("Status")
    assert entity(deliver(**request, Status="none"))["Status"] == "none"


def test_31_a_schema_needs_a_box_inside_the_cell(deliver):
    response = deliver(Schema="https://app.example/")

    assert error(response)[1] == "PR400-RM-0002"
    assert "https://app.example/" in error(response)[2]
    assert entity(deliver(Schema=""))["__id"] == ID


def test_32_the_same_identifier_is_taken_once(deliver):
    assert deliver().status_code == 201
    assert error(deliver(Title="x")) == (409, "PR409-OD-0003", "The entity already exists.")
    assert Message.objects.count() == 1


def test_another_cell_that_came_first_with_an_identifier_keeps_no_message_out(
    cells, foreign, deliver
):
    evil = foreign.cell("evil")
    stolen = foreign.token(B, issuer=evil, subject=evil)
    assert deliver(token=stolen, From=evil, Title="Niets").status_code == 201

    honest = deliver()

    assert honest.status_code == 201
    received = entity(honest)
    assert received["__id"] not in ("", ID) and received["From"] == foreign.cell()
    assert entity(cells["b"].get(f"ReceivedMessage('{received['__id']}')"))["Title"] == "Uitslag"
    assert error(deliver())[:2] == (409, "PR409-OD-0003")
    assert error(deliver(token=stolen, From=evil))[:2] == (409, "PR409-OD-0003")
    assert Message.objects.count() == 2


def test_nobody_delivers_in_another_cells_name(deliver):
    for sender in (A, "https://other.example/y/", "https://evil.example/x/", "urn:x:y", "jill"):
        assert error(deliver(From=sender)) == field_error("From")
    assert not Message.objects.exists()


def test_an_unknown_or_closed_cell_takes_nothing(deliver):
    Box.objects.filter(name="c").update(state="closed")

    for name in ("nobody", "c"):
        assert error(deliver(to=name))[:2] == (403, "PR403-AU-0001")
    assert not Message.objects.exists()


def test_the_others_who_got_it_are_told(cells, foreign, deliver):
    others = f"{A},{foreign.cell('y')}"

    assert entity(deliver(MulticastTo=others))["MulticastTo"] == others
    assert error(deliver(MulticastTo="ftp://x/")) == field_error("ftp://x/")
    assert Message.objects.count() == 1


def test_an_answer_joins_the_thread_of_what_it_answers(cells, deliver):
    sent = entity(cells["b"].send(To=A))

    answer = entity(deliver(InReplyTo=sent["__id"]))

    assert answer["InReplyTo"] == sent["__id"]
    out = Message.objects.get(direction="OUT")
    stored = Message.objects.get(remote_id=ID)
    assert (stored.in_reply_to, stored.thread) == (out.xuid, out.thread)


def test_the_second_generation_refuses_the_fields_of_the_first(deliver, second):
    assert error(deliver(missing="RequestRelation")) == (
        400,
        "PR400-OD-0007",
        "[unknown property RequestRelationTarget for ReceivedMessage]",
    )


def port_second(foreign: ForeignUnit, **fields):
    body = {"__id": ID, "From": foreign.cell(), "Status": "unread", **fields}
    return Software("b", foreign.token(B)).call("POST", "__message/port", body)


def test_the_second_generation_takes_the_least(cells, second, foreign):
    received = entity(port_second(foreign))

    assert (received["Type"], received["Title"], received["Priority"]) == ("message", "", 3)
    assert received["RequestObjects"] is None


def test_the_second_generation_wants_a_normalized_sender(cells, second, foreign):
    response = port_second(foreign, From=foreign.cell().rstrip("/"))

    assert error(response)[1] == "PR400-OD-0049"


def test_the_port_of_the_second_generation_knows_its_requests(cells, second, foreign):
    def ask(**item):
        return port_second(
            foreign, Type="request", Status="none", RequestObjects=[item] if item else []
        )

    assert error(ask()) == field_error("RequestObjects")
    assert error(ask(Name="x"))[1] == "PR400-OD-0009"
    assert error(ask(RequestType="dance")) == field_error("RequestObjects.RequestType")
    assert error(ask(RequestType="rule.add", Action="log")) == field_error("RequestObjects.Name")
    assert entity(ask(RequestType="rule.remove", Name="r"))["RequestObjects"] == [
        {"RequestType": "rule.remove", "Name": "r"}
    ]
