"""Checks that calls which differ in one thing, or in one element, are told apart."""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import pytest

from conformance import oracle
from conformance.calls import Look
from conformance.cases import sizes, twins
from conformance.cases.case import Array, Case, plane_distinct
from conformance.checks.results import copies, everything, gone_back, opposite, same_everything
from conformance.checks.test_refusals import accepted, require_refused
from conformance.checks.test_typed import SMALL_FLOATS
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import gradient_follows_first
from conformance.clauses import clauses
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    noting,
    pooling,
    require_equal,
    require_same,
    same_bits,
)
from reference.pool import Pool

MANY_CALLS = {"smoke": 70, "default": 300, "deep": 300}
MANY_SECONDS, FEW_CALLS = 30.0, 10
"""About how long all of these may take: who is slow is asked for fewer, but not for too few."""


@pytest.mark.clause("pure.stateless")
def test_twin_calls_are_told_apart(judge: Judge) -> None:
    """Make two calls in turn that differ in one parameter, size or type; neither may change."""

    def law(look: Look) -> None:
        case, other = look.case, partner[look.case.id]
        x, theirs = look.original.copy(), other.x(judge.seed)
        first = copies(everything(look, x.copy(), case.pool))
        second = copies(everything(look, theirs.copy(), other.pool))
        note = f"after a call that differs from it only as {other.id} does from {case.id}"
        same_everything(first, everything(look, x.copy(), case.pool), note)
        same_everything(second, everything(look, theirs.copy(), other.pool), note)
        _not_the_twin(judge, other, case, second[0][1])
        _not_the_twin(judge, case, other, first[0][1])

    partner: dict[str, Case] = {}
    for pair in twins.twins():
        one, other = judge.nearest(pair)
        if judge.admits(one) and judge.admits(other) and str(one) != str(other):
            partner[one.id] = other
            judge.one(one, law, shrinks=False)


def _not_the_twin(judge: Judge, case: Case, other: Case, y: Array) -> None:
    """Require that a wrong output of `case` is not what belongs to `other`."""
    right, theirs = judge.answer(case).y, judge.answer(other).y
    forms = [(array.shape, array.dtype) for array in (y, right, theirs)]
    if forms[0] != forms[1]:
        stale = forms[0] == forms[2]
    else:
        alike = forms[1] == forms[2] and bool(same_bits(theirs, y).all())
        stale = alike and not same_bits(right, y).all()
    if stale:
        note = f"{case.id} is answered with what belongs to {other.id}"
        raise NonconformanceError(right, y, note)


@pytest.mark.clause("value.maximum")
def test_either_of_two_twins_is_right(judge: Judge) -> None:
    """Pool both of each two calls that a cache may take for one."""
    judge.every([case for pair in twins.twins() for case in pair], is_maximum, shrinks=False)


@pytest.mark.clause("grad.winner")
def test_the_gradient_of_either_twin_is_right(judge: Judge) -> None:
    """Send gradient back through both of each two calls that a cache may take for one."""
    both = [case for pair in twins.twins() for case in pair if case.dtype in SMALL_FLOATS]
    judge.every(both, gradient_follows_first, needs=["gradient"], shrinks=False)


@pytest.mark.clause("pure.stateless")
def test_a_legal_call_lets_no_invalid_twin_pass(judge: Judge) -> None:
    """Make a legal call, and then one that is invalid for the one thing in which it differs."""

    def trial(legal: Case, wrong: Case) -> None:
        kinds = accepted(judge, wrong)
        alone = judge.bench.outcome("forward", wrong.x(judge.seed), wrong.pool)
        if not isinstance(alone.raised, kinds):
            return  # no call before it is needed to get past: that is another clause's
        judge.bench.outcome("forward", legal.x(judge.seed), legal.pool)
        with noting(f"after a legal call, {legal.id}, that differs in one thing from it"):
            require_refused(judge, wrong, kinds)

    for legal, wrong in twins.barred():
        clause = clauses()[wrong.id.rpartition(".")[0]]
        is_wrong = not oracle.legal(wrong.shape, wrong.pool, judge.implementation.dialect)
        if judge.admits(legal) and is_wrong and clause.judgeable(judge.implementation.claims):
            judge.without_case(wrong, partial(trial, legal, wrong))


@pytest.mark.clause("pure.stateless")
def test_a_single_new_element_is_seen(judge: Judge) -> None:
    """Change one element of an array that was pooled, to the largest of all, and pool it again."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()
        before = look.again(x)
        flat = x.reshape(-1)
        places = dict.fromkeys((0, flat.size // 3, flat.size // 2, 2 * flat.size // 3, -1))
        for place in places:
            flat[place] = x.max() + 1
            right = judge.answer(case.of(x, case.pool)).y
            fresh = look.again(x.copy())
            again = look.again(x)
            with pooling(x.copy()):
                require_same(fresh, again, "an array with one new element, and an equal copy")
                if same_bits(before, fresh).all() and not same_bits(right, before).all():
                    note = "the output is that of the array before one element changed"
                    raise NonconformanceError(right, fresh, note)
            before = fresh

    judge.every(judge.nearest(plain()), law, shrinks=False)


@pytest.mark.clause("pure.stateless")
def test_a_change_in_the_last_bit_is_seen(judge: Judge) -> None:
    """Change the largest element of an array that was pooled by its last bit, and pool it again."""

    def law(look: Look) -> None:
        x = look.original.copy()
        before = look.again(x)
        largest = x.max()
        more = np.nextafter(largest, np.array(np.inf, x.dtype))
        x[x == largest] = more
        expected = np.where(before == largest, more, before)
        require_same(expected, look.again(x), "the largest element changed by its last bit")

    small = Pool.of((1, 2))
    cases = [
        Case(f"change.bit-{dtype}", small, (1, 2, 2, 4), plane_distinct, dtype)
        for dtype in ("float32", "float64", "float16")
    ]
    judge.every(cases, law, shrinks=False)


def plain() -> list[Case]:
    """Return a few small calls."""
    return [
        Case("change.tiling", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("change.k3s2p1", Pool.of(3, 2, 1), (1, 2, 5, 7), plane_distinct),
        Case("change.large", Pool.of(4), (2, 4, 16, 20), plane_distinct),
    ]


@pytest.mark.clause("pure.stateless")
def test_spoilt_results_do_not_come_back(judge: Judge) -> None:
    """Overwrite every result of a call, and make an equal call."""

    def law(look: Look) -> None:
        case, x = look.case, look.original
        found = everything(look, x.copy(), case.pool)
        before = copies(found)
        for _, array in found:
            if array.flags.writeable:
                array[...] = 1
        same_everything(
            before, everything(look, x.copy(), case.pool), "the results were overwritten"
        )
        if look.claims("gradient"):
            _zeros_are_new(look)

    judge.every(judge.nearest(plain()), law, shrinks=False)


def _zeros_are_new(look: Look) -> None:
    """Require the zeros that a gradient of zeros gives again after they were overwritten."""
    _, saved = look.bench.forward(look.original.copy(), look.case.pool)
    for _ in range(2):
        nothing = look.bench.array("backward", np.zeros_like(look.values), saved)
        note = "a gradient of nothing but zeros is not zero after an earlier one was overwritten"
        require_equal(np.zeros_like(look.original), nothing, note)
        if nothing.flags.writeable:
            nothing[...] = 1


def number_of_calls(tier: str, alone: float) -> int:
    """Return how many calls to make in a row, one of which took `alone` seconds."""
    return max(FEW_CALLS, min(MANY_CALLS[tier], int(MANY_SECONDS / max(alone, 1e-9))))


@pytest.mark.clause("pure.results-kept")
def test_results_outlive_many_calls(judge: Judge) -> None:
    """Keep the results of a call while many others of the same form are made."""

    def law(look: Look) -> None:
        case, x = look.case, look.original
        begun = time.monotonic()
        held = everything(look, x.copy(), case.pool)
        many = number_of_calls(judge.tier, time.monotonic() - begun)
        before, other = copies(held), opposite(x)
        for _ in range(many):
            look.bench.forward(other.copy(), case.pool)
        same_everything(before, held, f"one of {many} later calls rewrote an earlier result")

    judge.every(plain()[:1], law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_many_forward_passes_are_kept(judge: Judge) -> None:
    """Make many forward passes of the same form, then go back through all of them."""

    def law(look: Look) -> None:
        case, flat = look.case, look.original.reshape(-1)
        begun = time.monotonic()
        everything(look, look.original.copy(), case.pool)
        many = number_of_calls(judge.tier, 2 * (time.monotonic() - begun))
        inputs = [np.roll(flat, number).reshape(case.shape) for number in range(many)]
        expected = [copies(everything(look, x.copy(), case.pool))[1:] for x in inputs]
        kept = [look.bench.forward(x.copy(), case.pool)[1] for x in inputs]
        for number, saved in enumerate(kept):
            found = gone_back(look, saved, inputs[number], look.values, case.pool)
            with pooling(inputs[number]):
                note = f"forward pass {number + 1} of {many}, gone back to after the last"
                same_everything(expected[number], found, note)

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(plain()[:1], law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_a_third_backward_is_like_the_first(judge: Judge) -> None:
    """Go back from one forward pass with one output gradient, another one, and the first again."""

    def law(look: Look) -> None:
        case, dy = look.case, look.dy
        _, saved = look.bench.forward(look.original.copy(), case.pool)
        other = np.flip(dy).copy()
        expected = [look.dx(dy, "case"), look.dx(other, "flipped")]
        lent = np.empty_like(dy)  # one array, overwritten each time
        for number, sent in enumerate((dy, other, dy, other, dy)):
            lent[...] = sent
            got = look.bench.array("backward", lent, saved)
            require_equal(expected[number % 2], got, f"backward number {number + 1} of one forward")

    judge.every(plain(), law, needs=["gradient"], shrinks=False)
    judge.every(sizes.outputs_past_16_bits(), law, needs=["gradient"], shrinks=False)
