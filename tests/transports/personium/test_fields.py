"""No body and no answer, however strange, breaks what reads it."""

import json
from contextlib import suppress

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from transports.personium import carried
from transports.personium.client import entity_of, members_of, outcome_of, said
from transports.personium.facade.destinations import check_form, distinct
from transports.personium.facade.errors import CellError
from transports.personium.facade.fields import read_fields
from transports.personium.facade.port import fields_of_port
from transports.personium.facade.requests import check_request
from transports.personium.facade.sending import FIELDS, REQUESTS
from transports.wire.http import Answer

NAMES = st.sampled_from(
    "__id BoxBound InReplyTo To ToRelation Type Title Body Priority RequestRelation "
    "RequestRelationTarget RequestObjects Status From MulticastTo Schema RequestType Name "
    "ClassUrl TargetUrl EventType EventObject Action Result Nope".split()
)
WORDS = st.sampled_from(
    "message request req.role.grant unread none relation.add rule.add exec https://u/b/ "
    "https://u/app/__role/__/x 3 true ,".split()
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.dictionaries(NAMES, ANY, max_size=8)


@given(BODIES, st.sampled_from(["g1", "g2"]), st.booleans())
def test_no_body_breaks_a_door(body, generation, at_port):
    raw = json.dumps(body).encode()
    with override_settings(PERSONIUM_GENERATION=generation), suppress(CellError):
        first = generation == "g1"
        fields = fields_of_port() if at_port else (*FIELDS, *REQUESTS[first])
        values = read_fields(raw, fields, "SentMessage")
        check_request(values, at_port=at_port)
        distinct(check_form(values.get("To") or ""))


@given(st.binary(max_size=60))
def test_no_bytes_break_a_door(raw):
    with suppress(CellError):
        read_fields(raw, FIELDS, "SentMessage")


@given(ANY | BODIES)
def test_no_answer_breaks_the_client(value):
    for body in (value, {"d": value}, {"d": {"results": value}}, {"message": value}):
        answer = Answer(201, {}, json.dumps(body).encode())
        assert isinstance(members_of(answer), dict)
        assert isinstance(said(answer), str)
        outcome = outcome_of(entity_of(answer))
        assert outcome is None or outcome.code.isdigit()


@given(st.dictionaries(st.sampled_from([f"Personium-{n}" for n in carried.FIELDS]), ANY), st.text())
def test_headers_of_any_kind_become_fields_of_the_right_one(headers, title):
    fields = carried.fields_of(headers)

    assert isinstance(fields["Type"], str) and 1 <= fields["Priority"] <= 5
    assert carried.fields_of(carried.headers_of(fields)) == fields
    assert carried.title_of(carried.title_header(title), title) == title
