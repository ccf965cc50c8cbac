"""Clients on kept-alive connections, alone or several processes at once."""

import base64
import http.client
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.installation import Login

# Forked, so that a client is a closure and starts at once.
PROCESSES = multiprocessing.get_context("fork")


class Client:
    """One connection; counts the seconds of its last call."""

    def __init__(self, port: int, login: Login) -> None:
        pair = f"{login.key}:{login.secret}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.seconds = 0.0

    def get(self, path: str) -> bytes:
        return self._call("GET", path, None)

    def post(self, path: str, body: bytes) -> bytes:
        return self._call("POST", path, body)

    def read(self, path: str) -> Any:
        return json.loads(self.get(path))

    def drain(self, path: str) -> int:
        """Read an answer without keeping it; returns its length."""
        self._link.request("GET", path, headers=self._headers)
        answer, length = self._link.getresponse(), 0
        while piece := answer.read(1 << 16):
            length += len(piece)
        return length

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        began = time.perf_counter()
        try:
            self._link.request(method, path, body, self._headers)
            answer = self._link.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # A web worker that has served its share closes its connections.
            self._link.close()
            self._link.request(method, path, body, self._headers)
            answer = self._link.getresponse()
        content = answer.read()
        self.seconds = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:2000]!r}")
        return content


class Visitor(Client):
    """A person's browser: one connection, signed in by a cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self._headers = {"Cookie": cookie, "Accept-Language": "nl"}
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.seconds = 0.0

    def sent(self, path: str) -> int:
        """How many bytes of it come over the line to a browser that takes them compressed."""
        self._link.request("GET", path, headers=self._headers | {"Accept-Encoding": "gzip, br"})
        return len(self._link.getresponse().read())


def several(count: int, work: Callable[[int], list[float]]) -> list[float]:
    """Let so many processes do the work at once; returns all that they measured."""
    results = PROCESSES.SimpleQueue()

    def one(number: int) -> None:
        try:
            results.put(work(number))
        except BaseException as error:
            results.put(repr(error))

    workers = [PROCESSES.Process(target=one, args=(number,)) for number in range(count)]
    for worker in workers:
        worker.start()
    answers = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    if faults := [answer for answer in answers if isinstance(answer, str)]:
        raise RuntimeError(faults[0])
    return [seconds for answer in answers for seconds in answer]


def sending(port: int, login: Login, box: str, to: str, count: int, seconds: float) -> Callable:
    """Work for ``several``: send so many messages of 1 KiB, or fewer when the time is over."""

    def work(number: int) -> list[float]:
        client, measured = Client(port, login), []
        until = time.monotonic() + seconds
        while len(measured) < count and time.monotonic() < until:
            client.post(f"/api/v1/{box}/send", message_to(to))
            measured.append(client.seconds)
        return measured

    return work


def message_to(box: str, size: int = 1024) -> bytes:
    """A new envelope, with content that was not sent before."""
    text = base64.b64encode(os.urandom(size * 3 // 8)).decode()
    content = f"{text}\n{'Uitslag volgt na overleg. ' * (size // 26)}"[:size]
    return json.dumps(
        {
            "subject": "Uitslag laboratorium",
            "to": [{"displayName": box.title(), "address": box}],
            "contentType": "text/plain",
            "content": content,
        }
    ).encode()


def delivered(client: Client, content_type: str, content: bytes) -> str:
    """Put a message into the box of jill; returns the address of its page, with a token."""
    envelope = {
        "subject": "Bericht",
        "from": {"address": "lab"},
        "to": [{"address": "jill"}],
        "contentType": content_type,
        "contentEncoding": "base64",
        "content": base64.b64encode(content).decode(),
    }
    answer = client.post("/api/v1/jill/deliver", json.dumps(envelope).encode())
    return json.loads(answer)["viewerUrl"]
