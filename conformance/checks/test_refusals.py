"""Checks of what is refused, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np
import pytest

from conformance import oracle
from conformance.calls import Look
from conformance.cases import errors, invalid
from conformance.cases.case import Array, Case, plane_distinct
from conformance.cases.typed import extremes
from conformance.checks.results import copies, everything, same_everything
from conformance.checks.test_values import definition
from conformance.clauses import clauses
from conformance.contract import kind_of
from conformance.features import BASE_WORDS, METHODS, NEVER_ASKED, words
from conformance.handover import answered
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError, native, require_like, require_same
from reference.dialect import DEFAULT, Dialect

RANKS = {"rank-1", "rank-2", "rank-3"}
"""Where these alone are lacking without a batch axis, the call has too few axes as well."""
Kinds: TypeAlias = tuple[type[BaseException], ...]
ERRORS = [
    pytest.param(name, marks=pytest.mark.clause(name), id=name.replace("error.", ""))
    for name in clauses()
    if name.startswith("error.")
]


def names(kinds: Kinds) -> str:
    """Return exception types as words."""
    return " or ".join(dict.fromkeys(kind.__name__ for kind in kinds))


def require_refused(judge: Judge, case: Case, kinds: Kinds) -> None:
    """Require that forward refuses a call with one of these types, and an equal call again."""
    expected = f"refused with {names(kinds)}"
    for note in ("the call was answered", "the call was refused, and an equal one answered"):
        outcome = judge.bench.outcome("forward", case.x(judge.seed), replace(case.pool))
        if outcome.raised is None:
            raise NonconformanceError(expected, answered(outcome), note)
        if not isinstance(outcome.raised, kinds):
            wrong = f"{kind_of(outcome.raised)} is not a refusal of this call"
            raise NonconformanceError(expected, f"forward raised {outcome.said}", wrong)


def require_unclaimed_refused(judge: Judge, case: Case) -> None:
    """Require that forward refuses a call for a feature that is not claimed.

    Without the claim, an input without a batch axis is an error as much as a feature, and a dialect
    may make one of any call.
    """
    who = judge.implementation
    kinds: Kinds = (NotImplementedError,)
    unbatched = "unbatched" in case.needs and "unbatched" not in who.claims
    if unbatched or not oracle.legal(case.shape, case.pool, who.dialect):
        kinds += who.errors
    require_refused(judge, case, kinds)


def require_lack_refused(judge: Judge, case: Case, lack: frozenset[str]) -> None:
    """Require that what is said not to be offered is refused by the call that would need it."""
    x = case.x(judge.seed)
    if not lack & METHODS.keys():
        kinds: Kinds = (NotImplementedError,)
        if "unbatched" in lack and lack - {"unbatched"} <= RANKS:  # then it may be an error as well
            kinds += judge.implementation.errors
        require_refused(judge, case, kinds)
        swapped = judge.bench.outcome("forward", x.astype(x.dtype.newbyteorder("S")), case.pool)
        if swapped.raised is None:
            note = "the call was refused, and answered in the other byte order"
            raise NonconformanceError("refused", answered(swapped), note)
        return
    pair = judge.bench.unless_refused(x, case.pool, (NotImplementedError,))
    if pair is None:
        return
    y, saved = pair
    keeps = not judge.implementation.lacking(case.shape, case.dtype, case.pool, "indices")
    before = judge.bench.array("indices", saved).copy() if keeps else None
    (call,) = lack & METHODS.keys()
    given = (np.ones_like(native(y)), saved) if call == "gradient" else (saved,)
    outcome = judge.bench.outcome(METHODS[call], *given)
    kinds = (NotImplementedError,)
    if call == "gradient" and x.dtype.kind in "iub":  # an error by itself as well
        kinds += judge.implementation.errors
    if not isinstance(outcome.raised, kinds):
        expected = f"{METHODS[call]} refused with {names(kinds)}"
        note = f"lacks {' with '.join(sorted(lack))}"
        raise NonconformanceError(expected, answered(outcome), note)
    if before is not None:
        after = judge.bench.array("indices", saved)
        require_same(before, after, "the indices changed when backward was refused")


def accepted(judge: Judge, case: Case) -> Kinds:
    """Return what an invalid call may be refused with."""
    who, read = judge.implementation, invalid.mentioned(case) | invalid.also_read(case)
    kinds: Kinds = who.errors
    asked = read | words(case.shape, case.dtype, case.pool)
    if read - set(BASE_WORDS) <= who.claims and not any(lack <= asked for lack in who.lacks):
        return kinds
    return (*kinds, NotImplementedError)


def each(judge: Judge, cases: Iterable[Case], trial: Callable[[Case], object]) -> None:
    """Judge by a trial on each case."""
    for case in cases:
        if not case.needs & NEVER_ASKED - judge.implementation.claims:
            judge.without_case(case, partial(trial, case))


@pytest.mark.parametrize("name", ERRORS)
def test_an_invalid_call_is_refused(judge: Judge, name: str) -> None:
    """Hand over each invalid call and expect ValueError or TypeError."""
    refused_or_answered(judge, name, errors.errors()[name])


def refused_or_answered(judge: Judge, name: str, cases: Iterable[Case]) -> None:
    """Require that each call is refused, or answered rightly where the dialect allows it."""
    if not clauses()[name].judgeable(judge.implementation.claims):
        return
    wrong, allowed = _under(judge.implementation.dialect, name, list(cases))
    each(judge, wrong, lambda case: require_refused(judge, case, accepted(judge, case)))
    either = [case for case in allowed if errors.is_far(case) or 0 in case.shape[:1]]
    each(judge, either, partial(_require_form_if_answered, judge))
    # What a declared dialect allows is not an error, and then it has a right answer.
    definition(judge, [case for case in allowed if case not in either], shrinks=False)


def _require_form_if_answered(judge: Judge, case: Case) -> None:
    """Require the shape and dtype of the right output, if the call is not refused.

    It may be for a size past 31 bits, or for a window of nothing where the batch is empty.
    """
    x = case.x(judge.seed)
    refused = (*accepted(judge, case), NotImplementedError)
    pair = judge.bench.unless_refused(x, case.pool, refused)
    if pair is not None:
        shape = oracle.output_shape(case.shape, case.pool, judge.implementation.dialect)
        require_like(shape, x.dtype, pair[0])


def _under(dialect: Dialect, name: str, cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Return the calls that break a rule in a dialect, and those that it allows.

    Past a wider limit of padding a call may be in error for a window without an element, which
    is another clause's.
    """
    loose = dialect
    if name == "error.padding-limit" and dialect.pad_limit != DEFAULT.pad_limit:
        loose = replace(dialect, empty_window="identity", zero_size="empty")
    wrong = [case for case in cases if not oracle.legal(case.shape, case.pool, loose)]
    return wrong, [case for case in cases if oracle.legal(case.shape, case.pool, dialect)]


@pytest.mark.clause("refusal.unclaimed")
def test_unclaimed_features_are_refused(judge: Judge) -> None:
    """Ask for every feature that is not claimed and expect NotImplementedError."""
    for feature in invalid.askable():
        if judge.claims(feature):
            continue
        each(judge, invalid.unclaimed(feature), partial(require_unclaimed_refused, judge))
    for lack in judge.implementation.lacks:
        if lack & METHODS.keys() - judge.implementation.claims:
            continue  # it is not called at all
        for case in invalid.lacked(lack, judge.implementation.claims):
            if oracle.legal(case.shape, case.pool, judge.implementation.dialect):
                judge.without_case(case, partial(require_lack_refused, judge, case, lack))
    if set(invalid.askable()) <= judge.implementation.claims:
        judge.nothing_to_refuse()


@pytest.mark.clause("pure.stateless")
def test_what_is_not_offered_leaves_no_trace(judge: Judge) -> None:
    """Ask for what is not offered between two equal calls that differ from it in one word."""
    refused: dict[str, Case] = {}

    def law(look: Look) -> None:
        wrong, x, pool = refused[look.case.id], look.original, look.case.pool
        before = copies(everything(look, x.copy(), pool))
        look.bench.outcome("forward", wrong.x(look.seed), replace(wrong.pool))
        after = everything(look, x.copy(), pool)
        same_everything(before, after, f"after a call that is not offered, {wrong}")

    who = judge.implementation
    asked = [invalid.unclaimed(one)[0] for one in invalid.askable() if not judge.claims(one)]
    asked += [case for lack in who.lacks for case in invalid.lacked(lack, who.claims)]
    for wrong in asked:
        for case in judge.beside(wrong):
            refused[case.id] = wrong
            judge.one(replace(case, fill=_of_many_bits), law, shrinks=False)


def _of_many_bits(case: Case, seed: int) -> Array:
    """Fill with different numbers that a narrower type would round."""
    return plane_distinct(case, seed) * (1 + 2.0**-12)


@pytest.mark.clause("refusal.untouched")
def test_a_refused_call_changes_nothing(judge: Judge) -> None:
    """Compare the input of every refused call with a copy made before."""

    def trial(case: Case) -> None:
        plain, other = case.x(judge.seed), replace(case, fill=extremes).x(judge.seed)
        for x in (plain, other, other.astype(other.dtype.newbyteorder("S"))):
            before = x.copy()
            judge.bench.outcome("forward", x, case.pool)
            if x.tobytes() != before.tobytes():
                raise NonconformanceError(before, x, "the refused call wrote into its input")

    dialect = judge.implementation.dialect
    for cases in errors.errors().values():
        each(judge, tuple(c for c in cases if not oracle.legal(c.shape, c.pool, dialect)), trial)
    for feature in invalid.askable():
        if not judge.claims(feature):
            each(judge, invalid.unclaimed(feature), trial)
