"""Doubling: in the place of each element, the maximum of a power of two of taps that begin there.

It works on a copy of a plane with its padding. A tap further along any axis is a fixed distance
further in memory, so that a step is one shift of the whole plane; at the ends of rows it compares
what no window reads together.
"""

from __future__ import annotations

from typing import Any

from implementations.call import Array
from implementations.numba_separable.folds import WIDE
from implementations.numba_separable.geometry import (
    DEEP,
    FIELDS,
    FIRST,
    GAP,
    SIZE,
    TAPS,
)
from implementations.numba_separable.grid import Where, size_of
from implementations.numba_separable.lanes import (
    compiled,
    count,
    element,
    larger,
    larger_or_nan,
    load,
    load_beside,
    place,
    plus,
    select,
    spread,
    store,
    wins,
)


@compiled
def lay_out(x: Array, base: int, numbers: Where, out: Array, padding: Any) -> None:
    """Copy a plane, from the first tap of the first window on, and write its padding out."""
    out[:] = padding
    d_first, h_first = element(numbers, FIRST), element(numbers, FIELDS + FIRST)
    w_first, width = element(numbers, 2 * FIELDS + FIRST), element(numbers, 2 * FIELDS + SIZE)
    depth, height = element(numbers, SIZE), element(numbers, FIELDS + SIZE)
    rows, columns = (
        element(numbers, DEEP + FIELDS + SIZE),
        element(numbers, DEEP + 2 * FIELDS + SIZE),
    )
    begin, end = max(w_first, 0), min(w_first + columns, width)
    for d in range(max(d_first, 0), min(d_first + element(numbers, DEEP + SIZE), depth)):
        for h in range(max(h_first, 0), min(h_first + rows, height)):
            source = base + (d * height + h) * width
            to = ((d - d_first) * rows + h - h_first) * columns - w_first
            for w in range(begin, end):
                out[to + w] = x[source + w]


@compiled
def mark(numbers: Where, out: Array, padding: int) -> None:
    """Write 0 where a plane that is laid out has an element, and another number on padding."""
    out[:] = padding
    d_first, h_first = element(numbers, FIRST), element(numbers, FIELDS + FIRST)
    w_first, width = element(numbers, 2 * FIELDS + FIRST), element(numbers, 2 * FIELDS + SIZE)
    depth, height = element(numbers, SIZE), element(numbers, FIELDS + SIZE)
    rows, columns = (
        element(numbers, DEEP + FIELDS + SIZE),
        element(numbers, DEEP + 2 * FIELDS + SIZE),
    )
    for d in range(max(d_first, 0), min(d_first + element(numbers, DEEP + SIZE), depth)):
        for h in range(max(h_first, 0), min(h_first + rows, height)):
            to = ((d - d_first) * rows + h - h_first) * columns - w_first
            out[to + max(w_first, 0) : to + min(w_first + columns, width)] = 0


@compiled
def double(work: Array, numbers: Where, nan: bool) -> int:
    """Double the taps of a plane that is laid out; return in which row of work the result is.

    nan tells whether there may be a NaN in it.
    """
    turn, distance, size = 0, 1, size_of(numbers, DEEP)
    for axis in (2, 1, 0):
        taps, gap = element(numbers, axis * FIELDS + TAPS), element(numbers, axis * FIELDS + GAP)
        covered = 1
        while element(numbers, DEEP + axis * FIELDS + TAPS) < taps and covered * 2 <= taps:
            size -= covered * gap * distance
            further = covered * gap * distance
            source, to = place(work[turn], 0), place(work[1 - turn], 0)
            if nan:
                for i in range(0, size, count(source, WIDE)):
                    other = load(source, i + further, WIDE)
                    store(to, i, larger_or_nan(load(source, i, WIDE), other))
            else:
                for i in range(0, size, count(source, WIDE)):
                    other = load(source, i + further, WIDE)
                    store(to, i, larger(load(source, i, WIDE), other))
            turn, covered = 1 - turn, 2 * covered
        distance *= element(numbers, DEEP + axis * FIELDS + SIZE)
    return turn


@compiled
def shift_rows(x: Where, at: int, size: int, taps: int, gap: int, out: Where, nan: bool) -> None:
    """Write the maxima of the taps that begin at each of so many elements, in about log2 steps.

    As much as a window has is read behind the last element.
    """
    covered, source, begin = 1, x, at
    while covered < taps:
        further = min(covered, taps - covered)
        if nan:
            for i in range(0, size, count(x, WIDE)):
                other = load(source, begin + i + further * gap, WIDE)
                store(out, i, larger_or_nan(load(source, begin + i, WIDE), other))
        else:
            for i in range(0, size, count(x, WIDE)):
                other = load(source, begin + i + further * gap, WIDE)
                store(out, i, larger(load(source, begin + i, WIDE), other))
        covered, source, begin = covered + further, out, 0


@compiled
def double_won(work: Array, won: Array, numbers: Where) -> int:
    """Double the taps of a plane as `double` does, and say which won: won begins as `mark` does."""
    turn, distance, size, inside = 0, 1, size_of(numbers, DEEP), 1
    for axis in (2, 1, 0):
        taps, gap = element(numbers, axis * FIELDS + TAPS), element(numbers, axis * FIELDS + GAP)
        covered = 1
        while element(numbers, DEEP + axis * FIELDS + TAPS) < taps and covered * 2 <= taps:
            further = covered * gap * distance
            size -= further
            source, to = place(work[turn], 0), place(work[1 - turn], 0)
            codes, code_to = place(won[turn], 0), place(won[1 - turn], 0)
            for i in range(0, size, count(source, WIDE)):
                one, other = load(source, i, WIDE), load(source, i + further, WIDE)
                mine, its = load_beside(codes, i, one), load_beside(codes, i + further, one)
                its = plus(its, spread(codes, covered * inside, one))
                later = wins(one, mine, other, its)
                store(to, i, select(later, other, one))
                store(code_to, i, select(later, its, mine))
            turn, covered = 1 - turn, 2 * covered
        distance *= element(numbers, DEEP + axis * FIELDS + SIZE)
        inside *= taps
    return turn
