"""Checks of inputs in which many elements are equal: short ways, ties, and whom they concern."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import equals, planes, windows
from conformance.cases.case import Array
from conformance.checks.test_specials import stands_in_its_window
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import first_wins, gradient_is_the_oracles
from conformance.gather import members, plane_offsets, rows
from conformance.judge import Judge
from conformance.nonconformance import require_equal


@pytest.mark.clause("value.maximum")
def test_inputs_nearly_of_one_number(judge: Judge) -> None:
    """Pool inputs that are constant, sparse or sorted but for a window or an element."""
    judge.every(equals.nearly_constant(), is_maximum)


@pytest.mark.clause("zero.signed")
def test_zeros_in_inputs_nearly_of_one_number(judge: Judge) -> None:
    """Look at the zeros of inputs that are all but constant."""
    cases = equals.nearly_constant()
    judge.every(cases, lambda look: stands_in_its_window(judge, look))


@pytest.mark.clause("ties.first")
def test_few_equals_in_large_windows(judge: Judge) -> None:
    """See who won where two elements far apart are equal, and in inputs nearly of one number."""
    if judge.claims("indices") or judge.claims("gradient"):
        for cases in (equals.in_pieces(), judge.nearest(equals.in_turns())):
            judge.every(cases, first_wins)
        # Who wins beside a NaN is another clause's.
        judge.every([case for case in equals.nearly_constant() if "nan" not in case.id], first_wins)


@pytest.mark.clause("grad.ties")
def test_many_equals_share_as_few_do(judge: Judge) -> None:
    """Send gradient to windows of hundreds of equals, and of 65536, by the declared rule."""
    rule = judge.implementation.dialect.gradient_ties

    def law(look: Look) -> None:
        gradient_is_the_oracles(judge, look)
        if rule == "split":  # shares that are exact, as those of the oracle are of few elements
            taps = math.prod(look.case.pool.kernel_size)
            wide = look.dy.astype(np.float64)
            share = wide if taps & (taps - 1) else wide / taps
            dx = look.dx((share * taps).astype(look.x.dtype), "shared")
            windows = np.repeat(rows(share, look.case), taps, axis=1)
            require_equal(_in_planes(windows, look), dx, f"one of {taps} equals got another share")

    judge.every(equals.shared(), law, needs=["gradient"], shrinks=False)


def _in_planes(taps: Array, look: Look) -> Array:
    """Return (planes, windows * taps) of windows that tile, in the order of the input."""
    flat = np.empty((len(taps), look.x.size // len(taps)), look.x.dtype)
    flat[:, members(look.case, look.implementation.dialect).reshape(-1)] = taps
    return flat.reshape(look.x.shape)


@pytest.mark.clause("grad.winner")
def test_the_winner_is_the_one_that_is_named(judge: Judge) -> None:
    """Compare who receives gradient with whom the indices name, also where either may win."""

    def law(look: Look) -> None:
        named, dy = plane_offsets(look), look.dy
        expected = np.zeros((len(named), look.x.size // len(named)))
        owed = np.where(named < 0, 0, rows(dy, look.case))
        np.add.at(expected, (np.arange(len(named))[:, None], named), owed)
        note = "the gradient did not go to the element that the index names"
        dx = look.dx(dy, "case")
        require_equal(expected.astype(dx.dtype).reshape(dx.shape), dx, note)

    if judge.implementation.dialect.gradient_ties == "winner":
        for cases in (windows.orders(), planes.with_nan(), windows.nan_in_other_ranks()):
            judge.every(cases, law, needs=["gradient", "indices"])
