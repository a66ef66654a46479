"""Calls for whoever claims little or declares a dialect: other types, and what a switch allows."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, plane_negative
from conformance.cases.ramps import along, each_axis
from conformance.cases.steps import close_ramps
from conformance.features import TYPES
from reference.geometry import extent
from reference.pool import Pool

FAR = 260
"""Elements along each side of a plane of more than 16 bits count."""
WIDTHS = (*range(2, 18), 24, 32, 33, 64)
VECTORS = (4, 8, 16, 32)
"""Widths of which there are rows with a rest and without."""
LONGEST_IN_SMOKE = 9


@cache
def far_in_types() -> tuple[Case, ...]:
    """Return planes of each type past 65535 elements, below a few windows that tile them."""
    pool, shape = Pool.of(FAR // 2), (1, 1, FAR, FAR)
    return tuple(Case(f"far.{dtype}", pool, shape, _one_in_each, dtype) for dtype in TYPES)


def _one_in_each(case: Case, _seed: int) -> Array:
    """Fill with zeros, but a 1 in each window, towards its end."""
    x, (h, w) = np.zeros(case.shape, int), case.pool.kernel_size
    x[..., h - 3 :: h, w - 5 :: w] = 1
    return x


@cache
def tiles() -> tuple[Case, ...]:
    """Return rows and columns of each type below tiling windows, with a rest and without."""
    found = []
    for (number, dtype), k in itertools.product(enumerate(TYPES), WIDTHS):
        rests = (0, (5 * k + 7 * number) % k)
        for rest in dict.fromkeys(rests) if k in VECTORS else (rests[(k + number) % 2],):
            n, axis = 3 * k + rest, (rest > 0) or (k + number) // 2 % 2
            kernel, plane = ((1, k), (3, n)) if axis else ((k, 1), (n, 3))
            smoke = k <= LONGEST_IN_SMOKE and (k + number) % 4 == 0
            name, tier = f"tiles.{'hw'[axis]}{n}k{k}-{dtype}", "smoke" if smoke else "default"
            found.append(Case(name, Pool.of(kernel), (1, 4, *plane), close_ramps, dtype, tier))
    return tuple(found)


@cache
def around_limits() -> tuple[Case, ...]:
    """Return paddings just within and just past each limit that a dialect may set."""
    found = []
    for k, d in ((2, 1), (3, 1), (4, 1), (5, 1), (2, 2), (3, 2), (4, 2), (4, 3), (2, 3), (5, 2)):
        reach = extent(k, d)
        limits = {k // 2, reach // 2, k - 1}
        for p in sorted(limits | {limit + 1 for limit in limits}):
            begins = [(p, 0)] if p <= reach - 1 else []  # else the first window holds nothing
            for number, sides in enumerate(((p, p), (0, p), *begins)):
                axis = (k + d + p + number) % 2
                here, plane = ((1, 0), (2 * reach - 1, 2)) if axis else ((0, 1), (2, 2 * reach - 1))
                pool = along(here, (k, k, sides, d))
                name = f"error.padding-limit.{'wh'[axis]}k{k}d{d}p{sides[0]}-{sides[1]}"
                found.append(Case(name, pool, (1, 2, *plane), plane_negative))
    return tuple(found)


@cache
def equal_padding() -> tuple[Case, ...]:
    """Return windows in nothing but padding that is as wide on both sides, on each kind of axis.

    Where a dialect limits padding less, they are in error for the windows without an element.
    """
    found = []
    for k, s, p in ((2, 1, 2), (2, 2, 2), (1, 1, 1), (3, 3, 3), (3, 1, 4)):
        for place, here, plane in each_axis(6):
            name = f"error.padding-limit.equal-k{k}s{s}p{p}-{place}"
            found.append(Case(name, along(here, (k, s, (p, p), 1)), (1, 2, *plane), plane_negative))
    return tuple(found)


@cache
def one_axis_padded() -> tuple[Case, ...]:
    """Return a padded axis beside one whose last window starts past the end, and may be kept."""
    pools = {"h": Pool.of((2, 1), 2, (1, 0), ceil_mode=True)}
    pools["w"] = Pool.of((1, 2), 2, (0, 1), ceil_mode=True)
    return tuple(
        Case(f"over.beside-padded-{place}", pool, (1, 2, 4, 4), plane_negative)
        for place, pool in pools.items()
    )
