"""Implementations that live in other environments are judged there, in one report."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance.commands import elsewhere
from conformance.commands.elsewhere import Errand, errands
from conformance.commands.running import whole
from conformance.contract import UnusableError
from conformance.registry import Target
from conformance.verdicts import result_of
from tests.judging import poolproof
from tests.report_sample import crashing, failing, run, sample

SKETCH = "tests.unusual.base_only"


def script(folder: Path, name: str, text: str) -> str:
    """Write a program that stands in for an interpreter."""
    file = folder / name
    file.write_text(f"#!{sys.executable}\n{text}", "utf-8")
    file.chmod(0o755)
    return str(file)


def test_what_is_named_is_judged_where_it_is_installed(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    asked = ["--tier=smoke", "-n=1", f"--json={report}", f"--python={sys.executable}"]
    found = poolproof("run", "im2col", f"base={SKETCH}", *asked, folder=tmp_path)
    assert found.status == 0, found.err
    judged = found.report["implementations"]
    assert [(one["name"], one["conforms"]) for one in judged] == [("im2col", True), ("base", True)]


def test_results_of_several_places_are_one() -> None:
    here, there = run(failing()), run(crashing())
    elsewhere_too = there.to_json() | {"started": "2030-01-01T00:00:00+00:00"}
    found = whole(lambda: here, [lambda: elsewhere_too])
    assert found.implementations == [failing(), crashing()]
    assert [part["implementations"] for part in found.to_json()["runs"]] == [
        [failing().name],
        [crashing().name],
    ]


def test_a_result_is_read_as_it_was_written() -> None:
    written = json.loads(json.dumps(sample().to_json()))
    assert json.loads(json.dumps(result_of(written).to_json())) == written


def test_names_go_to_the_first_environment_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        elsewhere, "installed", lambda: [Target("im2col", "implementations.im2col")]
    )
    one = script(tmp_path, "one", 'print(\'noise\\n{"im2col": false, "jax": false}\')\n')
    two = script(tmp_path, "two", 'print(\'{"jax": false, "flax": false, "slow": true}\')\n')
    assert errands([one, two], []) == ([Errand(one, ("jax",)), Errand(two, ("flax",))], [])
    assert errands([one, two], ["flax", "a=jax", "slow", "kernels.py:pool", "typo"]) == (
        [Errand(one, ("a=jax", "kernels.py:pool")), Errand(two, ("flax", "slow"))],
        ["typo"],
    )


def test_an_interpreter_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="nowhere/python: it cannot be started: No such file"):
        errands(["nowhere/python"], [])
    bare = script(tmp_path, "bare", "import sys; sys.exit('no module named conformance')\n")
    with pytest.raises(UnusableError, match=r"no module named conformance; .* -m pip install"):
        errands([bare], [])


def test_what_was_said_there_is_said_here(tmp_path: Path) -> None:
    found = poolproof("run", "im2coll", f"--python={sys.executable}", folder=tmp_path)
    assert (found.status, found.err.count("\n")) == (2, 1)
    assert "did you mean im2col?" in found.err
    found = poolproof("run", "nowhere.py", f"--python={sys.executable}", folder=tmp_path)
    assert (found.status, found.err.count("\n")) == (2, 1)
    assert "nowhere.py: there is no such file" in found.err


def test_known_deviations_are_for_one_environment(tmp_path: Path) -> None:
    asked = ["--known-deviations=nothing.toml", f"--python={sys.executable}"]
    found = poolproof("run", "im2col", *asked, folder=tmp_path)
    assert (found.status, found.err.count("\n")) == (2, 1)
    assert "--known-deviations is for one environment; leave --python out" in found.err
