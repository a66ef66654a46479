"""A fault is held against the clause that says so, and not against its neighbours."""

from __future__ import annotations

import pytest

from conformance.checks.catalogue import checks
from conformance.isolation.examination import Examination, Terms
from conformance.isolation.flight import Silence
from conformance.registry import find, load


def verdicts(bug: str, clause: str) -> set[str]:
    """Return the verdicts of the checks of a clause on a bug of the zoo."""
    subject = load(find(f"bug=conformance.zoo.members:{bug}"))
    examination = Examination(subject, Silence(), Terms("smoke", 0, 20.0))
    named = [check.name for check in checks() if check.clause == clause]
    return {examination.account(clause, name, {})["verdict"] for name in named}


@pytest.mark.parametrize(
    ("bug", "own", "other"),
    [
        ("ties-split-evenly", "grad.ties", "grad.accumulates"),
        ("own-nan-kept-only-if-first", "nan.propagates", "ties.first"),
    ],
)
def test_a_neighbouring_clause_is_not_blamed(bug: str, own: str, other: str) -> None:
    assert "fail" in verdicts(bug, own)
    assert verdicts(bug, other) == {"pass"}
