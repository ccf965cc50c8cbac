"""The web inbox: the first list of a full box, what its pages weigh, how soon news is there."""

import gzip
import re
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, Visitor, message_to
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import Installation
from tests.benchmarks.servers import Server
from tests.benchmarks.timing import p95, spread
from tests.browser import EXECUTABLE, FLAGS

TITLE = "web inbox, a box of 100,000 messages"
LIST = "/inbox/jill/inbox"
SIGN_IN = """
import django
django.setup()
from django.test import Client
from boxes.models import Access, Box, User
person = User.objects.create_user("arts")
Access.objects.create(box=Box.objects.get(name="jill"), user=person, read=True)
client = Client()
client.force_login(person)
[cookie] = client.cookies.values()
print(f"{cookie.key}={cookie.value}")
"""
ASSET = re.compile(rb'(?:href|src)="(/static[^"]+\.(?:css|js|svg|png|ico|woff2))"')


def measure(row: Row, quick: bool) -> None:
    with Installation(REQUIRE_SECOND_FACTOR="false") as here:
        login = here.seed(jill=10_000 if quick else 100_000)
        cookie = here.run("-c", SIGN_IN).strip()
        with servers.whole_service(here) as server:
            visitor = Visitor(server.port, cookie)
            _times(row, server, visitor, 40 if quick else 200)
            _weights(row, visitor)
            _news(row, server, cookie, Client(server.port, login), 3 if quick else 10)


def _times(row: Row, server: Server, visitor: Visitor, calls: int) -> None:
    for label, path, least in (("first list", LIST, 60), ("news", "/inbox/jill/news", None)):
        for _ in range(10):
            visitor.get(path)
        before, measured = server.cpu("gunicorn"), []
        for _ in range(calls):
            visitor.get(path)
            measured.append(visitor.seconds)
        cpu = server.cpu("gunicorn") - before
        row.add(f"{label}, p95", 1000 * p95(measured), "ms", least=least, detail=spread(measured))
        row.add(f"{label}, server CPU", 1000 * cpu / calls, "ms")


def _weights(row: Row, visitor: Visitor) -> None:
    """The page with all that it names; compressed as a proxy or WhiteNoise would send it."""
    page = visitor.get(LIST)
    parts = {LIST: page} | {path: visitor.get(path) for path in _assets(page)}
    scripts = [body for path, body in parts.items() if path.endswith(".js")]
    sent = sum(visitor.sent(path) for path in parts)
    plain = sum(map(len, parts.values())) / 1024
    row.add("first load, as served", sent / 1024, "KB", least=150, detail=f"plain {plain:.0f} KB")
    packed = sum(len(gzip.compress(body)) for body in scripts) / 1024
    detail = f"compressed {packed:.1f} KB"
    row.add("scripts of our own", sum(map(len, scripts)) / 1024, "KB", least=15, detail=detail)


def _assets(page: bytes) -> list[str]:
    return list(dict.fromkeys(found.decode() for found in ASSET.findall(page)))


def _news(row: Row, server: Server, cookie: str, client: Client, times: int) -> None:
    """From the answer to whoever delivers until the open list tells its reader, in Chromium."""
    if not Path(EXECUTABLE).exists():
        row.left_out = f"news in an open list: {EXECUTABLE} is not here"
        return
    name, _, value = cookie.partition("=")
    measured = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(EXECUTABLE), args=FLAGS)
        context = browser.new_context(locale="nl-NL")
        context.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = context.new_page()
        for _ in range(times):
            page.goto(server.url + LIST)
            page.wait_for_load_state("networkidle")
            client.post("/api/v1/jill/deliver", message_to("jill"))
            began = time.perf_counter()
            page.wait_for_selector(".ib-new a:visible", timeout=30_000)
            measured.append(time.perf_counter() - began)
        browser.close()
    row.add("news in an open list, p95", p95(measured), "s", least=5, detail=spread(measured))
