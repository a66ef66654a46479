"""`poolproof bench`: from the command line to the table, the JSON and the page."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from conformance.bench.growth import AXES, Growth, fitted, variations
from conformance.bench.layers import (
    TYPICAL,
    Layer,
    of_network,
    of_published,
    of_shape,
    require_memory,
)
from conformance.bench.page import render_bench
from conformance.bench.result import packages, summary
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
from conformance.cell import context
from conformance.contract import UnusableError
from conformance.registry import Target, find_all
from conformance.report.writing import ReportPathError, check_writable, write_whole
from conformance.verdict import Json

UNUSABLE = 2
BROKEN = (WRONG, RAISED, DIED, HUNG)


def bench_command(options: argparse.Namespace) -> int:
    """Time what was asked for and return the exit status.

    0: everything that answered was right; 1: something was wrong, raised, died or hung; 2: the
    call was unusable. A refusal is an answer.
    """
    try:
        for path in (options.json, options.html):
            if path:
                check_writable(path)
        targets = find_all(options.implementations)
        layers = chosen_layers(options)
        scaled = {axis: variations(layers[0], axis) for axis in AXES if options.growth}
        require_memory([*layers, *(one for some in scaled.values() for _, one in some)])
    except (UnusableError, ReportPathError) as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return UNUSABLE
    terms = Terms(options.threads, options.rounds, options.sample, options.call_limit)
    result = bench(targets, layers, scaled, terms, works=_works(options))
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
    if options.shape:
        window = (options.kernel, options.stride, options.padding, options.dilation)
        return [of_shape(options.shape, *window, ceil_mode=options.ceil)]
    if options.network:
        return of_network(options.network, options.batch)
    return [of_published(name, options.batch) for name in TYPICAL]


def bench(
    targets: Sequence[Target],
    layers: Sequence[Layer],
    scaled: dict[str, list[tuple[int, Layer]]],
    terms: Terms,
    works: Sequence[bool],
) -> Json:
    """Return the result of timing the targets on the layers, as JSON.

    scaled holds, for each axis, the sizes and layers that the growth is fitted to; works tells
    for each kind of work whether it has a backward pass.
    """
    with tempfile.TemporaryDirectory(prefix="poolproof-bench-") as folder:
        runners = contestants(targets, terms, context(clean=True), Path(folder))
        try:
            races = [race(one, runners, backward=work) for one in layers for work in works]
            growth = [one for axis, some in scaled.items() for one in _grown(axis, some, runners)]
        finally:
            for runner in runners:
                runner.close()
    found = {target.name: packages(target) for target in targets}
    return summary(races, growth, terms, found)


def _grown(axis: str, some: list[tuple[int, Layer]], runners: Sequence[Contestant]) -> list[Growth]:
    races: list[list[Row]] = [race(layer, runners, backward=False) for _, layer in some]
    return fitted(axis, [size for size, _ in some], races)


def _works(options: argparse.Namespace) -> tuple[bool, ...]:
    return {"forward": (False,), "both": (False, True), "backward": (True,)}[options.work]
