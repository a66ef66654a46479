"""A right implementation that computes in processes of its own."""

from __future__ import annotations

import multiprocessing
from threading import Lock
from typing import TYPE_CHECKING, Any

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


forked = Workshop("fork")
spawned = Workshop("spawn")
