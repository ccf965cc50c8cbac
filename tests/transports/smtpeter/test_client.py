"""The client against a server on a real socket."""

from datetime import date

import pytest

from tests.fakes.certificates import Authority
from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED, Reply
from tests.fakes.smtpeter import FakeSmtpeter
from transports.smtpeter.client import Event
from transports.smtpeter.mail import File, Parts, Whole
from transports.wire.faults import Doubt, Fault

ANN, BOB = "ann@example.org", "bob@example.org"
SENDER = "Praktijk De Linde <john@mail.example>"
TEXT = Parts(sender=SENDER, to=(f"Ann <{ANN}>",), subject="Afspraak", text="Maandag 09:00")


def test_text_html_and_files_arrive_as_they_were_given(client, smtpeter):
    mail = Parts(
        sender=SENDER,
        to=(ANN,),
        cc=(f"Bob <{BOB}>",),
        reply_to=("balie@mail.example",),
        subject="Uitslag €5",
        text="Zie bijlage ✓",
        html="<p>Zie <b>bijlage</b></p>",
        extra={"x-request-id": "42"},
        files=(File("brief.pdf", "application/pdf", bytes(range(256))),),
    )

    sent = client.send(mail, [ANN], tags=["reports"])

    [got] = smtpeter.received
    assert sent == {ANN: got.id}
    assert (got.sender, got.to, got.cc) == (SENDER, [ANN], [f"Bob <{BOB}>"])
    assert (got.subject, got.text, got.html) == (mail.subject, mail.text, mail.html)
    assert got.body["replyto"] == ["balie@mail.example"]
    assert got.headers == {"x-request-id": "42"}
    assert got.files[0].content == bytes(range(256))
    assert (got.files[0].name, got.files[0].content_type) == ("brief.pdf", "application/pdf")
    assert got.tags == ["reports"]


def test_a_mail_of_our_own_making_arrives_whole(client, smtpeter):
    mime = f"From: {SENDER}\r\nTo: {ANN}\r\nSubject: Dag\r\n\r\nHallo Ann\r\n"

    client.send(Whole(mime), [ANN])

    [got] = smtpeter.received
    assert got.mime == mime
    assert got.text == "Hallo Ann\r\n"


def test_each_recipient_has_an_identifier_found_by_address(client, smtpeter):
    sent = client.send(TEXT, [ANN, BOB])

    assert sent == {mail.recipient: mail.id for mail in smtpeter.received}
    assert list(sent) == [ANN, BOB]


def test_every_option_is_said_and_nothing_is_followed_but_bounces(client, smtpeter):
    client.send(TEXT, [ANN])

    body = smtpeter.received[0].body
    assert {name: body[name] for name in body if isinstance(body[name], bool)} == {
        "inlinecss": False,
        "trackclicks": False,
        "trackopens": False,
        "trackbounces": True,
        "preventscam": False,
    }


def test_the_token_travels_in_the_address_and_in_no_header(client_of, smtpeter):
    smtpeter.token = "a b+c&d"

    client_of(smtpeter, token="a b+c&d").send(TEXT, [ANN])

    [request] = smtpeter.requests
    assert request.query == {"access_token": "a b+c&d"}
    assert "authorization" not in request.headers


def test_a_mail_that_it_still_has_is_sent_again_under_another_identifier(client, smtpeter):
    first = client.send(TEXT, [ANN])[ANN]

    second = client.resend(first)

    assert [mail.id for mail in smtpeter.received] == [first, second]


@pytest.mark.parametrize("count", [0, 501])
def test_too_many_recipients_for_one_call_are_refused_before_it(client, smtpeter, count):
    with pytest.raises(Fault, match="takes 1 to 500 recipients") as caught:
        client.send(TEXT, [f"{n}@example.org" for n in range(count)])

    assert caught.value.permanent
    assert smtpeter.requests == []


# -- what goes wrong --


@pytest.mark.parametrize("stage", ["connect", "headers"])
@pytest.mark.parametrize("says", [CUT, STALL])
def test_what_fails_before_the_end_of_the_body_was_not_taken(client_of, smtpeter, stage, says):
    smtpeter.fail(stage, says)
    large = Parts(sender=SENDER, text="x" * 30_000_000)

    with pytest.raises(Fault, match="Check the SMTPeter account") as caught:
        client_of(smtpeter, timeout=1).send(large, [ANN])

    assert not caught.value.permanent
    assert smtpeter.received == []


@pytest.mark.parametrize("says", [CUT, STALL, GARBAGE, TRUNCATED, NONSENSE])
def test_without_a_clear_answer_to_the_whole_mail_it_may_have_arrived(client_of, smtpeter, says):
    smtpeter.fail("body", says)

    with pytest.raises(Doubt, match="SMTPeter may have taken the message"):
        client_of(smtpeter, timeout=2).send(TEXT, [ANN])


@pytest.mark.parametrize(
    "answer",
    [
        Reply(204),
        Reply(200, b"{}"),
        Reply(200, b"[]"),
        Reply(200, b'{"abc": 5}'),
        Reply(200, b'{"abc": "somebody@else.example"}'),
    ],
)
def test_a_success_that_does_not_name_the_recipient_is_a_doubt(client, smtpeter, answer):
    smtpeter.answer = lambda request: answer

    with pytest.raises(Doubt, match="SMTPeter may have taken the message"):
        client.send(TEXT, [ANN])


def test_an_address_comes_back_in_whatever_case(client, smtpeter):
    smtpeter.answer = lambda request: Reply(202, b'{"abcdefghijklmno": "ANN@Example.org"}')

    assert client.send(TEXT, [ANN]) == {ANN: "abcdefghijklmno"}


@pytest.mark.parametrize("status", [400, 409, 410, 413, 415, 422])
def test_what_is_said_of_the_mail_is_for_good(client, smtpeter, status):
    smtpeter.refuse(ANN, status, "attachments: too many")

    with pytest.raises(Fault, match=f"“{status} attachments: too many”") as caught:
        client.send(TEXT, [ANN])

    assert caught.value.permanent


@pytest.mark.parametrize("status", [402, 403, 404, 405, 408, 429, 500, 502, 503, 504])
def test_what_is_ours_to_mend_or_to_wait_for_is_for_now(client, smtpeter, status):
    smtpeter.refuse(ANN, status, "Not today")

    with pytest.raises(Fault, match=f"“{status} Not today”") as caught:
        client.send(TEXT, [ANN])

    assert not caught.value.permanent


@pytest.mark.parametrize("status", [500, 504])
def test_a_failure_that_is_not_its_own_word_is_a_doubt(client, smtpeter, status):
    smtpeter.fail("body", f"{status} Gateway")

    with pytest.raises(Doubt, match=f"status {status}"):
        client.send(TEXT, [ANN])


def test_a_wrong_token_names_the_account_and_never_the_token(client_of, smtpeter):
    with pytest.raises(Fault, match="Check the access token in the SMTPeter account") as caught:
        client_of(smtpeter, token="Geheim1234").send(TEXT, [ANN])

    assert "401 Invalid access token" in str(caught.value)
    assert "Geheim1234" not in str(caught.value)
    assert not caught.value.permanent


def test_a_token_that_comes_back_in_an_error_is_not_shown(client_of, smtpeter):
    smtpeter.answer = lambda request: Reply(400, b'{"error":"No token Geheim1234 here"}')

    with pytest.raises(Fault) as caught:
        client_of(smtpeter, token="Geheim1234").send(TEXT, [ANN])

    assert "Geheim1234" not in str(caught.value)


def test_a_domain_that_is_not_set_up_waits_for_who_sets_it_up(client, smtpeter):
    smtpeter.domains = ("other.example",)

    with pytest.raises(Fault, match="set the domain up at SMTPeter") as caught:
        client.send(TEXT, [ANN])

    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":{"message":"Too long"}}', "“400 Too long”"),
        (b'{"error":"Too long"}', "“400 Too long”"),
        (b"Too\r\n long", "“400 Too long”"),
        (b'{"error":{"message":["?"]}}', "“400 "),
        (b"", "status 400"),
        (b"x" * 5000, "“400 " + "x" * 200 + "”"),
    ],
)
def test_every_shape_of_error_is_read(client, smtpeter, body, said):
    smtpeter.answer = lambda request: Reply(400, body)

    with pytest.raises(Fault) as caught:
        client.send(TEXT, [ANN])

    assert said in str(caught.value)


def test_a_redirect_is_not_followed(client, smtpeter):
    smtpeter.fail("body", "302 Elsewhere")

    with pytest.raises(Fault, match="Check the address and the token"):
        client.send(TEXT, [ANN])

    assert len(smtpeter.requests) == 1


@pytest.mark.parametrize("kind", ["expired", "other host", "unknown authority"])
def test_nothing_is_sent_to_a_server_that_cannot_show_who_it_is(
    client_of, authority: Authority, kind
):
    with FakeSmtpeter(context=authority.context(kind)) as fake:
        client = client_of(fake, ca_file=str(authority.ca_file))

        with pytest.raises(Fault, match="certificate is not to be trusted"):
            client.send(TEXT, [ANN])

        assert fake.requests == []


def test_a_server_that_shows_who_it_is_gets_the_mail(client_of, authority: Authority):
    with FakeSmtpeter(context=authority.context()) as fake:
        client_of(fake, ca_file=str(authority.ca_file)).send(TEXT, [ANN])

        assert len(fake.received) == 1


# -- asking --


@pytest.mark.parametrize("nested", [True, False])
def test_events_are_read_in_both_shapes(client, smtpeter, nested):
    smtpeter.nested = nested
    identifier = client.send(TEXT, [ANN], tags=["reports", "w23"])[ANN]
    smtpeter.happen(smtpeter.received[0], "failure", code=552, description="Mailbox full")

    for events in (client.events_of(identifier), client.events_tagged(["w23", "reports"])):
        assert [event.kind for event in events] == ["attempt", "failure"]
        assert events[1].text("id") == identifier
        assert events[1].text("code") == "552"
        assert events[1].text("description") == "Mailbox full"


def test_events_are_asked_from_a_day(client, smtpeter):
    client.send(TEXT, [ANN], tags=["w23"])

    client.events_tagged(["w23"], since=date(2026, 3, 1))

    assert smtpeter.requests[-1].query["start"] == "2026-03-01"


def test_of_a_mail_that_is_not_known_nothing_happened(client):
    assert client.events_of("never/was") == []
    assert client.events_tagged(["never"]) == []


def test_events_of_no_known_form_are_left_out(client, smtpeter):
    smtpeter.answer = lambda request: Reply(
        200, b'[5, {"event": 7}, {}, {"type": "open", "data": [1]}, {"event": "click"}]'
    )

    events = client.events_of("abc")

    assert events == [
        Event("open", {"type": "open", "data": [1]}),
        Event("click", {"event": "click"}),
    ]
    assert events[0].text("data") == events[0].text("missing") == ""


@pytest.mark.parametrize("body", [b"{}", b"<p>Hello", b"null"])
def test_an_answer_that_is_no_list_is_a_fault(client, smtpeter, body):
    smtpeter.answer = lambda request: Reply(200, body)

    with pytest.raises(Fault, match="Check the SMTPeter account"):
        client.events_of("abc")


@pytest.mark.parametrize("says", [CUT, STALL, GARBAGE, TRUNCATED, "503 Busy"])
def test_a_question_leaves_no_doubt(client_of, smtpeter, says):
    smtpeter.fail("body", says)

    with pytest.raises(Fault, match="SMTPeter"):
        client_of(smtpeter, timeout=1).events_of("abc")


def test_the_sender_domains_of_an_account_are_told(client, smtpeter):
    smtpeter.domains = ("mail.example", "other.example")

    assert client.sender_domains() == ["mail.example", "other.example"]
