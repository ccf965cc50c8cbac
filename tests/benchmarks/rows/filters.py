"""Lists filtered by properties in a large box, beside the same page in a small one."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.benchmarks import servers
from tests.benchmarks.clients import Client
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation, Login, databases
from tests.benchmarks.timing import p95, spread
from tests.benchmarks.turns import Rival, p95_ratio, take_turns

TITLE = "list filtered by one or two properties, in a large box and in one of 1,000"
LARGE, LARGE_QUICK, SMALL = 1_000_000, 100_000, 1_000
# The patients of seed.py are numbered from 100000000 on; both boxes have this one.
FILTERS = {
    "half of the box": "_color=red",
    "one patient": "_bsn=100000007",
    "archived, old": "status=ARCHIVED&_color=red",
    "half and a fifth": "_color=red&_type=t1",
    "half and one patient": "_color=red&_bsn=100000007",
    "half and one of forty": "_color=red&_ward=w4",
    "archived and one of sixty": "status=ARCHIVED&_type=t40",
    "two that never meet": "_color=blue&_type=t2",
}


def measure(row: Row, quick: bool) -> None:
    large = LARGE_QUICK if quick else LARGE
    with ExitStack() as stack:
        installations = [stack.enter_context(Installation(name)) for name in databases(row)]
        with ThreadPoolExecutor() as pool:
            logins = list(pool.map(lambda here: here.seed(small=SMALL, large=large), installations))
        for here, login in zip(installations, logins, strict=True):
            _measure(row, here, login, large, calls=30 if quick else 80)


def _measure(row: Row, here: Installation, login: Login, size: int, calls: int) -> None:
    all_small: list[float] = []
    all_large: list[float] = []
    with servers.gunicorn(here, servers.PRODUCT) as server:
        client = Client(server.port, login)
        for label, query in FILTERS.items():
            small, large = (
                Rival(lambda box=box, query=query: _page(client, box, query))
                for box in ("small", "large")
            )
            take_turns((small, large), calls)
            all_small += small.seconds
            all_large += large.seconds
            row.add(
                f"{label}, {here.database}",
                p95_ratio(large, small),
                "×",
                detail=f"{size:,}: {spread(large.seconds)}; {SMALL:,}: {spread(small.seconds)}",
            )
    row.add(
        f"p95 of all filters against the small box, {here.database}",
        p95(all_large) / p95(all_small),
        "×",
        least=2.0,
        aim=1.2,
    )


def _page(client: Client, box: str, query: str) -> list[float]:
    client.get(f"/api/v1/{box}/messages?{query}&limit=100")
    return [client.seconds]
