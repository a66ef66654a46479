"""What a run ends with: its files, its text on the terminal, and the exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.clauses import UnknownNameError
from conformance.deviations import Deviation, Standing, deviations_toml, problems, standings
from conformance.replay import ReplayError, keep, recall, replayed
from conformance.report.forms import FORMS
from conformance.report.writing import write_whole
from conformance.verdict import Json, RunResult, Verdict

UNUSABLE = 2


def deliver(result: RunResult, listed: list[Deviation] | None, options: argparse.Namespace) -> int:
    """Write the files that were asked for, print the result, and return the exit status.

    `listed` are the known deviations, None where no list was given.
    """
    keep(result)
    values = result.to_json()
    wrong = [] if listed is None else list(problems(_standings(result, listed)))
    status = result.exit_status
    if listed is not None:
        status = int(bool(wrong) or result.incomplete)
    scripts, unwritten = _files(result, values, listed or [], options)
    unprinted = _printed(values, scripts, wrong)
    return UNUSABLE if unwritten or unprinted else status


def _standings(result: RunResult, listed: list[Deviation]) -> list[Standing]:
    today = datetime.now(UTC).date()
    return standings(result.implementations, listed, today, _still_fails)


def _still_fails(one: Deviation) -> bool:
    """Replay the witness of a deviation whose clause passed in this run."""
    try:
        return replayed(one.witness or {})[0] is not Verdict.PASS
    except ReplayError:
        return False  # the case is not part of the suite any more


def _files(
    result: RunResult, values: Json, listed: list[Deviation], options: argparse.Namespace
) -> tuple[Mapping[str, str], bool]:
    """Write every file; return where the scripts are, and whether something was not written."""
    texts: dict[str, Callable[[], str]] = {
        name: partial(FORMS[name], values) for name in ("json", "html", "markdown", "junit")
    }
    texts["write_known_deviations"] = lambda: _list(result, listed)
    failed = False
    scripts: dict[str, str] = {}
    for name, text in texts.items():
        path = getattr(options, name)
        try:
            if path:
                write_whole(path, text())
        except OSError as error:
            failed = _unwritten(path, error)
    try:
        scripts = _scripts(values, options.scripts) if options.scripts else {}
    except OSError as error:
        failed = _unwritten(options.scripts, error)
    return scripts, failed


def _unwritten(path: str, error: OSError) -> bool:
    print(f"poolproof: {path} was not written: {error}", file=sys.stderr)
    return True


def _scripts(values: Json, folder: str) -> dict[str, str]:
    from conformance.report.scripts import write_scripts

    return write_scripts(values, folder)


def _list(result: RunResult, listed: list[Deviation]) -> str:
    """Return the list of known deviations, each with the finding that was just stored."""
    witnesses = {}
    for one in result.implementations:
        for name in one.clauses:
            with suppress(UnknownNameError):
                witnesses[one.name, name] = recall(f"{one.name}/{name}")
    return deviations_toml(result.implementations, witnesses, listed)


def _printed(values: Json, scripts: Mapping[str, str], wrong: list[str]) -> bool:
    """Print the result; a reader who leaves early changes nothing. Return whether that failed."""
    from conformance.report.terminal import show_run

    try:
        show_run(values, Console(highlight=False), scripts=scripts)
        for line in wrong:
            print(f"known deviations: {line}")
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich ends so when the reader of a pipe has left
        _print_nowhere()
    except OSError as error:
        print(f"poolproof: the result cannot be printed: {error}", file=sys.stderr)
        _print_nowhere()
        return True
    return False


def _print_nowhere() -> None:
    """Let nothing fail any more that is printed from here on."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
