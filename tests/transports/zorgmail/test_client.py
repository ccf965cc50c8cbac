"""The client against each way in which the service can fail it."""

import base64

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.fakes.certificates import KINDS
from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED, Reply
from tests.fakes.zorgmail import SOAP, FakeZorgMail, fault
from tests.transports.zorgmail.conftest import JILL, JOHN
from transports.wire.faults import Doubt, Fault
from transports.zorgmail.client import Document

OWN = f"{JOHN}@lms.lifeline.nl"
DOCUMENT = Document("<a.1@lms.lifeline.nl>", f"{JILL}@lms.lifeline.nl", "Hb", "text/plain", b"Dag")


def refusal_of(call) -> Fault:
    with pytest.raises(Fault) as caught:
        call()
    assert str(caught.value).endswith("."), str(caught.value)
    return caught.value


def test_a_document_arrives_as_it_was(service, zorgmail):
    service.send(OWN, DOCUMENT)

    [sent] = zorgmail.received
    assert (sent.operation, sent.sender, sent.recipient) == ("Send", OWN, DOCUMENT.recipient)
    assert (sent.message_id, sent.subject) == (DOCUMENT.message_id, "Hb")
    assert (sent.content_type, sent.content) == ("text/plain", b"Dag")


def test_a_call_says_what_it_is_and_who_makes_it(service, zorgmail):
    service.send(OWN, DOCUMENT)

    [request] = zorgmail.requests
    assert request.headers["soapaction"] == '""'
    assert request.headers["content-type"] == "text/xml; charset=utf-8"
    assert base64.b64decode(request.headers["authorization"][6:]) == b"praktijk:geheim"


def test_a_large_document_arrives_and_comes_back(service, zorgmail):
    content = bytes(range(256)) * 48 * 1024  # 12 MiB: more than an XML parser takes unasked

    service.send(OWN, Document("<1@a.example>", OWN, "", "application/pdf", content))
    [unique_id] = service.list()

    assert zorgmail.received[0].content == content
    assert service.retrieve(unique_id).content == content


def test_an_account_is_counted_listed_and_emptied(service, zorgmail):
    first, second = zorgmail.put(JOHN), zorgmail.put(JOHN)
    zorgmail.put(JILL)

    listed, count = service.list(), service.count()
    service.delete(first)
    service.delete(first)

    assert (listed, count) == ([first, second], 2)
    assert service.list() == [second]


def test_an_empty_account_has_an_empty_list(service):
    assert (service.list(), service.count()) == ([], 0)


def test_a_field_that_an_answer_leaves_out_loses_no_message(service, zorgmail):
    content = base64.b64encode(b"Dag").decode()
    inside = f"<m:messageId>1</m:messageId><m:content>{content}</m:content>"
    zorgmail.say("Retrieve", soap("RetrieveResponse", inside))

    message = service.retrieve("1")

    assert (message.message_id, message.content) == ("1", b"Dag")
    assert (message.header_subject, message.document_count) == ("", None)


@pytest.mark.parametrize("inside", ["", "<m:messageId>1</m:messageId>"])
def test_a_message_without_content_is_none(service, zorgmail, inside):
    zorgmail.say("Retrieve", soap("RetrieveResponse", inside))

    refused = refusal_of(lambda: service.retrieve("1"))

    assert not refused.permanent


def test_a_damaged_value_loses_no_message_and_stands_in_no_log(service, zorgmail, caplog):
    unique_id = zorgmail.put(JOHN, receiveTimestamp="Jansen", documentCount="Pietersen")

    message = service.retrieve(unique_id)

    assert (message.content, message.receive_timestamp) == (b"Beste collega", None)
    assert not caplog.records


def test_a_fault_that_blames_us_is_for_good(service, zorgmail):
    zorgmail.say("Send", fault("SOAP-ENV:Client", "Recipient <unknown>\r\nis unknown."))

    refused = refusal_of(lambda: service.send(OWN, DOCUMENT))

    assert refused.permanent
    assert str(refused) == "ZorgMail refuses the message: “Recipient <unknown> is unknown”."


def test_a_fault_that_blames_the_service_is_for_now(service, zorgmail):
    zorgmail.say("Send", fault("SOAP-ENV:Server", "Store is full"))

    assert not refusal_of(lambda: service.send(OWN, DOCUMENT)).permanent


def test_a_fault_with_a_good_status_is_a_fault_too(service, zorgmail):
    zorgmail.say("Send", fault("SOAP-ENV:Client", "No", status=200))

    assert refusal_of(lambda: service.send(OWN, DOCUMENT)).permanent


@pytest.mark.parametrize(
    ("status", "permanent", "words"),
    [
        (302, False, "no mail service"),
        (401, False, "login"),
        (403, False, "login"),
        (404, False, "no mail service"),
        (413, True, "refuses"),
        (429, False, "429"),
        (500, False, "500"),
        (503, False, "503"),
    ],
)
def test_each_status_says_what_to_mend(service, zorgmail, status, permanent, words):
    zorgmail.say("Send", Reply(status, b"", headers={"Location": "https://elsewhere.example/"}))

    refused = refusal_of(lambda: service.send(OWN, DOCUMENT))

    assert (refused.permanent, words in str(refused)) == (permanent, True), str(refused)


def test_a_gateway_that_waited_in_vain_leaves_a_doubt(service, zorgmail):
    zorgmail.say("Send", Reply(504, b""))

    with pytest.raises(Doubt, match="may have taken"):
        service.send(OWN, DOCUMENT)


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_an_answer_without_content_is_a_yes(service, zorgmail, body):
    zorgmail.say("Send", Reply(200, body, "text/xml"))

    service.send(OWN, DOCUMENT)


def test_an_envelope_without_a_fault_is_a_yes(service, zorgmail):
    zorgmail.say("Send", soap("Anything", ""))

    service.send(OWN, DOCUMENT)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Welcome</body></html>",
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body>'.encode(),
        f'<!DOCTYPE x [<!ENTITY e "e">]><s:Envelope xmlns:s="{SOAP}">&e;</s:Envelope>'.encode(),
    ],
)
def test_an_answer_that_is_none_of_the_services_leaves_a_doubt(service, zorgmail, body):
    zorgmail.say("Send", Reply(200, body, "text/xml"))

    with pytest.raises(Doubt, match="cannot be read"):
        service.send(OWN, DOCUMENT)


@pytest.mark.parametrize("says", [CUT, GARBAGE, TRUNCATED, NONSENSE])
def test_a_lost_answer_to_send_is_a_doubt_and_to_a_question_a_fault(service, zorgmail, says):
    zorgmail.put(JOHN)
    zorgmail.fail("body", says)

    with pytest.raises(Doubt):
        service.send(OWN, DOCUMENT)
    assert not refusal_of(service.list).permanent
    with pytest.raises(Fault):
        service.delete("1")


def test_silence_after_the_call_is_a_doubt(service_of, zorgmail):
    zorgmail.fail("body", STALL)

    with pytest.raises(Doubt, match="did not answer in time"):
        service_of(zorgmail, timeout=2).send(OWN, DOCUMENT)


def test_silence_before_the_end_of_the_call_is_a_fault(service_of, zorgmail):
    zorgmail.fail("headers", STALL)
    large = Document("<1@a.example>", OWN, "", "application/pdf", bytes(32 * 1024 * 1024))

    with pytest.raises(Fault, match="did not answer in time"):
        service_of(zorgmail, timeout=0.5).send(OWN, large)


def test_a_wrong_password_is_for_the_administrator(service_of, zorgmail):
    refused = refusal_of(lambda: service_of(zorgmail, password="fout").send(OWN, DOCUMENT))

    assert not refused.permanent
    assert "user name and password in the ZorgMail account" in str(refused)
    assert "fout" not in str(refused)
    assert not zorgmail.received


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_sound_certificate_is_trusted(authority, service_of, kind):
    with FakeZorgMail(context=authority.context(kind)) as fake:
        service = service_of(fake, ca_file=str(authority.ca_file))

        if kind == "sound":
            service.send(OWN, DOCUMENT)
        else:
            assert "certificate" in str(refusal_of(lambda: service.send(OWN, DOCUMENT)))

        assert len(fake.received) == (kind == "sound")


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subject=st.text(max_size=300), content=st.binary(max_size=300))
def test_no_text_of_a_sender_breaks_the_call(service, zorgmail, subject, content):
    service.send(OWN, Document("<1@a.example>", OWN, subject, "text/plain", content))

    sent = zorgmail.received[-1]
    assert sent.content == content
    if subject.isprintable():
        assert sent.subject == subject


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=200), status=st.sampled_from([200, 202, 500]))
def test_whatever_is_answered_ends_as_taken_refused_or_in_doubt(service, zorgmail, body, status):
    zorgmail.say("Send", Reply(status, body, "text/xml"))

    try:
        service.send(OWN, DOCUMENT)
    except (Fault, Doubt):
        return
    assert not body.strip()


def soap(element: str, inside: str) -> Reply:
    namespace = "http://www.enovation.nl/ems/mailwebservice"
    return Reply(
        200,
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{namespace}"><s:Body>'
        f"<m:{element}>{inside}</m:{element}></s:Body></s:Envelope>".encode(),
        "text/xml",
    )
