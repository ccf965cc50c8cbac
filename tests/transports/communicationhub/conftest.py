import pytest

from tests.fakes.communicationhub import FakeCommunicationHub
from tests.transports.communicationhub.facade import HubCaller, token_of


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


@pytest.fixture
def facade(settings):
    settings.FACADES = ["communicationhub"]
    settings.MAIL_DOMAIN = "mail.example"


@pytest.fixture
def caller(facade, issue_key, john) -> HubCaller:
    """John's software."""
    return HubCaller("Bearer " + token_of(issue_key(john, "send")))
