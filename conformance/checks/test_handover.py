"""Checks that what is saved in one thread serves in another, also when the first has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases.case import Case, plane_distinct
from conformance.checks.results import copies, everything, gone_back, opposite, same_everything
from conformance.checks.test_threads import back
from conformance.checks.test_twins import plain
from conformance.checks.threads import enter_threads
from conformance.handover import attempt, plain_array, unlock
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError
from reference.pool import Pool


def _in_threads(look: Look, what: str, calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Return what each call gives in a thread of its own, which ends before the next begins.

    Raises:
        NonconformanceError: one of them raised.
    """
    outcomes = []
    enter_threads(look, what)
    for call in calls:
        with ThreadPoolExecutor(1) as alone:
            outcomes.append(alone.submit(attempt, call).result())
    look.bench.recorder.leave()
    for outcome in outcomes:
        if outcome.raised is not None:
            raise NonconformanceError("the results of the same thread", outcome.said)
    return [outcome.value for outcome in outcomes]


def _typed() -> list[Case]:
    types = ("float64", "float16", "bfloat16", "int16")
    return [Case(f"thread.{one}", Pool.of(2), (2, 2, 4, 6), plane_distinct, one) for one in types]


@pytest.mark.clause("pure.saved")
def test_backward_may_run_in_another_thread(judge: Judge) -> None:
    """Go forward in one thread, overwrite the input, and go back in another."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()
        expected = copies(everything(look, x.copy(), case.pool))[1:]
        _, saved = look.bench.forward(x, case.pool)
        subject = judge.implementation.subject
        dy = look.dy if look.claims("gradient") else None
        x[...] = opposite(x)
        asked = partial(back, subject, saved, dy, look.claims("indices"))
        (found,) = _in_threads(look, "another thread", [asked])
        note = "the input was overwritten, and another thread asked"
        same_everything(expected, found[: len(expected)], note)

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every((*judge.nearest(plain()[:2]), *_typed()), law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_what_a_thread_saved_outlives_it(judge: Judge) -> None:
    """Go forward in one thread after another, each of which ends, and back through the first."""

    def law(look: Look) -> None:
        case, subject = look.case, judge.implementation.subject
        expected = copies(everything(look, look.original.copy(), case.pool))[1:]
        inputs = [look.original.copy(), *(np.roll(look.original, by, -1) for by in (1, 2, 3))]
        asked = (partial(subject.forward, x, case.pool) for x in inputs)
        y, saved = _in_threads(look, "threads that end", asked)[0]
        unlock(inputs[0])
        inputs[0][...] = opposite(inputs[0])
        note = (
            "forward ran in a thread that has ended, then in others, and the input was overwritten"
        )
        got = gone_back(look, saved, look.original, plain_array("forward", y), case.pool)
        same_everything(expected, got, note)

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every((*judge.nearest(plain()[:2]), *_typed()), law, shrinks=False)
