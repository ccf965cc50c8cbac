"""The service as an operator runs it: real processes, a storage of its own, and HTTP."""

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.drills.family import Process, family, living
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# How long a drill waits for what has to happen; only a failing drill waits so long.
PATIENCE = float(os.environ.get("DRILL_PATIENCE", 120))
BRISK = {
    "SWEEP_SECONDS": "1",
    "DEAF_SECONDS": "3",
    "HEARTBEAT_LIMIT": "60",
    "STOP_SECONDS": "1",
    "WORKERS": "3",
    "WEB_CONCURRENCY": "1",
}
FURNISH = """
import io
from django.core.management import call_command
call_command("migrate", verbosity=0)
for box in ("john", "jill"):
    call_command("createbox", box, stdout=io.StringIO())
out = io.StringIO()
words = ["--organization", "Drill", "--box", "john:manage", "--box", "jill:manage", "--json"]
call_command("createapikey", *words, stdout=out)
print(out.getvalue())
"""


def eventually(happened: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for the event and return what it gave."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"within {seconds:.0f} s it did not happen that {what}")


class Service:
    """``serve`` in a directory of its own."""

    def __init__(self, directory: Path, model: "Service | None" = None, **environment: str) -> None:
        """With a ``model`` it begins as a copy of that service, which does not run."""
        self.directory = directory
        self.port = free_port()
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            **BRISK,
            "DATA_DIR": str(directory),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "APPROVE_EVERY_DOMAIN": "true",
            **environment,
        }
        self.output = directory / "service.log"
        self.process: subprocess.Popen | None = None
        self._posted = 0
        self.session = requests.Session()
        if model is not None:
            shutil.copytree(model.directory, directory, dirs_exist_ok=True)
            self.session.auth = model.session.auth

    def furnish(self) -> "Service":
        """Tables, two boxes and a key that opens both."""
        facts = json.loads(self.python(FURNISH))
        self.session.auth = (facts["key"], facts["secret"])
        return self

    # -- the processes --

    def start(self, *arguments: str) -> "Service":
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            if "worker" not in arguments:
                eventually(self.answers, "the service answers")
            if "web" not in arguments:
                eventually(self.workers, "the cluster has workers")
        except BaseException:
            for member in self.members():
                member.kill()
            raise AssertionError(f"The service did not start:\n{self.said()}") from None
        return self

    def twin(self) -> "Service":
        """Another supervisor for the same boxes, as on another host."""
        other = copy.copy(self)
        other.process = None
        other.output = self.directory / "twin.log"
        return other

    def stop(self) -> None:
        if self.process is not None:
            members = self.members()
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
            self.process = None
            eventually(lambda: not living(members), "every process is gone")

    def members(self) -> list[Process]:
        return family(self.process.pid) if self.process else []

    def titled(self, *words: str) -> list[Process]:
        return [member for member in self.members() if all(word in member.title for word in words)]

    def workers(self) -> list[Process]:
        """The cluster's workers, busy or idle."""
        return [*self.titled("qcluster", " idle"), *self.titled("qcluster", " processing ")]

    def cluster(self) -> Process | None:
        """The cluster's first process, once it has a name and a sentinel below it."""
        mains = self.titled("qcluster MainProcess")
        return next((main for main in mains if main.parent == self.process.pid), None)

    def said(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def python(self, code: str) -> str:
        """Run a piece of Python in the service's environment; returns what it prints."""
        ran = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            cwd=ROOT,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "messagebox.settings"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    # -- the API --

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def own(self, url: str) -> str:
        """The same address on the port and host that this test reaches."""
        return self.url(url.split("/", 3)[3])

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError("the service ended")
        try:
            return requests.get(self.url("health/live"), timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def post(self, *recipients: str, key: str = "", patient: bool = False) -> str:
        """Send one message from john; a patient sender repeats it until it is accepted."""
        self._posted += 1
        envelope_id = key or f"drill-{self._posted}"
        envelope = {
            "id": envelope_id,
            "to": [{"address": address} for address in recipients or ("jill",)],
            "subject": f"drill {envelope_id}",
            "contentType": "text/plain",
            "content": f"message {envelope_id}",
        }

        def accepted() -> str:
            try:
                answer = self.session.post(
                    self.url("api/v1/john/send"),
                    json=envelope,
                    headers={"Idempotency-Key": envelope_id},
                    timeout=30,
                )
                answer.raise_for_status()
                return answer.json()["xuid"]
            except requests.RequestException:
                if not patient:
                    raise
                return ""

        return eventually(accepted, f"{envelope_id} is accepted")

    def post_many(self, count: int, **options: bool) -> list[str]:
        return [self.post(**options) for _ in range(count)]

    def list(self, box: str, status: str) -> list[dict[str, Any]]:
        query = f"api/v1/{box}/messages?status={status}"
        answer = self.session.get(self.url(query), timeout=60)
        answer.raise_for_status()
        return answer.json()

    def message(self, xuid: str) -> dict[str, Any]:
        answer = self.session.get(self.url(f"api/v1/john/messages/{xuid}"), timeout=30)
        answer.raise_for_status()
        return answer.json()

    def await_quiet(self) -> None:
        """Until nothing waits any more."""

        def quiet() -> bool:
            try:
                return (
                    self.session.get(
                        self.url("api/v1/john/messages?status=OUTBOX&limit=1"), timeout=30
                    ).json()
                    == []
                )
            except requests.RequestException:
                return False

        try:
            eventually(quiet, "every delivery ended")
        except AssertionError as error:
            raise AssertionError(f"{error}; the service said\n{self.said()[-3000:]}") from None

    def assert_each_arrived_once(self) -> None:
        """Whatever was accepted is in jill's inbox: none lost, none doubled."""
        self.await_quiet()
        sent = Counter(item["envelope"]["id"] for item in self.list("john", "SENT,ERROR"))
        arrived = Counter(item["envelope"]["id"] for item in self.list("jill", "INBOX"))
        assert sum(sent.values()) == self._posted
        assert arrived == sent, (sent - arrived, arrived - sent)
