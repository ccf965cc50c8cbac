"""Memory: idle, for one very large message, and for a very long list."""

import base64
import json
import os
import time

from tests.benchmarks import processes, servers
from tests.benchmarks.clients import Client
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation, Login
from tests.benchmarks.servers import Server

TITLE = "memory: idle, a message of 50 MiB, a list of 100,000 messages"
SIZE = 50 * 1024 * 1024
SETTLING_SECONDS = 6


def measure(row: Row, quick: bool) -> None:
    with Installation() as here:
        login = here.seed(jill=0, long=20_000 if quick else 100_000)
        with servers.whole_service(here) as server:
            Client(server.port, login).get("/api/v1/")
            time.sleep(SETTLING_SECONDS)
            _idle(row, server)
        _large_message(row, here, login)
        _long_list(row, here, login)


def _idle(row: Row, server: Server) -> None:
    web, worker = server.family("gunicorn"), server.family("qcluster")
    renderer = server.family("viewer.renderserver")
    shares = {"gunicorn": web, "render server": renderer}
    detail = ", ".join(f"{name} {processes.pss_mib(part):.0f} MiB" for name, part in shares.items())
    row.add(
        "web when idle, with its render server",
        processes.pss_mib(web) + processes.pss_mib(renderer),
        "MiB",
        least=180,
        aim=90,
        detail=detail,
    )
    row.add("worker when idle", processes.pss_mib(worker), "MiB", least=180, aim=90)
    everything = processes.pss_mib(server.family())
    row.add("the whole service when idle, supervisor included", everything, "MiB")


def _large_message(row: Row, here: Installation, login: Login) -> None:
    """Each step on a server that has just started: no memory is left from another step."""
    content = base64.b64encode(os.urandom(SIZE)).decode()
    envelope = {
        "subject": "Beeld",
        "to": [{"address": "jill"}],
        "contentType": "application/dicom",
        "contentEncoding": "base64",
        "content": content,
    }
    body = json.dumps(envelope).encode()
    xuids: list[str] = []

    def accept(client: Client) -> None:
        xuids.append(json.loads(client.post("/api/v1/jill/deliver", body))["xuid"])

    def read(client: Client) -> None:
        client.drain(f"/api/v1/jill/messages/{xuids[0]}")

    def download(client: Client) -> None:
        client.drain(f"/api/v1/jill/messages/{xuids[0]}/content")

    for label, step in (("accept", accept), ("read", read), ("download", download)):
        added = _added(here, login, step)
        row.add(
            f"a message of 50 MiB: {label}",
            added * 1024 * 1024 / SIZE,
            "× its size",
            least=4,
            aim=2,
            detail=f"{added:.0f} MiB",
        )


def _long_list(row: Row, here: Installation, login: Login) -> None:
    lengths: list[int] = []
    added = _added(
        here, login, lambda client: lengths.append(client.drain("/api/v1/long/messages"))
    )
    row.add(
        "the full list of a long box",
        added,
        "MiB",
        least=50,
        aim=25,
        detail=f"{lengths[0] / 1024 / 1024:.0f} MiB of JSON",
    )


def _added(here: Installation, login: Login, step) -> float:
    """By how many MiB the web processes together grew, at their highest."""
    with servers.gunicorn(here, servers.PRODUCT) as server:
        client = Client(server.port, login)
        for _ in range(8):  # both processes have answered something
            Client(server.port, login).get("/api/v1/jill/messages?limit=1")
        members = server.family()
        before = processes.forget_peaks(members)
        step(client)
        return processes.peaks_mib(members) - before
