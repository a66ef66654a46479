"""The kernel that pools eight small planes at a time, where nobody asks who won.

Rows of small planes are too short for vectors. So eight planes are laid out together, the eight
elements of one place beside each other, and a vector holds one element of each. A move over a
row is then a move over a long row, any step between windows is as good as another, and padding
is a vector like the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.call import Array
from implementations.numba_separable.folds import MIDDLE, NARROW, PAIR, down
from implementations.numba_separable.geometry import (
    DEEP,
    FIRST,
    SHALLOW,
    SIZE,
    STEP,
    TABLES,
    TAPS,
    WINDOWS,
)
from implementations.numba_separable.grid import (
    COLUMNS,
    ROWS,
    SLACK,
    Where,
    first_row,
    real_rows,
    rows_of,
    size_of,
    span_of,
)
from implementations.numba_separable.lanes import (
    behind,
    compiled,
    element,
    first_halves,
    front,
    inlined,
    joined,
    larger,
    larger_or_nan,
    load,
    load_beside,
    place,
    put,
    rear,
    second_halves,
    store,
)
from implementations.numba_separable.maxima import has_nan

BYTES, FOUR, EIGHT = 4, 4, 8
"""How large an element is, how many of them are moved at a time, and how many planes are laid out
together: as many as a vector of middle size has elements."""


@inlined
def _four_by_four(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return the columns of four vectors as vectors, those of each half for itself."""
    for _ in range(2):  # each time, the vectors of one half are put between those of the other
        a, b, c, d = (
            first_halves(a, c),
            second_halves(a, c),
            first_halves(b, d),
            second_halves(b, d),
        )
    return a, b, c, d


@compiled
def lay_together(x: Where, at: int, n: int, out: Where) -> None:
    """Lay out eight planes of n elements together.

    A plane and the fourth after it share a vector, so that no element changes its half.
    """
    if n < FOUR:
        for w in range(n):
            for p in range(EIGHT):
                put(out, w * EIGHT + p, element(x, at + p * n + w))
        return
    w = 0
    while True:
        one, far = at + w, at + w + FOUR * n
        a, b, c, d = _four_by_four(
            joined(load(x, one, NARROW), load(x, far, NARROW)),
            joined(load(x, one + n, NARROW), load(x, far + n, NARROW)),
            joined(load(x, one + 2 * n, NARROW), load(x, far + 2 * n, NARROW)),
            joined(load(x, one + 3 * n, NARROW), load(x, far + 3 * n, NARROW)),
        )
        to = w * EIGHT
        store(out, to, a)
        store(out, to + EIGHT, b)
        store(out, to + 2 * EIGHT, c)
        store(out, to + 3 * EIGHT, d)
        if w == n - FOUR:
            return
        w = min(w + FOUR, n - FOUR)


@compiled
def take_apart(x: Where, n: int, out: Where, to: int, eight: Any) -> None:
    """Write eight planes of n elements that are laid out together one after the other.

    eight is any vector of as many elements.
    """
    if n < FOUR:
        for w in range(n):
            for p in range(EIGHT):
                put(out, to + p * n + w, element(x, w * EIGHT + p))
        return
    w = 0
    while True:
        at, near, far = w * EIGHT, to + w, to + w + FOUR * n
        a, b, c, d = _four_by_four(
            load_beside(x, at, eight),
            load_beside(x, at + EIGHT, eight),
            load_beside(x, at + 2 * EIGHT, eight),
            load_beside(x, at + 3 * EIGHT, eight),
        )
        store(out, near, front(a))
        store(out, near + n, front(b))
        store(out, near + 2 * n, front(c))
        store(out, near + 3 * n, front(d))
        store(out, far, rear(a))
        store(out, far + n, rear(b))
        store(out, far + 2 * n, rear(c))
        store(out, far + 3 * n, rear(d))
        if w == n - FOUR:
            return
        w = min(w + FOUR, n - FOUR)


@compiled
def _windows(x: Where, columns: Where, taps: int, step: int, n: int, out: Where, to: int) -> None:
    """Write the maxima over the taps of n windows of eight planes, without NaN."""
    one, two = element(columns, 0), element(columns, min(1, taps - 1))
    three = element(columns, min(PAIR, taps - 1))
    for o in range(n):
        at = o * step
        best = larger(load(x, at + one, MIDDLE), load(x, at + two, MIDDLE))
        best = larger(best, load(x, at + three, MIDDLE))
        for tap in range(PAIR + 1, taps):
            best = larger(best, load(x, at + element(columns, tap), MIDDLE))
        store(out, to + o * EIGHT, best)


@compiled
def _nan_windows(
    x: Where, columns: Where, taps: int, step: int, n: int, out: Where, to: int
) -> None:
    """Write the maxima over the taps of n windows of eight planes."""
    for o in range(n):
        best = load(x, o * step + element(columns, 0), MIDDLE)
        for tap in range(1, taps):
            best = larger_or_nan(best, load(x, o * step + element(columns, tap), MIDDLE))
        store(out, to + o * EIGHT, best)


@compiled
def spaced(geometry: Array) -> Array:
    """Return the numbers of a Geometry with tables for planes that are laid out together."""
    numbers = geometry.copy()
    rows, taps = rows_of(place(geometry, 0)), geometry[COLUMNS + TAPS]
    numbers[TABLES : TABLES + rows] *= EIGHT
    numbers[TABLES + 2 * rows : TABLES + 2 * rows + taps] *= EIGHT
    return numbers


@compiled
def pool_together(x: Array, y: Array, geometry: Array, first: int, stop: int, least: Any) -> None:
    """Write the maxima of all windows of the planes from first to stop, at least eight of them.

    x and y are flat, their elements have four bytes, and geometry is the numbers of a Geometry
    that has all windows of a plane and is not deep.
    """
    given = place(geometry, 0)
    numbers = spaced(geometry)
    wide = place(numbers, 0)
    rows, taps = rows_of(given), element(given, COLUMNS + TAPS)
    plane, step = size_of(given, SHALLOW), element(given, COLUMNS + STEP) * EIGHT
    windows = element(given, COLUMNS + WINDOWS)
    lines = element(given, DEEP + WINDOWS) * element(given, ROWS + WINDOWS)
    begin = max(element(given, COLUMNS + FIRST), 0)
    end = min(element(given, COLUMNS + FIRST) + span_of(given), element(given, COLUMNS + SIZE))
    inner = (begin - element(given, COLUMNS + FIRST)) * EIGHT
    planes = np.empty(plane * EIGHT + SLACK, x.dtype)
    buffer = np.full(span_of(given) * EIGHT + SLACK, least, x.dtype)
    pooled = np.empty(lines * windows * EIGHT + SLACK, x.dtype)
    begins = np.empty(2 * rows + 1, np.int64)
    source, line = place(planes, 0), place(buffer, 0)
    columns = behind(wide, TABLES + 2 * rows)
    p = first
    while True:
        nan = has_nan(place(x, 0), p * plane, EIGHT * plane)
        lay_together(place(x, 0), p * plane, plane, source)
        for i in range(element(given, DEEP + WINDOWS)):
            for j in range(element(given, ROWS + WINDOWS)):
                there, n = real_rows(wide, i, j, place(begins, 0), rows)
                at = (first_row(given, i, j) + begin) * EIGHT
                down(source, at, 0, there, n, 1, (end - begin) * EIGHT, line, inner, 0, nan)
                to = (i * element(given, ROWS + WINDOWS) + j) * windows * EIGHT
                if nan:
                    _nan_windows(line, columns, taps, step, windows, place(pooled, 0), to)
                else:
                    _windows(line, columns, taps, step, windows, place(pooled, 0), to)
        to = p * lines * windows
        take_apart(place(pooled, 0), lines * windows, place(y, 0), to, load(source, 0, MIDDLE))
        if p == stop - EIGHT:
            break
        p = min(p + EIGHT, stop - EIGHT)
    planes[0], buffer[0], pooled[0] = least, least, least  # they have to live until here
    begins[0], numbers[0] = 0, 0
