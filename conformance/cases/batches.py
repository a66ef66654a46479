"""Batches whose items, or channels, hold unlike things: nothing but zeros beside what is not.

A kernel may look at an item, or at all of the batch, and leave out what seems to hold nothing, or
choose a way for all by what one of them holds.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill
from reference.pool import Pool

PARTS = 6
"""Items of a batch, or channels, of each call."""
TYPES = ("float64", "float16", "bfloat16", "int8", "uint8")
CALLS = {
    "tiling": (Pool.of(2), (4, 6)),
    "k3s2p1": (Pool.of(3, 2, 1), (4, 5)),
    "k2s1": (Pool.of(2, 1), (3, 4)),
    "line": (Pool.of((2,), (1,)), (9,)),
    "cube": (Pool.of((2, 2, 2)), (2, 4, 4)),
}


@cache
def unlike_parts() -> tuple[Case, ...]:
    """Return sparse batches, some items of which are empty, and such of six unlike contents."""
    fills = {"sparse": _sparse, "unlike": _unlike}
    found = []
    for name, fill in fills.items():
        for call, (pool, plane) in CALLS.items():
            for axis, lead in (("n", (PARTS, 2)), ("c", (2, PARTS))):
                case_id = f"parts.{name}-{axis}-{call}"
                found.append(Case(case_id, pool, (*lead, *plane), _along(axis, fill)))
        found += [
            Case(f"parts.{name}-{dtype}", Pool.of(2), (PARTS, 2, 4, 6), _along("n", fill), dtype)
            for dtype in TYPES
            if name == "sparse" or not dtype.startswith("u")
        ]
    return tuple(found)


def _along(axis: str, fill: Fill) -> Fill:
    """Return a fill whose parts are batch items or channels."""
    if axis == "n":
        return fill

    def turned(case: Case, seed: int) -> Array:
        n, c, *plane = case.shape
        items = Case(case.id, case.pool, (c, n, *plane), fill, case.dtype)
        return fill(items, seed).swapaxes(0, 1)

    return turned


def _sparse(case: Case, seed: int) -> Array:
    """Fill with zeros, and with some numbers from 1 to 9 in every other item."""
    generator = case.generator(seed)
    x = generator.integers(1, 10, case.shape) * (generator.random(case.shape) < 1 / PARTS)
    x[::2] = 0
    x[1::2].reshape(PARTS // 2, -1)[:, -1] = 9
    return x


def _unlike(case: Case, seed: int) -> Array:
    """Fill with zeros; negative numbers; equals; positive ones; the least of all; any."""
    signed = case.generator(seed).permuted(
        np.tile(np.arange(-60, 60), (PARTS, 1 + case.shape[1])), axis=1
    )
    x = np.resize(signed, case.shape).astype(np.float64)
    x[0], x[2] = 0, -3
    x[1], x[3] = -1 - np.abs(x[1]), 1 + np.abs(x[3])
    x[4] = -np.inf if "int" not in case.dtype else np.iinfo(case.dtype).min
    return x
