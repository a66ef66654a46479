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
from implementations.numba_separable.folds import MIDDLE, PAIR, down
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
    first_half,
    inlined,
    larger,
    larger_or_nan,
    load,
    load_beside,
    place,
    put,
    second_half,
    store,
)
from implementations.numba_separable.maxima import has_nan

BYTES, EIGHT = 4, 8
"""How large an element is, and how many planes are laid out together: as many as a wide vector
has elements."""


@inlined
def _transpose(
    x: Where, at: int, apart: int, out: Where, to: int, out_apart: int, eight: Any
) -> None:
    """Write eight vectors that are `apart` as columns of what is eight vectors `out_apart`."""
    a, b = load_beside(x, at, eight), load_beside(x, at + apart, eight)
    c, d = load_beside(x, at + 2 * apart, eight), load_beside(x, at + 3 * apart, eight)
    e, f = load_beside(x, at + 4 * apart, eight), load_beside(x, at + 5 * apart, eight)
    g, h = load_beside(x, at + 6 * apart, eight), load_beside(x, at + 7 * apart, eight)
    for _ in range(3):  # each time, the vectors of one half are put between those of the other
        a, b, c, d, e, f, g, h = (
            first_half(a, e),
            second_half(a, e),
            first_half(b, f),
            second_half(b, f),
            first_half(c, g),
            second_half(c, g),
            first_half(d, h),
            second_half(d, h),
        )
    store(out, to, a)
    store(out, to + out_apart, b)
    store(out, to + 2 * out_apart, c)
    store(out, to + 3 * out_apart, d)
    store(out, to + 4 * out_apart, e)
    store(out, to + 5 * out_apart, f)
    store(out, to + 6 * out_apart, g)
    store(out, to + 7 * out_apart, h)


@compiled
def lay_together(x: Where, at: int, n: int, out: Where) -> None:
    """Lay out eight planes of n elements together."""
    if n < EIGHT:
        for w in range(n):
            for p in range(EIGHT):
                put(out, w * EIGHT + p, element(x, at + p * n + w))
        return
    w = 0
    while True:
        _transpose(x, at + w, n, out, w * EIGHT, EIGHT, load(x, at, MIDDLE))
        if w == n - EIGHT:
            return
        w = min(w + EIGHT, n - EIGHT)


@compiled
def take_apart(x: Where, n: int, out: Where, to: int, eight: Any) -> None:
    """Write eight planes of n elements that are laid out together one after the other.

    eight is any vector of as many elements.
    """
    if n < EIGHT:
        for w in range(n):
            for p in range(EIGHT):
                put(out, to + p * n + w, element(x, w * EIGHT + p))
        return
    w = 0
    while True:
        _transpose(x, w * EIGHT, EIGHT, out, to + w, n, eight)
        if w == n - EIGHT:
            return
        w = min(w + EIGHT, n - EIGHT)


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
