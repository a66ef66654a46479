"""The command line: what it prints and writes, and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from conformance import cli
from conformance.clauses import clauses, features
from conformance.verdict import Json
from implementations import SHIPPED
from tests.judging import CHECKOUT, Run, judged, poolproof

RIGHT, WRONG = "tests.subjects.hostile:right", "tests.subjects.results:y_garbage"
MARKED = "[bold red]x[]<script>alert(1)<"
"""A name that is markup in a terminal and in a page."""
COMMANDS = cli.parser().commands
FILE = """
import numpy as np
from conformance.zoo.sound import Sound

class Pool(Sound):
    claims = frozenset()

    def forward(self, x, pool):
        y, saved = super().forward(x, pool)
        return {answer}, saved
"""


def called(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Call the command line in this process; return its status and what it printed."""
    try:
        status = cli.main(arguments)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def lasting(report: Json) -> Any:  # noqa: ANN401 - JSON
    """Return a report without what differs from run to run: times, processes, what they share."""
    if isinstance(report, dict):
        gone = {"seconds", "started", "workers", "windows"}
        return {key: lasting(value) for key, value in report.items() if key not in gone}
    return [lasting(one) for one in report] if isinstance(report, list) else report


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Judge a right and a wrong implementation, and write every kind of report."""
    folder = tmp_path_factory.mktemp("run")
    options = (f"--html={folder / 'page.html'}", f"--junit={folder / 'junit.xml'}")
    return judged(RIGHT, WRONG, f"{MARKED}={WRONG}", folder=folder, options=options), folder


# Explaining and listing


@pytest.mark.parametrize("name", ["pad.never-wins", "grad.low-precision", "value.maximum"])
def test_a_clause_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = called("explain", name, capsys=capsys)
    words = " ".join(out.split())
    one = clauses()[name]
    assert (status, err) == (0, "")
    assert words.startswith(f"{name} {one.level}")
    assert one.sentence in words
    assert one.why in words
    assert one.differs in words
    assert ("Needs gradient, overlap, bfloat16 or float16" in words) == (name[:8] == "grad.low")


def test_every_clause_is_listed_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = called("explain", capsys=capsys)
    assert (status, err) == (0, "")
    words = " ".join(out.split())
    for name, one in clauses().items():
        assert f"{name} {one.level} {one.sentence}" in words


def test_an_unknown_clause_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = called("explain", "pad.never-win", capsys=capsys)
    assert (status, out) == (2, "")
    assert err.startswith("poolproof: no clause is called 'pad.never-win'; did you mean pad.never-")
    assert err.count("\n") == 1


def test_what_can_be_judged_is_listed(tmp_path: Path) -> None:
    run = poolproof("list", folder=tmp_path, environment={"COLUMNS": "400"})
    assert (run.status, run.err) == (0, "")
    heads = {line.split()[0]: line for line in run.out.splitlines() if line[:1].strip()}
    assert set(SHIPPED) <= heads.keys()
    for name, head in heads.items():
        kinds = ("   implementations.", "not installed: pip install", "only when it is named")
        assert any(kind in head for kind in kinds), name
    said = {name: run.out.partition(head)[2] for name, head in heads.items()}
    assert heads["im2col"].split() == ["im2col", "implementations.im2col"]
    assert said["im2col"].lstrip().startswith("claims all 25 features")
    reshape = said["reshape"].lstrip().splitlines()
    assert "same-lower" not in reshape[0]
    assert "rank-3" in reshape[0]
    assert reshape[1].strip() == "dialect nan-index=first signed-zero=first"


def test_no_line_of_the_list_ends_in_blanks(tmp_path: Path) -> None:
    run = poolproof("list", folder=tmp_path, environment={"COLUMNS": "40"})
    rest = [line for line in run.out.splitlines() if line.startswith(" ")]
    assert max(map(len, rest)) <= 40
    assert [line for line in run.out.splitlines() if line != line.rstrip()] == []


# Misspelt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("runn", "im2col"), "did you mean run"),
        (("explian",), "did you mean explain"),
        (("run", "--teir", "smoke"), "did you mean --tier"),
        (("run", "im2col", "--tier=smok"), "did you mean smoke"),
        (("run", "--jsn", "a.json"), "did you mean --json"),
        (("run", "--tie", "smoke"), "did you mean --tier"),
        (("run", "--call-limits=3"), "did you mean --call-limit"),
        (("run", "--zzzzzz"), "unrecognized arguments: --zzzzzz; see poolproof run --help"),
        (("list", "--foo"), "unrecognized arguments: --foo; see poolproof list --help"),
        (("list", "--jsno", "x"), "see poolproof list --help"),
        (("list", "--hepl"), "did you mean --help?"),
        (("diff", "a", "b", "--fromat=json"), "did you mean --format?"),
        (("report",), "the following arguments are required: RESULT.json; see poolproof report -"),
        ((), "COMMAND"),
        (("run", "--seed=-1"), "a seed is a whole number from 0 to 2**63 - 1, got '-1'"),
        (("run", "--seed=one"), "a seed is a whole number from 0 to 2**63 - 1, got 'one'"),
        (("run", "--seed=9223372036854775808"), "a seed is a whole number"),
        (("run", "--seed=\N{SUPERSCRIPT TWO}"), "a seed is a whole number"),
        (("run", "-n0"), "workers are 1 to 256, or auto; got '0'"),
        (("run", "-n", "many"), "workers are 1 to 256, or auto; got 'many'"),
        (("run", "--call-limit=0"), "a limit is a number of seconds above 0, got '0'"),
        (("run", "--call-limit=nan"), "a limit is a number of seconds above 0"),
        (("run", "--call-limit=soon"), "a limit is a number of seconds above 0"),
        (("run", "-n", "9" * 20), "workers are 1 to 256, or auto"),
        (("run", "im2col", "--json="), "a file or folder is expected, and its name is empty"),
        (("run", "."), ".: it is a folder; name a Python file in it"),
        (("run", ".module"), ".module: a module is named in full, as package.module"),
        (("run", ":forward"), ":forward: a module is named in full"),
        (("run", "im2cal"), "did you mean im2col"),
        (("run", "absent.py"), "absent.py: there is no such file"),
        (("run", "im2col", "no.such.module"), "no.such.module cannot be imported"),
        (("run", "im2col", "--json=absent/report.json"), "there is no folder"),
        (("run", "im2col", "--html=."), "it is a folder"),
        (("reproduce", "no/such"), "no finding of 'no' is stored"),
    ],
)
def test_what_is_unusable_is_said_in_one_line(
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    status, out, err = called(*arguments, capsys=capsys)
    assert (status, out) == (2, "")
    assert err.startswith("poolproof: ")
    assert err.count("\n") == 1
    assert message in err


def test_no_columns_are_columns_that_are_not_known(tmp_path: Path) -> None:
    told = poolproof("explain", "value.maximum", folder=tmp_path, environment={"COLUMNS": "0"})
    assert "value.maximum" in told.out


def test_all_that_cannot_be_judged_are_named_and_nobody_is_judged(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def forward(x:\n", "utf-8")
    (tmp_path / "empty.py").write_text("", "utf-8")
    run = judged("im2col", str(tmp_path / "broken.py"), str(tmp_path / "empty.py"), folder=tmp_path)
    assert (run.status, run.out, run.report) == (2, "", {})
    first, second = run.err.splitlines()
    assert first.startswith("poolproof: broken: ")
    assert "SyntaxError" in first
    assert second == "poolproof: empty: has no callable 'forward'"


def test_a_report_that_cannot_be_written_is_noticed_before_anybody_is_imported(
    tmp_path: Path,
) -> None:
    source = f"open({str(tmp_path / 'imported')!r}, 'w')\ndef forward(x, pool): ...\n"
    (tmp_path / "mine.py").write_text(source, "utf-8")
    run = judged(str(tmp_path / "mine.py"), folder=tmp_path, options=("--junit=/no/such/folder/x",))
    assert (run.status, run.out) == (2, "")
    assert "the report cannot be written to '/no/such/folder/x'" in run.err
    assert not (tmp_path / "imported").exists()


def test_the_version_and_the_help_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("--version", capsys=capsys) == (0, f"{metadata.version('poolproof')}\n", "")
    status, out, err = called("run", "--help", capsys=capsys)
    assert (status, err) == (0, "")
    for option in ("--tier", "--seed", "--call-limit", "--json", "--html", "--junit", "--workers"):
        assert option in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_has_a_help(name: str) -> None:
    for action in COMMANDS[name]._actions:  # noqa: SLF001 - argparse has no public way to ask
        assert action.help, action.dest


def test_who_has_not_installed_it_is_told_how(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(os, "dup2", lambda *_given: None)
    assert cli.main(["list"]) == 2
    said = capfd.readouterr().err
    assert "pip install ." in said
    assert len(said.splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m conformance.cli explain | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(  # noqa: S603 - a command of this file
        ["/bin/bash", "-c", command], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")


# Judging


def test_one_that_does_not_conform_is_status_1(run: tuple[Run, Path]) -> None:
    one, _ = run
    assert (one.status, one.err) == (1, "")
    conforms = {who["name"]: who["conforms"] for who in one.report["implementations"]}
    assert conforms == {"right": True, "y_garbage": False, MARKED: False}
    assert "CONFORMS" in one.out
    assert "FAIL" in one.out
    assert "poolproof explain" in one.out or "poolproof reproduce" in one.out


def test_the_json_is_valid_and_complete(run: tuple[Run, Path]) -> None:
    one, _ = run
    schema = resources.files("conformance.report").joinpath("report.schema.json")
    jsonschema.validate(one.report, json.loads(schema.read_text("utf-8")))
    assert (one.report["tier"], one.report["seed"], one.report["workers"]) == ("smoke", 0, 2)
    for who in one.report["implementations"]:
        assert list(who["clauses"]) == list(clauses())
        unclaimed = [name for name, one in who["clauses"].items() if one["verdict"] == "unclaimed"]
        assert unclaimed == [name for name, one in clauses().items() if not one.judgeable(())]
    assert set(one.report["environment"]) >= {"python", "numpy", "pytest", "platform"}


def test_a_finding_can_be_acted_on(run: tuple[Run, Path]) -> None:
    one, _ = run
    (who,) = (who for who in one.report["implementations"] if who["name"] == "y_garbage")
    everything = (*who["findings"], *who["covered"])
    (found,) = (found for found in everything if found["clause"] == "value.maximum")
    assert found["id"] == "y_garbage/value.maximum"
    assert found["sentence"] == clauses()["value.maximum"].sentence
    assert found["arguments"][0]["shape"] == [1, 1, 1, 1]
    assert found["got"]["data"] == [[[["NaN"]]]]
    assert found["expected"]["data"] == found["arguments"][0]["data"]
    assert 0 < found["failing_cases"] <= found["judged_cases"]
    assert "value.maximum" in one.out


def test_every_report_is_written_and_markup_is_text(run: tuple[Run, Path]) -> None:
    one, folder = run
    page = (folder / "page.html").read_text("utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    tests = ET.parse(folder / "junit.xml").getroot()  # noqa: S314 - written a moment ago
    assert int(tests.get("failures", "0")) > 0
    assert MARKED in one.out
    assert not list(folder.glob(".poolproof-*"))


def test_verdicts_depend_neither_on_workers_nor_on_the_seed(
    run: tuple[Run, Path], tmp_path: Path
) -> None:
    one, _ = run
    alone = judged(RIGHT, WRONG, f"{MARKED}={WRONG}", folder=tmp_path, options=("-n=1",))
    assert alone.report["workers"] == 1
    assert lasting(alone.report) == lasting(one.report)
    seeded = judged(RIGHT, WRONG, folder=tmp_path, options=("--seed=7",))
    assert seeded.report["seed"] == 7
    for name in ("right", "y_garbage"):
        assert seeded.verdicts(name, but="") == one.verdicts(name, but="")


def test_nothing_of_the_users_own_pytest_takes_part(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", "utf-8")
    (tmp_path / "conftest.py").write_text("1 / 0\n", "utf-8")
    environment = {
        "PYTEST_ADDOPTS": "--no-such-option",
        "PYTEST_PLUGINS": "no_such_plugin",
        "PYTHONPATH": str(CHECKOUT),
    }
    arguments = ("run", RIGHT, "--tier=smoke", f"--json={tmp_path / 'report.json'}")
    run = poolproof(*arguments, folder=tmp_path, at=tmp_path, environment=environment)
    assert (run.status, run.err) == (0, "")
    assert run.report["implementations"][0]["conforms"]


# Again


def test_a_finding_is_reproduced_until_it_is_fixed(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(answer="np.zeros_like(y)"), "utf-8")
    first = judged(f"{file}:Pool", folder=tmp_path)
    assert first.status == 1
    assert first.broken("Pool")["value.maximum"] == "fail"
    finding = ("reproduce", "Pool/value.maximum")
    again = poolproof(*finding, folder=tmp_path)
    assert (again.status, again.err) == (1, "")
    assert again.out.startswith("still failing:\nFAIL value.maximum ")
    misspelt = poolproof("reproduce", "Pool/value.maximal", folder=tmp_path)
    assert (misspelt.status, misspelt.out) == (2, "")
    assert "it has some on value.maximum" in misspelt.err
    file.write_text(FILE.format(answer="y * 0 - 1"), "utf-8")
    changed = poolproof(*finding, folder=tmp_path).out
    assert changed.startswith("changed:\nit was ")
    file.write_text(FILE.format(answer="y"), "utf-8")
    fixed = poolproof(*finding, folder=tmp_path)
    assert (fixed.status, fixed.out.partition(":")[0]) == (0, "fixed")
    file.write_text("import os\nos._exit(5)\n", "utf-8")
    died = poolproof(*finding, folder=tmp_path)
    assert (died.status, died.out.partition(":")[0]) == (1, "changed")
    assert "got       the process ended with exit status 5" in died.out


def test_every_feature_is_explained_by_what_needs_it() -> None:
    needed = {name for one in clauses().values() for need in one.needs for name in need}
    through_cases = {"asymmetric-padding", "unbatched", "remainder", "gaps"}
    assert features().keys() - needed <= through_cases
