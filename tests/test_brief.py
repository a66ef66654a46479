"""A brief run judges every clause on few cases of the smoke tier."""

from __future__ import annotations

import pytest

from conformance.calls import Bench
from conformance.cases.case import BRIEF
from conformance.cases.manifest import listed
from conformance.checks.catalogue import checks
from conformance.contract import adopt
from conformance.diagnosis.witnesses import summoned
from conformance.isolation.flight import Silence
from conformance.judge import FEW, Judge, no_looks
from implementations import im2col
from tests.judging import Run, poolproof


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("brief")
    names = ("im2col", "wrong=conformance.zoo.members:zero-padding-wins")
    report = f"--json={folder / 'report.json'}"
    return poolproof("run", *names, "--tier=brief", "-n=1", report, folder=folder)


def judge() -> Judge:
    bench = Bench(adopt(im2col, "im2col", "implementations.im2col"), Silence(), call_limit=20.0)
    return Judge(bench, no_looks(), BRIEF, 0)


def test_every_clause_is_judged_and_it_says_that_it_was_brief(run: Run) -> None:
    assert (run.report["tier"], run.err) == (BRIEF, "")
    assert set(run.verdicts("im2col").values()) == {"pass"}
    assert "tier brief" in run.out


def test_what_is_wrong_is_found(run: Run) -> None:
    assert run.broken("wrong").get("pad.never-wins") == "fail"
    assert run.status == 1


def test_few_of_each_list_are_judged_and_the_same_whatever_the_list() -> None:
    cases = list(listed("smoke").values())
    judged = []
    for some in (cases, cases[::-1]):
        brief = judge()
        brief.takes_few = True
        brief.every(some, lambda _look: None)
        assert len(brief.judged) == FEW
        judged.append(brief.judged)
    assert judged[0] == judged[1]


def test_a_case_of_the_smoke_tier_is_found_again_whoever_is_asked() -> None:
    check = next(one for one in checks() if one.clause == "window.position")
    whole = judge()
    check.run(whole)
    assert len(whole.judged) > FEW
    record = {"clause": check.clause, "check": check.name, "failing": sorted(whole.judged)}
    ((_, found),) = summoned(whole.bench, record | {"passing": []}, BRIEF, 0)
    assert found.cases.keys() == whole.judged
