"""A fault is held against the clause that says so, and not against its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.cases.case import Array
from conformance.checks.catalogue import checks
from conformance.contract import adopt
from conformance.isolation.examination import Examination, Terms
from conformance.isolation.flight import Silence
from conformance.registry import find, load
from conformance.zoo.sound import Sound
from reference.pool import Pool


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


class OneType:
    """Float32 only, and a TypeError for all else."""

    claims = ()

    def forward(self, x: Array, pool: Pool) -> object:
        """Return what is right of float32."""
        if x.dtype != np.float32:
            message = "float32 only"
            raise TypeError(message)
        return Sound().forward(x, pool)


def test_a_clause_that_cannot_be_judged_has_no_finding() -> None:
    examination = Examination(adopt(OneType(), "one", "one.py"), Silence(), Terms("smoke", 0, 20.0))
    own = [check for check in checks() if check.clause == "pure.saved"]
    assert len(own) > 2
    for check in own:
        account = examination.account(check.clause, check.name, {})
        assert (account["verdict"], account["finding"]) == ("unclaimed", None)


def test_errors_that_numpy_was_told_to_raise_are_no_fault_of_the_suite() -> None:
    examination = Examination(adopt(Sound(), "sound", "s.py"), Silence(), Terms("smoke", 0, 20.0))
    with np.errstate(all="raise"):
        for check in (one for one in checks() if one.clause in {"value.maximum", "value.copied"}):
            account = examination.account(check.clause, check.name, {})
            assert account["verdict"] == "pass", account["reason"]
