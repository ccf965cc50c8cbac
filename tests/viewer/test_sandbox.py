"""The render server with real processes: what is killed, why, and what is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from viewer import landlock, sandbox
from viewer.jobs import Job
from viewer.renderserver import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
# A server like ours but for its renderer, which does as the content says.
HOSTILE = """
import ctypes, errno, os, signal, socket, sys, time
from pathlib import Path
from viewer import renderserver
from viewer.jobs import Rendered

def program():
    os.execv("/bin/true", ["true"])

PARTS = ("html", "document", "after", "banner", "summary")
MARKUP = "</section><p id=x onclick=y>tekst</p><script>alert(1)</script><iframe src=//x></iframe>"

libc = ctypes.CDLL(None, use_errno=True)

def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")

parent = os.getppid
TGKILL, PRLIMIT = {"x86_64": (234, 302), "aarch64": (131, 261)}[os.uname().machine]
ATTEMPTS = {
    "fork": os.fork,
    "program": program,
    "socket": socket.socket,
    "read": lambda path: os.read(os.open(path, os.O_RDONLY), 1),
    "list": lambda path: os.listdir(path),
    "environ": lambda: os.read(os.open(f"/proc/{parent()}/environ", os.O_RDONLY), 1),
    "memory": lambda: os.open(f"/proc/{parent()}/mem", os.O_RDWR),
    "own-memory": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "pidfd_open": lambda: os.pidfd_open(parent()),
    "pidfd_getfd": lambda: call(438, 0, 0, 0),
    "pidfd_send_signal": lambda: call(424, 0, 0, 0, 0),
    "process_madvise": lambda: call(440, 0, 0, 0, 0, 0),
    "kill": lambda: os.kill(parent(), signal.SIGTERM),
    "tgkill": lambda: call(TGKILL, parent(), parent(), signal.SIGTERM),
    "prlimit": lambda: call(PRLIMIT, parent(), 0, 0, 0),
    "write": lambda path: os.open(path, os.O_WRONLY),
    "append": lambda path: os.open(path, os.O_WRONLY | os.O_APPEND),
    "create": lambda path: os.open(path + ".new", os.O_WRONLY | os.O_CREAT),
    "truncate": lambda path: os.truncate(path, 0),
    "unlink": os.unlink,
    "rename": lambda path: os.rename(path, path + ".new"),
    "mkdir": lambda path: os.mkdir(path + ".new"),
    "rmdir": lambda path: os.rmdir(os.path.dirname(path)),
    "link": lambda path: os.link(path, path + ".new"),
    "symlink": lambda path: os.symlink(path, path + ".new"),
    "chmod": lambda path: os.chmod(path, 0o777),
    "chown": lambda path: os.chown(path, 0, 0),
    "mknod": lambda path: os.mkfifo(path + ".new"),
    "openat2": lambda: call(437, -100, 0, 0, 0),
}

def descriptors():
    found = 0
    for number in range(1024):
        try: os.fstat(number)
        except OSError: continue
        found += 1
    return found

def render(job):
    match job.content.decode().split():
        case ["sleep", seconds]: time.sleep(float(seconds))
        case ["spin"]:
            while True: sum(range(1000))
        case ["native"]: ctypes.CDLL(None).pause()
        case ["allocate", megabytes]: held = bytearray(int(megabytes) << 20)
        case ["crash"]: ctypes.string_at(0)
        case ["abort"]: os.abort()
        case ["write", size]: return Rendered("full", html="x" * int(size))
        case ["leave"]: os._exit(0)
        case ["try", action, *path]:
            try: ATTEMPTS[action](*path)
            except OSError as error: return Rendered("full", html=errno.errorcode[error.errno])
        case ["markup"]: return Rendered("full", **dict.fromkeys(PARTS, MARKUP))
        case ["deep"]: return Rendered("full", html="<div>" * 100_000)
        case ["file", path]: os.write(os.open(path, os.O_CREAT | os.O_WRONLY), b"x")
        case ["number"]: return Rendered("full", html=str(os.getpid()))
        case ["environment"]: return Rendered("full", html=" ".join(sorted(os.environ)))
        case ["open"]: return Rendered("full", html=str(descriptors()))
        case ["raise"]: raise RuntimeError
    return Rendered("full", html="done")

renderserver.serve = render
renderserver.main()
"""


@pytest.fixture
def server(tmp_path, settings):
    """A render server on a socket of its own, whose renderer does as the content says."""
    path = tmp_path / "render.sock"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOSTILE,
            "--socket",
            str(path),
            "--jobs",
            "2",
            "--jobs-per-box",
            "1",
        ],
        cwd=ROOT,
        env=clean_environment(),
    )
    settings.RENDER_SOCKET = str(path)
    until(path.exists)
    yield process
    process.terminate()
    assert process.wait(60) == 0
    assert not children_of(process.pid)


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def children_of(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return found.stdout.split()


def ready(pid):
    """The child that stands ready for the next message."""
    until(lambda: len(children_of(pid)) == 1)
    return children_of(pid)[0]


@contextmanager
def occupied(box):
    """One turn of the box is taken, by a caller who takes time to say what it wants."""
    with sandbox._line() as line:
        sandbox._await_turn(line, box, time.monotonic())
        yield


def ask(content, box="john"):
    return sandbox.render(Job(content.encode(), "text/html", len(content)), box).html


def reason(content):
    with pytest.raises(sandbox.Failed) as failed:
        ask(content)
    return failed.value.reason


def test_a_job_is_laid_out_elsewhere(server):
    assert ask("hello") == "done"


@pytest.mark.parametrize("content", ["sleep 60", "native"])
def test_what_takes_too_long_is_killed(server, settings, content):
    settings.RENDER_SECONDS = 0.5
    child = ready(server.pid)
    started = time.monotonic()

    assert reason(content) == "time"
    assert time.monotonic() - started < 10
    until(lambda: child not in children_of(server.pid))


def test_each_message_has_a_child_of_its_own_that_stood_ready(server):
    first = ready(server.pid)
    assert ask("number") == first

    second = ready(server.pid)
    assert second != first
    assert ask("number") == second


def test_a_child_that_dies_while_it_waits_costs_nobody_anything(server):
    child = ready(server.pid)
    os.kill(int(child), signal.SIGKILL)
    until(lambda: not children_of(server.pid))

    # The next one is made when it is needed, under the same limits.
    assert ask("try fork") == "EPERM"
    os.kill(int(ready(server.pid)), signal.SIGKILL)
    until(lambda: not children_of(server.pid))
    assert ask("try read /etc/passwd") == "EACCES"


def test_what_computes_too_long_is_killed(server, settings):
    settings.RENDER_CPU_SECONDS = 1

    assert reason("spin") == "time"


def test_what_takes_too_much_memory_is_refused_it(server, settings):
    settings.RENDER_MEMORY = 64 << 20

    assert ask("allocate 16") == "done"
    assert reason("allocate 2048") == "memory"


@pytest.mark.parametrize("content", ["crash", "abort", "raise", "leave"])
def test_what_dies_or_does_what_it_may_not_is_a_crash(server, content):
    assert reason(content) == "crash"
    assert ask("hello") == "done"


@pytest.mark.parametrize("action", ["fork", "program", "socket"])
def test_a_renderer_starts_no_process_and_no_connection(server, action):
    assert ask(f"try {action}") == "EPERM"


REFUSED = ("EACCES", "EPERM")


@pytest.fixture
def kept(tmp_path):
    """A file as the service keeps them, beside a renderer of the same account."""
    path = tmp_path / "secrets" / "token_keys"
    path.parent.mkdir()
    path.write_text("very-secret")
    return path


def test_a_renderer_reads_and_writes_no_process(server):
    for action in ("environ", "memory", "own-memory"):
        assert ask(f"try {action}") in REFUSED, action


def test_a_renderer_has_no_hold_on_its_parent(server):
    signals = ("kill", "tgkill", "pidfd_open", "pidfd_getfd", "pidfd_send_signal")
    for action in (*signals, "process_madvise", "prlimit"):
        assert ask(f"try {action}") == "EPERM", action
    assert ask("hello") == "done"


def test_a_renderer_reads_no_secret_and_no_settings_of_the_system(server, kept):
    data = ROOT / "var"
    data.mkdir(exist_ok=True)

    for place in (kept, "/etc/passwd", ROOT / "manage.py", ROOT / "messagebox" / "settings.py"):
        assert ask(f"try read {place}") == "EACCES"
    for place in (kept.parent, data, ROOT, "/", "/proc", "/tmp"):
        assert ask(f"try list {place}") == "EACCES"


def test_a_renderer_reads_the_code_and_the_words_that_it_needs(server):
    for place in (landlock.__file__, os.__file__, ROOT / "locale/nl/LC_MESSAGES/django.mo"):
        assert ask(f"try read {place}") == "done"


CHANGES = (
    *("write", "append", "create", "truncate", "unlink", "rename", "mkdir", "rmdir"),
    *("link", "symlink", "chmod", "chown", "mknod"),
)


@pytest.mark.parametrize("path", [None, ROOT / "viewer" / "landlock.py"])
def test_a_renderer_writes_makes_changes_and_removes_no_file(server, kept, path):
    path = path or kept
    before = path.read_bytes(), path.stat().st_mode, path.stat().st_uid, os.listdir(path.parent)

    for action in CHANGES:
        assert ask(f"try {action} {path}") in REFUSED, action

    after = path.read_bytes(), path.stat().st_mode, path.stat().st_uid, os.listdir(path.parent)
    assert after == before


def test_a_renderer_does_not_get_round_the_list(server):
    assert ask("try openat2") == "EPERM"


PRCTL = {"x86_64": "157", "aarch64": "167"}[os.uname().machine]
UNFILTERED = """
import ctypes, os, sys
from viewer import syscalls
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
if sys.argv[1:]:
    # From here on this process sees a kernel without these calls.
    architecture, _ = syscalls._listed(os.uname().machine)
    steps = syscalls._steps(architecture, [int(call) for call in sys.argv[1:]])
    buffer = ctypes.create_string_buffer(steps, len(steps))
    program = syscalls._Program(len(steps) // 8, ctypes.addressof(buffer))
    assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
from viewer.checks import renderer_filters
print(*[warning.id for warning in renderer_filters(None)])
"""


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ([], []),
        (["444"], ["viewer.W001"]),
        (
            ["444", {"x86_64": "157", "aarch64": "167"}[os.uname().machine]],
            ["viewer.W001", "viewer.W002"],
        ),
    ],
)
def test_the_checks_say_which_filter_the_kernel_has_not(missing, said):
    found = subprocess.run(
        [sys.executable, "-c", UNFILTERED, *missing],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.split() == said


def test_a_page_past_its_size_is_refused(server, settings):
    settings.RENDER_OUTPUT = 100_000

    assert len(ask("write 50000")) == 50_000
    assert reason("write 200000") == "output"


def test_a_renderer_has_no_secret_and_no_line_but_its_own(server):
    names = ask("environment").split()

    assert not [name for name in names if "KEY" in name or "SECRET" in name or "DATABASE" in name]
    assert int(ask("open")) <= 6


def test_a_server_started_with_secrets_and_without_a_language_forgets_them(tmp_path, settings):
    path = tmp_path / "render.sock"
    plain = {name: os.environ[name] for name in os.environ if not name.startswith(("LANG", "LC_"))}
    environment = {**plain, "TOKEN_KEYS": "very-secret", "SECRET_KEY": "very-secret"}
    process = subprocess.Popen(
        [sys.executable, "-m", "viewer.renderserver", "--socket", str(path)],
        cwd=ROOT,
        env=environment,
    )
    until(path.exists)
    try:
        kept = Path(f"/proc/{process.pid}/environ").read_bytes()
    except PermissionError:
        kept = b""  # only root may look
    process.terminate()
    process.wait(10)

    assert b"very-secret" not in kept


def test_a_caller_that_leaves_leaves_no_child(server, settings):
    child = ready(server.pid)
    line = socket.socket(socket.AF_UNIX)
    line.connect(settings.RENDER_SOCKET)
    line.sendall(b"b" * 32)
    assert line.recv(1) == b"S"

    line.close()

    until(lambda: child not in children_of(server.pid), seconds=3)


def test_the_next_of_a_box_waits_for_its_turn(server, settings):
    done = []
    next_one = threading.Thread(target=lambda: done.append(ask("hello")))
    with occupied("john"):
        next_one.start()

        assert ask("hello", box="jill") == "done"  # another box is not held up
        assert not done

    next_one.join()
    assert done == ["done"]


def test_who_waits_too_long_is_told_so_and_nothing_is_kept(server, settings):
    with occupied("john"):
        settings.RENDER_WAIT = 0.3
        with pytest.raises(sandbox.Busy):
            ask("hello")

    settings.RENDER_WAIT = 60
    assert ask("hello") == "done"


@pytest.mark.django_db
def test_a_renderer_that_was_taken_over_writes_nothing_into_another_page(server, opened):
    page = opened("text/html", "markup", "&mode=embed").content.decode()

    assert page.count("<p>tekst</p>") == 5
    assert page.rstrip().endswith("</section>") and page.count("</section>") == 1
    for word in ("script", "iframe", "onclick", "id="):
        assert word not in page


@pytest.mark.django_db
def test_markup_that_a_parser_would_stumble_over_is_not_parsed_again(server, opened):
    page = opened("text/html", "deep", "&mode=embed").content.decode()

    assert page.count("<div") < 100
    assert "deep" in page  # its source


def test_a_server_that_is_not_there_is_said_not_to_be(settings, tmp_path):
    settings.RENDER_SOCKET = str(tmp_path / "nobody.sock")

    with pytest.raises(sandbox.Unreachable):
        ask("hello")


def test_a_private_server_starts_by_itself_and_again_when_it_was_killed():
    content = "<p>Hb 7,2</p>"
    job = Job(content.encode(), "text/html", len(content))
    assert "Hb 7,2" in sandbox.render(job, "john").document

    first = sandbox._private._process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: sandbox._private._process.poll() is not None)

    assert "Hb 7,2" in sandbox.render(job, "john").document
    assert sandbox._private._process.pid != first


def test_a_private_server_ends_with_its_parent():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from django.conf import settings\n"
            "settings.configure(RENDER_SOCKET='', RENDER_JOBS=1, RENDER_JOBS_PER_BOX=1)\n"
            "from viewer import sandbox\n"
            "import time\n"
            "line = sandbox._private.line()\n"
            "print(sandbox._private._process.pid, flush=True)\n"
            "time.sleep(600)\n",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    assert Path(f"/proc/{child}").exists()

    parent.kill()
    parent.wait()

    until(lambda: gone(child), seconds=60)


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
