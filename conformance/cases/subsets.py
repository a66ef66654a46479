"""Calls that hold one, two or three of the values on which a fast path goes wrong, and no other.

A kernel may look over all of its input first and choose by what it finds: no number below 0, no
NaN, nothing infinite. Where every placement stands beside every other, none of that is ever so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, dtype_of
from conformance.cases.windows import special_values
from conformance.features import FLOATS, INTEGERS, LOW_PRECISION
from reference.pool import Pool

CALLS = (
    (Pool.of((1, 2)), (1, 2, 2, 18)),
    (Pool.of((2, 3), 1, (1, 0)), (1, 2, 3, 12)),
    (Pool.of(3, 2, 1), (1, 2, 5, 7)),
    (Pool.of((2, 1), (1, 1), 0, (2, 1)), (1, 2, 4, 9)),
)
MOST = 3
"""So many values meet at most: of two that tie and one that is larger or less."""
SMOKE_STEP, LEAST_TWO = 8, (2, 3)
"""The smoke tier has every pair in float32, the two least whole numbers of each type, and every
eighth of the other sets."""


@cache
def subsets() -> tuple[Case, ...]:
    """Return a call for each set of few values in each type; there are four kinds of windows."""
    return tuple(_subsets())


def _subsets() -> Iterator[Case]:
    for dtype in (*FLOATS, *LOW_PRECISION, *INTEGERS):
        values = _values(dtype)
        most = MOST if dtype not in INTEGERS else MOST - 1
        sizes = range(1, most + 1)
        sets = [one for size in sizes for one in itertools.combinations(range(len(values)), size)]
        for number, chosen in enumerate(sets):
            pool, shape = CALLS[number % len(CALLS)]
            pair = dtype == "float32" and len(chosen) < MOST
            least = dtype in INTEGERS and chosen == LEAST_TWO
            tier = "smoke" if pair or least or number % SMOKE_STEP == 0 else "default"
            name = f"only.{'-'.join(map(str, chosen))}-{dtype}"
            yield Case(name, pool, shape, _only(values[list(chosen)]), dtype, tier)


def _values(dtype: str) -> Array:
    """Return the values that are told apart; their places in here are in the ids of the cases."""
    numbers = dtype_of(dtype)
    if dtype in INTEGERS:
        info = np.iinfo(numbers)
        few = [0, 1, info.min, info.min + 1, info.max, info.max // 2 + 1, -1 if info.min else 2]
        return np.array(few, numbers)
    return np.array([*special_values(dtype, "default"), -1.0]).astype(numbers)


def _only(values: Array) -> Fill:
    """Return a fill of these values, each of them somewhere, in no order."""

    def fill(case: Case, seed: int) -> Array:
        where = case.generator(seed).integers(len(values), size=case.shape)
        where.reshape(-1)[: len(values)] = np.arange(len(values))
        return values[where]

    return fill
