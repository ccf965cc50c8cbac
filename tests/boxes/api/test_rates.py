"""How often one may ask, and what the log keeps of those who are refused."""

import time
import uuid

import pytest
from django.test import override_settings

from boxes import refusals
from boxes.models import LogEntry
from tests.boxes.api.client import ApiClient


@pytest.fixture(autouse=True)
def own_counters(settings):
    own = {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}
    settings.CACHES = {**settings.CACHES, "default": own}
    settings.WEB_CONCURRENCY = 1


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    """The clock stands still, so that no minute ends within a test."""
    moment = 1_800_000_030.0
    monkeypatch.setattr(time, "time", lambda: moment)


def entries():
    return list(
        LogEntry.objects.filter(action="refuse").order_by("id").values_list("outcome", "detail")
    )


def test_a_key_has_so_many_requests_a_minute(api, settings):
    settings.KEY_RATE_PER_MINUTE = 3

    answers = [api.get("/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "30"
    assert answers[-1].json()["code"] == "rate_limited"


def test_a_process_that_counts_for_itself_takes_its_share(api, settings):
    settings.REDIS_URL, settings.KEY_RATE_PER_MINUTE, settings.WEB_CONCURRENCY = "", 6, 2

    assert [api.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_each_key_has_its_own(api, jill_api, settings):
    settings.KEY_RATE_PER_MINUTE = 1

    assert [api.get("/").status_code for _ in range(2)] == [200, 429]
    assert jill_api.get("/").status_code == 200


def test_an_address_is_refused_so_often_a_minute(stranger, api, settings):
    settings.REFUSAL_RATE_PER_MINUTE = 2

    answers = [stranger.get("/").status_code for _ in range(4)]

    assert answers == [401, 401, 429, 429]
    assert api.get("/").status_code == 200, "a good key is never locked out by others"


def test_trying_names_of_boxes_counts_as_being_refused(api, settings):
    settings.REFUSAL_RATE_PER_MINUTE = 2

    answers = [api.get(f"/box{n}/messages").status_code for n in range(4)]

    assert answers == [404, 404, 429, 429]


def test_a_cache_that_is_down_limits_nobody(api, caplog):
    nowhere = "redis://127.0.0.1:1/0"
    broken = {
        name: {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": nowhere}
        for name in ("default", "q2")
    }
    with override_settings(CACHES=broken, REDIS_URL=nowhere):
        assert api.get("/").status_code == 200
    assert "does not count" in caplog.text


# -- what the log keeps --


def test_a_thousand_wrong_secrets_are_two_entries(stranger, db, monkeypatch, settings):
    settings.REFUSAL_RATE_PER_MINUTE = 1_000_000
    for _ in range(30):
        stranger.get("/")
    assert entries() == [("credentials_missing", "")]

    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    stranger.get("/")

    assert entries() == [
        ("credentials_missing", ""),
        ("credentials_missing", "29 more within the minute"),
        ("credentials_missing", ""),
    ]


def test_any_request_of_a_later_minute_writes_the_count(stranger, api, monkeypatch):
    stranger.get("/")
    stranger.get("/")

    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    api.get("/")

    assert entries()[1:] == [("credentials_missing", "1 more within the minute")]


def test_sources_are_counted_apart(stranger, api, jill, john_key):
    stranger.get("/")
    api.get("/jill/messages")
    api.get("/nobody/messages")

    kept = LogEntry.objects.filter(action="refuse").values_list("subject", "box_name")
    assert list(kept.order_by("id")) == [
        ("anonymous", ""),
        (john_key.key.subject, "jill"),
    ]


def test_sources_beyond_number_are_counted_together(db, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_SOURCES", 3)
    for n in range(10):
        refusals.record("credentials_wrong", address=f"192.0.2.{n}")

    addresses = LogEntry.objects.order_by("id").values_list("address", flat=True)
    assert list(addresses) == ["192.0.2.0", "192.0.2.1", "192.0.2.2", ""]


def test_refusing_costs_no_more_than_a_row_a_minute(stranger, db, django_assert_num_queries):
    stranger.get("/")

    with django_assert_num_queries(0):
        stranger.get("/")


def test_a_key_without_rights_is_refused_and_counted(issue_key, john):
    nobody = ApiClient(issue_key(john).header)

    assert nobody.get("/john/messages").status_code == 403
    assert entries() == [("right_missing", "read")]
