import pytest

from tests.fakes.certificates import Authority
from tests.fakes.receiver import FakeReceiver
from transports.models import Webhook


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def own_network(settings, authority):
    """The receivers of the tests live on this host."""
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    settings.WEBHOOKS_CA_FILE = str(authority.ca_file)
    settings.WEBHOOK_TIMEOUT = 5


@pytest.fixture
def receiver(authority):
    with FakeReceiver(context=authority.context()) as fake:
        yield fake


@pytest.fixture
def hook():
    """``hook(box, receiver)`` makes a webhook that begins at the present, which is nothing."""

    def make(box, receiver) -> Webhook:
        webhook = Webhook(box=box, url=receiver.url)
        receiver.secret = webhook.draw_secret()
        webhook.save()
        return webhook

    return make
