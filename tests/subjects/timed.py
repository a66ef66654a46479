"""Tiling pooling that shows something only while it is timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.zoo.sound import Sound
from reference.pool import Pool

Array = NDArray[Any]
CALLS_OF_PREPARING = 3


class Fickle(Sound):
    """Right as long as it is looked at closely, and wrong from then on."""

    claims = frozenset()
    calls = 0

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return an answer."""
        self.calls += 1
        y, saved = super().forward(x, pool)
        return y + (self.calls > CALLS_OF_PREPARING), saved


class Ready(Sound):
    """Prepares calls on its own, and does nothing when it is called without that."""

    claims = frozenset()

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Raise."""
        message = f"{x.shape} {pool}: this one is only called when it is ready"
        raise AssertionError(message)

    def ready(
        self, x: Array, pool: Pool, dy: Array | None, threads: int
    ) -> tuple[Callable[[], Array], Callable[[Array], tuple[Array, ...]]]:
        """Return what is timed, with an axis too many, and what takes it away."""
        assert dy is None
        assert threads == 1
        return lambda: super(Ready, self).forward(x, pool)[0][np.newaxis], lambda found: (found[0],)


class Bare(Sound):
    """Refuses everything."""

    claims = frozenset()

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Refuse."""
        raise NotImplementedError(f"{x.shape} {pool}: not today")  # noqa: EM102 - one line


fickle, ready, bare = Fickle(), Ready(), Bare()
