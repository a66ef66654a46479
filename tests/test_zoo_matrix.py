"""The kept kill matrix is up to date, and shows that every clause has a check with teeth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.checks import catalogue, ordering
from conformance.checks.catalogue import Check, checks
from conformance.clauses import clauses
from conformance.judge import Judge
from conformance.zoo import bugs, ledger, matrix

RECORD = ledger.kept()["bugs"]


def test_the_matrix_is_of_these_clauses_checks_and_bugs() -> None:
    assert ledger.kept()["digest"] == ledger.digest(), f"run `{ledger.COMMAND}`"
    assert list(RECORD) == list(bugs())


def test_the_page_is_what_the_data_say() -> None:
    assert ledger.PAGE.read_text("utf-8") == "\n".join(ledger.page(RECORD)) + "\n"


def test_every_bug_is_caught_and_almost_all_in_the_smoke_tier() -> None:
    assert [bug for bug, one in RECORD.items() if one["tier"] is None] == []
    smoke = sum(one["tier"] == "smoke" for one in RECORD.values())
    assert smoke >= 0.95 * len(RECORD)


def test_every_clause_has_a_bug_that_its_own_check_catches() -> None:
    assert ledger.unbroken(RECORD) == []
    assert ledger.misnamed(RECORD) == []


def test_no_bug_is_caught_by_comparison_with_the_oracle_alone() -> None:
    assert ledger.unexplained(RECORD) == []


def test_the_differential_checks_exist() -> None:
    assert {check.name for check in checks()} >= ledger.DIFFERENTIAL


def test_the_suite_copes_with_every_bug() -> None:
    assert {bug: one["errors"] for bug, one in RECORD.items() if one["errors"]} == {}


@pytest.mark.parametrize(
    "name", ["zero-padding-wins", "column-major-tie-order", "own-index-is-int32"]
)
def test_a_bug_breaks_what_the_matrix_says(name: str) -> None:
    caught = matrix.kill(name, RECORD[name]["tier"]).caught
    found = {clause: sorted(catch.check for catch in those) for clause, those in caught.items()}
    assert found == RECORD[name]["caught"]


def test_a_changed_name_makes_the_matrix_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "checks", lambda: checks()[1:])
    assert ledger.staleness() == [f"clauses, checks or bugs have changed; run `{ledger.COMMAND}`"]


def test_a_changed_verdict_makes_the_matrix_stale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    caught = {**RECORD["own-min"]["caught"], "value.composes": ["test_that_is_no_more"]}
    caught["value.maximum"] = caught["value.maximum"][1:]
    one = {**RECORD["own-min"], "caught": caught}
    data = {"digest": ledger.digest(), "bugs": {"own-min": one}}
    for name, text in (
        ("DATA", json.dumps(data)),
        ("PAGE", "\n".join(ledger.page(data["bugs"])) + "\n"),  # type: ignore[arg-type]
    ):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        monkeypatch.setattr(ledger, name, file)
    (line,) = ledger.staleness()
    first = RECORD["own-min"]["caught"]["value.maximum"][0]
    changed = f"now caught by {first} and no longer caught by test_that_is_no_more"
    assert line == f"own-min: {changed}; run `{ledger.COMMAND}`"


def test_a_clause_that_nothing_breaks_is_reported() -> None:
    without = {bug: one for bug, one in RECORD.items() if one["named"][0] != "pad.sides"}
    assert ledger.unbroken(without) == ["pad.sides"]


def test_the_order_lists_every_check_once() -> None:
    assert sorted(catalogue.order()) == sorted(check.line for check in checks()), (
        "run python -m conformance.checks.ordering"
    )
    assert [check.line for check in checks()] == list(catalogue.order())
    assert {check.clause for check in checks()} == set(clauses())


def test_the_first_checks_catch_most_bugs() -> None:
    kills = ordering.kills_of_checks()
    early = frozenset[str]().union(*(kills[check] for check in checks()[: len(checks()) // 3]))
    assert len(early) > 0.9 * len(RECORD)


def test_checks_are_ordered_by_new_kills_per_second() -> None:
    def nothing(_judge: Judge) -> None:
        """Judge nothing."""

    slow, quick, late, idle = (Check("pad.sides", name, nothing) for name in "sqli")
    kills = {
        slow: frozenset("abcd"),
        quick: frozenset("ab"),
        late: frozenset("ab"),
        idle: frozenset[str](),
    }
    cost = {slow: 1.0, quick: 0.1, late: 0.2, idle: 0.1}
    assert ordering.ordered(kills, cost) == [quick, slow, late, idle]
