"""Checks of what is left over: rests of rows and channels, short axes, and bits of wide numbers."""

from __future__ import annotations

import pytest

from conformance.cases import narrowed, rests
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import first_wins
from conformance.judge import Judge


@pytest.mark.clause("value.maximum")
def test_rests_of_rows_and_channels(judge: Judge) -> None:
    """Pool rows and channels that vectors and blocks leave rests of, and what no grid covers."""
    for cases in (rests.rests(), rests.far(), rests.stems(), rests.neighbours(), rests.edges()):
        judge.every(cases, is_maximum)


@pytest.mark.clause("ties.first")
def test_winners_in_rests(judge: Judge) -> None:
    """See by indices and by gradients who won in the rests of rows and channels."""
    if judge.claims("indices") or judge.claims("gradient"):
        for cases in (rests.rests()[::3], rests.far(), rests.stems()):
            judge.every(cases, first_wins)
        judge.every((*rests.neighbours()[::4], *rests.edges()), first_wins)


@pytest.mark.clause("window.position")
def test_axes_shorter_than_a_step(judge: Judge) -> None:
    """Pool axes that are shorter than their stride or dilation, where padding makes up for it."""
    judge.every(rests.beyond(), is_maximum)


@pytest.mark.clause("value.maximum")
def test_numbers_that_a_narrower_type_seems_to_hold(judge: Judge) -> None:
    """Pool whole numbers past every integer type, and planes that are simple at first."""
    for cases in (
        narrowed.whole_numbers(),
        narrowed.simple_at_first(),
        narrowed.close_at_any_size(),
        narrowed.many_true(),
    ):
        judge.every(cases, is_maximum)
