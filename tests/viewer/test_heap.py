"""What a render server does before it forks, so that its children touch and copy less."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.renderserver import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
KERNEL = tuple(int(number) for number in os.uname().release.split("-")[0].split(".")[:2])
# Holes of many sizes, and then a hundred blocks: how often the next one lies below one before it.
SCATTERED = """
import ctypes, random, sys
from viewer.heap import fill_holes

libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
draw = random.Random(1)
held = [libc.malloc(draw.randrange(24, 1500)) for _ in range(20000)]
for place in draw.sample(held, 10000):
    libc.free(place)
if sys.argv[1] == "filled":
    fill_holes()
places = [libc.malloc(200 + number) for number in range(100)]
print(sum(later < earlier for earlier, later in zip(places, places[1:])))
"""

WRITTEN = """
import mmap, re
from viewer.heap import join_pages

held = mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
held.write(bytes(range(256)) * (len(held) >> 8))
join_pages()
assert held[:] == bytes(range(256)) * (len(held) >> 8)
print(re.search(r"AnonHugePages: +([0-9]+) kB", open("/proc/self/smaps_rollup").read())[1])
"""


def back_and_forth(state):
    command = [sys.executable, "-c", SCATTERED, state]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other heaps")
def test_what_is_allocated_after_the_holes_were_filled_stands_together():
    assert back_and_forth("filled") < back_and_forth("holes") / 4


@pytest.mark.skipif(KERNEL < (6, 1), reason="the kernel joins no pages when asked")
def test_pages_are_joined_and_hold_what_they_held():
    command = [sys.executable, "-c", WRITTEN]

    joined = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout

    assert int(joined) >= 8 * 1024


def test_a_render_server_loads_no_client_for_the_web():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    module = ["-X", "importtime", "-m", "viewer.renderserver"]
    with ours, theirs:
        server = subprocess.Popen(
            [sys.executable, *module, "--control", str(theirs.fileno())],
            cwd=ROOT,
            env=clean_environment(),
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    loaded = {line.rpartition("|")[2].strip() for line in server.communicate()[1].splitlines()}

    assert "pydicom" in loaded
    assert "urllib3" not in loaded
