"""`poolproof report`: every report again from result files, put together or refused."""

from __future__ import annotations

import copy
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance import cli
from conformance.report.badge import render_badge, render_badge_svg
from conformance.report.consistency import contradiction
from conformance.report.forms import FILES, FORMS, render_json
from conformance.report.markdown import INVISIBLE, render_markdown
from conformance.report.merging import MergeError, merged, only, runs_of
from conformance.report.page import render_page
from conformance.report.reading import read_result, schema
from conformance.verdict import ImplementationResult, Json, Verdict
from tests.report_sample import (
    CONTROL,
    HOSTILE,
    as_read,
    crashing,
    failing,
    hostile,
    implementation,
    parsed,
    run,
    sample,
    verdicts,
)
from tests.wide_sample import wide


@pytest.fixture
def read() -> Json:
    return as_read(sample())


def shard(*judged: ImplementationResult, started: str = "2026-11-22T15:30:00+00:00") -> Json:
    """Return a result of these implementations that was started at this time."""
    return as_read(run(*judged)) | {"started": started}


def passing(name: str) -> ImplementationResult:
    return implementation(name, verdicts({}))


def write(folder: Path, name: str, values: Json) -> str:
    path = folder / name
    path.write_text(render_json(values), "utf-8")
    return str(path)


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


# The forms


def test_the_summary_says_who_conforms_and_what_is_broken(read: Json) -> None:
    text = render_markdown(read)
    assert text.startswith("## Poolproof: 2 of 6 implementations conform\n")
    assert "| **CONFORMS** | im2col | extended | 45/45 | 35/35 | 0 | 0 | 0 |" in text
    assert "<summary>strided-window: what is broken (7)</summary>" in text
    row = "| fail | pad.never-wins | A padded position never supplies the maximum. |"
    assert f"{row} the padded position won |  |" in text
    assert "specification 1.0 · tier default · seed 0" in text
    assert "Not installed, so not judged: torch, torch-channels-last, onnxruntime." in text


def test_the_summary_fits_into_a_comment() -> None:
    text = render_markdown(wide(1))
    assert len(text) < 65_536
    assert "More is broken than fits here; the page has all of it." in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x>", r"&lt;img src=x>"),
        ("a|b`c`", r"a\|b\`c\`"),
        ("@everyone #1", f"@{INVISIBLE}everyone #{INVISIBLE}1"),
        ("www.evil.example https://evil", r"www\.evil.example https\://evil"),
        ("&lt;\x1b[2J\n# x", rf"&amp;lt;\\x1b\[2J\\n#{INVISIBLE} x"),
    ],
)
def test_hostile_text_stays_text_in_the_summary(name: str, shown: str) -> None:
    text = render_markdown(as_read(run(hostile(name))))
    assert f"| **FAILS** | {shown} |" in text
    assert not CONTROL.search(text)
    (summary,) = re.findall(r"<summary>(.*)</summary>", text)
    assert not re.search(r"[<>]|@(?!&#8203;)", summary)


@pytest.mark.parametrize(
    ("judged", "message", "colour"),
    [
        ((), "nothing judged", "lightgrey"),
        ((passing("a"),), "conforms, level extended", "brightgreen"),
        ((passing("a"), passing("b")), "2 of 2 conform", "brightgreen"),
        ((passing("a"), failing()), "1 of 2 conform", "red"),
        ((failing(),), "breaks 7 of 79 clauses", "red"),
        (
            (implementation("a", verdicts({"grad.ties": Verdict.NOT_RUN}, "why")),),
            "incomplete",
            "orange",
        ),
    ],
)
def test_a_badge(judged: tuple[ImplementationResult, ...], message: str, colour: str) -> None:
    result = as_read(run(*judged))
    badge = {"schemaVersion": 1, "label": "poolproof", "message": message, "color": colour}
    assert json.loads(render_badge(result)) == badge
    drawn = parsed(render_badge_svg(result))
    assert drawn.get("aria-label") == f"poolproof: {message}"
    assert "http" not in render_badge_svg(result).replace("http://www.w3.org/2000/svg", "")


# Several files


def test_shards_are_put_together() -> None:
    one = shard(passing("a"), passing("b"), started="2026-11-22T16:00:00+00:00")
    other = shard(passing("c"))
    other["environment"] = other["environment"] | {"platform": "Darwin arm64"}
    other["not_installed"] = {"a": "pip install a", "d": "pip install d"}
    whole = merged({"one.json": one, "other.json": other})
    assert [each["name"] for each in whole["implementations"]] == ["a", "b", "c"]
    assert whole["started"] == other["started"]
    assert whole["seconds"] == one["seconds"] + other["seconds"]
    assert whole["environment"] == {"python": "3.11.9", "numpy": "2.4.6"}
    assert "a" not in whole["not_installed"]
    assert whole["not_installed"]["d"] == "pip install d"
    assert [run["implementations"] for run in whole["runs"]] == [["c"], ["a", "b"]]
    assert whole["runs"][0]["environment"]["platform"] == "Darwin arm64"
    assert jsonschema_rs.is_valid(schema(), whole)
    assert contradiction(whole) == ""
    html = render_page(whole)
    assert "Run 1 of 2" in html
    assert "<div><dt>platform</dt><dd>Darwin arm64</dd></div>" in html


def test_one_file_is_what_it_was(read: Json) -> None:
    assert merged({"result.json": read}) is read


def test_what_is_put_together_can_be_put_together_again() -> None:
    parts = {name: shard(passing(name), started=f"2026-11-2{name}T00:00:00Z") for name in "123"}
    pair = merged({name: parts[name] for name in "12"})
    assert merged({"12": pair, "3": parts["3"]}) == merged(parts)
    assert merged({"12": pair, "1": parts["1"]})["runs"] == pair["runs"]
    alone = only(pair, ["2"])
    assert [run["implementations"] for run in runs_of(alone)] == [["2"]]
    assert contradiction(alone) == ""


def test_the_same_account_twice_counts_once() -> None:
    later = shard(failing(), started="2026-11-23T00:00:00+00:00")
    later["implementations"][0]["seconds"] = 99.0
    whole = merged({"one.json": shard(failing()), "other.json": later})
    assert len(whole["implementations"]) == 1
    assert len(whole["runs"]) == 2


def altered(path: tuple[str | int, ...], value: object) -> Callable[[Json], None]:
    """Return a function that changes one place of a result."""

    def change(values: Json) -> None:
        at: Any = values
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


HINT = "than in one.json; judge one of them as NAME=..., or compare them with poolproof diff"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("tier",), "smoke", "its tier is smoke, default in one.json"),
        (("seed",), 7, "its seed is 7, 0 in one.json"),
        (("poolproof",), "0.2.0", "its version of Poolproof is 0.2.0, 0.1.0 in one.json"),
        (("case_set",), "ffffffff", "its case set is ffffffff, 0123abcd in one.json"),
        (("specification", "version"), "2.0", "its specification is 2.0, 1.0 in one.json"),
        (
            ("specification", "clauses", 3, "sentence"),
            "Another.",
            "the clauses of its specification are not those of one.json",
        ),
        (
            ("implementations", 0, "clauses", "grad.ties", "cases"),
            1,
            f"strided-window has another clauses grad.ties cases {HINT}",
        ),
        (
            ("implementations", 0, "versions"),
            {},
            f"strided-window has another versions numpy {HINT}",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(
    path: tuple[str | int, ...], value: object, said: str
) -> None:
    one, other = shard(failing()), shard(failing())
    altered(path, value)(other)
    with pytest.raises(MergeError) as caught:
        merged({"one.json": one, "other.json": other})
    assert str(caught.value) == f"other.json does not belong with the others: {said}"


def test_a_refused_merge_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        write(tmp_path, "a.json", shard(passing("a"))),
        write(tmp_path, "b.json", shard(passing("b")) | {"tier": "smoke"}),
    ]
    page = tmp_path / "page.html"
    page.write_text("earlier", "utf-8")
    assert cli.main(["report", *files, "--html", str(page)]) == 2
    assert page.read_text("utf-8") == "earlier"
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"poolproof: \S*b\.json does not belong .*a\.json\n", said.err)


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
