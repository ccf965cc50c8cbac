"""System calls that a renderer can do without, refused by the kernel (seccomp, Linux).

RLIMIT_NPROC does not hold for root and nothing else keeps a process off the network, so a
filter in classic BPF does: whoever takes over a renderer starts no program, no process, and no
connection. Where the kernel or the processor has no such filter, the other limits remain.
"""

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _FILTER_MODE = 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
# BPF: load a word of the call's description, return, jump when equal (or: at least).
_LOAD, _RETURN, _EQUAL, _AT_LEAST = 0x20, 0x06, 0x15, 0x35
_NUMBER, _ARCHITECTURE = 0, 4
# On x86-64, calls from here on are those of the x32 ABI, which would go round the list.
_X32 = 0x40000000

# Audit number of the processor, and the calls: clone fork vfork clone3 execve execveat socket
# socketpair connect bind listen accept accept4 ptrace process_vm_readv process_vm_writev
# io_uring_setup mount unshare setns keyctl bpf perf_event_open userfaultfd.
_CALLS = {
    "x86_64": (
        0xC000003E,
        "56 57 58 435 59 322 41 53 42 49 50 43 288 101 310 311 425 165 272 308 250 321 298 323",
    ),
    "aarch64": (
        0xC00000B7,
        "220 435 221 281 198 199 203 200 201 202 242 117 270 271 425 40 97 268 219 280 241 282",
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def confine(libc: ctypes.CDLL) -> bool:
    """Refuse the calls to this process from now on; False where it cannot be done.

    Needs no right, once PR_SET_NO_NEW_PRIVS is set.
    """
    known = _CALLS.get(platform.machine())
    if not known:
        return False
    steps = _steps(known[0], [int(call) for call in known[1].split()])
    buffer = ctypes.create_string_buffer(steps, len(steps))
    program = _Program(len(steps) // 8, ctypes.addressof(buffer))
    return libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0


def _steps(architecture: int, calls: list[int]) -> bytes:
    """The filter: another architecture or a listed call is refused, all else goes on."""
    refuse = len(calls) + 2
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, refuse + 1, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, refuse - 1, 0, _X32),
    ]
    program += [(_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in program)
