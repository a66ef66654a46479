"""The kernel that pools planes where nobody asks who won.

A row of windows is pooled in two moves: down over the rows that it reads, into a buffer with
room for padding on both sides, and across over the columns, into the output. Some rows of
windows go down before the first goes across, so that what is read was written a while ago.
Windows of pairs of columns that do not overlap need no buffer. A plane is first looked
through for NaN: without it, a maximum is a single instruction. Large windows are doubled first.
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
    read = end_of(numbers, True) + 1 - begin
    for p in range(first, stop):
        source, base = place(x, 0), p * plane
        nan = is_deep or has_nan(source, base + begin, read)
        if is_deep:
            lay_out(x, base, numbers, work[0], least)
            source, base = place(work[double(work, numbers)], 0), 0
        pool_plane(source, base, numbers, p, place(y, 0), place(buffer, 0), place(begins, 0), nan)
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
    nan: bool,
) -> None:
    """Write the maxima of the windows of one plane, which begins at base."""
    taps, step = element(numbers, COLUMNS + TAPS), element(numbers, COLUMNS + STEP)
    first, windows = element(numbers, COLUMNS + FIRST), element(numbers, COLUMNS + WINDOWS)
    length, rows, band = span_of(numbers), rows_of(numbers), band_of(numbers)
    begin, end = max(first, 0), min(first + length, element(numbers, COLUMNS + SIZE))
    columns = behind(numbers, TABLES + 2 * rows)
    is_square = taps == PAIR and step == PAIR and element(numbers, COLUMNS + GAP) == 1 and not nan
    is_square = is_square and end - begin == length and windows >= count(x, NARROW)
    height = element(numbers, ROWS + WINDOWS)
    for i in range(element(numbers, DEEP + WINDOWS)):
        for start in range(0, height, band):
            stop = min(start + band, height)
            for j in range(start, stop):
                at = base + first_row(numbers, i, j) + begin
                n = find_rows(numbers, i, j, begins, rows)
                there = begins if n < rows else behind(numbers, TABLES)
                if is_square:
                    square(x, at, there, n, windows, y, output_of(numbers, p, i, j))
                else:
                    to = (j - start) * length + begin - first
                    down(x, at, there, n, end - begin, buffer, to, nan)
            for j in range(start, stop if not is_square else start):
                to = output_of(numbers, p, i, j)
                across(buffer, (j - start) * length, columns, taps, step, windows, y, to, nan)


@compiled
def has_nan(x: Where, base: int, size: int) -> bool:
    """Return whether there is a NaN among so many elements."""
    lanes, w = count(x, WIDE), base
    while w + 4 * lanes <= base + size:
        one = any_nan(load(x, w, WIDE), load(x, w + lanes, WIDE))
        other = any_nan(load(x, w + 2 * lanes, WIDE), load(x, w + 3 * lanes, WIDE))
        if one or other:
            return True
        w += 4 * lanes
    while w < base + size:
        value = load(x, w, SINGLE)
        if any_nan(value, value):
            return True
        w += 1
    return False
