import pytest

from tests.fakes.certificates import Authority
from tests.fakes.communicationhub import FakeCommunicationHub


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start_hub():
    """``start_hub(authorization="Bearer x", …)`` runs a hub until the test ends."""
    running = []

    def start(**options) -> FakeCommunicationHub:
        running.append(FakeCommunicationHub(**options).__enter__())
        return running[-1]

    yield start
    for hub in running:
        hub.__exit__()


@pytest.fixture
def hub(start_hub) -> FakeCommunicationHub:
    return start_hub()
