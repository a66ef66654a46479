"""The examination of one implementation: runs checks on it and gives an account of each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from conformance.calls import Bench
from conformance.cases.case import BRIEF, TIERS
from conformance.checks.catalogue import Check, checks
from conformance.clauses import clauses
from conformance.contract import Implementation, one_line
from conformance.findings import finding
from conformance.heap import give_back_freed
from conformance.isolation.flight import Recorder, Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.quiet import quiet
from conformance.verdict import Json, Verdict


@dataclass(frozen=True, slots=True)
class Terms:
    """What an implementation is judged by."""

    tier: str = "default"
    seed: int = 0
    call_limit: float = 20.0
    """Seconds that a call may take, before what its size adds."""


def blank_account(implementation: str, clause: str, check: str) -> Json:
    """Return the account of a check about which nothing is known yet."""
    return {
        "implementation": implementation,
        "clause": clause,
        "check": check,
        "cases": 0,
        "windows": 0,
        "seconds": 0.0,
        "reason": "",
        "finding": None,
        "verdict": Verdict.NOT_RUN.value,
    }


@cache
def _by_name() -> dict[tuple[str, str], Check]:
    return {(check.clause, check.name): check for check in checks()}


class Examination:
    """One implementation under judgement, and what its checks share."""

    def __init__(
        self, implementation: Implementation, recorder: Recorder | Silence, terms: Terms
    ) -> None:
        """Take the implementation, the recorder of this process, and the terms."""
        self._implementation, self._terms = implementation, terms
        self._bench = Bench(implementation, recorder, terms.call_limit)
        self._looks = no_looks(terms.tier)

    def account(self, clause: str, check: str, deadly: dict[str, str]) -> Json:
        """Return what one check came to; `deadly` are cases not to be tried, with why."""
        name = self._implementation.name
        self._bench.check = f"{name}\t{clause}\t{check}"
        judge = Judge(self._bench, self._looks, self._terms.tier, self._terms.seed)
        judge.deadly, judge.takes_few = deadly, self._terms.tier == BRIEF
        begun = time.perf_counter()
        try:
            outcome = _outcome(judge, clause, check)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one verdict, not all
            outcome = {"reason": f"the suite itself failed: {one_line(error, 400)}"}
        if self._terms.tier == TIERS[-1]:
            give_back_freed()
        counts = {"cases": len(judge.judged), "windows": judge.windows}
        took = {"seconds": round(time.perf_counter() - begun, 6)}
        return blank_account(name, clause, check) | counts | took | outcome


def _outcome(judge: Judge, clause: str, check: str) -> Json:
    """Return the verdict of a check, with its finding or its reason."""
    if lacking := clauses()[clause].missing(judge.implementation.claims):
        return {"verdict": Verdict.UNCLAIMED.value, "reason": f"needs {lacking}"}
    try:
        with quiet():  # also where the implementation asked for errors when it was imported
            _by_name()[clause, check].run(judge)
            judge.settle()
    except CheckFailedError as error:
        found = finding(judge.implementation.name, clause, check, error, judge.seed)
        return {"verdict": Verdict.FAIL.value, "finding": found} | judge.witnesses()
    if judge.ended:
        case, verdict = next(iter(judge.ended.items()))
        return {"verdict": verdict, "reason": f"an earlier check ended the process on {case}"}
    if not judge.judged:
        lacking = ", ".join(sorted(judge.lacking)) or "what is not claimed"
        return {"verdict": Verdict.UNCLAIMED.value, "reason": f"needs {lacking}"}
    return {"verdict": Verdict.PASS.value}
