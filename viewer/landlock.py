"""Leaves a renderer only what it has to read: code, libraries, templates, words (Landlock, Linux).

File permissions do not hold a process back from what its own account may read, and nothing
holds root back. The kernel's Landlock does, from version 5.13 on: beneath the places that are
named here a renderer reads, and nowhere at all it writes. Later kernels also refuse TCP, and
signals and abstract sockets to processes outside. Where there is no Landlock, or an older one,
the rest of the limits remain; ``viewer.checks`` says so at the start.
"""

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# The same numbers on every processor.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_BENEATH = 1
_READ_FILE, _READ_DIRECTORY = 1 << 2, 1 << 3
# How many kinds of access to files each version knows: all of them are refused by default.
_FILE_KINDS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_CONNECT_AND_BIND_TCP = 0b11  # from version 4 on
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11  # from version 6 on

BASE_DIR = Path(__file__).resolve().parent.parent
# Not the project's own directory: outside production the secrets are below it.
OWN = [BASE_DIR / name for name in ("boxes", "viewer", "templates", "locale")]
SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types"),
)


def _of_python() -> list[str]:
    """The libraries; not the directory that Python was started in, nor what holds the project."""
    named = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    started_in = os.getcwd()
    added = [
        path
        for path in sys.path
        if path not in ("", started_in) and not BASE_DIR.is_relative_to(os.path.abspath(path))
    ]
    return [*named, *added, os.path.join(sys.base_prefix, "lib")]


READABLE = tuple(dict.fromkeys([*_of_python(), *SYSTEM, *map(str, OWN)]))


def version(libc: ctypes.CDLL) -> int:
    """The version of Landlock that this kernel has, 0 for none."""
    none = ctypes.c_void_p(0)
    return max(0, libc.syscall(_CREATE_RULESET, none, ctypes.c_size_t(0), _ASK_VERSION))


def rules(libc: ctypes.CDLL) -> int:
    """A descriptor of the rules, -1 where the kernel knows none.

    The server composes them once: finding the places takes longer than a small message.
    """
    known = version(libc)
    if not known:
        return -1
    found = _ruleset(libc, known)
    _allow(libc, found, READABLE)
    return found


def confine(libc: ctypes.CDLL, under: int) -> None:
    """Refuse this process everything else from now on, and let go of the rules.

    Needs no right, once PR_SET_NO_NEW_PRIVS is set.
    """
    if under < 0:
        return
    refused = libc.syscall(_RESTRICT_SELF, under, 0)
    os.close(under)
    if refused:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")


def _ruleset(libc: ctypes.CDLL, known: int) -> int:
    kinds = [(1 << _FILE_KINDS.get(known, 16)) - 1]
    if known >= 4:
        kinds.append(_CONNECT_AND_BIND_TCP)
    if known >= 6:
        kinds.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    handled = struct.pack(f"={len(kinds)}Q", *kinds)
    made = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if made < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return made


def _allow(libc: ctypes.CDLL, to: int, paths: Iterable[str]) -> None:
    for path in paths:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # not on this system
        try:
            access = _READ_FILE | (_READ_DIRECTORY if os.path.isdir(path) else 0)
            rule = struct.pack("=Qi", access, place)
            if libc.syscall(_ADD_RULE, to, _BENEATH, rule, 0):
                raise OSError(ctypes.get_errno(), "landlock_add_rule")
        finally:
            os.close(place)
