"""What has to be done before the service can start: the tables, and the static files."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage, Tags
from django.core.checks.registry import registry
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

# Any number will do, as long as nothing else locks on it.
MIGRATION_LOCK = 8_405_218_211
# Folders of other packages that no page of ours uses; compressing them takes longest of all.
UNUSED = ["redoc", "rest_framework"]


def prepare() -> None:
    refuse_what_is_wrong()
    with _alone():
        call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    connection.close()


def refuse_what_is_wrong() -> None:
    """Django's checks and ours, but those of the addresses: they load every view, as web does.

    Raises SystemCheckError.
    """
    found: list[CheckMessage] = []
    for check in registry.get_checks():
        if Tags.urls not in check.tags:
            found += check(app_configs=None, databases=["default"])
    wrong = [message for message in found if message.is_serious() and not message.is_silenced()]
    if wrong:
        raise SystemCheckError("\n".join(["The service does not start.", *map(str, wrong)]))


@contextmanager
def _alone() -> Iterator[None]:
    """Of several hosts that start on one PostgreSQL, one migrates and the others wait."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def collect_static_files() -> None:
    """Collect, compress and name the static files; nothing to do when none changed."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with open(root / ".collected", "a+") as stamp:
        fcntl.flock(stamp, fcntl.LOCK_EX)  # two services may start from one directory
        stamp.seek(0)
        state = _state_of_static_files()
        if stamp.read() == state:
            return
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
        stamp.truncate(0)
        stamp.write(state)


def _state_of_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
