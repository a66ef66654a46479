"""Whatever an implementation does, the judge stays upright and others keep their verdicts."""

from __future__ import annotations

import json
import re

import pytest

from conformance.contract import Implementation, adopt
from tests.judging import Run, judged
from tests.subjects import hostile, results

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff]")
BESIDE = "first=tests.subjects.hostile:right"
"""A right implementation, judged before and after each hostile one by the same workers."""
BRIEF = ("--tier=brief",)
"""Of each list of cases a few will do: these implementations are wrong, or right, on all."""
HARMLESS = ("noisy", "striking", "forgetting")
RAISING = ("leaving", "skipping", "unutterable", "huge", "recursing")
MEDDLING = {
    "releasing": "pure.input",
    "reshaping": "pure.input",
    "rewriting": "pure.input",
    "vanishing": "value.maximum",
}
"""What happens to the arguments or to the implementation, and the clause that tells of it."""
LOCKING = "locking"
"""Makes its input read-only; whether that is a change is not for this test to say."""
ALONE = {"interrupting": 1, "marked": 1, "closing": 0, "moving": 0}
"""Each could end the whole run, and so is judged in a run of its own; with its exit status."""

USUAL = ("pair_as_list", "y_named", "y_read_only")
"""Right results in an unusual wrapping."""
NO_ARRAY = (
    *("nothing", "only_y", "triple", "generator", "text"),
    *("y_none", "y_list", "y_scalar", "y_objects", "y_tensor", "y_pretender"),
    *("dx_none", "dx_list", "dx_objects", "index_none", "index_objects"),
)
WRONG = {
    "y_words": "result.type",
    "y_double": "result.type",
    "y_flat": "shape.planes",
    "y_short": "shape.floor",
    "y_flattering": "value.maximum",
    "y_masked": "value.maximum",
    "y_garbage": "value.maximum",
    "dx_flat": "grad.form",
    "dx_whole": "grad.form",
    "index_floats": "index.form",
    "index_short": "index.form",
    "index_negative": "index.in-window",
    "index_flattering": "index.plane",
}
"""Arrays that are no right answer, and a clause that each breaks."""


def of(module: str, *names: str) -> list[str]:
    return [f"tests.subjects.{module}:{name}" for name in names]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge the right implementation with nobody beside it."""
    return judged(BESIDE, folder=tmp_path_factory.mktemp("alone"), options=BRIEF)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge hostile implementations between two right ones."""
    names = (*HARMLESS, *RAISING, *MEDDLING, LOCKING)
    requests = (BESIDE, *of("hostile", *names), BESIDE.replace("first", "last"))
    return judged(*requests, folder=tmp_path_factory.mktemp("company"), options=BRIEF)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge implementations whose results are no right answers."""
    requests = of("results", *USUAL, *NO_ARRAY, *WRONG)
    return judged(*requests, folder=tmp_path_factory.mktemp("wrong"), options=BRIEF)


def test_the_right_one_is_right(alone: Run) -> None:
    assert alone.status == 0
    assert alone.broken("first") == {}
    assert len(alone.verdicts("first")) > 25


# Hostile calls


def test_no_verdict_of_a_neighbour_changes(alone: Run, company: Run) -> None:
    for name in ("first", "last"):
        assert company.verdicts(name, but="") == alone.verdicts("first", but="")


def test_the_suite_never_fails_itself(company: Run) -> None:
    assert company.status == 1
    assert [reason for reason in company.reasons() if "the suite itself" in reason] == []
    for name in (*HARMLESS, *RAISING, *MEDDLING, LOCKING):
        assert set(company.broken(name).values()) <= {"fail"}, name


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_done_besides_is_nobodys_concern(company: Run, name: str) -> None:
    assert company.broken(name) == {}


def test_noise_stays_out_of_the_report(company: Run) -> None:
    assert "NOISE" not in company.out
    assert "NOISE" not in company.err


@pytest.mark.parametrize("name", RAISING)
def test_who_raises_in_place_of_an_answer_fails(company: Run, name: str) -> None:
    broken = company.broken(name)
    assert {"value.maximum", "result.arrays", "pure.input"} <= broken.keys()
    assert "refusal.unclaimed" not in broken


@pytest.mark.parametrize(("name", "clause"), MEDDLING.items())
def test_who_changes_the_arguments_fails(company: Run, name: str, clause: str) -> None:
    assert clause in company.broken(name)


@pytest.mark.parametrize("name", ALONE)
def test_a_run_survives(name: str, alone: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp(name)
    pages = (f"--html={folder / 'page.html'}", f"--junit={folder / 'junit.xml'}")
    run = judged(*of("hostile", name), BESIDE, folder=folder, options=pages)
    assert (run.status, run.err) == (ALONE[name], "")
    assert run.verdicts("first", but="") == alone.verdicts("first", but="")
    assert set(run.broken(name).values()) <= {"fail"}
    assert not CONTROL.search(run.out)
    for file in ("page.html", "junit.xml"):
        assert "<script>alert(1)" not in (folder / file).read_text("utf-8")


# Wrong results


def test_no_wrong_result_upsets_the_suite(wrong: Run) -> None:
    assert wrong.status == 1
    assert [reason for reason in wrong.reasons() if "the suite itself" in reason] == []
    for one in wrong.report["implementations"]:
        assert set(wrong.broken(one["name"]).values()) <= {"fail"}, one["name"]


@pytest.mark.parametrize("name", USUAL)
def test_an_unusual_wrapping_is_no_fault(wrong: Run, name: str) -> None:
    assert wrong.broken(name) == {}


@pytest.mark.parametrize("name", NO_ARRAY)
def test_what_is_no_array_fails_as_such(wrong: Run, name: str) -> None:
    assert "result.arrays" in wrong.broken(name)


@pytest.mark.parametrize(("name", "clause"), WRONG.items())
def test_a_wrong_array_fails_by_its_clause(wrong: Run, name: str, clause: str) -> None:
    assert clause in wrong.broken(name)


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("nothing", "forward returned None"),
        ("triple", "forward returned a tuple of 3"),
        ("text", "forward returned a str"),
        ("y_list", "forward returned as its first item a list of 1"),
        ("y_scalar", "forward returned as its first item a float"),
        ("y_objects", "forward returned an array of objects"),
        ("y_tensor", "forward returned as its first item a tests.subjects.results.Tensor"),
        ("dx_none", "backward returned None"),
        ("index_none", "indices returned None"),
    ],
)
def test_a_wrong_result_is_described(wrong: Run, name: str, got: str) -> None:
    (one,) = (one for one in wrong.report["implementations"] if one["name"] == name)
    (found,) = (found for found in one["findings"] if found["clause"] == "result.arrays")
    assert found["got"]["text"] == got
    assert got in json.dumps(wrong.report)


def test_every_subject_can_be_judged() -> None:
    for module, base in ((hostile, hostile.Right), (results, object)):
        subjects = {name: one for name, one in vars(module).items() if hasattr(one, "claims")}
        for name, subject in subjects.items():
            if isinstance(subject, base) and not isinstance(subject, type):
                assert isinstance(adopt(subject, name, name), Implementation)
