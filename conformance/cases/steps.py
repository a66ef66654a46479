"""Rows and columns of every type below kernels and strides of every small size, in close numbers.

A fast path is often one for a type, a kernel and a stride, and its rest is one of few windows.
The planes rise towards each corner in turn, so that the first and the last tap of each window
show, by numbers that only all bits of the type tell apart.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, dtype_of, mixed
from conformance.cases.ramps import RISES, ROW, along, pairs, ramps
from conformance.features import TYPES
from reference.pool import Pool

KERNELS = range(2, 10)
LEAST = 9
"""Windows of the shortest row: past a vector of eight."""
RESTS = 8
SMOKE_STEP = 4
"""The smoke tier has every fourth case."""


def close_ramps(case: Case, seed: int) -> Array:
    """Fill planes that rise towards each corner with neighbours among the numbers of the type."""
    x = ramps(case, seed)
    if case.dtype == "bool":
        return np.asarray((x - x.min()) // 2 % (max(case.pool.kernel_size) + 1) == 0)
    return _close((x - x.min()) // 2, case.dtype)


def close_pairs(case: Case, seed: int) -> Array:
    """Fill windows of two that rise and fall in turn with neighbours among the numbers."""
    x = pairs(case, seed)
    return x if case.dtype == "bool" else _close(x.astype(np.int64) - int(x.min()), case.dtype)


def tiny_pairs(case: Case, seed: int) -> Array:
    """Fill windows of two that rise and fall with the least numbers about 0 of a type of floats."""
    dtype = dtype_of(case.dtype)
    if dtype.kind in "iub":
        return close_pairs(case, seed)
    step = pairs(case, seed).astype(np.int64)
    step -= (int(step.min()) + int(step.max())) // 2
    bits = np.abs(step).astype(f"u{dtype.itemsize}").view(dtype)
    return np.asarray(np.where(step < 0, -bits, bits))


def _close(step: Array, name: str) -> Array:
    """Return the number so many steps above one of the type that most narrower ones miss."""
    dtype = dtype_of(name)
    if dtype.kind in "iu":
        wide = dtype.itemsize > 2  # noqa: PLR2004 - what float32 does not hold
        least = np.iinfo(dtype).max - int(step.max()) if wide else np.iinfo(dtype).min // 2
        return np.asarray(step.astype(dtype) + dtype.type(least))
    bits = np.dtype(f"u{dtype.itemsize}")
    return np.asarray((np.ones(step.shape, dtype).view(bits) + step.astype(bits)).view(dtype))


@cache
def of_types() -> tuple[Case, ...]:
    """Return rows and columns of each type below each kernel and stride, without padding."""
    found = []
    for (number, dtype), k, s, axis in itertools.product(
        enumerate(TYPES), KERNELS, (1, 2, 3), (0, 1)
    ):
        rest = (3 * k + 5 * s + 7 * number + axis) % RESTS
        for more in (0, 1) if k <= 3 else (0,):  # noqa: PLR2004 - the most common ones
            out = LEAST + rest + more
            n = (out - 1) * s + k
            kernel, stride = (k, 1) if axis else (1, k), (s, 1) if axis else (1, s)
            plane = (n, 2) if axis else (2, n)
            is_least = (k, s) == (2, 1)
            tier = "default" if (k + s + number + axis) % SMOKE_STEP and not is_least else "smoke"
            name = f"rise.{'wh'[axis]}{out}k{k}s{s}-{dtype}"
            pool = Pool.of(kernel, stride)
            found.append(Case(name, pool, (1, 4, *plane), close_ramps, dtype, tier))
    return tuple(found)


@cache
def typed_counts() -> tuple[Case, ...]:
    """Return channel counts of every rest of 16 in every type, tiled and overlapping."""
    found = []
    for (number, dtype), c in itertools.product(enumerate(TYPES), (5, 7, *range(17, 33), 35, 67)):
        pool = ROW if c % 2 else Pool.of((1, 2), 1)
        for n in (1, 2):
            tier = "smoke" if (c // 2 + number + n) % 4 == 0 else "default"
            name = f"pair.n{n}c{c}-{dtype}"
            fill = close_pairs if n == 1 else tiny_pairs
            found.append(Case(name, pool, (n, c, 1, RISES), fill, dtype, tier))
    return tuple(found)


@cache
def typed_rows() -> tuple[Case, ...]:
    """Return rows of each type of every rest of 16 windows, tiled and overlapping."""
    found = []
    for (number, dtype), out in itertools.product(enumerate(TYPES), (*range(17, 33), 47, 63)):
        s = 1 + (out + number) % 2
        shape, name = (1, 2, 1, (out - 1) * s + 2), f"pair.w{out}-{dtype}"
        tier = "smoke" if (out // 2 + number) % 2 else "default"
        found.append(Case(name, Pool.of((1, 2), (1, s)), shape, close_pairs, dtype, tier))
    return tuple(found)


@cache
def padded() -> tuple[Case, ...]:
    """Return rows and columns below each kernel, stride, padding and dilation."""
    found = []
    for number, (k, s, sides, d) in enumerate(
        itertools.product(KERNELS, (1, 2, 3, 4), ("none", "both", "begin", "end"), (1, 2))
    ):
        begin = k // 2 if sides in {"both", "begin"} else 0
        end = {"both": k // 2, "end": 1}.get(sides, 0)
        axis, out = (number // 2 + number // 8) % 2, LEAST + (k + 2 * s + number) % RESTS
        n = (out - 1) * s + (k - 1) * d + 1 - begin - end
        pool = along((1, 0) if axis else (0, 1), (k, s, (begin, end), d))
        plane = (n, 2) if axis else (2, n)
        tier = "default" if (number + number // 8) % SMOKE_STEP else "smoke"
        name = f"rise.{'wh'[axis]}{out}k{k}s{s}d{d}-{sides}"
        found.append(Case(name, pool, (1, 4, *plane), ramps, tier=tier))
    return tuple(found)


@cache
def whole_windows() -> tuple[Case, ...]:
    """Return windows over a whole plane, line and volume of each type, in close numbers."""
    found = []
    for dtype in TYPES:
        for sizes in ((3, 4), (9,), (2, 3, 2)):
            name = f"rise.all-{'x'.join(map(str, sizes))}-{dtype}"
            shape = (1, 2 ** len(sizes), *sizes)
            found.append(Case(name, Pool.of(sizes), shape, close_ramps, dtype))
            apart = Pool.of((2,) * len(sizes), 1, 0, tuple(n - 1 for n in sizes))
            found.append(Case(f"{name}-apart", apart, shape, close_ramps, dtype, "default"))
    return tuple(found)


@cache
def true_everywhere() -> tuple[Case, ...]:
    """Return windows of 255 to 512 elements that are all True: a sum in a byte is 0 for some."""
    kernels = ((1, 255), (1, 256), (256, 1), (16, 16), (1, 512))
    return tuple(
        Case(f"true.{h}x{w}", Pool.of((h, w)), (1, 2, h, w), _true, "bool") for h, w in kernels
    )


def _true(case: Case, _seed: int) -> Array:
    return np.ones(case.shape, bool)


def _peaks_at(tap: int) -> Fill:
    """Return a fill of different negative numbers, but 9 at one tap of each tiling window."""

    def fill(case: Case, _seed: int) -> Array:
        sizes, kernel = case.shape[-case.pool.rank :], case.pool.kernel_size
        place = np.indices(sizes)
        number = np.zeros(sizes, int)
        for axis, k in enumerate(kernel):
            number = number * k + place[axis] % k
        x = -1 - np.arange(np.prod(case.shape)).reshape(case.shape)
        return np.where(number == tap, 9, x)

    return fill


@cache
def same_maxima() -> tuple[Case, ...]:
    """Return inputs of which several have the same output and winners in other places."""
    calls: dict[str, tuple[Pool, tuple[int, ...]]] = {
        "plane": (Pool.of(2), (2, 2, 4, 6)),
        "line": (Pool.of((3,)), (2, 2, 9)),
        "cube": (Pool.of((1, 2, 2)), (1, 2, 2, 4, 4)),
        "plane-unbatched": (Pool.of(2), (3, 4, 6)),
        "line-unbatched": (Pool.of((3,)), (2, 9)),
    }
    return tuple(
        Case(f"maxima.{name}-at{tap}-{dtype}", pool, shape, _peaks_at(tap), dtype)
        for name, (pool, shape) in calls.items()
        for dtype in ("float32", *(("int16", "float64") if "plane" in name else ()))
        for tap in range(3)
    )


@cache
def grids() -> tuple[Case, ...]:
    """Return rows of more windows than 16 bits count, in types of one and two bytes."""
    dtypes = ("int8", "float16")
    return tuple(
        Case(
            f"outs.n1w66000-{dtype}",
            Pool.of((1, 2)),
            (1, 1, 1, 132000),
            _alternating,
            dtype,
            "default",
        )
        for dtype in dtypes
    ) + tuple(
        Case(f"outs.line{out}-{dtype}", Pool.of((2,), 1), (1, 4, out + 1), _alternating, dtype)
        for dtype in ("int8", "bool", "float16")
        for out in (1026, 2050)
    )


def _alternating(case: Case, _seed: int) -> Array:
    """Fill with numbers that rise and fall by turns, 1 after 0 and 0 after 1, never twice alike."""
    size = int(np.prod(case.shape))
    place = np.arange(size)
    x = np.where(place // 2 % 2, 1 - place % 2, place % 2)
    return x.reshape(case.shape)


@cache
def single_planes() -> tuple[Case, ...]:
    """Return a single plane, or line, of more windows than blocks hold."""
    found = []
    for out in (257, 1025, 2049, 4097):
        for name, pool, shape in (
            ("line", Pool.of((2,)), (1, 1, 2 * out)),
            ("w", Pool.of((1, 2)), (1, 1, 1, 2 * out)),
            ("unbatched", Pool.of((2,)), (1, 2 * out)),
        ):
            tier = "smoke" if out == 2049 or name == "line" else "default"  # noqa: PLR2004
            found.append(Case(f"alone.{name}{out}", pool, shape, _alternating, tier=tier))
    return tuple(found)


@cache
def along_one_axis() -> tuple[Case, ...]:
    """Return volumes below windows that are long on one axis, with rests of 16 on the others."""
    calls = {
        "d": (Pool.of((2, 1, 1)), (4, 5, 7)),
        "h": (Pool.of((1, 2, 1)), (3, 4, 21)),
        "dh": (Pool.of((2, 2, 1)), (4, 2, 19)),
    }
    return tuple(
        Case(f"rest.along-{name}-{dtype}", pool, (1, 2, *plane), mixed, dtype)
        for name, (pool, plane) in calls.items()
        for dtype in ("float32", "uint8", "int8", "float16", "int32")
    )
