"""From the accounts of single checks to the result of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from conformance.clauses import Clause, clauses
from conformance.preflight import Passport
from conformance.verdict import (
    BROKEN,
    ClauseResult,
    Finding,
    ImplementationResult,
    Json,
    Verdict,
    worst,
)


def implementation_result(passport: Passport, accounts: Sequence[Json]) -> ImplementationResult:
    """Return everything known about one implementation from the accounts of its checks."""
    by_clause: Mapping[str, list[Json]] = defaultdict(list)
    for account in accounts:
        by_clause[account["clause"]].append(account)
    results = {
        name: clause_result(clause, by_clause[name], passport.claims)
        for name, clause in clauses().items()
    }
    return ImplementationResult(
        name=passport.name,
        target=passport.address,
        claims=passport.claims,
        dialect=passport.dialect,
        versions=passport.versions,
        clauses=results,
        findings=tuple(findings(accounts)),
        seconds=round(sum(account["seconds"] for account in accounts), 3),
        windows=sum(account["windows"] for account in accounts),
        cases=sum(account["cases"] for account in accounts),
    )


def clause_result(clause: Clause, accounts: Sequence[Json], claims: Iterable[str]) -> ClauseResult:
    """Return the verdict on a clause from the accounts of its checks."""
    claimed = set(claims)
    if not clause.judgeable(claimed):
        lacking = [" or ".join(sorted(need)) for need in clause.needs if not need & claimed]
        return ClauseResult(Verdict.UNCLAIMED, reason=f"needs {', '.join(lacking)}")
    verdict = worst(Verdict(account["verdict"]) for account in accounts)
    reasons = [account["reason"] for account in accounts if account["verdict"] == verdict]
    reason = next((text for text in reasons if text), "") if accounts else "no check of it ran"
    return ClauseResult(
        verdict=verdict,
        checks=len(accounts),
        cases=sum(account["cases"] for account in accounts),
        seconds=round(sum(account["seconds"] for account in accounts), 4),
        reason="" if verdict is Verdict.PASS else reason,
    )


def findings(accounts: Iterable[Json]) -> list[Finding]:
    """Return one finding per broken clause, the one with the smallest input, telling ones first.

    The clause that names a fault fails on most of the cases that are about it, and clauses that
    only suffer from it on a few of theirs; so they are ordered by the share of failing cases.
    """
    best: dict[str, Json] = {}
    for account in accounts:
        found = account["finding"]
        if found is None or Verdict(account["verdict"]) not in BROKEN:
            continue
        known = best.get(account["clause"])
        if known is None or _size(found) < _size(known):
            best[account["clause"]] = found
    order = list(clauses())
    ordered = sorted(
        best.values(),
        key=lambda one: (-one["failing_cases"] / one["judged_cases"], order.index(one["clause"])),
    )
    return [_finding(found) for found in _grouped(ordered)]


def _grouped(found: Sequence[Json]) -> list[Json]:
    """Name, in each finding, the other clauses that are broken on the same call and input."""
    by_call: Mapping[str, list[str]] = defaultdict(list)
    for one in found:
        by_call[_same_call(one)].append(one["clause"])
    return [
        one | {"also": [name for name in by_call[_same_call(one)] if name != one["clause"]]}
        for one in found
    ]


def _same_call(found: Json) -> str:
    return f"{found['call']} {found['arguments'] or found['id']} {found['got']}"


def _size(found: Json) -> tuple[int, int]:
    data = found["arguments"][0]["shape"] if found["arguments"] else [10**9]
    size = 1
    for extent in data:
        size *= extent
    return size, len(found["case"])


def _finding(found: Json) -> Finding:
    values = dict(found)
    values["arguments"] = tuple(values["arguments"])
    values["also"] = tuple(values["also"])
    return Finding(**values)
