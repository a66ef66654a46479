"""The tables of docs/speed.md: what is made of results, whatever they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import peers, tables

WINDOW = {"kernel_size": [2, 2], "stride": [2, 2]}


def _row(layer: str, name: str, seconds: float | None, work: str = "forward") -> dict[str, Any]:
    row = {"layer": layer, "shape": [1, 2, 4, 4], "pool": WINDOW, "work": work}
    row |= {"implementation": name, "status": "refused" if seconds is None else "ok"}
    return row if seconds is None else row | {"median": seconds, "spread": 0.05, "copies": 1.5}


def _result(*rows: dict[str, Any]) -> dict[str, Any]:
    machine = {"processor": "P", "cores": 2, "system": "S", "python": "3.11", "numpy": "2.4"}
    return {
        "environment": machine | {"load": 0.5},
        "terms": {"threads": 1, "rounds": 3, "sample": 0.02, "clock": "cpu"},
        "versions": {"torch": {"torch": "2.13"}},
        "rows": list(rows),
    }


RESULT = _result(
    *(_row("a", "copy", 0.001), _row("a", "numba-separable-values", 0.001)),
    *(_row("a", "separable-values", 0.004), _row("a", "torch", 0.002)),
    *(_row("a", "openvino", None), _row("b", "openvino", 0.003)),
    *(_row("b", "copy", 0.001), _row("b", "numba-separable-values", 0.004)),
    *(_row("b", "separable-values", 0.016), _row("b", "torch", 0.032)),
)


def test_a_table_has_medians_with_their_spread_and_what_was_refused() -> None:
    """Milliseconds, a line for each layer, under the names that readers know."""
    lines = tables.measured([RESULT]).splitlines()
    assert "| layer | copy | Numba | NumPy | torch, eager | OpenVINO |" in lines
    assert "| a 1x2x4x4 | 1 (5%) | 1 (5%) | 4 (5%) | 2 (5%) | refused |" in lines
    assert "| b 1x2x4x4 | 1 (5%) | 4 (5%) | 16 (5%) | 32 (5%) | 3 (5%) |" in lines


def test_ours_are_compared_with_each_peer_and_with_the_quickest() -> None:
    """Geometric means over the layers that both answered, and the worst layer by name."""
    lines = tables.measured([RESULT]).splitlines()
    assert "| torch, eager | 4.00 | 1.00 |" in lines  # of 2 and 8, and of 1/2 and 2
    assert "| OpenVINO | 0.75 | 0.19 |" in lines
    assert "| the quickest of each layer | 1.22 | 0.31 |" in lines
    assert "| the worst layer against it | 0.75 (b) | 0.19 (b) |" in lines
    assert "| layers ahead of all | 1 of 2 | 0 of 2 |" in lines
    assert "| windows of 2x2 two apart, in copies | 1.50 to 1.50 | 1.50 to 1.50 |" in lines


def test_the_conditions_are_stated() -> None:
    """Machine, versions, threads and clock stand above the tables."""
    said = tables.measured([RESULT])
    assert "Forward: P, 2 cores, S, Python 3.11, NumPy 2.4, torch 2.13; 1 thread(s)" in said
    assert "3 rounds of at least 20 ms, processor time, load 0.5" in said


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    """A page keeps its own text; one without marks is refused."""
    text = f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n"
    made = tables.page(text, [RESULT])
    assert made.startswith(f"before\n{tables.BEGIN}\n### 1 thread\n")
    assert made.endswith(f"\n{tables.END}\nafter\n")
    assert "old" not in made
    assert tables.page(made, [RESULT]) == made
    with pytest.raises(ValueError, match="the page has no part between <!-- measured: begin"):
        tables.page("nothing", [RESULT])


def test_tables_are_made_again_from_stored_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--again times nothing, and says which file it lacks."""
    folder, page = tmp_path / "results", tmp_path / "page.md"
    folder.mkdir()
    page.write_text(f"{tables.BEGIN}\n{tables.END}\n", "utf-8")
    asked = [*("--again", "--threads", "1", "--work", "forward"), *("--out", str(folder))]
    assert peers.main(asked) == 2
    assert "forward-1-thread.json" in capsys.readouterr().err
    (folder / "forward-1-thread.json").write_text(json.dumps(RESULT), "utf-8")
    assert peers.main([*asked, "--page", str(page)]) == 0
    assert "| OpenVINO | 0.75 | 0.19 |" in page.read_text("utf-8")
    assert "| OpenVINO | 0.75 | 0.19 |" in capsys.readouterr().out
