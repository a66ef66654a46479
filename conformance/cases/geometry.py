"""Every geometry of one axis up to small bounds, paired so that the two axes differ.

One axis has few parameters, so they are enumerated: input size, kernel_size, stride,
begin and end padding, dilation, ceil_mode. Axes that need the same features are paired,
each once as H and once as W. Bounds per tier are in `BOUNDS`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from conformance.cases.case import TIERS, Case, mixed, one_hot
from conformance.features import needed
from conformance.oracle import legal
from reference.dialect import DEFAULT
from reference.geometry import extent
from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Axis:
    """The parameters of one axis."""

    n: int
    k: int
    s: int
    begin: int
    end: int
    d: int
    ceil: bool

    def __str__(self) -> str:
        """Return the axis as it stands in a case id."""
        pads = f"p{self.begin}{self.end}" if self.begin or self.end else ""
        dilation = f"d{self.d}" if self.d > 1 else ""
        return f"{self.n}k{self.k}s{self.s}{pads}{dilation}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest value of each parameter of an axis, and of the sum of its paddings."""

    n: int
    k: int
    s: int
    pads: int
    d: int


BOUNDS = {
    "smoke": Bounds(n=4, k=3, s=3, pads=1, d=2),
    "default": Bounds(n=6, k=4, s=4, pads=3, d=2),
    "deep": Bounds(n=9, k=5, s=6, pads=4, d=4),
}
SMOKE_STEP = 3
"""The smoke tier takes every third pair of its bounds."""


@cache
def axes(tier: str) -> tuple[Axis, ...]:
    """Return the legal axes within the bounds of a tier, small ones first."""
    bounds = BOUNDS[tier]
    found = []
    for n, k, s, d, ceil in itertools.product(
        range(1, bounds.n + 1),
        range(1, bounds.k + 1),
        range(1, bounds.s + 1),
        range(1, bounds.d + 1),
        (False, True),
    ):
        for begin, end in itertools.product(range(min(k, bounds.pads + 1)), repeat=2):
            axis = Axis(n, k, s, begin, end, d, ceil)
            if begin + end <= bounds.pads and _worth_it(axis):
                found.append(axis)
    return tuple(found)


def _worth_it(axis: Axis) -> bool:
    """Return whether the axis is legal and not written in a simpler way elsewhere."""
    if (axis.d > 1 and axis.k == 1) or axis.begin == axis.end > axis.k // 2:
        return False
    pool = pool_of(axis)
    if axis.ceil and "remainder" not in needed((1, 1, axis.n), "float32", pool):
        return False
    if axis.n + axis.begin + axis.end < extent(axis.k, axis.d):
        return False  # whether ceil_mode makes one window of it is left to implementations
    return legal((1, 1, axis.n), pool, DEFAULT)


def pool_of(*parts: Axis) -> Pool:
    """Return the parameters of a call with these axes."""
    return Pool(
        tuple(axis.k for axis in parts),
        tuple(axis.s for axis in parts),
        tuple((axis.begin, axis.end) for axis in parts),
        tuple(axis.d for axis in parts),
        any(axis.ceil for axis in parts),
    )


@cache
def groups(tier: str) -> dict[frozenset[str], list[Axis]]:
    """Return the axes of a tier by the features that each needs."""
    found: dict[frozenset[str], list[Axis]] = defaultdict(list)
    for axis in axes(tier):
        found[needed((1, 1, axis.n), "float32", pool_of(axis)) - {"rank-1"}].append(axis)
    return dict(sorted(found.items(), key=lambda item: (len(item[0]), sorted(item[0]))))


def pairs(tier: str) -> Iterator[tuple[Axis, Axis]]:
    """Yield each axis of a tier, now as H and now as W, with another one of its group.

    In the deep tier each is both. Then come every fourth with a plain axis, and dilations
    that differ.
    """
    plain = groups(tier)[frozenset()]
    for group in groups(tier).values():
        shift = max(1, len(group) // 2)
        each = len(group) if tier == "deep" else len(group) - shift
        for index, axis in enumerate(group[:each]):
            pair = (axis, group[(index + shift) % len(group)])
            yield pair if tier == "deep" or index % 2 else pair[::-1]
        for index, axis in enumerate(group[::4]):
            pair = (axis, plain[(index * 5 + 3) % len(plain)])
            yield pair if index % 2 else pair[::-1]
    for k, n in ((2, 5), (3, 8), (2, 6)):
        for d, other in ((1, 2), (2, 1), (2, 3), (3, 2), (1, 3), (3, 1)):
            yield Axis(n, k, 1, 0, 0, d, ceil=False), Axis(n + 1, 2, 2, 0, 0, other, ceil=False)


@cache
def planes(tier: str) -> tuple[Case, ...]:
    """Return one case per pair of axes: different values, ties, and a lone peak at each place."""
    found: dict[str, Case] = {}
    for level in TIERS[: TIERS.index(tier) + 1]:
        step = SMOKE_STEP if level == "smoke" else 1
        for number, (h, w) in enumerate(itertools.islice(pairs(level), 0, None, step)):
            name, channels = _name("grid", (h, w)), 1 + number % 3
            batch = -(-(4 + h.n * w.n) // channels)
            shape = (batch, channels, h.n, w.n)
            found.setdefault(name, Case(name, pool_of(h, w), shape, mixed, tier=level))
    return tuple(found.values())


def few(tier: str) -> tuple[Case, ...]:
    """Return the geometries for laws that have little to do with geometry: some of smoke's."""
    return planes("smoke")[:: 4 if tier == "smoke" else 1]


def thinned(tier: str, part: int = 0) -> tuple[Case, ...]:
    """Return the geometries for laws that other checks imply or that cost more.

    Of the default tier's own, every third, from number `part` on.
    """
    numbered = enumerate(planes(tier))
    return tuple(case for number, case in numbered if case.tier != "default" or number % 3 == part)


def _name(family: str, parts: tuple[Axis, ...]) -> str:
    ceil = "-ceil" if any(axis.ceil for axis in parts) else ""
    return f"{family}.{'x'.join(str(axis) for axis in parts)}{ceil}"


@cache
def large_windows() -> tuple[Case, ...]:
    """Return windows and strides beyond the bounds, below a one that stands at each position."""
    calls = {
        "k3s9": (Pool.of(3, stride=9), (12, 12), "smoke"),
        "k5s1p2": (Pool.of(5, stride=1, padding=2), (6, 7), "smoke"),
        "k5x7": (Pool.of((5, 7)), (10, 7), "default"),
        "k9x9": (Pool.of(9), (9, 9), "default"),
        "k10x11": (Pool.of((10, 11)), (10, 11), "default"),
        "k2s7x8": (Pool.of(2, stride=(7, 8)), (9, 10), "default"),
        "k7s2p3": (Pool.of(7, stride=2, padding=3), (8, 9), "default"),
    }
    return tuple(
        Case(f"foot.{name}", pool, (h * w, 1, h, w), one_hot, tier=tier)
        for name, (pool, (h, w), tier) in calls.items()
    )


@cache
def other_ranks(tier: str) -> tuple[Case, ...]:
    """Return cases of one and three spatial axes, every axis of the smoke bounds among them."""
    found: dict[str, Case] = {}
    for level in TIERS[: min(TIERS.index(tier), 1) + 1]:
        for group in groups(level).values():
            for index, axis in enumerate(group):
                one, at = _name("line", (axis,)), level if index % 3 == 0 else "default"
                shape: tuple[int, ...] = (4 + axis.n, 1, axis.n) if index % 2 else (2, 3, axis.n)
                found.setdefault(one, Case(one, pool_of(axis), shape, mixed, tier=at))
                if index % 3 == 0:
                    at = level if index % 9 == 0 else "default"
                    three = (axis, group[(index + 1) % len(group)], group[(index + 2) % len(group)])
                    name = _name("cube", three)
                    shape = (2, 2, *(part.n for part in three))
                    found.setdefault(name, Case(name, pool_of(*three), shape, mixed, tier=at))
    return tuple(found.values())
