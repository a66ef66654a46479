"""Every element type below windows that need every feature at once, and along its whole range."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, dtype_of
from reference.forward import lowest
from reference.pool import Pool

CALLS = {
    "all": (
        Pool((2, 3), (1, 2), ((1, 0), (1, 2)), (2, 1), ceil_mode=True),
        (2, 2, 5, 6),
    ),
    "line": (Pool((3,), (2,), ((1, 1),), (2,)), (2, 2, 8)),
    "cube": (Pool((2, 1, 3), (2, 2, 1), ((0, 1), (0, 0), (1, 1)), (1, 1, 1)), (2, 2, 3, 3, 4)),
    "same": (Pool((3, 2), (2, 2), ((0, 1), (0, 1)), (1, 1), auto_pad="same-upper"), (2, 2, 4, 5)),
    "overlap": (Pool.of((3, 2), 1), (1, 4, 4, 3)),
}


RANKED = {
    "cube-overlap": (Pool.of((2, 2, 2), 1), (1, 4, 3, 3, 4)),
    "cube-dilated": (
        Pool((2, 1, 2), (1, 2, 1), ((0, 0), (0, 0), (1, 1)), (2, 1, 3)),
        (1, 4, 4, 3, 5),
    ),
    "cube-ceil": (Pool.of((2, 2, 2), ceil_mode=True), (1, 4, 3, 4, 5)),
    "line-overlap": (Pool.of((3,), 1), (2, 2, 9)),
    "line-ceil-dilated": (Pool((2,), (3,), ((0, 1),), (3,), ceil_mode=True), (2, 2, 9)),
    "plane-d3": (Pool((2, 2), (1, 3), ((0, 0), (1, 1)), (3, 1)), (1, 4, 7, 8)),
    "plane-d3d4": (Pool((2, 2), (2, 1), ((0, 0), (0, 0)), (3, 4)), (1, 4, 8, 9)),
}


def several_planes(case: Case, seed: int) -> Array:
    """Fill planes with different numbers, ties, the least of the type, and the least but one 1."""
    rank = case.pool.rank
    count, size = math.prod(case.shape[:-rank]), math.prod(case.shape[-rank:])
    generator, dtype = case.generator(seed), dtype_of(case.dtype)
    if case.dtype == "bool":
        x = generator.integers(0, 2, (count, size)).astype(bool)
        x[2 % count] = False
        return x.reshape(case.shape)
    unsigned = dtype.kind == "u"
    order = generator.permuted(np.tile(np.arange(size), (count, 1)), axis=1)
    middle = 0 if dtype.itemsize == 1 else 2 ** (8 * dtype.itemsize - 1) - 255 + size // 2
    # Larger unsigned types lie on both sides of where a signed one changes its sign.
    x = (255 - order).astype(dtype) + dtype.type(middle) if unsigned else 2 * order - size
    x = x.astype(dtype)
    least = 0 if unsigned else np.iinfo(dtype).min if dtype.kind == "i" else -np.inf
    x[1 % count] = (
        generator.integers(250, 252, size) if unsigned else generator.integers(-2, 0, size)
    )
    x[2 % count] = least
    x[3 % count] = least
    x[3 % count, generator.integers(size)] = 1
    return x.reshape(case.shape)


@cache
def all_features(*dtypes: str) -> tuple[Case, ...]:
    """Return calls of each type that need many features together."""
    return tuple(
        Case(f"typed.{name}-{dtype}", pool, shape, several_planes, dtype)
        for dtype in dtypes
        for name, (pool, shape) in CALLS.items()
    )


def extremes(case: Case, seed: int) -> Array:
    """Fill with the least and the largest of the type, their neighbours, and what lies at 0.

    Between them stand the numbers past which a wider or narrower type cannot follow.
    """
    dtype = dtype_of(case.dtype)
    if case.dtype == "bool":
        return case.generator(seed).random(case.shape) < 0.2  # noqa: PLR2004 - a few that are true
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        near = [power + step for power in (0, 2**24, 2**53, -(2**53)) for step in (-1, 0, 1)]
        ends = [info.min, info.min + 1, info.max - 1, info.max, info.max // 2 + 1]
        numbers = [number for number in near if info.min <= number <= info.max] + ends
        values = np.array(numbers, dtype)
    else:
        values = np.concatenate([magnitudes(case.dtype)[::3], magnitudes(case.dtype)[-2:]])
    return values[case.generator(seed).integers(len(values), size=case.shape)]


def close_numbers(case: Case, seed: int) -> Array:
    """Fill with neighbours among the numbers of the type, in no order."""
    dtype = dtype_of(case.dtype)
    order = case.generator(seed).permutation(math.prod(case.shape)).reshape(case.shape)
    if case.dtype == "bool":
        return np.asarray(order == 0)
    if dtype.kind in "iu":
        most = np.iinfo(dtype).max
        return np.asarray(most - (order % 255 if dtype.itemsize == 1 else order).astype(dtype))
    bits = np.dtype(f"u{dtype.itemsize}")
    return np.asarray((np.ones(case.shape, dtype).view(bits) + order.astype(bits)).view(dtype))


@cache
def of_every_rank(*dtypes: str) -> tuple[Case, ...]:
    """Return calls of each type over one to three axes, with the extremes of the type in them."""
    return tuple(
        Case(f"typed.{name}-{dtype}", pool, shape, extremes, dtype, "default")
        for dtype in dtypes
        for name, (pool, shape) in RANKED.items()
    )


@cache
def narrow() -> tuple[Case, ...]:
    """Return planes and volumes of width 1, whose strides can be taken for channels last."""
    calls: dict[str, tuple[Pool, tuple[int, ...]]] = {
        "one-d2": (Pool.of(1, 1, 0, 2), (2, 1, 1)),
        "one-d2-tall": (Pool.of(1, 1, 0, 2), (3, 4, 1)),
        "tall-d2": (Pool.of((2, 1), 1, 0, (2, 1)), (2, 4, 1)),
        "tall": (Pool.of((2, 1)), (3, 4, 1)),
        "cube": (Pool.of((1, 2, 1)), (2, 2, 4, 1)),
    }
    return tuple(
        Case(f"narrow.{name}", pool, (1, *shape), several_planes)
        for name, (pool, shape) in calls.items()
    )


def magnitudes(dtype: str) -> Array:
    """Return floats of every magnitude with their neighbours, ascending."""
    numbers = dtype_of(dtype)
    most = -float(lowest(numbers))
    powers = [2.0**power for power in (-149, -133, -126, -24, -14, -9, -3, 0, 7, 8, 11, 15, 16)]
    powers += [2.0**power for power in (-1074, -1022, -160, 20, 24, 31, 53, 63, 100, 128, 500)]
    others = [0.1, 1e-6, 100.0, 999.0, 9999.0, 65504.0, 65520.0, 99999.0, 999999.0, 1e9, 1e10]
    others += [1e20, 1e30, 3.4e38, 1e300, 1e308]  # what stands for nothing in some library
    with np.errstate(over="ignore"):
        near = np.array([*powers, *others]).astype(numbers)
    near = near[np.isfinite(near.astype(np.float64)) & (near > 0)]
    bits = np.dtype(f"u{numbers.itemsize}")
    steps = near.view(bits)[:, None].astype(np.int64) + np.arange(-1, 3)
    steps = np.unique(steps[(steps > 0) & (steps <= np.array([most], numbers).view(bits))])
    positive = steps.astype(bits).view(numbers)
    return np.concatenate([-positive[::-1], np.zeros(1, numbers), positive])


@cache
def ladders(*dtypes: str) -> tuple[Case, ...]:
    """Return windows of neighbours in order, in reverse, and next but one, up the whole range.

    Once plain, and once with padding above and below.
    """
    calls = {"": Pool.of((1, 2)), "-padded": Pool.of((3, 2), (1, 2), (1, 0))}
    return tuple(_ladder(dtype, name, pool) for dtype in dtypes for name, pool in calls.items())


def _ladder(dtype: str, name: str, pool: Pool) -> Case:
    values = magnitudes(dtype)
    rows = [np.stack([values[:-1], values[1:]], 1), np.stack([values[1:], values[:-1]], 1)]
    rows += [np.stack([values[2:], values[:-2]], 1), np.stack([values[:-2], values[2:]], 1)]
    kept = np.concatenate(rows)
    shape = (1, len(kept), 1, 2)
    return Case(f"ladder.{dtype}{name}", pool, shape, lambda _c, _s: kept.reshape(shape), dtype)
