"""The kernel that sends gradients back to the winners."""

from __future__ import annotations

from typing import Any

from implementations.call import Array
from implementations.numba_separable.folds import MIDDLE, NARROW, PAIR, Where
from implementations.numba_separable.lanes import (
    Kernel,
    compiled,
    count,
    element,
    equals,
    first_half,
    load,
    load_beside,
    place,
    put,
    second_half,
    select,
    spread,
    store,
)


@compiled
def scatter(
    dy: Array,
    won: Array,
    dx: Array,
    offsets: Array,
    depths: Array,
    rows: Array,
    columns: Array,
    first: int,
    stop: int,
    plane: int,
) -> None:
    """Add each dy to the dx of its winner in the planes from first to stop; all three are flat.

    offsets tells how far a tap is from the first of its window, which is where the window has its
    place in depths, rows and columns. Planes of dx are filled with 0 first.
    """
    given, who, to = place(dy, 0), place(won, 0), place(dx, 0)
    further = place(offsets, 0)
    window = first * len(depths) * len(rows) * len(columns)
    for p in range(first, stop):
        dx[p * plane : (p + 1) * plane] = 0
        for depth in depths:
            for row in rows:
                start = p * plane + depth + row
                for column in columns:
                    winner = start + column + element(further, element(who, window))
                    put(to, winner, element(to, winner) + element(given, window))
                    window += 1


def _spread_pairs(bits: int) -> Kernel:
    @compiled
    def spread_pairs(
        dy: Where,
        won: Where,
        at: int,
        n: int,
        tap: int,
        dx: Where,
        to: int,
        zero: Any,
    ) -> None:
        last, w = n - count(dy, bits), 0
        while True:
            given = load(dy, at + w, bits)
            who = load_beside(won, at + w, given)
            nothing = spread(dy, zero, given)
            left = select(equals(who, spread(won, tap, given)), given, nothing)
            right = select(equals(who, spread(won, tap + 1, given)), given, nothing)
            store(dx, to + 2 * w, first_half(left, right))
            store(dx, to + 2 * w + count(dy, bits), second_half(left, right))
            if w >= last:
                return
            w = min(w + count(dy, bits), last)

    return spread_pairs


_wide, _narrow = _spread_pairs(MIDDLE), _spread_pairs(NARROW)


@compiled
def tile(dy: Array, won: Array, dx: Array, sizes: Array, first: int, stop: int) -> None:
    """Write the gradient of windows of pairs of columns that tile the input, none of it twice.

    sizes is, for each of three axes, the number of windows and of taps; there are at least as
    many windows in a row as a narrow vector has elements.
    """
    depth, height, width = sizes[0, 0], sizes[1, 0], sizes[2, 0]
    given, who, to = place(dy, 0), place(won, 0), place(dx, 0)
    line = width * PAIR
    for p in range(first, stop):
        for i in range(depth * sizes[0, 1]):
            for j in range(height * sizes[1, 1]):
                at = ((p * depth + i // sizes[0, 1]) * height + j // sizes[1, 1]) * width
                tap = (i % sizes[0, 1] * sizes[1, 1] + j % sizes[1, 1]) * PAIR
                there = ((p * depth * sizes[0, 1] + i) * height * sizes[1, 1] + j) * line
                if width < count(given, MIDDLE):
                    _narrow(given, who, at, width, tap, to, there, 0)
                else:
                    _wide(given, who, at, width, tap, to, there, 0)
