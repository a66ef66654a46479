"""docs/field.py says what cannot be done, tells versions, and writes the page of all results."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.report.markdown import MORE

DOCS = Path(__file__).parent.parent / "docs"
Field = Mapping[str, Any]


@pytest.fixture(scope="module")
def field() -> Field:
    """Return what docs/field.py holds."""
    found: Field = runpy.run_path(str(DOCS / "field.py"))["main"].__globals__
    return found


@pytest.fixture
def untouched(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """Return docs/field.py in an empty folder; nothing may be judged, measured or written."""
    monkeypatch.chdir(tmp_path)
    for name in ("judge", "measure"):
        monkeypatch.delitem(field, name)
    yield field
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--judge", "im2col", "torhc"), "no implementation is called 'torhc'; did you mean torch"),
        (("--judge", "im2col", "--tier=smok"), "no tier is called 'smok'; did you mean smoke?"),
        (
            ("--html=page.html", "--tier=smok"),
            "no tier of the stored results is called 'smok'; did you mean smoke?",
        ),
        (("--html=no/such/page.html",), "the report cannot be written to 'no/such/page.html'"),
        (
            ("--judge", "im2col", "--python=no/python"),
            "--python no/python: it cannot be started: No such file or directory; name an interp",
        ),
        (("--measure", "--python=/bin/true"), "--python /bin/true: it is no Python; name an inter"),
        (("--measure", "--python=/bin/echo"), "--python /bin/echo: it is no Python; name an inter"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    untouched: Field, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    assert untouched["main"](options) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(said)


def test_a_run_that_came_to_nothing_costs_nothing(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(field, "DOCS", tmp_path)
    monkeypatch.setitem(field, "COSTS", tmp_path / "field.json")
    assert field["main"](["--judge", "im2col"]) == 1  # as there is no folder for the result
    assert "create it first" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_a_tier_is_that_of_poolproof_report(field: Field, tmp_path: Path) -> None:
    groups = field["groups"](field["results"]())
    for options, file in (
        ((), "compatibility"),
        (("--tier=brief",), "compatibility-brief"),
    ):
        path = tmp_path / f"{file}.html"
        assert field["main"]([f"--html={path}", *options]) == 0
        assert path.read_text("utf-8") == field["FORMS"]["html"](groups[file])


def test_a_page_that_leaves_something_out_says_how_to_get_it(field: Field) -> None:
    groups = field["groups"](field["results"]())
    assert MORE in field["FORMS"]["markdown"](groups["compatibility"])
    for file in groups:
        assert MORE not in (DOCS / f"{file}.md").read_text("utf-8")
    cut = "More is broken than fits here; `python docs/field.py --html page.html"
    assert f"{cut}` writes the page" in (DOCS / "compatibility.md").read_text("utf-8")
    large = groups["compatibility"] | {"tier": "smoke"}
    for number in ("", "-2"):
        said = field["table"](f"compatibility-smoke{number}", large)
        assert f"{cut} --tier smoke{number}` writes the page" in said


def test_the_field_tells_versions_and_dates(field: Field) -> None:
    rows = {}
    for line in (DOCS / "field.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[cells[0]] = cells[1:3]
    assert rows["implementation"] == ["version", "judged on"]
    for result in field["results"]():
        (one,) = result["implementations"]
        told, date = rows[one["name"]]
        assert result["started"].startswith(date)
        assert told in {*one["versions"].values(), result["environment"]["scipy"], ""}
        assert bool(told) == bool(one["versions"] or one["name"] == "scipy")
    keras = {"implementations": [{"name": "keras-jax", "versions": {"keras": "3", "jax": "0"}}]}
    assert field["version"](keras | {"environment": {}}) == "3"
