"""The servers under measurement: gunicorn alone, with our application or with the floor's, or
the whole service. Each listens on the loopback, on a port that the system chose."""

import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from tests.benchmarks import processes
from tests.benchmarks.installation import ROOT, Installation
from tests.benchmarks.processes import Process

READY_SECONDS = 180
PRODUCT, FLOOR = "messagebox.wsgi", "tests.benchmarks.floor:application"


class Server:
    """A program that answers on a port; used as a context it is gone afterwards."""

    def __init__(
        self, installation: Installation, command: Sequence[str], **environment: str
    ) -> None:
        self.port = free_port()
        self._command = [sys.executable, *command]
        self._environment = (
            installation.environment
            | {"PORT": str(self.port), "BIND": "127.0.0.1", "BASE_URL": self.url}
            | environment
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Server":
        self._output = tempfile.TemporaryFile()
        self._program = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            process_group=0,  # Ctrl-C is for the benchmark, which then ends its servers in order
        )
        try:
            self._await_answer()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        processes.end(self._program)
        self._output.close()

    def family(self, word: str = "") -> list[Process]:
        """Its processes; with a word those only of the child that has it in its command."""
        members = processes.family(self._program.pid)
        if not word:
            return members
        heads = [one for one in members if word in one.command]
        return processes.family(heads[0].pid) if heads else []

    def cpu(self, word: str = "") -> float:
        """CPU seconds up to now."""
        return processes.cpu_seconds(self.family(word))

    def said(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")[-4000:]

    def _await_answer(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._program.poll() is None:
            if _answers(self.port):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{' '.join(self._command)} does not answer:\n{self.said()}")


def gunicorn(installation: Installation, application: str, **environment: str) -> Server:
    """The web side alone, with the configuration that the service itself uses."""
    command = ["-m", "gunicorn", "-c", "python:messagebox.web", application]
    if installation.database == "postgresql":
        environment = {"DATABASE_POOL": "1", **environment}
    return Server(installation, command, **environment)


def whole_service(installation: Installation, **environment: str) -> Server:
    return Server(installation, ["manage.py", "serve"], **environment)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/health/live")
        link.getresponse().read()
    except OSError:
        return False
    finally:
        link.close()
    return True
