"""An installation of its own for a row: a directory, a database, boxes and one key."""

import atexit
import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.benchmarks.figures import Row

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "messagebox-bench-"
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"
# Of the caller's environment only this; everything else is the default of the service.
KEPT = ("PATH", "HOME", "LANG", "TZ")


@dataclass(frozen=True)
class Login:
    """A key that holds every right on every box of the installation."""

    key: str
    secret: str


class Installation:
    """Used as a context: what it made is gone afterwards, whatever happened."""

    def __init__(self, database: str = "sqlite", **environment: str) -> None:
        self.database = database
        self.directory = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.environment = environment_in(self.directory) | environment
        self._name = f"messagebox_bench_{secrets.token_hex(4)}"
        if database == "postgresql":
            self.environment["DATABASE_URL"] = f"{POSTGRESQL}/{self._name}"

    def __enter__(self) -> "Installation":
        try:
            if self.database == "postgresql":
                _on_server(f"CREATE DATABASE {self._name}")
                self.run("manage.py", "migrate", "--verbosity", "0")
            else:
                shutil.copytree(_migrated(), self.directory, dirs_exist_ok=True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self.database == "postgresql":
            _on_server(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def sqlite_file(self) -> Path:
        return self.directory / "messagebox.sqlite3"

    def seed(self, **boxes: int) -> Login:
        """Make boxes with so many received messages each, and a key that opens them all.

        A negative number makes sent messages that wait for their delivery to the first box.
        """
        answer = self.run("-m", "tests.benchmarks.seed", stdin=json.dumps(boxes))
        return Login(**json.loads(answer))

    def run(self, *command: str, stdin: str = "") -> str:
        return _run(command, self.environment, stdin)


def environment_in(directory: Path) -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "messagebox.settings",
        "DATA_DIR": str(directory),
        "KEY_RATE_PER_MINUTE": "100000000",
        "LOG_LEVEL": "WARNING",
    }


@functools.cache
def _migrated() -> Path:
    """A directory with an empty SQLite database, made once in a run; it takes seconds."""
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    _run(("manage.py", "migrate", "--verbosity", "0"), environment_in(directory))
    return directory


def _run(command: Sequence[str], environment: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return done.stdout


@functools.cache
def postgresql_version() -> str:
    """Empty when no server answers."""
    try:
        return _on_server("SHOW server_version")
    except psycopg.OperationalError:
        return ""


def databases(row: Row) -> list[str]:
    """Those that can be measured; the row says which is left out."""
    if postgresql_version():
        return ["sqlite", "postgresql"]
    row.left_out = "PostgreSQL, which does not answer on 127.0.0.1:5432"
    return ["sqlite"]


def _on_server(statement: str) -> str:
    """Run one statement; returns the first value that it gives."""
    with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=3) as link:
        found = link.execute(statement)
        return found.fetchone()[0] if found.description else ""
