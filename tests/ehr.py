"""An EHR's own pages and server, on an origin of its own that the box lists."""

import http.server
import threading
from collections.abc import Callable

import pytest


class Ehr:
    """A web server that gives what was put at a path, and does what was put there to be posted."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.calls: dict[str, Callable[[], bytes]] = {}
        ehr = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(*ehr.pages.get(self.path, ("text/plain", b"")))

            def do_POST(self) -> None:
                self.answer("application/json", ehr.calls[self.path]())

            def answer(self, kind: str, body: bytes) -> None:
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def script(self, path: str, code: str) -> str:
        """The tag for this code at this path."""
        self.pages[path] = ("text/javascript", code.encode())
        return f'<script src="{path}"></script>'

    def page(self, html: str) -> str:
        """The address of a page with this in it."""
        document = f"<!doctype html><link rel=icon href=data:,><title>EPD</title>{html}"
        self.pages["/ehr"] = ("text/html", document.encode())
        return f"{self.origin}/ehr"


@pytest.fixture
def ehr(john):
    served = Ehr()
    john.origins = [served.origin]
    john.save()
    yield served
    served.server.shutdown()
    served.server.server_close()
