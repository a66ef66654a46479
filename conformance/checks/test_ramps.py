"""Checks of counts, sizes and kernels in planes where the first and the last tap always show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import ramps, sizes, steps
from conformance.cases.case import Case
from conformance.checks.test_layout import follows_every_rule
from conformance.checks.test_reach import flat
from conformance.checks.test_values import is_maximum
from conformance.checks.test_window import footprint
from conformance.checks.test_winners import gradient_follows_first, index_is_first, winner
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError, require_equal, require_same

LARGE = (
    *(ramps.window_counts, ramps.runs, ramps.squares, ramps.equal_axes, ramps.whole_planes),
    *(ramps.ranked_counts, ramps.wide_rows),
)
"""Planes of every rank that are judged by values, indices and gradients."""


@pytest.mark.clause("window.plane-alone")
def test_every_count_of_planes(judge: Judge) -> None:
    """Pool windows that rise, fall, tie and hold NaN in every number of planes, past 65535."""

    def law(look: Look) -> None:
        is_maximum(look)
        if look.claims("gradient"):
            gradient_follows_first(look)

    judge.every(judge.nearest((*ramps.counts(), *ramps.wide_counts())), law)
    judge.every(ramps.counts_with_nan(), law)


@pytest.mark.clause("value.maximum")
def test_every_count_in_every_type(judge: Judge) -> None:
    """Pool windows that rise and fall in rows and channels of every rest of 16, in every type."""
    judge.every((*steps.typed_counts(), *steps.typed_rows()), is_maximum)


@pytest.mark.clause("value.maximum")
def test_every_number_of_windows(judge: Judge) -> None:
    """Pool planes that hold as many windows as a block does, and one more and one less."""

    def law(look: Look) -> None:
        sizes = zip(look.values.shape[2:], look.case.pool.kernel_size, strict=True)
        parts = [part for pair in sizes for part in pair]
        tiles = look.original.reshape(*look.original.shape[:2], *parts)
        require_same(tiles.max(axis=(3, 5)), look.values, "not the largest of its window")

    judge.every(ramps.window_counts(), law, shrinks=False)


@pytest.mark.clause("value.maximum")
def test_running_maxima(judge: Judge) -> None:
    """Pool long rows and columns, square kernels and whole planes that rise towards a corner."""
    lines = (ramps.runs, ramps.thin, ramps.wide_rows)
    for family in (*lines, ramps.squares, ramps.whole_planes, ramps.exact_sizes):
        judge.every(flat(family()), is_maximum)


@pytest.mark.clause("window.position")
def test_taps_of_kernels_of_many_sizes(judge: Judge) -> None:
    """Put a one at each of some taps of kernels of up to 1025 taps, the last ones among them."""
    judge.every(flat(ramps.long_kernels()), footprint)


@pytest.mark.clause("window.axes")
def test_parameters_of_equal_axes_are_not_swapped(judge: Judge) -> None:
    """Pool squares whose kernel is square and whose other parameters are not equal."""
    judge.every(flat(ramps.equal_axes()), is_maximum)


@pytest.mark.clause("rank.one")
def test_running_maxima_of_lines(judge: Judge) -> None:
    """Pool long lines that rise and that fall."""
    judge.every(judge.nearest(_of_rank(1)), follows_every_rule, needs=["rank-1"])


@pytest.mark.clause("rank.three")
def test_equal_axes_of_volumes(judge: Judge) -> None:
    """Pool cubes whose kernel is a cube, and volumes that a kernel covers."""
    judge.every(judge.nearest(_of_rank(3)), follows_every_rule, needs=["rank-3"])


def _of_rank(rank: int) -> list[Case]:
    families = (*LARGE, ramps.exact_sizes, ramps.long_kernels)
    return [case for family in families for case in family() if case.pool.rank == rank]


@pytest.mark.clause("index.plane")
def test_indices_of_running_maxima(judge: Judge) -> None:
    """Compare indices in long rows, whole planes, and planes of many windows."""
    for family in LARGE:
        judge.every(flat(family()), index_is_first, needs=["indices"])


@pytest.mark.clause("index.large")
def test_indices_up_to_the_last_element(judge: Judge) -> None:
    """Compare indices in planes of exactly as many elements as a type can count."""
    judge.every(ramps.exact_sizes(), index_is_first, needs=["indices"])
    judge.every(ramps.long_kernels(), index_is_first, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_gradients_of_running_maxima(judge: Judge) -> None:
    """Compare gradients in long rows, whole planes, and planes of exact sizes."""
    for family in (*LARGE, ramps.exact_sizes, ramps.long_kernels):
        judge.every(flat(family()), gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("grad.winner")
def test_gradients_past_24_bits(judge: Judge) -> None:
    """Send gradient back to planes that alone or together are larger than float32 can count."""

    def law(look: Look) -> None:
        batch, plane = look.case.shape[0], math.prod(look.case.shape[-2:])
        to = (winner(look)[0] + np.arange(batch)[:, None] * plane).ravel()
        dy, dx = look.dy, look.dx(look.dy, "peaks").ravel()
        found = np.flatnonzero(dx)
        if found.tolist() != to.tolist():
            raise NonconformanceError(
                f"gradient at the elements {to.tolist()} of the input and nowhere else",
                f"gradient at {len(found)} elements, the first {found[:4].tolist()}",
                "the gradient did not go to the largest elements",
            )
        require_equal(dy.ravel(), dx[to], "the largest elements got another gradient")

    judge.every(sizes.past_24_bits_together(), law, needs=["gradient"], shrinks=False)
