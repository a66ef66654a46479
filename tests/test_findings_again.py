"""The scripts of the pages about real systems are run again, and what came of each is kept."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from implementations import SHIPPED, Shipped

SCRIPT = Path(__file__).parent.parent / "docs" / "findings.py"
EARLIER = {"outcome": "reproduced", "system": "mlx 0.1", "date": "2020-02-02"}
SCIPY = f"scipy {metadata.version('scipy')}"
Findings = Mapping[str, Any]
Again = Callable[..., int]


@pytest.fixture
def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Findings:
    """Return docs/findings.py, at work in an empty folder."""
    found: Findings = runpy.run_path(str(SCRIPT))["main"].__globals__
    monkeypatch.setitem(found, "PAGES", tmp_path)
    monkeypatch.setitem(found, "NOTES", tmp_path / "again.json")
    return found


@pytest.fixture
def again(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Return what runs pages of these scripts again; each is a page of an implementation."""
    made: list[Any] = []
    monkeypatch.setitem(findings, "pages", lambda: made)
    monkeypatch.setitem(findings, "files", dict)

    def run(*options: str, **scripts: str) -> int:
        for name, script in scripts.items():
            system = name.partition("_")[0]
            entry = {"implementation": system}
            versions = {system: "0.1"}
            made.append(findings["Page"](name, entry, {"script": script}, versions, "2021-01-01"))
        status: int = findings["main"](["--again", *options])
        return status

    return run


def test_an_unknown_page_is_answered_with_the_nearest(
    findings: Findings, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("torch-float16-gradiant", "torch-float16-gradiant.md"):
        assert findings["main"](["--again", "--only", name]) == 2
        out, err = capsys.readouterr()
        assert err.startswith("no page is called 'torch-float16-gradiant'; did you mean torch-flo")
        assert (out, err.count("\n"), findings["known"]()) == ("", 1, {})


def test_a_page_may_be_named_as_its_file(findings: Findings) -> None:
    made = findings["pages"]()
    for name in ("scipy-nan-by-place", "scipy-nan-by-place.md"):
        assert [page.name for page in findings["chosen"]([name], made)] == ["scipy-nan-by-place"]
    assert findings["chosen"]([], made) == made


def test_what_came_of_each_page_is_told_and_noted(
    again: Again,
    findings: Findings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(findings, "SECONDS", 2)
    scripts = {
        "scipy_hangs": "while True: pass",
        "scipy_shows": "raise SystemExit('still there')",
        "scipy_gone": "pass",
        "scipy_ends": "import os; os.abort()",
        "scipy_fails": "import no_such_module",
        "scipy_unscripted": "",
    }
    assert again(**scripts) == 0
    assert capsys.readouterr().out.splitlines() == [
        "scipy_hangs: no answer within 300 s",
        "scipy_shows: reproduced",
        "scipy_gone: no longer reproduced",
        "scipy_ends: ends the process",
        "scipy_fails: not reproduced: the script itself failed",
        "scipy_unscripted: not run: it has no script",
    ]
    notes = json.loads(findings["NOTES"].read_text("utf-8"))
    outcomes = ["late", "reproduced", "gone", "ended", "upset", "no script"]
    assert [note["outcome"] for note in notes.values()] == outcomes
    assert {note["system"] for note in list(notes.values())[:-1]} == {SCIPY}
    late, _, gone, *_, unscripted = map(findings["said_again"], notes.values())
    assert late.startswith(f"no answer within 300 s with {SCIPY} on 20")
    assert gone.startswith(f"**no longer reproduced** with {SCIPY} on 20")
    assert unscripted == "not run: it has no script; judged with scipy 0.1 on 2021-01-01."


def test_where_a_system_is_not_installed_the_earlier_note_stays(
    again: Again,
    findings: Findings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    absent = Shipped("nowhere", ("scipy", "no_such_package"))
    monkeypatch.setitem(findings, "SHIPPED", {"mlx": absent, "scipy": SHIPPED["scipy"]})
    findings["NOTES"].write_text(json.dumps({"mlx_ties": EARLIER}), "utf-8")
    assert again(mlx_ties="raise SystemExit(1)", scipy_shows="raise SystemExit(1)") == 0
    lacking, shown = capsys.readouterr().out.splitlines()
    assert lacking.startswith("mlx_ties: not run: no interpreter has scipy, no_such_package, so")
    assert lacking.endswith(" its note was left alone; --python names another")
    assert shown == "scipy_shows: reproduced"
    notes = findings["known"]()
    assert notes["mlx_ties"] == EARLIER
    assert notes.keys() == {"mlx_ties", "scipy_shows"}


def test_a_note_is_kept_as_soon_as_its_page_was_run(
    again: Again, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran(_: str, script: str) -> str:
        if script == "interrupted":
            raise KeyboardInterrupt
        return script

    monkeypatch.setitem(findings, "ran", ran)
    with pytest.raises(KeyboardInterrupt):
        again(scipy_shows="reproduced", scipy_next="interrupted")
    assert findings["known"]().keys() == {"scipy_shows"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "it cannot be started: No such file or directory"),
        ("#!/bin/true\n", "it is no Python"),
        ("#!/bin/echo\n", "it is no Python"),
    ],
)
def test_what_is_no_interpreter_is_said_in_one_line(
    again: Again,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    problem: str,
) -> None:
    path = tmp_path / "python"
    if content is not None:
        path.write_text(content, "utf-8")
        path.chmod(0o755)
    assert again("--python", sys.executable, "--python", str(path), scipy_shows="pass") == 2
    expected = f"--python {path}: {problem}; name an interpreter, such as .venv/bin/python\n"
    assert capsys.readouterr() == ("", expected)


def test_the_system_of_a_page_has_its_version(findings: Findings) -> None:
    made = {page.name: page for page in findings["pages"]()}
    assert all(page.system for page in made.values())
    page = made["scipy-nan-by-place"]
    assert page.system.startswith("scipy 1.")
    assert f"- system: {page.system}, as `scipy`\n" in findings["written"](page, {})


def test_where_no_version_is_known_none_is_told(findings: Findings) -> None:
    note = {"outcome": "reproduced", "system": "", "date": "2020-02-02"}
    assert findings["said_again"](note) == "reproduced on 2020-02-02."
    assert findings["installed"](sys.executable, ("scipy",), ("no-such-distribution",)) == {}
    assert findings["installed"](sys.executable, ("no_such_package",), ()) is None
