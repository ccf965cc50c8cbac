"""A page that shows what the fakes received, and tells them how to fail.

A fake gives ``name``, ``url``, ``stages``, ``fail``, ``heal``, and for what it received
``summary`` and ``document``.
"""

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit


class Received(Protocol):
    summary: tuple[str, ...]
    document: bytes


class Fake(Protocol):
    name: str
    url: str
    stages: tuple[str, ...]
    received: list

    def fail(self, stage: str, says: str) -> None: ...
    def heal(self) -> None: ...


def serve(fakes: list[Fake], port: int) -> ThreadingHTTPServer:
    class Page(FakesPage):
        known = {fake.name: fake for fake in fakes}

    server = ThreadingHTTPServer(("127.0.0.1", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class FakesPage(BaseHTTPRequestHandler):
    known: dict[str, Fake] = {}

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.strip("/").split("/")
        if path == [""]:
            self._answer(200, "text/html", page(list(self.known.values())))
        elif len(path) == 2 and (item := self._item(*path)) is not None:
            self._answer(200, "text/plain", item.document)
        else:
            self._answer(404, "text/plain", b"There is no such page.\n")

    def do_POST(self) -> None:
        """Tell one fake how to fail, from the form on the page."""
        length = int(self.headers.get("Content-Length") or 0)
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length)).items()}
        fake = self.known.get(urlsplit(self.path).path.strip("/"))
        if fake is None:
            return self._answer(404, "text/plain", b"There is no such fake.\n")
        stage, says = (form.get(name, b"").decode().strip() for name in (b"stage", b"says"))
        if says and stage not in fake.stages:
            return self._answer(400, "text/plain", b"There is no such stage.\n")
        fake.heal()
        if says:
            fake.fail(stage, says)
        self._answer(303, "text/plain", b"", Location="/")

    def _item(self, name: str, number: str) -> Received | None:
        items = self.known[name].received if name in self.known else []
        index = int(number) if number.isdecimal() else 0
        return items[index - 1] if 1 <= index <= len(items) else None

    def _answer(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; form-action 'self'")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def page(fakes: list[Fake]) -> bytes:
    sections = "".join(section(fake) for fake in fakes)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Fakes</title>'
        f"<h1>What arrived at the fakes</h1>{sections}</html>"
    ).encode()


def section(fake: Fake) -> str:
    rows = [
        "<tr>"
        + "".join(f"<td>{escape(value)}</td>" for value in item.summary)
        + f'<td><a href="/{fake.name}/{number}">source</a></td></tr>'
        for number, item in enumerate(fake.received, start=1)
    ]
    stages = "".join(f"<option>{escape(stage)}</option>" for stage in fake.stages)
    return (
        f"<h2>{escape(fake.name)}</h2><p>{escape(fake.url)}</p>"
        f'<form method="post" action="/{fake.name}">'
        f"<label>At <select name=stage>{stages}</select></label> "
        '<label>say <input name=says placeholder="450 4.2.1 Busy, or stall, or cut"></label> '
        "<button>Fail from now on</button> (leave empty to heal)</form>"
        f"<table border=1 cellpadding=4>{''.join(reversed(rows))}</table>"
        f"<p>{len(rows)} received.</p>"
    )
