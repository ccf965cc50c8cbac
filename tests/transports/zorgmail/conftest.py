import pytest

from tests.fakes.zorgmail import FakeZorgMail
from transports.models import Account
from transports.wire.http import Site
from transports.zorgmail.client import MailService

JOHN, JILL = "500011111", "500022222"


@pytest.fixture
def zorgmail():
    with FakeZorgMail(logins={"praktijk": "geheim"}) as fake:
        yield fake


@pytest.fixture
def service_of():
    """``service_of(fake, timeout=1)``: the account of John."""

    def make(fake: FakeZorgMail, password: str = "geheim", **changes) -> MailService:
        fields = {"name": "ZorgMail", "url": fake.url, "origin": "the ZorgMail account"}
        site = Site(**{**fields, "timeout": 20, **changes})
        return MailService(site, "praktijk", password, JOHN)

    return make


@pytest.fixture
def service(service_of, zorgmail) -> MailService:
    return service_of(zorgmail)


@pytest.fixture
def account_for(zorgmail):
    """``account_for(box, number, incoming_mode="own")``"""

    def make(box, number: str, **fields) -> Account:
        account = Account(
            box=box,
            transport="zorgmail",
            url=zorgmail.url,
            username="praktijk",
            account_id=number,
            **fields,
        )
        account.password = "geheim"
        account.save()
        return account

    return make


@pytest.fixture
def johns(account_for, john) -> Account:
    return account_for(john, JOHN)


@pytest.fixture
def jills(account_for, jill) -> Account:
    return account_for(jill, JILL, incoming_mode="own")
