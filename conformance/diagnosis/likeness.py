"""Diagnosis: which known bugs answer as a failing implementation does, and what has one cause.

The failing cases of an implementation are called on again, on the implementation and on the
members of the zoo, and every answer is compared bit for bit. Each member starts anew and
takes the same calls in the same order, so that what depends on earlier calls agrees too.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.calls import Bench
from conformance.cases.case import Case
from conformance.clauses import clauses
from conformance.contract import Implementation, kind_of
from conformance.diagnosis.conversation import METHODS
from conformance.diagnosis.witnesses import (
    LARGE,
    Summons,
    Witness,
    behaviour,
    in_turn,
    seat,
    summoned,
    witnesses,
)
from conformance.findings import case_of
from conformance.isolation.flight import Recorder, Silence
from conformance.judge import Law
from conformance.nonconformance import NonconformanceError
from conformance.quiet import quiet
from conformance.verdict import Json
from conformance.zoo import bugs
from conformance.zoo.sound import Sound

if TYPE_CHECKING:
    from conformance.checks.catalogue import Check
    from conformance.zoo.bug import Bug

FAILING, PASSING = 72, 36
"""The most failing and passing cases on which an implementation is compared."""
SECONDS = 1.5
"""After so much time, what was found counts: a hint is not worth waiting for."""
DEAR = 0.02
"""Seconds from which on a witness is too dear to call every known bug on it."""
AGREES, OPEN, DIFFERS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be diagnosed."""

    bench: Bench
    records: Sequence[Json]
    tier: str
    seed: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the implementation under diagnosis did under a witness."""

    witness: Witness
    behaviour: object
    seconds: float

    @property
    def dear(self) -> bool:
        """Return whether only candidates that say they break a broken clause are called on it."""
        return self.seconds > DEAR or self.witness.size > LARGE


@dataclass(slots=True)
class Candidate:
    """A known bug that agrees so far."""

    bug: Bug
    member: Any
    agreeing: int = 0
    strayed: int = 0
    """Passing cases on which it answers otherwise."""
    shows: int = OPEN
    """Whether the implementation answers the trigger of the bug as the bug does."""
    apart: int = 0
    """Triggers of other candidates that it answers otherwise than the implementation."""

    @property
    def rank(self) -> tuple[int, int, int]:
        """Return how far it is from the implementation; equal for those that are equal."""
        return self.shows, self.strayed, self.apart


@dataclass(slots=True)
class Clock:
    """How long a diagnosis may go on, in time of this process: a busy machine finds as much."""

    deadline: float = field(default_factory=lambda: time.process_time() + SECONDS)

    @property
    def over(self) -> bool:
        """Return whether it has taken too long."""
        return time.process_time() > self.deadline


def diagnose(
    implementation: Implementation,
    records: Sequence[Json],
    tier: str,
    seed: int,
    recorder: Recorder | Silence | None = None,
) -> Json:
    """Return what is behind the findings of an implementation.

    `records` are the accounts of its failed checks: clause, check, failing and passing ids,
    and the finding. The answer has `behaves_like`, {clause: known bugs, the likeliest first},
    and `together`, {clause: the clauses that are broken on its minimal case}. Called where
    the implementation was imported and not called yet, so that its state is new.
    """
    bench = Bench(implementation, recorder or Silence(), call_limit=20.0)
    bench.check = f"{implementation.name}\tdiagnosis\t"
    asked = Asked(bench, records, tier, seed)
    with quiet():
        summons = [list(summoned(bench, record, tier, seed)) for record in records]
        found = list(zip(records, summons, strict=True))
        likenesses = _likenesses(asked, found)  # first: from here on there were earlier calls
        return {"behaves_like": likenesses, "together": _together(found)}


def _likenesses(
    asked: Asked, found: Sequence[tuple[Json, list[tuple[Check, Summons]]]]
) -> dict[str, list[Json]]:
    by_clause: dict[str, list[Witness]] = defaultdict(list)
    passing: dict[str, list[Witness]] = {}
    for record, summons in found:
        failed, kept = witnesses(record, summons)
        by_clause[record["clause"]] += failed
        passing[record["check"]] = kept
    # Laws about state show by themselves what other cases show only after earlier calls.
    failing = sorted(
        in_turn(by_clause, FAILING), key=lambda one: (not one.clause.startswith("pure."), one.size)
    )
    light = [one for one in failing if one.size <= LARGE]
    failing = light or failing[:1]  # a large one may take seconds, and the others tell as much
    beside = [one for one in in_turn(passing, PASSING) if one.size <= LARGE]
    if not failing:
        return {}
    called = _seen(asked, [*failing, *beside])
    seen = _telling(asked, called)
    if not any(one.witness.failed for one in seen):
        return {}
    everywhere = _fitting(asked, seen, list(bugs().values()), Clock())
    if everywhere:
        entries = [_entry(one, seen) | {"everywhere": True} for one in everywhere]
        # What there was no time to call says nothing of its clause.
        met = {one.witness.clause for one in called if one.witness.failed}
        return dict.fromkeys(by_clause if len(called) >= len(failing) else met, entries)
    return _by_clause(asked, seen)


def _seen(asked: Asked, called: Sequence[Witness]) -> list[Seen]:
    """Return what the implementation does under each witness, for as many as there is time.

    The first call does not count: it may import a framework.
    """
    clock: Clock | None = None
    seen: list[Seen] = []
    for witness in called:
        if clock is not None and clock.over:
            break
        begun = time.perf_counter()
        found = behaviour(asked.bench, witness)
        seen.append(Seen(witness, found, time.perf_counter() - begun))
        clock = clock or Clock()
    return seen


def _telling(asked: Asked, seen: Sequence[Seen]) -> list[Seen]:
    """Leave out what failed and is answered rightly when asked again: all that is right agrees."""
    subject = asked.bench.implementation.subject
    seat(asked.bench, Sound())
    try:
        return [
            one
            for one in seen
            if not one.witness.failed
            or one.dear
            or behaviour(asked.bench, one.witness) != one.behaviour
        ]
    finally:
        seat(asked.bench, subject)


def _fitting(
    asked: Asked, seen: Sequence[Seen], known: Sequence[Bug], clock: Clock
) -> list[Candidate]:
    """Return the known bugs that agree on every failing case, the likeliest first."""
    subject = asked.bench.implementation.subject
    failing = [one for one in seen if one.witness.failed]
    broken = {one.witness.clause for one in failing}
    fitting: list[Candidate] = []
    try:
        for bug in sorted(known, key=lambda one: not broken & set(one.clauses)):
            concerned = bool(broken & set(bug.clauses))
            if clock.over or (not concerned and all(one.dear for one in failing)):
                continue
            candidate = Candidate(bug, bug.make())
            seat(asked.bench, candidate.member)
            if all(_agreements(asked, candidate, failing, concerned=concerned)):
                fitting.append(candidate)
        for candidate in fitting:
            seat(asked.bench, candidate.member)
            for one in (one for one in seen if not one.witness.failed):
                candidate.strayed += behaviour(asked.bench, one.witness) != one.behaviour
    finally:
        seat(asked.bench, subject)
    return _likeliest(asked, fitting)


def _agreements(
    asked: Asked, candidate: Candidate, failing: Sequence[Seen], *, concerned: bool
) -> Iterator[bool]:
    """Yield whether the candidate answers each failing case as the implementation did."""
    for one in failing:
        if one.dear and not concerned:
            yield False
        yield behaviour(asked.bench, one.witness) == one.behaviour
        candidate.agreeing += 1


def _likeliest(asked: Asked, fitting: Sequence[Candidate]) -> list[Candidate]:
    """Order candidates by their triggers; leave those out whose own the implementation passes.

    A trigger is the call that a bug is known by.
    """
    claims = asked.bench.implementation.claims
    shown = [_shown(one.bug, asked.bench.implementation.subject, claims) for one in fitting]
    for candidate in fitting:
        for other, answer in zip(fitting, shown, strict=True):
            own = _shown(other.bug, candidate.member, claims)
            if other is not candidate:
                candidate.apart += own != answer
            else:
                candidate.shows = _shows(candidate.bug, own, answer, claims)
    ranked = sorted(fitting, key=lambda one: one.rank)
    return [one for one in ranked if one.shows != DIFFERS]


def _shown(bug: Bug, subject: object, claims: frozenset[str]) -> tuple[object, ...]:
    """Return what the trigger of a bug makes visible in an implementation."""
    with quiet():
        try:
            return bug.show(Masked(subject, claims))  # type: ignore[arg-type] # is called like one
        except BaseException as error:  # noqa: BLE001 - foreign code, and what it returned
            return ("upset", kind_of(error))


def _shows(
    bug: Bug, own: tuple[object, ...], answer: tuple[object, ...], claims: frozenset[str]
) -> int:
    """Return whether an implementation answers a trigger as the bug does, where that is wrong."""
    right = _shown(bug, Sound(), claims)
    pairs = enumerate(zip(own, right, strict=False))
    wrong = [place for place, (one, other) in pairs if one != other]
    if len(answer) == len(own) and wrong and all(own[at] == answer[at] for at in wrong):
        return AGREES
    refused = "NotImplementedError" in repr(answer)
    repeats = _shown(bug, bug.make(), claims) == _shown(bug, bug.make(), claims)
    return OPEN if refused or not repeats or not wrong else DIFFERS


class Masked:
    """An object that answers only the calls that an implementation claims."""

    def __init__(self, subject: object, claims: frozenset[str]) -> None:
        """Take what is called, and what it may be called for."""
        self._subject = subject
        self._silent = {
            call
            for call, feature in (("indices", "indices"), ("backward", "gradient"))
            if feature not in claims
        }

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the subject
        """Return a call of the subject, or one that gives nothing where it is not claimed."""
        if name in METHODS and name in self._silent:
            return lambda *_: None
        return getattr(self._subject, name)


def _by_clause(asked: Asked, seen: Sequence[Seen]) -> dict[str, list[Json]]:
    """Return the bugs that agree on all failing cases of a clause, where none does on all.

    A bug that explains one clause may explain others that it does not say it breaks.
    """
    clock = Clock()
    own: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.witness.failed:
            own[one.witness.clause].append(one)
    found: dict[str, list[Candidate]] = defaultdict(list)
    established: dict[str, Bug] = {}
    for clause, some in own.items():
        known = [bug for bug in bugs().values() if clause in bug.clauses and not clock.over]
        found[clause] = _fitting(asked, some, known, clock)
        established |= {one.bug.id: one.bug for one in found[clause] if one.shows == AGREES}
    for clause, some in own.items():
        more = [bug for bug in established.values() if clause not in bug.clauses]
        found[clause] += _fitting(asked, some, more, clock) if not clock.over else []
    reach = Counter(one.bug.id for several in found.values() for one in several)
    return {
        clause: [
            _entry(one, own[clause])
            for one in sorted(several, key=lambda one: (one.shows, -reach[one.bug.id], one.apart))
        ]
        for clause, several in found.items()
    }


def _entry(candidate: Candidate, seen: Sequence[Seen]) -> Json:
    bug = candidate.bug
    return {
        "bug": bug.id,
        "title": bug.wrong,
        "clause": bug.clauses[0],
        "citation": bug.citation.ref if bug.citation else "",
        "url": bug.citation.url if bug.citation else "",
        "agreeing": candidate.agreeing,
        "failing": sum(one.witness.failed for one in seen),
        "rank": list(candidate.rank),
    }


def _together(found: Sequence[tuple[Json, list[tuple[Check, Summons]]]]) -> Mapping[str, list[str]]:
    """Return, for each clause, which clauses are broken on the minimal case of its finding."""
    clock = Clock()
    together: dict[str, list[str]] = {}
    for record, _ in found:
        case = case_of(record["finding"])
        if case is None or clock.over:
            continue
        ways: dict[Law, str | None] = {}  # many checks share a law
        broken = {
            other["clause"]
            for other, summons in found
            for _, one in summons
            if one.admits(case)
            for law in one.general
            if not clock.over and _kept_way(ways, one, law, case) == _way(other["finding"])
        }
        together[record["clause"]] = sorted(broken, key=list(clauses()).index)
    return together


def _way(finding: Json) -> str:
    """Return in which way a clause is broken, numbers and messages left out."""
    words = finding["note"] or finding["got"]["text"].partition(":")[0]
    return re.sub(r"[\d\W]+", " ", words)


def _kept_way(ways: dict[Law, str | None], summons: Summons, law: Law, case: Case) -> str | None:
    """Return in which way a law is broken by a case, from `ways` if it was tried before."""
    if law not in ways:
        ways[law] = _breaks(summons, law, case)
    return ways[law]


def _breaks(summons: Summons, law: Law, case: Case) -> str | None:
    """Return in which way a law is broken by a case; None where it is not."""
    try:
        summons.apply(law, case)
    except NonconformanceError as error:
        got = error.got if isinstance(error.got, str) else ""
        return _way({"note": error.note, "got": {"text": got}})
    except Exception:  # noqa: BLE001 - a law that was not made for this input says nothing
        return None
    return None
