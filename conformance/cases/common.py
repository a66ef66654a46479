"""The windows that everybody writes a fast path for, with every kind of content in their way.

Small planes whose width is a multiple of a vector, or just not; the content is one of `CONTENTS`
in all of a call, so that nothing else stands between a fast path and its fault.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, constant, dtype_of, plane_negative, tied
from conformance.cases.ramps import ramps
from reference.pool import Pool

LAYERS = {
    "k3s2p1": Pool.of(3, stride=2, padding=1),
    "k2s2": Pool.of(2),
    "k3s2": Pool.of(3, stride=2),
    "k3s1p1": Pool.of(3, stride=1, padding=1),
    "k2s1": Pool.of(2, stride=1),
    "k5s1p2": Pool.of(5, stride=1, padding=2),
    "k3s2-ceil": Pool.of(3, stride=2, ceil_mode=True),
    "k3s3": Pool.of(3),
}
"""In the order of how often networks have them."""
PLANES = ((6, 16), (8, 8), (4, 32), (7, 7), (5, 64), (14, 14), (6, 112), (9, 15))
"""Height and width: of vectors of 4, 8 and 16, and of none."""
JOINED = 5
"""How many elements a window of one row has at most."""
FIRST = 4
"""So many layers, and planes of each, are in the smoke tier."""


def _scattered(value: float) -> Fill:
    """Fill with different negative numbers, and a value at about every seventh place."""

    def fill(case: Case, seed: int) -> Array:
        x = plane_negative(case, seed).astype(np.float64)
        x[case.generator(seed, "where").integers(7, size=case.shape) == 0] = value
        return x

    return fill


CONTENTS: dict[str, Fill] = {
    "negative": plane_negative,
    "tied": tied,
    "minus-inf": constant(-np.inf),
    "some-minus-inf": _scattered(-np.inf),
    "nan": _scattered(np.nan),
    "plus-inf": _scattered(np.inf),
}


@cache
def layers(content: str) -> tuple[Case, ...]:
    """Return the common layers on planes of every width, all with one kind of content.

    Each layer meets some of the planes in the default tier, and all in the deep one; in the
    smoke tier the first layers meet the first planes and others in turn.
    """
    found = []
    for place, (name, pool) in enumerate(LAYERS.items()):
        for number, (h, w) in enumerate(PLANES):
            turn = (number - place) % FIRST
            tier = "default" if turn % 2 == 0 or number == 0 else "deep"
            if place < FIRST and (turn == 0 or number < FIRST - place - 1):
                tier = "smoke"
            case_id = f"common.{name}-{h}x{w}-{content}"
            found.append(Case(case_id, pool, (1, 2, h, w), CONTENTS[content], tier=tier))
    return tuple(found)


WIDEST = 67
"""Past a vector of 64 bytes, whatever the type, and what is left over after one."""
EVERY_WIDTH = 2
"""So many layers meet every width in the smoke tier."""
LARGEST_SQUARE = 7


@cache
def widths() -> tuple[Case, ...]:
    """Return the common layers on low planes of every width, and on narrow ones of every height."""
    found = []
    for place, (name, pool) in enumerate(LAYERS.items()):
        for size in range(3, WIDEST + 1):
            turn = (size + place) % FIRST
            wide = "smoke" if place < EVERY_WIDTH else "default" if turn < 2 else "deep"  # noqa: PLR2004
            high = "default" if turn == 2 else "deep"  # noqa: PLR2004 - those that are not wide
            for case_id, plane, tier in (
                (f"common.{name}-w{size}", (5, size), wide),
                (f"common.{name}-h{size}", (size, 5), high),
            ):
                found.append(Case(case_id, pool, (1, 4, *plane), ramps, tier=tier))
    return tuple(case for case in found if min(case.shape[-2:]) + 2 >= case.pool.kernel_size[0])


@cache
def single_rows() -> tuple[Case, ...]:
    """Return windows of one row, or of one column, that leave a rest of each row.

    The rests make whole windows together, which whoever joins rows to a line goes on to.
    """
    planes = [
        (k, h, w)
        for k in range(2, JOINED + 1)
        for w in range(k + 1, 2 * k + 2)
        for h in range(2, k + 2)
        if w % k and not h * w % k
    ]
    volumes = {
        "row": ((1, 1, 2), (2, 2, 3)),
        "column": ((1, 2, 1), (2, 3, 2)),
        "tube": ((2, 1, 1), (3, 2, 2)),
        "plane": ((1, 2, 2), (2, 3, 3)),
    }
    return (
        *(Case(f"row.k{k}w{w}h{h}", Pool.of((1, k)), (1, 2, h, w), ramps) for k, h, w in planes),
        *(Case(f"column.k{k}h{w}w{h}", Pool.of((k, 1)), (1, 2, w, h), ramps) for k, h, w in planes),
        *(
            Case(f"volume.{name}", Pool.of(kernel), (1, 8, *sizes), ramps)
            for name, (kernel, sizes) in volumes.items()
        ),
    )


@cache
def squares() -> tuple[Case, ...]:
    """Return square kernels between paddings that differ."""
    return tuple(
        Case(f"square.k{k}p{h}x{w}s{s}", Pool.of(k, s, (h, w)), (1, 4, k + 3, k + 4), ramps)
        for k in range(2, LARGEST_SQUARE + 1)
        for h in range(k // 2 + 1)
        for w in range(k // 2 + 1)
        for s in (1 + (h + w) % 2,)
        if h != w
    )


@cache
def square_steps() -> tuple[Case, ...]:
    """Return square kernels with strides that differ, either being the larger."""
    return tuple(
        Case(f"square.k{k}s{h}x{w}", Pool.of(k, (h, w)), (1, 4, k + 5, k + 6), ramps)
        for k in (*range(2, LARGEST_SQUARE + 1), 9, 11, 13)
        for h, w in ((1, 2), (3, 2))
    )


@cache
def bins() -> tuple[Case, ...]:
    """Return windows that cover a square plane, as the unequal bins of adaptive pooling would."""
    return tuple(
        Case(f"bins.{out}of{n}", Pool.of(n - 2 * (out - 1), 2), (1, 4, n, n), ramps)
        for out in range(3, 8)
        for n in range(2 * out + 2, min(3 * out, 2 * out + 5))
    )


@cache
def many_tiles() -> tuple[Case, ...]:
    """Return planes of more tiles of 16, 32, 64 or 128 outputs along one axis than 8, and a few."""
    outputs = {
        "smoke": ((145, 66), (290, 66)),
        "default": ((66, 145), (530, 66), (1100, 66)),
    }
    return tuple(
        Case(f"tiles.{h}x{w}", Pool.of((2, 1)), (1, 1, 2 * h, w), ramps, tier=tier)
        for tier, several in outputs.items()
        for h, w in several
    )


def _of_any_size(case: Case, seed: int) -> Array:
    """Fill with numbers of every size that the type has."""
    dtype = dtype_of(case.dtype)
    generator = case.generator(seed, "bits")
    bits = generator.integers(0, 256, (*case.shape, dtype.itemsize), np.uint8)
    x: Array = bits.view(dtype)[..., 0]
    if dtype.kind in "iu":
        return x
    with np.errstate(invalid="ignore"):  # some are NaN that signal
        return np.where(np.isfinite(x), x, np.ones((), dtype))


def large_planes(*types: str) -> tuple[Case, ...]:
    """Return a common layer on planes of more than 4096 numbers of any size, in each type."""
    at_once = ("float32", "float64")
    return tuple(
        Case(
            f"common.numbers-{dtype}",
            LAYERS["k3s2p1"],
            (1, 2, 65, 67),
            _of_any_size,
            dtype,
            "smoke" if dtype in at_once else "default",
        )
        for dtype in types
        if dtype != "bool"
    )
