"""Calls in which one element, or a few, win many windows, so that sums show how they are made."""

from __future__ import annotations

from functools import cache

import numpy as np

from conformance.cases.case import Array, Case
from conformance.features import FLOATS, LOW_PRECISION
from reference.pool import Pool

EXACT_BITS = {"float32": 24, "float64": 53, "float16": 11, "bfloat16": 8}
"""Bits of the fraction, the hidden one included."""
LARGEST_SAFE = {"float32": 2.0**100, "float64": 2.0**900, "float16": 2.0**7, "bfloat16": 2.0**100}
"""A factor with which small whole numbers and their sums stay far from overflow."""
SMALLEST = {"float32": 2.0**-149, "float64": 2.0**-1074, "float16": 2.0**-24, "bfloat16": 2.0**-133}
"""The smallest number above 0: a whole number of these is exact."""
PEAKS = (2, 3, 4, 5, 8, 9)


def _peaks(case: Case, seed: int) -> Array:
    """Fill each plane with small numbers and one peak that stands in every window."""
    x = case.generator(seed).integers(-4, 4, case.shape).astype(np.float64)
    x[..., case.shape[-1] // 2] = 9
    return x


@cache
def peaks(*dtypes: str) -> tuple[Case, ...]:
    """Return rows in each of which one element wins every window; odd and even counts of both."""
    return tuple(
        Case(f"sum.{dtype}-k{k}", Pool.of((1, k), 1), (1, 2 + k % 2, 1, 2 * k - 1), _peaks, dtype)
        for dtype in dtypes
        for k in PEAKS
    )


@cache
def crowds() -> tuple[Case, ...]:
    """Return planes of every floating type in which each winner wins a few windows."""
    return tuple(
        Case(f"crowd.{dtype}", Pool.of(3, 1, 1), (2, 3, 5, 6), _crowd, dtype)
        for dtype in (*FLOATS, *LOW_PRECISION)
    )


def _crowd(case: Case, seed: int) -> Array:
    size = case.shape[-1] * case.shape[-2]
    order = np.tile(np.arange(size), (case.shape[0] * case.shape[1], 1))
    return (case.generator(seed).permuted(order, axis=1) - size // 2).reshape(case.shape)
