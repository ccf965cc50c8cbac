import pytest

from tests.fakes.smtpeter import FakeSmtpeter
from transports.models import Account
from transports.smtpeter.client import Client
from transports.wire.http import Site


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


@pytest.fixture
def account_at(db, settings):
    """``account_at(fake, box=john)``: an account that carries the e-mail of the box."""
    settings.MAIL_DOMAIN = "mail.example"

    def make(fake: FakeSmtpeter, box=None, token: str = "T0kenExample1", **fields) -> Account:
        fields = {"transport": "smtpeter", "url": fake.url, "carries_mail": True, **fields}
        account = Account(box=box, **fields)
        account.password = token
        account.save()
        return account

    return make
