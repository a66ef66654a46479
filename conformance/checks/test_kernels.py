"""Checks of kernels and steps of every size, and of every three parameters together."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import common, kernels, sizes, steps, subsets, traps, triples
from conformance.cases.case import Array
from conformance.checks.laws import sizes_by_laying
from conformance.checks.test_layout import empty_results, follows_every_rule
from conformance.checks.test_specials import nan_in_nan_out
from conformance.checks.test_values import is_maximum
from conformance.checks.test_window import footprint
from conformance.checks.test_winners import first_wins, index_is_first
from conformance.features import TYPES
from conformance.gather import comparable, is_nan
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import require_same


@pytest.mark.clause("window.position")
def test_every_height_with_every_width(judge: Judge) -> None:
    """Put a one at each tap of kernels of every height and width up to 7."""
    judge.every(kernels.every_pair(), footprint)


@pytest.mark.clause("value.maximum")
def test_long_kernels_in_every_type(judge: Judge) -> None:
    """Pool long kernels and rows of many windows in every type."""
    judge.every(kernels.of_types(*TYPES), is_maximum)
    judge.every(kernels.close_in_large(*TYPES), is_maximum)


@pytest.mark.clause("window.position")
def test_steps_past_every_limit(judge: Judge) -> None:
    """Pool with strides, dilations and paddings past 7, 8, 15 and 16 bits, and into padding."""

    def law(look: Look) -> None:
        sizes_by_laying(look)
        is_maximum(look)

    judge.every(kernels.past_limits(), law)
    judge.every((*kernels.dilated_edges(), *kernels.past_a_byte_of_windows()), law)
    judge.every(kernels.before_the_input(), law)
    judge.every(kernels.every_stride(), law)


def _laid_by_every_rule(look: Look) -> None:
    sizes_by_laying(look)
    follows_every_rule(look)


@pytest.mark.clause("window.axes")
def test_every_three_parameters_together(judge: Judge) -> None:
    """Pool with parameters of two axes that meet three by three in every way."""
    judge.every(triples.triples(), _laid_by_every_rule)


@pytest.mark.clause("window.position")
def test_common_layers_on_every_width(judge: Judge) -> None:
    """Pool with the common layers on planes of every width and height up to 67."""
    judge.every(common.widths(), follows_every_rule)
    judge.every(common.single_rows(), follows_every_rule)


@pytest.mark.clause("window.axes")
def test_square_kernels_between_unlike_paddings(judge: Judge) -> None:
    """Pool with square kernels whose paddings differ, or their strides, and as into bins."""
    judge.every((*common.squares(), *common.square_steps()), follows_every_rule)
    judge.every(common.bins(), follows_every_rule)


@pytest.mark.clause("value.copied")
def test_numbers_of_any_size_in_large_planes(judge: Judge) -> None:
    """Pool planes of more than 4096 numbers of every size that a type has, and of many tiles."""
    judge.every(common.large_planes(*TYPES), is_maximum)
    judge.every(common.many_tiles(), is_maximum)


@pytest.mark.clause("rank.one")
def test_every_three_parameters_of_a_line(judge: Judge) -> None:
    """Pool lines with parameters that meet three by three in every way."""
    judge.every(triples.lines(), _laid_by_every_rule, needs=["rank-1"])


@pytest.mark.clause("rank.three")
def test_every_two_parameters_of_a_volume(judge: Judge) -> None:
    """Pool volumes with parameters of two axes that meet two by two, and with long kernels."""
    judge.every(triples.volumes(), _laid_by_every_rule, needs=["rank-3"])
    judge.every(kernels.long_volumes(), _laid_by_every_rule, needs=["rank-3"])


@pytest.mark.clause("nan.anywhere")
def test_nan_below_long_kernels(judge: Judge) -> None:
    """Pool rows, columns and lines with NaN here and there, of which each window may hold some."""
    judge.every(kernels.special_runs(), nan_in_nan_out)
    judge.every(kernels.in_blocks("nan"), nan_in_nan_out)
    blocks = (*kernels.nan_and_infinity(), *kernels.many_nans())
    judge.every(judge.nearest(blocks), nan_in_nan_out)


@pytest.mark.clause("ties.first")
def test_ties_below_long_kernels(judge: Judge) -> None:
    """See who won among equals and among -inf in long kernels, where no NaN is in the window."""
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(kernels.special_runs(), _first_wins_without_nan)
        judge.every(kernels.in_blocks("first"), first_wins)


def _first_wins_without_nan(look: Look) -> None:
    """Require that the first won in the windows that hold no NaN."""
    first_wins(look, _free_of_nan(look))


def _free_of_nan(look: Look) -> Array:
    view = windows_of(look)
    return np.asarray(~(is_nan(view.values) & view.real).any(axis=2))


@pytest.mark.clause("ties.first")
def test_ties_below_kernels_of_every_size(judge: Judge) -> None:
    """See who won where a few of the largest stand anywhere in kernels up to 13x13."""
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every((*kernels.tied_kernels(), *kernels.tied_thin()), first_wins)


@pytest.mark.clause("value.maximum")
def test_calls_that_hold_few_values(judge: Judge) -> None:
    """Pool inputs of nothing but one, two or three special values, each of them in turn."""
    judge.every(subsets.subsets(), is_maximum)


@pytest.mark.clause("ties.first")
def test_who_wins_where_a_call_holds_few_values(judge: Judge) -> None:
    """See who won in inputs of nothing but one, two or three special values, NaN apart."""
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(subsets.subsets(), _first_wins_without_nan)


@pytest.mark.clause("grad.accumulates")
def test_hundreds_of_windows_claim_one_element(judge: Judge) -> None:
    """Send gradient back from more windows to one element than a byte counts."""

    def law(look: Look) -> None:
        view = windows_of(look)
        peak = comparable(look.x).max(initial=-np.inf)
        claiming = ((comparable(view.values) == peak) & view.real).any(axis=2)
        first_wins(look, claiming)
        _ones_add_up(look, claiming, comparable(look.x) == peak)

    judge.every(kernels.claimed_often(), law, needs=["gradient", "overlap"])


def _ones_add_up(look: Look, claiming: Array, peaks: Array) -> None:
    """Require of a gradient of ones, at the peak of each plane, how many windows claim it."""
    once = peaks.reshape(len(claiming), -1)
    if (once.sum(axis=1) == 1).all():
        got = look.dx(np.ones_like(look.values), "ones").reshape(once.shape)[once]
        expected = claiming.sum(axis=1).astype(got.dtype)
        require_same(expected, got, "each of the windows that claim an element sends 1 to it")


@pytest.mark.clause("batch.empty")
def test_an_empty_batch_of_every_type(judge: Judge) -> None:
    """Pool batches of size 0 of every type."""

    def law(look: Look) -> None:
        if look.x.dtype.kind in "iub":
            _ = look.values
        else:
            empty_results(look)

    judge.every(sizes.empty_types(*TYPES), law, shrinks=False)


@pytest.mark.clause("value.maximum")
def test_every_kernel_and_stride_in_every_type(judge: Judge) -> None:
    """Pool rows and columns of each type that rise and fall by the least steps of the type."""
    judge.every((*steps.of_types(), *steps.whole_windows()), is_maximum)
    judge.every((*steps.true_everywhere(), *steps.grids()), is_maximum, shrinks=False)


@pytest.mark.clause("value.maximum")
def test_neighbours_below_any_kernel_in_every_type(judge: Judge) -> None:
    """Put the next number of the type at one tap of windows that hold the same number else."""
    judge.every(traps.traps(), is_maximum)


@pytest.mark.clause("window.position")
def test_a_window_alone_in_its_plane(judge: Judge) -> None:
    """Pool planes of one large window, whose neighbours are close and what it leaves out is not."""
    judge.every(traps.lone(), follows_every_rule)


@pytest.mark.clause("window.position")
def test_every_kernel_stride_padding_and_dilation(judge: Judge) -> None:
    """Pool rows and columns of nine windows and more below every small kernel and step."""
    judge.every(steps.padded(), follows_every_rule)


@pytest.mark.clause("index.plane")
def test_indices_in_a_single_plane_of_many_windows(judge: Judge) -> None:
    """Compare indices in one plane alone that has more windows than a block holds."""
    judge.every(steps.single_planes(), index_is_first, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_winners_are_told_apart_where_maxima_are_equal(judge: Judge) -> None:
    """Pool inputs in turn whose outputs are equal and whose winners are not."""
    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(steps.same_maxima(), first_wins, shrinks=False)
