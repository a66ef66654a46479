"""Several judging processes work off one list of checks, and each answer is the right one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from conformance.checks.catalogue import checks
from conformance.isolation.cell import context
from conformance.isolation.deaths import Deaths
from conformance.isolation.docket import Docket, Job
from conformance.isolation.examination import Terms
from conformance.isolation.warden import Warden
from conformance.registry import Target

SOUND = "conformance.zoo.members:sound"
ABORTS = "tests.subjects.deadly:abort"
FEW = 6


@pytest.fixture
def opened() -> list[tuple[int, str]]:
    """Return who was opened, (seat, name) in order."""
    return []


@pytest.fixture
def docket(tmp_path: Path, opened: list[tuple[int, str]]) -> Iterator[Docket]:
    """Return the first checks of three, for two seats."""
    deaths = Deaths(tmp_path, "main")

    def warden(seat: int, target: Target) -> Warden:
        opened.append((seat, target.name))
        return Warden(target, Terms("smoke"), deaths, tmp_path / str(seat))

    made = Docket(jobs(), [partial(warden, seat) for seat in range(2)], context(clean=False))
    yield made
    made.close()


def jobs() -> list[Job]:
    """Return the first checks of one that aborts and of two that are sound."""
    targets = [Target("aborts", ABORTS), Target("one", SOUND), Target("two", SOUND)]
    return [(target, one.clause, one.name) for target in targets for one in checks()[:FEW]]


def test_each_check_gets_its_own_account(docket: Docket) -> None:
    for job in jobs():
        found = docket.account(job)
        assert (found["implementation"], found["clause"], found["check"]) == (job[0].name, *job[1:])
        if job[0].name != "aborts":
            assert found["verdict"] == "pass"


def test_accounts_may_be_asked_for_in_any_order(docket: Docket) -> None:
    verdicts = {job: docket.account(job)["verdict"] for job in reversed(jobs())}
    assert {verdict for job, verdict in verdicts.items() if job[0].name != "aborts"} == {"pass"}


def test_a_seat_stays_with_one_and_helps_only_when_nobody_is_left_to_begin(
    docket: Docket, opened: list[tuple[int, str]]
) -> None:
    for job in jobs():
        docket.account(job)
    assert [name for _, name in opened[:3]] == ["aborts", "one", "two"]
    assert len(set(opened)) == len(opened)
