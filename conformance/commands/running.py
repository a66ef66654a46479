"""`poolproof run`: from the command line to the reports."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.commands import elsewhere
from conformance.commands.progress import Display
from conformance.contract import SuiteError, UnusableError
from conformance.isolation.preflight import Preflight, Spared
from conformance.known_deviations.listed import Deviation, DeviationError, read_deviations
from conformance.registry import Target, find_all, not_installed, registered
from conformance.report.merging import MergeError, merged
from conformance.report.untrusted import line as shown_line
from conformance.report.writing import ReportPathError, check_apart

if TYPE_CHECKING:
    from conformance.known_deviations.relapse import Known
    from conformance.run import Options
    from conformance.verdict import Json, RunResult

UNUSABLE, SUITE_FAILED, INTERRUPTED = 2, 3, 130
REPORTS = ("json", "html", "markdown", "junit", "write_known_deviations")


def run_command(options: argparse.Namespace) -> int:
    """Judge what was asked for, write the reports, and return the exit status."""
    try:
        _check_paths(options)
        sent, here = elsewhere.errands(options.python, options.implementations)
        if sent and options.known_deviations:
            return _unusable("--known-deviations is for one environment; leave --python out")
        targets = find_all(here) if here or not options.implementations else []
        if not targets and not sent:
            return _unusable("there is nothing to judge here; see poolproof list")
        listed = _listed(options, targets)
        preflight = Preflight(targets, clean=True)
        from conformance import run

        workers = _workers(options.workers)
        settings = run.Options(options.tier, options.seed, workers, options.call_limit)
        with Display(shown=not options.no_progress) as display:
            # A file that was named has to be usable; of all else, a row says what is not.
            spares: Spared = "adapters" if options.implementations else "all"
            passports = partial(preflight.passports, spares)
            absent = {} if options.implementations else not_installed()
            known = _known(listed, targets, settings)
            result = whole(
                partial(run.run, targets, passports, settings, display.update, absent)
                if targets
                else None,
                [partial(elsewhere.run, errand, settings) for errand in sent],
            )
    except (UnusableError, ReportPathError, DeviationError, MergeError) as error:
        return _unusable(str(error))
    except KeyboardInterrupt:
        print("poolproof: interrupted; no report was written", file=sys.stderr)
        return INTERRUPTED
    except SuiteError as error:
        print(f"poolproof: the suite itself failed, please report this:\n{error}", file=sys.stderr)
        return SUITE_FAILED
    from conformance.commands.delivery import deliver

    return deliver(result, known, options)


def whole(here: Callable[[], RunResult] | None, there: Sequence[Callable[[], Json]]) -> RunResult:
    """Return what was judged here and elsewhere as one result."""
    from conformance.verdicts import result_of

    own = here() if here else None
    if own and not there:
        return own
    parts = {"what was judged here": own.to_json()} if own else {}
    parts |= {f"what was judged elsewhere ({number})": one() for number, one in enumerate(there, 1)}
    return result_of(merged(parts))


def _listed(options: argparse.Namespace, targets: list[Target]) -> list[Deviation] | None:
    """Return the known deviations, None where no list is given."""
    if options.known_deviations is None:
        return None
    known = {*registered(), *(target.name for target in targets)}
    return read_deviations(options.known_deviations, known)


def _known(
    listed: list[Deviation] | None, targets: list[Target], settings: Options
) -> Known | None:
    """Return the known deviations with what their witnesses come to, None without a list."""
    if listed is None:
        return None
    from conformance.known_deviations.relapse import Known, replay_witnesses

    replays = replay_witnesses(listed, targets, settings.workers, settings.call_limit)
    return Known(listed, replays)


def _check_paths(options: argparse.Namespace) -> None:
    """Refuse paths that cannot be written, and one file for two things.

    Raises:
        ReportPathError: a file or a folder cannot be what it was given for.
    """
    sources = [request.partition("=")[2] or request for request in options.implementations]
    check_apart(
        [path for path in (getattr(options, name) for name in REPORTS) if path],
        [source.partition(".py:")[0] for source in sources],
    )
    folder = Path(options.scripts or ".")
    if folder.exists() and not folder.is_dir():
        message = f"{folder}: the scripts are written into a folder, and this is none"
        raise ReportPathError(message)


def _unusable(message: str) -> int:
    for line in message.splitlines():
        print(f"poolproof: {shown_line(line)}", file=sys.stderr)
    return UNUSABLE


def _workers(asked: int | str) -> int:
    if isinstance(asked, int):
        return asked
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, usable or 1)
