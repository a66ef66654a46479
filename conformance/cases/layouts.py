"""Calls that are handed over in every memory layout."""

from __future__ import annotations

import numpy as np

from conformance.cases.case import Array, Case, Fill, plane_distinct, tied
from conformance.cases.reach import scattered
from reference.pool import Pool


def in_all(dtype: str = "float32") -> tuple[Case, ...]:
    """Return every kind of window, for one plane and for several."""
    pools = {
        "tiling": (Pool.of(2), (4, 6)),
        "tall": (Pool.of((3, 1)), (6, 4)),
        "one": (Pool.of(1), (3, 4)),
        "overlap": (Pool.of(2, stride=1), (3, 5)),
        "padded": (Pool.of(3, stride=2, padding=1), (5, 6)),
        "dilated": (Pool.of(2, stride=(1, 2), dilation=2), (5, 6)),
        "ceil": (Pool.of(2, ceil_mode=True), (5, 3)),
    }
    first = dict.fromkeys(("tiling", "tall", "one", "padded", "dilated"), "smoke")
    return tuple(
        Case(f"layout.{name}-n{n}c{c}-{dtype}", pool, (n, c, *plane), plane_distinct, dtype, tier)
        for name, (pool, plane) in pools.items()
        for n, c, tier in ((2, 3, first.get(name, "default")), (1, 1, "default"), (3, 5, "default"))
    )


def unlike_axes() -> tuple[Case, ...]:
    """Return calls whose axes differ in one parameter only, which whoever turns planes mixes up."""
    k3, k2, flat = (3, 3), (2, 2), (1, 1)
    pools = {
        "kernels": Pool.of((3, 2), 1),
        "strides": Pool.of(2, (1, 2)),
        "dilations": Pool.of(2, 1, 0, (2, 1)),
        "paddings": Pool.of(3, 1, (1, 0)),
        "begins": Pool(k3, flat, ((0, 0), (1, 0)), flat),
        "ends": Pool(k3, flat, ((0, 1), (0, 0)), flat),
        "sides": Pool(k3, k2, ((0, 1), (1, 0)), flat),
    }
    return tuple(
        Case(f"layout.unlike-{name}", pool, (2, 3, 5, 5), plane_distinct)
        for name, pool in pools.items()
    )


def single() -> tuple[Case, ...]:
    """Return calls of one batch item, one channel, one row or one column."""
    calls = {
        "item": (Pool.of(2), (1, 3, 4, 4)),
        "channel": (Pool.of(2, 1), (2, 1, 3, 4)),
        "row": (Pool.of((1, 2)), (1, 2, 1, 6)),
        "column": (Pool.of((2, 1), 1), (2, 2, 4, 1)),
        "line": (Pool.of((2,)), (1, 3, 6)),
        "slice": (Pool.of((1, 2, 2)), (1, 2, 1, 4, 4)),
        "plane": (Pool.of(2), (1, 1, 2, 4)),
        "dilated": (Pool.of((1, 3), 1, (0, 1), (1, 2)), (1, 1, 2, 6)),
        "dilated-column": (Pool.of((3, 1), 1, (1, 0), (3, 1)), (1, 2, 8, 1)),
    }
    return tuple(
        Case(f"layout.single-{name}", pool, shape, plane_distinct)
        for name, (pool, shape) in calls.items()
    )


def whole_planes() -> tuple[Case, ...]:
    """Return windows that hold their whole plane, of fewer and of more taps than a byte counts."""
    calls = {
        "plane": (Pool.of((4, 6)), (2, 3, 4, 6)),
        "large": (Pool.of((17, 16)), (2, 3, 17, 16)),
        "line": (Pool.of((9,)), (2, 3, 9)),
        "cube": (Pool.of((2, 3, 2)), (2, 3, 2, 3, 2)),
    }
    return tuple(
        Case(f"layout.whole-{name}-{dtype}", pool, shape, plane_distinct, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in ("float32", "float64", "float16")
        if dtype == "float32" or name == "plane"
    )


def far_places(*dtypes: str) -> tuple[Case, ...]:
    """Return planes of more elements than 16 bits count, few windows of which reach across."""
    pool = Pool.of((2, 3), (13, 16))
    return tuple(
        Case(f"layout.far-{dtype}", pool, (1, 2, 263, 260), scattered, dtype) for dtype in dtypes
    )


def of_equals() -> tuple[Case, ...]:
    """Return planes with ties, and with one NaN each, so that no winner is open."""
    pools = {"tiling": Pool.of(2), "k3s1p1": Pool.of(3, 1, 1), "d2": Pool.of(2, 1, 0, 2)}
    fills: dict[str, Fill] = {"tied": tied, "nan": _one_nan}
    found = [
        Case(f"layout.{content}-{name}", pool, (2, 3, 4, 6), fill)
        for name, pool in pools.items()
        for content, fill in fills.items()
    ]
    found += [
        Case(f"layout.{content}-{dtype}", Pool.of(2, 1), (2, 4, 3, 4), fill, dtype)
        for dtype in ("float16", "bfloat16", "float64")
        for content, fill in fills.items()
    ]
    return tuple(found)


def _one_nan(case: Case, seed: int) -> Array:
    """Fill with different numbers and a NaN in each plane, at another place in the next."""
    x = plane_distinct(case, seed).astype(np.float64)
    planes = x.reshape(case.shape[0] * case.shape[1], -1)
    planes[np.arange(len(planes)), np.arange(len(planes)) * 5 % planes.shape[1]] = np.nan
    return x
