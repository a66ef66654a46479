"""Batch and channel counts: odd and prime ones, one past each power of two, many planes."""

from __future__ import annotations

from functools import cache

from conformance.cases.case import Case, plane_distinct
from conformance.cases.windows import nan_fill
from reference.pool import Pool

COUNTS = (
    (1, 1),
    (1, 2),
    (2, 1),
    (1, 3),
    (3, 1),
    (2, 3),
    (5, 1),
    (1, 5),
    (1, 7),
    (3, 5),
    (1, 8),
    (1, 9),
    (2, 8),
    (1, 11),
    (1, 13),
    (1, 16),
    (1, 17),
    (4, 4),
    (5, 7),
    (1, 19),
    (1, 23),
    (2, 16),
    (1, 31),
    (1, 32),
    (1, 33),
    (3, 11),
    (1, 37),
    (17, 3),
    (1, 64),
    (1, 65),
    (1, 67),
    (2, 67),
    (67, 1),
)
FIRST = {(1, 1), (2, 3), (3, 1), (1, 7), (5, 7), (1, 16), (1, 17), (1, 33), (2, 67), (17, 3)}
"""The counts of the smoke tier."""
MANY = ((1, 257), (300, 1), (3, 347), (1, 65537))


@cache
def counts() -> tuple[Case, ...]:
    """Return a tiling 2x2 window for every count, with different numbers in each plane."""
    small = [
        Case(
            f"planes.n{n}c{c}",
            Pool.of(2),
            (n, c, 4, 6),
            plane_distinct,
            tier="smoke" if (n, c) in FIRST else "default",
        )
        for n, c in COUNTS
    ]
    wide = [
        Case(f"planes.n{n}c67-24x26", Pool.of(2), (n, 67, 24, 26), plane_distinct, tier=tier)
        for n, tier in ((1, "smoke"), (2, "default"))
    ]
    many = [
        Case(f"planes.n{n}c{c}", Pool.of((1, 2)), (n, c, 1, 2), plane_distinct, tier="default")
        for n, c in MANY
    ]
    return (*small, *wide, *many)


@cache
def richer() -> tuple[Case, ...]:
    """Return overlapping, padded and dilated windows for several counts."""
    pools = {
        "overlap": (Pool.of(3, stride=1), (5, 4)),
        "odd": (Pool.of(2, stride=2), (5, 7)),
        "padded": (Pool.of(3, stride=2, padding=1), (5, 6)),
        "dilated": (Pool.of(2, stride=1, dilation=2), (4, 5)),
        "ceil": (Pool.of(3, stride=2, ceil_mode=True), (6, 4)),
        "one": (Pool.of(1), (3, 4)),
        "gaps": (Pool.of((1, 2), stride=(2, 3)), (5, 8)),
    }
    counts_of = {
        (2, 3): "smoke",
        (1, 17): "smoke",
        (3, 5): "default",
        (9, 1): "default",
        (1, 35): "default",
    }
    return tuple(
        Case(f"planes.{name}-n{n}c{c}", pool, (n, c, *plane), plane_distinct, tier=tier)
        for name, (pool, plane) in pools.items()
        for (n, c), tier in counts_of.items()
    )


@cache
def with_nan() -> tuple[Case, ...]:
    """Return windows a tenth of whose elements are NaN, for several counts."""
    return tuple(
        Case(f"planes.nan-n{n}c{c}", Pool.of(2), (n, c, 6, 4), nan_fill(0.1), tier=tier)
        for tier, counts_of in {
            "smoke": ((2, 5), (1, 16), (1, 67)),
            "default": ((1, 1), (1, 3), (1, 17), (1, 33), (5, 1)),
        }.items()
        for n, c in counts_of
    ) + tuple(
        Case(f"planes.nan-{name}", Pool.of(kernel), (1, 5, *plane), nan_fill(0.02))
        for name, kernel, plane in (
            ("k7x7", (7, 7), (7, 21)),
            ("k1x65", (1, 65), (2, 130)),
            ("k300x1", (300, 1), (300, 2)),
        )
    )
