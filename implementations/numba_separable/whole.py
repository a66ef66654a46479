"""The kernels for windows that are whole planes, which are read from end to end."""

from __future__ import annotations

from typing import Any

from implementations.call import Array
from implementations.numba_separable.folds import MIDDLE, SINGLE
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
    store,
)

FOUR = 4


@compiled
def pool_whole(x: Array, y: Array, size: int, first: int, stop: int) -> None:
    """Write the maxima of the planes from first to stop; x and y are flat."""
    source, to = place(x, 0), place(y, 0)
    p, lanes = first, count(source, MIDDLE)
    while size >= lanes and p + max(FOUR, lanes) <= stop:
        store(to, p, _four_largest(source, p * size, size))
        p += FOUR
    while p < stop:
        put(to, p, first_of(_largest(source, p * size, size)))
        p += 1


@compiled
def pool_whole_won(x: Array, y: Array, won: Array, size: int, first: int, stop: int) -> None:
    """Write the maxima of the planes from first to stop, and where in its plane each is first."""
    source, to, who = place(x, 0), place(y, 0), place(won, 0)
    lanes = count(source, MIDDLE)
    for p in range(first, stop):
        at, end = p * size, (p + 1) * size
        best = _largest(source, at, size)
        put(to, p, first_of(best))
        alone = load(to, p, SINGLE)
        while at + lanes <= end and not any_same(load(source, at, MIDDLE), best):
            at += lanes
        while not any_same(load(source, at, SINGLE), alone):
            at += 1
        put(who, p, at - p * size)


@compiled
def _four_largest(x: Where, base: int, size: int) -> Any:
    """Return a vector that begins with the maxima of four runs of elements; size is at least its.

    Four at a time, as each maximum has to wait for the one before it.
    """
    lanes = count(x, MIDDLE)
    a, b = load(x, base, MIDDLE), load(x, base + size, MIDDLE)
    c, d = load(x, base + 2 * size, MIDDLE), load(x, base + 3 * size, MIDDLE)
    w, last = 0, size - lanes
    while w < last:
        w = min(w + lanes, last)
        a = larger_or_nan(a, load(x, base + w, MIDDLE))
        b = larger_or_nan(b, load(x, base + size + w, MIDDLE))
        c = larger_or_nan(c, load(x, base + 2 * size + w, MIDDLE))
        d = larger_or_nan(d, load(x, base + 3 * size + w, MIDDLE))
    one = larger_or_nan(every_other(a, b), others(a, b))
    other = larger_or_nan(every_other(c, d), others(c, d))
    best = larger_or_nan(every_other(one, other), others(one, other))
    while lanes > FOUR:
        best = larger_or_nan(every_other(best, best), others(best, best))
        lanes //= 2
    return best


@compiled
def _largest(x: Where, base: int, size: int) -> Any:
    """Return a vector of nothing but the maximum of so many elements; NaN if one of them is."""
    lanes = count(x, MIDDLE)
    best, w = filled(x, element(x, base), MIDDLE), 0
    if size < lanes:
        for other in range(1, size):
            best = larger_or_nan(best, filled(x, element(x, base + other), MIDDLE))
        return best
    while w + 4 * lanes <= size:
        at = base + w
        one = larger_or_nan(load(x, at, MIDDLE), load(x, at + lanes, MIDDLE))
        at += 2 * lanes
        other_one = larger_or_nan(load(x, at, MIDDLE), load(x, at + lanes, MIDDLE))
        best = larger_or_nan(best, larger_or_nan(one, other_one))
        w += 4 * lanes
    while w < size:
        best = larger_or_nan(best, load(x, base + min(w, size - lanes), MIDDLE))
        w += lanes
    while lanes > 1:
        best = larger_or_nan(every_other(best, best), others(best, best))
        lanes //= 2
    return best
