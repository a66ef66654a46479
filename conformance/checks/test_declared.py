"""Checks of what few claims leave over, and of what only a declared dialect allows."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import declared, errors
from conformance.cases.case import Case
from conformance.checks.test_refusals import refused_or_answered
from conformance.checks.test_typed import SMALL_FLOATS
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import first_wins, gradient_follows_first, index_is_first
from conformance.gather import rows, windows
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError, require_equal, require_same


@pytest.mark.clause("value.maximum")
def test_tiles_of_every_width_in_every_type(judge: Judge) -> None:
    """Pool rows and columns of each type that windows tile, with a rest and without."""
    judge.every(declared.tiles(), is_maximum)


@pytest.mark.clause("ties.first")
def test_winners_in_tiles_of_every_type(judge: Judge) -> None:
    """See by indices and by gradients who won in windows that tile."""
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(declared.tiles(), first_wins)


@pytest.mark.clause("index.large")
def test_indices_of_large_planes_of_every_type(judge: Judge) -> None:
    """Compare indices in a plane of each type that 16 bits do not count."""
    judge.every(declared.far_in_types(), index_is_first, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_gradients_of_large_planes_of_every_type(judge: Judge) -> None:
    """Send gradient back to a plane of each floating type that 16 bits do not count."""
    cases = [case for case in declared.far_in_types() if case.dtype in SMALL_FLOATS]
    judge.every(cases, gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("error.padding-limit")
def test_padding_on_both_sides_of_the_limit(judge: Judge) -> None:
    """Ask for the most padding that a dialect allows, and for one more."""
    refused_or_answered(judge, "error.padding-limit", declared.around_limits())


@pytest.mark.clause("error.empty-window")
def test_equal_padding_may_hold_a_whole_window(judge: Judge) -> None:
    """Ask for as much padding on both sides as holds a window, past every limit or within none."""
    refused_or_answered(judge, "error.empty-window", declared.equal_padding())
    refused_or_answered(judge, "error.empty-window", declared.one_axis_padded())


@pytest.mark.clause("index.in-window")
def test_windows_of_nothing_have_no_index(judge: Judge) -> None:
    """Require the index -1 of windows without an element, where a dialect allows them."""

    def law(look: Look) -> None:
        index, shape = rows(look.indices.astype(np.int64), look.case), look.values.shape
        expected = np.where(windows(look).occupied, index, -1)
        note = "a window without an element has the index -1"
        require_same(expected.reshape(shape), index.reshape(shape), note)
        wanted = np.dtype(look.implementation.dialect.index_type)
        if look.index.dtype != wanted:
            raise NonconformanceError(f"indices of {wanted}", f"indices of {look.index.dtype}")

    judge.every(_with_windows_of_nothing(), law, needs=["indices"], shrinks=False)


def _with_windows_of_nothing() -> list[Case]:
    """Return the calls that are errors but where a dialect has an answer for such a window."""
    return [case for case in errors.errors()["error.empty-window"] if 0 not in case.shape]


@pytest.mark.clause("grad.winner")
def test_windows_of_nothing_send_no_gradient(judge: Judge) -> None:
    """Send gradient to windows without an element, where a dialect allows them."""

    def law(look: Look) -> None:
        gradient_follows_first(look)
        holds = np.broadcast_to(windows(look).occupied, rows(look.values, look.case).shape)
        empty = ~holds.reshape(look.values.shape)
        dy = np.where(empty, 0, look.dy).astype(look.x.dtype)
        expected = look.dx(dy, "nothing for nothing")
        for value in (np.inf, np.nan):
            got = look.dx(np.where(empty, value, dy).astype(dy.dtype), f"{value} for nothing")
            require_equal(expected, got, f"a window without an element was sent {value}")

    cases = [case for case in _with_windows_of_nothing() if case.dtype in SMALL_FLOATS]
    judge.every(cases, law, needs=["gradient"])


@pytest.mark.clause("grad.form")
def test_outputs_of_no_elements_send_zeros(judge: Judge) -> None:
    """Send the gradient of an output without elements, where a dialect makes such ones."""

    def law(look: Look) -> None:
        dx = look.dx(np.zeros(look.values.shape, look.x.dtype), "empty")
        require_same(np.zeros(look.case.shape, look.x.dtype), dx, "nothing was sent back")

    if judge.implementation.dialect.zero_size == "empty":
        near = [case for case in errors.errors()["error.size"] if not errors.is_far(case)]
        cases = [case for case in near if case.dtype in SMALL_FLOATS]
        judge.every(cases, law, needs=["gradient"], shrinks=False)
