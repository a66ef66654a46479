"""Checks that calls which differ in one thing, or in one element, are told apart."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pytest

from conformance.calls import Look, attempt
from conformance.cases import twins
from conformance.cases.case import Array, Case, plane_distinct
from conformance.checks.test_purity import (
    THREADS_LIMIT,
    all_results,
    everything,
    fitting,
    restless_threads,
    same_everything,
)
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError, pooling, require_same, same_bits
from reference.pool import Pool

MANY_CALLS = {"smoke": 70, "default": 300, "deep": 300}
MANY_SECONDS, FEW_CALLS = 30.0, 10
"""About how long all of these may take: who is slow is asked for fewer, but not for too few."""
TURN_SECONDS, MISSES = 0.05, 4
"""How long a thread waits for its turn, and how often in vain before no more turns are taken."""
TURNS_SECONDS = 0.5
"""After which both threads run as they would."""


class Turns:
    """Two threads of which one runs while the other waits, line of Python by line."""

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self.handed = threading.Condition()
        self.whose, self.misses = 0, 0
        self.end = time.monotonic() + TURNS_SECONDS

    @contextmanager
    def taken(self, number: int) -> Iterator[None]:
        """Let the other thread run after every line of this one."""
        before = sys.gettrace()

        def turn(_frame: FrameType, event: str, _argument: object) -> Any:  # noqa: ANN401 - itself
            if event == "line" and self._over(number):
                sys.settrace(before)
                return None
            return turn

        sys.settrace(turn)
        try:
            yield
        finally:
            sys.settrace(before)
            with self.handed:
                self.misses = MISSES
                self.handed.notify()

    def _over(self, number: int) -> bool:
        """Hand over, wait for the turn to come back, and return whether no more are taken.

        The other thread may be done, or wait for a lock that this one holds: then it never does.
        """
        with self.handed:
            self.whose = 1 - number
            self.handed.notify()
            mine = self.handed.wait_for(
                lambda: self.whose == number or self.misses >= MISSES, TURN_SECONDS
            )
            self.misses += not mine
            return self.misses >= MISSES or time.monotonic() > self.end


def _copies(found: list[tuple[str, Array]]) -> list[tuple[str, Array]]:
    return [(name, array.copy()) for name, array in found]


@pytest.mark.clause("pure.stateless")
def test_twin_calls_are_told_apart(judge: Judge) -> None:
    """Make two calls in turn that differ in one parameter, size or type; neither may change."""

    def law(look: Look) -> None:
        case, other = look.case, partner[look.case.id]
        x, theirs = look.original.copy(), other.x(judge.seed)
        first = _copies(everything(look, x.copy(), case.pool))
        second = _copies(everything(look, theirs.copy(), other.pool))
        note = f"after a call that differs from it only as {other.id} does from {case.id}"
        same_everything(first, everything(look, x.copy(), case.pool), note)
        same_everything(second, everything(look, theirs.copy(), other.pool), note)
        _not_the_twin(judge, other, case, second[0][1])
        _not_the_twin(judge, case, other, first[0][1])

    partner: dict[str, Case] = {}
    for one, other in twins.twins():
        if judge.admits(one) and judge.admits(other):
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

    judge.every(_plain(), law, shrinks=False)


def _plain() -> list[Case]:
    return [
        Case("change.tiling", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("change.k3s2p1", Pool.of(3, 2, 1), (1, 2, 5, 7), plane_distinct),
        Case("change.large", Pool.of(4), (2, 4, 16, 20), plane_distinct),
    ]


def _threaded() -> list[Case]:
    """Return calls of one shape and of several, with parameters that all differ."""
    shape = (2, 3, 12, 12)
    pools = (Pool.of(2), Pool.of(3), Pool.of(2, 1), Pool.of(3, 2, 1), Pool.of((1, 4)))
    found = [Case(f"apart.{n}", pool, shape, plane_distinct) for n, pool in enumerate(pools)]
    found.append(Case("apart.float64", Pool.of(2), shape, plane_distinct, "float64"))
    found.append(Case("apart.smaller", Pool.of(2), (1, 2, 8, 8), plane_distinct))
    return found


@pytest.mark.clause("pure.threads")
def test_threads_with_other_parameters_do_not_disturb(judge: Judge) -> None:
    """Make calls that differ in parameters, size and type from as many threads at once."""
    calls = [case for case in _threaded() if judge.admits(case)]

    def law(look: Look) -> None:
        inputs = [case.x(judge.seed) for case in calls]
        pairs = list(zip(inputs, calls, strict=True))
        begun = time.monotonic()
        expected = [_copies(everything(look, x, case.pool)) for x, case in pairs]
        rounds, limit = fitting(most, time.monotonic() - begun)
        start = threading.Barrier(len(calls))
        subject = judge.implementation.subject

        def work(number: int) -> list[list[tuple[str, Array]]]:
            start.wait()
            x, case = pairs[number]
            return [all_results(subject, look, x, case.pool) for _ in range(rounds)]

        label = f"{look.bench.check}\t{look.case.id}\t{look.case}\tthreads"
        look.bench.recorder.enter(label, limit)
        with restless_threads(), ThreadPoolExecutor(len(calls)) as pool:
            outcomes = list(pool.map(lambda n: attempt(lambda: work(n)), range(len(calls))))
        look.bench.recorder.leave()
        for number, outcome in enumerate(outcomes):
            if outcome.raised is not None:
                raise NonconformanceError("the results of calls made alone", outcome.said)
            for found in outcome.value:
                note = "calls with other parameters from other threads at once"
                same_everything(expected[number], found, note)

    most = {"smoke": 3, "default": 10, "deep": 100}[judge.tier]
    judge.every(calls[:1], law, shrinks=False)


@pytest.mark.clause("pure.threads")
def test_threads_that_take_turns_do_not_disturb(judge: Judge) -> None:
    """Make calls from two threads that change places after every line of Python they run."""
    small = [
        Case(f"turns.{number}", Pool.of(2, 1), (1, 2, 4, 4), plane_distinct) for number in range(2)
    ]
    large = [
        Case(f"turns.large-{number}", Pool.of(3, 1), (1, 4, 24, 26), plane_distinct)
        for number in range(2)
    ]
    for calls in (small, large):
        _take_turns(judge, calls)


def _take_turns(judge: Judge, calls: list[Case]) -> None:
    def law(look: Look) -> None:
        subject, start = judge.implementation.subject, threading.Barrier(len(calls))
        inputs = [case.x(judge.seed) for case in calls]
        expected = [
            _copies(everything(look, x.copy(), look.case.pool, times))
            for times, x in enumerate(inputs, 1)
        ]
        turns = Turns()

        def work(number: int) -> list[tuple[str, Array]]:
            start.wait()
            with turns.taken(number):
                return all_results(subject, look, inputs[number], look.case.pool, number + 1)

        label = f"{look.bench.check}\t{look.case.id}\t{look.case}\tthreads taking turns"
        look.bench.recorder.enter(label, THREADS_LIMIT)
        with ThreadPoolExecutor(len(calls)) as pool:
            outcomes = list(pool.map(lambda n: attempt(lambda: work(n)), range(len(calls))))
        look.bench.recorder.leave()
        for number, outcome in enumerate(outcomes):
            if outcome.raised is not None:
                raise NonconformanceError("the results of calls made alone", outcome.said)
            note = "calls from two threads that take turns"
            same_everything(expected[number], outcome.value, note)

    judge.every(calls[:1], law, shrinks=False)


@pytest.mark.clause("pure.stateless")
def test_spoilt_results_do_not_come_back(judge: Judge) -> None:
    """Overwrite every result of a call, and make an equal call."""

    def law(look: Look) -> None:
        case, x = look.case, look.original
        found = everything(look, x.copy(), case.pool)
        before = _copies(found)
        for _, array in found:
            if array.flags.writeable:
                array[...] = 1
        same_everything(
            before, everything(look, x.copy(), case.pool), "the results were overwritten"
        )

    judge.every(_plain(), law, shrinks=False)


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
        before, other = _copies(held), -x
        for _ in range(many):
            look.bench.forward(other.copy(), case.pool)
        same_everything(before, held, f"one of {many} later calls rewrote an earlier result")

    judge.every(_plain()[:1], law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_many_forward_passes_are_kept(judge: Judge) -> None:
    """Make many forward passes of the same form, then go back through all of them."""

    def law(look: Look) -> None:
        case, flat = look.case, look.original.reshape(-1)
        begun = time.monotonic()
        everything(look, look.original.copy(), case.pool)
        many = number_of_calls(judge.tier, 2 * (time.monotonic() - begun))
        inputs = [np.roll(flat, number).reshape(case.shape) for number in range(many)]
        expected = [_copies(everything(look, x.copy(), case.pool))[1:] for x in inputs]
        kept = [look.bench.forward(x.copy(), case.pool)[1] for x in inputs]
        for number, saved in enumerate(kept):
            found = []
            if look.claims("indices"):
                found.append(("indices", look.bench.array("indices", saved)))
            if look.claims("gradient"):
                found.append(("input gradient", look.bench.array("backward", look.dy, saved)))
            with pooling(inputs[number]):
                note = f"forward pass {number + 1} of {many}, gone back to after the last"
                same_everything(expected[number], found, note)

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(_plain()[:1], law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_backward_may_run_in_another_thread(judge: Judge) -> None:
    """Go forward in one thread and back in another, one after the other."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()
        expected = _copies(everything(look, x.copy(), case.pool))[1:]
        _, saved = look.bench.forward(x, case.pool)
        subject, dy = judge.implementation.subject, look.dy

        def back() -> list[tuple[str, Array]]:
            found = []
            if look.claims("indices"):
                found.append(("indices", subject.indices(saved)))
            if look.claims("gradient"):
                found.append(("input gradient", subject.backward(dy, saved)))
            return found

        label = f"{look.bench.check}\t{case.id}\t{case}\tanother thread"
        look.bench.recorder.enter(label, THREADS_LIMIT)
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(attempt, back).result()
        look.bench.recorder.leave()
        if outcome.raised is not None:
            raise NonconformanceError("the results of the same thread", outcome.said)
        same_everything(expected, outcome.value, "asked for from another thread")

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(_plain()[:2], law, shrinks=False)


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
            require_same(expected[number % 2], got, f"backward number {number + 1} of one forward")

    judge.every(_plain(), law, needs=["gradient"], shrinks=False)
