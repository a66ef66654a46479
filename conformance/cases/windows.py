"""Every pattern inside a small window: all orders, and all placements of special values.

The patterns stand side by side along the channels, so thousands of windows cost one call.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

import numpy as np

from conformance.cases.case import TIERS, Array, Case, Fill, dtype_of
from reference.pool import Pool

SHAPES = {1: ((1, 1),), 2: ((1, 2), (2, 1)), 3: ((1, 3), (3, 1)), 4: ((2, 2), (1, 4), (4, 1))}


SMOKE_WINDOWS = {"2x2", "1x3", "overlap", "padded", "padded2", "dilated"}
"""Where the smoke tier places the special values of float32; of other types, in less."""


def weak_orders(size: int) -> list[tuple[int, ...]]:
    """Return every pattern of ties and order of `size` elements: 75 for four."""
    tuples = itertools.product(range(size), repeat=size)
    return [row for row in tuples if set(row) == set(range(max(row) + 1))]


@cache
def orders(dtype: str = "float32") -> tuple[Case, ...]:
    """Return a case per window shape of up to four taps, holding every weak order."""
    name = "" if dtype == "float32" else f"-{dtype}"
    found = []
    for size, shapes in SHAPES.items():
        rows = np.array(weak_orders(size)) + (0 if dtype in {"bool", "uint8"} else -2)
        for shape in shapes:
            case_id = f"orders.{shape[0]}x{shape[1]}{name}"
            found.append(_side_by_side(case_id, rows, shape, Pool.of(shape), dtype))
    return tuple(found)


def _side_by_side(  # noqa: PLR0913, PLR0917 - what a family of windows is made of
    name: str, rows: Array, plane: tuple[int, ...], pool: Pool, dtype: str, tier: str = "smoke"
) -> Case:
    shape = (1, len(rows), *plane)
    kept = np.asarray(rows, dtype_of(dtype)).reshape(shape)
    return Case(name, pool, shape, lambda _case, _seed: kept, dtype, tier)


def special_values(dtype: str, tier: str) -> list[float]:
    """Return the values whose placements are enumerated, as exact floats."""
    if dtype == "float32":
        tiny, most = 2.0**-149, float(np.finfo(np.float32).max)
    elif dtype == "float16":
        tiny, most = 2.0**-24, 65504.0
    elif dtype == "bfloat16":
        tiny, most = 2.0**-133, 2.0**127 * (2 - 2.0**-7)
    else:
        tiny, most = 5e-324, float(np.finfo(np.float64).max)
    few = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0]
    return few if tier == "smoke" else [*few, -most, most, tiny, -tiny]


@cache
def specials(tier: str, dtype: str = "float32") -> tuple[Case, ...]:
    """Return every placement of the special values in windows of up to four taps."""
    found: list[Case] = []
    for level in TIERS[: min(TIERS.index(tier), 1) + 1]:
        values = special_values(dtype, level)
        for name, taps, plane, pool in _special_windows():
            first = name in ({"1x3", "padded"} if dtype != "float32" else SMOKE_WINDOWS)
            shape = (1, len(values) ** taps, *plane)
            case_id = f"special.{name}-{dtype}" + ("" if level == "smoke" else "-more")
            at = level if first else "default"
            found.append(Case(case_id, pool, shape, _placements(values, taps), dtype, at))
    return tuple(found)


def _placements(values: list[float], taps: int) -> Fill:
    """Return a fill of planes that hold the values in every way."""

    def fill(case: Case, _seed: int) -> Array:
        which = np.indices((len(values),) * taps).reshape(taps, -1).T
        return np.array(values)[which].astype(dtype_of(case.dtype)).reshape(case.shape)

    return fill


def _special_windows() -> Iterator[tuple[str, int, tuple[int, ...], Pool]]:
    """Yield windows that tile, that overlap, that are padded, and that are dilated."""
    yield "2x2", 4, (2, 2), Pool.of(2)
    yield "1x3", 3, (1, 3), Pool.of((1, 3))
    yield "4x1", 4, (4, 1), Pool.of((4, 1))
    yield "overlap", 3, (1, 3), Pool.of((1, 2), stride=1)
    yield "padded", 3, (3, 1), Pool.of((3, 1), stride=(1, 1), padding=((1, 1), (0, 0)))
    yield "padded2", 4, (2, 2), Pool.of(2, stride=2, padding=1)
    yield "dilated", 4, (1, 4), Pool.of((1, 2), stride=1, dilation=(1, 2))
    yield "ceil", 3, (3, 1), Pool.of((2, 1), stride=(2, 1), ceil_mode=True)


@cache
def lonely_nans() -> tuple[Case, ...]:
    """Return a single NaN at every position, for several windows and channel counts.

    Batch item i holds the NaN at position i; every channel holds the same plane.
    """
    found = []
    for number, (plane, pool) in enumerate(_nan_windows()):
        for channels in (1, 2, 3, 5, 8, 16, 17, 33) if number < 3 else (1, 3, 19):  # noqa: PLR2004
            size = plane[0] * plane[1]
            shape = (size, channels, *plane)
            name = f"nan.{number}-{plane[0]}x{plane[1]}-c{channels}"
            tier = "smoke" if channels in {3, 17} else "default"
            found.append(Case(name, pool, shape, _lonely, tier=tier))
    return tuple(found)


def _nan_patterns(dtype: str) -> list[int]:
    """Return the bits of positive, negative, signalling and payload-carrying NaN of a type."""
    exponent, quiet, sign = {
        "float32": (0x7F800000, 0x00400000, 0x80000000),
        "float64": (0x7FF0000000000000, 0x0008000000000000, 0x8000000000000000),
        "float16": (0x7C00, 0x0200, 0x8000),
        "bfloat16": (0x7F80, 0x0040, 0x8000),
    }[dtype]
    some = (exponent | quiet, exponent | 1, exponent | quiet | 5)
    every_bit = 2 * sign - 1
    return [*some, *(bits | sign for bits in some), every_bit, every_bit ^ sign]


@cache
def every_nan(dtype: str) -> tuple[Case, ...]:
    """Return windows of four with each kind of NaN at each place among other numbers."""
    numbers = dtype_of(dtype)
    rows = []
    for bits in _nan_patterns(dtype):
        for place in range(4):
            row = np.array([-1, 2, -3, 4]).astype(numbers)
            row.view(f"u{numbers.itemsize}")[place] = bits
            rows.append(row)
    kept = np.array(rows)
    calls = {"2x2": Pool.of(2), "1x4": Pool.of((1, 4)), "4x1": Pool.of((4, 1))}
    calls["padded"] = Pool.of(2, 1, 1)
    shapes = {"1x4": (1, 4), "4x1": (4, 1)}
    return tuple(
        Case(
            f"nan.kinds-{name}-{dtype}",
            pool,
            (1, len(rows), *shapes.get(name, (2, 2))),
            lambda case, _seed: kept.reshape(case.shape),
            dtype,
        )
        for name, pool in calls.items()
    )


@cache
def two_nans(dtype: str) -> tuple[Case, ...]:
    """Return windows of four in which two elements are NaN, of any two kinds."""
    numbers, kinds, rows = dtype_of(dtype), _nan_patterns(dtype), []
    for one, other in itertools.product(kinds[::2], kinds[1::2]):
        for places in ((0, 1), (1, 0), (0, 3), (3, 0), (1, 2), (2, 1)):
            row = np.array([-1, 2, -3, 4]).astype(numbers)
            row.view(f"u{numbers.itemsize}")[list(places)] = one, other
            rows.append(row)
    kept = np.array(rows)
    shape, name = (1, len(rows), 2, 2), f"nan.two-kinds-{dtype}"
    return (Case(name, Pool.of(2), shape, lambda case, _seed: kept.reshape(case.shape), dtype),)


def _lonely(case: Case, _seed: int) -> Array:
    size, channels, height, width = case.shape
    x = np.tile(np.arange(1.0, size + 1), (size, 1))
    x[:, ::2] *= -1
    np.fill_diagonal(x, np.nan)
    return np.repeat(x[:, None], channels, axis=1).reshape(size, channels, height, width)


def _nan_windows() -> Iterator[tuple[tuple[int, int], Pool]]:
    yield (2, 2), Pool.of(2)
    yield (4, 4), Pool.of(2)
    yield (1, 4), Pool.of((1, 4))
    yield (3, 1), Pool.of((3, 1))
    yield (6, 3), Pool.of(3)
    yield (1, 9), Pool.of((1, 9))
    yield (3, 3), Pool.of(2, stride=1)
    yield (4, 4), Pool.of(3, stride=1, padding=1)
    yield (5, 4), Pool.of(3, stride=2, padding=1)
    yield (5, 5), Pool.of(2, stride=1, dilation=2)
    yield (5, 3), Pool.of(2, ceil_mode=True)
    yield (1, 35), Pool.of((1, 35))


@cache
def nan_in_other_ranks() -> tuple[Case, ...]:
    """Return lines and cubes a fifth of whose elements are NaN."""
    calls = {
        "line": (Pool.of((3,), stride=1), (9,)),
        "line-tiling": (Pool.of((4,)), (12,)),
        "line-padded": (Pool.of((3,), stride=2, padding=1), (8,)),
        "cube": (Pool.of((2, 2, 2)), (4, 2, 6)),
        "cube-overlap": (Pool.of((1, 2, 3), stride=1), (3, 4, 5)),
    }
    return tuple(
        Case(f"nan.{name}-c{c}", pool, (2, c, *plane), nan_fill(0.2), tier=tier)
        for name, (pool, plane) in calls.items()
        for c, tier in ((1, "default"), (3, "smoke"), (16, "default"))
    )


def nan_fill(share: float) -> Fill:
    """Return a fill of whole numbers with a share of NaN."""

    def fill(case: Case, seed: int) -> Array:
        generator = case.generator(seed)
        x = generator.integers(-9, 10, case.shape).astype(np.float64)
        x[generator.random(case.shape) < share] = np.nan
        return x

    return fill
