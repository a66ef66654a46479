"""The tables of docs/speed.md, made from the results of `peers.py`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

Result: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[tuple[str, str], dict[str, Any]]
"""Of one work: what each implementation came to, by the layer and its name."""

OURS = {
    "forward": ("numba-separable-values", "separable-values"),
    "forward+backward": ("numba-separable", "separable"),
}
"""By what is timed: what Numba compiles, and what is NumPy only."""
PEERS = ("torch", "torch-channels-last", "torch-mkldnn", "jax-jit", "onnxruntime", "openvino")
HEADS = {
    "numba-separable-values": "Numba",
    "separable-values": "NumPy",
    "numba-separable": "Numba",
    "separable": "NumPy",
    "torch": "torch, eager",
    "torch-channels-last": "torch, channels last",
    "torch-mkldnn": "torch, oneDNN",
    "jax-jit": "JAX, jit",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
}
WORKS = {
    "forward": "Forward, nobody asking who won (`numba-separable-values` and `separable-values`)",
    "forward+backward": "Forward and backward together (`numba-separable` and `separable`)",
}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def page(text: str, results: Sequence[Result]) -> str:
    """Return the text of a page with what was measured between the two marks.

    Raises:
        ValueError: the page has not both marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"the page has no part between {BEGIN} and {END}"
        raise ValueError(message)
    return f"{before}{BEGIN}\n{measured(results)}\n{END}{after}"


def measured(results: Sequence[Result]) -> str:
    """Return everything that the results say, a part for each number of threads."""
    parts = []
    for threads in sorted({result["terms"]["threads"] for result in results}):
        some = [result for result in results if result["terms"]["threads"] == threads]
        parts += [
            f"### {threads} thread{'s' * (threads > 1)}\n",
            *map(_conditions, some),
            *map(_table, some),
            _comparison(some),
        ]
    return "\n".join(parts)


def _conditions(result: Result) -> str:
    """Return on what machine, with what versions and how something was timed."""
    found, terms = result["environment"], result["terms"]
    clock = {"wall": "wall clock", "cpu": "processor time"}[terms["clock"]]
    known = {
        name: version for some in result["versions"].values() for name, version in some.items()
    }
    versions = ", ".join(f"{name} {version}" for name, version in sorted(known.items()))
    return (
        f"{result['rows'][0]['work'].capitalize()}: {found['processor']}, {found['cores']} cores, "
        f"{found['system']}, Python {found['python']}, NumPy {found['numpy']}, {versions}; "
        f"{terms['threads']} thread(s) for each, float32, {terms['rounds']} rounds of at least "
        f"{terms['sample'] * 1e3:g} ms, {clock}, load {found['load']}.\n"
    )


def _rows(result: Result) -> Rows:
    return {(row["layer"], row["implementation"]): row for row in result["rows"]}


def _names(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for _, name in rows))


def _layers(rows: Rows) -> list[str]:
    return list(dict.fromkeys(layer for layer, _ in rows))


def _table(result: Result) -> str:
    """Return medians in milliseconds, in brackets the middle half of the rounds."""
    rows = _rows(result)
    names = _names(rows)
    heads = " | ".join(HEADS.get(name, name) for name in names)
    lines = [f"{WORKS[result['rows'][0]['work']]}, in milliseconds:\n", f"| layer | {heads} |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for layer in _layers(rows):
        shape = "x".join(map(str, rows[layer, names[0]]["shape"]))
        cells = " | ".join(_cell(rows[layer, name]) for name in names)
        lines.append(f"| {layer} {shape} | {cells} |")
    return "\n".join([*lines, ""])


def _cell(row: dict[str, Any]) -> str:
    if row["status"] != "ok":
        return str(row["status"])
    return f"{row['median'] * 1e3:.3g} ({row['spread']:.0%})"


def _comparison(results: Iterable[Result]) -> str:
    """Return how many times as quick ours are, a column for each of ours and each work."""
    columns = []
    for result in results:
        rows, work = _rows(result), result["rows"][0]["work"]
        what = "both" if "+" in work else work
        columns += [(f"{HEADS[ours]}, {what}", _against(ours, rows)) for ours in OURS[work]]
    lines = [
        "Geometric means over the layers of how many times as quick ours are; below 1 is slower:\n",
        f"| | {' | '.join(head for head, _ in columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    lines += [
        f"| {said} | {' | '.join(found.get(said, '') for _, found in columns)} |"
        for said in dict.fromkeys(said for _, found in columns for said in found)
    ]
    return "\n".join([*lines, ""])


def _against(ours: str, rows: Rows) -> dict[str, str]:
    """Return what is said of one of ours, by what it is compared with."""
    peers, found = [name for name in _names(rows) if name in PEERS], {}
    for peer in peers:
        ratios = _ratios(ours, [peer], rows)
        found[HEADS[peer]] = f"{_mean(ratios.values()):.2f}" if ratios else ""
    ratios = _ratios(ours, peers, rows)
    if ratios:
        worst = min(ratios, key=lambda layer: ratios[layer])
        ahead = sum(ratio > 1 for ratio in ratios.values())
        found |= {
            "the quickest of each layer": f"{_mean(ratios.values()):.2f}",
            "the worst layer against it": f"{ratios[worst]:.2f} ({worst})",
            "layers ahead of all": f"{ahead} of {len(ratios)}",
        }
    mine = [row for row in rows.values() if row["implementation"] == ours]
    copies = [row["copies"] for row in mine if _is_halving(row)]
    if copies:
        found["windows of 2x2 two apart, in copies"] = f"{min(copies):.2f} to {max(copies):.2f}"
    return found


def _is_halving(row: dict[str, Any]) -> bool:
    window = (row["pool"]["kernel_size"], row["pool"]["stride"])
    return row["status"] == "ok" and window == ([2, 2], [2, 2])


def _ratios(ours: str, peers: Sequence[str], rows: Rows) -> dict[str, float]:
    """Return how many times as long as ours the quickest of some peers takes, by layer."""
    found = {}
    for layer in _layers(rows):
        answered = [rows[layer, name] for name in peers if rows[layer, name]["status"] == "ok"]
        if answered and rows[layer, ours]["status"] == "ok":
            quickest = min(row["median"] for row in answered)
            found[layer] = quickest / rows[layer, ours]["median"]
    return found


def _mean(ratios: Iterable[float]) -> float:
    logarithms = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logarithms) / len(logarithms))
