"""The witnesses of known deviations, replayed before a run.

A run tries many cases and may still miss the one that is known to fail: another tier,
another seed, a fault that comes and goes. So the stored case of each entry is tried first,
and where it fails its clause is broken, whatever the run came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from conformance.commands.replay import SECONDS, ReplayError, replayed, replayed_together
from conformance.known_deviations.listed import Deviation
from conformance.registry import Target
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
    """Replay the witness of every entry about one of `targets`.

    No two implementations share a process, and a witness that ended one has its own.
    """
    seconds = min(float(SECONDS), call_limit + IMPORT_SECONDS)
    groups = list(_groups(listed, targets))
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        outcomes = pool.map(lambda records: _outcomes(records, seconds), groups)
        pairs = list(zip(groups, outcomes, strict=True))
    return {
        (record["finding"]["implementation"], record["finding"]["clause"]): outcome
        for records, ends in pairs
        for record, outcome in zip(records, ends, strict=True)
    }


def _groups(listed: Sequence[Deviation], targets: Sequence[Target]) -> Iterator[list[Json]]:
    """Yield the records to replay, those that may share a process together."""
    for target in targets:
        shared: list[Json] = []
        for one in listed:
            if one.implementation != target.name or one.witness is None:
                continue
            record = one.witness | {"target": target.address}
            if record["finding"]["verdict"] == Verdict.FAIL:
                shared.append(record)
            else:
                yield [record]
        if shared:
            yield shared


def _outcomes(records: Sequence[Json], seconds: float) -> list[Replay]:
    """Replay in one process, or each alone where that ended."""
    answers = replayed_together(records, seconds) if len(records) > 1 else None
    if answers is None:
        return [_alone(record, seconds) for record in records]
    return [_replay(answer) for answer in answers]


def _replay(answer: Json) -> Replay:
    if "why" in answer:
        return Replay(Verdict.NOT_RUN, why=answer["why"])
    found = answer["found"]
    return Replay(Verdict.PASS if found is None else Verdict.FAIL, found)


def _alone(record: Json, seconds: float) -> Replay:
    try:
        return Replay(*replayed(record, seconds))
    except ReplayError as error:
        return Replay(Verdict.NOT_RUN, why=str(error))


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
    cases = judged.cases + 1
    return replace(judged, verdict=verdict, reason=reason, cases=cases, standing=None)
