"""Findings that have one cause are told once, the most telling first."""

from __future__ import annotations

from typing import Any

from conformance.diagnosis.causes import Cause, Diagnosis, by_history, causes
from conformance.findings import blank_finding
from conformance.nonconformance import LEGAL, MISLED
from conformance.verdict import LIKENESS, Json


def found(clause: str, failing: int = 5, judged: int = 10, **changed: Any) -> Json:  # noqa: ANN401 - the fields of a finding
    """Return a finding of its own call."""
    one = blank_finding("mine", clause, "test_it", f"case.{clause}", f"a call about {clause}")
    counts = {"failing_cases": failing, "judged_cases": judged}
    return one | {"verdict": "fail"} | counts | changed


def entry(bug: str, clause: str = "pad.never-wins", cases: int = 4, **changed: Any) -> Json:  # noqa: ANN401 - of an entry
    """Return what the diagnosis says of a known bug."""
    words = {"bug": bug, "title": f"{bug}.", "citation": "", "url": "", "clause": clause}
    return words | {"agreeing": cases, "failing": cases, "rank": [0, 0, 0]} | changed


def told(made: list[Cause]) -> dict[str, list[str]]:
    """Return which clauses each leading clause covers."""
    return {cause.leader["clause"]: cause.leader["also"] for cause in made}


def mutual(some: list[Json]) -> Diagnosis:
    """Return a diagnosis by which the minimal case of each finding breaks the clauses of all."""
    clauses = [one["clause"] for one in some]
    return Diagnosis(together=dict.fromkeys(clauses, clauses))


def test_without_a_diagnosis_each_call_is_a_cause() -> None:
    some = [found("value.maximum", 2), found("pad.never-wins", 9)]
    made = causes(some, Diagnosis())
    assert told(made) == {"pad.never-wins": [], "value.maximum": []}
    assert [cause.leader["clause"] for cause in made] == ["pad.never-wins", "value.maximum"]


def test_one_known_bug_is_one_cause_and_its_clause_leads() -> None:
    some = [found("value.maximum", 10), found("pad.never-wins", 1), found("grad.ties", 9)]
    like = {one["clause"]: [entry("zero-wins")] for one in some[:2]}
    made = causes(some, Diagnosis(behaves_like=like))
    assert told(made) == {"pad.never-wins": ["value.maximum"], "grad.ties": []}
    leader = next(one.leader for one in made if one.leader["clause"] == "pad.never-wins")
    (shown,) = leader["behaves_like"]
    assert set(shown) == set(LIKENESS)
    assert (shown["agreeing"], shown["failing"]) == (8, 8)


def test_what_was_counted_over_all_clauses_is_not_added_up() -> None:
    some = [found("value.maximum"), found("pad.never-wins")]
    shared = [entry("zero-wins", cases=72, everywhere=True), entry("own-zero", cases=72)]
    like = {one["clause"]: shared for one in some}
    (cause,) = causes(some, Diagnosis(behaves_like=like))
    bugs = [(one["bug"], one["failing"]) for one in cause.leader["behaves_like"]]
    assert bugs[0] == ("zero-wins", 72)
    assert [bug for bug, _ in bugs] == ["zero-wins", "own-zero"]


def test_a_minimal_case_covers_the_clauses_it_breaks_in_its_own_type() -> None:
    floats = [{"name": "x", "dtype": "float32", "shape": [1], "data": [1]}]
    bytes_of = [{"name": "x", "dtype": "int8", "shape": [1], "data": [1]}]
    some = [
        found("value.maximum", 9, arguments=floats),
        found("value.copied", 3, arguments=floats),
        found("type.minimum", 2, arguments=bytes_of),
    ]
    together = {"value.maximum": ["value.maximum", "value.copied", "type.minimum"]}
    made = causes(some, Diagnosis(together=together))
    assert told(made) == {"value.maximum": ["value.copied"], "type.minimum": []}


def test_where_the_maxima_are_wrong_a_gradient_only_suffers() -> None:
    floats = [{"name": "x", "dtype": "float32", "shape": [1], "data": [1]}]
    some = [
        found("grad.nan", 9, arguments=floats),
        found("index.value", 8, arguments=floats),
        found("nan.propagates", 2, arguments=floats),
    ]
    names = [one["clause"] for one in some]
    of_values = causes(some, mutual(some))
    assert told(of_values) == {"nan.propagates": ["grad.nan", "index.value"]}
    of_gradients = causes(some, Diagnosis(together={"grad.nan": names[:2]}))
    assert told(of_gradients) == {"grad.nan": ["index.value"], "nan.propagates": []}


def test_where_only_the_winners_are_wrong_no_clause_about_windows_leads() -> None:
    floats = [{"name": "x", "dtype": "float32", "shape": [1], "data": [1]}]
    note = f"{MISLED} the first largest element"
    some = [
        found("window.position", 9, arguments=floats, note=note),
        found("grad.winner", 2, arguments=floats),
    ]
    assert told(causes(some, mutual(some))) == {"grad.winner": ["window.position"]}
    some[0] |= {"note": "not the largest of its window"}
    assert told(causes(some, mutual(some))) == {"window.position": ["grad.winner"]}


def test_ties_only_suffer_where_the_maxima_are_wrong() -> None:
    some = [found("ties.first", 9), found("value.maximum", 2)]
    assert told(causes(some, mutual(some))) == {"value.maximum": ["ties.first"]}


def test_a_maximum_only_suffers_where_a_nan_is_lost() -> None:
    lost = [{"name": "x", "dtype": "float32", "shape": [2], "data": ["nan", 1]}]
    some = [
        found("value.maximum", 9, arguments=lost),
        found("nan.propagates", 2, arguments=lost),
    ]
    assert told(causes(some, mutual(some))) == {"nan.propagates": ["value.maximum"]}
    some[0] |= {"arguments": []}
    some[1] |= {"arguments": []}
    assert told(causes(some, mutual(some))) == {"value.maximum": ["nan.propagates"]}


def test_one_legal_call_that_raised_among_many_says_nothing_about_side_effects() -> None:
    alike = raised("forward raised ValueError: no such size")
    some = [found("pure.input", 1, **alike), found("ceil.start-rule", 2, **alike)]
    assert told(causes(some, mutual(some))) == {"ceil.start-rule": ["pure.input"]}
    some[0] |= {"failing_cases": 10}
    assert told(causes(some, mutual(some))) == {"pure.input": ["ceil.start-rule"]}


def raised(text: str) -> Json:
    """Return the fields of a finding about a legal call that raised."""
    return {"expected": {"text": LEGAL, "array": None}, "got": {"text": text, "array": None}}


def test_what_forward_raises_on_covers_only_what_is_refused_alike() -> None:
    refused = raised("forward raised NotImplementedError: only native byte order")
    some = [
        found("layout.byte-order", 9, **refused),
        found("pure.input", 1, **refused),
        found("grad.infinite-data", 3),
    ]
    made = causes(some, mutual(some))
    assert told(made) == {"layout.byte-order": ["pure.input"], "grad.infinite-data": []}


def test_an_index_error_of_backward_is_no_reason_by_itself() -> None:
    some = [
        found("pure.saved", **raised("backward raised IndexError: index 1 is out of bounds")),
        found("grad.winner", **raised("backward raised IndexError: index -2 is out of bounds")),
    ]
    assert told(causes(some, Diagnosis())) == {"pure.saved": [], "grad.winner": []}


def test_purity_is_covered_only_where_its_own_case_breaks_the_other_clause() -> None:
    some = [found("grad.infinite-data", 9), found("pure.saved", 3)]
    both = [one["clause"] for one in some]
    one_way = {"grad.infinite-data": both, "pure.saved": ["pure.saved"]}
    assert len(causes(some, Diagnosis(together=one_way))) == 2
    assert told(causes(some, mutual(some))) == {"grad.infinite-data": ["pure.saved"]}


def test_of_calls_that_raise_alike_the_least_is_shown() -> None:
    text = raised("forward raised TypeError: float32 only")
    crowd = {"arguments": [{"name": "x", "dtype": "float64", "shape": [2, 3, 12, 12], "data": 0}]}
    single = {"arguments": [{"name": "x", "dtype": "float64", "shape": [1, 1, 1, 1], "data": 0}]}
    some = [
        found("pure.threads", 1, 1, **text, **crowd),
        found("value.maximum", 1, 9, **text, **single),
    ]
    assert told(causes(some, Diagnosis())) == {"value.maximum": ["pure.threads"]}


def test_wrong_answers_are_told_before_missing_refusals() -> None:
    some = [found("error.stride", 9), found("grad.nan", 1), found("value.maximum", 2)]
    made = causes(some, Diagnosis())
    assert list(told(made)) == ["value.maximum", "grad.nan", "error.stride"]


def test_two_causes_that_break_one_clause_stay_two() -> None:
    some = [found("pad.never-wins", 8), found("nan.propagates", 8), found("value.maximum", 1)]
    together = {"pad.never-wins": ["value.maximum"], "nan.propagates": ["value.maximum"]}
    together |= {"value.maximum": ["value.maximum", "pad.never-wins"]}
    made = causes(some, Diagnosis(together=together))
    assert len(made) == 2
    assert sorted(len(cause.findings) for cause in made) == [1, 2]


def test_legal_calls_refused_in_the_same_words_are_one_cause() -> None:
    def raised(clause: str, said: str, failing: int = 5) -> Json:
        got = {"text": f"forward raised {said}", "data": None}
        return found(clause, failing, expected={"text": LEGAL, "data": None}, got=got)

    some = [
        raised("value.maximum", "ValueError: no room for 3 elements"),
        raised("pad.never-wins", "ValueError: no room for 12 elements", 9),
        raised("ties.first", "ValueError: no time"),
        raised("shape.floor", "KeyError: no room for 3 elements"),
        found("grad.ties", got={"text": "forward raised ValueError: no time", "data": None}),
    ]
    assert told(causes(some, Diagnosis())) == {
        "pad.never-wins": ["value.maximum"],
        "ties.first": [],
        "shape.floor": [],
        "grad.ties": [],
    }


def test_what_ends_a_process_comes_first_and_is_its_own_cause() -> None:
    crash = found("error.kernel", verdict="crash", call="a call about value.maximum")
    some = [found("value.maximum", 10), crash]
    made = causes(some, Diagnosis(together={"error.kernel": ["value.maximum"]}))
    assert list(told(made)) == ["error.kernel", "value.maximum"]


def test_crashes_in_one_call_are_one_cause() -> None:
    got = {"text": "the process died: SIGSEGV", "data": None}
    some = [
        found(clause, verdict="crash", call="one call", case="one.case", got=got)
        for clause in ("error.kernel", "refusal.untouched")
    ]
    assert len(causes(some, Diagnosis())) == 1


def test_what_shows_only_after_other_calls_is_told_with_the_state() -> None:
    some = [found("pure.stateless", 2), found("value.maximum", 9), found("grad.winner", 8)]
    made = causes(some, Diagnosis())
    assert told(by_history(made, {"value.maximum"})) == {
        "pure.stateless": ["value.maximum"],
        "grad.winner": [],
    }
    assert by_history(made[:2], {"value.maximum"}) == made[:2]


def test_nothing_found_has_no_cause() -> None:
    assert causes([], Diagnosis.of(None)) == []


def shaped(clause: str, wanted: str, given: str, failing: int = 5) -> Json:
    """Return a finding about results of these shapes, in words."""
    return found(clause, failing, expected={"text": wanted}, got={"text": given})


def test_axes_that_are_too_long_by_as_much_are_one_cause_and_the_clause_of_sizes_leads() -> None:
    some = [
        shaped(
            "value.maximum", "float32 of shape (1, 2, 3, 4)", "float32 of shape (1, 2, 3, 3)", 9
        ),
        shaped("shape.floor", "spatial sizes (5, 6)", "spatial sizes (5, 5)"),
        shaped("rank.one", "float32 of shape (2, 1, 3)", "float32 of shape (2, 1, 2)"),
        shaped("same.upper", "spatial sizes (5, 6)", "spatial sizes (4, 6)"),
        shaped("ties.first", "int64 of shape (1, 1, 2)", "int64 of shape (1, 1, 2)"),
        shaped("index.form", "int64 of shape (1, 1, 2)", "int64 of shape (1, 2)"),
        shaped("grad.form", "float32 of shape (1, 1, 2)", "forward returned None"),
    ]
    assert told(causes(some, Diagnosis())) == {
        "shape.floor": ["value.maximum", "rank.one"],
        "same.upper": [],
        "ties.first": [],
        "index.form": [],
        "grad.form": [],
    }


def test_what_shows_in_a_nan_is_no_fault_of_another_type() -> None:
    words = [{"name": "x", "dtype": "uint64", "shape": [2], "data": [0, 2**53 + 1]}]
    floats = [{"name": "x", "dtype": "float32", "shape": [2], "data": [0, "NaN"]}]
    some = [
        found("value.maximum", 9, arguments=words),
        found("nan.propagates", 3, arguments=floats),
        found("type.integers", 2, arguments=words),
    ]
    made = causes(some, mutual(some))
    assert told(made) == {"value.maximum": ["type.integers"], "nan.propagates": []}
