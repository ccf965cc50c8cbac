"""From a posted message to another cell, through the dispatcher and a unit on a socket."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.envelope import Address, Attachment
from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED
from tests.fakes.personium import FakeUnit
from tests.transports.queue import taken
from transports.base import Refused
from transports.following import follow
from transports.models import Account
from transports.personium.identity import delivery_id
from transports.personium.transport import MOST_DOUBTS, PersoniumTransport
from transports.tasks import attempt, dispatch


@pytest.fixture(autouse=True)
def near_units(settings):
    settings.PERSONIUM_PRIVATE_UNITS = True


@pytest.fixture
def account(john, unit) -> Account:
    return account_at(unit, john)


def account_at(unit: FakeUnit, box, password: str = "secret") -> Account:
    account = Account(box=box, transport="personium", url=unit.cell("a"), username="me")
    account.password = password
    account.save()
    return account


def run_worker() -> None:
    dispatch()
    for task in taken():
        if task["func"] == "transports.tasks.attempt":
            attempt(*task["args"])


def after_the_pause() -> None:
    Delivery.objects.filter(status="queued").update(due_at=now() - timedelta(seconds=1))


def ask_later(minutes: float = 10) -> None:
    past = now() - timedelta(minutes=minutes)
    Delivery.objects.update(ask_at=past, ended_at=past)
    follow("personium")


def test_our_own_cell_is_asked_for_whoever_wants_to_know_before_sending(john, jill, unit, account):
    road = PersoniumTransport()

    assert road.hindrance(unit.cell("b"), john) == ""
    assert "Logged in to the cell" in road.try_partner(unit.cell("b"), john)
    assert unit.received == []
    assert "no Personium account" in road.hindrance(unit.cell("b"), jill)
    with pytest.raises(Refused, match="no Personium account"):
        road.try_partner(unit.cell("b"), jill)


def test_what_keeps_a_message_from_a_cell_is_told_before_sending(john, account, settings):
    road = PersoniumTransport()

    odd = road.hindrance("https://unit.example/b/?x", john)
    assert odd == "A cell URL holds no login, query or fragment."
    own = road.hindrance(f"{settings.BASE_URL}/jill/", john)
    assert "is an address of this installation" in own


def test_a_posted_message_arrives_in_the_cell(john, unit, account):
    message = Message.objects.post(john, envelope_to(unit.cell("b"), subject="Overleg"))

    run_worker()

    [arrived] = unit.received
    assert (arrived.cell, arrived.entity["Title"]) == ("b", "Overleg")
    assert arrived.entity["Body"] == "Beste collega"
    delivery = message.deliveries.get()
    assert (delivery.status, delivery.remote_id) == ("sent", delivery_id(message.xuid, 1))
    assert arrived.entity["__id"] == delivery.remote_id
    message.refresh_from_db()
    assert message.status == Message.Status.SENT


def test_what_a_cell_took_counts_as_delivered(john, unit, account):
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()

    ask_later()

    assert message.deliveries.get().status == "delivered"


def test_another_spelling_of_a_cell_reaches_it(john, unit, account):
    Message.objects.post(john, envelope_to(unit.cell("b").replace("http", "HTTP").rstrip("/")))

    run_worker()

    assert [arrived.cell for arrived in unit.received] == ["b"]


def test_each_cell_gets_the_message_and_one_that_refuses_spoils_no_other(john, unit, account):
    unit.refuse("b", 400, "PR400-RM-0002", "Box can not be found.")
    message = Message.objects.post(
        john, envelope_to(*(unit.cell(name) for name in ("b", "c", "nobody")))
    )

    run_worker()

    assert [arrived.cell for arrived in unit.received] == ["c"]
    assert [item.status for item in message.deliveries.all()] == ["failed", "sent", "failed"]
    errors = [item.error for item in message.deliveries.all()]
    assert errors[0] == "The cell did not take the message: 400 Box can not be found."
    assert errors[2] == "The cell did not take the message: 403 Unit user access required."


@pytest.mark.parametrize(
    "count",
    [100, pytest.param(1000, marks=[pytest.mark.wide, pytest.mark.timeout(400)])],
)
def test_many_cells_get_a_message_each(john, unit, account, authority, settings, count):
    settings.ROADS_CA_FILE = str(authority.ca_file)  # one certificate is read faster than all
    for number in range(count):
        unit.cells[f"n{number}"] = type(unit.cells["b"])()
    message = Message.objects.post(
        john, envelope_to(*(unit.cell(f"n{number}") for number in range(count)))
    )

    while Delivery.objects.due().exists():
        run_worker()

    assert len(unit.received) == count
    assert {len(cell.inbox) for name, cell in unit.cells.items() if name[0] == "n"} == {1}
    message.refresh_from_db()
    assert message.status == Message.Status.SENT


@pytest.mark.parametrize(
    ("stage", "says", "at", "status"),
    [
        ("connect", CUT, "", "queued"),
        ("headers", CUT, "send", "uncertain"),
        ("body", "401 No", "__token", "queued"),
        ("body", "403 No", "send", "queued"),
        ("body", "503 Busy", "send", "queued"),
        ("body", "400 Wrong", "send", "failed"),
        ("body", "413 Large", "send", "failed"),
        ("body", "500 Broken", "send", "uncertain"),
        ("body", CUT, "send", "uncertain"),
        ("body", GARBAGE, "send", "uncertain"),
        ("body", TRUNCATED, "send", "uncertain"),
        ("body", NONSENSE, "send", "uncertain"),
        ("body", STALL, "send", "uncertain"),
    ],
)
def test_each_fault_ends_as_it_should(john, unit, account, settings, stage, says, at, status):
    settings.ROADS_TIMEOUT = 1 if says == STALL else 10
    unit.fail(stage, says, at=at)
    message = Message.objects.post(john, envelope_to(unit.cell("b")))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == status, delivery.error
    assert delivery.error.endswith(".") and "secret" not in delivery.error


def test_silence_before_the_message_was_read_is_tried_again(john, unit, account, settings):
    settings.ROADS_TIMEOUT = 1
    unit.fail("body", STALL, at="__token")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))

    run_worker()

    assert message.deliveries.get().status == "queued"


def test_an_expired_certificate_is_named_and_nothing_is_sent(john, authority, settings):
    settings.ROADS_CA_FILE = str(authority.ca_file)
    with FakeUnit(context=authority.context("expired")) as unit:
        account_at(unit, john)
        message = Message.objects.post(john, envelope_to(unit.cell("b")))

        run_worker()

        assert unit.requests == []
    delivery = message.deliveries.get()
    assert delivery.status == "queued"
    assert "certificate" in delivery.error


def test_a_wrong_password_waits_and_says_which_account_to_mend(john, unit):
    account_at(unit, john, password="wrong")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == "queued"
    assert "the Personium account of box john" in delivery.error


def test_a_cell_that_is_away_gets_the_message_later_and_once(john, unit, account):
    unit.unreachable.add("b")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    assert message.deliveries.get().status == "queued"

    unit.heal()
    after_the_pause()
    run_worker()

    assert message.deliveries.get().status == "sent"
    assert len(unit.received) == 1


def test_a_cell_that_refused_for_now_gets_the_message_later(john, unit, account):
    unit.refuse("b", 503, "PR503-SV-0001", "Busy.")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    assert message.deliveries.get().status == "queued"

    unit.heal()
    after_the_pause()
    run_worker()

    assert message.deliveries.get().status == "sent"
    assert len(unit.received) == 1


def test_a_lost_answer_is_found_again_in_the_sent_messages(john, unit, account):
    unit.fail("body", CUT, at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    assert message.deliveries.get().status == "uncertain"

    unit.heal()
    ask_later()

    assert message.deliveries.get().status == "delivered"
    message.refresh_from_db()
    assert message.status == Message.Status.SENT
    assert len(unit.received) == 1


def test_a_lost_answer_to_a_refusal_is_found_again_too(john, unit, account):
    unit.refuse("b", 403, "PR403-AU-0002", "Necessary privilege is lacking.")
    unit.fail("body", CUT, at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()

    unit.faults.clear()
    ask_later()

    delivery = message.deliveries.get()
    assert delivery.status == "undelivered"
    assert "403 Necessary privilege is lacking" in delivery.error
    assert delivery.for_good


def test_a_message_that_nobody_noted_is_sent_again_and_arrives_once(john, unit, account):
    unit.fail("body", "504 Too late", at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    assert message.deliveries.get().status == "uncertain"

    unit.heal()
    ask_later()
    run_worker()

    assert message.deliveries.get().status == "sent"
    assert len(unit.received) == 1


def test_a_message_that_may_still_be_under_way_is_not_sent_again(john, unit, account):
    unit.fail("body", "504 Too late", at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    unit.heal()

    ask_later(minutes=1)

    assert message.deliveries.get().status == "uncertain"


def test_after_many_doubts_a_person_decides(john, unit, account):
    unit.fail("body", "504 Too late", at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))

    for _round in range(MOST_DOUBTS + 2):
        run_worker()
        ask_later()

    assert message.deliveries.get().status == "uncertain"
    assert len([r for r in unit.requests if r.path.endswith("send")]) == MOST_DOUBTS


def test_a_message_sent_again_by_a_person_is_known_again(john, unit, account):
    unit.fail("body", CUT, at="send")
    message = Message.objects.post(john, envelope_to(unit.cell("b")))
    run_worker()
    unit.heal()

    message.deliveries.get().send_again()
    run_worker()

    assert message.deliveries.get().status == "sent"
    assert len(unit.received) == 1


def test_two_recipients_at_one_unit_have_an_identifier_each(john, unit, account):
    message = Message.objects.post(john, envelope_to(unit.cell("b"), unit.cell("c")))

    run_worker()

    assert [arrived.entity["__id"] for arrived in unit.received] == [
        delivery_id(message.xuid, 1),
        delivery_id(message.xuid, 2),
    ]


def test_each_cell_is_told_the_answered_message_by_the_identifier_that_it_got(john, unit, account):
    cells = (unit.cell("b"), unit.cell("c"))
    first = Message.objects.post(john, envelope_to(*cells))
    run_worker()
    Message.objects.post(john, envelope_to(*cells, in_reply_to=first.xuid))

    run_worker()

    answers = [arrived.entity.get("InReplyTo") for arrived in unit.received]
    assert answers[2:] == [delivery_id(first.xuid, 1), delivery_id(first.xuid, 2)]


def test_an_answer_names_the_message_that_it_answers(john, unit, account):
    asked = Message.objects.receive(
        john, envelope_to("john", id="f" * 32), source="personium", remote_id="f" * 32
    )
    asked.cell = asked._meta.get_field("cell").related_model.objects.keep(asked, "f" * 32)
    earlier = Message.objects.post(john, envelope_to(unit.cell("b")))
    Message.objects.post(john, envelope_to(unit.cell("b"), in_reply_to=asked.xuid))
    Message.objects.post(john, envelope_to(unit.cell("b"), in_reply_to=earlier.xuid))

    while Delivery.objects.due().exists():
        run_worker()

    answers = [arrived.entity.get("InReplyTo") for arrived in unit.received]
    assert answers == [None, "f" * 32, delivery_id(earlier.xuid, 1)]


def test_type_and_priority_travel_in_headers(john, unit, account):
    headers = {
        "Personium-Type": "request",
        "Personium-Priority": 1,
        "Personium-RequestObjects": [{"RequestType": "relation.add", "Name": "friend"}],
    }
    Message.objects.post(john, envelope_to(unit.cell("b"), headers=headers))

    run_worker()

    entity = unit.received[0].entity
    assert (entity["Type"], entity["Priority"], entity["Status"]) == ("request", 1, "none")
    assert entity["RequestObjects"] == [{"RequestType": "relation.add", "Name": "friend"}]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"attachments": (Attachment("x.txt", "text/plain", b"x"),)}, "no attachments"),
        ({"headers": {"lab number": "4"}}, "no such headers, and this one has “lab number”"),
        ({"headers": {"Personium-Priority": "9"}}, "has “Personium-Priority”"),
        ({"subject": "s" * 257}, "at most 256 characters; this subject has 257"),
        ({"content": b"x" * 51_201}, "at most 51200 bytes; this one has 51201"),
        ({"content": "é".encode() * 25_601}, "at most 51200 bytes; this one has 51202"),
        ({"content": b"%PDF-1.7", "content_type": "application/pdf"}, "would not be known again"),
        ({"content": b"<p>Dag", "content_type": "text/html"}, "would not be known again"),
        ({"content": b"\xff\xfe", "content_type": "text/plain"}, "not text in the character set"),
        ({"content_type": "text/plain; charset=martian"}, "not text in the character set"),
        ({"in_reply_to": "something else"}, "has no identifier for"),
        ({"headers": {"Personium-Type": "req.role.grant"}}, "another version"),
    ],
)
def test_what_personium_has_no_place_for_is_refused(john, unit, account, fields, sentence):
    message = Message.objects.post(john, envelope_to(unit.cell("b"), **fields))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == "failed"
    assert sentence in delivery.error
    assert unit.received == []


def test_text_of_a_kind_that_shows_itself_and_of_another_charset_arrives(john, unit, account):
    edifact = b"UNB+UNOA:1+50000001+50000002+261121:1200+1'"
    Message.objects.post(
        john, envelope_to(unit.cell("b"), content=edifact, content_type="application/edifact")
    )
    Message.objects.post(
        john,
        envelope_to(
            unit.cell("c"),
            content="Zoë".encode("latin-1"),
            content_type="text/plain; charset=latin1",
        ),
    )

    while Delivery.objects.due().exists():
        run_worker()

    assert [arrived.entity["Body"] for arrived in unit.received] == [edifact.decode(), "Zoë"]


def test_a_subject_of_two_lines_becomes_one(john, unit, account):
    Message.objects.post(john, envelope_to(unit.cell("b"), subject="een\ntwee"))

    run_worker()

    assert unit.received[0].entity["Title"] == "een twee"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://me:secret@unit.example/b/", "holds no login"),
        ("https://unit.example/b/?to=c", "no login, query or fragment"),
        ("http://localhost:8000/jill/", "Use the name of the box instead"),
    ],
)
def test_an_address_that_is_no_cell_elsewhere_is_refused(
    john, account, settings, address, sentence
):
    settings.BASE_URL = "http://localhost:8000"
    message = Message.objects.post(john, envelope_to(address))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == "failed"
    assert sentence in delivery.error


def test_a_box_without_an_account_is_told_to_ask_for_one(john):
    message = Message.objects.post(john, envelope_to("https://unit.example/b/"))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == "failed"
    assert "no Personium account" in delivery.error


def test_a_unit_in_a_private_network_is_not_called_unless_allowed(john, unit, account, settings):
    settings.PERSONIUM_PRIVATE_UNITS = False
    message = Message.objects.post(john, envelope_to(unit.cell("b")))

    run_worker()

    delivery = message.deliveries.get()
    assert delivery.status == "queued"
    assert "private network" in delivery.error
    assert unit.requests == []


def test_an_extra_recipient_is_seen_by_nobody(john, unit, account):
    Message.objects.post(john, envelope_to(unit.cell("b")), recipients=[Address(unit.cell("c"))])

    run_worker()

    assert [arrived.entity["To"] for arrived in unit.received] == [unit.cell("b"), unit.cell("c")]
    assert [arrived.entity["MulticastTo"] for arrived in unit.received] == [None, None]


def test_an_account_is_tried_without_sending(unit, account):
    assert "Logged in to the cell" in PersoniumTransport().try_account(account)

    account.password = "wrong"
    with pytest.raises(Refused, match="refused the login"):
        PersoniumTransport().try_account(account)
    assert unit.received == []


def test_an_account_without_a_cell_url_is_named(john, account):
    account.url = "unit.example"

    with pytest.raises(Refused, match=r"begins with https.*the Personium account of box john"):
        PersoniumTransport().try_account(account)
