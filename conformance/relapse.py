"""The witnesses of known deviations, replayed before a run.

A run tries many cases and may still miss the one that is known to fail: another tier,
another seed, a fault that comes and goes. So the stored case of each entry is tried first,
and where it fails its clause is broken, whatever the run came to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from conformance.deviations import Deviation
from conformance.registry import Target
from conformance.replay import SECONDS, ReplayError, replayed
from conformance.verdict import BROKEN, ClauseResult, ImplementationResult, Json, RunResult, Verdict
from conformance.verdicts import finding_of

IMPORT_SECONDS = 60.0
"""A replay may take so much longer than its call."""
Place = tuple[str, str]
"""An implementation and a clause."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What the witness of one known deviation comes to today."""

    verdict: Verdict
    """`not run` where it cannot be replayed."""
    found: Json | None = None
    why: str = ""
    """Why it cannot be replayed."""


@dataclass(frozen=True, slots=True)
class Known:
    """A list of known deviations, and what its witnesses came to before the run."""

    listed: Sequence[Deviation]
    replays: Mapping[Place, Replay]

    @property
    def unplayed(self) -> dict[Place, str]:
        """Return why witnesses could not be replayed, of those that could not."""
        return {place: one.why for place, one in self.replays.items() if one.why}


def replay_witnesses(
    listed: Sequence[Deviation], targets: Sequence[Target], workers: int, call_limit: float
) -> dict[Place, Replay]:
    """Replay the witness of every entry about one of `targets`, each in its own process."""
    addresses = {target.name: target.address for target in targets}
    due = [one for one in listed if one.witness and one.implementation in addresses]
    seconds = min(float(SECONDS), call_limit + IMPORT_SECONDS)

    def outcome(one: Deviation) -> Replay:
        record = dict(one.witness or {}) | {"target": addresses[one.implementation]}
        try:
            return Replay(*replayed(record, seconds))
        except ReplayError as error:
            return Replay(Verdict.NOT_RUN, why=str(error))

    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        outcomes = list(pool.map(outcome, due))
    return {(one.implementation, one.clause): it for one, it in zip(due, outcomes, strict=True)}


def overruled(result: RunResult, replays: Mapping[Place, Replay]) -> RunResult:
    """Return the result in which a clause that passed is broken where its witness fails."""
    return replace(
        result, implementations=[_overruled(one, replays) for one in result.implementations]
    )


def _overruled(
    result: ImplementationResult, replays: Mapping[Place, Replay]
) -> ImplementationResult:
    clauses, findings = dict(result.clauses), list(result.findings)
    for name, judged in result.clauses.items():
        again = replays.get((result.name, name))
        if again and again.found and again.verdict in BROKEN and judged.verdict is Verdict.PASS:
            clauses[name] = _relapsed(judged, again.verdict)
            findings.append(finding_of(again.found | {"verdict": again.verdict.value}))
    return replace(result, clauses=clauses, findings=tuple(findings))


def _relapsed(judged: ClauseResult, verdict: Verdict) -> ClauseResult:
    reason = "the witness of a known deviation, although the cases of this run pass"
    return replace(judged, verdict=verdict, reason=reason, cases=judged.cases + 1)
