"""The pages about real systems are what their stored results say."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parent.parent / "docs"
SCRIPT = DOCS / "findings.py"


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


def test_the_pages_about_the_field_are_made_of_the_results() -> None:
    field = runpy.run_path(str(DOCS / "field.py"))
    assert list(field["stale"]()) == []
    text = (DOCS / "field.md").read_text("utf-8")
    for result in field["results"]():
        (one,) = result["implementations"]
        assert f"| {one['name']} |" in text
    judged = [
        one["name"]
        for whole in field["groups"](field["results"]()).values()
        for one in whole["implementations"]
    ]
    assert sorted(judged) == sorted(set(judged))
    assert len(judged) == len(field["results"]())


def test_the_stored_results_tell_no_folder_of_a_machine() -> None:
    for path in (DOCS / "results").glob("*.json"):
        found = re.findall(
            r"(?:/root|/home|/tmp|/Users|/usr/lib|site-packages)/\S*", path.read_text()
        )
        assert found == [], path.name


def test_packages_are_measured_where_they_are_installed() -> None:
    field = runpy.run_path(str(DOCS / "field.py"))
    found = field["measured"](sys.executable, ["scipy"])
    assert found["megabytes"] == 0  # Poolproof itself requires it
    assert found["import"] >= 0
    assert field["measured"](sys.executable, ["no_such_package"]) is None


def test_what_came_of_a_script_is_told_apart(findings: dict[str, Any]) -> None:
    ran = findings["ran"]
    assert ran(sys.executable, "raise SystemExit('still there')") == "reproduced"
    assert ran(sys.executable, "pass") == "gone"
    assert ran(sys.executable, "import os; os.abort()") == "ended"
    assert ran(sys.executable, "import no_such_module") == "upset"
