"""Inputs that are nearly of one number, and large windows in which a few elements are equal.

Whoever takes a short way for an input that is constant, sparse or sorted takes it here; whoever
reduces a large window piece by piece meets equals in two pieces that the row-major order takes
in another turn.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, constant
from reference.pool import Pool

NUMBERS = {
    "0": 0.0,
    "-0": -0.0,
    "-1": -1.0,
    "3": 3.0,
    "inf": np.inf,
    "-inf": -np.inf,
    "nan": np.nan,
}
PIECES = ((4, 4), (6, 6), (8, 8), (16, 16), (4, 8), (16, 2), (2, 32), (9, 9), (32, 32), (12, 16))
"""Windows that a pyramid, a tree or blocks reduce."""
PIECES_IN_SMOKE = 5
CASCADED = {5: "smoke", 9: "smoke", 13: "smoke", 7: "default", 11: "default", 15: "default"}
"""Windows that are pooled as several smaller ones, one after the other, by stride 1."""
SHARED = {
    "16x16": ((16, 16), (16, 32)),
    "1x512": ((1, 512), (2, 512)),
    "3x683": ((3, 683), (3, 683)),
    "256x256": ((256, 256), (256, 256)),
}


@cache
def nearly_constant() -> tuple[Case, ...]:
    """Return inputs of one number but for a window, or an element, of another."""
    calls = {"tiling": Pool.of(2), "padded": Pool.of(3, 2, 1)}
    others = {name: number for name, number in NUMBERS.items() if name != "3"}
    found = []
    for pool_name, pool in calls.items():
        for (name, number), (other, there) in itertools.product(NUMBERS.items(), others.items()):
            for extent in (2, 1):
                case_id = f"nearly.{pool_name}-{name}-{extent}x{other}"
                tier = "smoke" if extent == pool.kernel_size[0] or number < 0 else "default"
                fill = _but_for(number, there, extent)
                if name != other:
                    found.append(Case(case_id, pool, (1, 2, 8, 8), fill, tier=tier))
    return tuple(found)


def _but_for(number: float, there: float, extent: int) -> Fill:
    def fill(case: Case, _seed: int) -> Array:
        x = np.full(case.shape, number)
        x[:, -1, 4 : 4 + extent, 2 : 2 + extent] = there
        return x

    return fill


@cache
def in_pieces() -> tuple[Case, ...]:
    """Return large windows that tile, in each of which two elements are the largest."""
    found = []
    for number, (k, w) in enumerate(PIECES):
        across, down = max(1, 64 // w), max(1, 64 // k)
        tier = "smoke" if number < PIECES_IN_SMOKE else "default"
        shape = (1, 4, k * down, w * across)
        found.append(Case(f"equals.{k}x{w}", Pool.of((k, w)), shape, _two_in_each, tier=tier))
    found.append(Case("equals.4x4x4", Pool.of((4, 4, 4)), (1, 4, 8, 8, 16), _two_in_each))
    return tuple(found)


def _two_in_each(case: Case, seed: int) -> Array:
    """Fill with 0, and a 1 at two places of each window."""
    kernel = case.pool.kernel_size
    windows = [n // k for n, k in zip(case.shape[2:], kernel, strict=True)]
    taps, count = int(np.prod(kernel)), int(np.prod((*case.shape[:2], *windows)))
    order = case.generator(seed).permuted(np.tile(np.arange(taps), (count, 1)), axis=1)
    x = np.isin(order, (0, 1)).reshape(*case.shape[:2], *windows, *kernel)
    rank = len(kernel)
    turned = [place for axis in range(2, 2 + rank) for place in (axis, axis + rank)]
    return x.transpose(0, 1, *turned).reshape(case.shape).astype(int)


@cache
def in_turns() -> tuple[Case, ...]:
    """Return planes of few ones below large windows that move by one, as pyramids of them do."""
    return tuple(
        Case(f"equals.k{k}s1", Pool.of(k, 1, k // 2), (1, 4, 14, 15), few_ones, tier=tier)
        for k, tier in CASCADED.items()
    ) + tuple(
        Case(f"equals.k{k}s1p0", Pool.of(k, 1), (1, 6, k + 3, k + 2), few_ones)
        for k in (12, 17, 24)
    )


def few_ones(case: Case, seed: int) -> Array:
    """Fill with 0, and a 1 here and there: about four in each window."""
    chance = 4 / np.prod(case.pool.kernel_size)
    return (case.generator(seed).random(case.shape) < chance).astype(int)


@cache
def shared() -> tuple[Case, ...]:
    """Return windows of more equal elements than bytes, 11 bits or a float16 can count."""
    found = [
        Case(f"equals.all-{name}", Pool.of(kernel), (1, 2, *plane), constant(1.0))
        for name, (kernel, plane) in SHARED.items()
    ]
    kernel, plane = SHARED["256x256"]
    return *found, *(
        Case(f"equals.all-256x256-{dtype}", Pool.of(kernel), (1, 2, *plane), constant(1.0), dtype)
        for dtype in ("float16", "bfloat16", "float64")
    )
