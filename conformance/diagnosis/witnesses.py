"""Witnesses: cases that tell one implementation from another, with the laws that call on them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance import oracle
from conformance.calls import Bench, Look
from conformance.cases.case import Case
from conformance.checks.catalogue import Check, checks
from conformance.contract import Implementation, kind_of
from conformance.diagnosis.conversation import Gist, Overheard, gist
from conformance.isolation.flight import Silence
from conformance.judge import Judge, Law, no_looks
from conformance.nonconformance import NonconformanceError
from conformance.quiet import quiet
from conformance.verdict import Json
from reference.dialect import DEFAULT, Dialect

TRIES = 4
LARGE = 100_000
"""A case of more elements is called on by few candidates only."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A case of a check that failed, or passed, under one implementation."""

    clause: str
    check: str
    case: Case
    laws: tuple[Callable[[], None], ...]
    """Each calls the implementation that is on the bench, and raises what it finds."""
    failed: bool

    @property
    def size(self) -> int:
        """Return how much there is to do: elements of the input, and taps of all windows."""
        case = self.case
        legal = oracle.legal(case.shape, case.pool, DEFAULT)
        return math.prod(case.shape) + (oracle.taps(case, DEFAULT) if legal else 0)


class Summons(Judge):
    """A judge that judges nothing: it collects the laws that its cases are judged by."""

    def summon(self, wanted: Iterable[str]) -> None:
        """Take the ids of the cases that matter."""
        self._wanted = frozenset(wanted)
        self.laws: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self.cases: dict[str, Case] = {}
        self.general: list[Law] = []
        """Laws that hold for any input, not for the cases that they came with only."""

    def _one(self, case: Case, law: Law, *, shrinks: bool) -> None:
        if shrinks and law not in self.general:
            self.general.append(law)
        if case.id in self._wanted:
            self.cases[case.id] = case
            self.laws[case.id].append(lambda: self.apply(law, case))

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:
        """Keep the trial."""
        if case.id in self._wanted:
            self.cases[case.id] = case
            self.laws[case.id].append(lambda: self._try(case, trial))

    def apply(self, law: Law, case: Case) -> None:
        """Apply a law to a case.

        Raises:
            NonconformanceError: it does not hold.
        """
        with quiet():
            self._by(law, Look(self.bench, case, self.seed))

    def _try(self, case: Case, trial: Callable[[], object]) -> None:
        self.bench.turn_to(case)
        with quiet():
            trial()


def summoned(bench: Bench, record: Json, tier: str, seed: int) -> Iterator[tuple[Check, Summons]]:
    """Yield the checks of a record, each with its laws."""
    for check in checks():
        if (check.clause, check.name) == (record["clause"], record["check"]):
            found = Summons(bench, no_looks(), tier, seed, makes_small=False)
            found.summon([*record["failing"], *record["passing"]])
            with quiet():
                check.run(found)
            yield check, found


def witnesses(
    record: Json, summons: Sequence[tuple[Check, Summons]]
) -> tuple[list[Witness], list[Witness]]:
    """Return the failing and the passing cases of a record that the suite still has."""
    sides: tuple[list[Witness], list[Witness]] = ([], [])
    for check, found in summons:
        for ids, side, failed in zip(
            (record["failing"], record["passing"]), sides, (True, False), strict=True
        ):
            side += [
                Witness(check.clause, check.name, found.cases[name], tuple(laws), failed)
                for name, laws in ((name, found.laws.get(name)) for name in ids)
                if laws
            ]
    return sides


def behaviour(bench: Bench, witness: Witness) -> object:
    """Return what the implementation on the bench does under a witness, to be compared.

    Among threads the answers are chance, and so is whether a fault shows: it is tried again.
    """
    heard, found, crowded = _behaviour(bench, witness)
    for _ in range(TRIES):
        if not crowded:
            return heard, found
        if any(kind != "kept" for kind, _ in found):
            break
        _, found, _ = _behaviour(bench, witness)
    return [kind for kind, _ in found]


def _behaviour(
    bench: Bench, witness: Witness
) -> tuple[list[object], list[tuple[str, object]], bool]:
    subject = bench.implementation.subject
    notes = Gist()
    overheard = Overheard(subject, notes)
    seat(bench, overheard)
    try:
        found = [_outcome(law) for law in witness.laws]
    finally:
        seat(bench, subject)
    return notes.heard, found, overheard.crowded


def _outcome(law: Callable[[], None]) -> tuple[str, object]:
    try:
        law()
    except NonconformanceError as error:
        # What was got in words may quote a message, which nobody is held to.
        return "broken", (error.note, None if isinstance(error.got, str) else gist(error.got))
    except Exception as error:  # noqa: BLE001 - a law that cannot cope tells two apart as well
        return "upset", kind_of(error)
    return "kept", None


def seat(bench: Bench, subject: Any) -> None:  # noqa: ANN401 - whatever keeps the contract
    """Let another object answer for the implementation of the bench, with the same claims."""
    bench.implementation = replace(bench.implementation, subject=subject)


def in_turn(groups: Mapping[str, Sequence[Witness]], limit: int) -> list[Witness]:
    """Return the first of every group, then the second of every group, up to a limit."""
    longest = max(map(len, groups.values()), default=0)
    taken = [group[k] for k in range(longest) for group in groups.values() if k < len(group)]
    return taken[:limit]


def looked_up(
    clause: str,
    check: str,
    case: str,
    held_to: tuple[Iterable[str], Mapping[str, str]],
    terms: tuple[str, int],
) -> Case | None:
    """Return the case of a check by its id, without calling any implementation.

    `held_to` are the claims and the dialect of who was judged, `terms` the tier and the seed.
    """
    record = {"clause": clause, "check": check, "failing": [case], "passing": []}
    for _, found in summoned(Bench(nobody(*held_to), Silence(), 1.0), record, *terms):
        if case in found.cases:
            return found.cases[case]
    return None


def nobody(claims: Iterable[str], declared: Mapping[str, str]) -> Implementation:
    """Return an implementation that cannot be called, with these claims and this dialect."""
    switches = {switch.replace("-", "_"): value for switch, value in declared.items()}
    return Implementation(
        "nobody", "", None, frozenset(claims), dict(declared), Dialect(**switches), tuple
    )
