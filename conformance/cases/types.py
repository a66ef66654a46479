"""The element types: their extremes, their neighbours, and their minimum everywhere."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, constant, dtype_of, plane_distinct, tied
from conformance.features import FLOATS, INTEGERS, LOW_PRECISION
from reference.forward import lowest
from reference.pool import Pool

NUMBERS = (*FLOATS, *LOW_PRECISION)


def extremes(dtype: str) -> Array:
    """Return the values of a type on which a narrower or other type goes wrong, ascending."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype in INTEGERS:
        return _integers(np.dtype(dtype))
    return _floats(dtype)


def _integers(dtype: np.dtype[np.generic]) -> Array:
    info = np.iinfo(dtype)  # type: ignore[type-var]
    near = [
        2**bits + step for bits in (7, 8, 11, 15, 16, 24, 31, 32, 53, 63) for step in (-1, 0, 1, 2)
    ]
    values = {
        0,
        1,
        2,
        info.min,
        info.min + 1,
        info.max,
        info.max - 1,
        *near,
        *(-v for v in near),
        -1,
    }
    return np.array(sorted(value for value in values if info.min <= value <= info.max), dtype)


def _floats(name: str) -> Array:
    """Return floats one step apart at several magnitudes, made from their bits."""
    dtype = dtype_of(name)
    bits = np.dtype(f"u{dtype.itemsize}")
    starts = np.array([0.0, 1.0, 100.0, 0.01, 2048.0, 16384.0], dtype).view(bits)
    steps = np.unique((starts[:, None] + np.arange(3, dtype=bits)[None]).ravel())
    positive = steps.view(dtype)[1:]
    most = np.array([-lowest(dtype)], dtype)
    values = np.concatenate([-most, -positive[::-1], np.array([0], dtype), positive, most])
    return values[np.argsort(values.astype(np.float64), kind="stable")]


def _pairs(dtype: str, kernel: tuple[int, int], tier: str) -> Case:
    values = extremes(dtype)
    rows = np.array(list(itertools.product(range(len(values)), repeat=2)))
    shape = (1, len(rows), *kernel)
    kept = values[rows].reshape(shape)
    name = f"type.pairs-{dtype}-{kernel[0]}x{kernel[1]}"
    return Case(name, Pool.of(kernel), shape, lambda _case, _seed: kept, dtype, tier)


@cache
def pairs(*dtypes: str) -> tuple[Case, ...]:
    """Return every ordered pair of the extremes of each type, as windows of two."""
    kernels = {(1, 2): "smoke", (2, 1): "default"}
    found = [_pairs(dtype, kernel, tier) for dtype in dtypes for kernel, tier in kernels.items()]
    beside = Pool.of((1, 3), 1, (0, 1))
    rows = zip(dtypes, found[:: len(kernels)], strict=True)
    padded = [replace(row, id=f"type.pairs-{one}-padded", pool=beside) for one, row in rows]
    return (*found, *padded)


@cache
def split_bits(*dtypes: str) -> tuple[Case, ...]:
    """Return windows of two neighbours that every bit in turn tells apart, the bits below it last.

    Who compares a number in parts, or a part of it as signed, takes one for the other.
    """
    return tuple(_split(dtype) for dtype in dtypes if dtype != "bool")


def _split(name: str) -> Case:
    dtype = dtype_of(name)
    is_signed, bits = dtype.kind != "u", 8 * dtype.itemsize
    ones = (1 << (bits - 1)) - 1
    unsigned = np.dtype(f"u{dtype.itemsize}")
    start = int(np.ones((), dtype).view(unsigned)) if dtype.kind not in "iu" else 0
    rows: list[tuple[int, ...]] = []
    for bit in range(bits - is_signed):
        above = start >> (bit + 1) << (bit + 1)
        pair = (above | 1 << bit, above | (1 << bit) - 1)
        if dtype.kind == "i":
            below = tuple(ones - number + (1 << (bits - 1)) for number in pair)
        else:
            below = tuple(number | 1 << (bits - 1) for number in pair)
        rows += [pair, pair[::-1]]
        rows += [below, below[::-1]] if is_signed else []
    kept = np.array(rows, unsigned).view(dtype).reshape(1, -1, 1, 2)
    return Case(f"bit.{name}", Pool.of((1, 2)), kept.shape, lambda _case, _seed: kept, name)


def _minimum(case: Case, _seed: int) -> Array:
    return np.full(case.shape, np.iinfo(case.dtype).min, case.dtype)


BORDERS = {
    "tiling": (Pool.of(2), (4, 6)),
    "padded": (Pool.of(2, stride=2, padding=1), (3, 5)),
    "same": (Pool.of(3, stride=1, padding=1), (4, 3)),
    "one-side": (Pool.of(2, stride=1, padding=((1, 0), (0, 1))), (3, 4)),
    "ceil": (Pool.of(2, ceil_mode=True), (3, 5)),
    "overlap": (Pool.of(2, stride=1), (3, 4)),
    "dilated": (Pool.of(2, stride=1, dilation=2, padding=1), (5, 4)),
}


def _tier(border: str) -> str:
    """Return the first tier of a type below one of the BORDERS."""
    return "smoke" if border in {"tiling", "padded"} else "default"


@cache
def minima(*dtypes: str) -> tuple[Case, ...]:
    """Return inputs that are the minimum of an integer type throughout."""
    return tuple(
        Case(f"minimum.{name}-{dtype}", pool, (1, 2, *plane), _minimum, dtype, _tier(name))
        for dtype in dtypes
        for name, (pool, plane) in BORDERS.items()
    )


@cache
def infinities(sign: float) -> tuple[Case, ...]:
    """Return inputs that are -inf or +inf throughout, for several channel counts and types."""
    word, all_of_it = "minus" if sign < 0 else "plus", constant(sign * np.inf)
    found = [
        Case(
            f"inf.{word}-{name}-c{c}-{dtype}",
            pool,
            (2, c, *plane),
            all_of_it,
            dtype,
            "smoke" if c in {3, 19} and _tier(name) == "smoke" else "default",
        )
        for name, (pool, plane) in BORDERS.items()
        for c in (1, 3, 16, 19)
        for dtype in (FLOATS if c == 3 else FLOATS[:1])  # noqa: PLR2004 - one count for both
    ]
    cube = Pool.of((2, 2, 2))
    found += [
        Case(f"inf.{word}-cube-c{c}", cube, (1, c, 4, 4, 4), constant(sign * np.inf))
        for c in (1, 19)
    ]
    line = Pool.of((3,), stride=(2,), padding=(1,))
    found += [Case(f"inf.{word}-line-c{c}", line, (2, c, 6), all_of_it) for c in (1, 5)]
    return tuple(found)


@cache
def random_geometry(*dtypes: str) -> tuple[Case, ...]:
    """Return ordinary numbers and ties in each type, over windows of every kind."""
    found = []
    for dtype in dtypes:
        for name, (pool, plane) in BORDERS.items():
            shape = (2, 3, *plane)
            found.append(
                Case(f"type.{name}-{dtype}", pool, shape, _fill(dtype), dtype, _tier(name))
            )
            ties = _fill(dtype, ties=True)
            shape, case_id = (1, 2, *plane), f"type.tied-{name}-{dtype}"
            found.append(Case(case_id, pool, shape, ties, dtype, "default"))
    return tuple(found)


def _fill(dtype: str, *, ties: bool = False) -> Fill:
    if dtype == "bool":
        return lambda case, seed: case.generator(seed).integers(0, 2, case.shape)
    if dtype.startswith("u"):
        low, high = (250, 252) if ties else (100, 256)
        return lambda case, seed: case.generator(seed).integers(low, high, case.shape)
    return tied if ties else plane_distinct


def zeros(dtype: str) -> tuple[Case, ...]:
    """Return zeros of both signs in long rows, lines and volumes of a floating type."""
    calls = {
        "row": (Pool.of((1, 2)), (1, 2, 1, 70)),
        "line": (Pool.of((2,), (1,)), (1, 2, 27)),
        "cube": (Pool.of((1, 2, 2), 1), (1, 2, 2, 3, 11)),
        "plane": (Pool.of(3, 2, 1), (1, 2, 7, 45)),
    }
    return tuple(
        Case(f"zeros.{name}-{dtype}", pool, shape, _either_zero, dtype)
        for name, (pool, shape) in calls.items()
    )


def _either_zero(case: Case, seed: int) -> Array:
    """Fill with +0, -0 and a few -1."""
    return case.generator(seed).choice([0.0, -0.0, -0.0, -1.0], case.shape)
