"""What every test may ask for: two boxes, a key for each, and a storage of its own."""

import base64
import os

import hypothesis
import pytest

from boxes import append_only, refusals
from boxes.models import Access, ApiKey, Box, Organization

pytest_plugins = ["tests.browser", "tests.runs"]

# The same examples in every run; HYPOTHESIS_PROFILE=search looks further.
hypothesis.settings.register_profile("same", derandomize=True, database=None)
hypothesis.settings.register_profile("search", database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory, django_db_modify_db_settings):
    """SQLite in a file, as in service: in memory the threads of a live server would share one
    connection with the test, and trip over each other."""
    from django.db import connections

    default = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The suite empties tables between tests, which the append-only log forbids elsewhere.

    tests/boxes/test_log.py puts the triggers back and sees them refuse.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.models.signals import post_migrate

    # Emptying the tables counts as a migration, which would put the triggers back.
    post_migrate.disconnect(append_only.install, sender=apps.get_app_config("boxes"))
    with django_db_blocker.unblock():
        triggers = {
            "sqlite": ["{0}_no_delete"],
            "postgresql": ["{0}_append_only ON {0}", "{0}_no_truncate ON {0}"],
        }[connection.vendor]
        with connection.cursor() as cursor:
            for table in append_only.TABLES:
                for trigger in triggers:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.format(table)}")


@pytest.fixture(autouse=True)
def nothing_refused():
    """What an earlier test had refused is not counted into the log of this one."""
    refusals._minute.turn(-1)


@pytest.fixture(autouse=True)
def own_queue(monkeypatch, worker_id):
    """On Redis each test process has a queue of its own, empty when a test begins.

    In the database a queue goes with the test's own rows.
    """
    from django.conf import settings
    from django_q.brokers import get_broker
    from django_q.conf import Conf

    if settings.REDIS_URL:
        monkeypatch.setattr(Conf, "CLUSTER_NAME", f"tests-{os.getpid()}-{worker_id}")
        get_broker().delete_queue()


@pytest.fixture(autouse=True)
def own_cache(settings, worker_id):
    """On Redis each test process counts in a database of its own: a test that clears its cache
    would empty the queues of the others."""
    if settings.REDIS_URL:
        server, _slash, _number = settings.REDIS_URL.rpartition("/")
        number = 6 + int(worker_id.removeprefix("gw") if worker_id.startswith("gw") else 8)
        default = {**settings.CACHES["default"], "LOCATION": f"{server}/{number}"}
        settings.CACHES = {**settings.CACHES, "default": default}


@pytest.fixture(autouse=True)
def content_directory(settings, tmp_path):
    settings.CONTENT_DIR = tmp_path / "content"
    return settings.CONTENT_DIR


@pytest.fixture(autouse=True)
def every_domain_approved(settings):
    """Tests of the policy switch it on."""
    settings.APPROVE_EVERY_DOMAIN = True


@pytest.fixture
def practice(db) -> Organization:
    return Organization.objects.create(name="Huisartsenpraktijk De Linde")


@pytest.fixture
def john(practice) -> Box:
    return Box.objects.create(name="john", display_name="John Johnson", organization=practice)


@pytest.fixture
def jill(practice) -> Box:
    return Box.objects.create(name="jill", display_name="Jill Jackson", organization=practice)


class Key:
    """An API key with its secret, and the header it authenticates with."""

    def __init__(self, key: ApiKey, secret: str) -> None:
        self.key, self.secret = key, secret

    @property
    def header(self) -> str:
        pair = f"{self.key.key_id}:{self.secret}".encode()
        return "Basic " + base64.b64encode(pair).decode()


@pytest.fixture
def issue_key(practice):
    """``issue_key(box, "read", "send")`` makes a key with these rights on the box."""

    def issue(box: Box, *rights: str, **fields) -> Key:
        key, secret = ApiKey.objects.issue(practice, f"software of {box.name}", **fields)
        Access.objects.create(box=box, key=key, **dict.fromkeys(rights, True))
        return Key(key, secret)

    return issue


@pytest.fixture
def john_key(issue_key, john) -> Key:
    return issue_key(john, "read", "send")


@pytest.fixture
def jill_key(issue_key, jill) -> Key:
    return issue_key(jill, "read", "send")
