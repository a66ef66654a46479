"""Rows, channels and windows that vectors, blocks and tiles leave a rest of, two at a time."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np

from conformance.cases.case import Array, Case, Fill, dtype_of, plane_distinct, plane_negative
from conformance.cases.ramps import along
from conformance.oracle import legal
from reference.dialect import DEFAULT
from reference.geometry import extent
from reference.pool import Pool

COLUMNS = (17, 23, 40, 57, 100, 140, 200)
"""Numbers of windows in a row."""
KERNELS = {
    "k2s1": Pool.of(2, 1),
    "k3s1p1": Pool.of(3, 1, 1),
    "k5s1p2": Pool.of(5, 1, 2),
    "k2": Pool.of(2),
    "k3s2": Pool.of(3, 2),
    "k3s2p1": Pool.of(3, 2, 1),
}
TYPES = ("uint8", "float16", "int8", "float64", "bfloat16", "int32", "bool")
STEMS = ((112, 3, 2, 1), (56, 2, 2, 0), (55, 3, 2, 0), (28, 3, 2, 1), (27, 3, 2, 0), (13, 3, 2, 0))
"""Planes, kernels, strides and paddings of published layers, of which one kernel may be made."""


@cache
def rests() -> tuple[Case, ...]:
    """Return rows of every number of windows below every kernel, as float32 and as another type."""
    found = []
    for number, (w, (name, pool)) in enumerate(itertools.product(COLUMNS, KERNELS.items())):
        other, turn = TYPES[number % len(TYPES)], number % len(KERNELS) + number // len(KERNELS)
        for dtype, lead in (("float32", (2, 20)), (other, (1, 14))):
            k, s, (begin, end) = pool.kernel_size[1], pool.stride[1], pool.padding[1]
            width = (w - 1) * s + k - begin - end
            smoke = turn % 2 == (dtype != "float32")
            case_id = f"rest.{name}w{w}-{dtype}"
            shape, tier = (*lead, max(2, k - begin), width), "smoke" if smoke else "default"
            found.append(Case(case_id, pool, shape, _small, dtype, tier))
    return tuple(found)


def _small(case: Case, seed: int) -> Array:
    """Fill with numbers that every type holds, none of them 0."""
    least, most = {"bool": (0, 2), "uint8": (1, 256)}.get(case.dtype, (-128, 128))
    x = case.generator(seed).integers(least, most, case.shape)
    return x if case.dtype == "bool" else np.where(x == 0, 1, x).astype(dtype_of(case.dtype))


@cache
def far() -> tuple[Case, ...]:
    """Return more planes and longer rows than a grid has blocks, and windows of many taps."""
    found = [
        Case("rest.planes-66x1056", Pool.of(1), (2, 33, 1, 1056), plane_negative),
        Case("rest.padded-line-5000", Pool.of((4,), (4,), 2), (1, 1, 5000), _falling),
    ]
    found += [
        Case(f"rest.channels-260-{dtype}", Pool.of(2), (1, 260, 2, 2), _small, dtype)
        for dtype in ("int8", "uint8", "float16", "float32")
    ]
    found += [
        Case(f"rest.batch-17x18-{dtype}", Pool.of(2), (17, 18, 2, 2), _small, dtype)
        for dtype in ("int8", "float16", "float32")
    ]
    found += [
        Case(f"rest.k6s5w18-{dtype}", Pool.of((1, 6), (1, 5)), (1, 2, 2, 91), _small, dtype)
        for dtype in ("float64", "int64", "int16")
    ]
    for n, dtype in itertools.product((24, 27, 40), ("float32", "float16")):
        case_id, tier = f"rest.whole-{n}-{dtype}", "smoke" if n == 24 else "default"  # noqa: PLR2004
        found.append(Case(case_id, Pool.of(n), (1, 3, n, n), plane_negative, dtype, tier))
    return tuple(found)


def _falling(case: Case, _seed: int) -> Array:
    return -np.arange(case.shape[-1]).reshape(case.shape)


@cache
def stems() -> tuple[Case, ...]:
    """Return published layers, each rounding up and down."""
    return tuple(
        Case(
            f"stem.{n}k{k}s{s}p{p}{'-ceil' * ceil}",
            Pool.of(k, s, p, ceil_mode=ceil),
            (1, 1, n, n),
            plane_distinct,
        )
        for n, k, s, p in STEMS
        for ceil in (False, True)
    )


@cache
def neighbours() -> tuple[Case, ...]:
    """Return planes that rise or fall from one to the next: who reads another one is seen."""
    pools = {
        "ceil": Pool.of(2, ceil_mode=True),
        "k3s2p1-ceil": Pool.of(3, 2, 1, ceil_mode=True),
        "k2d2s1p1": Pool.of(2, 1, 1, 2),
        "k5s1p2": Pool.of(5, 1, 2),
        "far": Pool.of((1, 12), (1, 3), (0, 6)),
    }
    found = []
    for (name, pool), (h, w), rises in itertools.product(
        pools.items(), ((4, 5), (5, 4), (5, 5)), (True, False)
    ):
        plane = (h, w + 9) if name == "far" else (h, w)
        for dtype in ("float32", "uint8"):
            case_id = f"next-to.{name}-{h}x{w}-{'rising' if rises else 'falling'}-{dtype}"
            found.append(Case(case_id, pool, (1, 3, *plane), _steps(rises=rises), dtype))
    return tuple(found)


def _steps(*, rises: bool) -> Fill:
    def fill(case: Case, _seed: int) -> Array:
        x = np.arange(np.prod(case.shape)).reshape(case.shape)
        return x if rises else x.max() - x

    return fill


@cache
def edges() -> tuple[Case, ...]:
    """Return planes of which one edge is -inf, beside padding."""
    parts: dict[str, tuple[Any, ...]]
    parts = {"top": np.s_[..., :1, :], "bottom": np.s_[..., -1:, :]}
    parts |= {"left": np.s_[..., :1], "right": np.s_[..., -1:]}
    return tuple(
        Case(f"edge.{name}-{dtype}", Pool.of(2, 1, 1), (1, 2, 4, 4), _infinite(part), dtype)
        for name, part in parts.items()
        for dtype in ("float32", "float64")
    )


def _infinite(part: tuple[Any, ...]) -> Fill:
    def fill(case: Case, seed: int) -> Array:
        x = plane_distinct(case, seed).astype(np.float64)
        x[part] = -np.inf
        return x

    return fill


@cache
def beyond() -> tuple[Case, ...]:
    """Return axes that are shorter than their stride or dilation, with padding that makes up."""
    found = []
    sizes = itertools.product((1, 2, 3), (1, 2, 3), (1, 4, 5), (1, 4), (0, 1, 2, 4), (0, 1, 3))
    for number, (n, k, s, d, begin, end) in enumerate(sizes):
        is_beyond, ceil = max(s, d) > n and begin + end, number % 2 == 0
        is_open = n + begin + end < extent(k, d)  # whether ceil_mode makes a window of it
        if not is_beyond or is_open or max(begin, end) >= extent(k, d):
            continue
        here, plane = ((0, 1), (2, n)) if number % 3 else ((1, 0), (n, 2))
        pool = along(here, (k, s, (begin, end), d), ceil_mode=ceil)
        name = f"beyond.n{n}k{k}s{s}d{d}p{begin}-{end}{'-ceil' * ceil}"
        if legal((1, 3, *plane), pool, DEFAULT):
            found.append(Case(name, pool, (1, 3, *plane), plane_negative))
    return tuple(found)
