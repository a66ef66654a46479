"""Checks that calls from several threads do not disturb each other."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any

import pytest

from conformance.calls import Look
from conformance.cases.case import Array, Case, plane_distinct
from conformance.cases.sums import SMALLEST
from conformance.checks.results import (
    GRADIENT,
    copies,
    everything,
    names_winners,
    same_everything,
    sent_back,
)
from conformance.checks.threads import fitting, restless_threads, together
from conformance.features import FLOATS
from conformance.handover import plain_array
from conformance.judge import Judge
from reference.pool import Pool

RIGHT_CALLS = 30
"""Calls that are made while another thread makes some that are refused."""
MANY = 24
"""How many make small calls at once: more than a kernel keeps work space for."""
THREADS = 4
"""How many share the arrays of one call."""
SHARED, MOST_SHARED = {"smoke": 0.008, "default": 0.1, "deep": 1.0}, 200
"""Seconds for which they do, each alone, so that no thread is done before another has begun."""
TURN_SECONDS, MISSES = 0.05, 4
"""How long a thread waits for its turn, and how often in vain before no more turns are taken."""
TURNS_SECONDS = 0.5
"""After which both threads run as they would."""
AHEAD = {"smoke": (3, 10, 30), "default": (5, 17, 60, 120), "deep": (1, 2, 7, 22, 44)}
"""How many lines the first of two threads is ahead, by the first tier: in step, neither would see
what the other has begun."""


@pytest.mark.clause("pure.threads")
def test_threads_do_not_disturb_each_other(judge: Judge) -> None:
    """Make different calls from four threads at once and compare with one after another."""
    small, shape, wide = Pool.of(2), (2, 3, 16, 16), Pool.of(3, 1, 1)
    few = [Case(f"threads.{number}", small, shape, plane_distinct) for number in range(4)]
    note = "calls from four threads at once"
    _from_threads(judge, few, {"smoke": 6, "default": 25, "deep": 200}[judge.tier], note)
    many = [Case(f"threads.many-{n}", small, (1, 2, 6, 8), plane_distinct) for n in range(MANY)]
    _from_threads(judge, many, 3, f"calls from {MANY} threads at once")
    for dtype in FLOATS:
        least = [Case(f"threads.least-{dtype}", small, (1, 2, 4, 6), least_numbers, dtype)]
        _from_threads(judge, least, 1, "the least numbers of the type, from another thread")
    outputs = Case("threads.outputs", Pool.of(1), (1, 2, 128, 140), plane_distinct)
    _from_threads(judge, [outputs], 1, "a large call from a thread that is not the main one")
    if judge.tier != "smoke":  # above so many elements some work on blocks, without Python's lock
        large = [
            Case(f"threads.large-{number}", wide, (1, 4, 48, 50), plane_distinct, tier="default")
            for number in range(4)
        ]
        _from_threads(judge, large, 5, note)


def least_numbers(case: Case, seed: int) -> Array:
    """Fill with subnormal numbers, which some threads may take for zeros."""
    return plane_distinct(case, seed) * SMALLEST[case.dtype]


def _from_threads(judge: Judge, calls: list[Case], most: int, note: str) -> None:
    """Make each call `most` times from a thread of its own; the results are those made alone."""
    calls = judge.nearest(calls)

    def law(look: Look) -> None:
        subject = judge.implementation.subject
        pairs = [(case.x(judge.seed), case.pool) for case in calls]
        begun = time.monotonic()
        expected = [copies(everything(look, x, pool)) for x, pool in pairs]
        rounds, further = fitting(most, time.monotonic() - begun)

        def work(number: int) -> list[list[tuple[str, Array]]]:
            return [all_results(subject, look, *pairs[number]) for _ in range(rounds)]

        found = _at_once(look, len(calls), work, further)
        for right, several in zip(expected[: len(found)], found, strict=True):
            for one in several:
                same_everything(right, one, note)

    judge.every(calls[:1], law, shrinks=False)


def _at_once(
    look: Look, count: int, work: Callable[[int], list[list[tuple[str, Array]]]], further: float
) -> list[list[list[tuple[str, Array]]]]:
    """Return what work gives for each number, done in as many threads that start together."""
    with restless_threads():
        return together(look, "threads", [partial(work, one) for one in range(count)], further)


@pytest.mark.clause("pure.threads")
def test_threads_may_share_their_arrays(judge: Judge) -> None:
    """Pool one input from four threads at once, and go back through one call from all of them."""

    def law(look: Look) -> None:
        subject, pool, x = judge.implementation.subject, look.case.pool, look.original.copy()
        begun = time.monotonic()
        y, saved = look.bench.forward(x, pool)
        dy = look.case.dy(y.shape, look.seed) if look.claims("gradient") else None
        alone = copies(everything(look, x, pool))
        took = time.monotonic() - begun
        rounds, further = fitting(max(2, min(MOST_SHARED, int(SHARED[judge.tier] / took))), took)

        def forwards(_number: int) -> list[list[tuple[str, Array]]]:
            return [all_results(subject, look, x, pool) for _ in range(rounds)]

        def backwards(_number: int) -> list[list[tuple[str, Array]]]:
            return [back(subject, saved, dy, look.claims("indices")) for _ in range(rounds)]

        def others(number: int) -> list[list[tuple[str, Array]]]:
            sent = None if dy is None else dy * (number + 1)
            return [back(subject, saved, sent, has_indices=False) for _ in range(rounds)]

        for found in itertools.chain(*_at_once(look, THREADS, forwards, further)):
            same_everything(alone, found, "four threads pooled the same array at once")
        for found in itertools.chain(*_at_once(look, THREADS, backwards, further)):
            same_everything(
                alone[1:], found, "four threads went back through the same call at once"
            )
        for number, several in enumerate(_at_once(look, THREADS, others, further)):
            for found in several:
                wanted = [(name, dx * (number + 1)) for name, dx in alone if name == GRADIENT]
                note = "four threads sent other gradients through the same call at once"
                same_everything(wanted, found, note)

    cases = [
        Case("threads.shared", Pool.of(2), (2, 3, 16, 16), plane_distinct),
        Case("threads.shared-planes", Pool.of(2), (8, 32, 4, 4), plane_distinct),
    ]
    judge.every(cases, law, shrinks=False)


@pytest.mark.clause("pure.threads")
def test_a_refusal_is_the_callers_own(judge: Judge) -> None:
    """Make right calls from one thread while another makes calls that are refused."""

    def law(look: Look) -> None:
        subject, pool, x = judge.implementation.subject, look.case.pool, look.original.copy()
        begun = time.monotonic()
        alone = copies(everything(look, x, pool))
        rounds, further = fitting(RIGHT_CALLS, time.monotonic() - begun)
        wrong, begun = replace(pool, kernel_size=(0,) * pool.rank), time.monotonic()
        look.bench.outcome("forward", x.copy(), wrong)
        refusals, longer = fitting(4 * rounds, time.monotonic() - begun)

        def work(number: int) -> list[list[tuple[str, Array]]]:
            if number:
                for _ in range(refusals):
                    with suppress(Exception):
                        subject.forward(x.copy(), wrong)
                return []
            return [all_results(subject, look, x, pool) for _ in range(rounds)]

        for found in itertools.chain(*_at_once(look, 2, work, further + longer)):
            same_everything(alone, found, "another thread made calls that are refused")

    case = Case("threads.refused", Pool.of(2), (1, 2, 4, 4), plane_distinct)
    judge.every([case], law, shrinks=False)


def all_results(
    subject: object, look: Look, x: Array, pool: Pool, times: int = 1
) -> list[tuple[str, Array]]:
    """Return all results of one call, without the guard of the bench, which is not for threads."""
    y, saved = subject.forward(x, pool)  # type: ignore[attr-defined]
    y = plain_array("forward", y)
    dy = sent_back(look, x, y, pool, times)
    return [("output", y), *back(subject, saved, dy, names_winners(look, x, pool))]


def back(
    subject: object,
    saved: object,
    dy: Array | None,
    has_indices: bool,  # noqa: FBT001 - as `dy` tells whether there is a gradient
) -> list[tuple[str, Array]]:
    """Return the indices and, for `dy`, the input gradient, without the guard of the bench."""
    found = []
    if has_indices:
        index = subject.indices(saved)  # type: ignore[attr-defined]
        found.append(("indices", plain_array("indices", index)))
    if dy is not None:
        dx = subject.backward(dy, saved)  # type: ignore[attr-defined]
        found.append((GRADIENT, plain_array("backward", dx)))
    return found


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

    most = {"smoke": 3, "default": 10, "deep": 100}[judge.tier]
    _from_threads(judge, calls, most, "calls with other parameters from other threads at once")


class Turns:
    """Two threads of which one runs while the other waits, line of Python by line."""

    def __init__(self, ahead: int = 0) -> None:
        """Begin with nobody's turn; the first thread stays so many lines ahead of the second."""
        self.handed, self.ahead = threading.Condition(), ahead
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
        if number == 0 and self.ahead:
            self.ahead -= 1
            return False
        with self.handed:
            self.whose = 1 - number
            self.handed.notify()
            mine = self.handed.wait_for(
                lambda: self.whose == number or self.misses >= MISSES, TURN_SECONDS
            )
            self.misses += not mine
            return self.misses >= MISSES or time.monotonic() > self.end


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
    unlike = [
        Case("turns.unlike-0", Pool.of(2), (2, 20, 4, 4), plane_distinct),
        Case("turns.unlike-1", Pool.of(2), (1, 33, 6, 8), plane_distinct),
    ]
    for calls in (small, large, unlike):
        _take_turns(judge, calls)


@pytest.mark.clause("pure.threads")
def test_the_first_calls_of_a_kind_may_be_two(judge: Judge) -> None:
    """Make two calls of a kind that nothing else asks for, line by line in turns, then alone."""
    for tier, several in AHEAD.items():
        for ahead in several:
            number = ahead % 11
            pool = Pool.of((3 + number % 4, 2 + number % 3), (2, 1 + number % 2))
            shape = (1, 2, 11 + number, 19 + 2 * number)
            names = [f"first.{ahead}-{call}" for call in range(2)]
            calls = [Case(name, pool, shape, plane_distinct, tier=tier) for name in names]
            _take_turns(judge, calls, ahead)


def _take_turns(judge: Judge, calls: list[Case], ahead: int = 0) -> None:
    """Make the calls alone, and then in turns.

    If one thread is ahead, the turns come first, and the two axes are swapped: the call as it is
    has been made once before.
    """

    def law(look: Look) -> None:
        subject = judge.implementation.subject
        inputs, pool = [case.x(judge.seed) for case in calls], look.case.pool
        if ahead:
            inputs = [x.swapaxes(-1, -2).copy() for x in inputs]
            pool = replace(pool, kernel_size=pool.kernel_size[::-1], stride=pool.stride[::-1])

        def alone() -> list[list[tuple[str, Array]]]:
            return [
                copies(everything(look, x.copy(), pool, times)) for times, x in enumerate(inputs, 1)
            ]

        expected, turns = [] if ahead else alone(), Turns(ahead)

        def work(number: int) -> list[tuple[str, Array]]:
            with turns.taken(number):
                return all_results(subject, look, inputs[number], pool, number + 1)

        tasks = [partial(work, number) for number in range(len(calls))]
        found = together(look, "threads taking turns", tasks)
        note = "calls from two threads that take turns"
        if ahead:
            note = f"the first calls of {pool}, of this input with its axes swapped: {note}"
        for one, right in zip(found, expected or alone(), strict=True):
            same_everything(right, one, note)

    judge.every(calls[:1], law, shrinks=False)
