"""The call most like one that an implementation does not offer.

A check of state, of memory or of any law needs calls, and seldom certain ones. Whoever offers
lines alone, or bytes, is given lines, or bytes, where others are given planes of float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from conformance.cases.case import (
    Case,
    distinct,
    mixed,
    negative,
    plane_distinct,
    plane_negative,
    tied,
)
from conformance.cases.equals import few_ones
from conformance.cases.ramps import pairs, ramps
from conformance.cases.search import FILLS, by_x
from conformance.contract import Implementation
from conformance.features import BASE_WORDS, FLOATS, INTEGERS, LOW_PRECISION, TYPES
from conformance.oracle import legal
from reference.dialect import Dialect
from reference.geometry import extent
from reference.pool import SAME_WORDS, Pool

MOST_STEPS = 16
"""So many features are taken away one after the other; there are hardly more."""
SPAN = 2
"""Kernel_size and size of an axis that is put before the others: a whole number of windows."""
OPEN = (FILLS["zeros"], FILLS["specials"])
"""The fills that leave it open which zero wins: there known bugs differ from each other, and from
what they are the diagnosis of."""
OF_ANY_SHAPE = (
    *(fill for fill in FILLS.values() if fill not in OPEN),
    *(distinct, negative, plane_distinct, plane_negative, tied, mixed, ramps, pairs, few_ones),
)
"""The fills that ask nothing of a shape, and leave no zero open."""
RANKS = (2, 1, 3)
"""Numbers of spatial axes, the most usual first."""


def nearest(case: Case, implementation: Implementation) -> Case:
    """Return a case; where it is not offered the most alike that is, or else the case itself."""
    return _offered(case, case, implementation) or case


def beside(case: Case, implementation: Implementation) -> list[Case]:
    """Return calls that are offered, each most alike but for another word of what is not."""
    lacking = implementation.lacking(case.shape, case.dtype, case.pool)
    steps = (_without(word, case, implementation) for word in sorted(lacking))
    found = (_offered(step, case, implementation) for step in steps if step)
    return [one for one in found if one]


def _offered(first: Case, case: Case, implementation: Implementation) -> Case | None:
    """Return what is offered and most like a first call, as what stands in for a case."""
    found, seen = first, {str(first)}
    for _ in range(MOST_STEPS):
        lacking = implementation.lacking(found.shape, found.dtype, found.pool)
        if not lacking:
            return found if found is case else _named(found, case, implementation.dialect)
        simpler = (_without(word, found, implementation) for word in sorted(lacking))
        step = next((one for one in simpler if one and str(one) not in seen), None)
        if step is None:
            return None
        found = step
        seen.add(str(step))
    return None


def _named(found: Case, case: Case, dialect: Dialect) -> Case | None:
    """Return what stands in for a case under a name of its own; None where it is illegal."""
    if not legal(found.shape, found.pool, dialect):
        return None
    fits = found.fill in OF_ANY_SHAPE or (found.shape == case.shape and found.fill not in OPEN)
    fill = found.fill if fits else FILLS["distinct"]
    return replace(found, id=f"{case.id}@{_told(found)}", fill=fill)


def _told(case: Case) -> str:
    """Return a call in few letters, which no other call shares."""
    pool = case.pool
    parts = [case.dtype, by_x(case.shape), f"k{by_x(pool.kernel_size)}s{by_x(pool.stride)}"]
    if any(map(any, pool.padding)):
        parts.append("p" + "x".join(f"{begin}.{end}" for begin, end in pool.padding))
    if set(pool.dilation) != {1}:
        parts.append(f"d{by_x(pool.dilation)}")
    words = [pool.auto_pad] if pool.auto_pad in SAME_WORDS else []
    return "-".join([*parts, *words, *(["ceil"] if pool.ceil_mode else [])])


Axis: TypeAlias = tuple[int, int, int, tuple[int, int], int]
"""n, kernel_size, stride, padding and dilation."""


def _without(word: str, case: Case, implementation: Implementation) -> Case | None:
    """Return the case without what a word stands for; None where that cannot be."""
    if word == case.dtype:
        return _of_another_type(case, implementation)
    if word == f"rank-{case.pool.rank}":
        return _of_another_rank(case, implementation)
    if word in CALLS:
        return CALLS[word](case)
    if word not in AXES or case.pool.auto_pad in SAME_WORDS:
        return None
    return _by_axis(case, AXES[word])


def _by_axis(case: Case, change: Callable[..., Axis]) -> Case:
    """Return the case with every axis changed, and made long enough."""
    pool, rank = case.pool, case.pool.rank
    lists = (case.shape[-rank:], pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    axes = [_fitting(*change(*axis)) for axis in zip(*lists, strict=True)]
    n, k, s, p, d = zip(*axes, strict=True)
    simpler = replace(pool, kernel_size=k, stride=s, padding=p, dilation=d)
    return replace(case, pool=simpler, shape=(*case.shape[:-rank], *n))


def _fitting(n: int, k: int, s: int, padding: tuple[int, int], d: int) -> Axis:
    """Return an axis that is long enough for one window."""
    return max(n, extent(k, d) - sum(padding)), k, s, padding, d


def _without_remainder(n: int, k: int, s: int, padding: tuple[int, int], d: int) -> Axis:
    rest = (n + sum(padding) - extent(k, d)) % s
    return (n - rest if n > rest else n - rest + s), k, s, padding, d


def _symmetric(n: int, k: int, s: int, padding: tuple[int, int], d: int) -> Axis:
    least = min(*padding, k // 2)
    return n, k, s, (least, least), d


AXES: Mapping[str, Callable[..., Axis]] = {
    "dilation": lambda n, k, s, p, _d: (n, k, s, p, 1),
    "padding": lambda n, k, s, _p, d: (n, k, s, (0, 0), d),
    "asymmetric-padding": _symmetric,
    "overlap": lambda n, k, s, p, d: (n, k, max(s, extent(k, d)), p, d),
    "gaps": lambda n, k, s, p, d: (n, k, min(s, k), p, d),
    "strided": lambda n, k, _s, p, d: (n, k, 1, p, d),
    "remainder": _without_remainder,
}
"""What takes a feature away from an axis."""


def _explicit(case: Case) -> Case:
    plain = replace(case, pool=replace(case.pool, auto_pad="explicit"))
    return _by_axis(plain, _symmetric)  # what a word comes to may be more than is legal


CALLS: Mapping[str, Callable[[Case], Case]] = {
    "unbatched": lambda case: replace(case, shape=(1, *case.shape)),
    "batched": lambda case: replace(case, shape=case.shape[1:]),
    "ceil": lambda case: replace(case, pool=replace(case.pool, ceil_mode=False)),
    **dict.fromkeys(SAME_WORDS, _explicit),
}
"""What takes a feature away from a call."""


def _offers(implementation: Implementation, word: str) -> bool:
    """Return whether a type or a number of axes is offered at all."""
    is_base = word in BASE_WORDS or word in implementation.claims
    return is_base and frozenset({word}) not in implementation.lacks


def _of_another_type(case: Case, implementation: Implementation) -> Case | None:
    others = (one for one in TYPES if one != case.dtype and _offers(implementation, one))
    dtype = next(others, None)
    if dtype is None:
        return None
    both = {dtype, case.dtype}
    alike = any(both <= kind for kind in ({*FLOATS, *LOW_PRECISION}, set(INTEGERS)))
    return replace(case, dtype=dtype, fill=case.fill if alike else FILLS["distinct"])


def _of_another_rank(case: Case, implementation: Implementation) -> Case | None:
    known = case.pool.rank
    others = (one for one in RANKS if one != known and _offers(implementation, f"rank-{one}"))
    rank = next(others, None)
    if rank is None:
        return None
    pool, lead = case.pool, case.shape[:-known]
    more, kept = (SPAN,) * max(0, rank - known), slice(max(0, known - rank), None)
    other = Pool(
        more + pool.kernel_size[kept],
        more + pool.stride[kept],
        ((0, 0),) * len(more) + pool.padding[kept],
        (1,) * len(more) + pool.dilation[kept],
        pool.ceil_mode,
        pool.auto_pad,
    )
    return replace(case, pool=other, shape=lead + more + case.shape[-known:][kept])
