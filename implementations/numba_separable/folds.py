"""Moves over rows of windows that Numba compiles, on vectors: the maximum of some taps for each.

A move goes over several rows, each as far behind the one before. A tap is given by how far its
elements are from those of the first window. The last vector of a row overlaps the one before it,
so that nothing is left over for single steps; a row shorter than a vector is done in narrower
vectors, or one by one.
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

WIDE, MIDDLE, NARROW, SINGLE = 512, 256, 128, 0
"""Bits of a vector: for long rows, for shorter ones, and for what is shorter still. Where a
processor has none as wide, LLVM makes two of it."""
PAIR = 2

Where: TypeAlias = Any
"""A place in memory."""


def _maximum(bits: int, step: int, of_two: Kernel) -> Kernel:
    """Return what finds the maxima of as many windows as a vector has room for.

    The first three taps are given; where there are fewer, they are the same.
    """

    @inlined
    def maximum(x: Where, at: int, one: int, two: int, three: int, begins: Where, taps: int) -> Any:
        best = of_two(load(x, at + one, bits), load(x, at + two, bits))
        if taps > PAIR:
            best = of_two(best, load(x, at + three, bits))
        for tap in range(PAIR + 1, taps):
            best = of_two(best, load(x, at + element(begins, tap), bits))
        return best

    @inlined
    def of_pairs(
        x: Where, at: int, one: int, two: int, three: int, begins: Where, taps: int
    ) -> Any:
        left = maximum(x, at, one, two, three, begins, taps)
        right = maximum(x, at + count(x, bits), one, two, three, begins, taps)
        return every_other(left, right)

    return maximum if step == 1 else of_pairs


def _fold(bits: int, step: int, of_two: Kernel) -> Kernel:
    """Return a move over rows of n windows that are one or two elements apart."""
    maximum = _maximum(bits, step, of_two)

    @compiled
    def fold(
        x: Where,
        at: int,
        apart: int,
        begins: Where,
        taps: int,
        rows: int,
        n: int,
        out: Where,
        to: int,
        out_apart: int,
    ) -> None:
        lanes = count(x, bits)
        last = n - lanes
        one, two = element(begins, 0), element(begins, min(1, taps - 1))
        three = element(begins, min(PAIR, taps - 1))
        for row in range(rows):
            here, there, w = at + row * apart, to + row * out_apart, 0
            while True:
                best = maximum(x, here + w * step, one, two, three, begins, taps)
                store(out, there + w, best)
                if w >= last:
                    break
                w = min(w + lanes, last)

    return fold


@compiled
def _single(
    x: Where,
    at: int,
    apart: int,
    begins: Where,
    taps: int,
    step: int,
    rows: int,
    n: int,
    out: Where,
    to: int,
    out_apart: int,
) -> None:
    """Move over rows of n windows, one by one and any step apart."""
    for row in range(rows):
        here, there = at + row * apart, to + row * out_apart
        for w in range(n):
            best = load(x, here + element(begins, 0) + w * step, SINGLE)
            for tap in range(1, taps):
                other = load(x, here + element(begins, tap) + w * step, SINGLE)
                best = larger_or_nan(best, other)
            store(out, there + w, best)


def _square(bits: int) -> Kernel:
    """Return a move over rows and pairs of columns at once, without NaN."""

    @compiled
    def square(
        x: Where,
        at: int,
        apart: int,
        begins: Where,
        taps: int,
        rows: int,
        n: int,
        out: Where,
        to: int,
        out_apart: int,
    ) -> None:
        lanes = count(x, bits)
        one, two = element(begins, 0), element(begins, min(1, taps - 1))
        last = n - lanes
        for row in range(rows):
            there, w = to + row * out_apart, 0
            while True:
                here = at + row * apart + PAIR * w
                left = larger(load(x, here + one, bits), load(x, here + two, bits))
                here += lanes
                right = larger(load(x, here + one, bits), load(x, here + two, bits))
                for tap in range(PAIR, taps):
                    here = at + row * apart + element(begins, tap) + PAIR * w
                    left = larger(left, load(x, here, bits))
                    right = larger(right, load(x, here + lanes, bits))
                store(out, there + w, larger(every_other(left, right), others(left, right)))
                if w >= last:
                    break
                w = min(w + lanes, last)

    return square


_wide, _middle, _narrow = (_fold(bits, 1, larger) for bits in (WIDE, MIDDLE, NARROW))
_wide_pairs, _middle_pairs, _narrow_pairs = (
    _fold(bits, PAIR, larger) for bits in (WIDE, MIDDLE, NARROW)
)
_nan, _nan_pairs = _fold(NARROW, 1, larger_or_nan), _fold(NARROW, PAIR, larger_or_nan)
_wide_square, _middle_square, _narrow_square = (_square(bits) for bits in (WIDE, MIDDLE, NARROW))


@compiled
def down(
    x: Where,
    at: int,
    apart: int,
    begins: Where,
    taps: int,
    rows: int,
    n: int,
    out: Where,
    to: int,
    out_apart: int,
    nan: bool,
) -> None:
    """Write the maxima over taps of rows of n neighbouring elements to out."""
    if n < count(x, NARROW):
        _single(x, at, apart, begins, taps, 1, rows, n, out, to, out_apart)
    elif nan:
        _nan(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    elif n < count(x, MIDDLE):
        _narrow(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    elif n < count(x, WIDE):
        _middle(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    else:
        _wide(x, at, apart, begins, taps, rows, n, out, to, out_apart)


@compiled
def across(
    x: Where,
    at: int,
    apart: int,
    begins: Where,
    taps: int,
    step: int,
    rows: int,
    n: int,
    out: Where,
    to: int,
    out_apart: int,
    nan: bool,
) -> None:
    """Write the maxima over taps of rows of n elements, each `step` behind the one before."""
    if step == 1:
        down(x, at, apart, begins, taps, rows, n, out, to, out_apart, nan)
    elif step != PAIR or n < count(x, NARROW):
        _single(x, at, apart, begins, taps, step, rows, n, out, to, out_apart)
    elif nan:
        _nan_pairs(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    elif n < count(x, MIDDLE):
        _narrow_pairs(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    elif n < count(x, WIDE):
        _middle_pairs(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    else:
        _wide_pairs(x, at, apart, begins, taps, rows, n, out, to, out_apart)


@compiled
def square(
    x: Where,
    at: int,
    apart: int,
    begins: Where,
    taps: int,
    rows: int,
    n: int,
    out: Where,
    to: int,
    out_apart: int,
) -> None:
    """Write the maxima over taps of rows of n pairs of columns to out; n is at least NARROW."""
    if n < count(x, MIDDLE):
        _narrow_square(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    elif n < count(x, WIDE):
        _middle_square(x, at, apart, begins, taps, rows, n, out, to, out_apart)
    else:
        _wide_square(x, at, apart, begins, taps, rows, n, out, to, out_apart)
