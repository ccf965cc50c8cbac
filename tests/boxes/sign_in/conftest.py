"""Ann, who has a name and a password here, and browsers for her."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from boxes.models import LogEntry, User

PASSWORD = "een-lang-wachtwoord"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Names without a hash, so that the files need not be collected first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english(settings):
    """The sentences as they stand in the code."""
    settings.LANGUAGE_CODE = "en"


@pytest.fixture(autouse=True)
def nothing_counted():
    """The library counts some requests in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def ann(db) -> User:
    return User.objects.create_superuser("ann", password=PASSWORD, email="ann@example.org")


@pytest.fixture
def browser() -> Client:
    return Client()


def signs_in(client: Client, name: str = "ann", password: str = PASSWORD, **more):
    return client.post(LOGIN, {"login": name, "password": password, **more})


def entries() -> list[tuple[str, str]]:
    """What the log tells, oldest first: the action or refusal, and its detail."""
    rows = LogEntry.objects.order_by("id").values_list("action", "outcome", "detail")
    return [(action if outcome == "ok" else outcome, detail) for action, outcome, detail in rows]


def code_for(secret: str, halves: int = 0) -> str:
    """What an app shows now, or so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + halves))


def sets_up_an_app(client: Client) -> str:
    """Follows the page; returns the secret that the app keeps."""
    page = client.get("/accounts/2fa/totp/activate/").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def codes_on(page: str) -> list[str]:
    return re.findall(r"<li>(\d{8})</li>", page)
