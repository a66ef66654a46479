"""A bench in the terminal: one table for each layer, the quickest first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from conformance.report import ink
from conformance.verdict import Json
from reference.pool import Pool

_HEADS = ("ms", "spread", "copies", "GB/s", "roofline", "windows/s", "extra")
_WIDTHS = (0, 0, 0, 90, 70, 100, 80)
"""How wide a console has to be for each of them."""
_LEGEND = (
    "ms: median; spread: middle half of the rounds; copies: against a copy of the input; "
    "roofline: share of the bandwidth of that copy; extra: peak memory beside the input"
)


def show(result: Json, console: Console) -> None:
    """Print a whole bench."""
    found, terms = result["environment"], result["terms"]
    threads = found["threads"]
    parts = (
        f"poolproof {result['poolproof']} bench",
        f"{threads} thread{'' if threads == 1 else 's'}",
        f"{terms['rounds']} rounds",
        *(["processor time"] if terms["clock"] == "cpu" else []),
        f"python {found['python']}",
        f"numpy {found['numpy']}",
        found["processor"],
    )
    console.print(ink.text(" · ".join(parts), console))
    for rows in grouped(result["rows"]):
        console.print()
        console.print(ink.text(title(rows[0]), console, "bold"))
        console.print(_table(rows, console))
        _show_failures(rows, console)
    if result["growth"]:
        console.print()
        console.print(ink.text("time grows with size to the power of", console, "bold"))
        console.print(_growth(result["growth"], console))
    console.print()
    console.print(ink.text(_LEGEND, console, "dim"))


def grouped(rows: list[Json]) -> Iterator[list[Json]]:
    """Return the rows of each layer and kind of work, the quickest first, failures last."""
    for _, some in itertools.groupby(rows, lambda row: (row["layer"], row["shape"], row["work"])):
        yield sorted(some, key=lambda row: (row["status"] != "ok", row.get("median", 0.0)))


def title(row: Json) -> str:
    """Return what a layer is, in a line."""
    pool = dict(row["pool"]) | {"padding": tuple(map(tuple, row["pool"]["padding"]))}
    for name in ("kernel_size", "stride", "dilation"):
        pool[name] = tuple(pool[name])
    shape = "x".join(map(str, row["shape"]))
    named = "" if row["layer"] == shape else f"{row['layer']}  "
    return f"{named}{shape}  {Pool(**pool)}  {row['work']}"


def _table(rows: list[Json], console: Console) -> Table:
    """Return what was measured, in as many columns as the console has room for."""
    shown = [place for place, width in enumerate(_WIDTHS) if width <= console.width]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for place in shown:
        table.add_column(_HEADS[place], justify="right", no_wrap=True)
    for row in rows:
        if row["status"] == "ok":
            cells = numbers(row)
            name = ink.text(row["implementation"], console)
            table.add_row(name, *(cells[place] for place in shown))
    return table


def _show_failures(rows: list[Json], console: Console) -> None:
    for row in rows:
        if row["status"] != "ok":
            style = "yellow" if row["status"] == "refused" else "bold red"
            said = f"{row['implementation']}  {row['status']}: {row['note']}"
            console.print(ink.text(said, console, style))


def numbers(row: Json) -> list[str]:
    """Return what was measured of a row, as it is written."""
    windows = row["windows per second"]
    return [
        f"{row['median'] * 1e3:.4g}",
        f"{row['spread']:.0%}",
        _given(row["copies"], "{:.3g}"),
        f"{row['GB/s']:.3g}",
        _given(row["of roofline"], "{:.0%}"),
        "" if windows is None else f"{windows / 1e6:.4g} M",
        _given(row["peak"], "{:.2f} x"),
    ]


def _given(number: float | None, form: str) -> str:
    return "" if number is None else form.format(number)


def _growth(growth: list[Json], console: Console) -> Table:
    axes = list(dict.fromkeys(one["axis"] for one in growth))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column("", no_wrap=True)
    for axis in axes:
        table.add_column(axis, justify="right")
    for name in dict.fromkeys(one["implementation"] for one in growth):
        found = {one["axis"]: one["exponent"] for one in growth if one["implementation"] == name}
        cells = (_given(found.get(axis), "{:.2f}") for axis in axes)
        table.add_row(ink.text(name, console), *cells)
    return table
