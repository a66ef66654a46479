"""Checks that what a call returned outlives many calls after it, and large ones."""

from __future__ import annotations

import numpy as np
import pytest

from conformance import oracle
from conformance.calls import Look
from conformance.cases.case import Array, Case, constant, plane_distinct
from conformance.cases.ramps import along
from conformance.checks.results import copies, everything, gone_back, opposite, same_everything
from conformance.checks.test_sharing import laid_out
from conformance.gather import open_sums, open_ties
from conformance.handover import is_plain
from conformance.judge import Judge
from conformance.nonconformance import noting, require_equal, require_same
from reference.pool import Pool

MANY_STATES = 8
"""Calls of 20480 windows each, whose winners as int64 are more than 1 MiB."""
HALVING = (
    (2, 2, (0, 0), 1),
    (1, 2, (0, 0), 1),
    (3, 2, (1, 1), 1),
    (2, 2, (1, 0), 1),
    (2, 2, (0, 1), 1),
    (2, 2, (1, 1), 2),
)
"""Kernel, stride, padding and dilation, all of which make n // 2 windows of an even n."""
_STATE = Case("lie.states", Pool.of(1), (1, 1, 128, 160), constant(0.0))
GROWING = {"smoke": (8, 80, 300), "default": (8, 80, 300), "deep": (8, 80, 300, 3000)}
"""Rows of 1024 results; more than any earlier check of the first tier makes."""


@pytest.mark.clause("pure.results-kept")
def test_results_outlive_larger_ones(judge: Judge) -> None:
    """Keep the results of a call while others are made whose results are larger and larger."""

    def law(look: Look) -> None:
        held = everything(look, look.original.copy(), look.case.pool)
        before = copies(held)
        for rows in GROWING[judge.tier]:
            x = np.zeros((1, 1, rows, 1024), look.x.dtype)
            if look.offers(x, pool=Pool.of(1)):
                look.bench.forward(x, Pool.of(1))
        same_everything(before, held, "a later call with a larger result rewrote an earlier one")

    judge.every(judge.nearest(laid_out()[2:4]), law, shrinks=False)


@pytest.mark.clause("pure.stateless")
def test_an_output_may_be_the_next_input(judge: Judge) -> None:
    """Pool an output, change it in place, and pool it again."""

    def law(look: Look) -> None:
        pool = look.case.pool
        for is_changed, name in ((False, "an output"), (True, "an output that was changed")):
            y, saved = _the_very_output(look)
            if y is None or not _may_be_pooled(look, y):
                return
            if is_changed:
                y[...] = opposite(y)
            with noting(f"{name} is pooled"):
                kept = y.copy()
                found = copies(everything(look, y, pool))  # at once: it is the last output
                require_same(kept, y, f"{name} was pooled: the call wrote into its input")
                right = copies(everything(look, kept.copy(), pool))
                same_everything(right, found, name)
            if look.claims("indices", x=y) and y.flags.writeable:
                own = look.bench.forward(y, pool)[1]
                y[...] = opposite(y)
                got = look.bench.array("indices", own)
                if not open_ties(look, kept):
                    require_same(right[1][1], got, f"{name} was pooled and then changed")
            if look.claims("gradient"):
                before = y.copy()
                look.bench.array("backward", y, saved)
                require_same(before, y, f"{name} was sent back as the output gradient")

    cases = [
        Case("next.tiling", Pool.of(2), (1, 2, 8, 8), plane_distinct),
        Case("next.k3s1p1", Pool.of(3, 1, 1), (1, 2, 5, 5), plane_distinct),
        Case("next.large", Pool.of(2), (1, 2, 16, 16), plane_distinct),
        Case("next.one", Pool.of(1), (1, 2, 3, 3), plane_distinct),
    ]
    judge.every(judge.nearest(cases), law, shrinks=False)


def _may_be_pooled(look: Look, y: Array) -> bool:
    """Return whether the output is an input that is legal and offered."""
    pool, dialect = look.case.pool, look.implementation.dialect
    return oracle.legal(y.shape, pool, dialect) and look.offers(y)


def _the_very_output(look: Look) -> tuple[Array | None, object]:
    """Return the object that forward answers with, not a view, and saved; None if it is odd."""
    pair = look.bench.value("forward", look.original.copy(), look.case.pool)
    if not isinstance(pair, tuple | list) or not pair or type(pair[0]) is not np.ndarray:
        return None, None
    y: Array = pair[0]
    is_like = y.dtype == look.x.dtype and y.shape == look.values.shape
    return (y if is_like and y.flags.writeable and is_plain(y) else None), pair[-1]


@pytest.mark.clause("pure.saved")
def test_saved_state_outlives_many_others(judge: Judge) -> None:
    """Overwrite the input, and go back after so many other calls as fill a store of some size."""

    def law(look: Look) -> None:
        if open_ties(look, look.original):
            return  # each call may choose anew
        expected = copies(everything(look, look.original.copy(), look.case.pool))[1:]
        x = look.original.copy()
        y, saved = look.bench.forward(x, look.case.pool)
        x[...] = opposite(x)
        large = judge.nearest([_STATE])[0]
        times = range(MANY_STATES if judge.offers(large) else 0)
        others = [look.bench.forward(large.x(0), large.pool) for _ in times]
        if look.claims("indices"):
            got = look.bench.array("indices", saved)
            require_same(expected[0][1], got, f"after {len(others)} other calls: the indices")
        if look.claims("gradient") and not open_sums(look, look.original):
            got = look.bench.array("backward", look.case.dy(y.shape, look.seed), saved)
            require_equal(expected[-1][1], got, f"after {len(others)} other calls: the gradient")

    cases = [case for case in judge.nearest(laid_out()[2:4]) if judge.offers(case)]
    judge.every(cases, law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_one_input_below_unlike_windows(judge: Judge) -> None:
    """Pool one array below windows that make outputs of one shape, then go back through all."""

    def law(look: Look) -> None:
        x, made = look.original.copy(), []
        for axis in HALVING:
            pool = along((1,) * look.case.pool.rank, axis)
            pair = look.bench.unless_refused(x, pool) if look.offers(x, pool=pool) else None
            if pair is not None:
                expected = copies(everything(look, x.copy(), pool))[1:]
                made.append((pool, expected, pair))
        for pool, expected, (y, saved) in made[::-1]:
            note = f"after the same array was pooled below other windows than {pool}"
            same_everything(expected, gone_back(look, saved, x, y, pool), note)

    cases = [
        Case("below.plane", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("below.line", Pool.of((2,)), (2, 2, 8), plane_distinct),
        Case("below.cube", Pool.of((2, 2, 2)), (1, 2, 4, 2, 6), plane_distinct),
    ]
    if judge.claims("indices") or judge.claims("gradient"):
        unbatched = [case.without_batch() for case in cases[:2]]
        judge.every(judge.nearest([*cases, *unbatched]), law, shrinks=False)
