"""The machine that the figures belong to, and how quiet it was."""

import os
import platform
import time
from pathlib import Path

import pysqlite3

from tests.benchmarks.timing import median, p95


def describe() -> dict[str, str]:
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{_system()}, Linux {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": pysqlite3.sqlite_version,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME"):
            return line.partition("=")[2].strip('"')
    return platform.system()


def busy_seconds() -> float:
    """CPU seconds that the whole machine has spent since it started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Quiet:
    """Watches how much of the machine others used while the benchmark ran.

    Children count once they have ended, so it is asked when all servers are stopped.
    """

    def __init__(self) -> None:
        self.spins = [_spin() for _ in range(30)]
        self.began, self.busy, self.own = time.monotonic(), busy_seconds(), _own_seconds()

    def report(self) -> dict[str, str]:
        passed = time.monotonic() - self.began
        others = (busy_seconds() - self.busy) - (_own_seconds() - self.own)
        share = max(0.0, others) / (passed * (os.cpu_count() or 1))
        spins = [*self.spins, *(_spin() for _ in range(30))]
        swing = p95(spins) / min(spins)
        load = " ".join(f"{part:.1f}" for part in os.getloadavg())
        return {
            "others": f"{share:.0%} of the processors were used by other programs",
            "swing": (
                f"a fixed loop took {median(spins) / min(spins):.2f} (p95 {swing:.2f}) "
                "times its best"
            ),
            "load": f"load average at the end {load}",
            "seconds": f"{passed:.0f} s",
        }


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _spin() -> float:
    began, total = time.perf_counter(), 0
    for number in range(100_000):
        total += number * number
    return time.perf_counter() - began
