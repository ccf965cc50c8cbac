import pytest

from tests.fakes.certificates import Authority
from tests.fakes.smtp import FakeSmtp


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start_smtp():
    """``start_smtp(security="tls", …)`` runs a mail server until the test ends."""
    running = []

    def start(**options) -> FakeSmtp:
        running.append(FakeSmtp(**options).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def smtp(start_smtp) -> FakeSmtp:
    return start_smtp()
