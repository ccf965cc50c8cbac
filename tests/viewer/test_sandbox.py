"""The render server with real processes: what is killed, why, and what is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from viewer import sandbox
from viewer.jobs import Job
from viewer.renderserver import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
# A server like ours but for its renderer, which does as the content says.
HOSTILE = """
import ctypes, errno, os, socket, sys, time
from viewer import renderserver
from viewer.jobs import Rendered

def program():
    os.execv("/bin/true", ["true"])

def render(job):
    match job.content.decode().split():
        case ["sleep", seconds]: time.sleep(float(seconds))
        case ["spin"]:
            while True: sum(range(1000))
        case ["native"]: ctypes.CDLL(None).pause()
        case ["allocate", megabytes]: held = bytearray(int(megabytes) << 20)
        case ["crash"]: ctypes.string_at(0)
        case ["abort"]: os.abort()
        case ["write", size]: return Rendered("full", html="x" * int(size))
        case ["leave"]: os._exit(0)
        case ["refused", call]:
            try: {"fork": os.fork, "program": program, "socket": socket.socket}[call]()
            except OSError as error: return Rendered("full", html=errno.errorcode[error.errno])
        case ["file", path]: os.write(os.open(path, os.O_CREAT | os.O_WRONLY), b"x")
        case ["environment"]: return Rendered("full", html=" ".join(sorted(os.environ)))
        case ["open"]: return Rendered("full", html=str(len(os.listdir("/proc/self/fd"))))
        case ["raise"]: raise RuntimeError
    return Rendered("full", html="done")

renderserver.serve = render
renderserver.main()
"""


@pytest.fixture
def server(tmp_path, settings):
    """A render server on a socket of its own, whose renderer does as the content says."""
    path = tmp_path / "render.sock"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOSTILE,
            "--socket",
            str(path),
            "--jobs",
            "2",
            "--jobs-per-box",
            "1",
        ],
        cwd=ROOT,
        env=clean_environment(),
    )
    settings.RENDER_SOCKET = str(path)
    until(path.exists, seconds=60)
    yield process
    process.terminate()
    assert process.wait(10) == 0
    assert not children_of(process.pid)


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def children_of(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return found.stdout.split()


def ask(content, box="john"):
    return sandbox.render(Job(content.encode(), "text/html", len(content)), box).html


def reason(content):
    with pytest.raises(sandbox.Failed) as failed:
        ask(content)
    return failed.value.reason


def test_a_job_is_laid_out_elsewhere(server):
    assert ask("hello") == "done"


@pytest.mark.parametrize("content", ["sleep 60", "native"])
def test_what_takes_too_long_is_killed(server, settings, content):
    settings.RENDER_SECONDS = 0.5
    started = time.monotonic()

    assert reason(content) == "time"
    assert time.monotonic() - started < 10
    until(lambda: not children_of(server.pid))


def test_what_computes_too_long_is_killed(server, settings):
    settings.RENDER_CPU_SECONDS = 1

    assert reason("spin") == "time"


def test_what_takes_too_much_memory_is_refused_it(server, settings):
    settings.RENDER_MEMORY = 64 << 20

    assert ask("allocate 16") == "done"
    assert reason("allocate 2048") == "memory"


@pytest.mark.parametrize("content", ["crash", "abort", "raise", "leave"])
def test_what_dies_or_does_what_it_may_not_is_a_crash(server, content):
    assert reason(content) == "crash"
    assert ask("hello") == "done"


@pytest.mark.parametrize("call", ["fork", "program", "socket"])
def test_a_renderer_starts_no_process_and_no_connection(server, call):
    assert ask(f"refused {call}") == "EPERM"


def test_a_renderer_writes_no_file(server, tmp_path):
    written = tmp_path / "written"

    assert reason(f"file {written}") == "crash"
    assert not written.exists() or written.read_bytes() == b""


def test_a_page_past_its_size_is_refused(server, settings):
    settings.RENDER_OUTPUT = 100_000

    assert len(ask("write 50000")) == 50_000
    assert reason("write 200000") == "output"


def test_a_renderer_has_no_secret_and_no_line_but_its_own(server):
    names = ask("environment").split()

    assert not [name for name in names if "KEY" in name or "SECRET" in name or "DATABASE" in name]
    assert int(ask("open")) <= 6


def test_a_server_started_with_secrets_forgets_them(tmp_path, settings):
    path = tmp_path / "render.sock"
    environment = {**os.environ, "TOKEN_KEYS": "very-secret", "SECRET_KEY": "very-secret"}
    process = subprocess.Popen(
        [sys.executable, "-m", "viewer.renderserver", "--socket", str(path)],
        cwd=ROOT,
        env=environment,
    )
    until(path.exists, seconds=60)
    kept = Path(f"/proc/{process.pid}/environ").read_bytes()
    process.terminate()
    process.wait(10)

    assert b"very-secret" not in kept


def test_a_caller_that_leaves_leaves_no_child(server, settings):
    settings.RENDER_SECONDS = 60
    line = socket.socket(socket.AF_UNIX)
    line.connect(settings.RENDER_SOCKET)
    line.sendall(b"b" * 32)
    until(lambda: children_of(server.pid))

    line.close()

    until(lambda: not children_of(server.pid), seconds=3)


def test_the_next_of_a_box_waits_for_its_turn(server, settings):
    settings.RENDER_WAIT = 60
    done = []
    busy = threading.Thread(target=lambda: done.append(("slow", ask("sleep 1"))))
    busy.start()
    until(lambda: children_of(server.pid))

    assert ask("hello", box="jill") == "done"  # another box is not held up
    assert not done
    assert ask("hello") == "done"
    assert [name for name, _ in done] == ["slow"]
    busy.join()


def test_who_waits_too_long_is_told_so_and_nothing_is_kept(server, settings):
    busy = threading.Thread(target=lambda: ask("sleep 3"))
    busy.start()
    until(lambda: children_of(server.pid))
    settings.RENDER_WAIT = 0.3

    with pytest.raises(sandbox.Busy):
        ask("hello")

    busy.join()
    settings.RENDER_WAIT = 60
    assert ask("hello") == "done"


def test_a_server_that_is_not_there_is_said_not_to_be(settings, tmp_path):
    settings.RENDER_SOCKET = str(tmp_path / "nobody.sock")

    with pytest.raises(sandbox.Unreachable):
        ask("hello")


def test_a_private_server_starts_by_itself_and_again_when_it_was_killed():
    content = "<p>Hb 7,2</p>"
    job = Job(content.encode(), "text/html", len(content))
    assert "Hb 7,2" in sandbox.render(job, "john").document

    first = sandbox._private._process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: sandbox._private._process.poll() is not None)

    assert "Hb 7,2" in sandbox.render(job, "john").document
    assert sandbox._private._process.pid != first


def test_a_private_server_ends_with_its_parent():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from django.conf import settings\n"
            "settings.configure(RENDER_SOCKET='', RENDER_JOBS=1, RENDER_JOBS_PER_BOX=1)\n"
            "from viewer import sandbox\n"
            "import time\n"
            "line = sandbox._private.line()\n"
            "print(sandbox._private._process.pid, flush=True)\n"
            "time.sleep(600)\n",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    assert Path(f"/proc/{child}").exists()

    parent.kill()
    parent.wait()

    until(lambda: gone(child), seconds=60)


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
