"""Changes and webhooks while many write and workers are killed: each is told, in one order."""

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.drills.service import PATIENCE, Service, eventually
from tests.fakes.certificates import Authority
from tests.fakes.receiver import FakeReceiver

pytestmark = pytest.mark.timeout(5 * PATIENCE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def receiver(authority) -> Iterator[FakeReceiver]:
    with FakeReceiver(context=authority.context()) as fake:
        yield fake


@pytest.fixture(scope="module")
def running(still, authority) -> Iterator[Service]:
    still.environment |= {
        "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
        "WEBHOOKS_CA_FILE": str(authority.ca_file),
        "WEBHOOK_TIMEOUT": "2",
    }
    still.start()
    yield still
    still.stop()


def changes(service: Service, box: str, **query) -> dict:
    def answered() -> dict | None:
        answer = requests.get(
            service.url(f"api/v1/{box}/changes"),
            params={"limit": 1000, **query},
            auth=service.session.auth,
            timeout=60,
        )
        return answer.json() if answer.status_code == 200 else None

    return eventually(answered, "the changes are told")


def all_of(service: Service, box: str) -> list[str]:
    found, cursor = [], {}
    while True:
        answer = changes(service, box, **cursor)
        found += [event["id"] for event in answer["changes"]]
        cursor = {"after": answer["cursor"]}
        if not answer["more"]:
            return found


class Reader(threading.Thread):
    """Asks for the changes of a box as long as the drill goes on, each time after the last."""

    def __init__(self, service: Service, box: str) -> None:
        super().__init__(daemon=True)
        self.service, self.box = service, box
        self.seen: list[str] = []
        self.ended = threading.Event()
        self.cursor = changes(service, box, limit=1, after="now")["cursor"]

    def run(self) -> None:
        last = False
        while not last:
            last = self.ended.is_set()
            answer = changes(self.service, self.box, after=self.cursor, limit=7)
            self.seen += [event["id"] for event in answer["changes"]]
            self.cursor, last = answer["cursor"], last and not answer["more"]


def test_what_was_told_while_many_wrote_is_what_is_told_afterwards(running: Service):
    before = len(all_of(running, "jill"))
    reader = Reader(running, "jill")
    reader.start()

    writers = [
        threading.Thread(target=_write, args=(running, number), daemon=True) for number in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    reader.ended.set()
    reader.join()

    assert reader.seen == all_of(running, "jill")[before:]
    assert len(reader.seen) == 6 * 15 * 2


def _write(service: Service, number: int) -> None:
    """Put messages into jill's box and mark them, each in a transaction of its own."""
    session = requests.Session()
    session.auth = service.session.auth
    for turn in range(15):
        envelope = {
            "id": f"writer-{number}-{turn}",
            "to": [{"address": "jill"}],
            "contentType": "text/plain",
            "content": "drill",
        }
        stored = session.post(service.url("api/v1/jill/deliver"), json=envelope, timeout=60)
        path = f"api/v1/jill/messages/{stored.json()['xuid']}/read"
        session.post(service.url(path), timeout=60).raise_for_status()


def test_each_event_reaches_the_webhook_in_order_while_workers_are_killed(running, receiver):
    before = len(all_of(running, "john"))
    made = running.session.post(
        running.url("api/v1/john/webhooks"), json={"url": receiver.url}, timeout=30
    ).json()
    receiver.secret = made["secret"]
    receiver.received.clear()

    for number in range(30):
        running.post(patient=True)
        if number % 10 == 5:
            receiver.taken.clear()
            receiver.taken.wait(10)
            for worker in running.titled("qcluster", " processing "):
                worker.kill()
    running.await_quiet()
    expected = all_of(running, "john")[before:]

    def all_told() -> bool:
        return {event["id"] for event in list(receiver.received)} >= set(expected)

    eventually(all_told, "the webhook has every event")
    first_times = list(dict.fromkeys(event["id"] for event in receiver.received))
    assert first_times == expected
