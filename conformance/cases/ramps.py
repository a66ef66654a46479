"""Planes in which every window shows its first and its last tap, and the last window most of all.

In a plane of random numbers a tap that is lost in one window alone is often not the largest, and
then nothing shows. Here the planes rise towards each corner in turn, or every other window rises
and the next one falls, so that what is special about one window, one plane or one count is seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, dtype_of, mixed, one_hot
from reference.pool import Pool

RISES = 4
"""Different numbers in a window of two and its twin, which falls where it rises."""


def ramps(case: Case, _seed: int) -> Array:
    """Fill the planes with numbers that rise towards one corner each, then towards the next."""
    sizes = case.shape[-case.pool.rank :]
    size, rank = math.prod(sizes), len(sizes)
    rising = 2 * np.arange(size).reshape(sizes) - size
    x = np.empty((math.prod(case.shape[:-rank]), *sizes), np.int64)
    for plane, numbers in enumerate(x):
        axes = tuple(axis for axis in range(rank) if plane >> (rank - 1 - axis) & 1)
        numbers[...] = np.flip(rising, axes) - (plane >> rank) * (2 * size + 1)
    return x.reshape(case.shape)


def pairs(case: Case, _seed: int) -> Array:
    """Fill windows of two along W, the last axis, that rise and fall in turn on every axis.

    No number is repeated as long as the type has enough of them.
    """
    width, dtype = case.shape[-1], dtype_of(case.dtype)
    place = np.arange(width)
    rows = np.indices(case.shape[:-1]).sum(axis=0)[..., None]
    falls = (place // 2 + rows) % 2 == 1
    number = np.arange(rows.size).reshape(rows.shape)
    x = number * width + np.where(falls, place ^ 1, place)
    if dtype.kind == "b":
        return np.asarray(x % 2 == 1)
    several = 2**7 if dtype.itemsize <= 2 else x.size + 1  # noqa: PLR2004 - 8 bits are exact
    low = several // 2 if dtype.kind == "u" else -several // 2
    return np.asarray(low + x % several)


def some_equal(case: Case, seed: int) -> Array:
    """Fill each row with windows of two that rise and fall; the last ties, but in the last row."""
    x = pairs(case, seed)
    rows = x.reshape(-1, x.shape[-1])
    rows[:-1, RISES + 1] = rows[:-1, RISES]
    return x


def some_nan(case: Case, seed: int) -> Array:
    """Fill each row with windows of two that rise, that fall, and that end in NaN."""
    x = pairs(case, seed).astype(case.dtype)
    x[..., RISES + 1] = np.nan
    return x


ROW = Pool.of((1, 2))
"""Windows of two along W."""


@cache
def counts() -> tuple[Case, ...]:
    """Return every channel count up to 35 and primes, batches, and planes past 8 and 16 bits."""
    found = {
        "smoke": (
            *((n, c) for n in (1, 2) for c in (*range(4, 36), *range(37, 68, 2), 64)),
            *((n, 1 + n % 3) for n in range(4, 17)),
            *((129, 1), (130, 1), (257, 1), (258, 1), (1, 258), (1, 259), (3, 87)),
            *((35, 33), (1, 1031), (1, 1032)),
        ),
        "default": ((181, 182), (256, 257), (1, 65537), (65537, 1)),
    }
    return tuple(
        Case(f"pair.n{n}c{c}", ROW, (n, c, 1, RISES + 2), some_equal, tier=tier)
        for tier, each in found.items()
        for n, c in each
    )


@cache
def counts_with_nan() -> tuple[Case, ...]:
    """Return channel counts around those of vectors, and primes, with a NaN in each plane."""
    return tuple(
        Case(f"pair.nan-c{c}", ROW, (1, c, 1, RISES + 2), some_nan)
        for c in (3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 37, 64, 67, 129)
    )


@cache
def wide_counts() -> tuple[Case, ...]:
    """Return hundreds of channels or items, with every rest of 32, below windows of nine taps."""
    each = (*((1, c) for c in (257, 271, 283, 310, 541, 1055)), (271, 1), (283, 2))
    return tuple(Case(f"nine.n{n}c{c}", Pool.of(3, 1), (n, c, 3, 4), ramps) for n, c in each)


@cache
def window_counts() -> tuple[Case, ...]:
    """Return planes of as many windows as a block of some size holds, and of one more and less."""
    near = [size + one for size in (64, 100, 128, 256, 512, 1000, 1024) for one in (-1, 0, 1)]
    outs = {
        "smoke": (*near, 96, 192, 200, 320, 400, 2048, 4097),
        "default": (300, 384, 499, 500, 501, 768, 2047, 2049, 4096, 10001),
        "deep": (2000, 8192, 10000),
    }
    found = [
        Case(f"outs.c{c}w{out}", ROW, (1, c, rows, 2 * out // rows), pairs, tier=tier)
        for tier, several in outs.items()
        for out in several
        for rows in [max(h for h in range(1, math.isqrt(out) + 1) if out % h == 0)]
        for c in (2, 3)  # so that the very last window of a call rises in one and falls in another
    ]
    for shape in ((1, 2, 1, 131080), (2, 2, 1, 32800)):
        name = f"outs.n{shape[0]}w{shape[-1] // 2}"
        found.append(Case(name, ROW, shape, pairs, tier="default"))
    for h, w in ((8, 8), (10, 10), (25, 4), (16, 16), (40, 25), (32, 32)):
        shape = (1, 4, 2 * h, 2 * w)
        found.append(Case(f"outs.{h}x{w}", Pool.of(2), shape, ramps))
    return tuple(found)


@cache
def ranked_counts() -> tuple[Case, ...]:
    """Return lines and volumes of more windows than blocks of any usual size hold."""
    found = []
    for out in (65, 129, 257, 513, 1025, 2049, 4097):
        tier = "default" if out in {513, 1025} else "smoke"
        line = Pool.of((2,))
        found.append(Case(f"outs.line{out}", line, (1, 2, 2 * out), pairs, tier=tier))
    for sizes in ((5, 13, 2), (3, 43, 2), (1, 7, 37), (1, 1, 263), (13, 13, 13), (17, 241, 1)):
        d, h, w = sizes
        name, pool = f"outs.{d}x{h}x{w}", Pool.of((1, 1, 2))
        found.append(Case(name, pool, (1, 2, d, h, 2 * w), pairs))
    return tuple(found)


def each_axis(n: int) -> tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]:
    """Return an axis of n elements as W, as H and alone: a letter, which it is, and the plane."""
    return ("w", (0, 1), (2, n)), ("h", (1, 0), (n, 2)), ("l", (1,), (n,))


def along(
    here: Sequence[int], axis: tuple[int, int, tuple[int, int], int], *, ceil_mode: bool = False
) -> Pool:
    """Return parameters (k, s, padding, d) on the axes where `here` is true, and 1 elsewhere."""
    k, s, padding, d = axis
    return Pool(
        tuple(k if one else 1 for one in here),
        tuple(s if one else 1 for one in here),
        tuple(padding if one else (0, 0) for one in here),
        tuple(d if one else 1 for one in here),
        ceil_mode=ceil_mode,
    )


@cache
def wide_rows() -> tuple[Case, ...]:
    """Return rows, columns and lines of more windows than a tile holds, below every parameter."""
    found = []
    for out, (name, (k, s, begin, end, d, ceil)) in itertools.product((67, 131, 259), WIDE.items()):
        n = (out - 1) * s + (k - 1) * d + 1 - begin - end - (1 if ceil else 0)
        tier = "smoke" if out == 131 else "default"  # noqa: PLR2004 - past 64 and past 128
        for axis, plane in (("w", (1, n)), ("h", (n, 1)), ("line", (n,)), ("rows", (3, n))):
            here = [n > 1 for n in plane] if axis != "rows" else [False, True]
            pool = along(here, (k, s, (begin, end), d), ceil_mode=ceil)
            planes = 2 ** len(plane)
            case_id = f"wide.{axis}{out}-{name}"
            found.append(Case(case_id, pool, (1, planes, *plane), ramps, tier=tier))
    return tuple(found)


WIDE = {
    "d2": (3, 1, 0, 0, 2, False),
    "d3s2": (2, 2, 0, 0, 3, False),
    "p1": (3, 1, 1, 1, 1, False),
    "s2p1": (3, 2, 1, 1, 1, False),
    "s3": (2, 3, 0, 0, 1, False),
    "p02": (4, 1, 0, 2, 1, False),
    "p20": (4, 2, 2, 0, 1, False),
    "ceil": (3, 2, 0, 0, 1, True),
    "d2p1": (2, 1, 1, 1, 2, False),
}
"""kernel_size, stride, begin and end padding, dilation and ceil_mode of one axis."""


RUNS = (3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 64, 65)
"""Kernel sizes of long rows, about the sizes of blocks and the levels of tables."""


@cache
def runs() -> tuple[Case, ...]:
    """Return rows of some five kernels each, in which running maxima meet every border."""
    found = []
    for number, k in enumerate(RUNS):
        n, even = 5 * k + 3, number % 2 == 0
        fit = Pool.of((k,), (1,), k // 2, 1)
        found += [
            Case(f"run.w{k}", Pool.of((1, k), 1), (1, 2, 1, n), ramps),
            Case(f"run.line{k}", Pool.of((k,), (1,)), (1, 2, n + k % 3), ramps),
            Case(f"run.fit{k}", fit, (1, 2, 2 * k + 1 if even else k + 1), ramps),
        ]
        padded = Pool.of((k, 1), (1, 1), (k // 2, 0))
        twos = Pool.of((1, k), (1, 2))
        tier = "smoke" if even else "default"
        found.append(Case(f"run.h{k}", padded, (1, 4, n, 1), ramps, tier=tier))
        tier = "default" if even else "smoke"
        found.append(Case(f"run.twos{k}", twos, (1, 2, 1, n), ramps, tier=tier))
    return tuple(found)


@cache
def thin() -> tuple[Case, ...]:
    """Return planes of one row or column, whose other axis has padding alone around it."""
    return tuple(
        Case(f"thin.{name}-k{k}s{s}", Pool.of(k, s, k // 2), (1, 4, *plane), ramps)
        for name, plane in (("9x1", (9, 1)), ("1x9", (1, 9)))
        for k, s in ((2, 1), (3, 1), (3, 2), (5, 1))
    )


@cache
def exact_sizes() -> tuple[Case, ...]:
    """Return planes of exactly as many elements as a type can count, and of some more and less."""
    found = []
    for limit, others in ((128, (-1, 0, 1)), (256, (-1, 0, 1, 2)), (2048, (0, 1, 2))):
        found += [_of_size(limit + one, axis) for one in others for axis in "hw"]
    for limit in (2**15, 2**16):
        found += [_of_size(limit + one, "wh"[one % 2]) for one in (0, 1, 2)]
    for n in (129, 257, 2049, 32769, 65537):
        row = _of_size(n, "w")
        pool = Pool(row.pool.kernel_size[1:], row.pool.stride[1:], ((0, 0),), (1,))
        found.append(Case(f"exact.line{n}", pool, (1, 2, n), ramps))
    return tuple(found)


def _of_size(n: int, axis: str) -> Case:
    """Return a plane of n elements, few windows of which reach from its first to its last."""
    k, s = next(
        (k, s)
        for k in range(2, 9)
        for s in range(max(k, n // 40), n)
        if (n - k) % s == 0 and s < n // 2
    )
    pool = Pool.of((1, k), (1, s)) if axis == "w" else Pool.of((k, 1), (s, 1))
    return Case(f"exact.{axis}{n}", pool, (1, 2, 1, n) if axis == "w" else (1, 2, n, 1), ramps)


LONG = (*range(34, 41), 48, 49, 63, 64, 66, 99, 100, 101, 127, 128, 129)
LONGER = (255, 256, 257, 258, 511, 512, 513, 514, 1000, 1023, 1024, 1025)


@cache
def long_kernels() -> tuple[Case, ...]:
    """Return kernels of many sizes, a few taps of which, the last ones too, decide in turn."""
    found = []
    for number, k in enumerate((*LONG, *LONGER)):
        kernel = (1, k) if number % 2 or k in {257, 513} else (k, 1)
        found.append(Case(f"tap.some{k}", Pool.of(kernel), (13, 1, *kernel), _some_taps))
    blocks = ((3, 11), (7, 5), (5, 7), (8, 8), (9, 7), (5, 13), (9, 9), (11, 11))
    cubes = ((3, 3, 4), (2, 5, 5), (4, 4, 4), (3, 4, 5), (5, 5, 5))
    for block in (*blocks, *cubes):
        name, size = f"tap.{'x'.join(map(str, block))}-each", math.prod(block)
        found.append(Case(name, Pool.of(block), (size, 1, *block), one_hot))
    thin = ((17, 1, 2), (1, 18, 2), (2, 1, 19))
    for block in ((13, 13), (3, 43), (43, 6), (16, 16), (17, 16), (3, 7, 13), (7, 7, 7), *thin):
        name = f"tap.{'x'.join(map(str, block))}-some"
        found.append(Case(name, Pool.of(block), (13, 1, *block), _some_taps))
    return tuple(found)


def _some_taps(case: Case, _seed: int) -> Array:
    """Fill with -1, and a 1 at one tap per batch item: the last five, the first, some between."""
    size = math.prod(case.shape[1:])
    taps = [*range(size - 5, size), 0, size // 2, size // 3, 2 * size // 3]
    taps += [min(size - 1, at) for at in (31, 32, 63, 64, 256)]
    x = np.full((case.shape[0], size), -1)
    x[np.arange(len(x)), taps[: len(x)]] = 1
    return x.reshape(case.shape)


@cache
def zeros_among_negatives() -> tuple[Case, ...]:
    """Return large windows of negative numbers with one zero, of either sign, at some tap."""
    blocks = ((1, 65), (9, 9), (129, 1), (17, 16), (3, 5, 5))
    found = [
        Case(f"zero.{'x'.join(map(str, block))}", Pool.of(block), (13, 2, *block), _zero_somewhere)
        for block in blocks
    ]
    pool = Pool.of(9)
    return *found, *(
        Case(f"zero.9x9-{dtype}", pool, (13, 2, 9, 9), _zero_somewhere, dtype)
        for dtype in ("float64", "float16", "bfloat16")
    )


def _zero_somewhere(case: Case, seed: int) -> Array:
    """Fill with -1, and a zero where `_some_taps` has a 1: -0 in the first channel, then +0."""
    one_channel = (case.shape[0], 1, *case.shape[2:])
    taps = _some_taps(Case(case.id, case.pool, one_channel, _some_taps), seed) == 1
    return np.concatenate([np.where(taps, zero, -1.0) for zero in (-0.0, 0.0)], axis=1)


@cache
def squares() -> tuple[Case, ...]:
    """Return square kernels with stride 1, as spatial pyramids have them, and every tap of them."""
    found = []
    for k in (5, 7, 9, 13):
        n, pool = k + 1, Pool.of(k, 1)
        found.append(Case(f"square.k{k}", pool, (n * n, 1, n, n), one_hot))
        padded = Pool.of(k, 1, k // 2)
        found.append(Case(f"square.k{k}p{k // 2}", padded, (1, 4, n + 1, n), ramps))
        if k > 7:  # noqa: PLR2004 - smaller ones are enumerated elsewhere
            found.append(
                Case(f"square.k{k}-across", padded, (4 * n, 1, n, n), _across, tier="default")
            )
    return tuple(found)


def _across(case: Case, _seed: int) -> Array:
    """Fill with -1, and a 1 at each place of both diagonals and of the first row and column."""
    n = case.shape[-1]
    x, step = np.full(case.shape, -1), np.arange(n)
    for part, (row, column) in enumerate(
        ((step, step), (step, n - 1 - step), (0 * step, step), (step, 0 * step))
    ):
        x[part * n + step, 0, row, column] = 1
    return x


@cache
def equal_axes() -> tuple[Case, ...]:
    """Return squares and cubes whose kernel is equal on every axis and all else is not."""
    found: list[Case] = []
    for rank, orders in (
        (2, ((0, 1), (1, 0), (0, 2), (2, 0))),
        (3, itertools.permutations((0, 1, 2))),
    ):
        for number, order in enumerate(orders):
            found += _equal(rank, number, order)
    return tuple(found)


def _equal(rank: int, number: int, order: tuple[int, ...]) -> Iterator[Case]:
    steps = tuple((1, 2, 3)[part] for part in order)
    pads = tuple(((0, 0), (1, 0), (1, 1))[part] for part in order)
    plain, ones = ((0, 0),) * rank, (1,) * rank
    calls = {
        "s": (Pool((2,) * rank, steps, plain, ones), 6),
        "k": (Pool(steps, ones, plain, ones), 4),
        "d": (Pool((2,) * rank, ones, plain, steps), 5),
        "p": (Pool((2,) * rank, (2,) * rank, pads, ones), 5),
        "ceil": (Pool((2,) * rank, steps, plain, ones, ceil_mode=True), 6 + rank % 2),
    }
    for letter, (pool, n) in calls.items():
        yield Case(f"equal.{letter}{number}r{rank}", pool, (2, 4, *((n,) * rank)), mixed)
    twice = tuple(3 + step for step in steps)  # two windows on each axis, also with steps swapped
    yield Case(f"equal.o{number}r{rank}", Pool.of((3,) * rank, steps), (2, 4, *twice), mixed)


@cache
def whole_planes() -> tuple[Case, ...]:
    """Return kernels that cover the whole plane and more, with and without padding."""
    found = []
    for sizes in ((7,), (5, 8), (7, 7), (2, 3, 4)):
        rank, name = len(sizes), "x".join(map(str, sizes))
        lead = (2, 2**rank)
        wider = tuple(n + 2 for n in sizes)
        more = Pool(wider, wider, ((1, 1),) * rank, (1,) * rank)
        one = Pool(tuple(n + 1 for n in sizes), (1,) * rank, ((0, 1),) * rank, (1,) * rank)
        kept = Pool(sizes, (2,) * rank, ((1, 1),) * rank, (1,) * rank)
        wide = Pool(sizes, sizes, ((1, 0),) * rank, (1,) * rank, ceil_mode=True)
        for word, pool in (
            ("exact", Pool.of(sizes)),
            ("more", more),
            ("end", one),
            ("padded", kept),
            ("ceil", wide),
        ):
            found.append(Case(f"whole.{name}-{word}", pool, (*lead, *sizes), ramps))
    return tuple(found)
