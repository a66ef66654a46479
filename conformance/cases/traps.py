"""Neighbours among the numbers on which a narrower or another type goes wrong, below any kernel.

A fast path for some kernels often compares in a type of its own: signed where the input is not,
in float where it is whole, without subnormal numbers. What it loses is the difference of two
neighbours. Here all of a window is the lower one and a single tap, the last more often than
others, is the next; some windows hold one number throughout, as often as a counter can hold.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill
from conformance.cases.types import extremes
from conformance.features import TYPES
from reference.pool import Pool

KERNELS = (
    *((2, 2), (3, 3), (4, 4), (5, 5), (7, 7), (8, 8), (9, 9), (11, 11), (16, 16), (17, 16)),
    *((1, 3), (2, 1), (5, 1), (1, 16), (65, 1), (1, 64), (1, 257), (256, 1)),
    *((2, 2, 2), (3, 3, 3), (4, 4, 4), (1, 5, 5), (5, 7, 2), (3,), (33,), (100,)),
)
LONE = (
    *(((6, 6), (7, 7)), ((7, 7), (7, 7)), ((8, 8), (9, 15)), ((16, 16), (16, 16))),
    *(((17, 16), (20, 18)), ((33, 32), (33, 40)), ((1, 64), (1, 70)), ((256, 1), (300, 1))),
    *(((1, 257), (1, 257)), ((40,), (47,)), ((300,), (301,)), ((4, 4, 4), (5, 4, 6))),
    ((7, 7, 7), (7, 7, 7)),
)
"""Kernels, and planes into which one such window fits."""
SMOKE_STEP = 6
"""The smoke tier has every sixth case."""


@cache
def traps() -> tuple[Case, ...]:
    """Return two windows of each kernel in each type, side by side or one step apart."""
    found = []
    for number, dtype in enumerate(TYPES):
        for place, kernel in enumerate(KERNELS):
            is_tiled = (number + place) % 2 == 0
            pool = Pool.of(kernel) if is_tiled else Pool.of(kernel, 1)
            sizes = (*kernel[:-1], kernel[-1] * 2 if is_tiled else kernel[-1] + 1)
            planes = 2 * (len(_ascending(dtype)) - 1) + 2
            name = f"trap.{'x'.join(map(str, kernel))}-{dtype}"
            counts = kernel == (16, 16) and dtype in {"uint8", "int8"}  # more than a byte can
            tier = "smoke" if counts or (number + place) % SMOKE_STEP == 0 else "default"
            found.append(Case(name, pool, (1, planes, *sizes), _neighbours(dtype), dtype, tier))
    return tuple(found)


@cache
def lone() -> tuple[Case, ...]:
    """Return single windows of each plane, in float64 and in another type each."""
    others = [dtype for dtype in TYPES if dtype != "float64"]
    found = []
    for number, (kernel, plane) in enumerate(LONE):
        for dtype in ("float64", others[number % len(others)]):
            name = f"lone.{'x'.join(map(str, kernel))}-{dtype}"
            found.append(Case(name, Pool.of(kernel), (1, 5, *plane), _one_above, dtype))
    return tuple(found)


def _one_above(case: Case, _seed: int) -> Array:
    """Fill the window with one number, its next one somewhere, and the rest with the largest."""
    values, kernel, planes = _ascending(case.dtype), case.pool.kernel_size, case.shape[1]
    number, above = values[-5:-3] if len(values) > len("01") else values
    taps = math.prod(kernel)
    window = np.full((planes, taps), number)
    for plane, tap in enumerate((taps - 1, taps - 2, taps // 2, 0)):  # in the last one all tie
        window[plane, tap] = above
    x, inside = np.full(case.shape, values[-1]), [slice(k) for k in kernel]
    x[(slice(None), slice(None), *inside)] = window.reshape(1, planes, *kernel)
    return x


def _ascending(dtype: str) -> Array:
    values = extremes(dtype)
    if values.dtype.kind in "iub":
        return values
    return np.concatenate([values[:1] * np.inf, values, values[-1:] * np.inf])


def _neighbours(dtype: str) -> Fill:
    """Return a fill of two planes for each two neighbours, and two of a single number."""

    def fill(case: Case, _seed: int) -> Array:
        values, size = _ascending(dtype), math.prod(case.shape[2:])
        x = np.empty((case.shape[1], size), values.dtype)
        x[:-2:2], x[1:-2:2] = values[:-1, None], values[:-1, None]
        pairs = np.arange(len(values) - 1)
        x[2 * pairs, size - 1] = values[1:]
        x[2 * pairs + 1, pairs * 5 % size] = values[1:]
        x[-2], x[-1] = values[len(values) // 2], values[-1]
        return x.reshape(case.shape)

    return fill
