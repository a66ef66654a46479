"""A run: starts pytest on the checks, collects the accounts, and makes the result of them."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest

import conformance.checks
from conformance import clauses
from conformance.contract import SuiteError, UnusableError
from conformance.diagnosis.aftermath import aftermath
from conformance.diagnosis.standings import standings
from conformance.division import in_order
from conformance.isolation.examination import Terms, blank_account
from conformance.isolation.preflight import Passport
from conformance.isolation.sitting import ITEMS
from conformance.isolation.warden import STOP
from conformance.plugin import PROPERTY
from conformance.registry import Target
from conformance.verdict import ImplementationResult, Json, RunResult
from conformance.verdicts import implementation_result, with_standings

PLUGINS = ("conformance.plugin",)
PARALLEL = ("xdist", "xdist.looponfail")
SPARED = (
    *("cacheprovider", "faulthandler", "doctest", "unittest", "junitxml", "pastebin", "logging"),
    *("threadexception", "unraisableexception", "warnings", "stepwise", "setuponly", "setupplan"),
    *("legacypath", "recwarn", "monkeypatch"),
)
"""Plugins of pytest that a check has no use for: it runs in a process without pytest."""


LOST_WORKER = ("execnet/gateway", "no active workers", "KeyError: <WorkerController")
"""What pytest-xdist ends with where a worker is killed while it starts."""
ROOM = 2**20
"""Bytes that a run may write for itself; it needs a few hundred thousand."""


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

    progress: Callable[[Json | None, int], None]
    folder: Path
    accounts: list[Json] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    through: set[str] = field(default_factory=set)
    """The node ids of checks that gave an account."""
    total: int = 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the terminal away from pytest: the run writes its own."""
        reporter = config.pluginmanager.getplugin("terminalreporter")
        config.pluginmanager.unregister(reporter)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note how many checks the workers found."""
        self._expect(len(ids))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many checks were found where there are no workers."""
        if session.items:
            self._expect(len(session.items))

    def _expect(self, total: int) -> None:
        self.total = total
        self.progress(None, total)

    def pytest_keyboard_interrupt(self) -> None:
        """Tell the workers to stop at once; pytest-xdist lets them finish their check first."""
        with suppress(OSError):
            (self.folder / STOP).touch()

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Keep what went wrong inside pytest, which then writes nothing of it itself."""
        self.errors.append(str(excrepr))
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file of checks could not be collected."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the account of one check."""
        if report.when == "setup" and report.failed:
            self.errors.append(str(report.longrepr))
        for name, value in report.user_properties if report.when == "call" else ():
            if name == PROPERTY:
                account = json.loads(str(value))
                self.through.add(report.nodeid)
                self.accounts.append(account)
                self.progress(account, self.total)

    def lost(self) -> list[Json]:
        """Return an account of each check that gave none."""
        file = self.folder / ITEMS
        items = json.loads(file.read_text("utf-8")) if file.exists() else {}
        reason = "no account of it came: its worker was ended from outside, or a disk is full"
        return [
            blank_account(*place) | {"reason": reason}
            for node, place in items.items()
            if node not in self.through
        ]


def run(
    targets: Sequence[Target],
    passports: Callable[[], list[Passport]],
    options: Options,
    progress: Callable[[Json | None, int], None],
    absent: Mapping[str, str],
) -> RunResult:
    """Judge implementations and return the result.

    `absent` are implementations that were left out, each with what to install.

    Raises:
        SuiteError: pytest could not run the checks.
        UnusableError: an implementation cannot be judged; nothing was judged then.
    """
    begun, started = time.monotonic(), datetime.now(UTC)
    known = passports()
    claims = {
        target: len(passport.claims)
        for target, passport in zip(targets, known, strict=True)
        if not passport.error
    }
    turns = in_order(list(claims), claims, options.workers)
    accounts = _judged(turns, options, progress) if turns else []
    mine = {
        passport.name: [one for one in accounts if one["implementation"] == passport.name]
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
        not_installed=absent,
        case_set=case_set(),
        implementations=[
            _result(target, one, mine[one.name], options)
            for target, one in zip(targets, known, strict=True)
        ],
    )


def _result(
    target: Target, passport: Passport, accounts: Sequence[Json], options: Options
) -> ImplementationResult:
    """Return everything known about one implementation after its checks."""
    after = aftermath(target, accounts, options.tier, options.seed)
    found = implementation_result(passport, accounts, after.diagnosis, after.scripts)
    if passport.error:
        return found
    terms = Terms(options.tier, options.seed, options.call_limit)
    return with_standings(found, *standings(target, passport, found.clauses, accounts, terms))


def _judged(
    targets: Sequence[Target], options: Options, progress: Callable[[Json | None, int], None]
) -> list[Json]:
    """Run pytest on the checks and return the account of each."""
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        _require_room(Path(folder))
        collector = Collector(progress, Path(folder))
        status = pytest.main(_arguments(targets, options, folder), plugins=[collector])
        lost = collector.lost()
    if status == pytest.ExitCode.INTERRUPTED and not collector.errors:
        raise KeyboardInterrupt
    if collector.errors or not collector.accounts:
        raise SuiteError(
            _why("\n".join(collector.errors)) or f"pytest ended with status {status!r}"
        )
    return collector.accounts + lost


def _why(errors: str) -> str:
    """Return what went wrong inside pytest; in a line where a worker was lost before it judged."""
    if any(trace in errors for trace in LOST_WORKER):
        last = errors.strip().splitlines()[-1]
        return f"a worker was ended from outside before it judged ({last}); run again, or with -n 1"
    return errors


def _require_room(folder: Path) -> None:
    """Require that what the processes of a run tell each other can be written.

    Raises:
        UnusableError: it cannot.
    """
    probe = folder / "probe"
    try:
        probe.write_bytes(bytes(ROOM))
        probe.unlink()
    except OSError as error:
        needs = f"judging needs {ROOM >> 20} MiB for its own files; TMPDIR can name another folder"
        message = f"{folder.parent}: {error.strerror}; {needs}"
        raise UnusableError(message) from error


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
    parallel = options.workers > 1
    for plugin in PLUGINS + (PARALLEL if parallel else ()):
        arguments += ["-p", plugin]
    for plugin in SPARED:
        arguments += ["-p", f"no:{plugin}"]
    for target in targets:
        arguments += [f"--implementation={_request(target)}"]
    return [
        *arguments,
        f"--poolproof-tier={options.tier}",
        f"--poolproof-seed={options.seed}",
        f"--poolproof-call-limit={options.call_limit}",
        f"--poolproof-folder={folder}",
        f"--basetemp={folder}/pytest",
        *([f"--numprocesses={options.workers}", "--dist=worksteal"] if parallel else []),
        "--assert=plain",
        "--noconftest",
        "-q",
    ]


def _request(target: Target) -> str:
    """Return how a worker finds the same target under the same name."""
    return f"{target.name}={target.address}"


def case_set() -> str:
    """Return a digest of the list of cases: results with the same one can be put together."""
    listed = resources.files("conformance.cases").joinpath("manifest.txt").read_bytes()
    return f"{zlib.crc32(listed):08x}"


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
