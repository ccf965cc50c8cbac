"""System calls that a renderer can do without, refused by the kernel (seccomp, Linux).

RLIMIT_NPROC does not hold for root and nothing else keeps a process off the network, so a
filter in classic BPF does: whoever takes over a renderer starts no program, no process and no
connection, gets at no other process, and makes, renames or removes no file. What it may read is
the business of ``viewer.landlock``. Where the kernel or the processor has no such filter, the
other limits remain; ``viewer.checks`` says so at the start.
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

# What the kernel calls the processor, and which column of the table below is its own.
_PROCESSORS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# Each call with its number on x86-64 and on aarch64, "-" where it has none.
_CALLS = """
clone 56 220  fork 57 -  vfork 58 -  clone3 435 435  execve 59 221  execveat 322 281

socket 41 198  socketpair 53 199  connect 42 203  bind 49 200  listen 50 201
accept 43 202  accept4 288 242

kill 62 129  tkill 200 130  tgkill 234 131  rt_sigqueueinfo 129 138  rt_tgsigqueueinfo 297 240
pidfd_open 434 434  pidfd_getfd 438 438  pidfd_send_signal 424 424  process_madvise 440 440
process_mrelease 448 448  ptrace 101 117  process_vm_readv 310 270  process_vm_writev 311 271
kcmp 312 272  prlimit64 302 261  setpriority 141 140

creat 85 -  openat2 437 437  open_by_handle_at 304 265  truncate 76 45
unlink 87 -  unlinkat 263 35  rename 82 -  renameat 264 38  renameat2 316 276
mkdir 83 -  mkdirat 258 34  rmdir 84 -  mknod 133 -  mknodat 259 33
link 86 -  linkat 265 37  symlink 88 -  symlinkat 266 36
chmod 90 -  fchmod 91 52  fchmodat 268 53  fchmodat2 452 452
chown 92 -  fchown 93 55  lchown 94 -  fchownat 260 54
setxattr 188 5  lsetxattr 189 6  fsetxattr 190 7  setxattrat 463 463
removexattr 197 14  lremovexattr 198 15  fremovexattr 199 16  removexattrat 466 466
utime 132 -  utimes 235 -  futimesat 261 -  utimensat 280 88

shmget 29 194  shmat 30 196  shmctl 31 195  semget 64 190  semctl 66 191
msgget 68 186  msgsnd 69 189  msgrcv 70 188  msgctl 71 187  mq_open 240 180  mq_unlink 241 181

mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51  open_tree 428 428
move_mount 429 429  fsopen 430 430  fsmount 432 432  mount_setattr 442 442
unshare 272 97  setns 308 268  init_module 175 105  finit_module 313 273  delete_module 176 106
kexec_load 246 104  kexec_file_load 320 294  reboot 169 142
add_key 248 217  request_key 249 218  keyctl 250 219  bpf 321 280  perf_event_open 298 241
userfaultfd 323 282  io_uring_setup 425 425  io_uring_enter 426 426  io_uring_register 427 427
"""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def confine(libc: ctypes.CDLL) -> bool:
    """Refuse the calls to this process from now on; False where it cannot be done.

    Needs no right, once PR_SET_NO_NEW_PRIVS is set.
    """
    if not _STEPS:
        return False
    buffer = ctypes.create_string_buffer(_STEPS, len(_STEPS))
    program = _Program(len(_STEPS) // 8, ctypes.addressof(buffer))
    return libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0


def available(libc: ctypes.CDLL) -> bool:
    """Whether the filter can be had here: the kernel then misses only the filter itself."""
    if not _STEPS:
        return False
    refused = libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, None, 0, 0)
    return refused < 0 and ctypes.get_errno() == errno.EFAULT


def _listed(machine: str) -> tuple[int, list[int]]:
    architecture, column = _PROCESSORS[machine]
    numbers = _CALLS.split()[column + 1 :: 3]
    return architecture, [int(number) for number in numbers if number != "-"]


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


# Composed once, in the server; each of its children has it ready.
_STEPS = _steps(*_listed(platform.machine())) if platform.machine() in _PROCESSORS else b""
