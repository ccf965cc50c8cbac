"""Accepting a message and reading a page, in a box of 10 and in one of 100,000."""

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, message_to
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation
from tests.benchmarks.timing import spread
from tests.benchmarks.turns import Rival, median_ratio, take_turns

TITLE = "accept and one page, box of 10 and box of 100,000"
SIZES = {"tiny": 10, "large": 100_000}


def measure(row: Row, quick: bool) -> None:
    calls = 80 if quick else 300
    with Installation() as here:
        login = here.seed(**SIZES, jill=0)
        with servers.gunicorn(here, servers.PRODUCT) as server:
            client = Client(server.port, login)
            for label, call in (("accept", _accept), ("page of 10", _page)):
                tiny, large = (Rival(lambda call=call, box=box: call(client, box)) for box in SIZES)
                take_turns((tiny, large), calls)
                row.add(
                    label,
                    median_ratio(large, tiny),
                    "×",
                    least=1.3,
                    aim=1.05,
                    detail=f"100,000: {spread(large.seconds)}; 10: {spread(tiny.seconds)}",
                )


def _accept(client: Client, box: str) -> list[float]:
    client.post(f"/api/v1/{box}/send", message_to("jill"))
    return [client.seconds]


def _page(client: Client, box: str) -> list[float]:
    client.get(f"/api/v1/{box}/messages?limit=10")
    return [client.seconds]
