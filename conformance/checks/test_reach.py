"""Checks past the enumerated bounds: large kernels, rests of vectors, far places, unlike axes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.calls import Look
from conformance.cases import declared, reach, sizes, steps, words
from conformance.cases.case import Case
from conformance.checks.laws import sizes_by_laying, stands_in_window
from conformance.checks.test_layout import follows_every_rule
from conformance.checks.test_shape import require_sizes
from conformance.checks.test_specials import nan_in_nan_out
from conformance.checks.test_values import is_maximum
from conformance.checks.test_window import footprint
from conformance.checks.test_winners import gradient_follows_first, index_is_first
from conformance.judge import Judge


def flat(cases: Iterable[Case]) -> list[Case]:
    """Return the cases of two spatial axes."""
    return [case for case in cases if case.pool.rank == len("hw")]


@pytest.mark.clause("window.position")
def test_every_tap_of_a_large_kernel_is_seen(judge: Judge) -> None:
    """Put a one at each tap in turn, for every kernel_size up to 17 and some beyond."""
    judge.every(reach.every_tap(), footprint)


@pytest.mark.clause("shape.floor")
def test_sizes_of_large_parameters_round_down(judge: Judge) -> None:
    """Compare the sizes below large kernels, strides and paddings with the formula."""
    cases = flat((*reach.wide_parameters(), *reach.one_sided(), *reach.rests()))
    judge.every((*cases, *reach.single_elements()), sizes_by_laying)


@pytest.mark.clause("ceil.start-rule")
def test_sizes_of_every_overhang_round_up(judge: Judge) -> None:
    """Compare the sizes below windows that hang over by any number of taps with the rule."""
    judge.every((*reach.overhangs(), *declared.one_axis_padded()), sizes_by_laying)


@pytest.mark.clause("value.maximum")
def test_rows_of_every_rest(judge: Judge) -> None:
    """Pool rows and columns of 9 to 33 windows, which leave every rest of a vector."""
    judge.every(judge.nearest(reach.rests()), is_maximum)


@pytest.mark.clause("value.maximum")
def test_rows_of_every_type(judge: Judge) -> None:
    """Pool rows of every type that vectors of bytes and of words leave a rest of."""
    judge.every((*reach.typed_rests(), *steps.along_one_axis()), is_maximum)


@pytest.mark.clause("nan.propagates")
def test_nan_in_lines_and_volumes(judge: Judge) -> None:
    """Pool lines and volumes with NaN here and there."""
    judge.every(reach.special_ranks(), nan_in_nan_out)


@pytest.mark.clause("value.copied")
def test_bits_of_lines_and_volumes(judge: Judge) -> None:
    """Look for the bits of each output of lines and volumes, zeros and infinities among them."""
    judge.every(reach.special_ranks(), stands_in_window)


@pytest.mark.clause("grad.nan")
def test_nan_in_lines_and_volumes_gets_its_gradient(judge: Judge) -> None:
    """Send gradient back to NaN, infinities and zeros in lines and volumes."""
    judge.every(reach.special_ranks(), gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("ties.first")
def test_ties_in_a_single_plane(judge: Judge) -> None:
    """See who won among equals in one plane alone, below windows of every kind."""
    judge.every(reach.alone(), index_is_first, needs=["indices"])
    judge.every(reach.alone(), gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("nan.anywhere")
def test_nan_in_rows_of_every_rest(judge: Judge) -> None:
    """Pool rows with NaN here and there that leave every rest of a vector."""
    judge.every(reach.special_rests(), nan_in_nan_out)


@pytest.mark.clause("value.copied")
def test_bits_in_rows_of_every_rest(judge: Judge) -> None:
    """Look for the bits of each output, zeros of both signs among them, in its window."""
    judge.every(reach.special_rests(), stands_in_window)


@pytest.mark.clause("ties.first")
def test_ties_in_rows_of_every_rest(judge: Judge) -> None:
    """See by indices who won in rows that leave every rest of a vector."""
    judge.every(reach.typed_rests(), index_is_first, needs=["indices"])


@pytest.mark.clause("value.maximum")
def test_large_parameters(judge: Judge) -> None:
    """Pool with large strides, dilations and paddings, far into planes, and rows of round sizes."""
    judge.every(reach.wide_parameters(), is_maximum)
    judge.every(flat(reach.far_places()), is_maximum)
    judge.every(sizes.round_sizes(), is_maximum)


@pytest.mark.clause("window.plane-alone")
def test_counts_past_a_byte(judge: Judge) -> None:
    """Pool more than 256 batch items, channels and planes of one window each."""
    judge.every(reach.single_rows(), is_maximum)
    judge.every(reach.single_rows(), gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("pad.sides")
def test_padding_on_one_side_only(judge: Judge) -> None:
    """Pool below padding of all but one tap, which no window of equal padding can have."""
    families = (reach.one_sided, reach.single_elements, reach.ends_of_every_width)
    judge.every([case for family in families for case in family()], is_maximum)


@pytest.mark.clause("ceil.overhang")
def test_every_overhang(judge: Judge) -> None:
    """Pool below windows that hang over by every number of taps."""
    judge.every(reach.overhangs(), is_maximum)


@pytest.mark.clause("same.upper")
def test_same_upper_of_large_steps(judge: Judge) -> None:
    """Pool by the word with strides above the kernel and with dilation."""
    _by_word(judge, "same-upper")


@pytest.mark.clause("same.lower")
def test_same_lower_of_large_steps(judge: Judge) -> None:
    """Pool by the word with strides above the kernel and with dilation."""
    _by_word(judge, "same-lower")


def _by_word(judge: Judge, word: str) -> None:
    def law(look: Look) -> None:
        sizes = zip(look.case.shape[2:], look.case.pool.stride, strict=True)
        require_sizes(look, tuple(-(-n // s) for n, s in sizes), "ceil(n / s)")
        is_maximum(look)

    judge.every(words.calls(word), law, needs=[word])


@pytest.mark.clause("rank.one")
def test_far_places_on_a_line(judge: Judge) -> None:
    """Reach far into lines."""
    judge.every(_of_rank(1), follows_every_rule, needs=["rank-1"])


@pytest.mark.clause("rank.three")
def test_unlike_axes_of_volumes(judge: Judge) -> None:
    """Pool volumes whose axes differ in every parameter, and reach far into large ones."""
    judge.every(_of_rank(3), follows_every_rule, needs=["rank-3"])


def _of_rank(rank: int) -> list[Case]:
    cases = (*reach.far_places(), *reach.unlike_axes())
    return [case for case in cases if case.pool.rank == rank]


INDEXED = (
    *(reach.rests, reach.overhangs, reach.one_sided),
    *(reach.wide_parameters, reach.single_elements),
)


@pytest.mark.clause("index.plane")
def test_indices_past_the_bounds(judge: Judge) -> None:
    """Compare indices with the places of the largest elements."""
    for family in INDEXED:
        judge.every(family(), index_is_first, needs=["indices"])


@pytest.mark.clause("index.large")
def test_indices_of_far_places(judge: Judge) -> None:
    """Compare indices in large planes of two axes."""
    judge.every(flat(reach.far_places()), index_is_first, needs=["indices"])
    judge.every(sizes.outputs_past_16_bits(), index_is_first, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_gradients_past_the_bounds(judge: Judge) -> None:
    """Compare the input gradient with what the winners are owed."""
    for family in INDEXED:
        judge.every(family(), gradient_follows_first, needs=["gradient"])
    judge.every(flat(reach.far_places()), gradient_follows_first, needs=["gradient"])
    judge.every(sizes.outputs_past_16_bits(), gradient_follows_first, needs=["gradient"])
