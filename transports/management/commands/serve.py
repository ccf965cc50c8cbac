import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from transports.preparation import prepare
from transports.supervisor import Child, Supervisor

PARTS = ("web", "worker")
RENDER_SERVER = "viewer.renderserver"
# What the render server may know of the environment: no secret, and no address of a database.
HARMLESS = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV")


class Command(BaseCommand):
    help = (
        "Run the service and stay in the foreground: web, worker and render server, each started "
        "again when it dies. SIGTERM ends them all."
    )

    requires_system_checks: list[str] = []  # prepare() makes them all, once

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="fill example boxes, through the API itself"
        )
        parser.add_argument(
            "--only", choices=PARTS, help="one part, where the other runs on another host"
        )

    def handle(self, *args, **options) -> None:
        parts = (options["only"],) if options["only"] else PARTS
        if "web" in parts:
            _refuse_taken_port()
        prepare()
        with tempfile.TemporaryDirectory(prefix="messagebox-") as directory:
            children = _children(parts, Path(directory) / "render", demo=options["demo"])
            supervisor = Supervisor(list(children.values()), children.get("worker"))
            if "web" in parts:
                threading.Thread(target=self._welcome, args=[options["demo"]], daemon=True).start()
            supervisor.run()
        # Everything has ended; the interpreter's own farewell would only take its time.
        sys.stdout.flush()
        os._exit(0)

    def _welcome(self, demo: bool) -> None:
        """Once the web side answers, say where to go."""
        while not _answers():
            time.sleep(0.2)
        if demo:
            _load_demo()
            return
        lines = [f"MessageBox is ready. Sign in at {settings.BASE_URL}/admin/"]
        if not get_user_model().objects.exists():
            lines.append(
                f"There is no user yet: {sys.executable} manage.py createuser NAME --superuser"
            )
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _children(parts: tuple[str, ...], render_socket: Path, demo: bool) -> dict[str, Child]:
    """The programs of these parts; each of them has what it hosts laid out by the one renderer."""
    shared = dict(os.environ)
    children = {}
    if find_spec(RENDER_SERVER):
        children["renderer"] = _renderer(render_socket)
        shared["RENDER_SOCKET"] = str(render_socket)
    if demo:
        shared["DEMO"] = "1"
    if "worker" in parts:
        environment = {**shared, "MESSAGEBOX_WORKER": "1", "DATABASE_POOL": "0"}
        children["worker"] = Child(
            "worker", ["manage.py", "qcluster", "--skip-checks"], environment
        )
    if "web" in parts:
        command = ["-m", "gunicorn", "-c", "python:messagebox.web", "messagebox.wsgi"]
        children["web"] = Child("web", command, {"DATABASE_POOL": "1", **shared})
    return children


def _renderer(socket_path: Path) -> Child:
    command = [
        *("-m", RENDER_SERVER, "--socket", str(socket_path)),
        *("--jobs", str(settings.RENDER_JOBS)),
        *("--jobs-per-box", str(settings.RENDER_JOBS_PER_BOX)),
    ]
    environment = {name: os.environ[name] for name in HARMLESS if name in os.environ}
    return Child("renderer", command, environment)


def _load_demo() -> None:
    """In a process of its own, which speaks to the service as any software does."""
    url = f"http://{_own_address()}"
    command = [*("-m", "transports.tether", str(os.getpid())), "manage.py", "loaddemo"]
    subprocess.run([sys.executable, *command, "--url", url], cwd=settings.BASE_DIR, check=False)


def _own_address() -> str:
    host = "127.0.0.1" if settings.BIND == "0.0.0.0" else settings.BIND
    return f"{host}:{settings.PORT}"


def _refuse_taken_port() -> None:
    """Web workers share their port; a second service on it would get half of the calls."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} on {settings.BIND} cannot be had ({error.strerror}). "
                "Choose another: make run PORT=8001"
            ) from error


def _answers() -> bool:
    try:
        urllib.request.urlopen(f"http://{_own_address()}/health/live", timeout=2).close()
    except urllib.error.HTTPError:
        return True  # an answer is an answer
    except OSError:
        return False
    return True
