"""The processes of a running service, as the kernel lists them."""

import os
import signal
from contextlib import suppress
from pathlib import Path


class Process:
    def __init__(self, pid: int) -> None:
        status = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
        self.pid, self.state, self.parent = pid, status[0], int(status[1])
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
        self.title = b" ".join(words).decode(errors="replace").strip()

    def __repr__(self) -> str:
        return f"{self.pid} {self.title}"

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)


def everybody() -> list[Process]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            found.append(Process(int(path.name)))
    return [process for process in found if process.state != "Z"]


def family(pid: int) -> list[Process]:
    """The process and all that descend from it, the youngest first."""
    listed = everybody()
    members = [process for process in listed if process.pid == pid]
    for member in members:
        members += [process for process in listed if process.parent == member.pid]
    return members[::-1]


def living(processes: list[Process]) -> list[Process]:
    """Those that still run, and are not another process under the same number."""
    now = {process.pid: process.parent for process in everybody()}
    return [process for process in processes if process.pid in now]
