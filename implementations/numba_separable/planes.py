"""Which kernel pools the planes of a region.

Imported at the first call, as it brings Numba.
"""

from __future__ import annotations

from collections.abc import Sequence

from implementations.call import Array
from implementations.numba_separable.geometry import Geometry
from implementations.numba_separable.maxima import pool
from implementations.numba_separable.planning import Planned
from implementations.numba_separable.together import BYTES, EIGHT, pool_together
from implementations.numba_separable.together_won import pool_together_won
from implementations.numba_separable.whole import pool_whole, pool_whole_won
from implementations.numba_separable.winners import pool_won


def pool_planes(
    x: Array,
    y: Array,
    won: Array | None,
    found: Planned,
    geometries: Sequence[Geometry],
    first: int,
    stop: int,
) -> None:
    """Pool the planes from first to stop, region by region."""
    least = found.least
    is_eight = found.order.dtype.itemsize == BYTES and stop - first >= EIGHT
    for one in geometries:
        if one.is_all and won is None:
            pool_whole(x, y, one.taps, first, stop)
        elif one.is_all:
            pool_whole_won(x, y, won, one.taps, first, stop)
        elif won is None and one.is_small and is_eight:
            pool_together(x, y, one.numbers, first, stop, least)
        elif won is None:
            joined, rest = divmod(stop - first, one.together) if one.together > 1 else (0, 1)
            if joined:
                xs, ys = x[first * one.size :], y[first * one.windows :]
                pool(xs, ys, one.joined, 0, joined, least, False)
            if rest:
                from_here = first + joined * one.together
                pool(x, y, one.numbers, from_here, stop, least, one.is_deep)
        elif one.is_small_won and is_eight:
            pool_together_won(x, y, won, one.numbers, first, stop, least, one.taps)
        else:
            pool_won(x, y, won, one.numbers, first, stop, least, one.taps, one.is_deep)
