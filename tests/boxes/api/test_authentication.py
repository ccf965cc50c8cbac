"""Who may ask at all: keys, secrets, expiry, networks, and what a refusal tells."""

import base64
from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.models import Access, ApiKey, Box, LogEntry
from tests.boxes.api.client import ApiClient


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


def refused():
    return list(LogEntry.objects.filter(action="refuse").values_list("subject", "outcome"))


def test_a_key_lists_the_boxes_it_opens(api, john, jill):
    answer = api.get("/")

    assert answer.status_code == 200
    assert answer.json() == [
        {
            "name": "john",
            "displayName": "John Johnson",
            "accessUntil": None,
            "rights": ["read", "send"],
            "unread": 0,
        }
    ]
    assert answer["Cache-Control"] == "no-store"


def test_manage_includes_the_other_rights(issue_key, john):
    answer = ApiClient(issue_key(john, "manage").header).get("/")

    assert answer.json()[0]["rights"] == ["read", "send", "deliver", "manage"]


def test_a_closed_box_is_open_to_nobody(api, john):
    Box.objects.filter(pk=john.pk).update(state="closed")

    assert api.get("/").json() == []


def test_without_credentials_the_caller_is_asked_to_sign_in(stranger, db):
    answer = stranger.get("/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic ")
    assert answer.json() == {
        "error": ["Sign in with HTTP Basic: the API key as user name, its secret as password."],
        "code": "credentials_missing",
        "fields": {},
    }
    assert refused() == [("anonymous", "credentials_missing")]


def test_a_wrong_secret_is_refused_and_logged_without_it(stranger, john_key):
    wrong = john_key.secret[:-1] + "!"

    answer = stranger.get("/", Authorization=basic(f"{john_key.key.key_id}:{wrong}"))

    assert answer.status_code == 401
    assert answer.json()["code"] == "credentials_wrong"
    [entry] = LogEntry.objects.filter(action="refuse")
    assert entry.address == "127.0.0.1"
    assert entry.detail == john_key.key.key_id


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        basic("no-colon"),
        basic(":"),
        basic("nobody:secret"),
        basic("a\0b:secret"),
        basic("x" * 500 + ":secret"),
        basic("a:\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")),
    ],
)
def test_credentials_that_are_none_are_wrong_and_never_a_fault(stranger, db, header):
    answer = stranger.get("/", Authorization=header)

    assert answer.status_code == 401
    assert answer.json()["code"] == "credentials_wrong"


@pytest.mark.parametrize("header", ["Bearer abc", "abc:def", ""])
def test_who_signs_in_otherwise_is_told_how(stranger, db, header):
    answer = stranger.get("/", Authorization=header)

    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_missing")
    assert answer.json()["error"] == [
        "Sign in with HTTP Basic: the API key as user name, its secret as password."
    ]


def test_an_expired_key_says_so_to_whoever_knows_its_secret(issue_key, john):
    key = issue_key(john, "read", expires_at=now() - timedelta(seconds=1))

    answer = ApiClient(key.header).get("/")

    assert answer.status_code == 401
    assert answer.json()["code"] == "key_expired"
    assert "expired" in answer.json()["error"][0]
    assert refused() == [(f"key:{key.key.key_id}", "key_expired")]


def test_a_withdrawn_key_opens_nothing_from_that_moment(api, john_key):
    assert api.get("/").status_code == 200

    john_key.key.revoke()

    answer = api.get("/")
    assert answer.status_code == 401
    assert answer.json()["code"] == "key_revoked"


def test_a_key_is_refused_outside_its_networks(issue_key, john):
    key = issue_key(john, "read", networks=["192.0.2.0/24"])

    answer = ApiClient(key.header).get("/")

    assert answer.status_code == 403
    assert answer.json()["code"] == "network_refused"
    assert refused() == [(f"key:{key.key.key_id}", "network_refused")]


def test_a_key_is_taken_from_within_its_networks(issue_key, john):
    key = issue_key(john, "read", networks=["127.0.0.0/8"])

    assert ApiClient(key.header).get("/").status_code == 200


def test_the_address_behind_our_proxy_counts(issue_key, john, settings):
    settings.TRUSTED_PROXIES = 1
    key = issue_key(john, "read", networks=["192.0.2.0/24"])

    inside = ApiClient(key.header).get("/", X_Forwarded_For="203.0.113.9, 192.0.2.7")
    outside = ApiClient(key.header).get("/", X_Forwarded_For="192.0.2.7, 203.0.113.9")

    assert (inside.status_code, outside.status_code) == (200, 403)


def test_the_scheme_is_known_in_any_case(stranger, john_key):
    header = john_key.header.replace("Basic", "bAsIc")

    assert stranger.get("/", Authorization=header).status_code == 200


def test_sentences_come_in_the_language_that_is_asked_for(stranger, db):
    dutch = stranger.request("PATCH", "/", Accept_Language="nl", Authorization="x")
    english = stranger.request("GET", "/nothing/here")

    assert dutch["Content-Language"] == "nl"
    assert english.json()["error"][0].startswith("There is no such address.")


def test_a_key_keeps_when_it_was_last_used(api, john_key):
    api.get("/")

    assert ApiKey.objects.get(pk=john_key.key.pk).last_used_at is not None


def test_an_access_of_a_person_opens_nothing_to_a_key(api, jill, django_user_model):
    person = django_user_model.objects.create_user("els")
    Access.objects.create(box=jill, user=person, read=True)

    assert [box["name"] for box in api.get("/").json()] == ["john"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_use_the_login_that_a_browser_kept(api, site):
    answer = api.get("/john/messages", Sec_Fetch_Site=site)

    assert answer.status_code == 403
    assert answer.json()["code"] == "cross_site"
    assert api.get("/john/messages", Sec_Fetch_Site="same-origin").status_code == 200
