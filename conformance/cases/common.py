"""The windows that everybody writes a fast path for, with every kind of content in their way.

Small planes whose width is a multiple of a vector, or just not; the content is one of `CONTENTS`
in all of a call, so that nothing else stands between a fast path and its fault.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from conformance.cases.case import Array, Case, Fill, constant, plane_negative, tied
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
