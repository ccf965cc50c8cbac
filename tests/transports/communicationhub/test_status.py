"""GetStatus: what became of a message, in the hub's words."""

import pytest

from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from tests.transports.communicationhub.test_sending import LETTER, MAIL, SMS
from tests.transports.worker import after_the_pause, run_worker
from transports.models import Account


@pytest.fixture
def account(db, hub) -> Account:
    return Account.objects.create(transport="communicationhub", url=hub.url, carries_mail=True)


def asked(caller, message_id: str) -> dict:
    return caller.get(f"/Status?MessageId={message_id}").json()


def test_a_message_is_followed_to_its_end(caller, account, hub):
    message_id = caller.post("/SMS/Send", SMS).json()["MessageId"]

    before = asked(caller, message_id)
    run_worker()
    after = asked(caller, message_id)
    Delivery.objects.get().report("delivered")
    at_last = asked(caller, message_id)

    told = {"MessageId": message_id, "Sender": "PflegeNord", "Receiver": "+4915112345678"}
    told |= {"Configuration": "communicationhub", "Retry": False, "RetryCount": 0}
    assert before == {**told, "Status": "queued"}
    assert after == {**told, "Status": "sent"}
    assert at_last == {**told, "Status": "delivered"}


def test_while_we_try_again_it_says_so(caller, account, hub):
    hub.fail("body", "503 Busy")
    message_id = caller.post("/Mail/Send", MAIL).json()["MessageId"]
    run_worker()
    after_the_pause()
    run_worker()

    found = asked(caller, message_id)

    assert (found["Status"], found["Retry"], found["RetryCount"]) == ("queued", True, 1)
    assert "cannot take it now" in found["ErrorMessage"]


def test_a_failure_has_its_sentence(caller, account, hub):
    hub.refuse("a.meier@example.org", "Mailbox full")
    message_id = caller.post("/Mail/Send", MAIL).json()["MessageId"]
    run_worker()

    found = asked(caller, message_id)

    assert (found["Status"], found["Retry"]) == ("failed", False)
    assert "“Mailbox full”" in found["ErrorMessage"]


def test_a_doubt_is_unknown(caller, account, hub):
    hub.fail("body", "cut")
    message_id = caller.post("/SMS/Send", SMS).json()["MessageId"]
    run_worker()

    assert asked(caller, message_id)["Status"] == "unknown"


def test_a_trial_letter_ends_waiting(caller, account, hub):
    message_id = caller.post("/Letter/Send", {**LETTER, "TestFlag": True}).json()["MessageId"]
    run_worker()
    Delivery.objects.get().report("delivered")

    found = asked(caller, message_id)

    assert found["Status"] == "queued"
    assert found["Receiver"] == "Anna Meier, Am Deich 4, 01067 Dresden"
    assert "ErrorMessage" not in found


def test_a_mail_is_found_as_mail_systems_write_its_id(caller):
    message_id = caller.post("/Mail/Send", MAIL).json()["MessageId"]

    found = asked(caller, f"%20%3C{message_id}%3E")

    assert found["MessageId"] == message_id


@pytest.mark.parametrize("headers", [{"communicationhub": 7}, {"communicationhub": {"Sender": []}}])
def test_what_other_software_sent_can_be_asked_about(caller, john, headers):
    message = Message.objects.post(john, envelope_to("sms:+31612345678", headers=headers))

    assert asked(caller, message.xuid)["Status"] == "queued"


def test_a_mail_that_came_in_is_received(caller, john):
    Message.objects.receive(
        john, envelope_to("john", id="<CAF7@mail.example.org>"), source="communicationhub"
    )

    assert asked(caller, "CAF7@mail.example.org")["Status"] == "received"


def test_nobody_asks_about_a_message_of_another_box(caller, jill):
    theirs = Message.objects.post(jill, envelope_to("sms:+31612345678"))

    answer = caller.get(f"/Status?MessageId={theirs.xuid}")

    assert answer.status_code == 404
    assert answer.json()["ResponseStatus"]["ErrorCode"] == "NotFound"


def test_without_an_id_there_is_nothing_to_ask(caller):
    answer = caller.get("/Status")

    assert answer.status_code == 400
    assert answer.json()["ResponseStatus"]["Errors"][0]["FieldName"] == "MessageId"


def test_nobody_asks_without_a_key(facade, db):
    from tests.transports.communicationhub.facade import HubCaller

    assert HubCaller().get("/Status?MessageId=x").status_code == 401
