"""Right implementations that use processes of their own, or memory that these can share."""

from __future__ import annotations

import multiprocessing
from multiprocessing.shared_memory import SharedMemory
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual import base_only

if TYPE_CHECKING:
    from multiprocessing.pool import Pool as Workers

    from numpy.typing import NDArray

    from reference.pool import Pool


class Workshop:
    """Hands every call to a worker that is made when the first one comes, one at a time."""

    def __init__(self, method: str) -> None:
        """Take how processes are made."""
        self._method, self._lock = method, Lock()
        self._workers: Workers | None = None

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], None]:
        """Return what base_only returns, and raise what it raises."""
        with self._lock:
            if self._workers is None:
                self._workers = multiprocessing.get_context(self._method).Pool(1)
            return self._workers.apply(base_only.forward, (x, pool))


class Blackboard:
    """Computes from a copy of the input in memory that other processes may see."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], None]:
        """Return what base_only returns, and raise what it raises."""
        base_only.forward(x, pool)  # what is invalid is refused first
        shared = SharedMemory(create=True, size=max(x.nbytes, 1))
        try:
            seen = np.ndarray(x.shape, x.dtype, buffer=shared.buf)
            seen[...] = x
            y, saved = base_only.forward(seen, pool)
            y = y.copy()
            del seen
        finally:
            shared.close()
            shared.unlink()
        return y, saved


forked = Workshop("fork")
spawned = Workshop("spawn")
served = Workshop("forkserver")
shared = Blackboard()
