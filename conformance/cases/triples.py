"""Calls in which every three parameters of two axes meet in every way, and few of them.

The rows are an orthogonal array: polynomials of degree 2 over the field of seven elements take
every three values at any three places exactly once. Eight parameters of seven values each are
covered three by three in 343 calls, and two by two in the 49 that the smoke tier takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

from conformance.cases.case import Case
from conformance.cases.ramps import ramps
from conformance.oracle import legal
from reference.dialect import DEFAULT
from reference.geometry import extent
from reference.pool import Pool

LEVELS = 7
KERNELS = (2, 3, 1, 4, 5, 2, 3)
STRIDES = (1, 2, 3, 4, 5, 2, 1)
DILATIONS = (1, 2, 3, 1, 2, 1, 4)
PADS = ("none", "both", "begin", "end", "none", "both", "all but one")
EVEN = 2


@cache
def triples() -> tuple[Case, ...]:
    """Return the legal ones of the calls."""
    found = []
    for number, (leading, row) in enumerate(_rows()):
        pool, sizes = _call(row, number)
        if legal((1, 1, *sizes), pool, DEFAULT):
            tier = "default" if leading else "smoke"
            found.append(Case(f"triple.{number}", pool, (2, 4, *sizes), ramps, tier=tier))
    return tuple(found)


def _rows() -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the leading coefficient and eight levels: a polynomial at 0 to 6 and at infinity."""
    for a, b, c in itertools.product(range(LEVELS), repeat=3):
        yield a, (*((a * x * x + b * x + c) % LEVELS for x in range(LEVELS)), a)


def _call(row: tuple[int, ...], number: int) -> tuple[Pool, tuple[int, int]]:
    """Return the parameters of a row, and sizes that three windows and a rest fit into."""
    k, s, d = (
        tuple(values[level] for level in pair)
        for values, pair in ((KERNELS, row[:2]), (STRIDES, row[2:4]), (DILATIONS, row[4:6]))
    )
    pads = tuple(_pads(PADS[level], size) for level, size in zip(row[6:], k, strict=True))
    h, w = (
        max(1, extent(k[a], d[a]) + 2 * s[a] + (number + a) % s[a] - sum(pads[a])) for a in (0, 1)
    )
    return Pool(k, s, pads, d, number % EVEN == 1), (h, w)


def _pads(kind: str, k: int) -> tuple[int, int]:
    least = min(1, k - 1)
    kinds = {"none": (0, 0), "both": (k // 2, k // 2), "begin": (least, 0), "end": (0, least)}
    return kinds.get(kind, (k - 1, 0))
