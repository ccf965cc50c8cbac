"""Libraries from npm that the browser tests use; none is part of MessageBox.

They are installed when a test first asks, at the versions and checksums of the lock file, into
a folder that git ignores.
"""

import fcntl
import functools
import shutil
import subprocess
from pathlib import Path

from tests.left_out import left_out

FOLDER = Path(__file__).resolve().parent / "viewer" / "parents"


def library(path: str) -> str:
    """The text of one file below node_modules."""
    problem = _installed()
    if problem:
        left_out(problem)
    return (FOLDER / "node_modules" / path).read_text()


@functools.cache
def _installed() -> str:
    """Why the libraries are not here; nothing when they are."""
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".lock-of-these"
    with (FOLDER / ".gitignore").open() as guard:  # of several test processes one installs
        fcntl.flock(guard, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
            return ""
        npm = shutil.which("npm")
        if npm is None:
            return "npm is not here, and the libraries of other parents come from it"
        ran = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ran.returncode:
            return f"npm could not install the libraries ({ran.stderr.strip()[-300:]})"
        shutil.copyfile(lock, stamp)
        return ""
