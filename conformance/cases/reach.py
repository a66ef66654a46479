"""Calls past the enumerated bounds, chosen so that few elements show much.

Every kernel_size along each axis, rows with every rest of a vector, windows that hang over by
every number of taps, one-sided padding, far places in planes of every rank, axes all unlike.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from conformance.cases import typed
from conformance.cases.case import Array, Case, distinct, mixed, one_hot, tied
from conformance.cases.ramps import along, each_axis
from conformance.features import TYPES
from reference.pool import Pool

TAPS = (*range(5, 34), 65, 130)
"""Kernel sizes along one axis; the smaller ones are enumerated with all other parameters."""
RESTS = range(9, 34)
"""Numbers of windows in a row: every rest of a vector of 4, 8 and 16."""
AGILE = 7
"""The widths of RESTS take the windows of `_rows` in turn; no rest meets the same one again."""


def diagonal(case: Case, _seed: int) -> Array:
    """Fill with -1, and a 1 at position i of row i: each window along an axis has its own."""
    x = np.full(case.shape, -1)
    x[..., np.arange(case.shape[-1]), np.arange(case.shape[-1])] = 1
    return x


@cache
def every_tap() -> tuple[Case, ...]:
    """Return a call per kernel_size and axis in which every tap decides one window."""
    found = []
    for k in TAPS:
        tier = "smoke" if k < 100 else "default"  # noqa: PLR2004 - above it, slower
        for letter, kernel in (("w", (1, k)), ("h", (k, 1))):
            name = f"tap.{letter}{k}"
            found.append(Case(name, Pool.of(kernel), (1, 1, k, k), diagonal, tier=tier))
    blocks = ((2, 2), (3, 3), (2, 5), (5, 3), (7, 7), (2, 2, 2), (3, 3, 3), (1, 4, 3), (3, 2, 1))
    for block in blocks:
        name, size = f"tap.{'x'.join(map(str, block))}", math.prod(block)
        found.append(Case(name, Pool.of(block), (size, 1, *block), one_hot))
    return tuple(found)


def _rows() -> Iterator[tuple[str, int, int, int, int]]:
    """Yield name, kernel_size, stride, padding and dilation of windows that kernels write out."""
    yield "k2s1", 2, 1, 0, 1
    yield "k3s2p1", 3, 2, 1, 1
    yield "k2s2", 2, 2, 0, 1
    yield "k3s1", 3, 1, 0, 1
    yield "k2s1d2", 2, 1, 0, 2
    yield "k3s1p1", 3, 1, 1, 1
    yield "k5s1p2", 5, 1, 2, 1
    yield "k1s1", 1, 1, 0, 1
    yield "k3s3", 3, 3, 0, 1


@cache
def rests() -> tuple[Case, ...]:
    """Return rows and columns of every number of windows up to 33, in planes of any count."""
    found = []
    shapes = list(_rows())
    for out, (number, (name, k, s, p, d)) in itertools.product(RESTS, enumerate(shapes)):
        n = (out - 1) * s + (k - 1) * d + 1 - 2 * p
        lead = (1 + out % 2, 2 + (out + number) % 4)
        few = (1 + out % 4) * s + (k - 1) * d + 1 - 2 * p
        pool = Pool.of(k, s, p, d)
        first = (out * AGILE + number) % len(shapes)
        tier = "smoke" if first == 0 else "default" if first < 4 else "deep"  # noqa: PLR2004
        found.append(Case(f"rest.w{out}-{name}", pool, (*lead, few, n), mixed, tier=tier))
        if first in {0, 1}:
            tier = "smoke" if first == 1 and out % 2 else "default"
            found.append(Case(f"rest.h{out}-{name}", pool, (*lead, n, few), mixed, tier=tier))
    return (*found, *_sparse_rests())


def _sparse_rests() -> Iterator[Case]:
    """Yield rows and columns of padded windows in steps of three and more."""
    for out in RESTS:
        k, s, p = ((3, 3, 1), (5, 4, 2), (2, 3, 1), (4, 3, 2))[out % 4]
        n = (out - 1) * s + k - 2 * p + out // 4 % 2
        row, column = Pool.of((1, k), (1, s), (0, p)), Pool.of((k, 1), (s, 1), (p, 0))
        yield Case(f"rest.w{out}-k{k}s{s}p{p}", row, (1, 3, 2, n), mixed)
        yield Case(f"rest.h{out}-k{k}s{s}p{p}", column, (1, 3, n, 2), mixed)


@cache
def typed_rests() -> tuple[Case, ...]:
    """Return rows of each type whose number of windows no vector of bytes or words divides."""
    found = []
    for number, dtype in enumerate(TYPES):
        for out in (11, 22, 37):
            s = 1 + (number + out) % 2
            shape = (2, 2, 1 + out % 3, (out - 1) * s + 2)
            pool, name = Pool.of((1, 2), (1, s)), f"rest.t{out}-{dtype}"
            tier = "smoke" if out == 37 else "default"  # noqa: PLR2004 - one of three
            found.append(Case(name, pool, shape, typed.several_planes, dtype, tier))
    return tuple(found)


@cache
def special_rests() -> tuple[Case, ...]:
    """Return rows of every rest that hold NaN, infinities and zeros of both signs."""
    found = []
    for out in RESTS:
        dtype = ("float32", "float32", "float64", "float16")[out % 4]
        k = 2 + out % 2
        shape = (1, 4, 2, out - 1 + k)
        name, tier = f"rest.special{out}", "smoke" if out % 16 < 9 else "default"  # noqa: PLR2004
        found.append(Case(name, Pool.of((1, k), 1), shape, _specials, dtype, tier))
    return tuple(found)


def _specials(case: Case, seed: int) -> Array:
    """Fill with whole numbers, two planes with NaN among them, two with zeros and infinities."""
    generator = case.generator(seed)
    x = generator.integers(-9, 10, case.shape).astype(np.float64)
    x[:, :2][generator.random(x[:, :2].shape) < 0.25] = np.nan  # noqa: PLR2004
    others = np.array([0.0, -0.0, -np.inf, -1.0, -2.0])
    x[:, 2:] = generator.choice(others, x[:, 2:].shape)
    return x


@cache
def overhangs() -> tuple[Case, ...]:
    """Return windows of 4 to 6 that hang over by every number of taps that the rule allows."""
    found = []
    for k, s, d in itertools.product((4, 5, 6), (2, 3, 5), (1, 2)):
        extent = (k - 1) * d + 1
        for over in range(1, s):
            n, other = extent + 2 * s - over, 3 + (k + over) % 3
            if 2 * s >= n:
                continue
            shape = (2, 3, n, other) if (k + s) % 2 else (2, 3, other, n)
            kernel, stride, dilation = ((k, 1), (s, 1), (d, 1))
            if not (k + s) % 2:
                kernel, stride, dilation = ((1, k), (1, s), (1, d))
            pool = Pool.of(kernel, stride, 0, dilation, ceil_mode=True)
            tier = "smoke" if (over + s + d) % 2 else "default"
            found.append(Case(f"over.k{k}s{s}d{d}-{over}", pool, shape, mixed, tier=tier))
    return (*found, *_without_overhang())


def _without_overhang() -> Iterator[Case]:
    """Yield windows that fit without a rest, the last of which lies in the padding alone."""
    for k, s, end, n in ((1, 1, 1, 3), (2, 2, 2, 4), (3, 1, 3, 4), (3, 3, 3, 6), (2, 1, 2, 5)):
        for name, here, plane in each_axis(n):
            pool = replace(along(here, (k, s, (0, end), 1)), ceil_mode=True)
            yield Case(f"over.{name}-k{k}s{s}-end{end}", pool, (1, 2, *plane), mixed)


@cache
def one_sided() -> tuple[Case, ...]:
    """Return padding up to all but one tap on one side, and unlike on both axes."""
    calls: tuple[tuple[int, int, tuple[int, int], int], ...] = (
        (3, 1, (2, 0), 1),
        (3, 2, (0, 2), 1),
        (4, 1, (3, 1), 1),
        (4, 3, (1, 3), 1),
        (5, 2, (4, 0), 1),
        (5, 1, (1, 4), 1),
        (3, 1, (2, 1), 2),
        (3, 2, (1, 2), 2),
        (2, 1, (0, 1), 3),
        (6, 2, (5, 3), 1),
        (7, 3, (2, 6), 1),
        (6, 1, (4, 5), 1),
    )
    found = []
    for number, (one, other) in enumerate(zip(calls, (*calls[5:], *calls[:5]), strict=True)):
        pair = (one, other)
        k, s, d = (tuple(int(axis[part]) for axis in pair) for part in (0, 1, 3))  # type: ignore[arg-type]
        pool = Pool(k, s, (one[2], other[2]), d)
        name = f"lopsided.k{k[0]}x{k[1]}-{number}"
        tier = "smoke" if number % 3 else "default"
        found.append(Case(name, pool, (2, 1, 6 + d[0], 7 + d[1]), mixed, tier=tier))
    return (*found, *_lopsided_rows())


def _lopsided_rows() -> Iterator[Case]:
    """Yield rows and columns of common windows with padding on one side only."""
    for k, s, begin, end in ((2, 2, 1, 0), (2, 2, 0, 1), (3, 2, 0, 1), (3, 2, 1, 0), (3, 1, 2, 0)):
        name, n, pads = f"k{k}s{s}p{begin}-{end}", 18 - begin - end, (begin, end)
        row = Pool((2, k), (2, s), ((0, 0), pads), (1, 1))
        yield Case(f"lopsided.w-{name}", row, (1, 2, 4, n), mixed)
        column = Pool((k, 2), (s, 2), (pads, (0, 0)), (1, 1))
        yield Case(f"lopsided.h-{name}", column, (1, 2, n, 4), mixed)


@cache
def ends_of_every_width() -> tuple[Case, ...]:
    """Return planes padded at the ends only, or the begins, with every number of windows."""
    found = []
    for out in (*range(2, 21), 33, 34):
        turns = out % 2 == 0
        for name, k, s, pad, n in (
            ("k3s2-end", 3, 2, (0, 1), 2 * out),
            ("k2s1-end", 2, 1, (0, 1), out),
            ("k3s2-begin", 3, 2, (1, 0), 2 * out),
        ):
            few, pool = 2 * s, Pool.of(k, s, (pad, pad))
            tier = "smoke" if name == "k3s2-end" or turns else "default"
            found.append(Case(f"ending.w{out}-{name}", pool, (1, 2, few, n), mixed, tier=tier))
            if name == "k3s2-end":
                found.append(Case(f"ending.h{out}-{name}", pool, (1, 2, n, few), mixed))
    return tuple(found)


@cache
def wide_parameters() -> tuple[Case, ...]:
    """Return strides and dilations around 8, 16, 32 and 64, and padding around 4, 8 and 16."""
    found = []
    for number, step in enumerate((*range(4, 18), 31, 32, 33, 64, 65)):
        tier = "smoke" if number % 2 or step < 12 else "default"  # noqa: PLR2004
        wide = (1, step), (step, 1)
        k, s = wide[number % 2 :] + wide[: number % 2]
        line = (2, 2, 3, 2 * step + 2) if number % 2 else (2, 2, 2 * step + 2, 3)
        gaps = Pool.of(tuple(min(part, 2) for part in s), s)
        found.append(Case(f"wide.s{step}", gaps, line, mixed, tier=tier))
        apart = Pool.of(tuple(min(part, 3) for part in k), 1, 0, k)
        turned = (*line[:2], line[3], line[2])
        found.append(Case(f"wide.d{step}", apart, turned, mixed, tier=tier))
        pool = Pool.of(2 * step + 1, step, step)
        tier = "smoke" if step in {4, 9, 16} else "default"
        found.append(Case(f"wide.p{step}", pool, (1, 2, step + 1, step + 3), mixed, tier=tier))
    for size, gap, plane in ((2, 2, (6, 9)), (3, 2, (5, 10)), (2, 3, (8, 4))):
        tiles = Pool.of(size, (size - 1) * gap + 1, 0, gap)
        found.append(Case(f"wide.tiles-k{size}d{gap}", tiles, (1, 4, *plane), mixed))
    long = Pool.of((1, 4), 1, 0, (1, 100))
    found.append(Case("wide.extent-301", long, (1, 2, 2, 304), mixed))
    found.append(Case("wide.dilated-1", Pool.of((1, 2), 1, 0, (3, 1)), (1, 2, 3, 4), mixed))
    return tuple(found)


def scattered(case: Case, seed: int) -> Array:
    """Fill each plane with different whole numbers far from order, quickly also in large ones."""
    sizes = case.shape[-case.pool.rank :]
    size = math.prod(sizes)
    step = next(
        odd for odd in range(int(size * 0.618) | 1, 2 * size + 3, 2) if math.gcd(odd, size) == 1
    )
    plane = (np.arange(size) * step + case.generator(seed).integers(size)) % size - size // 2
    return np.broadcast_to(plane.reshape(sizes), case.shape)


@cache
def alone() -> tuple[Case, ...]:
    """Return single planes, most of whose windows tie, below windows of every kind."""
    return tuple(
        replace(
            case, id=f"alone.{case.id.partition('.')[2]}", shape=(1, 1, *case.shape[2:]), fill=tied
        )
        for case in typed.all_features("float32", "float64")
    )


@cache
def special_ranks() -> tuple[Case, ...]:
    """Return lines and volumes that hold NaN, infinities and zeros, padded ones too."""
    calls = {
        "line": (Pool.of((3,), (1,)), (2, 4, 9)),
        "line-padded": (Pool.of((3,), (2,), 1), (2, 4, 8)),
        "line-dilated": (Pool.of((2,), (1,), 0, (2,)), (2, 4, 8)),
        "cube": (Pool.of((2, 2, 2)), (1, 4, 4, 4, 4)),
        "cube-overlap": (Pool.of((2, 1, 3), 1), (1, 4, 3, 2, 5)),
        "cube-padded": (
            Pool((2, 3, 2), (2, 1, 2), ((1, 1), (1, 1), (1, 1)), (1, 1, 1)),
            (1, 4, 2, 3, 4),
        ),
        "line-ceil": (Pool.of((3,), (2,), ceil_mode=True), (2, 4, 8)),
        "line-begin": (Pool.of((3,), (2,), ((1, 0),)), (2, 4, 8)),
        "cube-dilated": (Pool.of((2, 2, 2), 1, 0, (2, 1, 2)), (1, 4, 4, 2, 3)),
        "cube-ceil": (Pool.of((2, 2, 2), ceil_mode=True), (1, 4, 3, 2, 5)),
        "cube-padded-d": (Pool.of((3, 2, 2), 2, (1, 0, 0)), (1, 4, 4, 2, 3)),
        "cube-padded-h": (Pool.of((1, 3, 2), 1, (0, 1, 0)), (1, 4, 2, 3, 3)),
        "cube-padded-w": (Pool.of((2, 1, 3), (2, 1, 2), (0, 0, 1)), (1, 4, 2, 2, 5)),
    }
    return tuple(
        Case(f"rank.{name}-{dtype}", pool, shape, _specials, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in ("float32", "float64", "float16")
    )


@cache
def far_places() -> tuple[Case, ...]:
    """Return planes of every rank past 8, 11, 15 and 16 bits that few windows reach across."""
    found = []
    for n in (260, 2052, 32772, 65542):
        tier = "smoke" if n in {260, 65542} else "default"
        step = n // 9
        line = Pool.of((2,), (step,))
        found.append(Case(f"far.line-{n}", line, (1, 2, n), scattered, tier=tier))
        side = round(n ** (1 / 3)) + 2
        jump = max(2, side // 4)
        cube = Pool.of((2, 2, 2), (jump, jump + 1, jump))
        shape = (1, 1, side, side + 1, side + 2)
        found.append(Case(f"far.cube-{n}", cube, shape, scattered, tier=tier))
        side = math.isqrt(n) + 2
        jump = max(2, side // 5)
        plane, size = Pool.of((2, 3), (jump, jump + 1)), (1, 1, side, side + 3)
        found.append(Case(f"far.plane-{n}", plane, size, scattered, tier=tier))
    for rank, n in itertools.product((2, 3), (32772, 65542)):
        for axis in range(rank):
            thin = tuple(n if other == axis else 1 for other in range(rank))
            few = Pool.of(tuple(min(2, m) for m in thin), tuple(max(1, m // 9) for m in thin))
            found.append(Case(f"far.thin{axis}of{rank}-{n}", few, (1, 1, *thin), scattered))
    found.append(Case("far.tiles", Pool.of((65, 64)), (1, 1, 260, 256), scattered))
    for side, kernel, tier in ((52, (5, 4), "smoke"), (259, (2, 2), "default")):
        size = (1, 1, side, side + 2)
        pool = Pool.of(kernel, 1)
        found.append(Case(f"far.outputs-{side}", pool, size, scattered, tier=tier))
    return tuple(found)


@cache
def single_elements() -> tuple[Case, ...]:
    """Return axes of one element on which padding makes two windows, beside longer ones."""
    found = []
    planes: tuple[tuple[int, ...], ...] = ((1, 1), (1, 3), (3, 1), (1,))
    planes += ((1, 2, 3), (3, 1, 2), (2, 3, 1), (1, 1, 1))
    for plane in planes:
        name = "x".join(map(str, plane)) if len(plane) > 1 else "line"
        for k, s in ((2, 1), (3, 1), (4, 2)):
            pool = Pool.of((k,) * len(plane), s, k // 2)
            found.append(Case(f"single.{name}-k{k}", pool, (1, 3, *plane), mixed))
    return tuple(found)


@cache
def unlike_axes() -> tuple[Case, ...]:
    """Return volumes and planes whose axes differ in every parameter, in every order."""
    found = []
    triples = list(itertools.permutations((0, 1, 2)))
    pads = ((0, 0), (1, 0), (1, 1))
    for number, order in enumerate(triples):
        later, last = triples[(number + 2) % 6], triples[(number + 3) % 6]
        k = tuple((1, 2, 3)[part] for part in order)
        s = tuple((1, 2, 3)[part] for part in later)
        d = tuple((1, 2, 3)[part] for part in last)
        p = tuple(pads[min(part, size - 1)] for part, size in zip(later, k, strict=True))
        n = tuple(
            5 + part + (size - 1) * (gap - 1) for part, size, gap in zip(last, k, d, strict=True)
        )
        two = tuple(max(2, size) for size in k)
        tier = "smoke" if number % 2 else "default"
        plain, dilated = Pool.of(k, s), Pool.of(two, 1, 0, d)
        padded = Pool(k, s, p, (1, 1, 1))
        found += [
            Case(f"unlike.s{number}", plain, (2, 2, *n), mixed, tier=tier),
            Case(f"unlike.d{number}", dilated, (1, 2, *(m + 1 for m in n)), mixed, tier=tier),
            Case(f"unlike.p{number}", padded, (2, 1, *n), mixed, tier=tier),
            Case(
                f"unlike.ceil{number}",
                Pool.of(two, s, ceil_mode=True),
                (1, 2, *n),
                mixed,
                tier=tier,
            ),
        ]
    return tuple(found)


@cache
def single_rows() -> tuple[Case, ...]:
    """Return batch and channel counts past 8 and 16 bits, in planes of one window."""
    counts = {
        "smoke": ((257, 1), (1, 258), (3, 87), (35, 33), (65, 2), (129, 3), (257, 257)),
        "default": (
            *((1 + c % 2, c) for c in (*range(4, 36), 37, 41, 43, 47, 53, 59, 61, 63, 65, 67)),
            *((n, 1 + n % 3) for n in range(4, 17)),
            (1, 65600),
        ),
    }
    return tuple(
        Case(f"count.n{n}c{c}", Pool.of((1, 2)), (n, c, 1, 2), distinct, tier=tier)
        for tier, pairs in counts.items()
        for n, c in pairs
    )
