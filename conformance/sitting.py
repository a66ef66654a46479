"""What all checks of one process share: implementations, kept looks, the flight recorder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.calls import Bench, Look
from conformance.clauses import UnknownNameError, clause
from conformance.contract import UnusableError
from conformance.findings import finding, finding_text
from conformance.flight import SUFFIX, Recorder, Silence
from conformance.judge import CheckFailedError, Judge
from conformance.nonconformance import NonconformanceError
from conformance.registry import Target, find_all, load
from conformance.report.writing import write_whole
from conformance.verdict import Json, Verdict

DEADLY = "deadly.json"
"""In the flight folder: what ended a process, {implementation: {case: verdict}}."""
EVERY_CASE = "*"
"""Stands for all cases of an implementation that is given up."""
ITEMS = "items.json"
"""In the flight folder: what each check is about, {node id: (implementation, clause, check)}."""


def blank_account(implementation: str, clause_name: str, check: str) -> Json:
    """Return the account of a check about which nothing is known yet."""
    return {
        "implementation": implementation,
        "clause": clause_name,
        "check": check,
        "cases": 0,
        "windows": 0,
        "seconds": 0.0,
        "reason": "",
        "finding": None,
        "verdict": Verdict.NOT_RUN,
    }


class Sitting:
    """The judges of one process and what they share."""

    def __init__(  # noqa: PLR0913 - the options of the plugin
        self,
        *,
        requests: list[str],
        tier: str,
        seed: int,
        call_limit: float,
        flight: str,
        worker: str,
    ) -> None:
        """Find the implementations; they are imported when they are first judged.

        Raises:
            UsageError: one of them cannot be found.
        """
        try:
            self.targets = find_all(list(requests))
        except UnusableError as error:
            raise pytest.UsageError(str(error)) from error
        self.tier, self.seed, self.call_limit = tier, seed, call_limit
        self.folder = Path(flight) if flight else None
        self.recorder = Recorder(self.folder / f"{worker}{SUFFIX}") if self.folder else Silence()
        self._benches: dict[Target, Bench] = {}
        self._looks: dict[Target, dict[str, Look | NonconformanceError]] = {}

    def cited(self, node: str, citations: list[tuple[object, ...]]) -> None:
        """Require that a check cites exactly one clause, which SPEC.md has.

        Raises:
            UsageError: it does not; pytest stops.
        """
        if len(citations) != 1 or len(citations[0]) != 1:
            message = f"{node}: a check cites one clause, got {citations}"
            raise pytest.UsageError(message)
        try:
            clause(str(citations[0][0]))
        except UnknownNameError as error:
            message = f"{node}: {error}"
            raise pytest.UsageError(message) from error

    def note(self, items: dict[str, tuple[str, str, str]]) -> None:
        """Write down which checks there are, for the case that some get lost."""
        if self.folder is not None:
            write_whole(self.folder / ITEMS, json.dumps(items))

    def judge(self, target: Target, clause_name: str, check: str) -> Judge:
        """Return a judge of an implementation for one check."""
        if target not in self._looks:
            self._looks.clear()
            self._looks[target] = {}
        if target not in self._benches:
            self._meet(target)
        bench = self._benches[target]
        bench.check = f"{target.name}\t{clause_name}\t{check}"
        found = Judge(bench, self._looks[target], self.tier, self.seed)
        found.deadly = self._deadly().get(target.name, {})
        return found

    def _meet(self, target: Target) -> None:
        """Import an implementation."""
        try:
            implementation = load(target)
        except UnusableError as error:
            raise pytest.UsageError(str(error)) from error
        self._benches[target] = Bench(implementation, self.recorder, self.call_limit)

    def _deadly(self) -> dict[str, dict[str, str]]:
        file = self.folder / DEADLY if self.folder else None
        if file is None or not file.exists():
            return {}
        found: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
        return found

    def account(
        self,
        item: pytest.Item,
        judge: Judge,
        excinfo: pytest.ExceptionInfo[BaseException] | None,
        seconds: float,
    ) -> tuple[Json, str]:
        """Return what a check came to, and the text of its finding if there is one."""
        mark = item.get_closest_marker("clause")
        name = str(mark.args[0]) if mark else ""
        check = getattr(item, "originalname", item.name)
        payload = blank_account(judge.implementation.name, name, check) | {
            "cases": len(judge.judged),
            "windows": judge.windows,
            "seconds": seconds,
        }
        if judge.given_up:
            return payload | {"reason": "given up: it ended too many processes"}, ""
        error = excinfo.value if excinfo else None
        if isinstance(error, CheckFailedError):
            found = finding(judge.implementation.name, name, check, error, judge.seed)
            return payload | {"verdict": Verdict.FAIL, "finding": found}, finding_text(found)
        if judge.ended:
            case, verdict = next(iter(judge.ended.items()))
            reason = f"an earlier check ended the process on the case {case}"
            return payload | {"verdict": verdict, "reason": reason}, reason
        if error is not None and not isinstance(error, pytest.skip.Exception):
            reason = f"the suite itself failed: {type(error).__name__}: {error}"[:400]
            return payload | {"verdict": Verdict.NOT_RUN, "reason": reason}, ""
        if not judge.judged:
            lacking = ", ".join(sorted(judge.lacking)) or "what is not claimed"
            return payload | {"verdict": Verdict.UNCLAIMED, "reason": f"needs {lacking}"}, ""
        return payload | {"verdict": Verdict.PASS}, ""
