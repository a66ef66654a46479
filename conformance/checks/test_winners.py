"""Checks of winners: ties, and the indices that name them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import common, geometry, hand, networks, planes, sizes, types, windows
from conformance.cases.case import Array
from conformance.checks.rows import points_as_row, returns_row_gradient
from conformance.features import FLOATS, LOW_PRECISION, TYPES
from conformance.gather import Windows, comparable, first_largest, is_nan, plane_offsets, rows
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import (
    MISLED,
    MISNAMED,
    NonconformanceError,
    require_all,
    require_equal,
    require_same,
)
from conformance.oracle import named


def winner(look: Look) -> tuple[Array, Array]:
    """Return (planes, windows): the winner by the declared rule, and whether it is open."""
    if "winner" not in look.kept:
        look.kept["winner"] = _winner(look)
    found: tuple[Array, Array] = look.kept["winner"]
    return found


def _winner(look: Look) -> tuple[Array, Array]:
    view, dialect = windows_of(look), look.implementation.dialect
    if not view.member.shape[1]:  # no window holds anything
        shape = rows(look.values, look.case).shape
        return np.full(shape, -1), np.ones(shape, bool)
    offset, tied = first_largest(view, skip_nan=dialect.nan == "ignore")
    nan = is_nan(rows(look.values, look.case))
    is_open = (tied > 1) & (nan | _either_zero(look, view) | (dialect.ties == "any"))
    is_open |= ~view.occupied[None]
    if dialect.ties == "last":
        mirrored = _last_largest(look)
        offset = np.where(is_open | nan, offset, mirrored)
    return offset, is_open


def _either_zero(look: Look, view: Windows) -> Array:
    """Return (planes, windows): whether the output is 0 and either sign of it may have won."""
    y = rows(look.values, look.case)
    zero = (view.values == 0) & view.real
    if look.implementation.dialect.signed_zero == "first" or not zero.any():
        return np.zeros(y.shape, bool)
    minus = zero & np.signbit(comparable(view.values).astype(np.float64))
    mixed = minus.any(axis=2) & (zero & ~minus).any(axis=2)
    return np.asarray(mixed & (y == 0))


def _last_largest(look: Look) -> Array:
    view = windows_of(look)
    best = view.highest(skip_nan=True)
    equal = (comparable(view.values) == best[:, :, None]) & view.real
    last = equal.shape[2] - 1 - equal[:, :, ::-1].argmax(axis=2)
    return np.asarray(view.member[np.arange(len(view.member)), last])


def index_is_first(look: Look, among: Array | None = None) -> None:
    """Require that the indices name the first of the largest elements.

    `among` are the windows that count, (planes, windows); all if it is not given.
    """
    expected, is_open = winner(look)
    is_open = is_open if among is None else is_open | ~among
    got = plane_offsets(look)
    shape = look.values.shape
    note = f"{MISNAMED} the first largest element"
    require_same(expected.reshape(shape), got.reshape(shape), note, ~is_open.reshape(shape))


def gradient_follows_first(look: Look, among: Array | None = None) -> None:
    """Require that each output gradient went to the first of the largest elements.

    `among` are the windows that get one, (planes, windows); all if it is not given.
    """
    if look.implementation.dialect.gradient_ties != "winner":
        return
    to, is_open = winner(look)
    nothing = to < 0
    is_open = (is_open if among is None else is_open | ~among) & ~nothing
    dy = look.dy
    dy[is_open.reshape(dy.shape)] = 0
    dx = look.dx(dy, "where settled" if is_open.any() else "case")
    expected = np.zeros((len(to), math.prod(look.case.shape[-look.case.pool.rank :])))
    plane = np.broadcast_to(np.arange(len(to))[:, None], to.shape)
    owed = np.where(nothing, 0, rows(dy, look.case).astype(np.float64))
    np.add.at(expected, (plane, to), owed)
    note = f"{MISLED} the first largest element"
    require_equal(expected.astype(dx.dtype).reshape(dx.shape), dx, note)


def gradient_is_the_oracles(judge: Judge, look: Look) -> None:
    """Require the input gradient of the oracle, for an output gradient that leaves none open."""
    answer = judge.answer(look.case)
    assert answer.dx is not None  # noqa: S101 - only floats are among the cases
    dx = look.dx(np.array(answer.dy), "case" if (answer.dy == look.dy).all() else "oracle")
    require_equal(answer.dx, dx, "another element received the gradient")


def first_wins(look: Look, among: Array | None = None) -> None:
    """Require by indices and by gradients, as far as they are claimed, that the first won.

    `among` are the windows that count, (planes, windows); all if it is not given.
    """
    if look.claims("indices"):
        index_is_first(look, among)
    if look.claims("gradient"):
        gradient_follows_first(look, among)


@pytest.mark.clause("ties.first")
def test_the_first_of_equals_wins(judge: Judge) -> None:
    """See by indices and by gradients who won, over every pattern of ties."""
    if not judge.claims("indices") and not judge.claims("gradient"):
        return
    for cases in (
        windows.orders(),
        geometry.thinned(judge.tier),
        sizes.tied_windows(),
        sizes.tied_types(*TYPES),
        types.minima("int8", "int32"),
    ):
        seen = TYPES if judge.claims("indices") else (*FLOATS, *LOW_PRECISION)
        observable = [case for case in cases if case.dtype in seen]
        judge.every(observable, first_wins)
    if judge.implementation.dialect.ties == "first":
        by_id = {row.case.id: row for row in hand.TIES}
        cases = tuple(row.case for row in hand.TIES)
        judge.every(
            cases, lambda look: points_as_row(look, by_id), needs=["indices"], shrinks=False
        )


@pytest.mark.clause("index.form")
def test_indices_have_the_form_of_the_output(judge: Judge) -> None:
    """Compare shape and dtype of the indices."""

    def law(look: Look) -> None:
        wanted = np.dtype(look.implementation.dialect.index_type)
        if look.index.shape != look.values.shape:
            note = f"the shape is {look.index.shape}, not {look.values.shape}"
            raise NonconformanceError(f"indices of shape {look.values.shape}", look.index, note)
        if look.index.dtype != wanted:
            note = f"the indices are {look.index.dtype}"
            raise NonconformanceError(f"indices of {wanted}", look.index, note)

    for cases in (
        geometry.few(judge.tier),
        planes.counts(),
        types.random_geometry("float64", "int8"),
    ):
        judge.every(cases, law, needs=["indices"])
    unbatched = [case for case in planes.counts()[:9] if case.shape[0] == 1]
    judge.every([case.without_batch() for case in unbatched], law, needs=["indices"])


@pytest.mark.clause("index.plane")
def test_indices_count_through_the_declared_space(judge: Judge) -> None:
    """Compare indices with the oracle's where all elements differ, and with rows by hand."""

    def law(look: Look) -> None:
        answer, dialect = judge.answer(look.case), look.implementation.dialect
        expected = named(answer.plane_index, look.case.shape, look.case.pool.rank, dialect)
        settled = answer.contenders == 1
        got = look.indices.astype(expected.dtype)
        require_same(expected, got, "the index is counted in another way", settled)

    for cases in (
        geometry.planes(judge.tier),
        planes.counts(),
        planes.richer(),
        networks.cases(),
        geometry.other_ranks("smoke"),
        types.random_geometry("float64"),
    ):
        judge.every(cases, law, needs=["indices"])
    by_id = {row.case.id: row for row in hand.WINNERS}
    cases = tuple(row.case for row in hand.WINNERS)
    judge.every(cases, lambda look: points_as_row(look, by_id), needs=["indices"], shrinks=False)


@pytest.mark.clause("index.in-window")
def test_indices_name_elements_of_their_window(judge: Judge) -> None:
    """Look for each index among the real positions of its window."""

    def law(look: Look) -> None:
        offset, view = plane_offsets(look), windows_of(look)
        inside = ((offset[:, :, None] == view.member) & view.real).any(axis=2)
        inside |= ~view.occupied[None]
        note = "the index names a position outside its window"
        expected = judge.answer(look.case).plane_index
        require_all(inside.reshape(look.values.shape), expected, look.indices, note)

    for cases in (
        geometry.thinned(judge.tier, 0),
        types.infinities(-1),
        windows.specials("smoke"),
        types.minima("int8", "int32", "uint8"),
    ):
        judge.every(cases, law, needs=["indices"])


@pytest.mark.clause("index.value")
def test_the_element_at_an_index_is_the_output(judge: Judge) -> None:
    """Read the input at each index and compare with the output."""

    def law(look: Look) -> None:
        flat = look.original.copy().reshape(len(plane_offsets(look)), -1)
        there = np.take_along_axis(flat, np.maximum(plane_offsets(look), 0), axis=1)
        holds = windows_of(look).occupied
        where = np.broadcast_to(holds, there.shape).reshape(look.values.shape)
        note = "the element at the index is not the output"
        got = look.values
        if look.implementation.dialect.float_identity == "lowest":
            where = where & (there.reshape(got.shape) != -np.inf)
        require_equal(there.reshape(got.shape), got, note, where)

    for cases in (
        geometry.thinned(judge.tier, 1),
        planes.counts(),
        types.random_geometry("float64"),
        windows.specials("smoke"),
        windows.orders(),
        planes.with_nan(),
    ):
        judge.every(cases, law, needs=["indices"])


@pytest.mark.clause("index.nan")
def test_the_index_of_a_nan_names_a_nan(judge: Judge) -> None:
    """Read the input at the index wherever the output is NaN."""

    def law(look: Look) -> None:
        view, offset = windows_of(look), plane_offsets(look)
        nan_result = is_nan(rows(look.values, look.case))
        named_nan = ((offset[:, :, None] == view.member) & view.nan).any(axis=2)
        rule = look.implementation.dialect.nan_index
        if rule != "any":
            order = np.cumsum(view.nan, axis=2)
            wanted = 1 if rule == "first" else order[:, :, -1:]
            chosen = (order == wanted) & view.nan
            named_nan = ((offset[:, :, None] == view.member) & chosen).any(axis=2)
        right = (named_nan | ~nan_result).reshape(look.values.shape)
        note = "the output is NaN and the index names no NaN of the window that may win"
        require_all(right, judge.answer(look.case).plane_index, look.indices, note)

    for cases in (windows.specials(judge.tier), windows.lonely_nans(), planes.with_nan()):
        judge.every(cases, law, needs=["indices"])
    for dtype in ("float64", "float16", "bfloat16"):
        judge.every(windows.specials("smoke", dtype)[:3], law, needs=["indices"])
    if judge.implementation.dialect.nan == "propagate":  # fmax may answer a signalling one
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            judge.every(windows.two_nans(dtype), law, needs=["indices"])
    judge.every(windows.nan_in_other_ranks(), law, needs=["indices"])


@pytest.mark.clause("index.large")
def test_indices_of_large_planes_are_exact(judge: Judge) -> None:
    """Look at planes past 255, 2048, 32767, 65535 and 2**24 elements."""

    def law(look: Look) -> None:
        index_is_first(look)
        if "past-24-bits" in look.case.id and look.implementation.dialect.index == "plane":
            last = int(look.indices.ravel()[-1])
            if last != look.original.size - 1:
                raise NonconformanceError(f"index {look.original.size - 1}", f"index {last}")

    judge.every(sizes.long_axes(), law, needs=["indices"])
    for long in (sizes.past_24_bits(), sizes.line_past_24_bits()):
        judge.every(long, law, needs=["indices"], shrinks=False)
    if judge.implementation.dialect.index != "plane":  # else no index is past its plane
        judge.every(
            judge.nearest(sizes.planes_past_24_bits()), law, needs=["indices"], shrinks=False
        )
    judge.every(sizes.many_taps(), law, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_gradient_rows_by_hand(judge: Judge) -> None:
    """Compare with input gradients that were worked out by hand."""
    if judge.implementation.dialect.gradient_ties != "winner":
        return
    by_id = {row.case.id: row for row in hand.WINNERS}
    cases = tuple(row.case for row in hand.WINNERS)
    judge.every(
        cases, lambda look: returns_row_gradient(look, by_id), needs=["gradient"], shrinks=False
    )


@pytest.mark.clause("grad.winner")
def test_the_gradient_goes_to_the_winner(judge: Judge) -> None:
    """Compare the input gradient with the oracle's on every geometry."""

    def law(look: Look) -> None:
        gradient_is_the_oracles(judge, look)

    for cases in (
        geometry.planes(judge.tier),
        planes.counts(),
        planes.richer(),
        sizes.long_axes(),
        sizes.many_taps(),
        sizes.wide_steps(),
        windows.specials("smoke"),
        types.infinities(-1),
        geometry.other_ranks("smoke"),
        types.random_geometry("float64", "float16", "bfloat16"),
        types.pairs("float32", "float64"),
        sizes.many_outputs()[:1],
        common.layers("negative"),
        common.layers("tied"),
        common.layers("some-minus-inf"),
    ):
        judge.every(cases, law, needs=["gradient"])
    judge.every(networks.cases(), law, needs=["gradient"], shrinks=False)
