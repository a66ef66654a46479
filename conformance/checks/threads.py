"""How the checks make calls from several threads, and how long these may take."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from conformance.calls import Look
from conformance.handover import Outcome, attempt
from conformance.nonconformance import NonconformanceError

Given = TypeVar("Given")

THREADS_LIMIT = 120.0
"""Seconds that all calls from all threads may take together, if they are quick when made alone."""
COMPILED = 4
"""How many calls may take as long as `call_limit` says."""
TOGETHER = 20
"""How many calls may take as long as the longest of this process did."""
MOST_TOGETHER = 300.0
"""Seconds that this adds at most: a deadlock is waited for as well."""
SLOW_ROUND = 1.0
"""Seconds for one call after another above which there are fewer rounds than the tier has."""
FEWEST = 2
"""Threads without which there is nothing to see."""


@contextmanager
def restless_threads() -> Iterator[None]:
    """Let the interpreter switch between threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def enter_threads(look: Look, what: str, further: float = 0.0) -> None:
    """Note that calls from other threads begin now, and how long they may take.

    In some of them it may compile anew. None runs for long only where each waits for another.
    """
    bench, declared = look.bench, look.implementation.call_limit
    slow = min(TOGETHER * bench.longest, MOST_TOGETHER)
    limit = THREADS_LIMIT + slow + COMPILED * declared + further
    label = f"{bench.check}\t{look.case.id}\t{look.case}\t{what}"
    bench.recorder.enter(label, limit, still=max(bench.call_limit, declared) + slow)


def fitting(rounds: int, alone: float) -> tuple[int, float]:
    """Return how many rounds of calls to make from threads, and the seconds that they add.

    `alone` is what one round takes from one thread; behind a lock it takes as long from many.
    """
    fewer = max(2, min(rounds, int(rounds * SLOW_ROUND / max(alone, SLOW_ROUND))))
    return fewer, 4 * fewer * alone


def together(
    look: Look, what: str, tasks: Sequence[Callable[[], Given]], further: float = 0.0
) -> list[Given]:
    """Return what tasks give, each in a thread of its own; all of them begin at once.

    Where no more threads can be had, the first of the tasks only, two of them at least.

    Raises:
        NonconformanceError: one of them raised.
        RuntimeError: two threads cannot be had.
    """
    outcomes: list[Outcome] = [Outcome()] * len(tasks)
    begin = threading.Event()

    def run(number: int) -> None:
        begin.wait()
        outcomes[number] = attempt(tasks[number])

    enter_threads(look, what, further)
    threads = _started([threading.Thread(target=run, args=(one,)) for one in range(len(tasks))])
    begin.set()
    for thread in threads:
        thread.join()
    look.bench.recorder.leave()
    if len(threads) < min(FEWEST, len(tasks)):
        message = f"{len(threads)} of {len(tasks)} threads can be had here, where two are needed"
        raise RuntimeError(message)
    return [_given(outcome) for outcome in outcomes[: len(threads)]]


def _started(threads: list[threading.Thread]) -> list[threading.Thread]:
    """Start threads, and return those that could be."""
    for number, thread in enumerate(threads):
        try:
            thread.start()
        except (RuntimeError, MemoryError):  # no room for its stack, or too many of them
            return threads[:number]
    return threads


def _given(outcome: Outcome) -> Any:  # noqa: ANN401 - what a task gives
    if outcome.raised is not None:
        raise NonconformanceError("the results of calls made alone", outcome.said)
    return outcome.value
