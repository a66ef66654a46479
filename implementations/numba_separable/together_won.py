"""The kernel that pools eight small planes at a time, and says which tap won each window.

It lays planes out as `together` does, and the numbers of their winners beside them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.call import Array
from implementations.numba_separable.folds import MIDDLE
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
    load,
    load_beside,
    place,
    plus,
    select,
    spread,
    store,
    wins,
)
from implementations.numba_separable.together import EIGHT, lay_together, spaced, take_apart
from implementations.numba_separable.winners import down


@compiled
def _windows(
    x: Where,
    won: Where,
    columns: Where,
    numbers: Where,
    taps: int,
    step: int,
    n: int,
    out: Where,
    out_won: Where,
    to: int,
) -> None:
    """Write the maxima over the taps of n windows of eight planes, and the numbers of winners."""
    for o in range(n):
        at = o * step + element(columns, 0)
        best = load(x, at, MIDDLE)
        mine = plus(load_beside(won, at, best), spread(won, element(numbers, 0), best))
        for tap in range(1, taps):
            at = o * step + element(columns, tap)
            value = load(x, at, MIDDLE)
            its = plus(load_beside(won, at, best), spread(won, element(numbers, tap), best))
            later = wins(best, mine, value, its)
            best, mine = select(later, value, best), select(later, its, mine)
        store(out, to + o * EIGHT, best)
        store(out_won, to + o * EIGHT, mine)


@compiled
def pool_together_won(
    x: Array, y: Array, won: Array, geometry: Array, first: int, stop: int, least: Any, padding: int
) -> None:
    """Write maxima and numbers of winners of the planes from first to stop, at least eight.

    All is as for `pool_together`; padding is as for `pool_won`.
    """
    given, numbers = place(geometry, 0), spaced(geometry)
    wide = place(numbers, 0)
    rows, taps = rows_of(given), element(given, COLUMNS + TAPS)
    plane, step = size_of(given, SHALLOW), element(given, COLUMNS + STEP) * EIGHT
    height, windows = element(given, ROWS + WINDOWS), element(given, COLUMNS + WINDOWS)
    size = element(given, DEEP + WINDOWS) * height * windows
    begin = max(element(given, COLUMNS + FIRST), 0)
    end = min(element(given, COLUMNS + FIRST) + span_of(given), element(given, COLUMNS + SIZE))
    inner = (begin - element(given, COLUMNS + FIRST)) * EIGHT
    planes = np.empty(plane * EIGHT + SLACK, x.dtype)
    length = span_of(given) * EIGHT + SLACK
    buffer, buffer_won = np.full(length, least, x.dtype), np.full(length, padding, won.dtype)
    pooled = np.empty(size * EIGHT + SLACK, x.dtype)
    pooled_won = np.empty(size * EIGHT + SLACK, won.dtype)
    begins = np.empty(2 * rows + 1, np.int64)
    source, line, line_won = place(planes, 0), place(buffer, 0), place(buffer_won, 0)
    out, out_won = place(pooled, 0), place(pooled_won, 0)
    columns = behind(wide, TABLES + 2 * rows)
    p = first
    while True:
        lay_together(place(x, 0), p * plane, plane, source)
        for i in range(element(given, DEEP + WINDOWS)):
            for j in range(height):
                there, n = real_rows(wide, i, j, place(begins, 0), rows)
                at, across = (first_row(given, i, j) + begin) * EIGHT, (end - begin) * EIGHT
                which = behind(there, rows)
                down(source, line_won, at, there, which, n, across, line, line_won, inner, False)
                to, who = (i * height + j) * windows * EIGHT, behind(columns, taps)
                _windows(line, line_won, columns, who, taps, step, windows, out, out_won, to)
        take_apart(out, size, place(y, 0), p * size, load(source, 0, MIDDLE))
        take_apart(out_won, size, place(won, 0), p * size, load(source, 0, MIDDLE))
        if p == stop - EIGHT:
            break
        p = min(p + EIGHT, stop - EIGHT)
    planes[0], buffer[0], pooled[0] = least, least, least  # they have to live until here
    begins[0], numbers[0], buffer_won[0], pooled_won[0] = 0, 0, 0, 0
