"""Checks that what is saved in one thread serves in another, also when the first has ended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from conformance.calls import Look, Outcome, attempt, plain_array
from conformance.cases.case import Case, plane_distinct
from conformance.checks.test_purity import GRADIENT, copies, everything, same_everything
from conformance.checks.test_threads import THREADS_LIMIT, back
from conformance.checks.test_twins import plain
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError
from reference.pool import Pool


def _in_a_thread(call: Callable[[], object]) -> Outcome:
    """Return what a call comes to in a thread that ends with it."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(attempt, call).result()


@pytest.mark.clause("pure.saved")
def test_backward_may_run_in_another_thread(judge: Judge) -> None:
    """Go forward in one thread and back in another, one after the other."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()
        expected = copies(everything(look, x.copy(), case.pool))[1:]
        _, saved = look.bench.forward(x, case.pool)
        subject = judge.implementation.subject
        floating = x.dtype.kind not in "iub"
        dy = look.dy if floating and look.claims("gradient") else None

        label = f"{look.bench.check}\t{case.id}\t{case}\tanother thread"
        look.bench.recorder.enter(label, THREADS_LIMIT)
        outcome = _in_a_thread(lambda: back(subject, saved, dy, look.claims("indices")))
        look.bench.recorder.leave()
        if outcome.raised is not None:
            raise NonconformanceError("the results of the same thread", outcome.said)
        same_everything(expected, outcome.value, "asked for from another thread")

    types = ("float64", "float16", "bfloat16", "int16")
    typed = [Case(f"thread.{one}", Pool.of(2), (2, 2, 4, 6), plane_distinct, one) for one in types]
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every((*judge.nearest(plain()[:2]), *typed), law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_what_a_thread_saved_outlives_it(judge: Judge) -> None:
    """Go forward in one thread after another, each of which ends, and back through the first."""

    def law(look: Look) -> None:
        case, subject = look.case, judge.implementation.subject
        expected = copies(everything(look, look.original.copy(), case.pool))[1:]
        inputs = [look.original.copy(), *(np.roll(look.original, by, -1) for by in (1, 2, 3))]
        label = f"{look.bench.check}\t{case.id}\t{case}\tthreads that end"
        look.bench.recorder.enter(label, THREADS_LIMIT)
        outcomes = [_in_a_thread(partial(subject.forward, x, case.pool)) for x in inputs]
        look.bench.recorder.leave()
        for outcome in outcomes:
            if outcome.raised is not None:
                raise NonconformanceError("the results of the same thread", outcome.said)
        y, saved = outcomes[0].value
        got = []
        if look.claims("indices"):
            got.append(("indices", look.bench.array("indices", saved)))
        if look.claims("gradient"):
            dy = case.dy(plain_array("forward", y).shape, look.seed)
            got.append((GRADIENT, look.bench.array("backward", dy, saved)))
        same_everything(expected, got, "forward ran in a thread that has ended, then in others")

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(judge.nearest(plain()[:2]), law, shrinks=False)
