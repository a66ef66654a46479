"""Moves over a row of windows that Numba compiles, on vectors: the maximum of some taps for each.

A tap is given by how far its elements are from those of the first window. The last vector of a
row overlaps the one before it, so that nothing is left over for single steps; a row shorter than
a vector is done in narrow vectors, or one by one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from implementations.numba_separable.lanes import (
    Kernel,
    compiled,
    count,
    element,
    every_other,
    inlined,
    larger,
    larger_or_nan,
    load,
    others,
    store,
)

WIDE, NARROW, SINGLE = 256, 128, 0
"""Bits of a vector: for long rows, for short rows, and for what is shorter still."""
PAIR = 2

Where: TypeAlias = Any
"""A place in memory."""


def reading(bits: int, step: int) -> Kernel:
    """Return what reads the elements for as many windows as a vector has room for."""
    if step == 1:

        @inlined
        def read(x: Where, at: int) -> Any:
            return load(x, at, bits)
    else:

        @inlined
        def read(x: Where, at: int) -> Any:
            return every_other(load(x, at, bits), load(x, at + count(x, bits), bits))

    return read


def _fold(bits: int, step: int) -> Kernel:  # noqa: C901 - a loop for each common case
    """Return a move over elements without NaN; up to three taps have a loop of their own."""
    read = reading(bits, step)

    @compiled
    def fold(  # noqa: C901, PLR0912 - the same
        x: Where, at: int, begins: Where, taps: int, n: int, out: Where, to: int
    ) -> None:
        lanes = count(x, bits)
        last, w = n - lanes, 0
        one, two, three = at + element(begins, 0), at, at
        if taps > 1:
            two += element(begins, 1)
        if taps > PAIR:
            three += element(begins, PAIR)
        if taps == 1:
            while True:
                store(out, to + w, read(x, one + w * step))
                if w >= last:
                    return
                w = min(w + lanes, last)
        if taps == PAIR:
            while True:
                store(out, to + w, larger(read(x, one + w * step), read(x, two + w * step)))
                if w >= last:
                    return
                w = min(w + lanes, last)
        if taps == PAIR + 1:
            while True:
                best = larger(read(x, one + w * step), read(x, two + w * step))
                store(out, to + w, larger(best, read(x, three + w * step)))
                if w >= last:
                    return
                w = min(w + lanes, last)
        while True:
            best = larger(read(x, one + w * step), read(x, two + w * step))
            best = larger(best, read(x, three + w * step))
            for tap in range(PAIR + 1, taps):
                best = larger(best, read(x, at + element(begins, tap) + w * step))
            store(out, to + w, best)
            if w >= last:
                return
            w = min(w + lanes, last)

    return fold


def _nan_fold(bits: int, step: int) -> Kernel:
    """Return a move over elements with or without NaN; with single elements, by any step."""
    read = reading(bits, step)

    @compiled
    def nan_fold(
        x: Where, at: int, begins: Where, taps: int, apart: int, n: int, out: Where, to: int
    ) -> None:
        last, w = n - count(x, bits), 0
        while True:
            best = read(x, at + element(begins, 0) + w * apart)
            for tap in range(1, taps):
                best = larger_or_nan(best, read(x, at + element(begins, tap) + w * apart))
            store(out, to + w, best)
            if w >= last:
                return
            w = min(w + count(x, bits), last)

    return nan_fold


def _square(bits: int) -> Kernel:
    """Return a move over rows and pairs of columns at once, without NaN."""

    @compiled
    def square(x: Where, at: int, begins: Where, rows: int, n: int, out: Where, to: int) -> None:
        lanes = count(x, bits)
        last, w = n - lanes, 0
        one, two = at + element(begins, 0), at + element(begins, min(1, rows - 1))
        while True:
            left = larger(load(x, one + 2 * w, bits), load(x, two + 2 * w, bits))
            right = larger(load(x, one + 2 * w + lanes, bits), load(x, two + 2 * w + lanes, bits))
            for row in range(PAIR, rows):
                here = at + element(begins, row) + 2 * w
                left = larger(left, load(x, here, bits))
                right = larger(right, load(x, here + lanes, bits))
            store(out, to + w, larger(every_other(left, right), others(left, right)))
            if w >= last:
                return
            w = min(w + lanes, last)

    return square


_wide, _narrow = _fold(WIDE, 1), _fold(NARROW, 1)
_wide_pairs, _narrow_pairs = _fold(WIDE, PAIR), _fold(NARROW, PAIR)
_nan_wide, _nan_narrow, _single = _nan_fold(WIDE, 1), _nan_fold(NARROW, 1), _nan_fold(SINGLE, 1)
_nan_wide_pairs, _nan_narrow_pairs = _nan_fold(WIDE, PAIR), _nan_fold(NARROW, PAIR)
_wide_square, _narrow_square = _square(WIDE), _square(NARROW)


@compiled
def down(
    x: Where, at: int, begins: Where, taps: int, n: int, out: Where, to: int, nan: bool
) -> None:
    """Write the maxima over taps of n neighbouring elements to out."""
    if n < count(x, NARROW):
        _single(x, at, begins, taps, 1, n, out, to)
    elif nan and n < count(x, WIDE):
        _nan_narrow(x, at, begins, taps, 1, n, out, to)
    elif nan:
        _nan_wide(x, at, begins, taps, 1, n, out, to)
    elif n < count(x, WIDE):
        _narrow(x, at, begins, taps, n, out, to)
    else:
        _wide(x, at, begins, taps, n, out, to)


@compiled
def across(
    x: Where, at: int, begins: Where, taps: int, step: int, n: int, out: Where, to: int, nan: bool
) -> None:
    """Write the maxima over taps of n elements, each `step` behind the one before, to out."""
    if step == 1:
        down(x, at, begins, taps, n, out, to, nan)
    elif step != PAIR or n < count(x, NARROW):
        _single(x, at, begins, taps, step, n, out, to)
    elif nan and n < count(x, WIDE):
        _nan_narrow_pairs(x, at, begins, taps, PAIR, n, out, to)
    elif nan:
        _nan_wide_pairs(x, at, begins, taps, PAIR, n, out, to)
    elif n < count(x, WIDE):
        _narrow_pairs(x, at, begins, taps, n, out, to)
    else:
        _wide_pairs(x, at, begins, taps, n, out, to)


@compiled
def square(x: Where, at: int, begins: Where, rows: int, n: int, out: Where, to: int) -> None:
    """Write the maxima over rows and pairs of columns to out: n, at least NARROW."""
    if n < count(x, WIDE):
        _narrow_square(x, at, begins, rows, n, out, to)
    else:
        _wide_square(x, at, begins, rows, n, out, to)
