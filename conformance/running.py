"""`poolproof run`: from the command line to the reports."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.contract import UnusableError
from conformance.preflight import Preflight
from conformance.registry import find_all
from conformance.report.writing import ReportPathError, check_writable, write_whole
from conformance.verdict import BROKEN, Json, RunResult, Verdict

UNUSABLE, SUITE_FAILED, INTERRUPTED = 2, 3, 130


def run_command(options: argparse.Namespace) -> int:
    """Judge what was asked for, write the reports, and return the exit status."""
    paths = {kind: getattr(options, kind) for kind in ("json", "html", "junit")}
    try:
        for path in filter(None, paths.values()):
            check_writable(path)
        _check_different([path for path in paths.values() if path], options.implementations)
        targets = find_all(options.implementations)
        if not targets:
            return _unusable("there is nothing to judge here; see poolproof list")
        preflight = Preflight(targets)
        from conformance import run

        workers = _workers(options.workers)
        settings = run.Options(options.tier, options.seed, workers, options.call_limit)
        with Display(shown=not options.no_progress) as display:
            result = run.run(targets, preflight.passports, settings, display.update)
    except (UnusableError, ReportPathError) as error:
        return _unusable(str(error))
    except KeyboardInterrupt:
        print("poolproof: interrupted; no report was written", file=sys.stderr)
        return INTERRUPTED
    except run.SuiteError as error:
        print(f"poolproof: the suite itself failed, please report this:\n{error}", file=sys.stderr)
        return SUITE_FAILED
    from conformance.replay import keep

    keep(result)
    return _report(result, paths)


def _check_different(paths: list[str], requests: list[str]) -> None:
    """Refuse to write two reports to one file, or a report over what is judged.

    Raises:
        ReportPathError: two of them are one file.
    """
    sources = [request.partition("=")[2] or request for request in requests]
    files = [os.path.realpath(one) for one in (*paths, *(s.partition(".py:")[0] for s in sources))]
    for path in paths:
        if files.count(os.path.realpath(path)) > 1 and not path.startswith("/dev/"):
            message = f"{path}: two reports, or a report and what is judged, are the same file"
            raise ReportPathError(message)


def _unusable(message: str) -> int:
    for line in message.splitlines():
        print(f"poolproof: {line}", file=sys.stderr)
    return UNUSABLE


def _workers(asked: int | str) -> int:
    if isinstance(asked, int):
        return asked
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, usable or 1)


def _report(result: RunResult, paths: dict[str, str | None]) -> int:
    """Print the result, write the files that were asked for, and return the exit status."""
    from conformance.report.terminal import show_run

    values = result.to_json()
    show_run(values, Console(highlight=False))
    status = result.exit_status
    for kind, path in paths.items():
        if path is None:
            continue
        try:
            write_whole(path, _rendered(kind, values))
        except OSError as error:
            print(f"poolproof: {path} was not written: {error}", file=sys.stderr)
            status = UNUSABLE
    return status


def _rendered(kind: str, values: Json) -> str:
    if kind == "json":
        return json.dumps(values, indent=1, allow_nan=False) + "\n"
    if kind == "html":
        from conformance.report.page import render_page

        return render_page(values)
    from conformance.report.junit import render_junit

    return render_junit(values)


class Display:
    """The progress bar: what is being judged and the counts so far."""

    def __init__(self, *, shown: bool) -> None:
        """Prepare the bar on standard error; it is shown on a terminal only."""
        console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task("starting", total=None)
        self._counts = {"pass": 0, "broken": 0, "unclaimed": 0}

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    def update(self, account: Json | None, total: int) -> None:
        """Take the account of one check, or only the number of checks to come."""
        if account is None:
            self._bar.update(self._task, total=total)
            return
        verdict = Verdict(account["verdict"])
        kind = "broken" if verdict in BROKEN else str(verdict)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        counts = " · ".join(f"{count} {kind}" for kind, count in self._counts.items() if count)
        text = f"{account['implementation'][:24]:24} {account['clause'][:20]:20} {counts}"
        self._bar.update(self._task, description=text, advance=1)
