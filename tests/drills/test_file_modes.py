"""What the service keeps on disk is for its own account only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drills.service import PATIENCE, ROOT, Service
from tests.runs import OF_THE_EMBEDDED_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_EMBEDDED_RUN]


def open_to_others(directory: Path) -> list[str]:
    kept = [directory, *directory.rglob("*")]
    return [f"{path} {path.stat().st_mode:o}" for path in kept if path.stat().st_mode & 0o077]


def test_a_service_that_runs_lets_no_other_account_read_its_data(tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    service = Service(directory)
    service.output = tmp_path / "service.log"
    service.start()
    try:
        service.furnish()
        letter = {"to": [{"address": "jill"}], "contentType": "text/plain"}
        sent = service.session.post(
            service.url("api/v1/john/send"), json={**letter, "content": "x" * 300_000}, timeout=60
        )
        sent.raise_for_status()
        service.await_quiet()

        names = {path.name for path in directory.iterdir()}
        assert {"messagebox.sqlite3", "secrets", "content"} <= names
        assert list((directory / "content").glob("*/*"))
        assert open_to_others(directory) == []
    finally:
        service.stop()


def test_a_command_lets_no_other_account_read_what_it_makes(tmp_path):
    directory = tmp_path / "data"
    environment = {**os.environ, "DATA_DIR": str(directory)}
    environment.pop("DATABASE_URL", None)

    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
        umask=0o022,
    )

    assert (directory / "messagebox.sqlite3").exists()
    assert open_to_others(directory) == []
