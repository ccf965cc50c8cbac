"""`make fakes` as a developer meets it: a process, its mail server and its page."""

import os
import signal
import smtplib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def fakes():
    """The running process as (SMTP port, address of the page)."""
    smtp_port, page_port = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes"],
        cwd=ROOT,
        env={**os.environ, "FAKE_SMTP_PORT": str(smtp_port), "FAKES_PORT": str(page_port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    told = process.stdout.readline() + process.stdout.readline()
    assert f"EMAIL_URL=smtp://localhost:{smtp_port}" in told
    yield smtp_port, f"http://127.0.0.1:{page_port}/"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


def get(address: str) -> str:
    return urllib.request.urlopen(address, timeout=10).read().decode()


def send(port: int, subject: str) -> None:
    with smtplib.SMTP("localhost", port, timeout=10) as session:
        session.sendmail("a@a.example", "b@b.example", f"Subject: {subject}\r\n\r\nDag\r\n")


def test_the_page_shows_what_arrived_and_how_it_was_written(fakes):
    port, page = fakes

    send(port, "<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in get(page)
    assert "<script>" not in get(page)
    assert get(f"{page}smtp/1").endswith("\r\n\r\nDag\r\n")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(f"{page}smtp/2")


def test_the_page_tells_the_server_how_to_fail(fakes):
    port, page = fakes

    form = urllib.parse.urlencode({"stage": "rcpt", "says": "550 5.1.1 No such user"}).encode()
    urllib.request.urlopen(f"{page}smtp", form, timeout=10)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(port, "refused")
    urllib.request.urlopen(f"{page}smtp", b"stage=rcpt&says=", timeout=10)
    send(port, "taken")

    assert "1 received." in get(page)
