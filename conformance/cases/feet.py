"""Every type below windows of every kind, with one larger element at each position in turn.

In one plane per position that element is one step of the type above all others, in another it
is one step above the least of the type, and in a third it is NaN: whatever window loses it is
seen, in any type and for any features together. In the last planes, which kernels treat apart,
it is the last element of the last window.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, dtype_of
from conformance.cases.words import resolved
from conformance.features import TYPES
from conformance.witness import members
from reference.dialect import DEFAULT
from reference.forward import lowest
from reference.pool import Pool

NONE, ONE = (0, 0), (1, 1)
CALLS: dict[str, tuple[Pool, tuple[int, ...]]] = {
    "tile": (Pool.of(2), (4, 4)),
    "overlap": (Pool.of((3, 2), 1), (4, 3)),
    "padded": (Pool.of(3, 2, 1), (4, 5)),
    "lopsided": (Pool((2, 3), (1, 2), ((1, 0), (0, 2)), (1, 1)), (3, 5)),
    "dilated": (Pool.of(2, 1, 0, 2), (4, 5)),
    "dilated-padded": (Pool((2, 3), (3, 1), (ONE, ONE), (1, 2)), (4, 5)),
    "dilated-lopsided": (Pool((2, 2), (2, 1), (NONE, (1, 0)), (1, 3)), (3, 5)),
    "ceil": (Pool.of((2, 3), ceil_mode=True), (3, 5)),
    "ceil-dilated": (Pool((2, 2), (1, 2), (NONE, (0, 1)), (2, 1), ceil_mode=True), (4, 4)),
    "ceil-padded": (Pool((3, 2), (2, 2), (ONE, ONE), (1, 1), ceil_mode=True), (4, 3)),
    "gaps": (Pool.of((1, 2), (2, 3)), (4, 5)),
    "gaps-padded": (Pool((2, 2), (3, 4), (ONE, ONE), (1, 1)), (4, 5)),
    "gaps-dilated": (Pool((1, 3), (2, 4), (NONE, NONE), (1, 2), ceil_mode=True), (3, 8)),
    "line": (Pool((3,), (1,), (NONE,), (1,)), (6,)),
    "line-padded": (Pool((3,), (2,), (ONE,), (2,)), (8,)),
    "line-gaps": (Pool((2,), (3,), (NONE,), (1,)), (8,)),
    "line-ceil": (Pool((3,), (3,), ((0, 1),), (3,), ceil_mode=True), (10,)),
    "cube": (Pool((2, 2, 2), (2, 2, 2), (NONE,) * 3, (1, 1, 1)), (2, 4, 2)),
    "cube-overlap": (Pool((2, 1, 2), (1, 1, 1), (NONE,) * 3, (1, 1, 1)), (3, 2, 3)),
    "cube-padded": (Pool((2, 3, 2), (2, 1, 2), (ONE, ONE, (0, 1)), (1, 1, 1)), (2, 3, 3)),
    "cube-dilated": (Pool((2, 1, 2), (1, 2, 1), (NONE, NONE, ONE), (2, 1, 3)), (3, 2, 4)),
    "cube-ceil": (Pool((2, 2, 2), (2, 2, 1), (NONE,) * 3, (1, 1, 1), ceil_mode=True), (3, 3, 3)),
}
SAME = {
    "plane": ((4, 5), (3, 2), (2, 1), (1, 2)),
    "line": ((8,), (3,), (2,), (2,)),
    "cube": ((2, 3, 4), (2, 1, 3), (1, 2, 2), (1, 1, 2)),
}
"""Sizes, kernel_size, stride and dilation of calls that are padded by a SAME word."""


def _calls() -> dict[str, tuple[Pool, tuple[int, ...]]]:
    found = dict(CALLS)
    for name, (n, k, s, d) in SAME.items():
        for word in ("same-upper", "same-lower"):
            found[f"{word}-{name}"] = (resolved(Pool.of(k, s, 0, d, auto_pad=word), n), n)
    return found


@cache
def of_types(*dtypes: str) -> tuple[Case, ...]:
    """Return every kind of call in each type, some without a batch axis."""
    found = []
    for dtype in dtypes:
        for number, (name, (pool, sizes)) in enumerate(_calls().items(), TYPES.index(dtype)):
            planes = (math.prod(sizes) + 1) * len(_contrasts(dtype))
            lead = (planes,) if number % 3 == 0 else (-(-planes // 2), 2)
            found.append(Case(f"foot.{name}-{dtype}", pool, (*lead, *sizes), peaks, dtype))
    return tuple(found)


def peaks(case: Case, _seed: int) -> Array:
    """Fill planes with one number, and with another at one position each."""
    size = math.prod(case.shape[-case.pool.rank :])
    count = math.prod(case.shape) // size
    contrasts = _contrasts(case.dtype)
    x = np.empty((count, size), dtype_of(case.dtype))
    sizes = case.shape[-case.pool.rank :]
    last = members(sizes, case.pool, DEFAULT.ceil if case.pool.ceil_mode else "floor")[1][-1].max()
    for plane in range(count):
        low, high = contrasts[plane % len(contrasts)]
        x[plane] = low
        behind = count - len(contrasts) <= plane
        x[plane, last if behind else plane // len(contrasts) % size] = high
    return x.reshape(case.shape)


def _contrasts(dtype: str) -> list[tuple[object, object]]:
    """Return pairs of a number and one above it that a neighbouring type cannot tell apart."""
    numbers = dtype_of(dtype)
    if dtype == "bool":
        return [(False, True)]
    if numbers.kind in "iu":
        least = np.iinfo(numbers).min
        near = {"int8": -1, "int16": 2**11, "int32": 2**24, "int64": 2**53}
        low = near.get(dtype, 2 ** (8 * numbers.itemsize - 1) - 1)
        return [(low, low + 1), (least, least + 1)]
    one = np.ones(1, numbers)
    above = one.view(f"u{numbers.itemsize}") + 1
    return [(1, above.view(numbers)[0]), (-np.inf, lowest(numbers)), (1, np.nan)]
