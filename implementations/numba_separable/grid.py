"""Where the kernels find rows: small questions to the numbers of a Geometry."""

from __future__ import annotations

from typing import Any, TypeAlias

from implementations.numba_separable.geometry import (
    DEEP,
    FIELDS,
    FIRST,
    GAP,
    OUT_FIRST,
    OUT_SIZE,
    SIZE,
    STEP,
    TABLES,
    TAPS,
    WINDOWS,
)
from implementations.numba_separable.lanes import behind, compiled, element, inlined, put

Where: TypeAlias = Any
"""A place in memory."""
ROWS, COLUMNS = DEEP + FIELDS, DEEP + 2 * FIELDS
BAND = 2048
"""About how many elements of a buffer are written before they are read."""
SLACK = 128
"""How many elements behind the end of a buffer may be read and overwritten."""


@compiled
def size_of(numbers: Where, axes: int) -> int:
    """Return how many elements a plane has, before or after doubling."""
    rows = element(numbers, axes + FIELDS + SIZE) * element(numbers, axes + 2 * FIELDS + SIZE)
    return int(element(numbers, axes + SIZE) * rows)


@compiled
def span_of(numbers: Where) -> int:
    """Return how many elements a row of windows spans."""
    starts = (element(numbers, COLUMNS + WINDOWS) - 1) * element(numbers, COLUMNS + STEP)
    return int(
        starts + (element(numbers, COLUMNS + TAPS) - 1) * element(numbers, COLUMNS + GAP) + 1
    )


@compiled
def band_of(numbers: Where) -> int:
    """Return how many rows of windows go down before the first goes across."""
    return int(max(1, min(BAND // span_of(numbers), element(numbers, ROWS + WINDOWS))))


@compiled
def rows_of(numbers: Where) -> int:
    """Return how many rows a row of windows reads where none is padding."""
    return int(element(numbers, DEEP + TAPS) * element(numbers, ROWS + TAPS))


@compiled
def whole_rows(numbers: Where) -> int:
    """Return which row of windows is the first that reads padding at the end, or past the last."""
    end = element(numbers, ROWS + SIZE) - element(numbers, ROWS + FIRST)
    room = end - (element(numbers, ROWS + TAPS) - 1) * element(numbers, ROWS + GAP) - 1
    step = element(numbers, ROWS + STEP)
    return int(max(0, min(room // step + 1, element(numbers, ROWS + WINDOWS))))


@inlined
def output_of(numbers: Where, plane: int, depth: int, row: int) -> int:
    """Return where in the output a row of windows stands."""
    at = plane * element(numbers, DEEP + OUT_SIZE) + element(numbers, DEEP + OUT_FIRST) + depth
    at = at * element(numbers, ROWS + OUT_SIZE) + element(numbers, ROWS + OUT_FIRST) + row
    return int(at * element(numbers, COLUMNS + OUT_SIZE) + element(numbers, COLUMNS + OUT_FIRST))


@inlined
def first_row(numbers: Where, depth: int, row: int) -> int:
    """Return where the first tap of a row of windows stands in its plane, in column 0."""
    d = element(numbers, DEEP + FIRST) + depth * element(numbers, DEEP + STEP)
    h = element(numbers, ROWS + FIRST) + row * element(numbers, ROWS + STEP)
    return int((d * element(numbers, ROWS + SIZE) + h) * element(numbers, COLUMNS + SIZE))


@compiled
def end_of(numbers: Where, is_last: bool) -> int:
    """Return where in a plane the first element is that may be read, or the last."""
    at = 0
    for axis in range(3):
        row = axis * FIELDS
        end, size = element(numbers, row + FIRST), element(numbers, row + SIZE)
        if is_last:
            end += (element(numbers, row + WINDOWS) - 1) * element(numbers, row + STEP)
            end += (element(numbers, row + TAPS) - 1) * element(numbers, row + GAP)
        at = at * size + min(max(end, 0), size - 1)
    return int(at)


@inlined
def real_rows(numbers: Where, depth: int, row: int, found: Where, limit: int) -> tuple[Where, int]:
    """Return where it stands where the rows that a row of windows reads begin, and how many.

    They are those that are not padding; the numbers of their taps stand `limit` further on. It
    is part of the table, or else it is written to found.
    """
    d = element(numbers, DEEP + FIRST) + depth * element(numbers, DEEP + STEP)
    h = element(numbers, ROWS + FIRST) + row * element(numbers, ROWS + STEP)
    d_end = d + (element(numbers, DEEP + TAPS) - 1) * element(numbers, DEEP + GAP)
    taps, gap = element(numbers, ROWS + TAPS), element(numbers, ROWS + GAP)
    size = element(numbers, ROWS + SIZE)
    if d < 0 or d_end >= element(numbers, DEEP + SIZE):
        return found, int(_find_real(numbers, d, h, found, limit))
    if h >= 0 and h + (taps - 1) * gap < size:
        return behind(numbers, TABLES), limit
    if element(numbers, DEEP + TAPS) > 1:
        return found, int(_find_real(numbers, d, h, found, limit))
    begin, end = -(min(h, 0) // gap), min(taps, (size - 1 - h) // gap + 1)
    return behind(numbers, TABLES + begin), int(end - begin)


@compiled
def _find_real(numbers: Where, d: int, h: int, found: Where, limit: int) -> int:
    size, height = element(numbers, DEEP + SIZE), element(numbers, ROWS + SIZE)
    n = 0
    for i in range(element(numbers, DEEP + TAPS)):
        for j in range(element(numbers, ROWS + TAPS)):
            down_i, down_j = i * element(numbers, DEEP + GAP), j * element(numbers, ROWS + GAP)
            if 0 <= d + down_i < size and 0 <= h + down_j < height:
                tap = i * element(numbers, ROWS + TAPS) + j
                put(found, n, element(numbers, TABLES + tap))
                put(found, limit + n, element(numbers, TABLES + limit + tap))
                n += 1
    return n
