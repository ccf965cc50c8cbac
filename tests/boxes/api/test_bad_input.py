"""What cannot be accepted: refused with field and limit, nothing stored, never a fault."""

import base64
import gzip
import io
import json

import pytest
from django.test import RequestFactory

from boxes.api.json import TooLarge, read_body
from boxes.envelope import Address, Envelope
from boxes.models import Content, LogEntry, Message
from tests.boxes.api.client import ApiClient
from tests.boxes.api.test_sending import LETTER, letter

SMALL = {"address": "jill"}


@pytest.fixture
def collector(issue_key, john):
    return ApiClient(issue_key(john, "deliver").header)


def nothing_is_stored():
    return not Message.objects.exists() and not Content.objects.exists()


# -- no JSON --


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b"{'subject': 'x'}",
        b'{"subject": "x",}',
        b'{"subject": "x"} {}',
        b'{"subject": "a\nb"}',
        b"\xff\xfe{\x00}\x00",
        b'{"subject": "caf\xe9"}',
        b'{"subject": "\xed\xa0\x80"}',
        b'{"headers": {"a": NaN}}',
        b'{"headers": {"a": Infinity}}',
        b'{"headers": {"a": -Infinity}}',
        b'{"headers": {"a": 1e999}}',
        b'{"headers": {"a": ' + b"9" * 5000 + b"}}",
        b'{"subject": "x", "subject": "y"}',
        b'{"headers": {"a": 1, "a": 2}}',
        b'{"\\ud800": 1, "\\ud800": 2}',
        b'{"subject": "\\ud800"}',
        b'{"subject": "\\udc00\\ud800"}',
        b'{"headers": {"\\ud83d": "x"}}',
        b'{"headers": {"a": [["\\ud83d x"]]}}',
        b'{"headers": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"headers": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}",
        b'{"a": ' * 10_000 + b"1" + b"}" * 10_000,
        b"subject=x&to=jill",
    ],
)
def test_a_body_that_is_no_json_object_of_ours_is_malformed(api, raw):
    answer = api.post("/john/send", raw=raw)

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"
    assert len(answer.json()["error"]) == 1
    assert nothing_is_stored()


def test_whole_surrogate_pairs_are_text(api):
    raw = json.dumps(letter(subject="🎨")).encode()
    assert b"\\ud83c" in raw

    assert api.post("/john/send", raw=raw).json()["envelope"]["subject"] == "🎨"


@pytest.mark.parametrize("path", ["search", "deliver", "default/send"])
def test_each_door_wants_an_object(manager_api, path):
    answer = manager_api.post(f"/john/{path}", raw=b"[]")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.fixture
def manager_api(issue_key, john):
    return ApiClient(issue_key(john, "manage").header)


# -- wrong types at every place --


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("id", {"id": 5}),
        ("id", {"id": ["x"]}),
        ("subject", {"subject": True}),
        ("subject", {"subject": {"a": 1}}),
        ("from", {"from": "john"}),
        ("from", {"from": [{"address": "john"}]}),
        ("from.address", {"from": {"address": 5}}),
        ("from.displayName", {"from": {"displayName": []}}),
        ("to", {"to": None}),
        ("to", {"to": ...}),
        ("to", {"to": []}),
        ("to", {"to": "jill"}),
        ("to", {"to": SMALL}),
        ("to.0", {"to": ["jill"]}),
        ("to.1", {"to": [SMALL, None]}),
        ("to.0.address", {"to": [{}]}),
        ("to.0.address", {"to": [{"address": None}]}),
        ("to.0.address", {"to": [{"address": "  "}]}),
        ("to.0.address", {"to": [{"address": ["jill"]}]}),
        ("to.1.displayName", {"to": [SMALL, {"address": "x", "displayName": 1}]}),
        ("cc", {"cc": "jill"}),
        ("cc.0.address", {"cc": [{"address": 0}]}),
        ("headers", {"headers": []}),
        ("headers", {"headers": "X-A: b"}),
        ("dateTime", {"dateTime": 1521000000}),
        ("dateTime", {"dateTime": "yesterday"}),
        ("dateTime", {"dateTime": "2018-02-30 10:00"}),
        ("dateTime", {"dateTime": "2018-03-28T25:00:00"}),
        ("dateTime", {"dateTime": "2018-03-28T10:00:00+99:00"}),
        ("dateTime", {"dateTime": "2018-03-28T10:00:00+01:75"}),
        ("dateTime", {"dateTime": "0001-01-01T00:00:00+14:00"}),
        ("dateTime", {"dateTime": "9999-12-31T23:59:59-14:00"}),
        ("dateTime", {"dateTime": "2018-W13-3"}),
        ("dateTime", {"dateTime": "٢٠١٨-03-28"}),
        ("inReplyTo", {"inReplyTo": 7}),
        ("contentType", {"contentType": ...}),
        ("contentType", {"contentType": 5}),
        ("contentType", {"contentType": "text"}),
        ("contentType", {"contentType": "text/"}),
        ("contentType", {"contentType": "text/plain\r\nX: y"}),
        ("contentType", {"contentType": "text/plain; charset"}),
        ("contentType", {"contentType": "text /plain"}),
        ("content", {"content": ...}),
        ("content", {"content": None}),
        ("content", {"content": 5}),
        ("content", {"content": {"a": 1}}),
        ("contentEncoding", {"contentEncoding": 5, "content": "YQ=="}),
        ("contentEncoding", {"contentEncoding": "gzip", "content": "YQ=="}),
        ("content", {"contentEncoding": "base64", "content": "not base64!"}),
        ("content", {"contentEncoding": "base64", "content": "YQ"}),
        ("content", {"contentEncoding": "base64", "content": "YQ==YQ=="}),
        ("content", {"contentEncoding": "base64", "content": "é"}),
        ("content", {"contentEncoding": "base64", "content": ...}),
        ("attachments", {"attachments": {}}),
        ("attachments.0", {"attachments": ["a.pdf"]}),
        ("attachments.0.filename", {"attachments": [{"filename": 5, "content": ""}]}),
        ("attachments.0.contentType", {"attachments": [{"filename": "a", "content": ""}]}),
        ("attachments.0.content", {"attachments": [{"contentType": "text/plain"}]}),
        (
            "attachments.1.content",
            {
                "attachments": [
                    {"contentType": "text/plain", "content": ""},
                    {"contentType": "text/plain", "content": "?"},
                ]
            },
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_place(api, collector, place, changes):
    for client, door in ((api, "send"), (collector, "deliver")):
        answer = client.post(f"/john/{door}", letter(**changes))

        assert answer.status_code == 400, answer.json()
        assert answer.json()["code"] == "invalid"
        assert place in answer.json()["fields"]
        assert any(sentence.startswith(place) for sentence in answer.json()["error"])
    assert nothing_is_stored()


def test_all_that_is_wrong_is_told_at_once(api):
    answer = api.post("/john/send", {"subject": 5, "to": [{}], "content": 1})

    assert set(answer.json()["fields"]) == {"subject", "to.0.address", "contentType", "content"}


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("id", {"id": "a\0b"}),
        ("subject", {"subject": "\0"}),
        ("from.displayName", {"from": {"displayName": "a\0"}}),
        ("to.0.address", {"to": [{"address": "ji\0ll"}]}),
        ("to.0.displayName", {"to": [{"address": "jill", "displayName": "\0"}]}),
        ("headers", {"headers": {"a": {"b": ["\0"]}}}),
        ("headers", {"headers": {"\0": 1}}),
        ("inReplyTo", {"inReplyTo": "\0"}),
        ("attachments.0.filename", {"attachments": [{"filename": "\0", "contentType": "a/b"}]}),
    ],
)
def test_nul_is_in_no_field_of_an_envelope(api, place, changes):
    answer = api.post("/john/send", letter(**changes))

    assert answer.status_code == 400
    assert place in answer.json()["fields"]
    assert nothing_is_stored()


def test_nul_may_be_in_content(api):
    xuid = api.post("/john/send", letter(content="a\0b")).json()["xuid"]

    assert api.get(f"/john/messages/{xuid}").json()["envelope"]["content"] == "a\0b"


@pytest.mark.parametrize("address", ["jill\r\nBcc: x@example.org", "a\tb", "\x7f"])
def test_an_address_has_no_control_characters(api, address):
    answer = api.post("/john/send", letter(to=[{"address": address}]))

    assert list(answer.json()["fields"]) == ["to.0.address"]


@pytest.mark.parametrize("number", [2**53 + 1, -(2**64), 1e300])
def test_numbers_that_json_libraries_disagree_on_are_in_no_header(api, number):
    answer = api.post("/john/send", letter(headers={"a": [number]}))

    assert list(answer.json()["fields"]) == ["headers"]
    assert nothing_is_stored()


# -- limits --


@pytest.mark.parametrize(
    ("place", "limit", "build"),
    [
        ("id", 255, lambda n: {"id": "i" * n}),
        ("subject", 998, lambda n: {"subject": "é" * n}),
        ("from.displayName", 255, lambda n: {"from": {"displayName": "d" * n}}),
        ("to.0.address", 1000, lambda n: {"to": [{"address": "a" * n}]}),
        ("to.0.displayName", 255, lambda n: {"to": [{**SMALL, "displayName": "🎨" * n}]}),
        ("inReplyTo", 255, lambda n: {"inReplyTo": "r" * n}),
        ("contentType", 255, lambda n: {"contentType": "text/plain; a=" + "x" * (n - 14)}),
        (
            "attachments.0.filename",
            255,
            lambda n: {"attachments": [{"filename": "f" * n, "contentType": "a/b", "content": ""}]},
        ),
        ("to", 1000, lambda n: {"to": [{"address": f"a{i}"} for i in range(n)]}),
        ("cc", 1000, lambda n: {"cc": [SMALL for _ in range(n)]}),
        (
            "to",
            1000,
            lambda n: {
                "to": [{"address": f"a{i}"} for i in range(500)],
                "cc": [{"address": f"b{i}"} for i in range(n - 500)],
            },
        ),
        (
            "attachments",
            1000,
            lambda n: {"attachments": [{"contentType": "a/b", "content": ""}] * n},
        ),
    ],
)
def test_a_limit_is_reached_but_not_passed(collector, place, limit, build):
    over = collector.post("/john/deliver", letter(**build(limit + 1)))

    assert over.status_code == 400
    assert list(over.json()["fields"]) == [place]
    assert str(limit) in over.json()["error"][0].replace("\xa0", "")
    assert nothing_is_stored()
    assert collector.post("/john/deliver", letter(**build(limit))).status_code == 200


def test_an_address_of_wide_letters_fits_the_index(api):
    over = api.post("/john/send", letter(to=[{"address": "🎨" * 501}]))

    assert list(over.json()["fields"]) == ["to.0.address"]
    assert api.post("/john/send", letter(to=[{"address": "🎨" * 500}])).status_code == 200


def test_headers_have_a_size(api):
    over = api.post("/john/send", letter(headers={"a": "x" * 65536}))

    assert (over.status_code, over.json()["code"]) == (413, "too_large")
    assert "65536" in over.json()["error"][0]
    assert nothing_is_stored()
    assert api.post("/john/send", letter(headers={"a": "x" * 65000})).status_code == 200


def test_content_and_attachments_have_a_size_together(api, settings):
    settings.MAX_CONTENT_BYTES = 1000
    part = {"filename": "a", "contentType": "a/b", "content": base64.b64encode(b"x" * 500).decode()}

    fits = letter(content="x" * 500, attachments=[part])
    over = api.post("/john/send", {**fits, "content": "x" * 501})

    assert (over.status_code, over.json()["code"]) == (413, "too_large")
    assert "1000 bytes" in over.json()["error"][0]
    assert nothing_is_stored()
    assert api.post("/john/send", fits).status_code == 200


def test_fifty_one_mebibytes_are_too_large(api):
    content = base64.b64encode(bytes(51 * 1024 * 1024)).decode()

    answer = api.post("/john/send", letter(contentEncoding="base64", content=content))

    assert answer.status_code == 413
    assert str(50 * 1024 * 1024) in answer.json()["error"][0]
    assert nothing_is_stored()


def test_a_body_that_says_it_is_too_long_is_not_read(api, settings):
    settings.MAX_REQUEST_BYTES = 1000

    answer = api.post("/john/send", letter(content="x" * 1000))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "1000 bytes" in answer.json()["error"][0]


def test_a_body_in_chunks_is_read_to_the_limit(settings):
    settings.MAX_REQUEST_BYTES = 1000

    def chunked(body):
        request = RequestFactory().post("/")
        del request.META["CONTENT_LENGTH"]
        request.META |= {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(body)}
        return request

    assert read_body(chunked(b"x" * 1000)) == b"x" * 1000
    with pytest.raises(TooLarge):
        read_body(chunked(b"x" * 1001))


def test_an_envelope_at_all_its_limits_goes_through(collector, john, api):
    full = letter(
        subject="é" * 998,
        to=[{"address": f"a{n}@example.org", "displayName": "n" * 255} for n in range(1000)],
        headers={"deep": json.loads("[" * 90 + "]" * 90), "wide": {str(n): n for n in range(2000)}},
    )

    xuid = collector.post("/john/deliver", full).json()["xuid"]

    shown = api.get(f"/john/messages/{xuid}").json()["envelope"]
    assert (shown["to"], shown["headers"]) == (full["to"], full["headers"])


# -- outside the doors --


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/john", "/john/messages/", "/John/messages", "/john/Messages", "/jo-hn/send"],
)
def test_an_unknown_path_is_not_found_in_json(api, path):
    answer = api.get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["code"] == "not_found"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/john/messages", "/apiary"])
def test_below_api_everything_is_json_and_elsewhere_nothing_is(client, db, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert (answer["Content-Type"] == "application/json") == (path != "/apiary")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/john/messages", {"GET", "HEAD"}),
        ("GET", "/john/send", {"POST"}),
        ("PATCH", "/john/send", {"POST"}),
        ("OPTIONS", "/john/messages", {"GET", "HEAD"}),
        ("TRACE", "/", {"GET", "HEAD"}),
        ("BREW", "/", {"GET", "HEAD"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(api, method, path, allowed):
    answer = api.request(method, path)

    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == allowed
    assert answer.json()["code"] == "method_not_allowed"


def test_another_host_is_refused_in_json(client, db):
    answer = client.get("/api/v1/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert answer.json()["error"] == ["The request is not valid."]


def test_a_fault_of_ours_is_json_with_a_number_to_tell(api, john, caplog):
    envelope = Envelope((Address("john"),), "text/plain", b"x")
    received = Message.objects.receive(john, envelope, source="test")
    Content.objects.update(sealed=b"broken")

    answer = api.get(f"/john/messages/{received.xuid}")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert answer["X-Request-Id"] in answer.json()["error"][0]
    assert "Undecryptable" in caplog.text


def test_unknown_parameters_are_refused_at_every_door(api, john):
    for path in ("/", "/john/messages/AAAAAAAAAAAAAAAAAAAAAA"):
        answer = api.get(f"{path}?colour=red")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["colour"])


def test_refusals_tell_nothing_that_was_sent(api):
    api.post("/john/send?bsn=999990019", LETTER)

    assert not LogEntry.objects.filter(detail__contains="999990019").exists()


# -- sentences that say what to do --


def test_a_body_that_is_missing_is_asked_for(api):
    assert api.post("/john/send").json()["error"] == [
        "The body is empty. Give a JSON object: { … }."
    ]


def test_a_compressed_body_is_refused_as_such(api):
    raw = gzip.compress(json.dumps(LETTER).encode())

    answer = api.post("/john/send", raw=raw, Content_Encoding="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["error"] == [
        "The body is compressed. Send it as it is, without Content-Encoding."
    ]


def test_a_method_that_is_not_known_comes_with_those_that_are(api):
    answer = api.get("/john/send")

    assert answer.status_code == 405
    assert answer.json()["error"] == ["This address does not know the method GET; it knows POST."]


def test_an_address_that_is_not_there_leads_to_those_that_are(api, john):
    [sentence] = api.get("/john/messages/").json()["error"]

    assert "/api/v1/docs" in sentence and "slash" in sentence


def test_a_birth_date_is_asked_for_as_it_is_written(api, john):
    answer = api.get("/john/messages?birthDate=1991-13-45")

    assert answer.json()["fields"] == {"birthDate": ["Write this as 1980-12-31."]}
