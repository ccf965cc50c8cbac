"""From the answer to the sender until the message stands in the other box."""

import json
import random
import time
import uuid
from datetime import UTC, datetime

import pysqlite3

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, message_to, several
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation, Login
from tests.benchmarks.servers import Server
from tests.benchmarks.timing import median, p95

TITLE = "local delivery, from the answer to the other INBOX, embedded default"
CLIENTS = 8


def measure(row: Row, quick: bool) -> None:
    _idle(row, messages=20 if quick else 60)
    _loaded(row, waiting=4_000 if quick else 12_000, seconds=8 if quick else 20)


def _idle(row: Row, messages: int) -> None:
    with Installation() as here:
        login = here.seed(john=0, jill=0)
        with servers.whole_service(here) as server:
            client = Client(server.port, login)
            _arrival(client)  # the cluster has started when this one is there
            waited = []
            for _ in range(messages):
                time.sleep(random.uniform(0.1, 0.6))
                waited.append(_arrival(client))
    row.add("idle, median", 1000 * median(waited), "ms")
    row.add(f"idle, p95 of {messages}", 1000 * p95(waited), "ms", least=1000, aim=300)


def _arrival(client: Client) -> float:
    """Send one message; returns the seconds until a list of the other box shows it."""
    envelope_id = uuid.uuid4().hex
    body = json.loads(message_to("jill")) | {"id": envelope_id}
    client.post("/api/v1/john/send", json.dumps(body).encode())
    began = time.monotonic()
    while not client.read(f"/api/v1/jill/messages?envelopeId={envelope_id}&limit=1"):
        if time.monotonic() - began > 60:
            raise RuntimeError("A message did not arrive within a minute.")
        time.sleep(0.005)
    return time.monotonic() - began


def _loaded(row: Row, waiting: int, seconds: float) -> None:
    """Messages wait, and more come in at the same time."""
    with Installation() as here:
        login = here.seed(jill=0, john=0, backlog=-waiting)
        with servers.whole_service(here) as server:
            accepted = _send_while_draining(server, login, seconds)
        ended = ended_at(here)
    last = min(ended[-1], accepted[-1])
    moved = [moment for moment in ended if moment <= last]
    row.add(
        "moved while 8 clients keep sending",
        len(moved) / (last - ended[0]),
        "messages/s",
        least=200,
        aim=1000,
        more_is_better=True,
        detail=f"{len(moved):,} of {waiting:,} waiting and {len(accepted):,} sent meanwhile, "
        f"in {last - ended[0]:.1f} s; accepted {len(accepted) / seconds:.0f}/s",
    )


def _send_while_draining(server: Server, login: Login, seconds: float) -> list[float]:
    """Returns when each message was accepted."""

    def work(number: int) -> list[float]:
        send, moments = Client(server.port, login), []
        until = time.time() + seconds
        while time.time() < until:
            send.post("/api/v1/john/send", message_to("jill"))
            moments.append(time.time())
        return moments

    return sorted(several(CLIENTS, work))


def ended_at(here: Installation) -> list[float]:
    """When each delivery ended, in order."""
    link = pysqlite3.connect(here.sqlite_file)
    rows = link.execute("SELECT ended_at FROM boxes_delivery WHERE status = 'delivered'")
    moments = [datetime.fromisoformat(moment).replace(tzinfo=UTC) for (moment,) in rows]
    link.close()
    return sorted(moment.timestamp() for moment in moments)
