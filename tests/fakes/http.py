"""A system with an HTTP interface, on a real socket; what it answers, its subclass says.

with FakeThing() as thing:
    thing.fail("body", "503 Busy")   # another status, after the whole request was read
    thing.fail("body", CUT)          # take the request, hang up without a word
    thing.fail("headers", STALL)     # fall silent before the body was read
    thing.heal()
"""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

# connect: before a word was read. headers: after the headers, before the body.
# body: after the whole request, in the place of the answer; it was taken.
STAGES = ("connect", "headers", "body")
STALL = "stall"
CUT = "cut"
GARBAGE = "garbage"  # bytes that are no HTTP
TRUNCATED = "truncated"  # the right status, and half of the answer
NONSENSE = "nonsense"  # a whole answer with status 200 that says nothing of the system's
LONGEST_BODY = 100 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One request that the fake read to its end; the names of ``headers`` are lowercase."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def summary(self) -> tuple[str, ...]:
        return (self.method, self.path, f"{len(self.body)} bytes")

    @property
    def document(self) -> bytes:
        lines = [f"{self.method} {self.path}", *(f"{k}: {v}" for k, v in self.headers.items())]
        return "\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class HttpFake:
    """``requests`` holds all that was read; ``received`` what a subclass took as messages.

    With a ``context`` it speaks https. ``taken`` is set at each request that came in whole,
    ``reached`` at each that began.
    """

    name = "http"
    stages = STAGES
    path = "/"

    def __init__(self, *, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.received: list = []
        self.faults: dict[str, str] = {}
        self.reached = threading.Event()
        self.taken = threading.Event()
        self.released = threading.Event()
        self.lock = threading.Lock()

        class Handler(_Handler):
            fake = self

        self.server = _Server(("127.0.0.1", port), Handler)
        self.server.context = context
        self.scheme = "https" if context else "http"

    def answer(self, request: Request) -> Reply:
        """What the system says to a request; runs under a lock."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.path}"

    def fail(self, stage: str, says: str) -> None:
        """From now on say ``says`` at the stage: a status line such as "503 Busy", or one of
        the words above."""
        if stage not in self.stages:
            raise ValueError(f"there is no stage {stage}; there are {', '.join(self.stages)}")
        self.faults[stage] = says

    def heal(self) -> None:
        self.faults = {}
        self.released.set()
        self.released = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc) -> None:
        self.heal()
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    context: ssl.SSLContext | None = None

    def handle_error(self, request, client_address) -> None:
        pass  # a client that hung up, or did not like our certificate


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: HttpFake

    def setup(self) -> None:
        if self.server.context is not None:
            self.request.settimeout(10)
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self.fake.reached.set()
        if not self._fails("connect", None):
            super().handle()

    def _serve(self) -> None:
        if self._fails("headers", None):
            return
        length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(parts.path),
            {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()},
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        with self.fake.lock:
            self.fake.requests.append(request)
        self.fake.taken.set()
        says = self.fake.faults.get("body", "")
        if says and says not in (STALL, CUT, GARBAGE, TRUNCATED, NONSENSE):
            self._fails("body", None)
            return
        with self.fake.lock:
            reply = self.fake.answer(request)
        if not self._fails("body", reply):
            self._say(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _serve

    def _fails(self, stage: str, reply: Reply | None) -> bool:
        """Do what was asked for at this stage instead of the duty; False when nothing was."""
        says = self.fake.faults.get(stage, "")
        if not says:
            return False
        self.close_connection = True
        if says == STALL:
            self.fake.released.wait(60)
        elif says == GARBAGE:
            self.wfile.write(b"\x00\xff this is no answer\r\n\r\n")
        elif says == TRUNCATED:
            whole = reply or Reply(body=b"half of it")
            self._say(whole, cut=max(1, len(whole.body) // 2))
        elif says == NONSENSE:
            self._say(Reply(body=b"<p>Welcome to nginx", content_type="text/html"))
        elif says != CUT:
            status, _, words = says.partition(" ")
            self._say(Reply(int(status), words.encode(), "text/plain"))
        return True

    def _say(self, reply: Reply, cut: int | None = None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(max(len(reply.body), cut + 1 if cut else 0)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[:cut])

    def log_message(self, format: str, *args: object) -> None:
        pass
