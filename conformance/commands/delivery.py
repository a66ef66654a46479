"""What a run ends with: its files, its text on the terminal, and the exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.commands.replay import keep
from conformance.known_deviations.listed import Deviation, deviations_toml
from conformance.known_deviations.relapse import Known, overruled
from conformance.known_deviations.standings import Standing, problems, standings, summary
from conformance.report.forms import FORMS
from conformance.report.writing import write_whole
from conformance.verdict import Json, RunResult, Verdict

UNUSABLE = 2


def deliver(result: RunResult, known: Known | None, options: argparse.Namespace) -> int:
    """Write the files that were asked for, print the result, and return the exit status.

    `known` are the known deviations, None where no list was given.
    """
    if known is not None:
        result = overruled(result, known.replays)
    if unkept := keep(result):
        print(f"poolproof: {unkept}", file=sys.stderr)
    values = result.to_json()
    status, said = result.exit_status, []
    if known is not None:
        found = _standings(result, known)
        _tell(values, found)
        said = [summary(found, known.listed), *problems(found)]
        status = int(bool(problems(found)) or result.incomplete or not _judged(result))
    listed = known.listed if known else []
    scripts, unwritten = _files(result, values, listed, options)
    unprinted = _printed(values, scripts, said)
    return UNUSABLE if unwritten or unprinted else status


def _standings(result: RunResult, known: Known) -> list[Standing]:
    today = datetime.now(UTC).date()
    return standings(result.implementations, known.listed, today, known.unplayed)


def _tell(values: Json, found: Sequence[Standing]) -> None:
    """Write the standings into the result, beside the implementation that each is about."""
    for one in values["implementations"]:
        mine = [standing for standing in found if standing.implementation == one["name"]]
        one["known_deviations"] = [standing.to_json() for standing in mine]


def _judged(result: RunResult) -> bool:
    """Return whether every implementation has a clause that it was judged by."""
    silent = {Verdict.UNCLAIMED, Verdict.NOT_RUN}
    return all(
        {judged.verdict for judged in one.clauses.values()} - silent
        for one in result.implementations
    )


def _files(
    result: RunResult, values: Json, listed: Sequence[Deviation], options: argparse.Namespace
) -> tuple[Mapping[str, str], bool]:
    """Write every file; return where the scripts are, and whether something was not written."""
    texts: dict[str, Callable[[], str]] = {
        name: partial(FORMS[name], values) for name in ("json", "html", "markdown", "junit")
    }
    texts["write_known_deviations"] = lambda: deviations_toml(result, listed)
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


def _printed(values: Json, scripts: Mapping[str, str], said: list[str]) -> bool:
    """Print the result; a reader who leaves early changes nothing. Return whether that failed."""
    from conformance.report.terminal import show_run

    try:
        show_run(values, Console(highlight=False), scripts=scripts)
        for line in said:
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
