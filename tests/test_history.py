"""`poolproof history`: which clause of which implementation changed at which version."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance import cli
from conformance.report.chronicle import chronicle, spans
from conformance.report.forms import render_json
from conformance.report.history import render_history
from conformance.verdict import Json, Verdict
from tests.report_sample import CONTROL, HOSTILE, as_read, hostile, implementation, run, verdicts
from tests.test_report_page import Reader
from tests.wide_sample import versions


def result(day: int, version: str, **changed: Verdict) -> Json:
    """Return what was judged of one version on a day."""
    named = {name.replace("_", "."): verdict for name, verdict in changed.items()}
    found = as_read(run(implementation("engine", verdicts(named))))
    found["implementations"][0]["versions"] = {"engine": version}
    return found | {"started": f"2026-01-{day:02}T12:00:00+00:00"}


THREE = {
    "c.json": result(3, "1.2"),
    "a.json": result(1, "1.0", grad_ties=Verdict.FAIL),
    "b.json": result(2, "1.1", grad_ties=Verdict.CRASH, shape_floor=Verdict.HANG),
}


def test_changes_stand_at_the_version_that_brought_them() -> None:
    (course,) = chronicle(THREE)
    assert [point.file for point in course.points] == ["a.json", "b.json", "c.json"]
    told = [
        (step.number, step.point.versions, turn.clause, turn.before, turn.after, turn.kind)
        for step in course.steps
        for turn in step.turns
    ]
    assert told == [
        (2, "engine 1.1", "shape.floor", "pass", "hang", "worse"),
        (2, "engine 1.1", "grad.ties", "fail", "crash", "other"),
        (3, "engine 1.2", "shape.floor", "hang", "pass", "better"),
        (3, "engine 1.2", "grad.ties", "crash", "pass", "better"),
    ]
    assert course.steps[0].unlike == ("engine 1.0 → engine 1.1",)
    assert course.changed["grad.ties"] == ("fail", "crash", "pass")


def test_another_tier_is_said_where_verdicts_change() -> None:
    (course,) = chronicle({"a": THREE["a.json"], "c": THREE["c.json"] | {"tier": "smoke"}})
    assert "tier default" in course.steps[0].unlike[1]
    assert "tier smoke" in course.steps[0].unlike[1]


def test_a_clause_that_came_later_was_not_there() -> None:
    early = result(1, "1.0")
    early["specification"]["clauses"].pop()
    del early["implementations"][0]["clauses"]["pure.threads"]
    (course,) = chronicle({"a": early, "b": result(2, "1.0")})
    (turn,) = course.steps[0].turns
    assert (turn.clause, turn.before, turn.after) == ("pure.threads", "not there", "pass")


def test_stretches() -> None:
    assert spans("aabccc") == [(0, 2, "a"), (2, 1, "b"), (3, 3, "c")]
    assert spans("") == []


def test_the_page_draws_every_stretch_and_says_it() -> None:
    page = render_history(chronicle(THREE), 3)
    assert 'aria-label="1 fail, 2 crash, 3 pass"' in page
    assert 'aria-label="1 pass, 2 hang, 3 pass"' in page
    assert '<rect class="crash" x="240.0" y="0" width="240.0" height="16">' in page
    assert "last changed at 2026-01-03T12:00:00+00:00" in page
    html = Reader(page)
    assert html.open == []
    assert set(html.ids.values()) == {1}
    assert {link[1:] for link in html.links} <= set(html.ids)
    assert html.tags["script"] == 0
    policy = next(str(value) for _, value in html.attributes if "default-src" in str(value))
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy


def test_two_hundred_results_make_a_small_page() -> None:
    results = {f"{k:03}.json": one for k, one in enumerate(versions())}
    courses = chronicle(results)
    assert [len(course.points) for course in courses] == [200, 200]
    page = render_history(courses, len(results))
    assert len(page) < 200_000
    assert "nothing changed in 200 results" in page


def test_hostile_text_stays_text_in_the_history() -> None:
    judged = as_read(run(hostile(HOSTILE)))
    judged["implementations"][0]["versions"] = {HOSTILE: "\x1b[2J"}
    page = render_history(chronicle({"</title>\u202e.json": judged}), 1)
    assert HOSTILE not in page
    assert not CONTROL.search(page)


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "results"
    (place / "old").mkdir(parents=True)
    for name, values in THREE.items():
        where = place / "old" if name == "a.json" else place
        (where / name).write_text(render_json(values), "utf-8")
    return place


def test_the_command_writes_a_page_or_prints(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["history", str(folder), "--html", str(tmp_path / "page.html")]) == 0
    assert "<h1>Poolproof: history</h1>" in (tmp_path / "page.html").read_text("utf-8")
    assert capsys.readouterr().out == ""
    assert cli.main(["history", str(folder)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("engine: 3 results; now 0 broken, 80 kept, 0 not judged\n")
    assert "  2026-01-02T12:00:00+00:00  engine 1.1  (b.json)\n" in text
    assert "    grad.ties: fail → crash\n" in text


def test_a_folder_of_reports_is_a_folder_of_results(folder: Path, tmp_path: Path) -> None:
    assert cli.main(["report", str(folder / "c.json"), "--out", str(tmp_path / "one")]) == 0
    assert cli.main(["history", str(tmp_path / "one")]) == 0


def test_a_bad_file_among_them_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    page.write_text("earlier", "utf-8")
    (folder / "b.json").write_text('{"format": 1', "utf-8")
    assert cli.main(["history", str(folder), "--html", str(page)]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(r"poolproof: \S*b\.json: not JSON, or cut off: .* column 13\n", said)
    assert page.read_text("utf-8") == "earlier"


@pytest.mark.parametrize(
    ("place", "said"), [("absent", "there is no such folder"), (".", "no file in it ends in .json")]
)
def test_a_folder_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, said: str
) -> None:
    assert cli.main(["history", str(tmp_path / place)]) == 2
    assert said in capsys.readouterr().err
