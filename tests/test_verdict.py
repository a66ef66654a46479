"""From accounts of single checks to the verdict on a clause, an implementation and a run."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

import pytest

from conformance.clauses import clause, clauses, features
from conformance.findings import blank_finding
from conformance.isolation.preflight import Passport
from conformance.verdict import (
    BROKEN,
    WORST_FIRST,
    ClauseResult,
    ImplementationResult,
    Json,
    RunResult,
    Verdict,
    worst,
)
from conformance.verdicts import clause_result, findings, implementation_result, smallest

PASS, FAIL, CRASH = Verdict.PASS, Verdict.FAIL, Verdict.CRASH
HANG, UNCLAIMED, NOT_RUN = Verdict.HANG, Verdict.UNCLAIMED, Verdict.NOT_RUN
CORE = [name for name, one in clauses().items() if one.level == "core"]
EXTENDED = [name for name, one in clauses().items() if one.level == "extended"]


def account(name: str, verdict: Verdict = PASS, **changed: Any) -> Json:  # noqa: ANN401 - the fields of an account
    """Return what one check came to."""
    found = {
        "implementation": "mine",
        "clause": name,
        "check": "test_it",
        "cases": 3,
        "windows": 10,
        "seconds": 0.25,
        "reason": "",
        "finding": None,
        "verdict": verdict,
    }
    if verdict in BROKEN:
        found["finding"] = found_in(name)
    return found | changed


def found_in(name: str, shape: Iterable[int] = (1, 1, 2, 2), **changed: Any) -> Json:  # noqa: ANN401 - the fields of a finding
    """Return a finding on an input of this shape."""
    argument = {"name": "x", "dtype": "float32", "shape": list(shape), "data": None}
    found = blank_finding("mine", name, "test_it", "a.case", f"a call on {tuple(shape)}")
    return found | {"arguments": [argument], "verdict": "fail"} | changed


def result(*accounts: Json, claims: Iterable[str] = features()) -> ImplementationResult:
    """Return the result of these accounts, and of a pass for each clause without one."""
    mentioned = {one["clause"] for one in accounts}
    rest = [account(name) for name in clauses() if name not in mentioned]
    passport = Passport("mine", "mine.py", tuple(claims), {}, {})
    return implementation_result(passport, [*accounts, *rest])


# A clause


@pytest.mark.parametrize("verdicts", list(itertools.permutations(Verdict, 2)))
def test_the_worst_of_two_verdicts_counts(verdicts: tuple[Verdict, Verdict]) -> None:
    assert worst(verdicts) is min(verdicts, key=WORST_FIRST.index)
    assert worst([*verdicts, *verdicts]) is worst(reversed(verdicts))


def test_what_no_check_judged_was_not_run() -> None:
    assert worst([]) is NOT_RUN
    assert set(WORST_FIRST) == set(Verdict)
    assert worst(Verdict) is CRASH
    assert worst([UNCLAIMED, UNCLAIMED]) is UNCLAIMED
    assert worst([UNCLAIMED, PASS]) is PASS
    assert worst([NOT_RUN, PASS]) is NOT_RUN


def test_a_clause_adds_up_its_checks() -> None:
    one = clause("value.maximum")
    both = clause_result(one, [account(one.name), account(one.name)], ())
    assert both == ClauseResult(PASS, checks=2, cases=6, seconds=0.5)
    assert clause_result(one, [], ()) == ClauseResult(NOT_RUN, reason="no check of it ran")


def test_the_reason_is_that_of_the_worst_verdict() -> None:
    one = clause("value.maximum")
    crashed = account(one.name, CRASH, reason="it died")
    left = account(one.name, NOT_RUN, reason="given up")
    assert clause_result(one, [left, account(one.name), crashed], ()).reason == "it died"
    assert clause_result(one, [left, account(one.name)], ()).reason == "given up"
    passed = account(one.name, reason="an aside")
    assert clause_result(one, [passed], ()).reason == ""


@pytest.mark.parametrize(
    ("name", "claims", "reason"),
    [
        ("pad.never-wins", (), "needs padding"),
        ("grad.accumulates", ("overlap",), "needs gradient"),
        ("grad.accumulates", (), "needs gradient, overlap"),
        ("grad.low-precision", ("gradient", "overlap"), "needs bfloat16 or float16"),
        ("ties.first", ("padding",), "needs gradient or indices"),
    ],
)
def test_a_clause_that_claims_do_not_reach_is_unclaimed(
    name: str, claims: tuple[str, ...], reason: str
) -> None:
    found = clause_result(clause(name), [account(name, UNCLAIMED)], claims)
    assert (found.verdict, found.reason, found.checks) == (UNCLAIMED, reason, 0)


# Findings


def test_the_smallest_input_of_a_clause_is_its_finding() -> None:
    shapes = [(1, 1, 4, 4), (1, 2, 1, 3), (2, 2, 2, 2)]
    broken = [
        account("value.maximum", FAIL, finding=found_in("value.maximum", shape)) for shape in shapes
    ]
    (found,) = smallest(broken)
    assert found["arguments"][0]["shape"] == [1, 2, 1, 3]
    without = account("value.maximum", CRASH, finding=found_in("value.maximum", arguments=[]))
    (found,) = smallest([without, broken[0]])
    assert found["arguments"][0]["shape"] == [1, 1, 4, 4]


def test_only_what_is_broken_is_a_finding() -> None:
    stray = account("value.maximum", PASS, finding=found_in("value.maximum"))
    assert findings([stray, account("pad.sides", UNCLAIMED), account("nan.anywhere")]) == []
    later = account("value.maximum", CRASH, finding=None)
    assert findings([later]) == []


def test_findings_on_one_call_name_each_other() -> None:
    names = ["pad.never-wins", "infinity.minus", "value.maximum"]
    broken = [account(name, FAIL) for name in names[:2]]
    broken.append(account(names[2], FAIL, finding=found_in(names[2], (1, 1, 9, 9))))
    one = result(*broken)
    assert {found.clause: found.also for found in one.findings} == {
        names[0]: (names[1],),
        names[2]: (),
    }
    assert [found.clause for found in one.covered] == [names[1]]


def test_another_answer_to_the_same_call_is_another_finding() -> None:
    names = ["pad.never-wins", "infinity.minus"]
    one, other = (found_in(name, got={"text": name, "data": None}) for name in names)
    broken = [account(names[0], FAIL, finding=one), account(names[1], FAIL, finding=other)]
    assert [cause.leader["also"] for cause in findings(broken)] == [[], []]


# An implementation


def test_who_keeps_every_clause_conforms_at_the_highest_level() -> None:
    all_kept = result()
    assert (all_kept.conforms, all_kept.level) == (True, "extended")
    assert all_kept.counts("core") == {PASS: len(CORE)}
    assert all_kept.counts("extended") == {PASS: len(EXTENDED)}
    assert all_kept.cases == 3 * len(clauses())
    assert all_kept.windows == 10 * len(clauses())
    assert all_kept.seconds == 0.25 * len(clauses())


@pytest.mark.parametrize("verdict", [FAIL, CRASH, HANG, NOT_RUN])
@pytest.mark.parametrize(("name", "level"), [("value.maximum", "none"), ("pad.sides", "core")])
def test_one_clause_that_is_broken_or_left_out_is_enough(
    verdict: Verdict, name: str, level: str
) -> None:
    one = result(account(name, verdict))
    assert (one.conforms, one.level) == (False, level)
    assert one.clauses[name].verdict is verdict


@pytest.mark.parametrize(
    ("lacking", "level"),
    [
        ({"bool"}, "core"),
        ({"dilation", "rank-1", "same-upper"}, "core"),
        ({"padding"}, "base"),
        ({"gradient", "indices"}, "base"),
        (set(features()), "base"),
    ],
)
def test_what_is_not_claimed_lowers_the_level_and_not_the_verdict(
    lacking: set[str], level: str
) -> None:
    one = result(claims=features().keys() - lacking)
    assert (one.conforms, one.level) == (True, level)


def test_nothing_judged_is_not_conforming() -> None:
    nothing = [account(name, UNCLAIMED) for name in clauses()]
    assert not result(*nothing, claims=()).conforms
    assert result(*nothing, claims=()).level == "none"
    silent = implementation_result(Passport("mine", "mine.py", (), {}, {}), [])
    assert (silent.conforms, silent.level) == (False, "none")
    judgeable = [name for name, one in clauses().items() if not one.needs]
    assert {silent.clauses[name].verdict for name in judgeable} == {NOT_RUN}


# A run


def run(*implementations: ImplementationResult) -> RunResult:
    return RunResult(
        poolproof="0",
        specification="1.0",
        tier="smoke",
        seed=0,
        workers=1,
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        environment={"python": "3"},
        not_installed={},
        implementations=implementations,
    )


def test_the_exit_status_says_whether_all_conform() -> None:
    good, bad = result(), result(account("value.maximum", FAIL))
    assert run(good, good).exit_status == 0
    assert run(good, bad).exit_status == run(bad, good).exit_status == 1
    assert run().exit_status == 1


def test_the_json_names_every_clause_with_its_verdict() -> None:
    values = json.loads(json.dumps(run(result(account("pad.sides", HANG))).to_json()))
    (one,) = values["implementations"]
    assert list(one["clauses"]) == list(clauses())
    assert one["clauses"]["pad.sides"]["verdict"] == "hang"
    assert one["clauses"]["value.maximum"]["verdict"] == "pass"
    assert (one["conforms"], one["level"]) == (False, "core")
    assert [found["clause"] for found in one["findings"]] == ["pad.sides"]
    described = {row["name"]: row for row in values["specification"]["clauses"]}
    assert list(described) == list(clauses())
    assert described["grad.low-precision"]["needs"] == [
        ["gradient"],
        ["overlap"],
        ["bfloat16", "float16"],
    ]


def test_what_cannot_be_imported_says_so_on_every_clause() -> None:
    broken = implementation_result(Passport("mine", "mine.py", error="mine: no module jaxx"), [])
    assert {result.reason for result in broken.clauses.values()} == {"mine: no module jaxx"}
    assert {result.verdict for result in broken.clauses.values()} == {NOT_RUN}
    assert (broken.conforms, broken.level) == (False, "none")
