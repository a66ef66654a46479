"""Calls in which one element, or a few, win many windows, so that sums show how they are made."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, constant, dtype_of, plane_distinct
from conformance.cases.ramps import along
from conformance.features import FLOATS, LOW_PRECISION
from reference.pool import Pool

EXACT_BITS = {"float32": 24, "float64": 53, "float16": 11, "bfloat16": 8}
"""Bits of the fraction, the hidden one included."""
LARGEST_SAFE = {"float32": 2.0**100, "float64": 2.0**900, "float16": 2.0**7, "bfloat16": 2.0**100}
"""A factor with which small whole numbers and their sums stay far from overflow."""
SMALLEST = {"float32": 2.0**-149, "float64": 2.0**-1074, "float16": 2.0**-24, "bfloat16": 2.0**-133}
"""The smallest number above 0: a whole number of these is exact."""
LOST_BESIDE_THE_LARGEST = {"float16": 8.0, "bfloat16": 2.0**118}
"""A quarter of the step at the largest number, to which the sum of both is rounded."""
EVERY = (*FLOATS, *LOW_PRECISION)
PEAKS = (2, 3, 4, 5, 8, 9)


def _peaks(case: Case, seed: int) -> Array:
    """Fill each plane with small numbers and one peak that stands in every window."""
    x = case.generator(seed).integers(-4, 4, case.shape).astype(np.float64)
    x[..., case.shape[-1] // 2] = 9
    return x


@cache
def peaks(*dtypes: str) -> tuple[Case, ...]:
    """Return rows in each of which one element wins every window; odd and even counts of both."""
    found = []
    for dtype, k in itertools.product(dtypes, PEAKS):
        row, n = Pool.of((1, k), 1), 2 * k - 1
        found.append(Case(f"sum.{dtype}-k{k}", row, (1, 2 + k % 2, 1, n), _peaks, dtype))
        if k % 2 == 0:
            apart = Pool.of((2, k), 1, 0, (2, 1))
            found.append(Case(f"sum.{dtype}-k{k}d2", apart, (1, 2, 3, n), _single_peaks, dtype))
            found.append(Case(f"sum.{dtype}-line{k}", Pool.of((k,), 1), (1, 3, n), _peaks, dtype))
            deep = Pool.of((k, 1, 2), 1)
            shape = (1, 2, n, 1, 2)
            found.append(Case(f"sum.{dtype}-cube{k}", deep, shape, _deep_peaks, dtype))
    return tuple(found)


def _single_peaks(case: Case, seed: int) -> Array:
    """Fill each plane with small numbers and one peak in the middle of its first row."""
    x = case.generator(seed).integers(-4, 4, case.shape).astype(np.float64)
    x[..., 0, case.shape[-1] // 2] = 9
    return x


def _deep_peaks(case: Case, seed: int) -> Array:
    """Fill each volume with small numbers and one peak in its middle slice."""
    x = case.generator(seed).integers(-4, 4, case.shape).astype(np.float64)
    x[:, :, case.shape[2] // 2, 0, 0] = 9
    return x


@cache
def shared() -> tuple[Case, ...]:
    """Return a row of float16 in which each window holds two equals."""
    row = Pool.of((1, 2), 1)
    return (Case("sum.float16-shared", row, (1, 2, 1, 9), constant(2.0), "float16"),)


@cache
def common_steps() -> tuple[Case, ...]:
    """Return rows and columns whose stride and dilation have a divisor in common, and more.

    A few windows claim one element, at a multiple of both: the others between them do not read it.
    """
    found = []
    for s, d in ((2, 2), (2, 4), (4, 2), (4, 6), (6, 4), (6, 9), (9, 6), (3, 2), (2, 3)):
        meet = math.lcm(s, d)
        k, windows = meet // d + 2, meet // s + 3
        n = (windows - 1) * s + (k - 1) * d + 1
        for name, here in {"w": (0, 1), "h": (1, 0)}.items():
            pool, plane = along(here, (k, s, (0, 0), d)), (n if one else 1 for one in here)
            tier = "smoke" if name == "w" or (s, d) == (4, 6) else "default"
            case_id = f"sum.common-{name}s{s}d{d}"
            found.append(Case(case_id, pool, (1, 2, *plane), _claimed(meet), tier=tier))
    return tuple(found)


def _claimed(place: int) -> Fill:
    """Return a fill of different numbers and a peak at a place of the long axis, or the next."""

    def fill(case: Case, seed: int) -> Array:
        x = plane_distinct(case, seed)
        lines = x.reshape(2, -1)
        lines[0, place] = lines[1, 2 * place] = x.max() + 2
        return x

    return fill


@cache
def crowds() -> tuple[Case, ...]:
    """Return planes of every floating type in which each winner wins a few windows."""
    return tuple(
        Case(f"crowd.{dtype}", Pool.of(3, 1, 1), (2, 3, 5, 6), _crowd, dtype) for dtype in EVERY
    )


@cache
def ranked_crowds() -> tuple[Case, ...]:
    """Return lines, volumes and planes of every floating type below other kernels and steps."""
    calls = {
        "line": (Pool.of((4,), 1), (2, 3, 11)),
        "cube": (Pool.of((3, 2, 2), 1), (1, 2, 5, 4, 3)),
        "dilated": (Pool.of(3, 1, 1, 2), (1, 2, 7, 8)),
        "strided": (Pool.of(3, 2, 1), (1, 2, 5, 6)),
        "tiling": (Pool.of(2), (2, 3, 6, 4)),
    }
    return tuple(
        Case(f"crowd.{name}-{dtype}", pool, shape, _crowd, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in EVERY
    )


@cache
def long_crowds() -> tuple[Case, ...]:
    """Return axes of more windows than a tile has, in types whose sums are rounded."""
    n = 133
    calls = {
        "h": (Pool.of((9, 1), 1), (1, 2, n, 2)),
        "w": (Pool.of((2, 9), 1), (1, 2, 3, n)),
        "line": (Pool.of((8,), 1), (1, 2, n)),
        "d": (Pool.of((9, 1, 1), 1), (1, 2, n, 1, 2)),
    }
    return tuple(
        Case(f"crowd.long-{name}-{dtype}", pool, shape, _crowd, dtype, tier)
        for name, (pool, shape) in calls.items()
        for dtype, tier in zip(LOW_PRECISION, ("smoke", "default"), strict=True)
    )


@cache
def wide_crowds() -> tuple[Case, ...]:
    """Return planes of more windows than a block of thousands has, whose sums are rounded."""
    pool = Pool.of(3, 1)
    return (
        Case("crowd.wide-float16", pool, (1, 1, 37, 75), _ladder, "float16"),
        Case("crowd.wide-bfloat16", pool, (1, 1, 67, 69), _ladder, "bfloat16", "default"),
    )


def _ladder(case: Case, seed: int) -> Array:
    """Fill a plane with neighbouring numbers of a type of 16 bits, all different and above 0."""
    steps = np.arange(0x2000, 0x2000 + math.prod(case.shape), dtype=np.uint16)
    order = case.generator(seed).permutation(steps)
    return order.view(dtype_of(case.dtype)).reshape(case.shape)


@cache
def tiled() -> tuple[Case, ...]:
    """Return rows of many windows that do not overlap, of every floating type."""
    return tuple(
        Case(f"tile.every-{dtype}", Pool.of((1, 2)), (1, 2, 5, 96), _crowd, dtype)
        for dtype in EVERY
    )


@cache
def rising() -> tuple[Case, ...]:
    """Return planes, lines and volumes that overlap, where each window has a winner of its own."""
    calls = {
        "plane": (Pool.of((2, 3), 1), (1, 2, 4, 60), EVERY),
        "line": (Pool.of((3,), 1), (1, 2, 200), FLOATS),
        "cube": (Pool.of(2, 1, rank=3), (1, 1, 3, 4, 60), FLOATS[:1]),
    }
    return tuple(
        Case(f"rise.every-{name}-{dtype}", pool, shape, _rising, dtype)
        for name, (pool, shape, dtypes) in calls.items()
        for dtype in dtypes
    )


def _rising(case: Case, _seed: int) -> Array:
    size = math.prod(case.shape[2:])
    return np.broadcast_to(np.arange(size) - size // 2, (*case.shape[:2], size)).reshape(case.shape)


def _crowd(case: Case, seed: int) -> Array:
    size = math.prod(case.shape[2:])
    order = np.tile(np.arange(size), (case.shape[0] * case.shape[1], 1))
    return (case.generator(seed).permuted(order, axis=1) - size // 2).reshape(case.shape)


@cache
def repeated() -> tuple[Case, ...]:
    """Return planes whose winners win many windows, some of more windows than a block holds."""
    return (
        Case("repeat.k7s1", Pool.of(7, stride=1), (2, 2, 12, 13), plane_distinct),
        Case("repeat.k9s1", Pool.of((1, 9), stride=1), (3, 3, 5, 30), plane_distinct),
        Case("repeat.k2", Pool.of(2), (3, 5, 8, 6), plane_distinct),
        *(
            Case(f"repeat.large-{dtype}", Pool.of(3, 1, 1), (1, 2, 41, 53), plane_distinct, dtype)
            for dtype in ("float32", "float64", "float16")
        ),
    )
