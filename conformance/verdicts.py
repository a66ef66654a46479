"""From the accounts of single checks to the result of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from conformance.clauses import Clause, clauses
from conformance.diagnosis.causes import LATER, Cause, Diagnosis, by_history, causes
from conformance.isolation.preflight import Passport
from conformance.standing import Standing, standing_of
from conformance.verdict import (
    BROKEN,
    ClauseResult,
    Finding,
    ImplementationResult,
    Json,
    RunResult,
    Verdict,
    elements_of,
    worst,
)

OF_A_RUN = (
    *("poolproof", "case_set", "tier", "seed", "workers", "started", "seconds"),
    *("environment", "not_installed"),
)


def implementation_result(
    passport: Passport,
    accounts: Sequence[Json],
    diagnosis: Json | None = None,
    scripts: Mapping[str, Json] | None = None,
) -> ImplementationResult:
    """Return everything known about one implementation from the accounts of its checks.

    `scripts` holds, by clause, what `conformance.diagnosis.inquest.script_of` answered. How the
    verdicts stand to what it declares is said by `with_standings`.
    """
    written = scripts or {}
    found = by_history(findings(accounts, diagnosis), _only_later(written))
    by_clause: Mapping[str, list[Json]] = defaultdict(list)
    for account in accounts:
        by_clause[account["clause"]].append(account)
    unusable = ClauseResult(Verdict.NOT_RUN, reason=passport.error)
    results = {
        name: unusable
        if passport.error
        else clause_result(clause, by_clause[name], passport.claims)
        for name, clause in clauses().items()
    }
    return ImplementationResult(
        name=passport.name,
        target=passport.address,
        claims=passport.claims,
        dialect=passport.dialect,
        versions=passport.versions,
        clauses=results,
        findings=tuple(
            finding_of(one.leader | dict(written.get(one.leader["clause"], {}))) for one in found
        ),
        seconds=round(sum(account["seconds"] for account in accounts), 3),
        windows=sum(account["windows"] for account in accounts),
        cases=sum(account["cases"] for account in accounts),
        lacks=passport.lacks,
        covered=tuple(finding_of(other) for one in found for other in one.findings[1:]),
        sources=passport.sources,
        undocumented=dict.fromkeys(passport.undocumented, ""),
    )


def with_standings(
    one: ImplementationResult, found: Mapping[str, Standing], seen: Mapping[str, str]
) -> ImplementationResult:
    """Return a result in which clauses say how they stand.

    `found` holds the standing of each clause that has one, `seen` what was observed of
    undocumented switches.
    """
    judged = {
        name: replace(result, standing=found.get(name)) for name, result in one.clauses.items()
    }
    return replace(one, clauses=judged, undocumented={**one.undocumented, **seen})


def clause_result(clause: Clause, accounts: Sequence[Json], claims: Iterable[str]) -> ClauseResult:
    """Return the verdict on a clause from the accounts of its checks."""
    claimed = set(claims)
    if lacking := clause.missing(claimed):
        return ClauseResult(Verdict.UNCLAIMED, reason=f"needs {lacking}")
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


def findings(accounts: Iterable[Json], diagnosis: Json | None = None) -> list[Cause]:
    """Return what is broken by cause, the most telling cause first.

    Of each broken clause the finding with the smallest input counts. `diagnosis` is what
    `conformance.diagnosis.likeness.diagnose` answered, where it did.
    """
    return causes(smallest(accounts), Diagnosis.of(diagnosis))


def smallest(accounts: Iterable[Json]) -> list[Json]:
    """Return one finding per broken clause, the one with the smallest input."""
    best: dict[str, Json] = {}
    for account in accounts:
        found = account["finding"]
        if found is None or Verdict(account["verdict"]) not in BROKEN:
            continue
        known = best.get(account["clause"])
        if known is None or _size(found) < _size(known):
            best[account["clause"]] = found
    return list(best.values())


def _size(found: Json) -> tuple[bool, int, int]:
    """Order findings by what there is to read; a case of everybody's before what stands in."""
    elements = elements_of(found) if found["arguments"] else 10**9
    return "@" in found["case"], elements, len(found["case"])


def _only_later(written: Mapping[str, Json]) -> set[str]:
    """Return the clauses whose findings show only after other calls."""
    return {name for name, one in written.items() if one.get("no_script") == LATER}


def result_of(values: Json) -> RunResult:
    """Return a result from its JSON values."""
    shared = {name: values[name] for name in OF_A_RUN}
    return RunResult(
        **shared,
        specification=values["specification"]["version"],
        implementations=[_implementation_of(one) for one in values["implementations"]],
        runs=tuple(values.get("runs", ())),
    )


def _implementation_of(values: Json) -> ImplementationResult:
    known = {one.name for one in fields(ImplementationResult)} & values.keys()
    chosen = {name: values[name] for name in known}
    clauses_of = {name: _clause_result_of(judged) for name, judged in values["clauses"].items()}
    lists = {name: tuple(values[name]) for name in ("claims", "lacks")}
    found = {name: tuple(map(finding_of, values[name])) for name in ("findings", "covered")}
    return ImplementationResult(**chosen | {"clauses": clauses_of} | lists | found)


def _clause_result_of(values: Json) -> ClauseResult:
    stands = standing_of(values.get("standing"))
    return ClauseResult(**values | {"verdict": Verdict(values["verdict"]), "standing": stands})


def finding_of(found: Json) -> Finding:
    """Return a finding from its JSON values."""
    values = dict(found)
    for name in ("arguments", "also", "behaves_like"):
        values[name] = tuple(values.get(name, ()))
    return Finding(**values)
