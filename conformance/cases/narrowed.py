"""Inputs that a narrower type seems to hold: all numbers whole, or those of the first plane.

A kernel may look at its input, or at the begin of it, to choose the type in which it compares.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, dtype_of
from reference.pool import Pool

BITS = (7, 8, 11, 15, 16, 24, 31, 32, 53, 63, 64)
WIDE = {"float64": 1 + 2.0**-40, "int64": 2**40 + 1, "int32": 2**20 + 1, "float32": 1 + 2.0**-20}
"""A number of each type that a narrower one does not hold."""
EXPONENTS = (-1000, -500, -140, -110, -90, -70, -30, 40, 90, 130, 500, 1000)


@cache
def whole_numbers() -> tuple[Case, ...]:
    """Return small whole numbers with a few that are past what an integer of so many bits holds."""
    found = []
    for dtype, bits, sign in itertools.product(("float32", "float64"), BITS, (1, -1)):
        tier = "smoke" if dtype == "float32" or bits in {31, 53, 63} else "default"
        case_id = f"whole.{dtype}-{'minus-' * (sign < 0)}{bits}"
        fill = _with(float(sign) * 2.0**bits)
        found.append(Case(case_id, Pool.of(2), (1, 2, 16, 16), fill, dtype, tier))
    return tuple(found)


def _with(number: float) -> Fill:
    def fill(case: Case, seed: int) -> Array:
        x = case.generator(seed).integers(-9, 9, case.shape).astype(dtype_of(case.dtype))
        x[..., 2:4, 4:6], x[..., 9, 9] = number, number
        x[..., 3, 4] = 2 * number
        return x

    return fill


@cache
def simple_at_first() -> tuple[Case, ...]:
    """Return planes and rows of which the first are small numbers, and later ones need all bits."""
    shapes = {"planes": (1, 3, 2, 6), "rows": (1, 1, 6, 6), "batch": (3, 1, 2, 6)}
    return tuple(
        Case(f"first.{name}-{dtype}", Pool.of((1, 2), 1), shape, _later(wide), dtype)
        for dtype, wide in WIDE.items()
        for name, shape in shapes.items()
    )


def _later(wide: float) -> Fill:
    def fill(case: Case, _seed: int) -> Array:
        dtype = dtype_of(case.dtype)
        x = np.arange(np.prod(case.shape)).astype(dtype) % dtype.type(3)
        later, step = x[x.size // 2 :], dtype.type(wide - int(wide) or 1)
        later[:] = dtype.type(wide) + (np.arange(later.size) * 7 % 5).astype(dtype) * step
        planes: Array = x.reshape(case.shape)
        return planes

    return fill


@cache
def close_at_any_size() -> tuple[Case, ...]:
    """Return float64 that differ in their last bits, and are very small or very large."""
    return tuple(
        Case(f"close.float64-e{exponent}", Pool.of(2, 1), (1, 2, 4, 5), _close(exponent), "float64")
        for exponent in EXPONENTS
    )


def _close(exponent: int) -> Fill:
    def fill(case: Case, seed: int) -> Array:
        last = case.generator(seed).permutation(int(np.prod(case.shape)))
        close: Array = np.ldexp(1 + last.reshape(case.shape) * 2.0**-52, exponent)
        return close

    return fill


@cache
def many_true() -> tuple[Case, ...]:
    """Return a plane of booleans that are nearly all True, more than float16 or 16 bits count."""
    return tuple(
        Case(f"true.{n}", pool, (1, 1, n, n), _nearly_true, "bool", tier)
        for n, pool, tier in ((65, Pool.of(1), "smoke"), (260, Pool.of(2, 1), "default"))
    )


def _nearly_true(case: Case, _seed: int) -> Array:
    x = np.ones(case.shape, bool)
    x[..., -3:, :] = False
    x[..., -1, 5::7] = True
    return x
