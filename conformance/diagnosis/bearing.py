"""Which switches bear on a failing case: those of which two values answer it differently.

Only the oracles answer here; no implementation is called.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from conformance import oracle
from conformance.calls import Bench
from conformance.cases.case import Array, Case
from conformance.clauses import switches
from conformance.diagnosis.witnesses import LARGE, nobody, summoned
from conformance.findings import case_of
from conformance.isolation.flight import Silence
from conformance.nonconformance import same_bits
from conformance.verdict import Json
from reference.dialect import Dialect

LEGALITY = ("empty-window", "zero-size", "pad-limit", "ceil")
"""Switches that together decide whether a call is an error."""


def open_bearing(
    claims: Sequence[str], declared: Mapping[str, str], tier: str, seed: int
) -> Callable[[Json], Json]:
    """Return what answers {record, switches} with the switches that bear on each failing case."""
    bench = Bench(nobody(claims, declared), Silence(), 1.0)

    def answer(request: Json) -> Json:
        cases = failing_cases(bench, request["record"], tier, seed)
        asked = request["switches"]
        return {
            "bearing": [bearing(case, asked, bench.implementation.dialect, seed) for case in cases]
        }

    return answer


def failing_cases(bench: Bench, record: Json, tier: str, seed: int) -> list[Case]:
    """Return the failing cases of an account that the suite can make again, none too large.

    Where there are none of these, the smallest as it was shown.
    """
    found = [
        summons.cases[name]
        for _, summons in summoned(bench, {"failing": [], "passing": []} | record, tier, seed)
        for name in record.get("failing", ())
        if name in summons.cases and math.prod(summons.cases[name].shape) <= LARGE
    ]
    shown = case_of(record["finding"]) if record["finding"] else None
    return found or ([shown] if shown else [])


def bearing(case: Case, asked: Sequence[str], dialect: Dialect, seed: int) -> list[str]:
    """Return the switches of which two values answer a case differently."""
    return [switch for switch in asked if _bears(case, switch, asked, dialect, seed)]


def _bears(case: Case, switch: str, asked: Sequence[str], dialect: Dialect, seed: int) -> bool:
    """Return whether some values allow the call and others do not, or else answer differently."""
    for base in _bases(dialect, [one for one in asked if one in LEGALITY and one != switch]):
        dialects = list(_with_each_value(base, switch))
        allowed = {oracle.legal(case.shape, case.pool, one) for one in dialects}
        if len(allowed) > 1:
            return True
        if allowed == {True}:
            first, *others = (_reply(case, one, seed) for one in dialects)
            return not all(_same(first, other) for other in others)
    return False


def _with_each_value(dialect: Dialect, switch: str) -> Iterator[Dialect]:
    for value in switches()[switch].values:
        yield replace(dialect, **{switch.replace("-", "_"): value})


def _bases(dialect: Dialect, free: Sequence[str]) -> Iterator[Dialect]:
    """Yield the dialect with every combination of values of the switches that are free."""
    for values in itertools.product(*(switches()[switch].values for switch in free)):
        chosen = zip(free, values, strict=True)
        yield replace(dialect, **{switch.replace("-", "_"): value for switch, value in chosen})


def _reply(case: Case, dialect: Dialect, seed: int) -> tuple[Array, ...]:
    """Return what a dialect answers to a call that it allows: of the gradient, who receives it."""
    loops = oracle.taps(case, dialect) <= oracle.LOOP_TAPS
    found = oracle.compute(case, seed, dialect, loops=loops)
    index = oracle.named(found.plane_index, case.shape, case.pool.rank, dialect)
    receives = np.zeros((), bool) if found.dx is None else found.dx != 0
    return found.y, index, found.contenders, receives


def _same(one: Sequence[Array], other: Sequence[Array]) -> bool:
    return all(
        first.shape == second.shape
        and first.dtype == second.dtype
        and bool(same_bits(first, second).all())
        for first, second in zip(one, other, strict=True)
    )
