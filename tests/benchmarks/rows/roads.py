"""Local deliveries while another road stalls: a system that is silent must not hold up the rest."""

import time

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, message_to
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation
from tests.benchmarks.rows.delivery import ended_at
from tests.benchmarks.timing import median
from tests.fakes.smtp import STALL, FakeSmtp

TITLE = "local delivery while a mail server is silent"
MAILS = 20


def measure(row: Row, quick: bool) -> None:
    waiting, turns = (3_000, 1) if quick else (12_000, 3)
    with FakeSmtp() as silent:
        silent.fail("greeting", STALL)
        alone, beside = [], []
        for _ in range(turns):  # in turns: the machine may be quick or slow for a while
            alone.append(_drained(waiting, silent, "jill"))
            beside.append(_drained(waiting, silent, "arts@example.org"))
    row.add("drained, undisturbed", median(alone), "messages/s", more_is_better=True)
    row.add("drained while mail stalls", median(beside), "messages/s", more_is_better=True)
    row.add(
        "the second, as a part of the first",
        median(beside) / median(alone),
        least=0.8,
        more_is_better=True,
        detail=f"{waiting:,} wait for a box, {MAILS} for the silent server; {turns} turns",
    )


def _drained(waiting: int, silent: FakeSmtp, also_to: str) -> float:
    """Messages a second; ``also_to`` is where a few more go at the same time."""
    with Installation(
        EMAIL_URL=silent.url,
        EMAIL_REQUIRE_TLS="false",
        MAIL_DOMAIN="bench.example",
        APPROVE_EVERY_DOMAIN="true",
    ) as here:
        login = here.seed(jill=0, john=0, backlog=-waiting)
        with servers.whole_service(here) as server:
            client = Client(server.port, login)
            for _ in range(MAILS):
                client.post("/api/v1/john/send", message_to(also_to))
            ended = _all_ended(here, waiting)
    return len(ended) / (ended[-1] - ended[0])


def _all_ended(here: Installation, waiting: int) -> list[float]:
    while len(ended := ended_at(here)) < waiting:
        time.sleep(0.5)
    return ended
