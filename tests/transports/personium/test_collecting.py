"""What lies in the account's own cell, collected into its box."""

from datetime import UTC, datetime

import pytest

from boxes.envelope import Address
from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, NONSENSE, STALL
from transports.base import Refused
from transports.models import Account, CellMessage
from transports.personium import collecting
from transports.personium.identity import id_of
from transports.personium.transport import PersoniumTransport

ROAD = PersoniumTransport()


@pytest.fixture
def account(john, unit, settings) -> Account:
    settings.PERSONIUM_PRIVATE_UNITS = True
    account = Account(
        box=john, transport="personium", url=unit.cell("a"), username="me", incoming_mode="shadow"
    )
    account.password = "secret"
    account.save()
    return account


def test_an_answer_arrives_in_its_thread(john, unit, account):
    asked = Message.objects.post(john, envelope_to(unit.cell("b")))
    identifier = unit.put("a", Title="Re", Body="Zoë\0", InReplyTo=id_of(asked.xuid))

    assert ROAD.collect(account) == 1

    message = Message.objects.get(direction="IN")
    assert (message.subject, message.body()) == ("Re", "Zoë\0".encode())
    assert (message.from_address, message.envelope_id) == (unit.cell("b"), identifier)
    assert (message.in_reply_to, message.thread) == (asked.xuid, asked.thread)
    assert message.dated_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert message.cell.cell_id == identifier


def test_copies_are_taken_once_and_leave_everything_there(unit, account):
    for number in range(3):
        unit.put("a", Title=str(number))

    assert [ROAD.collect(account), ROAD.collect(account)] == [3, 0]
    unit.put("a", Title="3")
    assert ROAD.collect(account) == 1

    assert len(unit.cells["a"].inbox) == 4
    subjects = Message.objects.order_by("id").values_list("subject", flat=True)
    assert list(subjects) == ["0", "1", "2", "3"]
    assert all(message["Status"] == "unread" for message in unit.cells["a"].inbox.values())


def test_what_is_taken_over_is_removed_once_it_is_stored(unit, account):
    account.incoming_mode = "own"
    unit.put("a", Title="x")

    assert ROAD.collect(account) == 1

    assert unit.cells["a"].inbox == {}
    assert Message.objects.count() == 1


def test_a_request_is_taken_and_stays_where_it_can_be_approved(unit, account):
    account.incoming_mode = "own"
    objects = [{"RequestType": "relation.add", "Name": "friend", "TargetUrl": unit.cell("b")}]
    unit.put("a", Type="request", Status="none", RequestObjects=objects)

    assert [ROAD.collect(account), ROAD.collect(account)] == [1, 0]

    assert len(unit.cells["a"].inbox) == 1
    headers = Message.objects.get().headers
    assert (headers["Personium-Type"], headers["Personium-RequestObjects"]) == ("request", objects)


def test_a_message_that_could_not_be_removed_is_removed_later_and_not_taken_twice(unit, account):
    unit.put("a")
    ROAD.collect(account)
    account.incoming_mode = "own"

    assert ROAD.collect(account) == 0

    assert unit.cells["a"].inbox == {}
    assert Message.objects.count() == 1


def test_what_the_port_of_the_box_had_taken_is_not_taken_again(john, unit, account):
    identifier = unit.put("a")
    came_by_the_port(john, unit.cell("b"), identifier)

    assert ROAD.collect(account) == 0
    assert Message.objects.count() == 1


def test_what_another_cell_brought_under_the_same_identifier_stands_for_nothing(
    john, unit, account
):
    identifier = unit.put("a", Title="Uitslag")
    came_by_the_port(john, "https://evil.example/x/", identifier)

    assert ROAD.collect(account) == 1

    collected = Message.objects.get(subject="Uitslag")
    assert (collected.from_address, collected.envelope_id) == (unit.cell("b"), identifier)
    assert collected.cell.cell_id != identifier


def came_by_the_port(box, sender: str, identifier: str) -> None:
    envelope = envelope_to("john", sender=Address(sender), id=identifier)
    message = Message.objects.receive(box, envelope, source="personium", remote_id=identifier)
    CellMessage.objects.keep(message, identifier)


def test_more_than_a_page_is_taken(unit, account):
    identifiers = [unit.put("a") for _number in range(collecting.PAGE + 3)]
    known = identifiers[: collecting.PAGE]
    for identifier in known:
        account.remember(identifier)

    assert ROAD.collect(account) == 3


@pytest.mark.parametrize(
    ("stage", "says", "at"),
    [
        ("connect", CUT, ""),
        ("body", "401 No", "__token"),
        ("body", "503 Busy", "ReceivedMessage"),
        ("body", CUT, "ReceivedMessage"),
        ("body", NONSENSE, "ReceivedMessage"),
        ("body", NONSENSE, "')"),
        ("body", "500 Broken", "')"),
        ("body", STALL, "ReceivedMessage"),
    ],
)
def test_a_fault_is_told_and_leaves_the_message_there(unit, account, settings, stage, says, at):
    settings.ROADS_TIMEOUT = 1 if says == STALL else 10
    unit.put("a")
    unit.fail(stage, says, at=at)

    with pytest.raises(Refused, match=r"[.]$"):
        ROAD.collect(account)

    assert len(unit.cells["a"].inbox) == 1
    assert not Message.objects.exists()
    unit.heal()
    settings.ROADS_TIMEOUT = 10
    assert ROAD.collect(account) == 1


def test_one_message_that_is_strange_stops_no_other(unit, account):
    unit.put("a", Title=["x"], Body=4, From=None, Priority="high", Type={}, __published="soon")
    unit.put("a", Title="x" * 998 + "\0é", __id="../?é#%41 SentMessage(x)"[:32])
    unit.put("a", Title="Uitslag")

    assert ROAD.collect(account) == 3

    subjects = Message.objects.order_by("id").values_list("subject", flat=True)
    assert list(subjects) == ["", "x" * 998, "Uitslag"]


def test_what_failed_before_is_looked_for_behind_what_is_known(unit, account):
    identifiers = [unit.put("a") for _number in range(collecting.PAGE + 1)]
    for identifier in identifiers[1:]:
        account.remember(identifier)

    assert ROAD.collect(account) == 0
    account.collect_error = "1 of 501 were left there."
    assert ROAD.collect(account) == 1
