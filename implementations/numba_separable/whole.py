"""The kernels for windows that are whole planes, which are read from end to end."""

from __future__ import annotations

from typing import Any

from implementations.call import Array
from implementations.numba_separable.folds import SINGLE, WIDE
from implementations.numba_separable.grid import Where
from implementations.numba_separable.lanes import (
    any_same,
    compiled,
    count,
    element,
    every_other,
    filled,
    first_of,
    larger_or_nan,
    load,
    others,
    place,
    put,
)


@compiled
def pool_whole(x: Array, y: Array, size: int, first: int, stop: int) -> None:
    """Write the maxima of the planes from first to stop; x and y are flat."""
    source, to = place(x, 0), place(y, 0)
    for p in range(first, stop):
        put(to, p, first_of(_largest(source, p * size, size)))


@compiled
def pool_whole_won(x: Array, y: Array, won: Array, size: int, first: int, stop: int) -> None:
    """Write the maxima of the planes from first to stop, and where in its plane each is first."""
    source, to, who = place(x, 0), place(y, 0), place(won, 0)
    lanes = count(source, WIDE)
    for p in range(first, stop):
        at, end = p * size, (p + 1) * size
        best = _largest(source, at, size)
        put(to, p, first_of(best))
        alone = load(to, p, SINGLE)
        while at + lanes <= end and not any_same(load(source, at, WIDE), best):
            at += lanes
        while not any_same(load(source, at, SINGLE), alone):
            at += 1
        put(who, p, at - p * size)


@compiled
def _largest(x: Where, base: int, size: int) -> Any:
    """Return a vector of nothing but the maximum of so many elements; NaN if one of them is."""
    lanes = count(x, WIDE)
    best, w = filled(x, element(x, base), WIDE), 0
    if size < lanes:
        for other in range(1, size):
            best = larger_or_nan(best, filled(x, element(x, base + other), WIDE))
        return best
    while w + 4 * lanes <= size:
        at = base + w
        one = larger_or_nan(load(x, at, WIDE), load(x, at + lanes, WIDE))
        at += 2 * lanes
        other_one = larger_or_nan(load(x, at, WIDE), load(x, at + lanes, WIDE))
        best = larger_or_nan(best, larger_or_nan(one, other_one))
        w += 4 * lanes
    while w < size:
        best = larger_or_nan(best, load(x, base + min(w, size - lanes), WIDE))
        w += lanes
    while lanes > 1:
        best = larger_or_nan(every_other(best, best), others(best, best))
        lanes //= 2
    return best
