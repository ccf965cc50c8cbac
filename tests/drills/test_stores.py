"""A database that crashes and a broker that forgets everything, in the middle of the work."""

import pytest

from tests.drills.service import PATIENCE, Service, eventually
from tests.drills.stores import Postgresql, RedisServer
from tests.runs import OF_THE_GROWN_UP_RUN

pytestmark = [
    *OF_THE_GROWN_UP_RUN,
    pytest.mark.timeout(5 * PATIENCE),
    pytest.mark.parametrize("stores", ["postgresql and redis"], indirect=True),
]


@pytest.fixture(scope="module")
def postgresql(stores) -> Postgresql:
    return stores.postgresql


@pytest.fixture(scope="module")
def redis(stores) -> RedisServer:
    return stores.redis


def test_messages_survive_a_crash_of_the_database(running: Service, postgresql: Postgresql):
    running.post_many(20, patient=True)
    postgresql.crash()
    postgresql.start()
    running.post_many(20, patient=True)

    running.assert_each_arrived_once()


def test_messages_move_while_the_broker_is_dead(running: Service, redis: RedisServer):
    redis.kill()
    running.post_many(5, patient=True)

    running.assert_each_arrived_once()

    redis.start()
    eventually(running.workers, "the cluster is back")
    running.post_many(5, patient=True)
    running.assert_each_arrived_once()


def test_messages_survive_a_broker_that_forgets(running: Service, redis: RedisServer):
    for _ in range(3):
        running.post_many(5, patient=True)
        redis.kill()
        redis.start()

    running.assert_each_arrived_once()
