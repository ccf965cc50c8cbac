"""Working together by the API: who takes a message is seen, and two cannot take one."""

import pytest

from boxes.models import LogEntry, Message
from tests.boxes.envelopes import envelope_to

ANNA = {"user": {"id": "7", "name": "A. Jansen", "role": "huisarts"}}
BERT = {"user": {"id": "8", "name": "B. Smit"}}


@pytest.fixture
def message(john) -> str:
    return f"/john/messages/{Message.objects.receive(john, envelope_to('john')).xuid}"


def test_a_message_is_taken_handled_and_told(api, message):
    assert api.get(message).json()["handling"]["state"] == "open"

    taken = api.post(f"{message}/take", ANNA).json()["handling"]
    done = api.post(f"{message}/handled", {**ANNA, "note": "gebeld"}).json()

    assert (taken["state"], taken["by"], taken["handledAt"]) == ("taken", "A. Jansen", None)
    assert done["error"] == []
    assert api.get(message).json()["handling"] == done["handling"]
    assert (done["handling"]["state"], done["handling"]["note"]) == ("handled", "gebeld")
    assert LogEntry.objects.get(action="take").on_behalf == ANNA["user"]


def test_a_list_tells_the_same_of_each_message(api, message, john):
    Message.objects.receive(john, envelope_to("john"))
    api.post(f"{message}/take", ANNA)
    api.post(f"{message}/handled", {**ANNA, "note": "gebeld"})

    other, listed = (item["handling"] for item in api.get("/john/messages").json())

    assert listed == api.get(message).json()["handling"]
    assert (listed["state"], listed["by"], listed["note"]) == ("handled", "A. Jansen", "gebeld")
    nobody = {"state": "open", "by": None, "takenAt": None, "handledAt": None, "note": ""}
    assert other == nobody


def test_a_list_is_asked_for_by_who_works_on_it(api, message, john):
    taken, handled = (
        f"/john/messages/{Message.objects.receive(john, envelope_to('john')).xuid}" for _ in "ab"
    )
    api.post(f"{taken}/take", ANNA)
    api.post(f"{handled}/handled", ANNA)
    api.post(f"{message}/take", BERT)
    api.post(f"{message}/release", BERT)
    never = f"/john/messages/{Message.objects.receive(john, envelope_to('john')).xuid}"

    def listed(asked):
        return {f"/john/messages/{item['xuid']}" for item in asked.json()}

    assert listed(api.get("/john/messages?handling=open")) == {message, never}
    assert listed(api.get("/john/messages?handling=taken")) == {taken}
    assert listed(api.get("/john/messages?handling=open,taken")) == {message, never, taken}
    assert listed(api.post("/john/search", {"handling": ["handled", "taken"]})) == {handled, taken}
    assert api.get("/john/messages?handling=mine").json()["fields"]["handling"] == [
        "Choose one or more of: open, taken, handled."
    ]


def test_who_comes_second_is_told_who_has_it(api, message):
    api.post(f"{message}/take", ANNA)

    for verb in ("take", "handled", "release"):
        refused = api.post(f"{message}/{verb}", BERT)
        assert refused.status_code == 409
        assert refused.json()["error"] == ["A. Jansen has taken this message."]
        assert refused.json()["handling"] == api.get(message).json()["handling"]
    assert api.post(f"{message}/take", ANNA).status_code == 200


def test_what_an_absent_colleague_has_is_taken_over_by_name(api, message):
    api.post(f"{message}/take", ANNA)

    taken = api.post(f"{message}/take", {**BERT, "over": "A. Jansen"})
    again = api.post(f"{message}/take", {**BERT, "over": "A. Jansen"})

    assert taken.json()["handling"]["by"] == "B. Smit" and again.status_code == 200
    entry = LogEntry.objects.filter(action="takeover").first()
    assert entry.on_behalf == BERT["user"]


def test_nothing_is_taken_over_from_a_third_who_came_in_between(api, message):
    api.post(f"{message}/take", {"user": {"id": "9", "name": "C. Derde"}})

    refused = api.post(f"{message}/take", {**BERT, "over": "A. Jansen"})

    assert refused.status_code == 409
    assert refused.json()["error"] == ["C. Derde has taken this message."]
    assert api.get(message).json()["handling"]["by"] == "C. Derde"
    assert not LogEntry.objects.filter(action="takeover").exists()


def test_what_was_handled_is_taken_over_from_nobody(api, message):
    api.post(f"{message}/handled", ANNA)

    refused = api.post(f"{message}/take", {**BERT, "over": "A. Jansen"})

    assert refused.status_code == 409
    assert refused.json()["error"] == ["A. Jansen has already handled this message."]


def test_released_it_is_anybodys(api, message):
    api.post(f"{message}/take", ANNA)
    api.post(f"{message}/release", ANNA)

    assert api.post(f"{message}/take", BERT).json()["handling"]["by"] == "B. Smit"


def test_without_a_person_it_is_the_software(api, message, john_key):
    taken = api.post(f"{message}/take").json()["handling"]

    assert taken["by"] == john_key.key.label


def test_handled_by_mistake_is_open_again(api, message):
    assert api.post(f"{message}/reopen").status_code == 409
    api.post(f"{message}/handled", ANNA)

    assert api.post(f"{message}/reopen", BERT).json()["handling"]["state"] == "open"


def test_a_sent_message_is_not_handled(api, john):
    sent = Message.objects.post(john, envelope_to("jill"))

    assert api.post(f"/john/messages/{sent.xuid}/take", ANNA).status_code == 409


@pytest.mark.parametrize("body", [{"note": "x" * 501}, {"note": 5}, {"user": "anna"}])
def test_what_cannot_be_is_refused_and_nothing_is_taken(api, message, body):
    assert api.post(f"{message}/handled", body).status_code == 400
    assert api.get(message).json()["handling"]["state"] == "open"


def test_a_message_of_another_box_is_not_there(jill_api, message):
    assert jill_api.post(f"{message}/take", ANNA).status_code == 404
