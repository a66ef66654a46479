"""The pages about real systems are what their stored results say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main

DOCS = Path(__file__).parent.parent / "docs"
SCRIPT = DOCS / "findings.py"
STORED = sorted(str(path) for path in (DOCS / "results").glob("*.json"))


@pytest.fixture(scope="module")
def findings() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_every_page_is_up_to_date(findings: dict[str, Any]) -> None:
    assert list(findings["stale"]()) == []


def test_every_page_shows_what_was_found_and_when_it_was_run_again(
    findings: dict[str, Any],
) -> None:
    made = findings["pages"]()
    assert len(made) > 30
    notes = findings["known"]()
    for page in made:
        text = findings["written"](page, notes)
        assert f"FAIL {page.entry['clause']}" in text or f" {page.entry['clause']}" in text
        assert notes[page.name]["outcome"] in {"reproduced", "ended", "no script"}


def test_the_compatibility_page_is_made_of_the_results(tmp_path: Path) -> None:
    page = tmp_path / "compatibility.md"
    assert main(["report", *STORED, "--markdown", str(page)]) == 0
    assert page.read_text("utf-8") == (DOCS / "compatibility.md").read_text("utf-8")


def test_what_came_of_a_script_is_told_apart(findings: dict[str, Any]) -> None:
    ran = findings["ran"]
    assert ran(sys.executable, "raise SystemExit('still there')") == "reproduced"
    assert ran(sys.executable, "pass") == "gone"
    assert ran(sys.executable, "import os; os.abort()") == "ended"
    assert ran(sys.executable, "import no_such_module") == "upset"
