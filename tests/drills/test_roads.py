"""Two installations that reach each other by the interfaces of other systems: what leaves a box
here arrives in a box there, and its status is followed to the end."""

import json
from collections.abc import Iterator

import pytest

from tests.drills.service import PATIENCE, Service, eventually
from tests.drills.stores import Postgresql
from tests.runs import OF_THE_GROWN_UP_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_GROWN_UP_RUN]
ACCOUNT = """
from boxes.models import Box
from transports.models import Account
account = Account(transport={transport!r}, url={url!r}, username={username!r}, **{more!r})
account.password = {password!r}
account.save()
"""
SENDER = """
import io
from django.core.management import call_command
out = io.StringIO()
call_command("createapikey", "--organization", "Partner", "--box", "john:read,send", "--sends-as",
             "john", "--json", stdout=out)
from boxes.models import Box
Box.objects.filter(name="john").update(sender_addresses=["john@near.example"])
print(out.getvalue())
"""


@pytest.fixture(scope="module")
def far(tmp_path_factory) -> Iterator[Service]:
    """On PostgreSQL, with every interface switched on."""
    database = Postgresql(tmp_path_factory.mktemp("far-database"))
    service = Service(
        tmp_path_factory.mktemp("far"),
        DATABASE_URL=database.url,
        FACADES="smtpeter,communicationhub,personium",
        MAIL_DOMAIN="far.example",
    ).furnish()
    service.environment["BASE_URL"] = service.url("").rstrip("/")
    service.start()
    yield service
    service.stop()
    database.stop()


@pytest.fixture(scope="module")
def token(far) -> str:
    return json.loads(far.python(SENDER))["token"]


@pytest.fixture(scope="module")
def near(tmp_path_factory, furnished) -> Iterator[Service]:
    service = Service(
        tmp_path_factory.mktemp("near"),
        furnished,
        MAIL_DOMAIN="near.example",
        PERSONIUM_PRIVATE_UNITS="true",
    ).start()
    yield service
    service.stop()


@pytest.fixture
def account(near):
    """``account(transport, url, …)`` is the only account of the installation."""

    def make(transport: str, url: str, username: str, password: str, **more) -> None:
        near.python("from transports.models import Account; Account.objects.all().delete()")
        facts = {"transport": transport, "url": url, "username": username}
        near.python(ACCOUNT.format(**facts, password=password, more=more))

    return make


def went(service: Service, xuid: str) -> None:
    """What left is told in its own words, where it never arrives."""

    def taken():
        [delivery] = service.message(xuid)["deliveries"]
        assert delivery["status"] not in ("failed", "undelivered", "uncertain"), delivery["error"]
        assert not delivery["error"], delivery["error"]
        return delivery["status"] not in ("queued", "sending")

    eventually(taken, "it is handed over")


def outcome(service: Service, xuid: str, *statuses: str) -> dict:
    def reached():
        service.python(
            "from boxes.models import Delivery\nfrom django.utils.timezone import now\n"
            "Delivery.objects.exclude(ask_at=None).update(ask_at=now())"
        )
        [delivery] = service.message(xuid)["deliveries"]
        assert delivery["status"] not in ("failed", "undelivered", "uncertain"), delivery["error"]
        return delivery if delivery["status"] in statuses else None

    return eventually(reached, f"the delivery is {' or '.join(statuses)}")


def arrived(service: Service, subject: str) -> dict:
    def found():
        listed = service.session.get(service.url("api/v1/jill/messages"), timeout=30).json()
        return next((m for m in listed if m["envelope"]["subject"] == subject), None)

    return eventually(found, f"“{subject}” has arrived")


def send(service: Service, to: str, subject: str) -> str:
    envelope = {
        "to": [{"address": to}],
        "subject": subject,
        "contentType": "text/plain",
        "content": f"Beste collega, dit gaat over {subject}.",
    }
    answer = service.session.post(service.url("api/v1/john/send"), json=envelope, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["xuid"]


def content(service: Service, message: dict) -> str:
    path = f"api/v1/jill/messages/{message['xuid']}/content"
    return service.session.get(service.url(path), timeout=30).text


def test_by_smtpeter(near, far, token, account):
    account("smtpeter", far.url("v1/"), "", token, carries_mail=True)

    xuid = send(near, "jill@far.example", "SMTPeter")

    went(near, xuid)
    message = arrived(far, "SMTPeter")
    assert "dit gaat over SMTPeter" in content(far, message)
    assert outcome(near, xuid, "delivered")["transport"] == "smtpeter"


def test_by_communicationhub(near, far, token, account):
    account("communicationhub", far.url(""), token[:16], token[16:], carries_mail=True)

    xuid = send(near, "jill@far.example", "CommunicationHub")

    went(near, xuid)
    message = arrived(far, "CommunicationHub")
    assert "dit gaat over CommunicationHub" in content(far, message)
    assert outcome(near, xuid, "delivered")["transport"] == "communicationhub"


def test_by_personium(near, far, token, account):
    account("personium", far.url("john/"), token[:16], token[16:])

    xuid = send(near, far.url("jill/"), "Personium")

    went(near, xuid)
    message = arrived(far, "Personium")
    assert "dit gaat over Personium" in content(far, message)
    assert outcome(near, xuid, "delivered", "sent")["transport"] == "personium"
