"""Puts the memory of a process in order that is about to fork others: children copy less of it."""

import ctypes
from collections.abc import Iterator

# From large to small: a hole that no large block fits into takes small ones.
SIZES = (*(1 << power for power in range(16, 10, -1)), *range(1024, 0, -16))
# So many blocks in a row, each above all before it, come from the free end of the heap.
ENOUGH = 8
MOST = 16 * 1024 * 1024
_HUGE_PAGE = 2 * 1024 * 1024
_COLLAPSE = 25  # MADV_COLLAPSE, from Linux 6.1 on
_libc = ctypes.CDLL(None)


def fill_holes() -> None:
    """Use up the holes in the C heap, of which loading code leaves thousands.

    Whoever allocates is given these first, and in a forked child the first touch of each page that
    holds one costs a copy of the page.
    """
    allocate = _libc.malloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    highest = taken = 0
    for size in SIZES:
        rising = 0
        while rising < ENOUGH and taken < MOST:
            place = allocate(size) or 0
            taken += size
            rising = rising + 1 if place > highest else 0
            highest = max(place, highest)


def join_pages() -> None:
    """Make large pages of small ones: a fork then copies one entry of a table instead of 512.

    Where the kernel cannot, all stays as it was.
    """
    advise = _libc.madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for start, end in list(_own_memory()):
        first, last = -(-start // _HUGE_PAGE) * _HUGE_PAGE, end // _HUGE_PAGE * _HUGE_PAGE
        if first < last:
            advise(first, last - first, _COLLAPSE)


def _own_memory() -> Iterator[tuple[int, int]]:
    """What was written and stands in no file, from where to where."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            place, rights, _, _, inode, *_ = line.split()
            if rights == "rw-p" and inode == "0":
                start, end = place.split("-")
                yield int(start, 16), int(end, 16)
