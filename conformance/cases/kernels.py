"""Kernels and steps by their size: every pair up to seven, every type, past each limit of a type.

Rows that hold NaN and ties below long kernels, and elements that hundreds of windows claim.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, one_hot, tied
from conformance.cases.ramps import ROW, along, each_axis, pairs, ramps
from conformance.cases.typed import close_numbers
from reference.pool import Pool

WIDEST = 7
ROUNDED_DOWN = (41, 47, 49, 55, 61, 82, 83, 94, 97, 98, 103, 107, 109)
"""The strides up to 109 for which int(s * (1 / s)) is 0 in float32 or in float64."""
COUNTED = 300
"""Windows that claim one element: more than a byte counts."""


@cache
def every_pair() -> tuple[Case, ...]:
    """Return a window of each height and width up to 7, each tap of which decides in turn."""
    sides = range(1, WIDEST + 1)
    return tuple(
        Case(f"kernel.{h}x{w}", Pool.of((h, w)), (h * w, 1, h, w), one_hot)
        for h in sides
        for w in sides
    )


@cache
def of_types(*dtypes: str) -> tuple[Case, ...]:
    """Return long kernels and many windows in each type, along either axis."""
    found = []
    for number, dtype in enumerate(dtypes):
        for k in (10, 20, 37, 67):
            kernel = (1, k) if (k + number) % 2 else (k, 1)
            taps = (*range(k - 3, k), 0, k // 2, k // 3, min(9, k - 1), min(16, k - 1))
            shape, pool = (len(taps), 1, *kernel), Pool.of(kernel)
            found.append(Case(f"kernel.{k}-{dtype}", pool, shape, _ones_at(taps), dtype))
        line, last = Pool.of((131,)), (130, 0, 64, 127)
        found.append(Case(f"kernel.line131-{dtype}", line, (4, 1, 131), _ones_at(last), dtype))
        found += [  # the very last window rises in one and falls in the other
            Case(f"outs.c{c}w131-{dtype}", ROW, (1, c, 1, 262), pairs, dtype) for c in (2, 3)
        ]
        found.append(Case(f"outs.67h-{dtype}", ROW, (1, 2, 67, 4), pairs, dtype))
    return tuple(found)


def _ones_at(taps: tuple[int, ...]) -> Fill:
    """Return a fill of 0, with a 1 at one of the taps in each batch item."""

    def fill(case: Case, _seed: int) -> Array:
        x = np.zeros((len(taps), np.prod(case.shape[2:])), np.int64)
        x[np.arange(len(taps)), taps] = 1
        return x.reshape(case.shape)

    return fill


@cache
def past_limits() -> tuple[Case, ...]:
    """Return strides, dilations and paddings past 7, 8, 15 and 16 bits."""
    found = []
    for step in (130, 258, 32770, 65539):
        tier = "default" if step == 32770 else "smoke"  # noqa: PLR2004 - as it is with 65539
        found += [
            Case(f"step.w{step}", Pool.of((1, 2), (1, step)), (1, 2, 1, 2 * step + 2), ramps),
            Case(f"step.line{step}", Pool.of((2,), (step,)), (1, 2, step + 2), ramps, tier=tier),
            Case(
                f"apart.w{step}", Pool.of((1, 3), 1, 0, (1, step)), (1, 2, 1, 2 * step + 3), ramps
            ),
            Case(f"apart.h{step}", Pool.of((2, 1), 1, 0, (step, 1)), (1, 4, step + 3, 1), ramps),
        ]
    for p in (130, 258):
        wide = Pool.of((1, 2 * p + 1), (1, p // 2), (0, p))
        found.append(Case(f"pads.w{p}", wide, (1, 2, 1, p + 3), ramps))
        tall = Pool((2 * p, 1), (p // 3, 1), ((p + 1, p - 1), (0, 0)), (1, 1))
        found.append(Case(f"pads.h{p}", tall, (1, 4, p + 5, 1), ramps))
    return tuple(found)


@cache
def every_stride() -> tuple[Case, ...]:
    """Return axes on which exactly two windows fit, for every stride of a byte.

    The reciprocal of some strides, 41 and 49 the least of them, is rounded down: times the
    stride it is less than 1, in float32 or in float64.
    """
    found = []
    for s in range(2, 257):
        row = s % 2 == 0
        kernel, stride = ((1, 2), (1, s)) if row else ((2, 1), (s, 1))
        plane = (1, s + 2) if row else (s + 2, 1)
        tier = "smoke" if s in ROUNDED_DOWN else "default"
        found.append(Case(f"two.s{s}", Pool.of(kernel, stride), (1, 4, *plane), ramps, tier=tier))
    found += [
        Case(f"two.line-s{s}", Pool.of((2,), (s,)), (1, 2, s + 2), ramps) for s in ROUNDED_DOWN
    ]
    return tuple(found)


@cache
def special_runs() -> tuple[Case, ...]:
    """Return rows, columns and lines with NaN, and with ties and -inf, below long kernels."""
    found = []
    for k in (4, 6, 9, 13, 17, 33):
        n, pad = 3 * k + 2, k // 2
        calls = (
            ("w", Pool.of((1, k), 1), (1, 4, 1, n)),
            ("h", Pool.of((k, 1), (1, 1), (pad, 0)), (1, 4, n, 1)),
            ("line", Pool.of((k,), (1,)), (1, 4, n)),
            ("twos", Pool.of((k,), (2,), pad), (1, 4, n)),
        )
        found += [
            Case(f"mixed.{name}{k}", pool, shape, _nan_and_ties) for name, pool, shape in calls
        ]
        if k in {6, 17}:
            found += [
                Case(f"mixed.{name}{k}-{dtype}", pool, shape, _nan_and_ties, dtype)
                for name, pool, shape in calls
                for dtype in ("float64", "float16", "bfloat16")
            ]
    return tuple(found)


def _nan_and_ties(case: Case, seed: int) -> Array:
    """Fill the planes: few numbers with a NaN here and there, twice; two levels; -inf and two."""
    generator = case.generator(seed)
    flat = np.prod(case.shape[2:])
    x = generator.integers(-3, 3, (4, flat)).astype(np.float64)
    x[0, generator.integers(flat, size=2)] = np.nan
    x[1, :: max(2, flat // 4)] = np.copysign(np.nan, -1)  # the largest and the least of some orders
    x[2] = generator.integers(-2, 0, flat)
    x[3] = np.where(generator.random(flat) < 0.8, -np.inf, x[3])  # noqa: PLR2004 - most of them
    return x.reshape(case.shape)


BLOCKS = (0, 1, 255, 256, 511, 512, 1023, 1024, 2047, 2048, 4095, 4096, 65535, 65536)
"""Taps at both ends of the blocks in which a large window is reduced part by part."""


@cache
def in_blocks(content: str) -> tuple[Case, ...]:
    """Return large windows in which one tap decides: a `nan`, a `peak`, or the first of two."""
    kernels = ((33, 33), (1, 1100), (1100,), (65, 66), (11, 10, 10), (257, 256), (65800,))
    found = []
    for kernel in kernels:
        size = int(np.prod(kernel))
        taps = tuple(tap for tap in (*BLOCKS, size - 2) if tap < size - 1)
        if size > BLOCKS[-1]:
            taps = (0, *taps[-3:])
        name = f"block.{'x'.join(map(str, kernel))}-{content}"
        shape = (1, len(taps) + 1, *kernel)
        found.append(Case(name, Pool.of(kernel), shape, _deciding(content, taps)))
    return tuple(found)


@cache
def nan_and_infinity() -> tuple[Case, ...]:
    """Return large windows, each with a NaN and an infinity, either first, in every channel."""
    kernels = ((1, 33), (9, 9), (40,), (3, 4, 5))
    return tuple(
        Case(f"block.inf-{'x'.join(map(str, kernel))}", Pool.of(kernel), (4, 2, *kernel), _two)
        for kernel in kernels
    )


def _two(case: Case, _seed: int) -> Array:
    x = np.full((4, 2, np.prod(case.shape[2:])), -1.0)
    for item, pair in enumerate(
        ((np.inf, np.nan), (np.nan, np.inf), (-np.inf, np.nan), (np.nan, -np.inf))
    ):
        x[item][:, [2, -2]] = pair
    return x.reshape(case.shape)


@cache
def many_nans() -> tuple[Case, ...]:
    """Return windows that hold as many NaN as a byte counts, one more, one less, and twice that."""
    kernels = ((16, 33), (8, 8, 9))
    return tuple(
        Case(f"block.nans-{'x'.join(map(str, kernel))}", Pool.of(kernel), (4, 1, *kernel), _counted)
        for kernel in kernels
    )


def _counted(case: Case, _seed: int) -> Array:
    x = np.full((4, np.prod(case.shape[2:])), -1.0)
    for item, count in enumerate((255, 256, 257, 512)):
        x[item, :count] = np.nan
    return x.reshape(case.shape)


def _deciding(content: str, taps: tuple[int, ...]) -> Fill:
    """Return a fill of small numbers, of which a tap of each plane and the last of it differ."""

    def fill(case: Case, seed: int) -> Array:
        x = case.generator(seed).integers(-99, 99, (len(taps) + 1, np.prod(case.shape[2:])))
        x = x.astype(np.float64)
        rows = np.arange(len(taps))
        x[rows, taps] = np.nan if content == "nan" else 100
        x[-1 if content == "peak" else slice(None), -1] = 100
        return x.reshape(case.shape)

    return fill


@cache
def dilated_edges() -> tuple[Case, ...]:
    """Return long kernels with gaps between their taps that reach into the padding."""
    found = []
    for k, d in itertools.product((5, 8, 9, 12, 17, 33), (2, 3)):
        half = k // 2
        for number, (begin, end) in enumerate(((half, half), (half, 0), (0, half), (1, half - 1))):
            s, n = 1 + (k + d + number) % 2, (k - 1) * d + 4 - begin - end + half
            place, here, plane = each_axis(n)[(k + number) % 3]
            pool = along(here, (k, s, (begin, end), d))
            name = f"edge.{place}k{k}d{d}p{begin}-{end}"
            found.append(Case(name, pool, (1, 4, *plane), ramps))
    return tuple(found)


@cache
def past_a_byte_of_windows() -> tuple[Case, ...]:
    """Return more than 256 windows along each kind of axis, the last of which hang over."""
    found = []
    for k, s, p in ((3, 2, 1), (3, 1, 1), (5, 3, 2)):
        n = 270 * s + k - 2 * p
        for place, here, plane in each_axis(n):
            pool = along(here, (k, s, (p, p), 1))
            found.append(Case(f"many.{place}-k{k}s{s}p{p}", pool, (1, 4, *plane), ramps))
    return tuple(found)


@cache
def before_the_input() -> tuple[Case, ...]:
    """Return windows over an axis of one or two, rounded up; the last begins in the padding."""
    calls = {
        "k6s2n1": (1, (6, 2, (3, 3), 1)),
        "k8s3n2": (2, (8, 3, (4, 4), 1)),
        "k5s2n2": (2, (5, 2, (3, 2), 1)),
        "k3s3n1d3": (1, (3, 3, (6, 2), 3)),
    }
    return tuple(
        Case(f"before.{place}-{name}", along(here, axis, ceil_mode=True), (1, 4, *plane), ramps)
        for name, (n, axis) in calls.items()
        for place, here, plane in each_axis(n)
    )


@cache
def close_in_large(*dtypes: str) -> tuple[Case, ...]:
    """Return windows of 289 taps in each type, in close numbers and in many of the largest."""
    shape, pool = (1, 2, 17, 34), Pool.of(17)
    found = [Case(f"close.17x17-{one}", pool, shape, close_numbers, one) for one in dtypes]
    for k, most in ((17, 256), (23, 512)):
        name, plane = f"most.{k}x{k}", (1, 2, k, k)
        found += [
            Case(f"{name}-{one}", Pool.of(k), plane, _equals(most), one)
            for one in ("uint8", "int8", "bool", "float16")
        ]
    return tuple(found)


def _equals(most: int) -> Fill:
    """Return a fill in which so many elements of each plane are 1 and the others 0."""

    def fill(case: Case, seed: int) -> Array:
        h, w = case.shape[2:]
        order = case.generator(seed).permuted(np.tile(np.arange(h * w), (case.shape[1], 1)), axis=1)
        return (order < most).astype(np.int8).reshape(case.shape)

    return fill


@cache
def long_volumes() -> tuple[Case, ...]:
    """Return kernels that are long, or far apart, along one axis of a volume."""
    found = []
    for axis, (k, d) in itertools.product(range(3), ((5, 2), (4, 3), (2, 9), (8, 2), (9, 1))):
        extent = (k - 1) * d + 1
        plane = tuple(extent + 3 if other == axis else 2 for other in range(3))
        here = tuple(int(other == axis) for other in range(3))
        pad = min(axis, k // 2)
        pool = along(here, (k, 1 + k % 2, (pad, pad), d))
        found.append(Case(f"volume.{'dhw'[axis]}k{k}d{d}", pool, (1, 8, *plane), ramps))
    return tuple(found)


@cache
def tied_kernels() -> tuple[Case, ...]:
    """Return kernels up to 13x13 in steps of one to three, above planes in which most ties.

    Two of the largest often stand in unlike rows and columns: who scans by columns names another.
    """
    sides = (*range(2, 10), 11, 13)
    kernels = [*zip(sides, sides, strict=True), (5, 7), (7, 5), (3, 8), (9, 2), (1, 6), (6, 1)]
    found = []
    for number, (h, w) in enumerate(kernels):
        for kind, s, pad, d in (
            ("s1", 1, 0, 1),
            ("s2p", 2, 1, 1),
            ("d2", 1, 0, 2),
            ("s3", 3, 0, 1),
        ):
            pads = (h // 2 * pad, w // 2 * pad)
            plane = tuple((k - 1) * d + 1 + 2 * s - p for k, p in zip((h, w), pads, strict=True))
            tier = "smoke" if kind == "s1" or (kind == "s2p" and number % 2) else "default"
            name, pool = f"tied.{h}x{w}-{kind}", Pool.of((h, w), s, pads, d)
            found.append(Case(name, pool, (1, 4, *plane), _few_ones, tier=tier))
    return tuple(found)


def _few_ones(case: Case, seed: int) -> Array:
    """Fill with 0, and 1 at some three places of each window; the first plane with -2 and -1."""
    h, w = case.pool.kernel_size
    generator = case.generator(seed)
    x = (generator.random(case.shape) < 3 / (h * w)).astype(np.int64)
    x[:, 0] = generator.integers(-2, 0, case.shape[2:])
    return x


@cache
def tied_thin() -> tuple[Case, ...]:
    """Return planes of few columns or few rows, long the other way, in which most ties."""
    found = []
    sides = ((2, 66), (3, 70), (4, 67), (2, 130), (5, 64), (8, 129))
    kernels = {"k2s2": Pool.of(2), "k2s1": Pool.of(2, 1), "k3x2s1": Pool.of((3, 2), 1)}
    kernels["k2x3s2"] = Pool.of((2, 3), 2)
    for number, (few, many) in enumerate(sides):
        for (name, pool), plane in itertools.product(kernels.items(), ((many, few), (few, many))):
            if all(n >= k for n, k in zip(plane, pool.kernel_size, strict=True)):
                tier = "smoke" if number < 3 or name == "k2s2" else "default"  # noqa: PLR2004
                case_id = f"thin.{plane[0]}x{plane[1]}-{name}"
                found.append(Case(case_id, pool, (1, 2, *plane), tied, tier=tier))
    return tuple(found)


@cache
def claimed_often() -> tuple[Case, ...]:
    """Return planes in which one element wins some three hundred windows."""
    return tuple(_claimed())


def _claimed() -> Iterator[Case]:
    row = Pool.of((1, COUNTED), 1)
    yield Case("claim.row", row, (1, 1, 1, 2 * COUNTED), _peak)
    yield Case("claim.longer-row", row, (1, 1, 1, 3 * COUNTED), _peak)
    yield Case("claim.line", Pool.of((COUNTED,), (1,)), (1, 1, 2 * COUNTED), _peak, "float64")
    yield Case("claim.square", Pool.of(17, 1), (1, 2, 33, 34), _peak)
    yield Case("claim.square-bfloat16", Pool.of(17, 1), (1, 1, 33, 34), _peak, "bfloat16")
    wide = Pool.of(46, 1)  # 2116 windows: past what float16 counts one by one
    yield Case("claim.wide-float16", wide, (1, 1, 91, 91), _peak, "float16", "default")
    yield Case("claim.cube", Pool.of((7, 7, 7), 1), (1, 1, 13, 13, 13), _peak, tier="default")


def _peak(case: Case, _seed: int) -> Array:
    """Fill with -1, and a 1 in the middle."""
    x = np.full(case.shape, -1)
    middle = np.ravel_multi_index([n // 2 for n in case.shape[2:]], case.shape[2:])
    x.reshape(*case.shape[:2], -1)[..., middle] = 1
    return x
