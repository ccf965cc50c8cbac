"""What became of a mail, in SMTPeter's words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from boxes.models import Delivery, LogEntry, Message
from tests.transports.worker import run_worker
from transports.smtpeter.client import Client
from transports.smtpeter.facade.happened import later
from transports.smtpeter.transport import report_of
from transports.wire.http import Site

ANN, BOB = "ann@example.org", "bob@example.org"
MAIL = {"from": "noreply@example.com", "text": "Maandag 09:00"}
SHARED = ["id", "time", "envelope", "recipient"]


def sent(caller, **body) -> str:
    """The identifier of a mail to one recipient."""
    [identifier] = caller.send(**{"recipient": ANN, **MAIL, **body}).json()
    return identifier


def delivery_of(identifier: str) -> Delivery:
    return Delivery.objects.by_public_ref(identifier).get()


def end(identifier: str, status: str, sentence: str = "") -> None:
    """As the dispatcher ends an attempt, or a system reports afterwards."""
    waiting = delivery_of(identifier)
    claimed = Delivery.objects.filter(pk=waiting.pk).claim_due(waiting.transport, 1, 60)
    for delivery in claimed:
        if status == "failed":
            delivery.fail(sentence)
            return
        delivery.mark_sent("remote")
    if status != "sent":
        delivery_of(identifier).report(status, sentence)


def kinds(response) -> list[str]:
    return [item["event"] for item in response.json()]


def test_a_mail_that_waits_has_an_attempt_only(caller):
    identifier = sent(caller, envelope="bounce@example.com", tags=["reports", "w23"])

    response = caller.get(f"events/messageid/{identifier}")

    [event] = response.json()
    created = delivery_of(identifier).created_at.astimezone(UTC)
    assert response["Content-Type"] == "application/json"
    assert list(event) == [
        "event",
        *SHARED,
        "properties",
        "tags",
        "templateid",
        "data",
    ]
    assert event["data"] == {
        "id": identifier,
        "time": created.strftime("%Y-%m-%d %H:%M:%S"),
        "envelope": "bounce@example.com",
        "recipient": ANN,
        "properties": "",
        "tags": "reports;w23",
        "templateid": 0,
    }
    assert {name: event[name] for name in event["data"]} == event["data"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("sent", ["attempt", "delivery"]),
        ("delivered", ["attempt", "delivery"]),
        ("read", ["attempt", "delivery", "open"]),
        ("failed", ["attempt", "failure"]),
        ("undelivered", ["attempt", "delivery", "failure"]),
    ],
)
def test_each_status_is_told_in_its_words(caller, status, told):
    identifier = sent(caller)

    end(identifier, status, "The server says “550 5.1.1 No such user”.")

    assert kinds(caller.get(f"events/messageid/{identifier}")) == told


def test_where_the_road_tells_more_later_sent_is_not_delivered(caller, account_at, smtpeter, john):
    account_at(smtpeter, box=john)
    identifier = sent(caller)

    end(identifier, "sent")
    before = kinds(caller.get(f"events/messageid/{identifier}"))
    end(identifier, "delivered")

    assert before == ["attempt"]
    assert kinds(caller.get(f"events/messageid/{identifier}")) == ["attempt", "delivery"]


def test_a_mail_to_a_box_is_delivered(caller, jill):
    identifier = sent(caller, recipient="jill")

    run_worker()

    assert kinds(caller.get(f"events/messageid/{identifier}")) == ["attempt", "delivery"]


@pytest.mark.parametrize(
    ("status", "sentence", "code", "enhanced", "state"),
    [
        ("failed", "It says “550 5.1.1 No such user”.", 550, "5.1.1", "unknown"),
        ("failed", "It says “554 Refused”.", 554, "", "unknown"),
        ("failed", "There is no road.", 0, "", "unknown"),
        ("undelivered", "It says “452 4.2.2 Full”.", 452, "4.2.2", "bounce"),
    ],
)
def test_a_failure_tells_why(caller, status, sentence, code, enhanced, state):
    identifier = sent(caller)

    end(identifier, status, sentence)

    event = caller.get(f"events/messageid/{identifier}").json()[-1]
    assert list(event["data"]) == [
        *SHARED,
        "from",
        "to",
        "attempt",
        "type",
        "code",
        "status",
        "description",
        "state",
        "tags",
        "templateid",
    ]
    assert (event["code"], event["status"], event["state"]) == (code, enhanced, state)
    assert (event["type"], event["description"]) == ("error", sentence)


def test_events_are_found_by_the_address_of_the_recipient(caller):
    sent(caller)
    identifier = sent(caller, recipient="b+ob@example.org")

    for address in ("b+ob@example.org", "B+OB@example.org"):
        assert [item["id"] for item in caller.get(f"events/email/{address}").json()] == [identifier]
    assert caller.get("events/email/nobody@example.org").json() == []
    assert caller.get("events/email/nobody@example.org").content == b"[]"


def test_events_are_found_by_all_of_some_tags(caller):
    both = sent(caller, tags=["reports", "w23"])
    one = sent(caller, tags=["reports"])
    sent(caller)

    for path in ("reports;w23", "reports/w23", "w23", "w23;reports/"):
        assert [item["id"] for item in caller.get(f"events/tags/{path}").json()] == [both]
    assert {item["id"] for item in caller.get("events/tags/reports").json()} == {both, one}
    assert caller.get("events/tags/other").json() == []
    assert caller.get(f"events/email/{ANN}", tags="reports;w23").json()[0]["id"] == both
    assert caller.get(f"events/messageid/{one}", tags="w23").json() == []


def test_events_come_oldest_first(caller):
    identifiers = [sent(caller) for _ in range(3)]
    end(identifiers[0], "sent")

    times = [item["time"] for item in caller.get(f"events/email/{ANN}").json()]

    assert len(times) == 4
    assert times == sorted(times)


def back(identifier: str, **span: float) -> datetime:
    """Let it have been sent so long ago."""
    moment = now() - timedelta(**span)
    Message.objects.filter(deliveries=delivery_of(identifier)).update(created_at=moment)
    Delivery.objects.filter(pk=delivery_of(identifier).pk).update(created_at=moment)
    return moment


def test_a_period_begins_on_its_first_day_and_ends_before_its_last(caller):
    identifier = sent(caller)
    day = back(identifier, days=10).astimezone(UTC).date()

    def found(start: date | None = None, end: date | None = None) -> bool:
        given = {"start": start, "end": end}
        period = {name: f"{value}" for name, value in given.items() if value}
        by_address = kinds(caller.get(f"events/email/{ANN}", **period))
        assert by_address == kinds(caller.get(f"events/messageid/{identifier}", **period))
        return by_address == ["attempt"]

    one = timedelta(days=1)
    assert found()
    assert found(day, day + one)
    assert not found(day - one, day)
    assert not found(day + one)
    assert found(day)
    assert found(end=day + one)
    assert not found(end=day)
    assert not found(day - timedelta(days=40), day + one)


def test_what_is_older_than_a_month_is_found_by_its_identifier_or_period(caller):
    identifier = sent(caller, tags=["w23"])
    day = back(identifier, days=70).astimezone(UTC).date()

    assert caller.get(f"events/email/{ANN}").json() == []
    assert caller.get("events/tags/w23").json() == []
    assert kinds(caller.get("events/tags/w23", start=f"{day}")) == ["attempt"]
    assert kinds(caller.get(f"events/messageid/{identifier}")) == ["attempt"]


@pytest.mark.parametrize(
    "period",
    [
        {"start": "2026-03-01", "end": "2026-03-01"},
        {"start": "2026-03-02", "end": "2026-03-01"},
        {"start": "2026-02-30"},
        {"start": "2026-3-1"},
        {"start": "yesterday"},
        {"end": "9999-12-31"},
        {"end": "0001-01-01"},
    ],
)
def test_a_period_that_is_none_is_refused(caller, period):
    response = caller.get(f"events/email/{ANN}", **period)

    assert response.status_code == 400
    assert response.json() == {"error": {"message": "Invalid period"}}


@given(st.dates(date(1970, 2, 1), date(9000, 1, 1)))
def test_a_month_later_is_the_next_month(day):
    after = later(day, 1)

    assert (after.year * 12 + after.month) - (day.year * 12 + day.month) == 1
    assert after.day == day.day or (after + timedelta(days=1)).day == 1
    assert later(later(day, -1), 1).day <= day.day


@pytest.mark.parametrize("path", [";", ";;", " ", "/;"])
def test_events_of_no_tag_are_refused(caller, path):
    sent(caller, tags=["reports"])

    response = caller.get(f"events/tags/{path}")

    assert response.status_code == 400
    assert response.json() == {"error": {"message": "tags: give at least one"}}


def test_a_key_that_may_only_send_learns_of_its_own_mails_alone(caller, caller_of, john):
    sender = caller_of(john, "send")
    own = sent(sender, recipient=BOB, tags=["w23"], envelope="own@example.com")
    other = sent(caller, tags=["w23"])

    def told(path: str) -> list[str]:
        return [item["id"] for item in sender.get(path).json()]

    assert told("events/tags/w23") == told(f"events/email/{BOB}") == [own]
    assert told(f"events/messageid/{own}") == [own]
    assert told(f"events/email/{ANN}") == []
    assert sender.get(f"recipient/{own}").content.decode() == BOB
    assert sender.get(f"envelope/{own}").content == b"own@example.com"
    for path in ("events/messageid", "recipient", "envelope", "embeds"):
        assert sender.get(f"{path}/{other}").status_code == 404
    assert sender.post("resend", {"message": other}).status_code == 404
    assert len(caller.get("events/tags/w23").json()) == 2


def test_each_look_at_what_became_of_mails_stands_in_the_log_once(caller):
    first, second = sent(caller, tags=["w23"]), sent(caller, tags=["w23"])
    xuids = {delivery_of(item).message.xuid for item in (first, second)}

    caller.get("events/tags/w23")
    caller.get(f"recipient/{first}")
    caller.get(f"envelope/{first}")
    caller.get("events/tags/nothing")

    looks = LogEntry.objects.filter(action="list").order_by("pk")
    assert [len(entry.xuids) for entry in looks] == [2, 1, 1]
    assert set(looks[0].xuids) == xuids
    assert {(entry.box_name, entry.address) for entry in looks} == {("john", "127.0.0.1")}


def test_another_box_sees_nothing_of_it(caller, caller_of, jill):
    identifier = sent(caller, tags=["w23"])
    other = caller_of(jill, "read", "send")

    assert other.get(f"events/messageid/{identifier}").status_code == 404
    assert other.get(f"recipient/{identifier}").status_code == 404
    assert other.get(f"text/{identifier}").status_code == 404
    assert other.post("resend", {"message": identifier}).status_code == 404
    assert other.get(f"events/email/{ANN}").json() == []
    assert other.get("events/tags/w23").json() == []


def test_our_own_client_reads_the_events(caller, live_server):
    identifier = sent(caller, tags=["w23"])
    end(identifier, "undelivered", "It says “550 5.1.1 No such user”.")
    client = Client(Site("SMTPeter", f"{live_server.url}/v1/", "the account"), caller.token)

    events = client.events_tagged(["w23"])

    assert report_of(identifier, events).status == "undelivered"
    assert [event.text("id") for event in events] == [identifier] * 3
    assert client.events_of(identifier) == events
