"""What is undocumented is told from what violates a declaration, and no verdict changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from conformance.cases.case import Array, Case
from conformance.clauses import clause, clauses, switches
from conformance.commands import listing
from conformance.diagnosis import observing, standings
from conformance.diagnosis.bearing import bearing, open_bearing
from conformance.diagnosis.observing import UNSEEN, Observed
from conformance.diagnosis.standings import broken_standing, kept_standing
from conformance.identify.declarations import relation_words
from conformance.identify.standing import Standing as Seen
from conformance.identify.standing import Status
from conformance.isolation.examination import Terms, blank_account
from conformance.isolation.preflight import Passport
from conformance.registry import Target
from conformance.report.reading import read_result
from conformance.standing import Kind, Part, standing_of
from conformance.verdict import ClauseResult, Json, Verdict
from conformance.verdicts import implementation_result, result_of, with_standings
from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool
from tests.judging import judged

NAN, IGNORE = np.nan, Observed("ignore", departs=True)


def case_of(x: object, pool: Pool, dtype: str = "float32") -> Case:
    array: Array = np.array(x, dtype)
    return Case("a.case", pool, array.shape, lambda _case, _seed: array, dtype)


def plane(*rows: Sequence[float]) -> list[list[list[Sequence[float]]]]:
    return [[list(rows)]]


def account(name: str, verdict: Verdict = Verdict.FAIL) -> Json:
    return blank_account("mine", name, "test_it") | {"verdict": verdict.value}


def passport(**said: object) -> Passport:
    return Passport("mine", "mine.py", tuple(said.pop("claims", ())), **said)  # type: ignore[arg-type]


# Which switches bear on a case


@pytest.mark.parametrize(
    ("x", "pool", "expected"),
    [
        (plane([1, 2], [3, 4]), Pool.of(2), []),
        (plane([1, NAN], [3, 4]), Pool.of(2), ["nan"]),
        (plane([NAN, NAN], [3, 4]), Pool.of(2), ["nan", "nan-index"]),
        (plane([3, 3], [1, 2]), Pool.of(2), ["ties", "gradient-ties"]),
        (plane([0.0, -0.0], [-1, -2]), Pool.of(2), ["signed-zero"]),
        (plane([-np.inf, 2]), Pool.of(1), ["float-identity"]),
        (plane([1, 2, 3]), Pool.of(1, stride=4, ceil_mode=True), ["ceil"]),
        (plane([1, 2]), Pool.of((1, 3)), ["zero-size"]),
        (plane([1, 2]), Pool.of((1, 2), stride=1, padding=[(0, 0), (2, 2)]), ["pad-limit"]),
        (plane([1]), Pool.of(2, dilation=(2, 1), padding=[(1, 1), (0, 1)]), ["empty-window"]),
        (plane([1, 2], [3, 4]), Pool((0, 0), (1, 1), ((0, 0), (0, 0)), (1, 1)), []),
    ],
)
def test_a_switch_bears_on_what_its_values_answer_differently(
    x: object, pool: Pool, expected: list[str]
) -> None:
    asked = [one for one in switches() if one not in {"index", "index-type"}]
    found = bearing(case_of(x, pool), asked, DEFAULT, 0)
    assert set(found) >= set(expected)
    assert expected or not found


def test_conventions_of_indices_bear_wherever_indices_differ() -> None:
    x = [[[[1, 2], [3, 4]], [[1, 2], [3, 4]]]]
    assert bearing(case_of(x, Pool.of(2)), ["index", "index-type"], DEFAULT, 0) == [
        "index",
        "index-type",
    ]


def test_what_is_declared_decides_beside_what_is_asked() -> None:
    gap = case_of(plane([1, 2, 3]), Pool.of(1, stride=(1, 4), ceil_mode=True))
    assert bearing(gap, ["ceil"], DEFAULT, 0) == ["ceil"]
    tied = case_of(plane([3, 3]), Pool.of((1, 2)))
    assert bearing(tied, ["gradient-ties"], Dialect(ties="last"), 0) == ["gradient-ties"]


def test_the_failing_cases_of_an_account_are_looked_up_in_the_suite() -> None:
    answers = open_bearing(["padding"], {}, "smoke", 0)
    record = account("nan.propagates") | {"check": "test_nan_propagates", "failing": ["no.such"]}
    assert answers({"record": record, "switches": ["nan"]}) == {"bearing": []}


# How a broken clause stands


def stands(name: str, *cases: Sequence[str], said: Passport, **seen: Observed) -> tuple[str, str]:
    """Return kind and text of a clause that fails on cases on which these switches bear."""
    observed = {switch.replace("_", "-"): one for switch, one in seen.items()}
    found = broken_standing(
        clause(name),
        said,
        [account(name)],
        observed,
        lambda _account, _asked: list(map(list, cases)),
    )
    return found.kind, found.text


def test_a_clause_is_undocumented_where_every_failing_case_is() -> None:
    silent = passport(undocumented=("nan",))
    assert stands("value.maximum", ["nan"], ["nan"], said=silent, nan=IGNORE) == (
        Kind.UNDOCUMENTED,
        "undocumented: nan observed to be ignore",
    )
    kind, text = stands("value.maximum", ["nan"], [], said=silent, nan=IGNORE)
    assert kind == Kind.VIOLATES
    assert text.endswith("; nan is undocumented, and not all that fails is about that")


def test_two_switches_may_explain_what_none_does_alone() -> None:
    seen = {"nan": IGNORE, "float_identity": Observed("lowest", departs=True)}
    kind, text = stands(
        "value.maximum",
        ["nan"],
        ["float-identity"],
        said=passport(undocumented=("nan", "float-identity")),
        **seen,
    )
    assert kind == Kind.UNDOCUMENTED
    assert text.endswith("nan observed to be ignore; float-identity observed to be lowest")


def test_silence_excuses_nothing_where_the_default_was_observed() -> None:
    kept = Observed("propagate", departs=False)
    kind, text = stands("value.maximum", ["nan"], said=passport(undocumented=("nan",)), nan=kept)
    assert (kind, text) == (
        Kind.VIOLATES,
        "violates the specification, and no difference is declared",
    )


def test_what_no_switch_bears_on_violates() -> None:
    silent = passport(undocumented=("nan",))
    assert stands("shape.floor", ["nan"], said=silent, nan=IGNORE)[0] == Kind.VIOLATES


@pytest.mark.parametrize("verdict", [Verdict.CRASH, Verdict.HANG])
def test_no_silence_allows_a_process_to_end(verdict: Verdict) -> None:
    ended = [account("nan.propagates", verdict)]
    found = broken_standing(
        clause("nan.propagates"), passport(), ended, {"nan": IGNORE}, lambda *_: [["nan"]]
    )
    assert found.kind == Kind.VIOLATES


def test_what_is_declared_is_named_with_its_source() -> None:
    said = passport(dialect={"nan": "ignore"}, sources={"nan": "its page"})
    seen = Observed("propagate", departs=True)
    kind, text = stands("value.maximum", ["nan"], said=said, nan=seen)
    assert (kind, text) == (Kind.VIOLATES, "violates what it declares, nan = ignore (its page)")
    unexplained = "violates the specification, and no difference that is declared explains it"
    assert stands("value.maximum", ["float-identity"], said=said, nan=seen)[1] == unexplained
    kept = Observed("ignore", departs=False)
    assert stands("value.maximum", ["nan"], said=said, nan=kept)[1] == unexplained


def test_who_speaks_of_no_documentation_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standings, "observe", pytest.fail)
    said = passport(dialect={"nan": "ignore"})
    target = Target("mine", "implementations.reshape")
    results: dict[str, ClauseResult] = {}
    found, seen = standings.standings(
        target, said, results, [account("nan.propagates")], Terms("smoke")
    )
    assert (found["nan.propagates"].kind, seen) == (Kind.VIOLATES, {})
    assert stands("value.maximum", ["nan"], said=said)[1] == (
        "violates what it declares, nan = ignore"
    )


def test_a_documented_default_and_a_documented_feature_are_named() -> None:
    said = passport(sources={"nan": "its page"})
    assert stands("value.maximum", ["nan"], said=said, nan=IGNORE)[1] == (
        "violates what it declares, nan = propagate (its page)"
    )
    said = passport(claims=["same-upper"], sources={"same-upper": "MaxPool-22"})
    assert stands("same.upper", [], said=said)[1] == (
        "violates what is documented of same-upper (MaxPool-22)"
    )


def test_what_passes_in_a_dialect_differs_and_says_so() -> None:
    said = passport(
        dialect={"pad-limit": "none", "nan": "propagate"}, sources={"pad-limit": "p. 3"}
    )
    found = kept_standing(clause("error.padding-limit"), said)
    assert found is not None
    assert (found.kind, found.parts) == (Kind.DECLARED, (Part("pad-limit", "none", "p. 3"),))
    assert found.text == "differs from the default but says so: pad-limit = none (p. 3)"
    assert kept_standing(clause("nan.propagates"), said) is None
    assert kept_standing(clause("shape.floor"), said) is None


# What is observed


def test_the_smoke_tier_asks_some_and_the_others_ask_all() -> None:
    some = observing.some("nan", "smoke")
    assert len(some) <= observing.MOST["smoke"] < len(observing.some("nan", "default"))
    assert set(map(id, some)) <= set(map(id, observing.some("nan", "deep")))
    assert observing.some("zero-size", "smoke") == observing.some("zero-size", "deep")


def test_who_cannot_be_asked_was_not_observed() -> None:
    nowhere = Target("gone", "tests.subjects.no_such_module")
    found = observing.observe(nowhere, passport(), ["nan"], Terms("smoke"))
    assert found == {"nan": UNSEEN}


def test_identify_tells_what_is_undocumented_from_what_is_undeclared() -> None:
    found = Seen("nan", Status.OBSERVED, "ignore", ("ignore",))
    silent = {"keeps": True, "documented": False}
    assert relation_words(found, None, keeps=True) == "undeclared: observed to be ignore"
    assert relation_words(found, None, **silent) == "undocumented: observed to be ignore"
    default = Seen("nan", Status.OBSERVED, "propagate", ("propagate",))
    assert relation_words(default, None, **silent) == "the default"


def test_the_list_names_sources_and_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Target("scikit", "implementations.adapters.scikit_image")
    monkeypatch.setattr(listing, "installed", lambda: [target])
    assert listing.show_list() == 0
    said = capsys.readouterr().out
    assert "    source  float-identity: skimage.measure.block_reduce, cval" in said
    assert "    undocumented nan signed-zero" in said


# In a result


def result_with(**changed: ClauseResult) -> Json:
    said = passport(undocumented=("nan", "ties"), sources={"pad-limit": "p. 3"})
    one = implementation_result(said, [account(name, Verdict.PASS) for name in clauses()])
    found = broken_standing(clause("value.maximum"), said, [], {}, lambda *_: [])
    return with_standings(one, {"value.maximum": found}, {"nan": "ignore"}).to_json() | changed


def test_a_result_holds_standings_and_reads_them_back() -> None:
    one = result_with()
    assert one["undocumented"] == {"nan": "ignore", "ties": ""}
    assert one["sources"] == {"pad-limit": "p. 3"}
    assert "standing" not in one["clauses"]["shape.floor"]
    found = standing_of(one["clauses"]["value.maximum"]["standing"])
    assert found is not None
    assert found.kind == Kind.VIOLATES


def test_a_subject_that_says_where_it_is_silent(tmp_path: Path) -> None:
    run = judged("tests.subjects.silent:skipping", "tests.subjects.silent:silent", folder=tmp_path)
    assert run.status == 1
    silent, skipping = sorted(run.report["implementations"], key=lambda one: str(one["name"]))
    verdicts = {name: one["verdict"] for name, one in skipping["clauses"].items()}
    assert verdicts == {name: one["verdict"] for name, one in silent["clauses"].items()}
    assert verdicts["nan.propagates"] == "fail"
    assert skipping["undocumented"] == {}
    assert silent["undocumented"] == {"nan": "ignore", "ties": ""}
    kinds = {
        one["name"]: {
            clause: result["standing"]["kind"]
            for clause, result in one["clauses"].items()
            if result["verdict"] == "fail"
        }
        for one in (skipping, silent)
    }
    assert set(kinds["skipping"].values()) == {"violates"}
    assert set(kinds["silent"].values()) == {"undocumented"}
    result = read_result(tmp_path / "report.json")
    assert json.loads(json.dumps(result_of(result).to_json())) == result


def test_older_results_are_read_as_they_are(tmp_path: Path) -> None:
    stored = Path(__file__).parents[1] / "docs" / "results" / "scipy.json"
    values = json.loads(stored.read_text("utf-8"))
    for one in values["implementations"]:
        one.pop("sources", None)
        one.pop("undocumented", None)
        for result in one["clauses"].values():
            result.pop("standing", None)
    old = tmp_path / "old.json"
    old.write_text(json.dumps(values), "utf-8")
    again = result_of(read_result(old)).to_json()["implementations"][0]
    assert (again["sources"], again["undocumented"]) == ({}, {})
    assert again["clauses"] == values["implementations"][0]["clauses"]


def test_a_fault_of_ours_costs_words_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def upset(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(observing, "examine", upset)
    monkeypatch.setattr(standings, "open_bearing", upset)
    said = passport(undocumented=("nan",))
    target = Target("mine", "implementations.reshape")
    results = implementation_result(said, [account("nan.propagates")]).clauses
    found, seen = standings.standings(
        target, said, results, [account("nan.propagates")], Terms("smoke")
    )
    assert found["nan.propagates"].kind == Kind.VIOLATES
    assert seen == {"nan": UNSEEN.words}
