"""The kernel that pools planes where nobody asks who won.

A row of windows is pooled in two moves: down over the rows that it reads, into a buffer with
room for padding on both sides, and across over the columns, into the output. Some rows of
windows go down before the first goes across, so that what is read was written a while ago.
Windows of pairs of columns that do not overlap need no buffer. Rows are first looked through
for NaN: without it, a maximum is a single instruction. Large windows are doubled first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.call import Array
from implementations.numba_separable.doubling import double, lay_out, shift_rows
from implementations.numba_separable.folds import (
    NARROW,
    PAIR,
    SINGLE,
    WIDE,
    across,
    down,
    square,
)
from implementations.numba_separable.geometry import (
    DEEP,
    FIRST,
    GAP,
    OUT_SIZE,
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
    band_of,
    end_of,
    first_row,
    output_of,
    real_rows,
    rows_of,
    size_of,
    span_of,
    whole_rows,
)
from implementations.numba_separable.lanes import (
    any_nan,
    behind,
    compiled,
    count,
    element,
    load,
    place,
)

MANY = 7
"""How many taps a row of windows has at least that is pooled by shifts."""


@compiled
def pool(
    x: Array,
    y: Array,
    geometry: Array,
    first: int,
    stop: int,
    least: Any,
    is_deep: bool,
) -> None:
    """Write the maxima of the windows of the planes from first to stop; x and y are flat.

    geometry is the numbers of a Geometry; least is no larger than any element.
    """
    numbers = place(geometry, 0)
    band, whole, taps = band_of(numbers), whole_rows(numbers), element(numbers, COLUMNS + TAPS)
    size = (band + 1) * span_of(numbers) + SLACK
    buffer = np.full(size, least, x.dtype)
    doubled = np.empty(size if taps >= MANY else 1, x.dtype)
    begins = np.empty(2 * rows_of(numbers) + 1, np.int64)
    work = np.empty((2, size_of(numbers, DEEP) + SLACK if is_deep else 1), x.dtype)
    plane, begin = size_of(numbers, SHALLOW), end_of(numbers, False)
    for p in range(first, stop):
        source, base, seen, nan = place(x, 0), p * plane, p * plane + begin, False
        if is_deep:
            lay_out(x, base, numbers, work[0], least)
            base, seen = 0, size_of(numbers, DEEP)
            nan = has_nan(place(work[0], 0), 0, seen)
            source = place(work[double(work, numbers, nan)], 0)
        lines, found = (place(buffer, 0), place(doubled, 0)), place(begins, 0)
        to = place(y, 0)
        pool_plane(source, base, numbers, p, to, lines, found, band, whole, seen, nan)
    buffer[0], begins[0], work[0, 0] = least, 0, least  # they have to live until here
    doubled[0] = least


@compiled
def pool_plane(
    x: Where,
    base: int,
    numbers: Where,
    p: int,
    y: Where,
    lines: tuple[Where, Where],
    begins: Where,
    band: int,
    whole: int,
    seen: int,
    nan: bool,
) -> None:
    """Write the maxima of the windows of one plane, which begins at base.

    nan tells whether there is a NaN among its elements before seen.
    """
    taps, step = element(numbers, COLUMNS + TAPS), element(numbers, COLUMNS + STEP)
    first, windows = element(numbers, COLUMNS + FIRST), element(numbers, COLUMNS + WINDOWS)
    length, rows = span_of(numbers), rows_of(numbers)
    begin, end = max(first, 0), min(first + length, element(numbers, COLUMNS + SIZE))
    is_square = taps == PAIR and step == PAIR and element(numbers, COLUMNS + GAP) == 1
    is_square = is_square and end - begin == length and windows >= count(x, NARROW)
    apart = element(numbers, ROWS + STEP) * element(numbers, COLUMNS + SIZE)
    y_apart = element(numbers, COLUMNS + OUT_SIZE)
    height = element(numbers, ROWS + WINDOWS)
    for i in range(element(numbers, DEEP + WINDOWS)):
        for start in range(0, height, band):
            stop, j, waiting = min(start + band, height), start, start
            while j < stop:
                at = base + first_row(numbers, i, j) + begin
                there, n = real_rows(numbers, i, j, begins, rows)
                some = min(whole, stop) - j if n == rows else 1
                end_read = at + (some - 1) * apart + element(there, n - 1) + end - begin
                if not nan and end_read > seen:
                    nan, seen = has_nan(x, seen, end_read - seen), end_read
                if is_square and not nan:
                    to, waiting = output_of(numbers, p, i, j), j + some
                    square(x, at, apart, there, n, some, windows, y, to, y_apart)
                else:
                    to, row = (j - start) * length + begin - first, end - begin
                    down(x, at, apart, there, n, some, row, lines[0], to, length, nan)
                j += some
            if waiting < stop:
                at, to = (waiting - start) * length, output_of(numbers, p, i, waiting)
                pool_columns(lines, at, length, numbers, stop - waiting, y, to, nan)


@compiled
def pool_columns(
    lines: tuple[Where, Where],
    at: int,
    length: int,
    numbers: Where,
    rows: int,
    y: Where,
    to: int,
    nan: bool,
) -> None:
    """Write the maxima over the columns of rows that went down; many taps by shifts of all rows."""
    taps, step = element(numbers, COLUMNS + TAPS), element(numbers, COLUMNS + STEP)
    gap, windows = element(numbers, COLUMNS + GAP), element(numbers, COLUMNS + WINDOWS)
    columns = behind(numbers, TABLES + 2 * rows_of(numbers))
    apart = element(numbers, COLUMNS + OUT_SIZE)
    if taps < MANY:
        across(lines[0], at, length, columns, taps, step, rows, windows, y, to, apart, nan)
        return
    shift_rows(lines[0], at, rows * length, taps, gap, lines[1], nan)
    across(lines[1], 0, length, columns, 1, step, rows, windows, y, to, apart, nan)


@compiled
def has_nan(x: Where, base: int, size: int) -> bool:
    """Return whether there is a NaN among so many elements."""
    lanes = count(x, WIDE)
    if size < lanes:
        for w in range(size):
            value = load(x, base + w, SINGLE)
            if any_nan(value, value):
                return True
        return False
    w, last = base, base + size - lanes
    while w + 3 * lanes <= last:
        one = any_nan(load(x, w, WIDE), load(x, w + lanes, WIDE))
        other = any_nan(load(x, w + 2 * lanes, WIDE), load(x, w + 3 * lanes, WIDE))
        if one or other:
            return True
        w += 4 * lanes
    while True:
        w = min(w, last)
        value = load(x, w, WIDE)
        if any_nan(value, value):
            return True
        if w == last:
            return False
        w += lanes
