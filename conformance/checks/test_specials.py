"""Checks of infinities, NaN, zeros and the element types."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import common, planes, ramps, types, windows
from conformance.cases.case import Array, Case
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import winner
from conformance.clauses import clause
from conformance.gather import is_nan, rows
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import require_all, require_same, same_bits
from reference.forward import lowest
from reference.pool import Pool


@pytest.mark.clause("infinity.minus")
def test_all_minus_infinity_stays(judge: Judge) -> None:
    """Pool inputs of nothing but -inf, tiled and beside padding."""

    def law(look: Look) -> None:
        if not np.isneginf(look.original).all():
            return  # what shrinking made of it is other data
        declared = look.implementation.dialect.float_identity
        value = -np.inf if declared == "infinity" else lowest(look.x.dtype)
        expected = np.full(look.values.shape, value, look.x.dtype)
        require_same(expected, look.values, "every real element is -inf")

    judge.every(types.infinities(-1), law)
    judge.every(common.layers("minus-inf"), law)


@pytest.mark.clause("infinity.plus")
def test_plus_infinity_wins(judge: Judge) -> None:
    """Look at every window that holds +inf and no NaN."""

    def law(look: Look) -> None:
        view, y = windows_of(look), rows(look.values, look.case)
        nan = view.has_nan & (look.implementation.dialect.nan == "propagate")
        holds = ((view.values == np.inf) & view.real).any(axis=2) & ~nan
        expected = np.where(holds, np.inf, y).astype(y.dtype).reshape(look.values.shape)
        require_same(expected, look.values, "the window holds +inf")

    judge.every(windows.specials(judge.tier), law)
    judge.every(types.infinities(+1), law)
    judge.every(common.layers("plus-inf"), law)


def nan_in_nan_out(look: Look) -> None:
    """Require NaN of the windows that hold one, and of no other; by the declared rule."""
    view, y = windows_of(look), rows(look.values, look.case)
    held = view.nan
    if look.implementation.dialect.nan == "propagate":
        should = held.any(axis=2)
    else:
        should = (held | ~view.real).all(axis=2) & held.any(axis=2)
    nan_result = is_nan(y)
    lost, made = should & ~nan_result, nan_result & ~should
    expected = np.where(should, np.nan, np.where(made, 0, y)).astype(y.dtype)
    shape = look.values.shape
    require_all(~lost.reshape(shape), expected.reshape(shape), look.values, "a NaN was lost")
    require_all(~made.reshape(shape), expected.reshape(shape), look.values, "a NaN appeared")


@pytest.mark.clause("nan.propagates")
def test_a_window_with_nan_is_nan(judge: Judge) -> None:
    """Look at every placement of NaN among other special values."""
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        judge.every(
            windows.specials(judge.tier if dtype == "float32" else "smoke", dtype), nan_in_nan_out
        )
        if judge.implementation.dialect.nan == "propagate":  # fmax may answer a signalling one
            judge.every(windows.every_nan(dtype), nan_in_nan_out)
    judge.every(planes.with_nan(), nan_in_nan_out)
    judge.every(common.layers("nan"), nan_in_nan_out)
    judge.every(windows.nan_in_other_ranks(), nan_in_nan_out)


@pytest.mark.clause("nan.anywhere")
def test_the_place_of_a_nan_does_not_matter(judge: Judge) -> None:
    """Put one NaN at each position in turn, for several windows and channel counts."""

    def law(look: Look) -> None:
        is_maximum(look)
        nan_in_nan_out(look)
        channels = np.broadcast_to(look.original[:, :1], look.original.shape)
        if same_bits(channels.copy(), look.original).all():
            first = np.broadcast_to(look.values[:, :1], look.values.shape).copy()
            require_same(first, look.values, "equal channels got different answers")

    judge.every(windows.lonely_nans(), law)


def stands_in_its_window(judge: Judge, look: Look) -> None:
    """Require of each output that is a zero that it stands in its window, by the declared rule."""
    view, y = windows_of(look), rows(look.values, look.case)
    ignores = look.implementation.dialect.nan == "ignore"
    best = view.highest(skip_nan=ignores)
    zero = (view.values == 0) & view.real
    concerned = (best == 0) & zero.any(axis=2)
    minus = zero & np.signbit(view.values.astype(np.float64))
    has_minus, has_plus = minus.any(axis=2), (zero & ~minus).any(axis=2)
    sign = np.signbit(y.astype(np.float64))
    allowed = np.where(sign, has_minus, has_plus) & (y == 0)
    declared = look.implementation.dialect.signed_zero
    if declared == "positive":
        allowed &= ~(sign & has_plus)
    if declared == "first":
        to, is_open = winner(look)
        numbers = look.original.reshape(len(to), -1).astype(np.float64)
        allowed &= is_open | (sign == np.signbit(np.take_along_axis(numbers, to, axis=1)))
    right = (allowed | ~concerned).reshape(look.values.shape)
    expected = judge.answer(look.case).y
    note = "the zero does not stand in its window"
    if declared != "any":
        note += f", or is not what signed-zero={declared} says"
    require_all(right, expected, look.values, note)


@pytest.mark.clause("zero.signed")
def test_a_zero_result_stands_in_the_window(judge: Judge) -> None:
    """Look at every window whose largest elements are zeros, of either sign."""
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        cases = (*windows.specials("smoke", dtype), *types.zeros(dtype))
        judge.every(cases, lambda look: stands_in_its_window(judge, look))


@pytest.mark.clause("zero.signed")
def test_a_zero_among_many_negatives(judge: Judge) -> None:
    """Pool large windows of negative numbers in which one element is a zero, of either sign."""
    judge.every(ramps.zeros_among_negatives(), lambda look: stands_in_its_window(judge, look))


@pytest.mark.clause("zero.signed")
def test_many_minus_zeros(judge: Judge) -> None:
    """Pool windows of nothing but -0, small and large, also after an input that is equal."""

    def law(look: Look) -> None:
        if np.signbit(look.original).all() and not look.original.any():
            expected = np.full_like(look.values, -0.0)
            require_same(expected, look.values, "every element is -0")
            note = "every element is +0, after a call whose elements were all -0"
            require_same(-expected, look.again(-look.original), note)
            note = "every element is -0, after a call whose elements were all +0"
            require_same(expected, look.again(look.original.copy()), note)

    cases = [
        Case(f"zero.minus-{name}", pool, (1, 3, *plane), _minus_zero)
        for name, (pool, plane) in types.BORDERS.items()
    ]
    large = Pool.of((128, 80))
    cases.append(Case("zero.minus-10240", large, (1, 1, 128, 160), _minus_zero))
    judge.every(cases, law)


def _minus_zero(case: Case, _seed: int) -> Array:
    return np.full(case.shape, -0.0)


@pytest.mark.clause("type.float16")
def test_float16(judge: Judge) -> None:
    """Judge windows of float16 neighbours, extremes and special values."""
    _exact(judge, "float16")


@pytest.mark.clause("type.bfloat16")
def test_bfloat16(judge: Judge) -> None:
    """Judge windows of bfloat16 neighbours, extremes and special values."""
    _exact(judge, "bfloat16")


def _exact(judge: Judge, dtype: str) -> None:
    for cases in (
        types.pairs(dtype),
        types.random_geometry(dtype),
        windows.orders(dtype),
        windows.specials("smoke", dtype),
    ):
        judge.every(cases, is_maximum, needs=[dtype])


@pytest.mark.clause("type.integers")
def test_integers_over_their_whole_range(judge: Judge) -> None:
    """Judge windows of neighbours around every power of two that a type reaches."""
    for dtype in _integers(judge):
        judge.every(types.pairs(dtype), is_maximum)
        judge.every(types.random_geometry(dtype), is_maximum)


@pytest.mark.clause("type.minimum")
def test_the_minimum_throughout(judge: Judge) -> None:
    """Pool inputs of nothing but the minimum of the type, tiled and beside padding."""

    def law(look: Look) -> None:
        if (look.original != np.iinfo(look.case.dtype).min).any():
            return  # what shrinking made of it is other data
        least = np.full(look.values.shape, np.iinfo(look.case.dtype).min, look.case.dtype)
        require_same(least, look.values, "every element is the minimum of the type")

    for dtype in _integers(judge):
        judge.every(types.minima(dtype), law)


def _integers(judge: Judge) -> Iterator[str]:
    """Yield the integer types that are claimed."""
    for alternatives in clause("type.integers").needs:
        yield from sorted(alternatives & judge.implementation.claims)


@pytest.mark.clause("type.bool")
def test_booleans(judge: Judge) -> None:
    """Judge every window of up to four booleans, and padded ones."""

    def law(look: Look) -> None:
        view = windows_of(look)
        expected = np.asarray((view.values & view.real).any(axis=2)).reshape(look.values.shape)
        require_same(expected, look.values, "the maximum of booleans is their or")

    judge.every(_bool_windows(), law, needs=["bool"])
    judge.every(types.random_geometry("bool"), law, needs=["bool"])


def _bool_windows() -> list[Case]:
    found = []
    for case in windows.orders():
        size = case.shape[2] * case.shape[3]
        rows_of_bits = (np.arange(2**size)[:, None] >> np.arange(size)) % 2 == 1
        shape = (1, len(rows_of_bits), *case.shape[2:])
        kept = rows_of_bits.reshape(shape)
        found.append(
            Case(f"{case.id}-bool", case.pool, shape, lambda _c, _s, kept=kept: kept, "bool")  # type: ignore[misc]
        )
    return found
