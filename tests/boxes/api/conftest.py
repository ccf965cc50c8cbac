"""Clients of the API, each with the key of one box."""

import pytest
from django.core.cache import cache

from boxes import refusals
from tests.boxes.api.client import ApiClient


@pytest.fixture(autouse=True)
def fresh_counters(monkeypatch):
    """Rates are counted in the cache and refusals in the process; both outlive a test."""
    cache.clear()
    monkeypatch.setattr(refusals, "_minute", refusals.Minute())


@pytest.fixture
def api(john_key):
    """The software of john: may read and send."""
    return ApiClient(john_key.header)


@pytest.fixture
def jill_api(jill_key):
    return ApiClient(jill_key.header)


@pytest.fixture
def stranger():
    """Without a key."""
    return ApiClient()
