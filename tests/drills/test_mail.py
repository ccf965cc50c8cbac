"""kill -9 around the hand-over to a mail server: what may have arrived is never sent again."""

from collections.abc import Callable, Iterator

import pytest

from tests.drills.service import PATIENCE, Service, eventually
from tests.fakes.smtp import STALL, FakeSmtp

pytestmark = pytest.mark.timeout(5 * PATIENCE)


class Witness(FakeSmtp):
    """A mail server that does something of its own once its client has read the 250."""

    def __init__(self) -> None:
        super().__init__()
        self.after_yes: Callable[[], None] = lambda: None

    async def handle_QUIT(self, server, session, envelope) -> str:
        if self.received:
            self.after_yes()
        return "221 Bye"


@pytest.fixture(scope="module")
def smtp() -> Iterator[Witness]:
    with Witness() as server:
        yield server


@pytest.fixture(scope="module")
def running(still, smtp) -> Iterator[Service]:
    still.environment |= {
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
        "EMAIL_REQUIRE_TLS": "0",
        "MAIL_DOMAIN": "boxes.example",
    }
    still.start()
    yield still
    still.stop()


@pytest.fixture(autouse=True)
def healthy(smtp):
    smtp.heal()
    smtp.received.clear()
    smtp.after_yes = lambda: None


def kill_workers(service: Service) -> None:
    for worker in service.workers():
        worker.kill()


def let_claims_run_out(service: Service) -> None:
    service.python(
        "from boxes.models import Delivery\nfrom django.utils.timezone import now\n"
        "Delivery.objects.filter(status='sending').update(claimed_until=now())"
    )


def delivery_of(service: Service, xuid: str, *statuses: str) -> dict:
    """The message's only delivery, once it has one of these statuses."""

    def reached():
        [delivery] = service.message(xuid)["deliveries"]
        return delivery if delivery["status"] in statuses else None

    return eventually(reached, f"the delivery is {' or '.join(statuses)}")


def test_mail_is_sent_once(running: Service, smtp):
    xuid = running.post("arts@example.org")

    delivery_of(running, xuid, "sent")

    [mail] = smtp.received
    assert mail.rcpt_tos == ["arts@example.org"]


def test_a_kill_between_the_servers_yes_and_our_commit_leaves_a_doubt(running: Service, smtp):
    killed = []

    def kill_once() -> None:
        killed.append(running.workers())
        kill_workers(running)

    smtp.after_yes = kill_once
    xuid = running.post("arts@example.org")
    eventually(lambda: killed, "the worker was killed")
    smtp.after_yes = lambda: None
    let_claims_run_out(running)

    doubtful = delivery_of(running, xuid, "uncertain", "sent")

    assert doubtful["status"] == "uncertain"
    # The message follows its deliveries.
    eventually(lambda: running.message(xuid)["status"] == "ERROR", "the message asks attention")
    another = running.post("balie@example.org")
    delivery_of(running, another, "sent")
    assert [mail.rcpt_tos for mail in smtp.received] == [
        ["arts@example.org"],
        ["balie@example.org"],
    ]


def test_a_kill_while_the_mail_goes_out_leaves_a_doubt(running: Service, smtp):
    smtp.fail("halfway", STALL)
    connections = smtp.connections
    xuid = running.post("arts@example.org")
    eventually(lambda: smtp.connections > connections, "the mail goes out")
    kill_workers(running)
    smtp.heal()
    let_claims_run_out(running)

    delivery_of(running, xuid, "uncertain")

    assert smtp.received == []


def test_a_doubt_that_is_settled_as_not_arrived_is_sent_again(running: Service, smtp):
    smtp.fail("body", STALL)
    connections = smtp.connections
    xuid = running.post("arts@example.org")
    eventually(lambda: smtp.connections > connections and smtp.received, "the mail was taken")
    kill_workers(running)
    smtp.heal()
    smtp.received.clear()
    let_claims_run_out(running)
    delivery_of(running, xuid, "uncertain")

    place = running.url(f"api/v1/john/messages/{xuid}/deliveries/1/settle")
    running.session.post(place, json={"resend": True}, timeout=30).raise_for_status()

    delivery_of(running, xuid, "sent")
    assert len(smtp.received) == 1
