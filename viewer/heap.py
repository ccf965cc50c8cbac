"""Uses up the holes in the C heap of a process that is about to fork others.

Loading code leaves thousands of holes between what stays. Whoever allocates is given these first,
and in a forked child the first touch of each page that holds one costs a copy of the page.
"""

import ctypes

# From large to small: a hole that no large block fits into takes small ones.
SIZES = (*(1 << power for power in range(16, 10, -1)), *range(1024, 0, -16))
# So many blocks in a row, each above all before it, come from the free end of the heap.
ENOUGH = 8
MOST = 16 * 1024 * 1024


def fill_holes() -> None:
    allocate = ctypes.CDLL(None).malloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    highest = taken = 0
    for size in SIZES:
        rising = 0
        while rising < ENOUGH and taken < MOST:
            place = allocate(size) or 0
            taken += size
            rising = rising + 1 if place > highest else 0
            highest = max(place, highest)
