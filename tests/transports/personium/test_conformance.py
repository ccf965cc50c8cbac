"""The conformance cases of the message API in its first generation, by their numbers.

Cells here have no relations, so of the cases that ask for one (5, 6, 8, 38) only what holds
without is left: a relation that is not there (7). A request is approved as a message (36).
"""

import json

import pytest

from boxes.models import Message
from tests.transports.personium.cells import cell, entities, entity, error, field_error
from transports.models import CellMessage

A, B, C = cell("a"), cell("b"), cell("c")
ID = "0123456789abcdef0123456789abcdef"
RELATION = "https://u/app/__relation/__/friend"
ROLE = "https://u/app/__role/__/friend"


def nothing_kept() -> bool:
    return not Message.objects.exists() and not CellMessage.objects.exists()


def test_1_a_message_is_sent_and_lies_in_the_other_cell(cells):
    response = cells["a"].send(To=B, Title="t", Body="b")

    assert response.status_code == 201
    sent = entity(response)
    assert response["Location"] == sent["__metadata"]["uri"]
    assert response["Location"] == f"{A}__ctl/SentMessage('{sent['__id']}')"
    assert (sent["Type"], sent["Priority"]) == ("message", 3)
    assert sent["InReplyTo"] is None and sent["_Box.Name"] is None
    assert sent["Result"] == [{"To": B, "Code": "201", "Reason": "Created."}]
    assert response["ETag"] == sent["__metadata"]["etag"]
    assert response["DataServiceVersion"] == "2.0"
    found = cells["b"].get(f"ReceivedMessage('{sent['__id']}')")
    assert found.status_code == 200
    received = entity(found)
    assert (received["Status"], received["From"]) == ("unread", A)
    assert received["MulticastTo"] is None
    assert (received["Title"], received["Body"]) == ("t", "b")


def test_2_a_message_without_destination_is_refused(cells):
    assert error(cells["a"].send(Title="t")) == field_error("To,ToRelation")
    assert nothing_kept()


def test_3_two_cells_hold_the_same_identifier_and_know_of_each_other(cells):
    sent = entity(cells["a"].send(To=f"{B},{C}", Title="t"))

    assert [result["To"] for result in sent["Result"]] == [B, C]
    in_b = entity(cells["b"].get(f"ReceivedMessage('{sent['__id']}')"))
    in_c = entity(cells["c"].get(f"ReceivedMessage('{sent['__id']}')"))
    assert (in_b["MulticastTo"], in_c["MulticastTo"]) == (C, B)


def test_4_a_cell_that_does_not_exist_has_a_result_of_its_own(cells):
    sent = entity(cells["a"].send(To=f"{cell('nobody')},{cell('No-Body')},{B}", Title="t"))

    unknown = {"Code": "403", "Reason": "Unit user access required."}
    assert sent["Result"] == [
        {"To": cell("nobody"), **unknown},
        {"To": cell("No-Body"), **unknown},
        {"To": B, "Code": "201", "Reason": "Created."},
    ]


def test_7_a_relation_that_does_not_exist_is_named(cells):
    response = cells["a"].send(To=B, ToRelation="norelation")

    assert error(response) == (400, "PR400-SM-0001", "ToRelation [norelation] does not exist.")
    assert nothing_kept()


def test_9_a_thousand_destinations_are_allowed_and_one_more_is_not(cells):
    many = [cell(f"n{number}") for number in range(1001)]

    response = cells["a"].send(To=",".join(many))
    assert error(response)[1] == "PR400-SM-0003"
    assert nothing_kept()

    sent = entity(cells["a"].send(To=",".join([*many[:999], B, B])))
    assert len(sent["Result"]) == 1000
    assert sent["Result"][-1] == {"To": B, "Code": "201", "Reason": "Created."}


@pytest.mark.parametrize("answers", ["0" * 31, "0" * 33, "hnKXm44TTZCw-bfSEw4f0A", "0" * 31 + "\n"])
def test_10_an_answer_names_an_identifier_of_32_characters(cells, answers):
    assert error(cells["a"].send(To=B, InReplyTo=answers)) == field_error("InReplyTo")
    assert nothing_kept()


def test_10_an_identifier_that_is_answered_comes_back(cells):
    assert entity(cells["a"].send(To=B, InReplyTo="é" * 32))["InReplyTo"] == "é" * 32
    assert entity(cells["a"].send(To=B, InReplyTo=None))["InReplyTo"] is None
    first = entity(cells["a"].send(To=B))["__id"]
    answer = entity(cells["b"].send(To=A, InReplyTo=first))
    assert answer["InReplyTo"] == first
    assert entity(cells["a"].get(f"ReceivedMessage('{answer['__id']}')"))["InReplyTo"] == first


def test_11_a_title_counts_characters_and_has_one_line(cells):
    assert entity(cells["a"].send(To=B, Title="t" * 256))["Title"] == "t" * 256
    assert entity(cells["a"].send(To=B, Title="😀" * 256))["Title"] == "😀" * 256
    assert error(cells["a"].send(To=B, Title="t" * 257)) == field_error("Title")
    for line_end in "\n\r\u0085\u2028\u2029":
        assert error(cells["a"].send(To=B, Title=f"a{line_end}b")) == field_error("Title")


def test_12_a_priority_is_one_to_five(cells):
    for wrong in (0, 6, -1, "high", 1.5, True, [1]):
        assert error(cells["a"].send(To=B, Priority=wrong)) == field_error("Priority")
    assert entity(cells["a"].send(To=B, Priority="2"))["Priority"] == 2
    assert entity(cells["a"].send(To=B, Priority=None))["Priority"] == 3


@pytest.mark.parametrize("sign", ["x", "é"])
def test_13_a_body_counts_bytes(cells, sign):
    most = sign * (51_200 // len(sign.encode()))

    assert entity(cells["a"].send(To=B, Body=most))["Body"] == most
    assert error(cells["a"].send(To=B, Body=most + "x")) == field_error("Body")


def test_13_the_documented_limit_can_be_chosen(cells, settings):
    settings.PERSONIUM_STRING_BYTES = 65_536

    assert entity(cells["a"].send(To=B, Body="x" * 65_536))["Body"] == "x" * 65_536
    assert error(cells["a"].send(To=B, Body="x" * 65_537)) == field_error("Body")


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ("ftp://example.com/test", "ftp://example.com/test"),
        (f"{B},ftp://example.com/test", "To"),
        (f"{B},,{C}", "To"),
        (f",{B}", "To"),
        (f"{B}, {C}", "To"),
        (",", "To"),
        ("", "To"),
        ("https://u/" + "b" * 1020, "https://u/" + "b" * 1020),
    ],
)
def test_14_what_is_no_cell_url_is_refused(cells, to, field):
    assert error(cells["a"].send(To=to)) == field_error(field)
    assert nothing_kept()


def test_14_a_comma_at_the_end_is_ignored(cells):
    sent = entity(cells["a"].send(To=f"{B},"))

    assert (sent["To"], len(sent["Result"])) == (f"{B},", 1)


@pytest.mark.parametrize(
    "to", ["https://other.example/b/", "http://u/b/", "urn:cell:b", "personium-localunit:/b/"]
)
def test_15_another_unit_is_refused_in_the_first_generation(cells, to):
    assert error(cells["a"].send(To=to)) == field_error("To")
    assert nothing_kept()


def test_16_a_slash_at_the_end_is_added_and_a_cell_served_once(cells):
    sent = entity(cells["a"].send(To=f"https://u/b,{B},HTTPS://U/b"))

    assert sent["To"] == f"https://u/b,{B},HTTPS://U/b"
    assert [result["To"] for result in sent["Result"]] == [B]


@pytest.mark.parametrize("kind", ["social.message", "", "Message", "request"])
def test_17_a_type_is_one_of_five(cells, kind):
    assert error(cells["a"].send(To=B, Type=kind)) == field_error("Type")


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("req.relation.build", RELATION),
        ("req.relation.break", RELATION),
        ("req.role.grant", ROLE),
        ("req.role.revoke", f"{ROLE}/"),
        ("req.relation.build", "+friend:of-all"),
        ("req.role.grant", "doctor"),
    ],
)
def test_18_a_request_is_carried_unchanged(cells, kind, what):
    sent = entity(cells["a"].send(To=B, Type=kind, RequestRelation=what, RequestRelationTarget=A))

    received = entity(cells["b"].get(f"ReceivedMessage('{sent['__id']}')"))
    for side in (sent, received):
        assert (side["Type"], side["RequestRelation"]) == (kind, what)
        assert side["RequestRelationTarget"] == A
    assert received["Status"] == "none"


@pytest.mark.parametrize(
    "what",
    ["https://u/app/__ctl/Relation(_Box.Name='box1',Name='friend')", ROLE, "_friend", "", "a b"],
)
def test_19_a_relation_of_another_form_is_refused(cells, what):
    response = cells["a"].send(
        To=B, Type="req.relation.build", RequestRelation=what, RequestRelationTarget=A
    )

    assert error(response) == field_error("RequestRelation")
    assert nothing_kept()


def test_20_a_request_needs_relation_and_target(cells):
    both = field_error("RequestRelation,RequestRelationTarget")

    assert error(cells["a"].send(To=B, Type="req.role.grant", RequestRelation="x")) == both
    assert error(cells["a"].send(To=B, Type="req.role.grant", RequestRelationTarget=A)) == both
    assert error(
        cells["a"].send(
            To=B, Type="req.role.grant", RequestRelation="x", RequestRelationTarget="here"
        )
    ) == field_error("RequestRelationTarget")


def test_21_the_fields_of_the_other_generation_are_refused(cells):
    assert error(cells["a"].send(To=B, RequestObjects=[])) == field_error("RequestObjects")


def test_23_a_message_bound_to_a_box_needs_a_box_inside_the_cell(cells):
    response = cells["a"].send(To=B, BoxBound=True)

    assert error(response)[1] == "PR400-SM-0004"
    assert nothing_kept()
    assert cells["a"].send(To=B, BoxBound="false").status_code == 201


def test_25_a_nul_comes_back_escaped(cells):
    response = cells["a"].send(To=B, Title="a\0b", Body="c\0d\x7f")

    assert b"a\\u0000b" in response.content and b"c\\u0000d\\u007f" in response.content
    listed = cells["b"].get("ReceivedMessage")
    assert b"\0" not in listed.content and b"\x7f" not in listed.content
    assert entities(listed)[0]["Title"] == "a\0b"
    assert entities(listed)[0]["Body"] == "c\0d\x7f"


@pytest.mark.parametrize(
    "body", ['{"To":', "", "[]", "1", '{"To": "\\ud800"}', '{"To": NaN}', b"\xff", "[" * 100_000]
)
def test_26_what_is_no_json_object_is_refused(cells, body):
    response = cells["a"].call("POST", "__message/send", body)

    assert error(response) == (400, "PR400-OD-0001", "JSON parse error.")
    assert nothing_kept()


def test_27_who_does_not_sign_in_is_told_how(cells):
    basic = cells["a"].call("POST", "__message/send", {"To": B}, authorization="Basic YTpi")
    cells["a"].token = ""
    without = cells["a"].send(To=B)

    for response in (basic, without):
        assert error(response) == (401, "PR401-AU-0001", "Authorization required.")
        assert response["WWW-Authenticate"] == f'Bearer realm="{A}"'
    assert nothing_kept()


def test_27_who_may_only_read_does_not_send(cells, issue_key):
    box = Message._meta.get_field("box").related_model.objects.get(name="a")
    reader = issue_key(box, "read")
    cells["a"].token = reader.key.key_id + reader.secret

    assert error(cells["a"].send(To=B))[:2] == (403, "PR403-AU-0002")
    assert nothing_kept()


def test_33_a_message_is_read_and_unread(cells):
    identifier = entity(cells["a"].send(To=B))["__id"]

    read = cells["b"].command(identifier, "read")
    again = cells["b"].command(identifier, "unread")

    assert (read.status_code, again.status_code) == (204, 204)
    assert read["ETag"].startswith('W/"2-') and again["ETag"].startswith('W/"3-')
    assert read["DataServiceVersion"] == "2.0" and read.content == b""
    found = cells["b"].get(f"ReceivedMessage('{identifier}')")
    assert (entity(found)["Status"], found["ETag"]) == ("unread", again["ETag"])
    assert Message.objects.get(direction="IN").read_at is None


@pytest.mark.parametrize("command", [None, "", "ABCDE", "approved", 1, ["read"], {"a": 1}])
def test_34_a_command_that_does_not_suit_a_message_is_refused(cells, command):
    identifier = entity(cells["a"].send(To=B))["__id"]

    assert error(cells["b"].command(identifier, command)) == field_error("Command")


def test_34_a_request_is_not_read(cells):
    identifier = requested(cells)

    assert error(cells["b"].command(identifier, "read")) == field_error("Command")


def requested(cells) -> str:
    return entity(
        cells["a"].send(
            To=B, Type="req.relation.build", RequestRelation=RELATION, RequestRelationTarget=A
        )
    )["__id"]


def test_35_a_command_for_a_message_that_is_not_there(cells):
    assert error(cells["b"].command(ID, "read")) == (404, "PR404-OD-0002", "No such entity.")


def test_35_a_command_that_is_no_json(cells):
    response = cells["b"].call("POST", f"__message/received/{ID}", "{")

    assert error(response)[:2] == (400, "PR400-CM-0004")


@pytest.mark.parametrize("command", ["approved", "rejected"])
def test_36_37_39_a_request_is_decided_once(cells, command):
    identifier = requested(cells)

    assert cells["b"].command(identifier, command).status_code == 204
    assert entity(cells["b"].get(f"ReceivedMessage('{identifier}')"))["Status"] == command
    for later in ("approved", "rejected"):
        assert error(cells["b"].command(identifier, later)) == field_error("Command")
    assert entity(cells["b"].get(f"ReceivedMessage('{identifier}')"))["Status"] == command


@pytest.mark.parametrize("method", ["PUT", "MERGE", "POST"])
@pytest.mark.parametrize("path", ["SentMessage", "SentMessage('x')", "ReceivedMessage('x')"])
def test_40_entities_are_not_written(cells, method, path):
    response = cells["a"].call(method, f"__ctl/{path}", {})

    assert error(response) == (405, "PR405-MC-0001", "Method not allowed.")


def test_41_a_list_needs_the_right_to_read(cells, issue_key):
    box = Message._meta.get_field("box").related_model.objects.get(name="a")
    sender, reader = issue_key(box, "send"), issue_key(box, "read")

    cells["a"].token = sender.key.key_id + sender.secret
    assert error(cells["a"].get("SentMessage"))[:2] == (403, "PR403-AU-0002")
    assert error(cells["a"].get("SentMessage('x')"))[:2] == (403, "PR403-AU-0002")
    cells["a"].token = reader.key.key_id + reader.secret
    assert entities(cells["a"].get("SentMessage")) == []


def test_42_filters_find_a_message(cells):
    text = "x" * 3000 + "'" + "é" * 500
    cells["a"].send(To=B, Body=text)
    cells["c"].send(To=B, Body="short")
    quoted = text.replace("'", "''")

    for condition in (
        f"Body eq '{quoted}'",
        "startswith(Body,'xxx')",
        f"From eq '{A}' and Type eq 'message'",
    ):
        [found] = entities(cells["b"].get("ReceivedMessage", _filter=condition))
        assert found["Body"] == text


def test_43_a_list_comes_in_pages(cells):
    for number in range(30):
        cells["a"].send(To=B, Title=str(number))

    assert len(entities(cells["b"].get("ReceivedMessage"))) == 25
    counted = cells["b"].get("ReceivedMessage", _top=0, _inlinecount="allpages").json()["d"]
    assert counted == {"results": [], "__count": "30"}
    paged = entities(cells["b"].get("ReceivedMessage", _top=2, _skip=10, _orderby="__published"))
    assert [item["Title"] for item in paged] == ["10", "11"]
    assert error(cells["b"].get("ReceivedMessage", _top="10001")) == (
        400,
        "PR400-OD-0029",
        "Query value [$top]=[10001] is invalid.",
    )
    assert error(cells["b"].get("ReceivedMessage", _top="x"))[1] == "PR400-OD-0036"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"_filter": "Nope eq 'x'"}, "PR400-OD-0045"),
        ({"_filter": "endswith(Title,'x')"}, "PR400-OD-0044"),
        ({"_filter": "Title"}, "PR400-OD-0003"),
        ({"_filter": "Title gt null"}, "PR400-OD-0003"),
        ({"_filter": "(Title eq 'x'"}, "PR400-OD-0003"),
        ({"_filter": "(" * 2000 + "Title eq 'x'"}, "PR400-OD-0003"),
        ({"_filter": "Priority add 1 eq 4"}, "PR400-OD-0043"),
        ({"_filter": "not (Priority eq 4)"}, "PR400-OD-0043"),
        ({"_filter": "Priority eq '3'"}, "PR400-OD-0046"),
        ({"_filter": "Priority eq 99999999999"}, "PR400-OD-0047"),
        ({"_filter": "__published ge datetime'soon'"}, "PR400-OD-0047"),
        ({"_format": "xml"}, "PR400-OD-0005"),
        ({"_orderby": ""}, "PR400-OD-0015"),
        ({"_orderby": "Title up"}, "PR400-OD-0015"),
        ({"_select": ""}, "PR400-OD-0017"),
        ({"_inlinecount": "some"}, "PR400-OD-0013"),
        ({"_skip": "100001"}, "PR400-OD-0029"),
        ({"_top": "101", "_expand": "_Box"}, "PR400-OD-0029"),
        ({"_expand": "_Box,_AccountRead,_Box"}, "PR400-OD-0039"),
        ({"q": ""}, "PR400-OD-0029"),
        ({"q": "x" * 256}, "PR400-OD-0029"),
    ],
)
def test_44_an_option_that_cannot_be_read_is_named(cells, options, code):
    assert error(cells["b"].get("ReceivedMessage", **options))[:2] == (400, code)


def test_44_a_result_is_not_filtered_on(cells):
    response = cells["b"].get("SentMessage", _filter="Result eq 'x'")

    assert error(response)[:2] == (400, "PR400-OD-0003")


def test_45_a_message_is_deleted_on_one_side(cells, issue_key):
    identifier = entity(cells["a"].send(To=B))["__id"]
    path = f"__ctl/ReceivedMessage('{identifier}')"

    stale = cells["b"].call("DELETE", path, **{"if-match": 'W/"9-9"'})
    assert error(stale) == (412, "PR412-OD-0002", "ETag does not match.")
    assert cells["b"].call("DELETE", path, **{"if-match": "*"}).status_code == 204
    assert error(cells["b"].call("DELETE", path))[:2] == (404, "PR404-OD-0002")
    assert entities(cells["b"].get("ReceivedMessage")) == []
    assert len(entities(cells["a"].get("SentMessage"))) == 1
    assert Message.objects.get(direction="IN").status == Message.Status.ARCHIVED
    box = Message._meta.get_field("box").related_model.objects.get(name="a")
    reader = issue_key(box, "read")
    cells["a"].token = reader.key.key_id + reader.secret
    refused = cells["a"].call("DELETE", f"__ctl/SentMessage('{identifier}')")
    assert error(refused)[:2] == (403, "PR403-AU-0002")


def test_45_the_right_etag_deletes(cells):
    response = cells["a"].send(To=B)
    path = f"__ctl/SentMessage('{entity(response)['__id']}')"

    assert cells["a"].call("DELETE", path, **{"if-match": response["ETag"]}).status_code == 204


def test_46_another_method_can_stand_in_a_header(cells):
    identifier = entity(cells["a"].send(To=B))["__id"]

    response = cells["a"].call(
        "POST", f"__ctl/SentMessage('{identifier}')", b"", **{"x-http-method-override": "DELETE"}
    )

    assert response.status_code == 204
    assert entities(cells["a"].get("SentMessage")) == []


def test_an_identifier_of_the_sender_is_kept_and_taken_once(cells):
    sent = entity(cells["a"].send(__id=ID, To=B))
    assert sent["__id"] == ID

    again = cells["a"].send(__id=ID, To=C)

    assert error(again) == (409, "PR409-OD-0003", "The entity already exists.")
    assert entities(cells["c"].get("ReceivedMessage")) == []
    assert error(cells["a"].send(__id="short", To=B)) == field_error("__id")


def test_a_cell_that_came_first_with_an_identifier_keeps_no_other_message_out(cells):
    cells["a"].send(__id=ID, To=B)

    sent = entity(cells["c"].send(__id=ID, To=f"{B},{A}"))

    assert [result["Code"] for result in sent["Result"]] == ["201", "201"]
    received = {item["From"]: item["__id"] for item in entities(cells["b"].get("ReceivedMessage"))}
    assert received[A] == ID
    assert received.keys() == {A, C} and received[C] != ID


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"Nope": 1}, "PR400-OD-0007", "[unknown property Nope for SentMessage]"),
        ({"Nope": {}}, "PR400-OD-0006", "request body format error. field [Nope]"),
        ({"__published": "x"}, "PR400-OD-0007", "[__published is management information name.]"),
        ({"Title": ["x"]}, "PR400-OD-0006", "request body format error. field [Title]"),
        ({"BoxBound": "maybe"}, "PR400-OD-0006", "request body format error. field [BoxBound]"),
        ({"Title": "x" * 51_201}, "PR400-OD-0006", "request body format error. field [Title]"),
        ({"ToRelation": "_x"}, "PR400-OD-0006", "request body format error. field [ToRelation]"),
    ],
)
def test_a_member_of_another_kind_is_named(cells, fields, code, words):
    assert error(cells["a"].send(To=B, **fields)) == (400, code, words)
    assert nothing_kept()


def test_numbers_become_text_and_what_the_cell_writes_itself_is_ignored(cells):
    response = cells["a"].call(
        "POST",
        "__message/send/",
        json.dumps({"To": B, "Title": 12, "Body": True, "_Box.Name": "x", "Result": [1]}),
    )

    sent = entity(response)
    assert (sent["Title"], sent["Body"], sent["_Box.Name"]) == ("12", "true", None)
    assert len(sent["Result"]) == 1
