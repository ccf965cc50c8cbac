"""What every door of a cell shares, and what happens to a message behind it."""

from contextlib import ExitStack, suppress
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from boxes.envelope import Attachment
from boxes.models import Box, Delivery, LogEntry, Message, Misdelivery
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT
from tests.transports.personium.cells import Software, cell, entities, entity, error, field_error
from tests.transports.queue import taken
from transports.models import Account
from transports.personium.facade.entities import SENT
from transports.personium.facade.errors import CellError
from transports.personium.facade.filters import read_filter
from transports.personium.facade.inline import place_to_wait
from transports.tasks import attempt, dispatch

A, B = cell("a"), cell("b")
ID = "f" * 32


# -- the door --


def test_a_facade_that_is_off_is_not_there(cells, settings):
    settings.FACADES = ["smtpeter"]

    assert cells["a"].send(To=B).status_code == 404
    assert cells["a"].get("SentMessage").status_code == 404


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Digest x", "PR401-AU-0003"),
        ("Bearer ", "PR401-AU-0006"),
        ("Bearer nonsense", "PR401-AU-0006"),
        ("Bearer RA~abc", "PR401-AU-0007"),
        ("Bearer " + "a" * 59, "PR401-AU-0008"),
    ],
)
def test_a_token_that_is_none_is_refused(cells, header, code):
    response = cells["a"].call("GET", "__ctl/SentMessage", authorization=header)

    assert error(response)[:2] == (401, code)
    assert response["WWW-Authenticate"] == f'Bearer realm="{A}"'


def test_a_withdrawn_key_is_refused(cells):
    key = Box.objects.get(name="a").accesses.get().key
    key.revoke()

    assert error(cells["a"].send(To=B))[:2] == (401, "PR401-AU-0008")


def test_another_cell_does_not_exist_for_a_key(cells):
    stranger = Software("b", cells["a"].token)
    nowhere = Software("nobody", cells["a"].token)

    assert error(stranger.get("SentMessage")) == error(nowhere.get("SentMessage"))
    assert error(stranger.send(To=A))[:2] == (403, "PR403-AU-0001")
    assert LogEntry.objects.filter(action="refuse", outcome="box_not_open").exists()


def test_a_form_that_is_no_login_is_refused_unread(cells):
    form = {"grant_type": "password", "username": "x" * 20_000, "password": "x"}

    assert cells["a"].client.post("/a/__token", form).status_code == 413


def test_guessing_tokens_is_slowed_down(cells, settings):
    settings.REFUSAL_RATE_PER_MINUTE = 4
    guesses = [
        cells["a"].call("GET", "__ctl/SentMessage", authorization="Bearer x") for _ in range(6)
    ]

    assert error(guesses[-1])[:2] == (429, "PR429-SV-0001")
    assert int(guesses[-1]["Retry-After"]) > 0


def test_a_key_signs_in_with_name_and_password(cells):
    token = cells["a"].token
    form = {"grant_type": "password", "username": token[:16], "password": token[16:]}

    granted = cells["a"].client.post("/a/__token", form).json()

    assert granted["token_type"] == "Bearer"
    cells["a"].token = granted["access_token"]
    assert cells["a"].send(To=B).status_code == 201
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert cells["a"].client.post("/a/__token", again).json()["access_token"] == token


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"grant_type": "password", "username": "x", "password": "y"}, "invalid_grant"),
        ({"grant_type": "password"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "RA~x"}, "invalid_grant"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password", "p_target": A}, "invalid_request"),
    ],
)
def test_a_wrong_sign_in_is_refused(cells, form, fault):
    response = cells["a"].client.post("/a/__token", form)

    assert (response.status_code, response.json()["error"]) == (400, fault)


def test_an_address_that_is_none_is_not_recognized(cells):
    assert error(cells["a"].get("Relation"))[:2] == (404, "PR404-OD-0001")
    assert error(cells["a"].call("POST", "__message/dance", {}))[:2] == (404, "PR404-MC-0001")
    assert error(cells["a"].get("SentMessage(4)"))[:2] == (400, "PR400-OD-0004")
    assert error(cells["a"].get("SentMessage('x')"))[:2] == (404, "PR404-OD-0002")


def test_methods_are_told_to_whoever_asks(cells):
    response = cells["a"].client.options(
        "/a/__ctl/SentMessage('x')",
        headers={"origin": "https://app.example", "access-control-request-headers": "x-y"},
    )

    assert response.status_code == 200
    assert response["Allow"] == response["Access-Control-Allow-Methods"] == "GET, DELETE, OPTIONS"
    assert response["Access-Control-Allow-Headers"] == "x-y"


def test_pages_of_any_origin_may_call_unless_some_are_chosen(cells, settings):
    def origin_allowed(**headers):
        return (
            cells["a"]
            .call("GET", "__ctl/SentMessage", **headers)
            .get("Access-Control-Allow-Origin")
        )

    assert origin_allowed() == "*"
    settings.PERSONIUM_GENERATION = "g2"
    assert origin_allowed() is None
    assert origin_allowed(origin="https://app.example") == "https://app.example"
    settings.PERSONIUM_ORIGINS = ["https://other.example"]
    assert origin_allowed(origin="https://app.example") is None
    settings.PERSONIUM_GENERATION = "g1"
    assert origin_allowed(origin="https://app.example") is None
    assert origin_allowed(origin="https://other.example") == "https://other.example"


def test_headers_can_stand_in_another_header_but_never_say_where_a_caller_is(cells, settings):
    settings.TRUSTED_PROXIES = 1
    given = f"Authorization:Bearer {cells['a'].token}, X-Forwarded-For: 192.0.2.9"
    cells["a"].token = ""

    response = cells["a"].call("GET", "__ctl/SentMessage", **{"x-override": given})

    assert response.status_code == 200
    cells["a"].send(To=B)
    assert not LogEntry.objects.filter(address="192.0.2.9").exists()


def test_a_request_key_is_of_plain_characters(cells):
    def keyed(value):
        headers = {"x-personium-requestkey": value}
        return cells["a"].call("GET", "__ctl/SentMessage", **headers)

    assert keyed("abc-1_2").status_code == 200
    assert error(keyed("a b"))[:2] == (400, "PR400-EV-0002")
    assert error(keyed("a" * 129))[:2] == (400, "PR400-EV-0002")


def test_every_answer_names_the_version(cells, settings):
    assert cells["a"].get("SentMessage")["X-Personium-Version"] == "1.5.8"
    settings.PERSONIUM_GENERATION = "g2"
    cells["a"].token = ""
    assert cells["a"].get("SentMessage")["X-Personium-Version"] == "1.8.3"


def test_answers_are_json_whatever_is_asked_for_unless_it_is_refused(cells, settings):
    def accepting(value, **query):
        return cells["a"].client.get(
            "/a/__ctl/SentMessage",
            {f"${name}": text for name, text in query.items()},
            headers={"authorization": f"Bearer {cells['a'].token}", "accept": value},
        )

    for value in ("*/*", "application/json", "application/atom+xml", "text/xml, x/y"):
        assert accepting(value)["Content-Type"] == "application/json"
    assert error(accepting("image/png"))[1] == "PR415-OD-0001"
    assert accepting("image/png", format="json").status_code == 200
    assert error(accepting("*/*", format="atom"))[1] == "PR406-OD-0001"
    settings.PERSONIUM_GENERATION = "g2"
    assert error(accepting("image/png"))[1] == "PR406-OD-0001"


def test_a_body_that_is_far_too_large_is_refused(cells, settings):
    settings.MAX_REQUEST_BYTES = 1000

    response = cells["a"].send(To=B, Body="x" * 2000)

    assert error(response)[:2] == (413, "PR413-SV-0001")
    assert not Message.objects.exists()


# -- lists --


def test_a_list_shows_what_came_by_other_roads(cells):
    box = Box.objects.get(name="b")
    Message.objects.receive(box, envelope_to("b", subject="Uitslag", content="Zoë".encode()))
    Message.objects.receive(
        box, envelope_to("b", content=b"%PDF-1.7 \xff", content_type="application/pdf")
    )

    pdf, text = entities(cells["b"].get("ReceivedMessage"))

    assert (text["Title"], text["Body"], text["Status"]) == ("Uitslag", "Zoë", "unread")
    assert "application/pdf" in pdf["Body"] and "MessageBox" in pdf["Body"]
    assert cells["b"].command(text["__id"], "read").status_code == 204
    assert Message.objects.get(subject="Uitslag").read_at is not None
    assert entity(cells["b"].get(f"ReceivedMessage('{text['__id']}')"))["Status"] == "read"


def test_what_was_wrongly_delivered_is_gone_from_the_cell_and_not_empty(cells):
    box, right = Box.objects.get(name="b"), Box.objects.get(name="a")
    message = Message.objects.receive(box, envelope_to("b", subject="Uitslag"))
    [shown] = entities(cells["b"].get("ReceivedMessage"))

    Misdelivery.objects.move(message, right, subject="user:1", name="Anna", reason="verkeerd")

    assert entities(cells["b"].get("ReceivedMessage")) == []
    assert cells["b"].get(f"ReceivedMessage('{shown['__id']}')").status_code == 404
    assert cells["b"].command(shown["__id"], "read").status_code == 404


def test_what_a_list_discloses_is_logged(cells):
    cells["a"].send(To=B)

    cells["b"].get("ReceivedMessage")

    entry = LogEntry.objects.filter(action="list").get()
    assert entry.xuids == [Message.objects.get(direction="IN").xuid]
    assert entry.box_name == "b"


def test_a_page_costs_the_same_however_many_messages_there_are(cells):
    def cost(path):
        with CaptureQueriesContext(connection) as queries:
            cells["a" if path == "SentMessage" else "b"].get(path)
        return len(queries)

    cells["a"].send(To=B)
    cells["b"].get("ReceivedMessage")  # a key notes its first use
    few = [cost("SentMessage"), cost("ReceivedMessage")]
    for number in range(8):
        cells["a"].send(To=B, Title=str(number))

    assert [cost("SentMessage"), cost("ReceivedMessage")] == few


def test_text_of_other_roads_that_is_too_large_for_a_list_is_named(cells, settings):
    box = Box.objects.get(name="b")
    Message.objects.receive(box, envelope_to("b", content=b"x" * 300_000))

    [found] = entities(cells["b"].get("ReceivedMessage"))

    assert "text/plain, 300000 bytes: too large" in found["Body"]


def test_files_of_a_message_are_named(cells):
    box, file = Box.objects.get(name="b"), Attachment("x.pdf", "application/pdf", b"%PDF-1.7")
    Message.objects.receive(box, envelope_to("b", attachments=(file,)))

    [found] = entities(cells["b"].get("ReceivedMessage"))

    assert found["Body"].startswith("Beste collega\n[1 attachments]\n[To be read in MessageBox")


def test_headers_that_applications_wrote_wrongly_are_left_out(cells):
    headers = {"Personium-Type": ["x"], "Personium-Priority": "high", "Personium-Title": "{"}
    Message.objects.receive(Box.objects.get(name="b"), envelope_to("b", headers=headers))

    [found] = entities(cells["b"].get("ReceivedMessage", _orderby="Type,Priority,Title"))

    assert (found["Type"], found["Priority"], found["Title"]) == ("message", 3, "Overleg")


@pytest.mark.parametrize("nul", ["\0" * 32, "a\0b" + "c" * 29])
def test_a_nul_is_part_of_no_identifier(cells, nul):
    assert error(cells["a"].send(To=B, InReplyTo=nul)) == field_error("InReplyTo")
    assert error(cells["a"].send(To=B, __id=nul)) == field_error("__id")
    path = f"ReceivedMessage('{quote(nul)}')"
    assert error(cells["a"].call("GET", f"__ctl/{path}"))[:2] == (404, "PR404-OD-0002")
    assert entities(cells["a"].get("SentMessage", _filter=f"__id eq '{nul}'")) == []


def test_a_selection_leaves_the_rest_out(cells):
    cells["a"].send(To=B, Title="t")

    [found] = entities(cells["b"].get("ReceivedMessage", _select="Title"))

    assert set(found) == {"__metadata", "__id", "Title", "__published", "__updated"}


def test_a_list_is_ordered_with_nothing_at_its_end(cells):
    for title, answers in (("b", ID), ("a", None), ("c", "0" * 32)):
        cells["a"].send(To=B, Title=title, InReplyTo=answers)

    def titles(order):
        return [
            item["Title"] for item in entities(cells["b"].get("ReceivedMessage", _orderby=order))
        ]

    assert titles("Title") == ["a", "b", "c"]
    assert titles("Title desc, __id") == ["c", "b", "a"]
    assert titles("InReplyTo")[-1] == titles("InReplyTo desc")[-1] == "a"
    assert titles("Colour") == ["c", "a", "b"]  # newest first


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        ("Title eq 'one'", ["one"]),
        ("'one' eq 'one'", None),
        ("Title ne 'one'", ["three", "two"]),
        ("Priority le 2", ["two"]),
        ("Priority gt 2 and not_a eq 1", None),
        ("Title eq 'one' or Title eq 'two' and Priority eq 5", ["one"]),
        ("(Title eq 'one' or Title eq 'two') and Priority eq 3", ["one"]),
        ("InReplyTo eq null", ["three", "two"]),
        ("InReplyTo ne null", ["one"]),
        (f"InReplyTo eq '{ID}'", ["one"]),
        ("substringof('wo',Title)", ["two"]),
        ("startswith(Title,'t')", ["three", "two"]),
        ("Title gt 'three'", ["two"]),
        ("MulticastTo eq null and Status eq 'unread'", ["three", "two", "one"]),
        ("__published ge datetime'2020-01-01T00:00:00'", ["three", "two", "one"]),
        ("__published lt datetimeoffset'2020-01-01T00:00:00Z'", []),
        ("Body eq 'it''s'", ["three"]),
        ("_Box.Name eq 'x'", []),
    ],
)
def test_a_filter_means_what_it_says(cells, condition, titles):
    cells["a"].send(To=B, Title="one", InReplyTo=ID)
    cells["a"].send(To=B, Title="two", Priority=1)
    cells["a"].send(To=B, Title="three", Body="it's")

    response = cells["b"].get("ReceivedMessage", _filter=condition, _inlinecount="allpages")

    if titles is None:
        assert response.status_code == 400
    else:
        assert [item["Title"] for item in entities(response)] == titles
        assert response.json()["d"]["__count"] == str(len(titles))


def test_a_filter_finds_a_message_by_its_identifier_and_moment(cells):
    sent = entity(cells["a"].send(To=B))
    at = Message.objects.get(direction="OUT").created_at
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}"

    for condition in (f"__id eq '{sent['__id']}'", f"__published eq datetime'{moment}'"):
        [found] = entities(cells["a"].get("SentMessage", _filter=condition))
        assert found["__id"] == sent["__id"]


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_filter(text):
    for condition in (text, f"Title eq '{text}'", f"Title eq 'x' and {text}"):
        with suppress(CellError):
            read_filter(condition, SENT)


def test_words_are_searched_for(cells):
    cells["a"].send(To=B, Title="Uitslag", Body="Alles is goed")
    cells["a"].send(To=B, Title="Overleg")

    assert len(entities(cells["b"].get("ReceivedMessage", q="GOED uitslag"))) == 1


def test_an_entity_that_did_not_change_is_not_sent_again(cells):
    identifier = entity(cells["a"].send(To=B))["__id"]
    path = f"__ctl/ReceivedMessage('{identifier}')"
    etag = cells["b"].call("GET", path)["ETag"]

    assert cells["b"].call("GET", path, **{"if-none-match": etag}).status_code == 304
    cells["b"].command(identifier, "read")
    assert cells["b"].call("GET", path, **{"if-none-match": etag}).status_code == 200


# -- cells of other units --


@pytest.fixture
def outside(cells, second, settings, unit):
    """The box a has a cell at another unit."""
    settings.PERSONIUM_PRIVATE_UNITS = True
    account = Account(
        box=Box.objects.get(name="a"), transport="personium", url=unit.cell("a"), username="me"
    )
    account.password = "secret"
    account.save()
    return unit


def test_15_a_cell_of_another_unit_is_reached_in_the_second_generation(cells, outside):
    sent = entity(cells["a"].send(To=f"{outside.cell('b')},{B},{outside.cell('nobody')}"))

    assert [(item["To"], item["Code"]) for item in sent["Result"]] == [
        (outside.cell("b"), "201"),
        (B, "201"),
        (outside.cell("nobody"), "403"),
    ]
    assert [arrived.cell for arrived in outside.received] == ["b"]
    assert len(entities(cells["b"].get("ReceivedMessage"))) == 1


def test_15_the_first_generation_reaches_the_unit_of_the_account(cells, outside, settings):
    settings.PERSONIUM_GENERATION = "g1"

    sent = entity(cells["a"].send(To=outside.cell("b").rstrip("/")))

    assert sent["Result"] == [{"To": outside.cell("b"), "Code": "201", "Reason": "Created."}]
    assert cells["c"].send(To=outside.cell("b")).status_code == 400


def test_what_another_cell_says_is_its_result(cells, outside):
    outside.refuse("b", 400, "PR400-RM-0002", "Box corresponding to the schema can not be found.")
    outside.refuse("c", 503, "PR503-SV-0001", "Busy.")

    sent = entity(cells["a"].send(To=f"{outside.cell('b')},{outside.cell('c')}"))

    assert [(item["Code"], item["Reason"]) for item in sent["Result"]] == [
        ("400", "Box corresponding to the schema can not be found."),
        ("503", "Busy."),
    ]
    assert not Delivery.objects.filter(status="queued").exists()


def test_47_a_cell_that_cannot_be_reached_leaves_no_sent_message(cells, outside):
    outside.unreachable.add("c")

    response = cells["a"].send(To=f"{B},{outside.cell('b')},{outside.cell('c')}")

    assert error(response) == (500, "PR500-SM-0001", "Sent Message connection error.")
    assert entities(cells["a"].get("SentMessage")) == []
    assert len(entities(cells["b"].get("ReceivedMessage"))) == 1
    assert [arrived.cell for arrived in outside.received] == ["b"]


def test_47_what_the_caller_was_told_is_lost_is_not_sent_later(cells, outside):
    outside.unreachable.add("c")
    cells["a"].send(To=outside.cell("c"))

    outside.heal()
    Delivery.objects.update(due_at="2020-01-01T00:00:00Z")
    run_worker()

    assert outside.received == []
    assert Message.objects.get().status == Message.Status.ERROR


def test_47_a_repetition_under_the_same_identifier_arrives_once(cells, outside):
    to = f"{B},{outside.cell('b')},{outside.cell('c')}"
    outside.unreachable.add("c")
    assert cells["a"].send(__id=ID, To=to).status_code == 500
    outside.heal()

    sent = entity(cells["a"].send(__id=ID, To=to))

    assert [item["Code"] for item in sent["Result"]] == ["409", "201", "201"]
    assert [arrived.cell for arrived in outside.received] == ["b", "c"]
    assert len(entities(cells["b"].get("ReceivedMessage"))) == 1


def test_47_a_lost_answer_is_told_as_such(cells, outside):
    outside.fail("body", CUT, at="send")

    assert error(cells["a"].send(To=outside.cell("b")))[1] == "PR500-SM-0001"
    assert Delivery.objects.get().status == "uncertain"


def test_47_a_send_can_go_on_by_itself_where_that_is_chosen(cells, outside, settings):
    settings.PERSONIUM_KEEP_UNREACHED = True
    outside.unreachable.add("c")

    sent = entity(cells["a"].send(To=outside.cell("c")))

    [result] = sent["Result"]
    assert result["Code"] == "" and "could not reach" in result["Reason"]
    assert len(entities(cells["a"].get("SentMessage"))) == 1
    assert Delivery.objects.get().status == "queued"


def test_cells_for_which_there_is_no_time_get_it_later(cells, outside, settings):
    settings.PERSONIUM_SEND_SECONDS = 1

    sent = entity(cells["a"].send(To=f"{outside.cell('b')},{outside.cell('c')}"))

    assert [item["Code"] for item in sent["Result"]] == ["201", "202"]
    run_worker()
    later = entity(cells["a"].get(f"SentMessage('{sent['__id']}')"))
    assert [item["Code"] for item in later["Result"]] == ["201", "201"]
    assert [arrived.cell for arrived in outside.received] == ["b", "c"]


def run_worker() -> None:
    dispatch()
    for task in taken():
        if task["func"] == "transports.tasks.attempt":
            attempt(*task["args"])


def test_47_no_more_callers_wait_than_leave_room_for_others(cells, outside, settings):
    with ExitStack() as others:
        for _place in range(max(1, settings.WEB_THREADS // 2)):
            others.enter_context(place_to_wait(True))
        assert error(cells["a"].send(To=outside.cell("b")))[1] == "PR500-SM-0001"
        assert cells["a"].send(To=B).status_code == 201

    assert Message.objects.filter(direction="OUT").count() == 1
    assert cells["a"].send(To=outside.cell("b")).status_code == 201


def test_an_unapproved_unit_is_refused_with_its_reason(cells, outside, settings):
    settings.APPROVE_EVERY_DOMAIN = False

    status, code, words = error(cells["a"].send(To=outside.cell("b")))

    assert (status, code) == (400, "PR400-OD-0006")
    assert "approve" in words
    assert not Message.objects.exists()


def test_an_error_inside_is_answered_in_the_cells_own_words(cells, settings):
    settings.PERSONIUM_STRING_BYTES = "many"

    response = cells["a"].send(To=B)

    assert error(response) == (500, "PR500-SV-9999", "Unknown Exception [1]")
    assert response.json()["message"]["lang"] == "en_US"
