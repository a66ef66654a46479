"""`poolproof report`: every report again from a result file, and what bad input gets."""

from __future__ import annotations

import copy
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from conformance import cli
from conformance.report.forms import FILES, FORMS, render_json
from conformance.report.reading import read_result
from conformance.verdict import Json
from tests.report_sample import HOSTILE, as_read, crashing, failing, hostile, run, sample
from tests.result_files import altered, write


@pytest.fixture
def read() -> Json:
    return as_read(sample())


# Reports from one file


def test_all_reports_are_made_again(read: Json, tmp_path: Path) -> None:
    result = write(tmp_path, "result.json", read)
    assert cli.main(["report", result, "--out", str(tmp_path / "all")]) == 0
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "all").iterdir()}
    assert made == {FILES[form]: make(read) for form, make in FORMS.items()}
    assert json.loads(made["report.json"]) == read


@pytest.mark.parametrize("form", FORMS)
def test_each_report_has_an_option(read: Json, tmp_path: Path, form: str) -> None:
    result, path = write(tmp_path, "result.json", read), tmp_path / "one"
    assert cli.main(["report", result, f"--{form.replace('_', '-')}", str(path)]) == 0
    assert path.read_text("utf-8") == FORMS[form](read)
    assert sorted(tmp_path.iterdir()) == sorted([path, tmp_path / "result.json"])


def test_without_a_file_the_result_is_printed(
    read: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", write(tmp_path, "result.json", read)]) == 0
    assert "2 of 6 implementations conform" in capsys.readouterr().out


def test_one_implementation_alone(
    read: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, badge = write(tmp_path, "result.json", read), tmp_path / "badge.json"
    assert cli.main(["report", result, "--only", "im2col", "--badge", str(badge)]) == 0
    assert json.loads(badge.read_text("utf-8"))["message"] == "conforms, level extended"
    assert cli.main(["report", result, "--only", "im2cool", "--badge", str(badge)]) == 2
    said = capsys.readouterr().err
    assert "'im2cool'; did you mean im2col?" in said
    assert said.count("\n") == 1


# What bad input gets


def unusable(tmp_path: Path, text: str | bytes, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a result file with this text is refused with."""
    path, page = tmp_path / "bad.json", tmp_path / "page.html"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    page.write_text("earlier", "utf-8")
    assert cli.main(["report", str(path), "--html", str(page)]) == 2
    assert page.read_text("utf-8") == "earlier"
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith(f"poolproof: {path}: ")
    return said.err


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused_with_the_place(
    read: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: float
) -> None:
    text = render_json(read)
    said = unusable(tmp_path, text[: int(len(text) * part)], capsys)
    assert re.search(r"not JSON, or cut off: .* at line \d+, column \d+", said)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("implementations", 0, "conforms"), False, "[0]['conforms']: it is False, and its verd"),
        (("implementations", 1, "level"), "core", "[1]['level']: it is 'core', and its verdicts"),
        (("implementations", 1, "name"), "im2col", "['implementations']: 'im2col' is there twice"),
        (
            ("implementations", 1, "clauses", "nan.anywhere", "verdict"),
            "pass",
            "[1]['findings'][1]: a finding about 'nan.anywhere', whose verdict is 'pass'",
        ),
        (
            ("implementations", 1, "findings", 0, "id"),
            "x/pad.sides",
            "[1]['findings'][0]: its id is 'x/pad.sides', and it is about strided-window/pad.never",
        ),
        (
            ("implementations", 1, "findings", 0, "implementation"),
            "x",
            "[1]['findings'][0]: it is about 'x', and stands with 'strided-window'",
        ),
        (
            ("specification", "clauses", 0, "name"),
            "value.maximum",
            "['specification']['clauses']: 'value.maximum' is there twice",
        ),
        (
            ("implementations", 0, "clauses", "pad.new"),
            {"verdict": "pass", "checks": 0, "cases": 0, "seconds": 0, "reason": ""},
            "[0]['clauses']: 'pad.new' is no clause of its specification",
        ),
        (("seconds",), 1e300, "['seconds']: "),
        (("implementations", 0, "extra"), 1, "['implementations'][0]: Additional properties"),
    ],
)
def test_a_result_edited_by_hand_is_refused_with_the_place(  # noqa: PLR0913, PLR0917 - the parts
    read: Json,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: tuple[str | int, ...],
    value: object,
    said: str,
) -> None:
    altered(path, value)(read)
    assert said in unusable(tmp_path, render_json(read), capsys)


def test_an_endless_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no endless file")
    assert cli.main(["report", "/dev/zero"]) == 2
    assert "larger than 64 MiB" in capsys.readouterr().err


def test_a_report_never_replaces_what_it_is_made_from(
    read: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = write(tmp_path, "result.json", read)
    before = Path(result).read_bytes()
    assert cli.main(["report", result, "--json", result]) == 2
    assert "a report and what it is about" in capsys.readouterr().err
    assert Path(result).read_bytes() == before
    assert cli.main(["report", result, "--html", "absent/page.html"]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert cli.main(["report", result, "--out", result]) == 2
    assert "the folder for the reports cannot be made" in capsys.readouterr().err
    (tmp_path / "bad.json").write_text("{", "utf-8")
    assert cli.main(["report", str(tmp_path / "bad.json"), "--out", str(tmp_path / "new")]) == 2
    assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_the_earlier_reports(
    read: Json,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result, page = write(tmp_path, "result.json", read), tmp_path / "page.html"
    page.write_text("earlier", "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert cli.main(["report", result, "--html", str(page)]) == 2
    assert page.read_text("utf-8") == "earlier"
    assert "No space left on device" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "result.json"]


def places(values: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401
    """Return the place of every number, text and truth in a result."""
    if isinstance(values, dict):
        return [place for name, one in values.items() for place in places(one, (*at, name))]
    if isinstance(values, list):
        return [place for number, one in enumerate(values) for place in places(one, (*at, number))]
    return [at]


ODD: tuple[object, ...] = (
    "",
    "\x00",
    "\ud800",
    "x" * 5_000,
    -1,
    0,
    2**62,
    10**30,
    1e308,
    -0.5,
    True,
    None,
    [],
    {},
    [[]],
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_edited_is_reported_or_refused(seed: int, tmp_path: Path) -> None:
    whole = as_read(run(failing(), crashing(), hostile(HOSTILE)))
    findings = [p for p in places(whole) if "findings" in p]
    others = [p for p in places(whole) if "findings" not in p and "specification" not in p]
    chosen = random.Random(seed)  # noqa: S311 - not for secrets
    refused = 0
    for k in range(60):
        values = copy.deepcopy(whole)
        altered(chosen.choice(findings if k % 2 else others), chosen.choice(ODD))(values)
        path = tmp_path / "result.json"
        path.write_text(json.dumps(values), "utf-8")
        status = cli.main(["report", str(path), "--out", str(tmp_path / "out")])
        assert status in (0, 2)
        refused += status == 2
        if status == 0:
            assert read_result(tmp_path / "out" / "report.json") == read_result(path)
    assert 0 < refused < 60
