"""A run: starts pytest on the checks, collects the accounts, and makes the result of them."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import conformance.checks
from conformance import clauses
from conformance.findings import blank_finding, shown
from conformance.plugin import PROPERTY
from conformance.preflight import Passport
from conformance.registry import Target, not_installed
from conformance.sitting import EVERY_CASE, ITEMS, blank_account
from conformance.verdict import Json, RunResult, Verdict
from conformance.verdicts import implementation_result
from conformance.watch import Watchdog

GIVE_UP_AFTER = 200
"""Processes that one implementation may end before the rest of its checks is not run."""
PLUGINS = ("xdist", "xdist.looponfail", "conformance.plugin")
DIED = "???"
"""What xdist gives as the phase of a check whose worker died."""


class SuiteError(Exception):
    """The suite itself failed; the message says how."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for."""

    tier: str
    seed: int
    workers: int
    call_limit: float
    """Seconds that a call may take, before what its size adds."""


@dataclass(slots=True)
class Collector:
    """The pytest plugin of the controlling process: it receives the accounts of the checks."""

    watchdog: Watchdog
    progress: Callable[[Json | None, int], None]
    folder: str
    accounts: list[Json] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    through: set[str] = field(default_factory=set)
    """The node ids of checks that came to an end, good or bad."""
    fallen: list[str] = field(default_factory=list)
    """Workers that died and whose death is not accounted for yet."""
    total: int = 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the terminal away from pytest: the run writes its own."""
        reporter = config.pluginmanager.getplugin("terminalreporter")
        config.pluginmanager.unregister(reporter)

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:  # noqa: ANN401
        """Hand checks out so that the death of one worker costs no other check."""
        from conformance.schedule import SurvivingScheduling

        return SurvivingScheduling(config, log)

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note how many checks there are."""
        self.total = len(ids)
        self.progress(None, self.total)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what went wrong inside pytest."""
        self.errors.append(str(excrepr))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file of checks could not be collected."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the account of one check, or of the death of a worker."""
        phase = str(report.when)
        if phase in {DIED, "call"}:
            self.through.add(report.nodeid)
        if phase == DIED:
            self._death(getattr(report, "node").gateway.id)  # noqa: B009 - xdist's own attribute
        elif phase == "setup" and report.failed:
            self.errors.append(str(report.longrepr))
        for name, value in report.user_properties if phase == "call" else ():
            if name == PROPERTY:
                self._take(json.loads(str(value)))

    def _take(self, account: Json) -> None:
        self.accounts.append(account)
        self.progress(account, self.total)

    def _death(self, worker: str) -> None:
        """Turn the last call of a dead worker into a verdict."""
        if worker in self.fallen:
            self.fallen.remove(worker)
        record, verdict = self.watchdog.last_call(worker)
        label = (record.label.split("\t") + [""] * 6)[:6]
        implementation, clause, check, case, call, method = label
        if not clause:
            self.errors.append(f"worker {worker} died before it judged anything")
            return
        self.watchdog.remember(implementation, case, verdict)
        self.deaths[implementation] = self.deaths.get(implementation, 0) + 1
        if self.deaths[implementation] >= GIVE_UP_AFTER:
            self.watchdog.remember(implementation, EVERY_CASE, Verdict.NOT_RUN)
        words = {Verdict.CRASH: "the process died", Verdict.HANG: "no answer in time"}
        note = f"in {method}, where damage done by an earlier call may show as well"
        found = blank_finding(implementation, clause, check, case, call)
        found |= {"verdict": verdict.value, "got": shown(words[verdict]), "note": note}
        self._take(
            blank_account(implementation, clause, check)
            | {"cases": 1, "reason": note, "finding": found, "verdict": verdict}
        )

    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - of xdist
        """Note a worker that did not end by itself; most are accounted for by what they did."""
        if error:
            self.fallen.append(node.gateway.id)

    def unexplained(self) -> None:
        """Account for the workers that died between two calls or after the last."""
        for worker in self.fallen:
            self._death(worker)
        self.fallen.clear()

    def lost(self) -> list[Json]:
        """Return an account of each check that was never heard of again."""
        file = Path(self.folder) / ITEMS
        items = json.loads(file.read_text("utf-8")) if file.exists() else {}
        reason = "it was waiting in a process that died"
        return [
            blank_account(*place) | {"reason": reason, "verdict": Verdict.NOT_RUN}
            for node, place in items.items()
            if node not in self.through
        ]


def run(
    targets: Sequence[Target],
    passports: Callable[[], list[Passport]],
    options: Options,
    progress: Callable[[Json | None, int], None],
) -> RunResult:
    """Judge implementations and return the result.

    Raises:
        SuiteError: pytest could not run the checks.
        UnusableError: an implementation cannot be judged; nothing was judged then.
    """
    begun, started = time.monotonic(), datetime.now(UTC)
    known = passports()
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        watchdog = Watchdog(Path(folder))
        collector = Collector(watchdog, progress, folder)
        watchdog.start()
        try:
            status = pytest.main(_arguments(targets, options, folder), plugins=[collector])
        finally:
            watchdog.stop()
        collector.unexplained()
        collector.accounts += collector.lost()
    if status == pytest.ExitCode.INTERRUPTED and not collector.errors:
        raise KeyboardInterrupt
    if collector.errors or not collector.accounts:
        raise SuiteError("\n".join(collector.errors) or f"pytest ended with status {status!r}")
    mine = {
        passport.name: [one for one in collector.accounts if one["implementation"] == passport.name]
        for passport in known
    }
    return RunResult(
        poolproof=metadata.version("poolproof"),
        specification=clauses.version(),
        tier=options.tier,
        seed=options.seed,
        workers=options.workers,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - begun, 3),
        environment=environment(),
        not_installed=not_installed(),
        implementations=[implementation_result(one, mine[one.name]) for one in known],
    )


def _arguments(targets: Sequence[Target], options: Options, folder: str) -> list[str]:
    """Return the command line of pytest; nothing of the user's own pytest takes part."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the workers inherit it
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["PYTHONWARNINGS"] = "ignore"
    os.environ["PYTHONSAFEPATH"] = "1"  # a json.py where the user stands is not Python's
    # Workers already use every core; threads of their own would only slow an engine down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    checks = Path(conformance.checks.__file__).parent
    arguments = [str(checks), "-c", str(checks / "pytest.ini"), f"--rootdir={checks}"]
    for plugin in PLUGINS:
        arguments += ["-p", plugin]
    for plugin in ("cacheprovider", "faulthandler", "doctest", "unittest", "junitxml", "pastebin"):
        arguments += ["-p", f"no:{plugin}"]
    for target in targets:
        arguments += [f"--implementation={_request(target)}"]
    return [
        *arguments,
        f"--poolproof-tier={options.tier}",
        f"--poolproof-seed={options.seed}",
        f"--poolproof-call-limit={options.call_limit}",
        f"--poolproof-flight={folder}",
        f"--numprocesses={options.workers}",
        "--max-worker-restart=100000",
        "--assert=plain",
        "--noconftest",
        "-q",
    ]


def _request(target: Target) -> str:
    """Return how a worker finds the same target under the same name."""
    return f"{target.name}={target.address}"


def environment() -> dict[str, str]:
    """Return what a result depends on: the machine and the versions of what judges."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "byte order": sys.byteorder,
    }
    for name in ("numpy", "scipy", "ml_dtypes", "pytest", "pytest-xdist"):
        found[name] = metadata.version(name)
    return found
