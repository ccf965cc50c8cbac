"""Callers that stop halfway hold nobody up for long."""

import socket

import pytest
import requests

from tests.drills.service import PATIENCE, Service
from tests.runs import OF_THE_EMBEDDED_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_EMBEDDED_RUN]

HALF_A_HEADER = b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: "
HALF_A_BODY = (
    b"POST /api/v1/john/send HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\nAuthorization: %s\r\n\r\n{"
)
THREADS = 2


@pytest.fixture(scope="module")
def service(furnished, tmp_path_factory):
    """One web process with few threads, and little patience."""
    service = Service(
        tmp_path_factory.mktemp("service"),
        furnished,
        WEB_THREADS=str(THREADS),
        HEADER_SECONDS="1",
        BODY_SECONDS="2",
    )
    service.start("--only", "web")
    yield service
    service.stop()


def open_halfway(service: Service, sent: bytes) -> list[socket.socket]:
    lines = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4 * THREADS)]
    for line in lines:
        line.sendall(sent)
        line.settimeout(PATIENCE)
    return lines


def sends_of(service: Service) -> bytes:
    key = requests.Request("GET", service.url(""), auth=service.session.auth).prepare()
    return HALF_A_BODY % key.headers["Authorization"].encode()


@pytest.mark.parametrize("part", ["nothing", "headers", "body"])
def test_callers_that_stop_halfway_are_let_go(service: Service, part: str):
    sent = {"nothing": b"", "headers": HALF_A_HEADER, "body": sends_of(service)}[part]
    lines = open_halfway(service, sent)

    answer = requests.get(service.url("health/live"), timeout=PATIENCE)

    assert answer.status_code == 200
    for line in lines:
        said = b"".join(iter(lambda line=line: line.recv(4096), b""))
        assert said.startswith(b"HTTP/1.1 400") if part == "body" else said == b""
        line.close()


def test_a_caller_that_trickles_its_headers_is_let_go(service: Service):
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        line.sendall(HALF_A_HEADER)
        line.settimeout(0.2)
        for _ in range(int(PATIENCE / 0.2)):
            try:
                if line.recv(1) == b"":
                    return
            except TimeoutError:
                line.sendall(b"a")
            except ConnectionError:
                return
    raise AssertionError("it was listened to for ever")


def test_a_caller_that_pauses_within_its_patience_is_answered(service: Service):
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        for piece in (b"GET /health/live HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n") * 2:
            line.sendall(piece)
        line.settimeout(PATIENCE)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
