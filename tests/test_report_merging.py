"""`poolproof report` of several files: put together, or refused where they do not belong."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema_rs
import pytest

from conformance import cli
from conformance.report.consistency import contradiction
from conformance.report.merging import MergeError, merged, only, runs_of
from conformance.report.page import render_page
from conformance.report.reading import schema
from conformance.verdict import ImplementationResult, Json
from tests.report_sample import as_read, failing, implementation, run, sample, verdicts
from tests.result_files import altered, write

HINT = "than in one.json; judge one of them as NAME=..., or compare them with poolproof diff"


@pytest.fixture
def read() -> Json:
    return as_read(sample())


def shard(*judged: ImplementationResult, started: str = "2026-11-22T15:30:00+00:00") -> Json:
    """Return a result of these implementations that was started at this time."""
    return as_read(run(*judged)) | {"started": started}


def passing(name: str) -> ImplementationResult:
    return implementation(name, verdicts({}))


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
