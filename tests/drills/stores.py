"""Databases and brokers of a drill's own, which it may stop and start as it likes."""

import os
import shutil
import signal
import subprocess
from glob import glob
from pathlib import Path

import psycopg
import redis

from tests.drills.family import family, living
from tests.drills.service import eventually
from tests.left_out import left_out
from tests.ports import free_port

# Who runs PostgreSQL where the tests run as root, which it refuses.
POSTGRES_USER = "postgres"


class Postgresql:
    """A PostgreSQL cluster in a directory, with a database ``drill``."""

    def __init__(self, directory: Path) -> None:
        programs = sorted(glob("/usr/lib/postgresql/*/bin")) or [""]
        self._initdb = shutil.which("initdb", path=f"{programs[-1]}:{os.environ['PATH']}")
        if self._initdb is None:
            left_out("PostgreSQL's initdb is not installed")
        self._directory = directory / "postgresql"
        self.port = free_port()
        self.url = f"postgres://{POSTGRES_USER}@127.0.0.1:{self.port}/drill"
        self._process: subprocess.Popen | None = None
        self._create()

    def _create(self) -> None:
        self._directory.mkdir()
        if os.getuid() == 0:
            shutil.chown(self._directory, POSTGRES_USER)
            for parent in self._directory.parents:
                if parent.stat().st_mode & 0o001 == 0:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run(self._initdb, "-D", ".", "-U", POSTGRES_USER, "-A", "trust", "-N", "-E", "UTF8")
        self.start()
        with psycopg.connect(self.url.replace("/drill", "/postgres"), autocommit=True) as database:
            database.execute("CREATE DATABASE drill")

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, **self._as_postgres())

    def _as_postgres(self) -> dict:
        user = {"user": POSTGRES_USER, "group": POSTGRES_USER} if os.getuid() == 0 else {}
        return {"cwd": self._directory, "env": {"PATH": os.environ["PATH"]}, **user}

    def start(self) -> None:
        program = Path(self._initdb).with_name("postgres")
        options = [
            "-p",
            str(self.port),
            "-k",
            "",
            "-h",
            "127.0.0.1",
            "-c",
            "log_min_messages=fatal",
        ]
        with open(f"{self._directory}.log", "ab") as output:
            self._process = subprocess.Popen(
                [program, "-D", ".", *options],
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._as_postgres(),
            )
        eventually(self._answers, "PostgreSQL answers")

    def crash(self) -> None:
        """As when the power fails: no connection is closed in an orderly way, and nothing lives
        on. A process that did would hold its memory, beside which PostgreSQL does not start."""
        self._process.send_signal(signal.SIGSTOP)  # that it has no more children than are found
        members = family(self._process.pid)
        for member in reversed(members):
            member.kill()
        self._process.wait()
        eventually(lambda: not living(members), "PostgreSQL is gone")

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()  # waits for clients
            self._process.send_signal(2)  # and no longer does
            self._process.wait(30)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(Path(f"{self._directory}.log").read_text())
        try:
            psycopg.connect(self.url.replace("/drill", "/postgres"), connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True


class RedisServer:
    """A Redis that forgets everything when it is killed."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            left_out("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._answers, "Redis answers")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port, socket_timeout=2).ping())
        except redis.RedisError:
            return False
