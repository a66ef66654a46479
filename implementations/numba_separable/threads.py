"""Threads that share the planes of a call, and stay for the next one.

One that waits is woken sooner than another is started, though not for nothing. They are threads of
Python, as those that Numba starts itself bear neither calls from several threads at once nor forks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Part = TypeVar("Part")

ALONE = 3 * 2**19
"""How much work keeps a thread busy for about as long as another takes to wake; to read an element
is 1, and so is to halve the rows or columns of a window."""


def sharing(work: int) -> int:
    """Return how many threads so much work is shared by."""
    if work < 2 * ALONE:
        return 1
    from numba import config

    return int(min(config.NUMBA_NUM_THREADS, work // ALONE))


def divided(part_of: Callable[[int, int], None], planes: int, threads: int) -> None:
    """Divide planes evenly among threads, each with those from one to another."""
    ends = [planes * number // threads for number in range(threads + 1)]
    at_once(lambda number: part_of(ends[number], ends[number + 1]), range(threads))


def at_once(work: Callable[[Part], None], parts: Sequence[Part]) -> None:
    """Do all parts of the work at the same time, one of them in this thread."""
    if len(parts) == 1:
        work(parts[0])
        return
    others = _waiting(os.getpid())
    done = [others.submit(work, part) for part in parts[1:]]
    try:
        work(parts[0])
    finally:
        for one in done:
            one.result()


@lru_cache(maxsize=1)
def _waiting(process: int) -> ThreadPoolExecutor:  # noqa: ARG001 - a fork has none
    """Return the threads of this process, each of which starts when it is missed."""
    from numba import config

    return ThreadPoolExecutor(config.NUMBA_NUM_THREADS, "pooling")
