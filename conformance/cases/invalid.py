"""Calls that must be refused as they ask for what is not claimed, and what invalid ones mention."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conformance.cases.case import Case, plane_distinct
from conformance.clauses import features
from conformance.features import (
    METHODS,
    NEVER_ASKED,
    TYPES,
    needed,
    words,
)
from reference.pool import Pool

MOST_LACKING = 10
"""Calls at most that ask for what is said not to be offered together."""
OF_WINDOWS = frozenset(
    {"overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation"}
)
"""Features that are read off the parameters."""
OF_INPUTS = frozenset({"rank-1", "rank-3", "unbatched", "remainder"})
"""Features that are read off the axes of the input."""


@cache
def unclaimed(feature: str) -> tuple[Case, ...]:
    """Return calls that need a feature, and as little else as possible."""
    shape: tuple[int, ...] = (1, 2, 4, 6)
    by_feature: dict[str, list[tuple[Pool, tuple[int, ...]]]] = {
        "overlap": [
            (Pool.of(2, stride=1), shape),
            (Pool.of((1, 3), stride=(1, 1)), (1, 1, 2, 5)),
            (Pool.of((3, 1), stride=(1, 1)), (1, 1, 5, 2)),
            (Pool.of(2, 2, 0, 2), (1, 1, 5, 5)),
            (Pool.of((2, 1), (2, 1), 0, (3, 1)), (1, 1, 6, 2)),
            (Pool.of((2, 3), (3, 2)), (1, 2, 5, 5)),  # a step has as many elements as a window
            (Pool.of(3, 1, 1, auto_pad="same-upper"), (1, 2, 3, 4)),
        ],
        "gaps": [
            (Pool.of(1, stride=2), (1, 2, 3, 5)),
            (Pool.of(2, stride=3), (2, 1, 5, 8)),
            (Pool.of((1, 2), stride=(2, 2)), (1, 2, 3, 4)),
            (Pool.of((2, 1), stride=(2, 2)), (1, 2, 4, 3)),
            (Pool.of((3, 2), (2, 3)), (1, 2, 5, 5)),
            (Pool.of(2, 3, 0, 3), (1, 2, 7, 7)),  # no gap between the first tap and the next last
            (Pool.of(2, 3, 1), (1, 2, 3, 6)),
            (Pool.of(1, 2, auto_pad="same-upper"), (1, 2, 3, 5)),
        ],
        "remainder": [
            (Pool.of(2), (1, 2, 5, 6)),
            (Pool.of(2), (1, 1, 4, 7)),
            (Pool.of((1, 3), (1, 2)), (1, 2, 2, 4)),
            (Pool.of((3, 1), (2, 1)), (1, 2, 6, 2)),
            (Pool.of(2), (1, 2, 3, 4)),  # windows have as many elements as a plane, or a part of it
            (Pool.of(3, 2, 1), (1, 2, 4, 4)),
            (Pool.of(2, 2, 0, 2), (1, 2, 6, 6)),
            (Pool.of(1, 2, auto_pad="same-upper"), (1, 2, 4, 4)),
            (Pool.of(1, (3, 2), auto_pad="same-lower"), (1, 2, 5, 5)),
        ],
        "padding": [
            (Pool.of(2, padding=1), (1, 2, 2, 4)),
            (Pool.of(2, padding=((1, 1), (0, 0))), (1, 2, 2, 4)),
            (Pool.of(2, padding=((0, 0), (1, 1))), (1, 2, 4, 2)),
            (Pool.of(2, padding=((0, 0), (0, 1))), (1, 2, 4, 3)),
            (Pool.of(3, 2, 1), (1, 2, 5, 5)),
            (Pool.of(2, 1, 1, 2), (1, 2, 3, 4)),
        ],
        "asymmetric-padding": [
            (Pool.of(2, padding=((1, 0), (1, 0))), (1, 2, 3, 5)),
            (Pool.of(2, padding=((0, 1), (0, 0))), (1, 2, 3, 4)),
            (Pool.of(2, padding=((0, 0), (1, 0))), (1, 2, 4, 5)),
            (Pool.of(2, padding=((1, 0), (0, 1))), (1, 2, 3, 5)),  # as much before as after in all
            (Pool.of(2, 1, ((1, 0), (1, 1)), 2), (1, 2, 3, 4)),
        ],
        "dilation": [
            (Pool.of(2, stride=2, dilation=2), (1, 2, 5, 7)),
            (Pool.of((2, 1), stride=(2, 1), dilation=(2, 1)), (1, 2, 5, 3)),
            (Pool.of((1, 2), stride=(1, 2), dilation=(1, 2)), (1, 2, 3, 5)),
            (Pool.of(3, 1, 1, 2), (1, 2, 4, 5)),
            (Pool.of(2, 1, ((1, 1), (2, 1)), (2, 3), auto_pad="same-lower"), (1, 2, 4, 5)),
        ],
        "ceil": [
            (Pool.of(2, ceil_mode=True), (1, 2, 5, 7)),
            (Pool.of(2, ceil_mode=True), (1, 2, 5, 4)),
            (Pool.of(2, ceil_mode=True), (1, 2, 4, 5)),
            (Pool.of(1, 2, ceil_mode=True), (1, 2, 4, 4)),  # the window more starts past the end
            (Pool.of(3, 2, 1, ceil_mode=True), (1, 2, 4, 6)),
        ],
        "rank-1": [
            (Pool.of((2,)), (1, 2, 6)),
            (Pool.of((1,)), (1, 1, 4)),
            (Pool.of((2,)), (2, 6)),
        ],
        "rank-3": [
            (Pool.of((2, 1, 2)), (1, 2, 4, 3, 2)),
            (Pool.of((1, 2, 2)), (1, 2, 3, 4, 2)),
            (Pool.of((2, 2, 1)), (2, 1, 2, 4, 3)),
            (Pool.of((1, 2, 2)), (1, 2, 1, 4, 2)),
            (Pool.of((1, 2, 2)), (2, 3, 4, 2)),
        ],
        "unbatched": [
            (Pool.of(2), (3, 4, 6)),
            (Pool.of(2), (1, 4, 6)),
            (Pool.of((2,)), (2, 6)),
            (Pool.of((1, 2, 2)), (2, 3, 4, 2)),
        ],
    }
    calls = by_feature.get(feature, [(Pool.of(2), shape)])
    dtype = feature if feature not in by_feature else "float32"
    return tuple(
        Case(f"refuse.{feature}-{number}", pool, plane, plane_distinct, dtype)
        for number, (pool, plane) in enumerate(calls)
    )


def lacked(lack: frozenset[str], claims: frozenset[str]) -> list[Case]:
    """Return some calls that are claimed in every part and need all the words of `lack`."""
    types = [word for word in sorted(lack) if word in TYPES] or ["float32"]
    calls = [
        ("row", Pool.of((1, 2)), (1, 2, 2, 4)),
        ("column", Pool.of((2, 1)), (1, 2, 4, 2)),
        ("apart", Pool.of(2, 1, ((1, 1), (0, 0)), (1, 2)), (1, 2, 3, 5)),
        ("apart-turned", Pool.of(2, 1, ((0, 0), (1, 1)), (2, 1)), (1, 2, 5, 3)),
        ("crossed", Pool.of(2, (2, 1), ((0, 0), (1, 1)), (1, 2)), (1, 2, 4, 4)),
        ("crossed-turned", Pool.of(2, (1, 2), ((1, 1), (0, 0)), (2, 1)), (1, 2, 4, 4)),
        *((case.id.partition(".")[2], case.pool, case.shape) for case in _unclaimed()),
        ("padded", Pool.of(2, stride=2, dilation=2, padding=1), (1, 2, 6, 7)),
    ]
    found: list[Case] = []
    for call, pool, shape in calls:
        for dtype in types:
            asked = words(shape, dtype, pool)
            if lack - METHODS.keys() <= asked and needed(shape, dtype, pool) <= claims:
                name = f"refuse.lack-{call}-{dtype}"
                found.append(Case(name, pool, shape, plane_distinct, dtype))
    return found[:MOST_LACKING]


def _unclaimed() -> Iterator[Case]:
    """Yield the calls of every feature."""
    for feature in askable():
        yield from unclaimed(feature)


def askable() -> list[str]:
    """Return the features whose absence can be seen in a forward call."""
    left_out = METHODS.keys() | NEVER_ASKED
    return [feature for feature in features() if feature not in left_out]


@cache
def mentioned(case: Case) -> frozenset[str]:
    """Return the features that an invalid call mentions.

    Who does not claim one of them may refuse the call for that reason instead.
    """
    pool, axes, lengths = case.pool, len(case.shape), _lengths(case.pool)
    # Of lists that do not fit together nobody can say what they ask of a window.
    mentions = set(needed(case.shape, case.dtype, pool)) if len(lengths) == 1 else set(OF_WINDOWS)
    mentions |= {"rank-1"} if 1 in lengths else set()
    mentions |= {"rank-3"} if 3 in lengths else set()  # noqa: PLR2004
    mentions |= {"ceil"} if pool.ceil_mode else set()
    mentions |= {"unbatched"} if axes == pool.rank + 1 else set()
    mentions |= OF_INPUTS if axes not in {pool.rank + 1, pool.rank + 2} else set()
    return frozenset(mentions)


def also_read(case: Case) -> frozenset[str]:
    """Return the ranks and batch axes that may be read off lists that differ in length.

    Each length may be taken for the number of axes.
    """
    axes, lengths = len(case.shape), _lengths(case.pool)
    if len(lengths) == 1:
        return frozenset()
    read = {f"rank-{length}" for length in lengths}
    read |= {"batched" for length in lengths if axes == length + 2}
    return frozenset(read | {"unbatched" for length in lengths if axes == length + 1})


def _lengths(pool: Pool) -> set[int]:
    """Return how many entries the lists of parameters have."""
    lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    return {len(entries) for entries in lists}
