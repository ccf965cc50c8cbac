"""What must be true of the installation before it starts."""

import sqlite3

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

# The WAL-reset fault is mended in these and later releases of each line.
MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


def is_mended(version: tuple[int, ...]) -> bool:
    return version >= MENDED[-1] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in MENDED
    )


@register(Tags.database)
def sqlite_library(app_configs, **kwargs) -> list[CheckMessage]:
    if connection.vendor != "sqlite":
        return []
    version = sqlite3.sqlite_version_info
    if is_mended(version):
        return []
    return [
        Error(
            f"SQLite {'.'.join(map(str, version))} can corrupt a database that several "
            "processes write.",
            hint="Install the pysqlite3 package (make setup does), or use PostgreSQL.",
            id="boxes.E001",
        )
    ]


@register(Tags.security)
def hosts(app_configs, **kwargs) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if not settings.VIEWER_BASE_URL or settings.VIEWER_BASE_URL == settings.BASE_URL:
        found.append(
            Warning(
                "The viewer shares a host name with inbox and admin.",
                hint="Set VIEWER_BASE_URL to a host name of its own.",
                id="boxes.W001",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS may not be “*”.", id="boxes.E002"))
    return found
