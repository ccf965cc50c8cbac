"""A running service for each file of drills, once for each pair of database and broker."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.drills.service import Service
from tests.drills.stores import Postgresql, RedisServer
from tests.runs import GROWN_UP


@dataclass
class Stores:
    """Where a service keeps its rows, and what wakes its workers."""

    environment: dict[str, str]
    postgresql: Postgresql | None = None
    redis: RedisServer | None = None


def belongs(pair: str, here: bool):
    return pytest.param(pair, marks=() if here else pytest.mark.wide)


@pytest.fixture(
    scope="module",
    params=[
        belongs("sqlite", not GROWN_UP),
        belongs("postgresql and redis", GROWN_UP),
        pytest.param("sqlite and redis", marks=pytest.mark.wide),
        pytest.param("postgresql", marks=pytest.mark.wide),
    ],
)
def stores(request, tmp_path_factory) -> Iterator[Stores]:
    found = Stores({})
    if "postgresql" in request.param:
        found.postgresql = Postgresql(tmp_path_factory.mktemp("database"))
        found.environment["DATABASE_URL"] = found.postgresql.url
    if "redis" in request.param:
        found.redis = RedisServer()
        found.environment["REDIS_URL"] = found.redis.url
    yield found
    if found.postgresql:
        found.postgresql.stop()
    if found.redis:
        found.redis.kill()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory) -> Service:
    """A service on SQLite with its tables, boxes and key: others begin as a copy of it."""
    return Service(tmp_path_factory.mktemp("furnished")).furnish()


@pytest.fixture(scope="module")
def still(stores, furnished, tmp_path_factory) -> Service:
    """A service that is ready to start, with these stores."""
    directory = tmp_path_factory.mktemp("service")
    if stores.postgresql:
        return Service(directory, **stores.environment).furnish()
    return Service(directory, furnished, **stores.environment)


@pytest.fixture(scope="module")
def running(still) -> Iterator[Service]:
    still.start()
    yield still
    still.stop()
