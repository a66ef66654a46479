"""Calls in which every three parameters of two axes meet in every way, and few of them.

The same axes are taken one at a time and three at a time as well.

The rows are an orthogonal array: polynomials of degree 2 over the field of seven elements take
every three values at any three places exactly once. Eight parameters of seven values each are
covered three by three in 343 calls, and two by two in the 49 that the smoke tier takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from conformance.cases.case import Case
from conformance.cases.ramps import ramps
from conformance.oracle import legal
from reference.dialect import DEFAULT
from reference.geometry import extent
from reference.pool import Pool

Axis: TypeAlias = tuple[int, int, int, tuple[int, int]]
LEVELS = 7
KERNELS = (2, 3, 1, 4, 5, 2, 3)
STRIDES = (1, 2, 3, 4, 5, 2, 1)
DILATIONS = (1, 2, 3, 1, 2, 1, 4)
PADS = ("none", "both", "begin", "end", "none", "both", "all but one")
EVEN = 2


@cache
def triples() -> tuple[Case, ...]:
    """Return the legal ones of the calls."""
    found: list[Case] = []
    for number, (leading, row) in enumerate(_rows()):
        tier = "default" if leading else "smoke"
        found += _case("triple", number, (_axis(row, 0), _axis(row, 1)), tier)
    return tuple(found)


@cache
def lines() -> tuple[Case, ...]:
    """Return the calls of the first axis alone, which meet three by three as well."""
    found: dict[str, Case] = {}
    for number, (leading, row) in enumerate(_rows()):
        for case in _case(
            "triple-line", number, (_axis(row, 0),), "default" if leading else "smoke"
        ):
            found.setdefault(str(case.pool), case)
    return tuple(found.values())


@cache
def volumes() -> tuple[Case, ...]:
    """Return the calls of the smoke tier with the first axis of another one before their own."""
    rows = [row for leading, row in _rows() if not leading]
    found: list[Case] = []
    for number, row in enumerate(rows):
        axes = (_axis(rows[number - LEVELS - 1], 0), _axis(row, 0), _axis(row, 1))
        found += _case("triple-volume", number, axes, "default")
    return tuple(found)


def _rows() -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the leading coefficient and eight levels: a polynomial at 0 to 6 and at infinity."""
    for a, b, c in itertools.product(range(LEVELS), repeat=3):
        yield a, (*((a * x * x + b * x + c) % LEVELS for x in range(LEVELS)), a)


def _axis(row: tuple[int, ...], axis: int) -> Axis:
    """Return kernel_size, stride, dilation and padding of an axis: every second of eight levels."""
    k, s, d, pad = row[axis::2]
    return KERNELS[k], STRIDES[s], DILATIONS[d], _pads(PADS[pad], KERNELS[k])


def _case(name: str, number: int, axes: tuple[Axis, ...], tier: str) -> Iterator[Case]:
    """Yield a call on sizes that three windows and a rest fit into, if it is legal."""
    k, s, d, pads = zip(*axes, strict=True)
    sizes = [
        max(1, extent(k[a], d[a]) + 2 * s[a] + (number + a) % s[a] - sum(pads[a]))
        for a in range(len(axes))
    ]
    pool = Pool(k, s, pads, d, number % EVEN == 1)
    if legal((1, 1, *sizes), pool, DEFAULT):
        yield Case(f"{name}.{number}", pool, (2, 2 ** len(axes), *sizes), ramps, tier=tier)


def _pads(kind: str, k: int) -> tuple[int, int]:
    least = min(1, k - 1)
    kinds = {"none": (0, 0), "both": (k // 2, k // 2), "begin": (least, 0), "end": (0, least)}
    return kinds.get(kind, (k - 1, 0))
