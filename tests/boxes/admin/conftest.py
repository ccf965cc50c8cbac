"""A superuser, a member of staff with the permissions that a test names, and their browsers."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from boxes.models import LogEntry, User
from transports.models import Heartbeat


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


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", password="een-lang-wachtwoord")


def signed_in(user: User) -> Client:
    """With a log in which nothing happened yet."""
    client = Client()
    client.force_login(user)
    LogEntry.objects.filter(action="sign in").delete()
    return client


@pytest.fixture
def browser(root) -> Client:
    """Signed in as the superuser."""
    return signed_in(root)


@pytest.fixture
def staff_with(db):
    """``staff_with("view_message")`` signs in a member of staff who may just that."""

    def sign_in(*codenames: str) -> Client:
        user = User.objects.create_user("staff", password="een-lang-wachtwoord", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return signed_in(user)

    return sign_in


@pytest.fixture
def heartbeat(db) -> None:
    Heartbeat.beat()


@pytest.fixture
def count_queries(db):
    """How many queries a call asks, once the process has filled what it caches for itself."""

    def count(call) -> int:
        call()
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count
