"""`poolproof reproduce`: fixed, still failing or changed, told as `poolproof run` tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.commands import replay
from conformance.findings import blank_finding
from conformance.registry import find
from conformance.standing import violates
from conformance.verdict import Json, Verdict
from conformance.zoo.naming import records_of
from tests.judging import poolproof
from tests.report_sample import crashing, run, sample, silent

CLAUSE = "pad.never-wins"
SOURCE = (
    "from conformance.zoo import member\nfrom conformance.zoo.sound import Sound\n\npool = {}\n"
)
BAD = "member('zero-padding-wins')"


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of an implementation whose finding is in the store."""
    monkeypatch.setattr(replay, "store", lambda: tmp_path / "store")
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.format(BAD), "utf-8")
    target = find(f"{file}:pool")
    record = records_of(target, "smoke", 0, makes_small=True, only=[CLAUSE])[0]
    like = {
        "bug": "zero-padding-wins",
        "title": "Zero wins.",
        "citation": "",
        "url": "",
        "agreeing": 4,
        "failing": 4,
    }
    found = record["finding"] | {"behaves_like": [like], "also": ["infinity.minus"]}
    replay.keep_finding(found, target.address, "smoke", 0)
    return file


def test_what_is_still_wrong_is_told_as_the_run_told_it(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stored.exists()
    assert replay.reproduce(f"pool/{CLAUSE}") == 1
    said = capsys.readouterr().out
    assert said.startswith(f"still failing:\nFAIL {CLAUSE}   A padded position never supplies")
    assert "  like      zero-padding-wins: same answers on 4 of 4 failing cases\n" in said
    assert "  also      breaks 1 other clause through the same cause: infinity.minus\n" in said
    assert f"  again     poolproof reproduce pool/{CLAUSE}\n" in said


def test_how_it_stands_is_told_again_of_the_same_answer_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "store", lambda: tmp_path)
    assert replay.keep(run(silent())) == ""
    record = replay.recall("quiet/nan.anywhere")
    assert record["standing"].startswith("undocumented: nan observed to be inconsistent")
    monkeypatch.setattr(replay, "replayed", lambda asked: (Verdict.FAIL, asked["finding"]))
    assert replay.reproduce("quiet/nan.anywhere") == 1
    assert "  standing  undocumented: nan observed to be incons" in capsys.readouterr().out
    other = record["finding"] | {"note": "another"}
    monkeypatch.setattr(replay, "replayed", lambda _: (Verdict.FAIL, other))
    assert replay.reproduce("quiet/nan.anywhere") == 1
    assert "standing" not in capsys.readouterr().out
    monkeypatch.setattr(replay, "replayed", lambda _: (Verdict.CRASH, other))
    assert replay.reproduce("quiet/nan.anywhere") == 1
    assert "standing" not in capsys.readouterr().out


def test_how_a_process_ended_stands_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "store", lambda: tmp_path)
    ended = crashing()
    clauses = dict(ended.clauses)
    clauses["error.kernel"] = replace(clauses["error.kernel"], standing=violates((), declares=True))
    replay.keep(run(replace(ended, clauses=clauses)))
    found = ended.findings[0]
    monkeypatch.setattr(replay, "replayed", lambda asked: (Verdict.CRASH, asked["finding"]))
    assert replay.reproduce(found.id) == 1
    assert (
        "  standing  violates the specification, and no difference that" in capsys.readouterr().out
    )


def test_what_shows_only_after_other_calls_is_not_called_fixed(tmp_path: Path) -> None:
    asked = ("run", "tests.subjects.remembering", "--tier=smoke", "-n=1")
    judged = poolproof(*asked, f"--json={tmp_path / 'report.json'}", folder=tmp_path)
    assert judged.status == 1
    (one,) = judged.report["implementations"]
    found = next(one for one in one["findings"] if one["case"].count(":") == 0)
    again = poolproof("reproduce", found["id"], folder=tmp_path)
    assert again.status == 1, again.out
    assert again.out.startswith(("still failing:", "changed:"))


def test_what_was_mended_is_fixed(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored.write_text(SOURCE.format("Sound()"), "utf-8")
    assert replay.reproduce(f"pool/{CLAUSE}") == 0
    assert capsys.readouterr().out.startswith(f"fixed: {CLAUSE} holds on the case ")


def test_another_wrong_answer_is_a_change(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = SOURCE.format("Bad()").replace("\npool", PLUS_FIVE)
    stored.write_text(source, "utf-8")
    assert replay.reproduce(f"pool/{CLAUSE}") == 1
    said = capsys.readouterr().out
    assert said.startswith("changed:\nit was [[[[0.0]]]] before\n")
    assert "like" not in said


PLUS_FIVE = """

class Bad(Sound):
    def _value(self, values, winners, windows):
        return super()._value(values, winners, windows) + 5


pool"""


def test_a_process_that_dies_now_and_did_not_before_is_a_change(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored.write_text(f"import os\n{SOURCE.format('Bad()')}".replace("\npool", ABORTS), "utf-8")
    assert replay.reproduce(f"pool/{CLAUSE}") == 1
    said = capsys.readouterr().out
    assert said.startswith("changed:\nCRASH pad.never-wins")
    assert "the process died: SIGABRT" in said


ABORTS = """

class Bad(Sound):
    def forward(self, x, pool):
        os.abort()


pool"""


def test_a_stored_script_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "store", lambda: tmp_path / "store")
    found: Json = blank_finding("mine", CLAUSE, "test_it", "a.case", "a call")
    replay.keep_finding(found | {"script": "print(1)\n"}, "mine.py", "smoke", 0)
    assert replay.show_script(f"mine/{CLAUSE}") == 0
    assert capsys.readouterr().out == "print(1)\n"
    replay.keep_finding(found | {"no_script": "it is large"}, "mine.py", "smoke", 0)
    assert replay.show_script(f"mine/{CLAUSE}") == 2
    assert capsys.readouterr().err == f"poolproof: mine/{CLAUSE} has no script: it is large\n"
    assert replay.show_script("mine/pad.sides") == 2


def test_findings_that_cannot_be_stored_are_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setattr(replay, "store", lambda: tmp_path / "file" / "findings")
    told = replay.keep(sample())
    assert told.startswith("the findings are not stored for `poolproof reproduce`: ")
    monkeypatch.setattr(replay, "store", lambda: tmp_path / "findings")
    assert replay.keep(sample()) == ""
    assert replay.keep(sample()) == "", "those of an earlier run make room"


NONE = "is stored: none was found when it was judged last, or it was not judged"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("mine/pad.side", "mine has no stored finding on 'pad.side'; it has some on pad.sides"),
        ("mine/x", "mine has no stored finding on 'x'; it has some on pad.never-wins, pad.sides"),
        ("mime/pad.sides", f"no finding of 'mime' {NONE}; there are some of mine"),
        ("zzz/pad.sides", f"no finding of 'zzz' {NONE}"),
    ],
)
def test_a_finding_that_is_not_stored_is_told_from_one_that_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    told: str,
) -> None:
    monkeypatch.setattr(replay, "store", lambda: tmp_path / "store")
    for clause in (CLAUSE, "pad.sides"):
        found = blank_finding("mine", clause, "test_it", "a.case", "a call")
        replay.keep_finding(found, "mine.py", "smoke", 0)
    assert replay.reproduce(asked) == 2
    assert capsys.readouterr().err == f"poolproof: {told}\n"
