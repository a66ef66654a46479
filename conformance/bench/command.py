"""`poolproof bench`: from the command line to the table, the JSON and the page."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.bench.growth import AXES, Growth, fitted, variations
from conformance.bench.layers import (
    TYPICAL,
    Layer,
    of_network,
    of_published,
    of_shape,
    require_cores,
    require_memory,
)
from conformance.bench.page import render_bench
from conformance.bench.result import summary
from conformance.bench.rounds import (
    DIED,
    HUNG,
    RAISED,
    WRONG,
    Contestant,
    Row,
    Terms,
    contestants,
    race,
)
from conformance.bench.table import show
from conformance.contract import UnusableError
from conformance.isolation.cell import context
from conformance.registry import Target, find_all, versions
from conformance.report.untrusted import line
from conformance.report.writing import ReportPathError, check_writable, write_whole
from conformance.verdict import Json

UNUSABLE = 2
BATCH = 8
"""How large the batch of a published layer is where nobody says."""
WINDOW = {"kernel": "2", "stride": "", "padding": "0", "dilation": "1"}
"""The options that describe a window, and what they are where nobody says."""
WORKS = {"forward": (False,), "backward": (True,), "both": (False, True)}
"""Whether a backward pass is timed with the forward pass."""
BROKEN = (WRONG, RAISED, DIED, HUNG)


def bench_command(options: argparse.Namespace) -> int:
    """Time what was asked for and return the exit status.

    0: everything that answered was right; 1: something was wrong, raised, died or hung; 2: the
    call was unusable. A refusal is an answer.
    """
    try:
        _check_paths(options)
        targets = find_all(options.implementations)
        layers = chosen_layers(options)
        scaled = {axis: variations(layers[0], axis) for axis in AXES if options.growth}
        require_memory([*layers, *(one for some in scaled.values() for _, one in some)])
        require_cores(options.threads)
        terms = Terms(
            *(options.threads, options.rounds, options.sample),
            *(options.call_limit, options.clock),
        )
        strict = bool(options.implementations)
        with progress(shown=not options.no_progress) as advance:
            works = WORKS[options.work]
            result = bench(targets, layers, scaled, terms, works, advance, strict=strict)
    except (UnusableError, ReportPathError) as error:
        for said in str(error).splitlines():
            print(f"poolproof: {line(said)}", file=sys.stderr)
        return UNUSABLE
    if options.json:
        write_whole(options.json, json.dumps(result, indent=1, allow_nan=False) + "\n")
    if options.html:
        write_whole(options.html, render_bench(result))
    show(result, Console(highlight=False))
    return int(any(row["status"] in BROKEN for row in result["rows"]))


def chosen_layers(options: argparse.Namespace) -> list[Layer]:
    """Return the layers that were asked for.

    Raises:
        UnusableError: they are not to be had, or the specification forbids one.
    """
    window = {name: getattr(options, name) for name in (*WINDOW, "ceil")}
    given = [f"--{name}" for name, value in window.items() if value]
    if options.shape is None and given:
        message = f"{', '.join(given)}: only with --shape, as other layers have windows"
        raise UnusableError(message)
    if options.shape is not None and options.batch:
        message = "--batch: not with --shape, which begins with it"
        raise UnusableError(message)
    if options.shape is not None:
        texts = {name: window[name] or text for name, text in WINDOW.items()}
        return [of_shape(options.shape, **texts, ceil_mode=options.ceil)]
    batch = options.batch or BATCH
    if options.network is not None:
        return of_network(options.network, batch)
    return [of_published(name, batch) for name in TYPICAL]


def bench(  # noqa: PLR0913, PLR0917 - what, how, and who is told
    targets: Sequence[Target],
    layers: Sequence[Layer],
    scaled: Mapping[str, list[tuple[int, Layer]]],
    terms: Terms,
    works: Sequence[bool],
    advance: Callable[[str, int], None] = lambda _said, _total: None,
    *,
    strict: bool = True,
) -> Json:
    """Return the result of timing the targets on the layers, as JSON.

    scaled holds, for each axis, the sizes and layers that the growth is fitted to; works tells
    for each kind of work whether it has a backward pass; advance is told of each layer.

    Raises:
        UnusableError: `strict`, and one of the targets cannot be imported or timed.
    """
    turns = [(one, work) for one in layers for work in works]
    total = len(turns) + sum(map(len, scaled.values()))
    with tempfile.TemporaryDirectory(prefix="poolproof-bench-") as folder:
        runners = contestants(targets, terms, context(clean=True), Path(folder))
        try:
            unusable = [runner.unusable for runner in runners if not runner.starts()]
            if unusable and strict:
                raise UnusableError("\n".join(unusable))
            races = []
            for layer, work in turns:
                advance(layer.name, total)
                races.append(race(layer, runners, backward=work))
            growth = []
            for axis, some in scaled.items():
                advance(axis, total)
                growth += _grown(axis, some, runners)
        finally:
            for runner in runners:
                runner.close()
    found = {target.name: versions(target) for target in targets}
    return summary(races, growth, terms, found)


@contextmanager
def progress(*, shown: bool) -> Iterator[Callable[[str, int], None]]:
    """Show a bar on standard error, where that is a terminal; yield what moves it on."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(30), TimeElapsedColumn())
    hidden = not (shown and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("starting", total=None)
        done = -1

        def advance(said: str, total: int) -> None:
            nonlocal done
            done += 1
            bar.update(task, description=said[:40], completed=done, total=total)

        yield advance


def _grown(axis: str, some: list[tuple[int, Layer]], runners: Sequence[Contestant]) -> list[Growth]:
    races: list[list[Row]] = [race(layer, runners, backward=False) for _, layer in some]
    return fitted(axis, [size for size, _ in some], races)


def _check_paths(options: argparse.Namespace) -> None:
    """Refuse paths that cannot be written, and one file for two things.

    Raises:
        ReportPathError: a file cannot be what it was given for.
    """
    paths = [path for path in (options.json, options.html) if path]
    for path in paths:
        check_writable(path)
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        message = f"{paths[0]}: two reports are the same file"
        raise ReportPathError(message)
