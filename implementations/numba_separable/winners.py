"""The kernel that pools planes and says which tap won each window.

It moves as `maxima` does. A number goes along with each element: that of the tap it came from.
Rows go down in row-major order, so that a later one has to be larger; across, of equal elements
the one with the lower number wins, which is the first in row-major order. Padding has a number
above all others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.call import Array
from implementations.numba_separable.doubling import double_won, lay_out, mark
from implementations.numba_separable.folds import MIDDLE, NARROW, PAIR, SINGLE
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
    first_row,
    output_of,
    real_rows,
    rows_of,
    size_of,
    span_of,
)
from implementations.numba_separable.lanes import (
    Kernel,
    behind,
    compiled,
    count,
    element,
    every_other,
    exceeds,
    inlined,
    load,
    load_beside,
    others,
    overtakes,
    place,
    plus,
    select,
    spread,
    store,
    wins,
)
from implementations.numba_separable.maxima import has_nan


def _move(bits: int, step: int, *, is_first: bool) -> Kernel:
    """Return a move with vectors of so many bits; in the first, elements have no numbers yet."""

    @inlined
    def read(x: Where, at: int) -> Any:
        if step == PAIR:
            return every_other(load(x, at, bits), load(x, at + count(x, bits), bits))
        return load(x, at, bits)

    @inlined
    def number(won: Where, at: int, tap: int, beside: Any) -> Any:
        if is_first:
            return spread(won, tap, beside)
        if step == PAIR:
            following = load_beside(won, at + count(beside, bits), beside)
            both = every_other(load_beside(won, at, beside), following)
            return plus(both, spread(won, tap, beside))
        return plus(load_beside(won, at, beside), spread(won, tap, beside))

    @compiled
    def move(
        x: Where,
        won: Where,
        at: int,
        taps: Where,
        tap_numbers: Where,
        count_of_taps: int,
        apart: int,
        n: int,
        out: Where,
        out_won: Where,
        to: int,
    ) -> None:
        last, w = n - count(x, bits), 0
        while True:
            here = at + element(taps, 0) + w * apart
            best = read(x, here)
            mine = number(won, here, element(tap_numbers, 0), best)
            for tap in range(1, count_of_taps):
                here = at + element(taps, tap) + w * apart
                value = read(x, here)
                its = number(won, here, element(tap_numbers, tap), best)
                later = overtakes(best, value) if is_first else wins(best, mine, value, its)
                best, mine = select(later, value, best), select(later, its, mine)
            store(out, to + w, best)
            store(out_won, to + w, mine)
            if w >= last:
                return
            w = min(w + count(x, bits), last)

    return move


def _square(bits: int) -> Kernel:
    """Return a move over rows and pairs of columns at once, in row-major order, without NaN."""

    @compiled
    def square(
        x: Where,
        at: int,
        taps: Where,
        numbers: Where,
        rows: int,
        n: int,
        out: Where,
        out_won: Where,
        to: int,
    ) -> None:
        last, w = n - count(x, bits), 0
        while True:
            here = at + element(taps, 0) + PAIR * w
            left, right = load(x, here, bits), load(x, here + count(x, bits), bits)
            best, value = every_other(left, right), others(left, right)
            later = exceeds(best, value)
            number = element(numbers, 0)
            mine = spread(out_won, number, best)
            mine = select(later, spread(out_won, number + 1, best), mine)
            best = select(later, value, best)
            for row in range(1, rows):
                here, number = at + element(taps, row) + PAIR * w, element(numbers, row)
                left, right = load(x, here, bits), load(x, here + count(x, bits), bits)
                value = every_other(left, right)
                later = exceeds(best, value)
                mine = select(later, spread(out_won, number, best), mine)
                best, value = select(later, value, best), others(left, right)
                later = exceeds(best, value)
                mine = select(later, spread(out_won, number + 1, best), mine)
                best = select(later, value, best)
            store(out, to + w, best)
            store(out_won, to + w, mine)
            if w >= last:
                return
            w = min(w + count(x, bits), last)

    return square


_wide_square, _narrow_square = _square(MIDDLE), _square(NARROW)
_first_wide, _first_narrow, _first_single = (
    _move(bits, 1, is_first=True) for bits in (MIDDLE, NARROW, SINGLE)
)
_wide, _narrow, _single = (_move(bits, 1, is_first=False) for bits in (MIDDLE, NARROW, SINGLE))
_wide_pairs, _narrow_pairs = (_move(bits, PAIR, is_first=False) for bits in (MIDDLE, NARROW))


@compiled
def pool_won(
    x: Array,
    y: Array,
    won: Array,
    geometry: Array,
    first: int,
    stop: int,
    least: Any,
    padding: int,
    is_deep: bool,
) -> None:
    """Write the maxima of the planes from first to stop, and the numbers of the taps that won.

    x, y and won are flat; geometry is the numbers of a Geometry; least is no larger than any
    element; padding is above every number of a tap and leaves room for as many.
    """
    numbers = place(geometry, 0)
    size = band_of(numbers) * span_of(numbers) + SLACK
    buffer, buffer_won = np.full(size, least, x.dtype), np.full(size, padding, won.dtype)
    begins = np.empty(2 * rows_of(numbers) + 1, np.int64)
    laid_out = size_of(numbers, DEEP) + SLACK if is_deep else 1
    work, work_won = np.empty((2, laid_out), x.dtype), np.empty((2, laid_out), won.dtype)
    for p in range(first, stop):
        source, base = place(x, 0), p * size_of(numbers, SHALLOW)
        source_won = place(work_won[0], 0)
        if is_deep:
            lay_out(x, base, numbers, work[0], least)
            mark(numbers, work_won[0], padding)
            turn = double_won(work, work_won, numbers)
            source, source_won, base = place(work[turn], 0), place(work_won[turn], 0), 0
        pool_plane(
            source,
            source_won,
            base,
            numbers,
            p,
            place(y, 0),
            place(won, 0),
            place(buffer, 0),
            place(buffer_won, 0),
            place(begins, 0),
            is_deep,
        )
    buffer[0], buffer_won[0], begins[0] = least, 0, 0  # they have to live until here
    work[0, 0], work_won[0, 0] = least, 0


@compiled
def pool_plane(
    x: Where,
    x_won: Where,
    base: int,
    numbers: Where,
    p: int,
    y: Where,
    won: Where,
    buffer: Where,
    buffer_won: Where,
    begins: Where,
    is_deep: bool,
) -> None:
    """Write the maxima and the winners of the windows of one plane, which begins at base."""
    taps, step = element(numbers, COLUMNS + TAPS), element(numbers, COLUMNS + STEP)
    first, windows = element(numbers, COLUMNS + FIRST), element(numbers, COLUMNS + WINDOWS)
    length, rows, band = span_of(numbers), rows_of(numbers), band_of(numbers)
    begin, end = max(first, 0), min(first + length, element(numbers, COLUMNS + SIZE))
    columns = behind(numbers, TABLES + 2 * rows)
    column_numbers = behind(columns, taps)
    height = element(numbers, ROWS + WINDOWS)
    is_square = taps == PAIR and step == PAIR and element(numbers, COLUMNS + GAP) == 1
    is_square = is_square and end - begin == length and windows >= count(x, NARROW)
    is_square = is_square and not is_deep
    if is_square:
        nearest = end_of(numbers, False)
        is_square = not has_nan(x, base + nearest, end_of(numbers, True) + 1 - nearest)
    for i in range(element(numbers, DEEP + WINDOWS)):
        for start in range(0, height, band):
            stop = min(start + band, height)
            for j in range(start, stop):
                at = base + first_row(numbers, i, j) + begin
                there, n = real_rows(numbers, i, j, begins, rows)
                which = behind(there, rows)
                if is_square:
                    to = output_of(numbers, p, i, j)
                    square(x, at, there, which, n, windows, y, won, to)
                    continue
                to = (j - start) * length + begin - first
                down(x, x_won, at, there, which, n, end - begin, buffer, buffer_won, to, is_deep)
            for j in range(start, stop if not is_square else start):
                at, to = (j - start) * length, output_of(numbers, p, i, j)
                across(
                    buffer, buffer_won, at, columns, column_numbers, taps, step, windows, y, won, to
                )


@compiled
def down(
    x: Where,
    x_won: Where,
    at: int,
    taps: Where,
    numbers: Where,
    rows: int,
    n: int,
    out: Where,
    out_won: Where,
    to: int,
    is_deep: bool,
) -> None:
    """Write the maxima over rows of n neighbouring elements, and the numbers of the winners."""
    if is_deep and n >= count(x, MIDDLE):
        _wide(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)
    elif is_deep and n >= count(x, NARROW):
        _narrow(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)
    elif is_deep:
        _single(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)
    elif n >= count(x, MIDDLE):
        _first_wide(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)
    elif n >= count(x, NARROW):
        _first_narrow(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)
    else:
        _first_single(x, x_won, at, taps, numbers, rows, 1, n, out, out_won, to)


@compiled
def square(
    x: Where,
    at: int,
    taps: Where,
    numbers: Where,
    rows: int,
    n: int,
    out: Where,
    out_won: Where,
    to: int,
) -> None:
    """Write the maxima over rows and pairs of columns, n of them, at least NARROW."""
    if n < count(x, MIDDLE):
        _narrow_square(x, at, taps, numbers, rows, n, out, out_won, to)
    else:
        _wide_square(x, at, taps, numbers, rows, n, out, out_won, to)


@compiled
def across(
    x: Where,
    x_won: Where,
    at: int,
    taps: Where,
    numbers: Where,
    columns: int,
    step: int,
    n: int,
    out: Where,
    out_won: Where,
    to: int,
) -> None:
    """Write the maxima over columns of n elements `step` apart, and the numbers of the winners."""
    if step == 1 and n >= count(x, MIDDLE):
        _wide(x, x_won, at, taps, numbers, columns, 1, n, out, out_won, to)
    elif step == 1 and n >= count(x, NARROW):
        _narrow(x, x_won, at, taps, numbers, columns, 1, n, out, out_won, to)
    elif step == PAIR and n >= count(x, MIDDLE):
        _wide_pairs(x, x_won, at, taps, numbers, columns, PAIR, n, out, out_won, to)
    elif step == PAIR and n >= count(x, NARROW):
        _narrow_pairs(x, x_won, at, taps, numbers, columns, PAIR, n, out, out_won, to)
    else:
        _single(x, x_won, at, taps, numbers, columns, step, n, out, out_won, to)
