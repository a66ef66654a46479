"""`poolproof identify`: which dialect an implementation speaks, or where two differ."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.clauses import version
from conformance.contract import UnusableError
from conformance.identify.interview import Interview
from conformance.isolation.cell import context
from conformance.registry import Target, find_all
from conformance.report.untrusted import line
from conformance.report.writing import ReportPathError, check_writable, write_whole
from conformance.verdict import Json

DIFFERENT, UNUSABLE, INTERRUPTED = 1, 2, 130
EVERY = 0.1
"""Seconds between two updates of the progress bar."""


def identify_command(options: argparse.Namespace) -> int:
    """Print what was found out; return 0, or 1 where two implementations differ.

    `options` has implementation, against, json, tier, seed, call_limit and no_progress.
    """
    requests = [options.implementation, *([options.against] if options.against else [])]
    begun = time.monotonic()
    try:
        if options.json:
            check_writable(options.json)
        targets = find_all(requests)
        _check_apart(options.json, targets)
        with Bar(shown=not options.no_progress) as bar:
            if options.against:
                found = _compared(_two(targets), options, bar.update)
            else:
                found = _identified(targets[0], options, bar.update)
        found = _versions() | found | {"seconds": round(time.monotonic() - begun, 3)}
        if options.json:
            write_whole(options.json, json.dumps(found, indent=1, allow_nan=False) + "\n")
    except (UnusableError, ReportPathError) as error:
        return _unusable(str(error))
    except KeyboardInterrupt:
        print("poolproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    return _shown(found)


def _check_apart(path: str | None, targets: list[Target]) -> None:
    """Refuse to write the result over what is asked.

    Raises:
        ReportPathError: they are one file.
    """
    files = {os.path.realpath(f"{one.address.partition('.py:')[0]}") for one in targets}
    files |= {f"{file}.py" for file in files if not file.endswith(".py")}
    if path and os.path.realpath(path) in files:
        message = f"{path}: the result and what is asked are the same file"
        raise ReportPathError(message)


def _two(targets: list[Target]) -> list[Target]:
    """Return both sides, also where one was asked for twice."""
    return (
        targets
        if len(targets) > 1
        else [targets[0], Target(f"{targets[0].name}-2", targets[0].address)]
    )


def _versions() -> Json:
    return {"poolproof": metadata.version("poolproof"), "specification": version()}


def _identified(target: Target, options: argparse.Namespace, progress: Update) -> Json:
    from conformance.identify.account import identified
    from conformance.identify.examination import examine

    with Interview(target, context(clean=True), options.call_limit) as interview:
        passport = interview.passport()
        portrait = examine(interview, frozenset(passport.claims), passport.dialect, progress)
    return identified(passport, portrait)


def _compared(targets: list[Target], options: argparse.Namespace, progress: Update) -> Json:
    from conformance.identify.comparison import compared

    kind, limit = context(clean=True), options.call_limit
    with Interview(targets[0], kind, limit) as one, Interview(targets[1], kind, limit) as other:
        return compared(one, other, options.tier, options.seed, progress)


def _shown(found: Json) -> int:
    from conformance.identify.display import show_compared, show_identified

    console = Console(highlight=False)
    if found["question"] == "identify":
        show_identified(found, console)
        return 0
    show_compared(found, console)
    return DIFFERENT if found["differing"] else 0


def _unusable(message: str) -> int:
    for one in message.splitlines():
        print(f"poolproof: {line(one)}", file=sys.stderr)
    return UNUSABLE


Update = Callable[[int, int], None]


class Bar:
    """A progress bar on standard error, without a thread: the processes are copies of this one."""

    def __init__(self, *, shown: bool) -> None:
        """Prepare the bar; it is shown on a terminal only."""
        console = Console(stderr=True, highlight=False)
        self._shown = shown and console.is_terminal
        self._bar = Progress(
            TextColumn("asking"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            auto_refresh=False,
            disable=not self._shown,
        )
        self._task = self._bar.add_task("asking", total=None)
        self._next = 0.0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show how far it has come, a few times a second."""
        if self._shown and time.monotonic() >= self._next:
            self._bar.update(self._task, completed=done, total=total)
            self._bar.refresh()
            self._next = time.monotonic() + EVERY
