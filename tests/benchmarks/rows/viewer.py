"""The page of a laboratory report with about forty results."""

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, delivered
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import ROOT, Installation
from tests.benchmarks.timing import median, p95

TITLE = "viewer page, MEDLAB of 40 results"
REPORT = ROOT / "tests" / "data" / "zorgmail-medlab-xml" / "full-grouped.xml"
MEDLAB = "application/vnd.edi.medlab+xml"


def measure(row: Row, quick: bool) -> None:
    calls = 60 if quick else 250
    with Installation() as here:
        login = here.seed(jill=0)
        with servers.whole_service(here) as server:
            client = Client(server.port, login)
            path = delivered(client, MEDLAB, REPORT.read_bytes()).removeprefix(server.url)
            for _ in range(10):
                client.get(path)
            before, measured = server.cpu(), []
            for _ in range(calls):
                client.get(path)
                measured.append(client.seconds)
            cpu = server.cpu() - before
    row.add("time of a page, median", 1000 * median(measured), "ms")
    row.add(f"time of a page, p95 of {calls}", 1000 * p95(measured), "ms", least=50, aim=15)
    row.add("server CPU of a page, renderer included", 1000 * cpu / calls, "ms")
