"""Sizes past the limits that narrower types have: 127, 255, 2048, 32767, 65535, 2**24."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, constant, distinct, plane_distinct, tied
from conformance.cases.ramps import pairs, ramps
from conformance.cases.reach import scattered
from conformance.cases.words import resolved
from reference.pool import SAME_WORDS, Pool

PAST_24_BITS = 2**24 + 1  # 97 * 257 * 673


@cache
def long_axes() -> tuple[Case, ...]:
    """Return axes one or more past each limit, tiling and overlapping."""
    found = []
    for n in (130, 260, 2052, 32770, 65540):
        tier = "smoke" if n < 3000 else "default"  # noqa: PLR2004 - above it, slower
        found += [
            Case(f"long.w{n}", Pool.of((1, 2)), (1, 1, 1, n), plane_distinct, tier=tier),
            Case(f"long.h{n}", Pool.of((2, 1)), (1, 1, n, 1), plane_distinct, tier=tier),
        ]
    found += [
        Case("long.w261-overlap", Pool.of((1, 3), stride=(1, 2)), (1, 1, 1, 261), plane_distinct),
        Case("long.plane-51x53", Pool.of(3, stride=2), (1, 2, 51, 53), plane_distinct),
        Case("long.plane-181x183", Pool.of(2), (1, 1, 182, 184), plane_distinct, tier="default"),
        Case("long.plane-258x260", Pool.of(2), (1, 1, 258, 260), plane_distinct, tier="default"),
        Case("long.w2100-gaps", Pool.of((1, 3), (1, 5)), (1, 1, 1, 2100), plane_distinct),
        Case("long.h4200-gaps", Pool.of((2, 1), (7, 1)), (1, 2, 4200, 1), plane_distinct),
        *(Case(f"long.narrow-{w}", Pool.of(2), (1, 1, 4, w), plane_distinct) for w in (2, 4, 6, 8)),
        Case("long.w61", Pool.of(3, stride=2), (1, 1, 3, 61), plane_distinct),
        Case("long.4x11000", Pool.of(2, (1, 199), 0, (2, 3)), (1, 2, 4, 11000), plane_distinct),
    ]
    return tuple(found)


@cache
def many_taps() -> tuple[Case, ...]:
    """Return windows of at least 33, 257 and 65536 taps."""
    return (
        Case("taps.33", Pool.of((3, 11)), (1, 2, 6, 22), plane_distinct),
        Case("taps.25-many-outputs", Pool.of(5, stride=1), (1, 1, 40, 41), plane_distinct),
        Case("taps.36-overlap", Pool.of(6, stride=1), (1, 1, 8, 9), plane_distinct),
        Case("taps.127-line", Pool.of((1, 130)), (1, 2, 2, 260), plane_distinct),
        Case("taps.169-padded", Pool.of(13, stride=1, padding=6), (1, 1, 14, 15), plane_distinct),
        Case("taps.289", Pool.of(17), (1, 2, 17, 34), plane_distinct),
        Case("taps.300-line", Pool.of((300, 1)), (1, 1, 600, 2), plane_distinct),
        Case("taps.32942", Pool.of((182, 181)), (1, 1, 182, 181), ramps),
        Case("taps.65792", Pool.of((257, 256)), (1, 1, 257, 512), plane_distinct, tier="default"),
    )


@cache
def tied_windows() -> tuple[Case, ...]:
    """Return large windows in which almost everything ties."""
    return tuple(
        Case(f"ties.k{k}x{w}", Pool.of((k, w)), (1, 2, 2 * k, 2 * w), tied)
        for k, w in ((5, 5), (3, 7), (7, 7), (9, 8), (11, 11), (16, 17))
    ) + tuple(
        Case(f"ties.k{k}s1", Pool.of(k, 1, k // 2), (1, 2, 13, 14), tied, tier=tier)
        for k, tier in ((7, "smoke"), (9, "default"), (13, "default"))
    )


@cache
def tied_types(*dtypes: str) -> tuple[Case, ...]:
    """Return planes of three numbers, or two, of each type: tiles side by side, and overlapping."""
    calls = {"tiles": (Pool.of(2), (1, 2, 6, 36)), "k3s1": (Pool.of(3, 1), (1, 2, 5, 19))}
    return tuple(
        Case(f"ties.{name}-{dtype}", pool, shape, _of_three, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in dtypes
    )


def _of_three(case: Case, seed: int) -> Array:
    return case.generator(seed).integers(0, 2 if case.dtype == "bool" else 3, case.shape)


@cache
def many_outputs() -> tuple[Case, ...]:
    """Return planes of more than 4096 outputs, in types whose numbers a narrower one rounds."""
    pool, shape = Pool.of(2, 1), (1, 1, 67, 66)
    return (
        Case("outputs.4290-float64", pool, shape, plane_distinct, "float64"),
        Case("outputs.4290-int32", pool, shape, plane_distinct, "int32", "default"),
    )


@cache
def outputs_past_16_bits() -> tuple[Case, ...]:
    """Return rows and lines of more than 65536 outputs, tiling and overlapping."""
    row, line = Pool.of((1, 2)), Pool.of((2,), (1,))
    return (
        Case("outputs.65540-tiling", row, (1, 1, 1, 131080), plane_distinct, tier="default"),
        Case("outputs.65540-line", line, (1, 1, 65541), plane_distinct),
        Case("outputs.3x90300", row, (1, 3, 300, 602), pairs),  # their product is past 32 bits
    )


@cache
def quotients() -> tuple[Case, ...]:
    """Return rows whose length is a multiple of the stride or one less, below 16 bits.

    A division that is written as a multiplication with a rounded reciprocal goes wrong there.
    """
    tiers = {"default": (3, 5, 6, 9), "smoke": (7, 11, 13, 19, 25, 49, 100, 255, 641, 4093)}
    return tuple(
        Case(f"quotient.s{s}w{n}", Pool.of(1, (1, s)), (1, 1, 1, n), scattered, tier=tier)
        for tier, strides in tiers.items()
        for s in strides
        for multiple in [2**16 // s * s]
        for n in (multiple, multiple + 1)
    )


@cache
def round_sizes() -> tuple[Case, ...]:
    """Return rows and planes whose bytes are a power of two, for items of each size.

    They fall on the same banks and sets of a memory, against which kernels pad their copies.
    """
    found = []
    for dtype in ("float32", "float64", "float16", "int8"):
        for power in (9, 10, 11, 12, 13):
            w = 2**power // np.dtype(dtype).itemsize
            tier = "smoke" if power == 12 or dtype == "float32" else "default"  # noqa: PLR2004
            pool, name = Pool.of((2, 3), (1, 2)), f"round.row{2**power}-{dtype}"
            found.append(Case(name, pool, (1, 1, 3, w), _bytes_apart, dtype, tier))
            side = 2 ** (power // 2)
            plane, name = (2, 2, side, 2 ** (power - power // 2)), f"round.plane{2**power}-{dtype}"
            found.append(Case(name, Pool.of(3, 2, 1), plane, _bytes_apart, dtype, tier))
    return tuple(found)


def _bytes_apart(case: Case, seed: int) -> Array:
    """Fill with numbers that fit a byte, in no order."""
    return case.generator(seed).integers(-128, 128, case.shape)


@cache
def million_outputs() -> tuple[Case, ...]:
    """Return a plane of 2**20 and some outputs, in windows of two along the last axis."""
    return (Case("outputs.1052675", Pool.of((1, 2)), (1, 1, 1027, 2050), distinct, tier="default"),)


@cache
def wide_steps() -> tuple[Case, ...]:
    """Return strides of at least twice the kernel, and dilation together with padding."""
    return (
        Case("step.2k", Pool.of(1, stride=(2, 3)), (1, 2, 5, 7), plane_distinct),
        Case("step.3k", Pool.of((2, 1), stride=(6, 5)), (2, 1, 14, 11), plane_distinct),
        Case("step.2k-h1w0", Pool.of((2, 3), (4, 6), (1, 0)), (1, 2, 9, 16), plane_distinct),
        Case("step.2k-h0w1", Pool.of((3, 2), (6, 5), (0, 1)), (1, 2, 16, 11), plane_distinct),
        Case(
            "step.2k-d1", Pool.of((2, 1, 2), (4, 3, 5), (1, 0, 0)), (1, 2, 7, 4, 8), plane_distinct
        ),
        Case("step.ceil-1k", Pool.of(1, stride=4, ceil_mode=True), (1, 1, 3, 6), plane_distinct),
        Case("step.ceil-2k", Pool.of(2, stride=5, ceil_mode=True), (1, 2, 9, 6), plane_distinct),
        Case(
            "step.d3-p1", Pool.of(3, stride=2, padding=1, dilation=3), (1, 2, 9, 11), plane_distinct
        ),
        Case(
            "step.d2-p1-s1",
            Pool.of(3, stride=1, padding=1, dilation=2),
            (1, 2, 7, 5),
            plane_distinct,
        ),
        Case(
            "step.d23",
            Pool.of((3, 2), stride=(1, 2), dilation=(2, 3)),
            (2, 1, 8, 9),
            plane_distinct,
        ),
        Case(
            "step.d-huge",
            Pool((1, 1), (1, 1), ((0, 0), (0, 0)), (2**31 - 1, 2**31 - 1)),
            (1, 2, 7, 9),
            plane_distinct,
        ),
    )


def _late_maximum(case: Case, _seed: int) -> Array:
    """Fill with 0 and a 1 at the very end, an odd place past 2**24, in the last window alone."""
    x = np.zeros(case.shape, case.dtype)
    x.reshape(-1)[-1] = 1
    return x


@cache
def past_24_bits() -> tuple[Case, ...]:
    """Return an axis whose size float32 cannot hold; its windows number 98, not 97."""
    k, n, step = 3, PAST_24_BITS + 3, PAST_24_BITS // 97
    row, column = Pool.of((1, k), (1, step)), Pool.of((k, 1), (step, 1))
    return (
        Case("long.past-24-bits", row, (1, 1, 1, n), _late_maximum),
        Case("long.tall-past-24-bits", column, (1, 1, n, 1), _late_maximum, "int8"),
    )


@cache
def past_24_bits_rounded_up() -> tuple[Case, ...]:
    """Return an axis whose last window only rounding up exactly gives; it holds a 1 alone."""
    s, n = 2**18, 2**24 + 2**18 + 1
    pool = Pool.of((1, 2), (1, s), 0, (1, s - 1), ceil_mode=True)
    return (Case("long.ceil-past-24-bits", pool, (1, 1, 1, n), _late_maximum, "int8"),)


@cache
def line_past_24_bits() -> tuple[Case, ...]:
    """Return the same axis alone, without a second one."""
    pool, n = Pool.of((3,), (PAST_24_BITS // 97,)), PAST_24_BITS + 3
    return (Case("long.line-past-24-bits", pool, (1, 1, n), _late_maximum, tier="default"),)


@cache
def past_24_bits_together() -> tuple[Case, ...]:
    """Return planes that together or alone have more elements than float32 counts exactly."""
    n, k = 2**23 + 4, 2  # the last place of all, 2 n - 1, is odd: one that float32 lacks
    row, column = Pool.of((1, k), (1, n - k)), Pool.of((k, 1), (2 * n - 3 * k, 1))
    return (
        Case("long.2x1x23-bits-peaks", row, (2, 1, 1, n), _second_taps, tier="default"),
        Case("long.tall-24-bits-peaks", column, (1, 1, 2 * n, 1), _second_taps, tier="default"),
    )


@cache
def planes_past_24_bits() -> tuple[Case, ...]:
    """Return planes that begin at every place past 2**24, odd ones too; two windows on each."""
    n = 2**12 + 1
    pool = Pool.of((1, 2), (1, n - 2))
    return (Case("long.planes-past-24-bits", pool, (1, n + 2, 1, n), _second_taps, "int8"),)


def _second_taps(case: Case, _seed: int) -> Array:
    """Fill with 0 and a 1 at the second tap of the first and of the last window."""
    x = np.zeros(case.shape, case.dtype)
    planes = math.prod(case.shape[:2])
    x.reshape(planes, -1)[:, [1, max(case.pool.stride) + 1]] = 1
    return x


@cache
def empty_batches() -> tuple[Case, ...]:
    """Return batches of no items."""
    pools = {
        "tiling": (Pool.of(2), (4, 6)),
        "padded": (Pool.of(3, stride=2, padding=1), (5, 6)),
        "dilated": (Pool.of(2, stride=1, dilation=2), (4, 5)),
        "ceil": (Pool.of(3, stride=2, ceil_mode=True), (6, 4)),
        "line": (Pool.of((2,)), (4,)),
        "cube": (Pool.of((2, 1, 2)), (4, 3, 2)),
        "line-padded": (Pool.of((3,), 2, 1), (5,)),
        "line-dilated": (Pool.of((2,), 1, 0, 3), (7,)),
        "line-ceil": (Pool.of((3,), 2, ceil_mode=True), (6,)),
        "cube-padded": (Pool.of((2, 3, 2), 1, 1), (4, 3, 2)),
        "cube-dilated": (Pool.of((2, 1, 2), 1, 0, 2), (5, 3, 4)),
        "cube-ceil": (Pool.of((2, 3, 2), 2, ceil_mode=True), (3, 5, 4)),
        "ceil-dropped": (Pool.of(1, 3, ceil_mode=True), (3, 5)),
        "line-ceil-dropped": (Pool.of((2,), 4, 1, ceil_mode=True), (7,)),
        "cube-ceil-dropped": (Pool.of((1, 2, 1), (2, 3, 4), ceil_mode=True), (4, 3, 5)),
        "gaps": (Pool.of((1, 2), (3, 5)), (4, 8)),
        "lopsided": (Pool((2, 3), (1, 2), ((0, 1), (2, 0)), (1, 1)), (3, 5)),
        **{word: (resolved(Pool.of((2, 3), auto_pad=word), (5, 4)), (5, 4)) for word in SAME_WORDS},
    }
    return tuple(
        Case(f"empty.{name}", pool, (0, 3, *plane), constant(0))
        for name, (pool, plane) in pools.items()
    )


@cache
def empty_types(*dtypes: str) -> tuple[Case, ...]:
    """Return a batch of no items in each type."""
    return tuple(
        Case(f"empty.tiling-{dtype}", Pool.of(2), (0, 3, 4, 6), constant(0), dtype)
        for dtype in dtypes
    )
