"""Checks of every element type below windows of every kind, and along its whole range."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import reach, sizes, typed
from conformance.cases.case import Case, plane_distinct
from conformance.checks.laws import index_in_window, keeps_type, stands_in_window
from conformance.checks.test_layout import same_as_contiguous, same_gradient_of_one
from conformance.checks.test_results import returns_arrays
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import gradient_follows_first, index_is_first
from conformance.features import FLOATS, LOW_PRECISION, TYPES
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    pooling,
    require_like,
    require_same,
)
from reference.pool import Pool

SMALL_FLOATS = (*FLOATS, *LOW_PRECISION)


@pytest.mark.clause("result.type")
def test_every_type_comes_back_as_it_is(judge: Judge) -> None:
    """Compare the dtype of the output with that of the input, which is in native byte order."""
    judge.every(typed.all_features(*TYPES), keeps_type)


@pytest.mark.clause("result.arrays")
def test_every_type_gives_arrays(judge: Judge) -> None:
    """Call forward, backward and indices for every type and number of axes."""
    judge.every(typed.all_features(*TYPES), returns_arrays)


@pytest.mark.clause("value.maximum")
def test_every_type_below_every_window(judge: Judge) -> None:
    """Pool every type below windows that need every feature at once."""
    judge.every(typed.all_features(*TYPES), is_maximum)
    judge.every(typed.of_every_rank(*TYPES), is_maximum)


@pytest.mark.clause("value.maximum")
def test_equal_types_are_one_type(judge: Judge) -> None:
    """Hand over arrays whose dtype equals the usual one and is another object, as after pickle."""

    def law(look: Look) -> None:
        is_maximum(look)
        x = look.original
        if x.dtype.isbuiltin == 1:
            pickled = x.astype(pickle.loads(pickle.dumps(x.dtype)))  # noqa: S301 - made here
            same_as_contiguous(look, pickled, "the array was pickled: its dtype is another object")
        for dtype in _spelt_otherwise(x.dtype):
            other, note = x.astype(dtype), f"the dtype is {dtype!r}, of letter {dtype.char}"
            same_as_contiguous(look, other, note, (Exception,))  # who knows types by letters alone

    judge.every((*typed.ladders(*FLOATS, "float16")[::2], *reach.typed_rests()), law)


def _spelt_otherwise(dtype: np.dtype[Any]) -> Iterator[np.dtype[Any]]:
    """Yield dtypes that are equal to one: with metadata, and of another letter."""
    if dtype.isbuiltin == 1:
        yield np.dtype(dtype, metadata={"unit": "none"})
        yield from (
            np.dtype(char) for char in "ilqILQ" if char != dtype.char and np.dtype(char) == dtype
        )


@pytest.mark.clause("value.maximum")
def test_neighbours_of_every_magnitude(judge: Judge) -> None:
    """Compare numbers one step apart, from the smallest of the type to the largest."""
    judge.every(typed.ladders(*FLOATS), is_maximum)


@pytest.mark.clause("value.copied")
def test_bits_of_every_magnitude(judge: Judge) -> None:
    """Look for the bits of each output in its window, from the smallest number to the largest."""
    judge.every(typed.ladders(*SMALL_FLOATS), stands_in_window)


@pytest.mark.clause("type.float16")
def test_float16_of_every_magnitude(judge: Judge) -> None:
    """Compare float16 numbers one step apart, from the smallest to the largest."""
    judge.every(typed.ladders("float16"), is_maximum)


@pytest.mark.clause("type.bfloat16")
def test_bfloat16_of_every_magnitude(judge: Judge) -> None:
    """Compare bfloat16 numbers one step apart, from the smallest to the largest."""
    judge.every(typed.ladders("bfloat16"), is_maximum)


@pytest.mark.clause("ties.first")
def test_the_first_of_equals_wins_in_every_type(judge: Judge) -> None:
    """See by indices and by gradients who won among equals of every type."""
    judge.every(typed.all_features(*TYPES), index_is_first, needs=["indices"])
    judge.every(typed.of_every_rank(*TYPES), index_is_first, needs=["indices"])
    floats = typed.all_features(*SMALL_FLOATS)
    judge.every(floats, gradient_follows_first, needs=["gradient"])


@pytest.mark.clause("index.in-window")
def test_indices_of_every_type_name_their_window(judge: Judge) -> None:
    """Look for each index among the real positions of its window, the least of a type included."""
    judge.every(typed.all_features(*TYPES), index_in_window, needs=["indices"])


@pytest.mark.clause("index.form")
def test_indices_of_every_type_have_their_form(judge: Judge) -> None:
    """Compare shape and dtype of the indices, those of an empty batch too."""

    def law(look: Look) -> None:
        wanted = np.dtype(look.implementation.dialect.index_type)
        require_like(look.values.shape, wanted, look.index)

    cases: tuple[Case, ...] = (*typed.all_features(*TYPES), *sizes.empty_batches())
    judge.every((*cases, *reach.far_places()), law, needs=["indices"], shrinks=False)


@pytest.mark.clause("grad.form")
def test_gradients_of_every_type_have_their_form(judge: Judge) -> None:
    """Compare shape and dtype of the input gradient for every floating type and rank."""

    def law(look: Look) -> None:
        dx = look.bench.array("backward", look.dy, look.saved)
        require_like(look.x.shape, look.x.dtype, dx)
        if not dx.dtype.isnative:
            note = f"the input gradient is {dx.dtype.str}, the input {look.x.dtype.str}"
            raise NonconformanceError(f"an array of {look.x.dtype}", dx, note)

    cases = (*typed.all_features(*SMALL_FLOATS), *sizes.empty_batches())
    judge.every(cases, law, needs=["gradient"], shrinks=False)


@pytest.mark.clause("rank.unbatched")
def test_no_batch_axis_in_every_rank(judge: Judge) -> None:
    """Pool every kind of call without its batch axis, and compare with a batch of one."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()[None]
        if not look.offers(x):
            is_maximum(look)
            return
        y, saved = look.bench.forward(x.copy(), case.pool)
        require_same(y[0], look.values, "differs from a batch of one")
        if look.claims("indices", x=x) and look.claims("indices"):
            batched = look.bench.array("indices", saved)
            require_like(batched[0].shape, batched.dtype, look.index)
        same_gradient_of_one(look, x, saved)

    cases = [case.without_batch() for case in typed.all_features("float32", "float64")]
    halves = typed.of_every_rank(*LOW_PRECISION)
    cases += [case.without_batch() for case in halves if case.pool.rank == 1]
    narrow = [case.without_batch() for case in typed.narrow()]
    judge.every((*cases, *narrow), law, needs=["unbatched"])


@pytest.mark.clause("value.monotone")
def test_neighbours_in_every_type_keep_their_order(judge: Judge) -> None:
    """Replace numbers by others one step apart in their type; the outputs are replaced alike."""

    def law(look: Look) -> None:
        known, rank = np.unique(look.original, return_inverse=True)
        if not np.isin(look.values, known).all():
            raise NonconformanceError("elements of the input", look.values, "made up an element")
        steps = typed.magnitudes(look.case.dtype)
        for begin in range(0, len(steps) - len(known), len(steps) // 6):
            table = steps[begin : begin + len(known)]
            given = table[rank].reshape(look.x.shape)
            expected = table[np.searchsorted(known, look.values)]
            with pooling(given):
                note = f"mapped to neighbours from {table[0]} on"
                require_same(expected, look.again(given.copy()), note)

    cases = [
        Case(f"steps.{dtype}", Pool.of(2, 1), (1, 1, 4, 5), plane_distinct, dtype)
        for dtype in SMALL_FLOATS
    ]
    judge.every(cases, law, shrinks=False)
