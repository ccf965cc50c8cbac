"""The client against a hub on a real socket, fault by fault."""

import base64
import json
import socket

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED, Reply
from transports.communicationhub.client import Login, Response, ask, send, try_login
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Site

NAMES = st.sampled_from(["MessageId", "Status", "Retry", "ResponseStatus", "Message"])
STATUSES = st.sampled_from([200, 200, 200, 204, 302, 400, 404, 500])
SMS = {"Receiver": "+31612345678", "Message": "Afspraak: 14.03., 09:30 uur", "Reference": "x.1"}


def site_of(hub, **options) -> Site:
    return Site("CommunicationHub", hub.url, "the CommunicationHub account", **options)


def test_a_message_is_handed_over_with_all_its_members(hub):
    response = send(site_of(hub), Login(), "SendSMS", SMS)

    [taken] = hub.received
    assert (taken.operation, taken.members) == ("SendSMS", SMS)
    assert (response.message_id, response.status) == (taken.message_id, "accepted")


def test_each_operation_has_its_own_address(hub):
    mail = {"From": "a@b.example", "To": "c@d.example", "Subject": "Dag", "Text": "Één"}
    letter = {"FileName": "brief.pdf", "File": base64.b64encode(b"%PDF-1.4").decode()}
    place = {"AddressLine1": "Anna Meier", "ZipCode": "01067", "City": "Dresden"}

    send(site_of(hub), Login(), "SendMail", mail)
    send(site_of(hub), Login(), "SendLetter", {**letter, **place})

    assert [request.path for request in hub.requests] == ["/Mail/Send", "/Letter/Send"]
    assert hub.received[0].members == mail
    assert hub.received[1].members["File"].startswith("8 bytes")


@pytest.mark.parametrize(
    ("login", "authorization"),
    [
        (Login("john", "geheim"), "Basic " + base64.b64encode(b"john:geheim").decode()),
        (Login("apikey"), "Basic " + base64.b64encode(b"apikey:").decode()),
        (Login(password="token"), "Bearer token"),
        (Login(), None),
    ],
)
def test_a_login_goes_with_the_first_call(hub, login, authorization):
    send(site_of(hub), login, "SendSMS", SMS)

    assert hub.requests[0].headers.get("authorization") == authorization
    assert hub.requests[0].headers["accept"] == "application/json"


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("401 Unauthorized", "refuses the call: “401 without a word”. Check the Communication"),
        ("403 Forbidden", "Check the CommunicationHub account"),
        ("404 404", "Check the CommunicationHub account"),
        ("302 Found", "Check the CommunicationHub account"),
        ("429 Too Many Requests", "cannot take it now"),
        ("502 Bad Gateway", "cannot take it now"),
        ("503 Busy", "cannot take it now"),
    ],
)
def test_what_is_not_about_the_message_is_refused_for_now(hub, says, sentence):
    hub.fail("body", says)

    with pytest.raises(Fault) as caught:
        send(site_of(hub), Login(), "SendSMS", SMS)

    assert not caught.value.permanent
    assert sentence in str(caught.value)


@pytest.mark.parametrize("says", ["400 Bad Request", "413 Too Large", "422 Unprocessable"])
def test_what_is_about_the_message_is_refused_for_good(hub, says):
    hub.fail("body", says)

    with pytest.raises(Fault) as caught:
        send(site_of(hub), Login(), "SendSMS", SMS)

    assert caught.value.permanent


def test_a_refusal_is_given_in_the_hubs_own_words(hub):
    with pytest.raises(Fault) as caught:
        send(site_of(hub), Login(), "SendSMS", {"Message": "Dag"})

    assert str(caught.value) == (
        "CommunicationHub refuses the message: “400 Receiver is missing.”."
    )


@pytest.mark.parametrize("says", [CUT, GARBAGE, TRUNCATED, NONSENSE, "500 Oops", "504 Slow"])
def test_without_a_whole_answer_to_a_whole_message_there_is_doubt(hub, says):
    hub.fail("body", says)

    with pytest.raises(Doubt, match="may have taken the message"):
        send(site_of(hub), Login(), "SendSMS", SMS)


@pytest.mark.parametrize("stage", ["connect", "body"])
def test_silence_after_the_whole_message_is_doubt(hub, stage):
    hub.fail(stage, STALL)

    with pytest.raises(Doubt, match="did not answer in time"):
        send(site_of(hub, timeout=2), Login(), "SendSMS", SMS)


def test_silence_before_the_end_of_a_long_message_is_a_refusal_for_now(hub):
    hub.fail("headers", STALL)
    letter = {"FileName": "lang.pdf", "File": "A" * 20_000_000}

    with pytest.raises(Fault) as caught:
        send(site_of(hub, timeout=1), Login(), "SendLetter", letter)

    assert not caught.value.permanent
    assert hub.received == []


def test_a_closed_door_is_a_refusal_for_now():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/"

        with pytest.raises(Fault, match="does not take connections"):
            send(Site("CommunicationHub", url, "the account"), Login(), "SendSMS", SMS)


@pytest.mark.parametrize("kind", ["expired", "other host", "unknown authority"])
def test_a_certificate_that_is_not_to_be_trusted_stops_everything(start_hub, authority, kind):
    hub = start_hub(context=authority.context(kind))

    with pytest.raises(Fault, match="certificate is not to be trusted"):
        send(site_of(hub, ca_file=str(authority.ca_file)), Login(), "SendSMS", SMS)

    assert hub.requests == []


def test_a_sound_certificate_is_trusted(start_hub, authority):
    hub = start_hub(context=authority.context())

    send(site_of(hub, ca_file=str(authority.ca_file)), Login(), "SendSMS", SMS)

    assert len(hub.received) == 1


def test_what_became_of_a_message_can_be_asked(hub):
    message_id = send(site_of(hub), Login(), "SendSMS", SMS).message_id
    hub.report(message_id, "undelivered", "No such number")

    response = ask(site_of(hub), Login(), message_id)

    assert (response.status, response.error, response.retry) == (
        "undelivered",
        "No such number",
        False,
    )
    assert hub.requests[-1].query == {"MessageId": message_id}


def test_a_message_that_the_hub_does_not_know_is_none(hub):
    assert ask(site_of(hub), Login(), "weg<+&>@mg.example") is None
    assert hub.requests[-1].query == {"MessageId": "weg<+&>@mg.example"}


@pytest.mark.parametrize(
    "says", [CUT, GARBAGE, TRUNCATED, NONSENSE, "500 Oops", "404 404", "401 Who?"]
)
def test_a_question_without_an_answer_leaves_no_doubt(hub, says):
    hub.fail("body", says)

    with pytest.raises(Fault) as caught:
        ask(site_of(hub), Login(), "sms-1")

    assert not caught.value.permanent


def test_names_are_read_in_any_case_and_missing_members_are_tolerated(hub):
    body = json.dumps({"messageid": "7", "STATUS": 3, "surplus": [1]}).encode()
    hub.answer = lambda request: Reply(body=body)

    response = send(site_of(hub), Login(), "SendSMS", SMS)

    assert (response.message_id, response.status, response.retry) == ("7", 3, False)


def test_a_login_is_tried_without_sending_anything(start_hub):
    hub = start_hub(authorization="Bearer token")

    said = try_login(site_of(hub), Login(password="token"))
    with pytest.raises(Fault, match="401 Not Authenticated"):
        try_login(site_of(hub), Login(password="wrong"))

    assert "accepts the login" in said
    assert hub.received == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner),
    max_leaves=10,
)


@hypothesis_settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(body=st.binary(max_size=50) | anything.map(json.dumps).map(str.encode), status=STATUSES)
def test_whatever_the_hub_says_is_an_answer_a_fault_or_a_doubt(hub, body, status):
    hub.answer = lambda request: Reply(status, body)

    try:
        response = send(site_of(hub), Login(), "SendSMS", SMS)
    except (Fault, Doubt) as told:
        response = told

    assert isinstance(response, Response | Fault | Doubt)
