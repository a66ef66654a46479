"""One check of one implementation: runs its cases and keeps the smallest failure."""

from __future__ import annotations

import gc
import heapq
import math
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from conformance import oracle
from conformance.calls import Bench, Look
from conformance.cases.case import BRIEF, TIERS, Case
from conformance.contract import Implementation
from conformance.features import METHODS
from conformance.floats import FLUSHES, holds_subnormal
from conformance.heap import give_back_freed
from conformance.kept import Kept
from conformance.nearest import beside, nearest
from conformance.nonconformance import LEGAL, NonconformanceError
from conformance.oracle import Answer
from conformance.quiet import quiet
from conformance.shrink import smaller

Law: TypeAlias = Callable[[Look], None]
SHRINK_SECONDS = 6.0
"""After so much time spent on one implementation its failures are shown as they were found."""
FEW = 2
"""So many cases of each list are judged in a brief run."""
WITNESSES = 12
"""Of the failing and of the other cases of a check, so many are remembered for the diagnosis."""
LOOK_ELEMENTS = 6_000
"""Results of larger inputs are not kept for the next check."""
COPIES = 4
"""How many arrays of the size of the input, and of its windows, are kept with its results."""
LARGE = 300_000
"""After inputs of more elements what was freed is given back to the system."""
MOST_KEPT, MOST_KEPT_DEEP = 30_000_000, 3_000_000
"""So many numbers are kept for later checks; the deep tier asks for other cases each time."""
Looks: TypeAlias = Kept[str, Look | NonconformanceError]


def no_looks(tier: str = TIERS[0]) -> Looks:
    """Return what keeps the results of one implementation for all its checks; nothing yet."""
    return Kept(MOST_KEPT_DEEP if tier == TIERS[-1] else MOST_KEPT)


@dataclass(frozen=True, slots=True)
class Failure:
    """A case on which a law does not hold."""

    case: Case
    error: NonconformanceError


class CheckFailedError(AssertionError):
    """A check found its clause broken."""

    def __init__(self, failure: Failure, failing: int, judged: int) -> None:
        """Store the smallest failure and how many cases failed of those judged."""
        self.failure, self.failing, self.judged = failure, failing, judged
        super().__init__(f"{failure.case.id}: {failure.error.note}")


class Judge:
    """What a check is given: it runs a law on every case the implementation is held to."""

    def __init__(
        self,
        bench: Bench,
        looks: Looks,
        tier: str,
        seed: int,
        *,
        makes_small: bool = True,
    ) -> None:
        """Take what judges of one implementation share: the bench and the kept looks."""
        self.bench, self.looks, self.seed = bench, looks, seed
        self.tier = TIERS[0] if tier == BRIEF else tier
        self._makes_small = makes_small
        self.takes_few = False
        """Whether a few cases of each list have to do, as in a brief run."""
        self.judged: set[str] = set()
        self.windows = 0
        self._failures: list[tuple[Failure, Law, bool]] = []
        self._failing: set[str] = set()
        self.lacking: frozenset[str] = frozenset()
        """What the first case that was left out needs and is not claimed."""
        self.deadly: Mapping[str, str] = {}
        """Cases that ended a process of this implementation, with the verdict on them."""
        self.ended: dict[str, str] = {}

    @property
    def implementation(self) -> Implementation:
        """Return who is judged."""
        return self.bench.implementation

    def claims(self, *features: str) -> bool:
        """Return whether all of these features are claimed."""
        return set(features) <= self.implementation.claims

    def offers(self, case: Case) -> bool:
        """Return whether all that a case needs is claimed."""
        return not self.implementation.lacking(case.shape, case.dtype, case.pool)

    def nearest(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases; in place of one that is not offered, the most alike that is."""
        return [nearest(case, self.implementation) for case in cases]

    def beside(self, case: Case) -> list[Case]:
        """Return calls that are offered, each most alike but for another word of what is not."""
        return [one for one in beside(case, self.implementation) if self.admits(one)]

    def every(
        self, cases: Iterable[Case], law: Law, *, needs: Iterable[str] = (), shrinks: bool = True
    ) -> None:
        """Judge by `law` on each of the cases that need only what is claimed."""
        if not self.claims(*needs):
            self.lacking = self.lacking or frozenset(needs) - self.implementation.claims
            return
        calls = METHODS.keys() & set(needs) if self.implementation.lacks else ()
        with quiet():
            asked = (
                case
                for case in cases
                if self.admits(case) and not (calls and self._lacks(case, *calls))
            )
            for case in _few(asked) if self.takes_few else asked:
                self._one(case, law, shrinks=shrinks)

    def _lacks(self, case: Case, *calls: str) -> bool:
        lacking = self.implementation.lacking(case.shape, case.dtype, case.pool, *calls)
        self.lacking = self.lacking or lacking
        return bool(lacking)

    def within(self, case: Case) -> bool:
        """Return whether a case is one of the tier of this run."""
        return TIERS.index(case.tier) <= TIERS.index(self.tier)

    def admits(self, case: Case) -> bool:
        """Return whether the implementation is held to this case in this run."""
        if not self.within(case):
            return False
        dialect = self.implementation.dialect
        if case.id not in self.looks and (  # else it was admitted before
            self._lacks(case)
            or not oracle.legal(case.shape, case.pool, dialect)
            or not oracle.settled(case.shape, case.pool, dialect)
        ):
            return False
        if case.id in self.deadly:
            self.ended[case.id] = self.deadly[case.id]
            return False
        return True

    def nothing_to_refuse(self) -> None:
        """Note that a check about unclaimed features has none to ask for."""
        self.judged.add("everything is claimed")

    def one(self, case: Case, law: Law, *, shrinks: bool = True) -> None:
        """Judge by `law` on one case."""
        with quiet():
            self._one(case, law, shrinks=shrinks)

    def _one(self, case: Case, law: Law, *, shrinks: bool) -> None:
        self.judged.add(case.id)
        try:
            self._by(law, self.look(case))
        except NonconformanceError as error:
            self._failing.add(case.id)
            self._failures.append((Failure(case, error), law, shrinks))
        if math.prod(case.shape) > LARGE:
            give_back_freed()

    def _by(self, law: Law, look: Look) -> None:
        """Apply a law; where malformed results upset it, they are what is wrong."""
        try:
            self.bench.sent_back = None
            law(look)
        except NonconformanceError as error:
            error.dy = self.bench.sent_back
            raise
        except Exception:
            look.require_forms()
            raise

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:
        """Judge by a trial that makes its own calls; the case says with what."""
        if case.id in self.deadly:
            self.ended[case.id] = self.deadly[case.id]
            return
        self.judged.add(case.id)
        self.bench.turn_to(case)
        try:
            with quiet():
                trial()
        except NonconformanceError as error:
            self._failing.add(case.id)
            self._failures.append((Failure(case, error), _again(trial), False))

    def look(self, case: Case) -> Look:
        """Return the implementation's results on a case, from an earlier check if kept."""
        found = self.looks.get(case.id)
        if found is None:
            if any(crowd.crowded() for crowd in self.bench.crowds):
                self._let_go()
            found = self._look(case)
            if math.prod(case.shape) <= LOOK_ELEMENTS:
                taps = oracle.taps(case, self.implementation.dialect)
                self.looks.keep(case.id, found, COPIES * (math.prod(case.shape) + taps))
        if isinstance(found, NonconformanceError):
            raise found
        return found

    def _let_go(self) -> None:
        """Forget what was kept: it holds more files open, or more memory, than anybody else's."""
        self.looks.clear()
        gc.collect()
        give_back_freed()
        for crowd in self.bench.crowds:
            crowd.settle()

    def _look(self, case: Case) -> Look | NonconformanceError:
        self.windows += oracle.windows(case, self.implementation.dialect)
        try:
            return Look(self.bench, case, self.seed)
        except NonconformanceError as error:
            return error

    def answer(self, case: Case) -> Answer:
        """Return the right answer to a case in the implementation's dialect."""
        look = self.looks.get(case.id)
        x = look.original if isinstance(look, Look) else None
        return oracle.answer(case, self.seed, self.implementation.dialect, x)

    def settle(self) -> None:
        """Raise the smallest failure, if there is one.

        Raises:
            CheckFailedError: the clause is broken.
        """
        if not self._failures:
            return
        failure, law, shrinks = min(self._failures, key=lambda item: _size(item[0].case))
        if shrinks and self._makes_small and self.bench.shrinking < SHRINK_SECONDS:
            begun = time.monotonic()
            failure = self._shrunk(failure, law)
            self.bench.shrinking += time.monotonic() - begun
        error = failure.error
        if self.bench.floats.flushes and holds_subnormal(error.expected):
            error.note = f"{error.note}; {FLUSHES}" if error.note else FLUSHES
        raise CheckFailedError(failure, len(self._failing), len(self.judged))

    def witnesses(self) -> dict[str, list[str]]:
        """Return ids of failing and of other cases: a few of each, the small and some large."""
        sizes = {failure.case.id: _size(failure.case) for failure, _, _ in self._failures}
        passing = sorted(self.judged - self._failing)
        return {
            "failing": _spread(sorted(sizes, key=lambda name: sizes[name])),
            "passing": _spread(passing),
        }

    def _shrunk(self, failure: Failure, law: Law) -> Failure:
        raised = _raised(failure.error)

        def still_fails(case: Case) -> NonconformanceError | None:
            if not self.admits(case):
                return None
            try:
                self._by(law, Look(self.bench, case, self.seed))
            except NonconformanceError as error:
                return error if _raised(error) == raised else None
            return None

        with quiet():
            case, error = smaller(failure.case, failure.error, still_fails, self.seed)
        return Failure(case, error)


def _raised(error: NonconformanceError) -> str:
    """Return what a legal call raised, and which; empty for what is wrong in another way."""
    if isinstance(error.expected, str) and error.expected == LEGAL:
        return str(error.got).partition(":")[0]
    return ""


def _few(cases: Iterable[Case]) -> list[Case]:
    """Return the same few of whatever holds them, so that checks share what they ask for."""
    return heapq.nsmallest(FEW, cases, key=lambda case: zlib.crc32(case.id.encode()))


def _size(case: Case) -> tuple[int, int]:
    """Order cases from small to large; those of no elements show least, and come last."""
    return math.prod(case.shape) or sys.maxsize, len(case.id)


def _spread(names: list[str]) -> list[str]:
    """Return the first few names and some of the others, evenly spread."""
    few, rest = names[: WITNESSES // 2], names[WITNESSES // 2 :]
    step = max(1, -(-len(rest) // (WITNESSES - len(few)))) if few else 1
    return few + rest[::step]


def _again(trial: Callable[[], object]) -> Law:
    def law(_look: Look) -> None:
        trial()

    return law
