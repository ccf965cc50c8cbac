"""Runs a program that cannot outlive the process which started it, nor can what it forks.

``python -m transports.tether PARENT SCRIPT …`` or ``… PARENT -m MODULE …``. The kernel kills
each process of such a family when its parent ends, however that came about: kill -9 of a
supervisor or of a cluster's main process leaves nothing behind that goes on working unseen.
"""

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie_to(parent: int) -> None:
    """End with the parent, and let every process that is forked from here end with this one."""
    _die_with(parent)
    os.register_at_fork(before=_remember, after_in_child=_die_with_forker)


_forker = 0


def _remember() -> None:
    global _forker
    _forker = os.getpid()


def _die_with_forker() -> None:
    _die_with(_forker)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def main() -> None:
    parent, *command = sys.argv[1:]
    tie_to(int(parent))
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main()
