"""`poolproof diff` says what got worse, and refuses what is no result."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from conformance import cli
from conformance.report import reading
from conformance.report.difference import (
    Change,
    Difference,
    Kind,
    difference,
    difference_markdown,
    difference_text,
)
from conformance.report.reading import ResultFileError, read_result
from conformance.verdict import Json
from tests.report_sample import CONTROL, HOSTILE, as_read, sample

FAILING = "strided-window"


@pytest.fixture
def old() -> Json:
    """Return a result with every kind of verdict in it."""
    return as_read(sample())


@pytest.fixture
def new(old: Json) -> Json:
    """Return a copy of it, to be changed."""
    return copy.deepcopy(old)


def one(result: Json, name: str) -> Json:
    found: Json
    (found,) = (one for one in result["implementations"] if one["name"] == name)
    return found


def change(new: Json, name: str, clause: str, verdict: str, reason: str = "") -> None:
    one(new, name)["clauses"][clause] |= {"verdict": verdict, "reason": reason}


def changes(old: Json, new: Json) -> list[tuple[str, str, str, str, str]]:
    found = difference(old, new).changes
    return [(str(c.kind), c.implementation, c.clause, c.before, c.after) for c in found]


def test_nothing_changed(old: Json, new: Json) -> None:
    found = difference(old, new)
    assert (found.changes, found.unlike, found.regressed) == ((), (), False)
    assert difference_text(found) == "no verdict changed\n"


@pytest.mark.parametrize(
    ("name", "clause", "verdict", "kind", "regressed"),
    [
        ("im2col", "grad.ties", "fail", Kind.FAILING, True),
        ("im2col", "grad.ties", "crash", Kind.FAILING, True),
        ("im2col", "grad.ties", "unclaimed", Kind.LOST, True),
        ("im2col", "grad.ties", "not run", Kind.LOST, True),
        (FAILING, "nan.anywhere", "pass", Kind.FIXED, False),
        (FAILING, "nan.anywhere", "hang", Kind.CHANGED, False),
        (FAILING, "nan.anywhere", "unclaimed", Kind.LOST, True),
        (FAILING, "type.bfloat16", "pass", Kind.NEW, False),
        (FAILING, "type.bfloat16", "fail", Kind.FAILING, True),
    ],
)
def test_a_verdict_that_changed(  # noqa: PLR0913, PLR0917 - the parts of a row
    old: Json, new: Json, name: str, clause: str, verdict: str, kind: Kind, *, regressed: bool
) -> None:
    before = one(old, name)["clauses"][clause]["verdict"]
    change(new, name, clause, verdict, "why")
    assert changes(old, new) == [(kind, name, clause, before, verdict)]
    assert difference(old, new).regressed is regressed


def test_from_unclaimed_to_not_run_nothing_is_lost(old: Json, new: Json) -> None:
    change(new, FAILING, "type.bfloat16", "not run")
    assert changes(old, new) == []


def test_another_answer_to_the_same_question_is_a_change(old: Json, new: Json) -> None:
    found = next(f for f in one(new, FAILING)["findings"] if f["clause"] == "shape.floor")
    found["got"] = {"text": "shape (1, 1, 9, 9)", "data": None}
    (changed,) = difference(old, new).changes
    assert (changed.kind, changed.clause) == (Kind.CHANGED, "shape.floor")
    assert changed.note == "got [[[[5, 7], [13, 15], [20, 21]]]] became shape (1, 1, 9, 9)"


def test_a_finding_that_another_covers_now_has_not_changed(old: Json, new: Json) -> None:
    there = one(new, FAILING)
    there["covered"] = [f for f in there["findings"] if f["clause"] == "nan.anywhere"]
    there["findings"] = [f for f in there["findings"] if f["clause"] != "nan.anywhere"]
    assert changes(old, new) == []


def test_more_changes_than_a_comment_holds_are_counted() -> None:
    row = Change(Kind.FIXED, "x" * 70, "grad.ties", "fail", "pass", "a note " * 20)
    page = difference_markdown(Difference((row,) * 1_000, ()))
    assert len(page) < 65_000
    assert re.search(r"\n\d+ more changes do not fit here\.\n$", page)


def test_implementations_come_and_go(old: Json, new: Json) -> None:
    new["implementations"] = [i for i in new["implementations"] if i["name"] != "im2col"]
    one(new, "reshape")["name"] = "folded"
    assert changes(old, new) == [
        ("lost", "im2col", "", "conforms", "not in the new result"),
        ("lost", "reshape", "", "conforms", "not in the new result"),
        ("new", "folded", "", "not in the old result", "conforms"),
    ]


def test_a_clause_of_a_later_specification_is_new(old: Json, new: Json) -> None:
    one(new, "im2col")["clauses"]["pad.new"] = one(new, "im2col")["clauses"]["grad.ties"]
    one(old, "im2col")["clauses"].pop("grad.ties")
    here = "not in the specification"
    assert {row[2:] for row in changes(old, new)} == {
        ("pad.new", here, "pass"),
        ("grad.ties", here, "pass"),
    }


def test_in_what_the_runs_differ_is_said(old: Json, new: Json) -> None:
    new["tier"], new["environment"]["numpy"] = "smoke", "9.0"
    new["specification"]["version"] = "2.0"
    one(old, "im2col")["versions"], one(new, "im2col")["versions"] = {"a": "1"}, {"b": "2"}
    found = difference(old, new)
    assert found.unlike == (
        *("tier default and smoke", "specification 1.0 and 2.0", "numpy 2.4.6 and 9.0"),
        *("im2col: a 1 and nothing", "im2col: b nothing and 2"),
    )
    assert "the runs differ in: tier default and smoke" in difference_text(found)
    assert "- The runs differ in numpy 2.4.6 and 9.0." in difference_markdown(found)


def test_regressions_are_said_first(old: Json, new: Json) -> None:
    change(new, FAILING, "nan.anywhere", "pass")
    change(new, "reshape", "shape.floor", "fail")
    text = difference_text(difference(old, new)).splitlines()
    assert text[0] == "newly failing (1): passed, or was not judged, and is broken now"
    assert text[1] == "  reshape/shape.floor: pass → fail"
    assert text[4] == f"  {FAILING}/nan.anywhere: fail → pass"
    page = difference_markdown(difference(old, new))
    assert "2 changes, **something got worse**" in page
    assert r"| newly failing | reshape | shape.floor | pass | fail |  |" in page


def test_what_an_implementation_says_is_shown_and_never_obeyed() -> None:
    row = Change(Kind.FAILING, HOSTILE, "grad.ties", "pass", "fail", "a|b `c` **d** \x1b[2J\u202e")
    page = difference_markdown(difference_of(row))
    assert "<script>" not in page
    assert r"a\|b \`c\` \*\*d\*\* " in page
    for text in (page, difference_text(difference_of(row))):
        assert not CONTROL.search(text)


def difference_of(row: Change) -> Difference:
    return Difference((row,), ())


# The command


def write(folder: Path, name: str, values: Json) -> str:
    path = folder / name
    path.write_text(json.dumps(values), "utf-8")
    return str(path)


def test_the_command(
    old: Json, new: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(new, "im2col", "grad.ties", "fail")
    one(new, "im2col").update(conforms=False, level="none")
    files = (write(tmp_path, "old.json", old), write(tmp_path, "new.json", new))
    assert cli.main(["diff", *files]) == 1
    assert "im2col/grad.ties: pass → fail" in capsys.readouterr().out
    assert cli.main(["diff", *files, "--format=json"]) == 1
    read = json.loads(capsys.readouterr().out)
    assert read["regressed"] is True
    assert read["changes"][0]["clause"] == "grad.ties"
    assert cli.main(["diff", *reversed(files), "--format=markdown"]) == 0
    assert "nothing got worse" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON, or cut off: Expecting value at line 1, column 1"),
        ('{"poolproof": "0.1.0",', "not JSON, or cut off: .* at line 1, column 23"),
        ("[NaN]", "not JSON that a result has: NaN is no JSON number"),
        ("[1e999]", "not JSON that a result has: the number 1e999 is too large"),
        ("[" + "9" * 50 + "]", "not JSON that a result has: the number 9.* is too large"),
        ('{"a": {"b": 1, "b": 2}}', "not JSON that a result has: one object has 'b' twice"),
        ("[" * 100_000, "its values are nested too deeply"),
        (
            '{"format": 2, "poolproof": "7.0"}',
            "a result of format 2, written by Poolproof 7.0; this Poolproof .* reads format 1",
        ),
        ("[]", r"not a result of this format: the whole: \[\] is not of type .object."),
        (
            '{"poolproof": "7.0"}',
            "a result of no format, written by Poolproof 7.0; this Poolproof .* reads format 1",
        ),
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ResultFileError, match=f"result.json: {message}") as caught:
        read_result(path)
    assert "\n" not in str(caught.value)


def test_a_result_edited_by_hand_is_refused_with_the_place(old: Json, tmp_path: Path) -> None:
    change(old, "im2col", "grad.ties", "perhaps")
    message = r"\['implementations'\]\[0\]\['clauses'\]\['grad.ties'\]\['verdict'\]: .perhaps"
    with pytest.raises(ResultFileError, match=message):
        read_result(write(tmp_path, "edited.json", old))


def test_other_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')
    monkeypatch.setattr(reading, "LARGEST", 2 * 2**20)
    (tmp_path / "large.json").write_bytes(b" " * 3 * 2**20)
    for name, message in {
        "absent.json": "No such file",
        "latin.json": "utf-8",
        "large.json": "larger than 2 MiB",
        ".": "Is a directory",
    }.items():
        assert cli.main(["diff", str(tmp_path / name), str(tmp_path / name)]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert message in said.err
