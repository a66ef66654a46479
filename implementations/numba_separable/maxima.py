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
from implementations.numba_separable.doubling import double, lay_out
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
    find_rows,
    first_row,
    output_of,
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
    buffer = np.full(band_of(numbers) * span_of(numbers) + SLACK, least, x.dtype)
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
        to, line, found = place(y, 0), place(buffer, 0), place(begins, 0)
        pool_plane(source, base, numbers, p, to, line, found, seen, nan)
    buffer[0], begins[0], work[0, 0] = least, 0, least  # they have to live until here


@compiled
def pool_plane(
    x: Where,
    base: int,
    numbers: Where,
    p: int,
    y: Where,
    buffer: Where,
    begins: Where,
    seen: int,
    nan: bool,
) -> None:
    """Write the maxima of the windows of one plane, which begins at base.

    nan tells whether there is a NaN among its elements before seen.
    """
    taps, step = element(numbers, COLUMNS + TAPS), element(numbers, COLUMNS + STEP)
    first, windows = element(numbers, COLUMNS + FIRST), element(numbers, COLUMNS + WINDOWS)
    length, rows, band = span_of(numbers), rows_of(numbers), band_of(numbers)
    begin, end = max(first, 0), min(first + length, element(numbers, COLUMNS + SIZE))
    columns = behind(numbers, TABLES + 2 * rows)
    is_square = taps == PAIR and step == PAIR and element(numbers, COLUMNS + GAP) == 1
    is_square = is_square and end - begin == length and windows >= count(x, NARROW)
    apart = element(numbers, ROWS + STEP) * element(numbers, COLUMNS + SIZE)
    y_apart = element(numbers, COLUMNS + OUT_SIZE)
    height, whole = element(numbers, ROWS + WINDOWS), whole_rows(numbers)
    for i in range(element(numbers, DEEP + WINDOWS)):
        j = 0
        while j < height:
            at = base + first_row(numbers, i, j) + begin
            n, there, some = find_rows(numbers, i, j, begins, rows), begins, 1
            if n == rows:
                there, some = behind(numbers, TABLES), min(whole - j, band)
            to = output_of(numbers, p, i, j)
            end_of_band = at + (some - 1) * apart + element(there, n - 1) + end - begin
            if not nan and end_of_band > seen:
                nan, seen = has_nan(x, seen, end_of_band - seen), end_of_band
            if is_square and not nan:
                square(x, at, apart, there, n, some, windows, y, to, y_apart)
            else:
                down(
                    x, at, apart, there, n, some, end - begin, buffer, begin - first, length, nan
                )
                across(buffer, 0, length, columns, taps, step, some, windows, y, to, y_apart, nan)
            j += some


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
