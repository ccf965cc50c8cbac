"""A page of 100 envelopes with tokens and four properties each, beside plain SQL."""

from tests.benchmarks import servers
from tests.benchmarks.clients import Client
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation, databases
from tests.benchmarks.timing import spread
from tests.benchmarks.turns import Rival, median_ratio, take_turns

TITLE = "list page of 100 envelopes with tokens and properties"
PAGE = "/api/v1/john/messages?limit=100"


def measure(row: Row, quick: bool) -> None:
    for database in databases(row):
        with Installation(database) as here:
            _measure(row, here, turns=6 if quick else 16)


def _measure(row: Row, here: Installation, turns: int, calls: int = 20) -> None:
    login = here.seed(john=1000)
    with (
        servers.gunicorn(here, servers.FLOOR) as floor_server,
        servers.gunicorn(here, servers.PRODUCT) as server,
    ):
        clients = [Client(each.port, login) for each in (floor_server, server)]
        _compare(*(client.read(PAGE) for client in clients))
        floor, product = (
            Rival(lambda client=client: _pages(client, calls), each.cpu)
            for client, each in zip(clients, (floor_server, server), strict=True)
        )
        take_turns((floor, product), turns)
    bounds = {"least": 2.0, "aim": 1.3}
    row.add(
        f"time of a page against the floor, {here.database}",
        median_ratio(product, floor),
        "×",
        detail=f"{spread(product.seconds)}; floor {spread(floor.seconds)}",
        **bounds,
    )
    row.add(
        f"server CPU of a page against the floor, {here.database}",
        product.cpu_ms / floor.cpu_ms,
        "×",
        detail=f"{product.cpu_ms:.1f} ms; floor {floor.cpu_ms:.1f} ms",
        **bounds,
    )


def _pages(client: Client, calls: int) -> list[float]:
    measured = []
    for _ in range(calls):
        client.get(PAGE)
        measured.append(client.seconds)
    return measured


def _compare(floor: list[dict], product: list[dict]) -> None:
    """The floor is no floor when it leaves out what the service shows."""
    for ours, theirs in zip(product, floor, strict=True):
        missing = {*ours, *ours["envelope"]} - {*theirs, *theirs["envelope"]}
        if missing or len(ours["properties"]) != len(theirs["properties"]):
            raise RuntimeError(f"The floor's list lacks {missing or 'properties'}: add them there.")
