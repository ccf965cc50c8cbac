"""The service ends as a whole, however it is ended, and finds its work again."""

import socket
import subprocess
import sys

import pytest

from tests.drills.family import living
from tests.drills.service import PATIENCE, ROOT, Service, eventually
from tests.runs import OF_THE_EMBEDDED_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_EMBEDDED_RUN]


@pytest.fixture
def service(furnished, tmp_path):
    """A service that the drill starts and ends as it likes."""
    service = Service(tmp_path, furnished)
    yield service
    for member in service.members():
        member.kill()


def test_told_to_stop_it_leaves_nobody(service: Service):
    service.start()
    members = service.members()
    assert len(members) > 8

    service.process.terminate()

    assert service.process.wait(60) == 0
    eventually(lambda: not living(members), "every process is gone")


def test_it_also_leaves_nobody_when_everyone_is_told_at_once(service: Service):
    service.start()
    members = service.members()

    for member in members:
        member.terminate()

    service.process.wait(60)
    eventually(lambda: not living(members), "every process is gone")


def test_killed_itself_it_takes_everyone_along(service: Service):
    service.start()
    members = service.members()

    service.process.kill()

    service.process.wait(60)
    eventually(lambda: not living(members), "every process is gone")


def test_what_was_queued_under_another_secret_key_is_not_lost(service: Service):
    service.environment["SECRET_KEY"] = "the first " * 6
    service.start("--only", "web")
    service.post_many(5)
    assert service.list("jill", "INBOX") == []
    service.stop()

    service.environment["SECRET_KEY"] = "the second " * 6
    service.start()

    service.assert_each_arrived_once()


def test_a_port_that_is_taken_is_refused_with_a_sentence(service: Service):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        ran = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={**service.environment, "PORT": str(other.getsockname()[1])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ran.returncode == 1
    assert "cannot be had" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_parts_can_run_apart(service: Service):
    service.start("--only", "web")
    worker = service.twin().start("--only", "worker")
    try:
        service.post_many(5)
        service.assert_each_arrived_once()
    finally:
        worker.stop()
