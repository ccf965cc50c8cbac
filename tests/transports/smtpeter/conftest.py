import pytest

from tests.fakes.certificates import Authority
from tests.fakes.smtpeter import FakeSmtpeter
from transports.smtpeter.client import Client
from transports.wire.http import Site


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def smtpeter():
    with FakeSmtpeter() as fake:
        yield fake


@pytest.fixture
def client_of():
    """``client_of(fake, timeout=1)``"""

    def make(fake: FakeSmtpeter, token: str = "T0kenExample1", **changes) -> Client:
        fields = {"name": "SMTPeter", "url": fake.url, "origin": "the SMTPeter account"}
        return Client(Site(**{**fields, "timeout": 20, **changes}), token)

    return make


@pytest.fixture
def client(client_of, smtpeter) -> Client:
    return client_of(smtpeter)
