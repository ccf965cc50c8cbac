"""Children that are started again, families that end together, clusters that are deaf."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.drills.family import everybody
from tests.drills.service import ROOT, eventually
from tests.transports.queue import taken
from transports import tasks
from transports.supervisor import Child
from transports.watchdog import Watchdog, are_idle

FAMILY = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
with open({out!r}, "a") as out:
    out.write(f"{{os.getpid()}}\\n")
time.sleep(600)
"""


@pytest.fixture
def program(tmp_path):
    """``program(code)`` is a script that writes the numbers of its processes to ``out``."""

    def write(code: str) -> list[str]:
        script = tmp_path / "program.py"
        script.write_text(code.format(out=str(tmp_path / "out")))
        return [str(script)]

    return write


@pytest.fixture
def out(tmp_path):
    def numbers() -> list[int]:
        path = tmp_path / "out"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    return numbers


@pytest.fixture
def child(request):
    """``child(command)`` starts one, and leaves nothing of it behind."""
    started = []

    def start(command: list[str]) -> Child:
        started.append(Child("program", command, dict(os.environ)))
        started[-1].tend()
        return started[-1]

    yield start
    for one in started:
        one.kill()


def alive(number: int) -> bool:
    return number in {process.pid for process in everybody()}


def test_a_child_that_ends_is_started_again(program, out, child):
    one = child(program("import os\nopen({out!r}, 'a').write(f'{{os.getpid()}}\\n')"))

    def again() -> bool:
        one.tend()
        return len(set(out())) >= 3

    eventually(again, "it was started three times")


def test_a_child_that_keeps_ending_is_started_less_and_less_often(child):
    one = child([os.devnull])
    pauses = []
    while len(pauses) < 4:
        one.tend()
        if not one.group and (not pauses or one._pause != pauses[-1]):
            pauses.append(one._pause)
        one._due_at = 0  # do not wait for it here

    assert pauses == sorted(set(pauses))


def test_killing_a_child_ends_its_whole_family(program, out, child):
    one = child(program(FAMILY))
    members = eventually(lambda: len(out()) == 2 and out(), "both run")

    one.kill()

    eventually(lambda: not any(map(alive, members)), "both are gone")


def test_what_a_program_forked_does_not_outlive_it(program, out, child):
    one = child(program(FAMILY))
    members = eventually(lambda: len(out()) == 2 and out(), "both run")

    os.kill(one.group, signal.SIGKILL)

    eventually(lambda: not any(map(alive, members)), "both are gone")


def test_a_family_does_not_outlive_the_supervisor(program, out, tmp_path):
    [script] = program(FAMILY)
    supervisor = tmp_path / "supervisor.py"
    supervisor.write_text(
        "import os, subprocess, sys, time\n"
        f"command = [sys.executable, '-m', 'transports.tether', str(os.getpid()), {script!r}]\n"
        "subprocess.Popen(command, process_group=0)\n"
        "time.sleep(600)\n"
    )
    started = subprocess.Popen([sys.executable, supervisor], cwd=ROOT)
    members = eventually(lambda: len(out()) == 2 and out(), "both run")

    started.kill()
    started.wait()

    eventually(lambda: not any(map(alive, members)), "both are gone")


def test_a_program_whose_supervisor_is_gone_already_does_not_begin(program, out):
    [script] = program(FAMILY)
    nobody = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)

    ran = subprocess.run(
        [sys.executable, "-m", "transports.tether", nobody.stdout.strip(), script],
        cwd=ROOT,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 1
    assert out() == []


@pytest.fixture
def cluster():
    """``cluster(title, …)`` starts processes with these titles; returns their group."""
    started: list[subprocess.Popen] = []

    def start(*titles: str) -> int:
        for title in titles:
            code = f"import setproctitle, time; setproctitle.setproctitle({title!r}); "
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", f"{code}time.sleep(600)"],
                    process_group=started[0].pid if started else 0,
                )
            )
            eventually(partial(_titled, started[-1].pid, title), "it has its title")
        return started[0].pid

    yield start
    for one in started:
        one.kill()
        one.wait()


def _titled(pid: int, title: str) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(title.encode())


IDLE, BUSY = "qcluster Process-1 idle", "qcluster Process-2 processing sweep 'transports.tasks'"


@pytest.mark.parametrize(
    ("titles", "idle"),
    [((IDLE, IDLE), True), ((IDLE, BUSY), False), (("qcluster Process-3 pusher",), False)],
)
def test_workers_are_idle_when_none_is_at_work(cluster, titles, idle):
    assert are_idle(cluster(*titles)) is idle


def asked() -> int:
    """How many sweeps were queued since this was last asked."""
    return sum(task["func"] == "transports.tasks.sweep" for task in taken())


@pytest.fixture
def brisk(settings):
    settings.SWEEP_SECONDS = settings.HEARTBEAT_LIMIT = 3600
    settings.DEAF_SECONDS = 0


@pytest.mark.django_db
def test_idle_workers_that_take_no_task_are_deaf(cluster, brisk):
    group = cluster(IDLE)
    watchdog = Watchdog(lambda: group)

    watchdog.look()
    assert asked() == 1
    assert not watchdog.deaf.is_set()

    eventually(lambda: watchdog.look() or watchdog.deaf.is_set(), "it is found deaf")


@pytest.mark.django_db
def test_a_cluster_that_answers_is_not_deaf(cluster, brisk):
    group = cluster(IDLE)
    watchdog = Watchdog(lambda: group)

    watchdog.look()
    tasks.sweep()
    for _ in range(3):
        watchdog.look()

    assert not watchdog.deaf.is_set()
    assert asked() == 1


@pytest.mark.django_db
def test_workers_at_work_have_until_the_limit(cluster, brisk, settings):
    group = cluster(IDLE, BUSY)
    watchdog = Watchdog(lambda: group)

    for _ in range(3):
        watchdog.look()
    assert not watchdog.deaf.is_set()

    settings.HEARTBEAT_LIMIT = 0
    time.sleep(0.001)
    watchdog.look()
    assert watchdog.deaf.is_set()


@pytest.mark.django_db
def test_a_new_cluster_is_asked_afresh(cluster, brisk):
    groups = [cluster(IDLE)]
    watchdog = Watchdog(lambda: groups[-1])
    watchdog.look()

    groups.append(os.getpid())
    watchdog.look()

    assert asked() == 2
    assert not watchdog.deaf.is_set()


@pytest.mark.django_db
def test_no_cluster_is_asked_nothing(brisk):
    Watchdog(lambda: 0).look()

    assert asked() == 0
