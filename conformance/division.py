"""In which order implementations are judged, so that few are divided between workers.

Each worker is given an equal share of the checks, one implementation after the other. Two
workers that judge one implementation both make its inputs, calls and expected answers; who
claims least has the fewest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

Who = TypeVar("Who")


def divided(count: int, workers: int) -> list[int]:
    """Return which places of `count` in a row lie in the shares of two workers."""
    borders = (count * share for share in range(1, workers))
    return sorted({border // workers for border in borders if border % workers})


def in_order(targets: Sequence[Who], claims: Mapping[Who, int], workers: int) -> list[Who]:
    """Return the targets so that those with the fewest claims stand where the shares meet."""
    places = divided(len(targets), workers)
    light = sorted(targets, key=lambda target: claims[target])[: len(places)]
    rest = [target for target in targets if target not in light]
    for place, target in zip(places, light, strict=True):
        rest.insert(place, target)
    return rest
