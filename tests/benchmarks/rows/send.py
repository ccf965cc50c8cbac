"""Accepting messages: what one costs the server, beside the same rows by plain SQL."""

from tests.benchmarks import servers
from tests.benchmarks.clients import sending, several
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation, databases
from tests.benchmarks.timing import spread
from tests.benchmarks.turns import Rival, median_ratio, take_turns

TITLE = "send of 1 KiB, durable, 8 clients"
CLIENTS = 8


def measure(row: Row, quick: bool) -> None:
    for database in databases(row):
        with Installation(database) as here:
            _measure(row, here, turns=3 if quick else 8)


def _measure(row: Row, here: Installation, turns: int, count: int = 25, seconds: float = 6) -> None:
    login = here.seed(john=0, jill=0)
    with (
        servers.gunicorn(here, servers.FLOOR) as floor_server,
        servers.gunicorn(here, servers.PRODUCT) as server,
    ):
        floor, product = (
            Rival(
                lambda port=each.port: several(
                    CLIENTS, sending(port, login, "john", "jill", count, seconds)
                ),
                each.cpu,
            )
            for each in (floor_server, server)
        )
        take_turns((floor, product), turns)
    # The peer took 1.3 to 2.0 ms. It was measured on a quiet machine, with one database.
    bounds = {"least": 2.0, "aim": 1.3} if here.database == "sqlite" else {}
    row.add(
        f"server CPU of a message, {here.database}",
        product.cpu_ms,
        "ms",
        detail=f"floor {floor.cpu_ms:.2f} ms",
        **bounds,
    )
    row.add(f"server CPU against the floor, {here.database}", product.cpu_ms / floor.cpu_ms, "×")
    row.add(
        f"time to the answer against the floor, {here.database}",
        median_ratio(product, floor),
        "×",
        detail=f"{spread(product.seconds)}; floor {spread(floor.seconds)}",
    )
