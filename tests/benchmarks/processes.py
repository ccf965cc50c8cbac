"""A running program with all its descendants: its CPU time, its memory, its end."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    started: int  # with the pid it names a process for good
    ticks: int
    command: str

    @classmethod
    def read(cls, pid: int) -> "Process | None":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        if fields[0] == "Z":
            return None
        # utime, stime and those of the children that it has buried
        ticks = sum(map(int, fields[11:15]))
        return cls(pid, int(fields[1]), int(fields[19]), ticks, words.decode(errors="replace"))


def family(root: int) -> list[Process]:
    """The process and its living descendants."""
    everyone = [Process.read(int(entry)) for entry in os.listdir("/proc") if entry.isdigit()]
    children: dict[int, list[Process]] = {}
    found = []
    for process in everyone:
        if process is not None:
            children.setdefault(process.parent, []).append(process)
            if process.pid == root:
                found.append(process)
    for process in found:  # grows while it is walked
        found.extend(children.get(process.pid, []))
    return found


def cpu_seconds(members: list[Process]) -> float:
    return sum(process.ticks for process in members) / TICK


def pss_mib(members: list[Process]) -> float:
    """Proportional set size: a shared page counts for its share."""
    return sum(_kib(process.pid, "smaps_rollup", "Pss:") for process in members) / 1024


def forget_peaks(members: list[Process]) -> float:
    """Let the kernel count peaks anew; returns the resident MiB of now."""
    for process in members:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return sum(_kib(process.pid, "status", "VmRSS:") for process in members) / 1024


def peaks_mib(members: list[Process]) -> float:
    """The sum of each one's highest resident size since ``forget_peaks``."""
    return sum(_kib(process.pid, "status", "VmHWM:") for process in members) / 1024


def _kib(pid: int, file: str, label: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(label)), 0)


def end(program: subprocess.Popen, patience: float = 15.0) -> None:
    """Ask a program to stop; whatever of its family still lives after that is killed."""
    members = family(program.pid)
    program.terminate()
    until = time.monotonic() + patience
    while time.monotonic() < until and (program.poll() is None or _alive(members)):
        known = {member.pid for member in members}
        members += [one for one in family(program.pid) if one.pid not in known]
        time.sleep(0.05)
    for process in _alive(members):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    program.wait()


def _alive(members: list[Process]) -> list[Process]:
    now = {member.pid: Process.read(member.pid) for member in members}
    return [one for one in members if (seen := now[one.pid]) and seen.started == one.started]
