"""Checks of the gradient, by laws that need no oracle."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import common, geometry, planes, sums, types, windows
from conformance.cases.case import Array, Case, dtype_of
from conformance.checks.test_derivative import is_derivative
from conformance.checks.test_results import gradient
from conformance.gather import Windows, first_largest, is_nan, members, rows
from conformance.gather import planes as plane_count
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    native,
    require_equal,
    require_like,
    require_same,
)
from reference.pool import Pool


def per_plane(array: Array, case: Case) -> Array:
    """Return the sum of each plane, in float64."""
    return np.asarray(rows(array, case).astype(np.float64).sum(axis=1))


def without_ties(look: Look) -> Array:
    """Return (planes,) bool: in which planes all elements differ."""
    ordered = np.sort(look.original.reshape(plane_count(look.case), -1), axis=1)
    return np.asarray((ordered[:, 1:] != ordered[:, :-1]).all(axis=1))


@pytest.mark.clause("grad.sparse")
def test_losers_get_exactly_zero(judge: Judge) -> None:
    """Look for a bit of gradient at every element that is not the largest of any window."""

    def law(look: Look) -> None:
        _, dx = gradient(look)
        view, y = windows_of(look), rows(look.values, look.case)
        equal = ((view.values == y[:, :, None]) | view.nan) & view.real
        largest = np.zeros((len(y), math.prod(look.case.shape[-look.case.pool.rank :]) + 1), bool)
        plane, window, tap = np.nonzero(equal)
        largest[plane, view.member[window, tap]] = True
        losers = ~largest[:, :-1].reshape(dx.shape)
        note = "an element that won nothing has a gradient that is not +0"
        require_same(np.zeros_like(dx), dx, note, losers)

    for cases in (
        geometry.thinned(judge.tier, 1),
        planes.richer(),
        windows.orders(),
        types.random_geometry("float16", "float64"),
    ):
        judge.every(cases, law, needs=["gradient"])


@pytest.mark.clause("grad.accumulates")
def test_a_winner_of_many_gets_the_sum(judge: Judge) -> None:
    """Move a peak over the plane; it is owed the gradient of every window that covers it."""
    found = [*geometry.planes(judge.tier), *geometry.large_windows()]
    overlapping = [case for case in found if "overlap" in case.needs]
    judge.every(
        [case for case in overlapping if "dilation" not in case.needs],
        _peak_gets_all,
        needs=["gradient"],
    )


@pytest.mark.clause("grad.dilation")
def test_a_winner_of_dilated_windows_gets_the_sum(judge: Judge) -> None:
    """Move a peak over the plane below dilated windows, and difference them."""
    dilated = [case for case in geometry.planes(judge.tier) if "dilation" in case.needs]
    judge.every(dilated, _peak_gets_all, needs=["gradient", "dilation"])
    some = [case for case in geometry.thinned(judge.tier) if "dilation" in case.needs]
    judge.every(some, is_derivative, needs=["gradient", "dilation"])


def _peak_gets_all(look: Look) -> None:
    """Require that a lone peak receives the gradient of all windows that cover it."""
    dy, dx = gradient(look)
    member = members(look.case, look.implementation.dialect)
    x = look.original.reshape(plane_count(look.case), -1)
    peak = x.argmax(axis=1)
    lone = (x[np.arange(len(x)), peak] > 0) & ((x > 0).sum(axis=1) == 1)
    covers = (member[None] == peak[:, None, None]).any(axis=2)
    owed = (rows(dy, look.case).astype(np.float64) * covers).sum(axis=1)
    got = dx.reshape(len(x), -1)[np.arange(len(x)), peak].astype(np.float64)
    place = np.argwhere(lone & (owed != got))
    if place.size:
        plane = int(place[0, 0])
        expected, note = dx.copy(), "the peak is owed the gradient of every window that covers it"
        expected.reshape(len(x), -1)[plane, peak[plane]] = owed[plane]
        item = np.unravel_index(plane, look.case.shape[: -look.case.pool.rank])
        raise NonconformanceError(expected, dx, note, tuple(int(i) for i in item))


@pytest.mark.clause("grad.conserved")
def test_no_gradient_is_lost_or_made(judge: Judge) -> None:
    """Compare the sums of both gradients, plane by plane."""

    def law(look: Look) -> None:
        dy, dx = gradient(look)
        holds = (members(look.case, look.implementation.dialect) >= 0).any(axis=1)
        rows_of_dy = rows(dy, look.case).astype(np.float64) * holds
        expected, got = rows_of_dy.sum(axis=1), per_plane(dx, look.case)
        note = "the sum of each plane's input gradient differs from that of its output gradient"
        require_equal(expected, got, note, None if one_wins else without_ties(look))

    one_wins = judge.implementation.dialect.gradient_ties == "winner"
    if judge.implementation.dialect.gradient_ties == "all":
        return
    settled = [geometry.thinned(judge.tier, 2), planes.counts(), planes.richer()]
    if one_wins:
        settled += [windows.orders(), types.infinities(-1)]
    for cases in settled:
        judge.every(cases, law, needs=["gradient"])


@pytest.mark.clause("grad.form")
def test_the_gradient_has_the_form_of_the_input(judge: Judge) -> None:
    """Compare shape and dtype of the input gradient with those of the input."""

    def law(look: Look) -> None:
        dy = look.dy
        dx = look.bench.array("backward", dy, look.saved)
        require_like(look.x.shape, look.x.dtype, native(dx))

    floats = ("float32", "float64", "float16", "bfloat16")
    for cases in (types.random_geometry(*floats), geometry.few(judge.tier), planes.counts()[:8]):
        judge.every(cases, law, needs=["gradient"])


@pytest.mark.clause("grad.linear")
def test_the_gradient_is_linear(judge: Judge) -> None:
    """Scale, negate and add output gradients; the input gradients follow."""

    def law(look: Look) -> None:
        dy = look.dy
        if judge.implementation.dialect.gradient_ties == "split":  # a third is rounded
            rows(dy, look.case)[~without_ties(look)] = 0
        other, dx = np.flip(dy).copy(), look.dx(dy, "linear")
        for power in (-60, -24, 24, 60):
            factor = dy.dtype.type(2.0**power)
            require_equal(dx * factor, look.dx(dy * factor, f"2**{power}"), f"scaled by 2**{power}")
        require_equal(-dx, look.dx(-dy, "negated"), "negated")
        none = look.dx(np.zeros_like(dy), "none")
        require_equal(np.zeros_like(dx), none, "no output gradient at all")
        require_equal(dx + look.dx(other, "other"), look.dx(dy + other, "sum"), "added")
        odd = np.where(np.arange(dy.size).reshape(dy.shape) % 2, dy, 0).astype(dy.dtype)
        require_equal(
            dx - look.dx(odd, "odd"), look.dx(dy - odd, "even"), "every second one left out"
        )

    for cases in (geometry.few(judge.tier), planes.richer()):
        judge.every(cases, law, needs=["gradient"])


def lone(look: Look, window: int, value: float) -> Array:
    """Return an output gradient that is 0 but for one window of each plane."""
    dy = np.zeros((*look.values.shape[:2], look.values[0, 0].size), look.x.dtype)
    dy[..., window] = value
    return dy.reshape(look.values.shape)


@pytest.mark.clause("grad.ties")
def test_one_of_equals_gets_it_all(judge: Judge) -> None:
    """Send gradient back through one window at a time and count who receives it."""
    split = judge.implementation.dialect.gradient_ties

    def law(look: Look) -> None:
        view = windows_of(look)
        _, tied = first_largest(view, skip_nan=judge.implementation.dialect.nan == "ignore")
        count = look.values[0, 0].size
        for window in range(min(count, 12)):
            dy = lone(look, window, 12)
            dx = rows(look.dx(dy, f"window {window}"), look.case).astype(np.float64)
            receivers = np.where(
                tied[:, window] > 0, 1 if split == "winner" else tied[:, window], 0
            )
            share = 12 / np.maximum(receivers, 1) if split == "split" else np.full(len(dx), 12.0)
            number = (dx != 0).sum(axis=1)
            exact = 12 % np.maximum(receivers, 1) == 0
            highest = np.abs(dx).max(axis=1)
            right = (number == receivers) & ((highest == share * (receivers > 0)) | ~exact)
            if not right.all():
                plane = int(np.argwhere(~right)[0, 0])
                place = np.unravel_index(plane, look.case.shape[:2])
                expected = f"elements that receive {share[plane]:g} of 12: {receivers[plane]}"
                got = (
                    f"elements that receive any: {number[plane]}, at most {highest[plane]:g} of 12"
                )
                note = f"the gradient of window {window} was divided or multiplied"
                raise NonconformanceError(expected, got, note, (*(int(i) for i in place), 0))

    for cases in (windows.orders(), geometry.planes("smoke")):
        judge.every(cases, law, needs=["gradient"])


@pytest.mark.clause("grad.nan")
def test_nan_goes_to_one_element(judge: Judge) -> None:
    """Pool NaN, and send NaN and infinite gradient back; one element receives it."""

    def law(look: Look) -> None:
        view = windows_of(look)
        skip = judge.implementation.dialect.nan == "ignore"
        count = look.values[0, 0].size
        for window, value in itertools.product(range(min(count, 4)), (3.0, np.nan, np.inf)):
            if not view.real[window].any():
                continue
            dy = lone(look, window, value)
            dx = rows(look.dx(dy, f"{value} to {window}"), look.case)
            hit = (dx != 0) | is_nan(dx)
            may = _may_receive(view, window, dx.shape[1], skip_nan=skip)
            right = (hit.sum(axis=1) == 1) & (hit & may).any(axis=1)
            if not right.all():
                place = np.unravel_index(int(np.argwhere(~right)[0, 0]), look.case.shape[:2])
                note = f"{value} sent back through window {window} did not reach its winner alone"
                expected = np.where(may, dy.dtype.type(value), 0).astype(dx.dtype)
                shape = look.case.shape
                raise NonconformanceError(
                    expected.reshape(shape), dx.reshape(shape), note, (*(int(i) for i in place), 0)
                )

    if judge.implementation.dialect.gradient_ties == "winner":
        judge.every(windows.specials("smoke"), law, needs=["gradient"])
        judge.every(planes.with_nan(), law, needs=["gradient"])
        judge.every(geometry.few("smoke"), law, needs=["gradient"])


def _may_receive(view: Windows, window: int, size: int, *, skip_nan: bool) -> Array:
    """Return (planes, elements): which elements may be the winner of a window."""
    best = view.highest(skip_nan=skip_nan)[:, window]
    values, real, nan = view.values[:, window], view.real[window], view.nan[:, window]
    equal = (values.astype(best.dtype) == best[:, None]) & real
    has_nan = (view.only_nan if skip_nan else view.has_nan)[:, window]
    chosen = np.where(has_nan[:, None], nan, equal)
    may = np.zeros((len(values), size + 1), bool)
    plane, tap = np.nonzero(chosen)
    may[plane, view.member[window, tap]] = True
    return may[:, :-1]


@pytest.mark.clause("grad.infinite-data")
def test_infinite_data_keep_their_gradient(judge: Judge) -> None:
    """Send gradient back through inputs of nothing but -inf, beside padding too."""

    def law(look: Look) -> None:
        if not np.isinf(look.original).all() or len(np.unique(look.original)) > 1:
            return  # what shrinking made of it is other data
        dy, dx = gradient(look)
        expected = rows(dy, look.case).astype(np.float64).sum(axis=1)
        note = "part of the gradient of -inf data is lost or was made"
        require_equal(expected, per_plane(dx, look.case), note)
        if judge.implementation.dialect.ties == "first":
            first = windows_of(look).member[:, 0]
            owed = np.zeros((len(expected), math.prod(look.case.shape[-look.case.pool.rank :])))
            np.add.at(owed.T, first, rows(dy, look.case).astype(np.float64).T)
            require_equal(
                owed.reshape(dx.shape).astype(dx.dtype), dx, "the first of equal infinities wins"
            )

    if judge.implementation.dialect.gradient_ties == "winner":
        judge.every(types.infinities(-1), law, needs=["gradient"])
        judge.every(types.infinities(+1), law, needs=["gradient"])
        judge.every(common.layers("minus-inf"), law, needs=["gradient"])


@pytest.mark.clause("grad.repeatable")
def test_the_same_gradient_every_time(judge: Judge) -> None:
    """Go back four times with numbers whose sums are rounded, and compare."""

    def law(look: Look) -> None:
        generator = look.case.generator(look.seed, "rounded")
        dy = generator.normal(size=look.values.shape).astype(look.x.dtype)
        first = look.bench.array("backward", dy.copy(), look.saved).copy()
        for _ in range(3):
            again = look.bench.array("backward", dy.copy(), look.saved)
            require_equal(first, again, "the same call gave another gradient")

    judge.every([*sums.repeated(), *planes.richer()], law, needs=["gradient"])


def _lone_peak(case: Case, _seed: int) -> Array:
    x = np.zeros(case.shape)
    x[..., case.shape[-1] // 2] = 1
    return x


@pytest.mark.clause("grad.low-precision")
def test_low_precision_is_rounded_once(judge: Judge) -> None:
    """Add gradients to one element so that adding in the type would lose the small ones."""

    def law(look: Look) -> None:
        large = {"float16": 2048.0, "bfloat16": 256.0}[look.case.dtype]
        count = look.values.shape[-1]
        dtype = dtype_of(look.case.dtype)
        for place in (0, count - 1):
            dy = np.ones(look.values.shape, dtype)
            dy[..., place] = large
            got = look.dx(dy, f"large at {place}")[..., look.case.shape[-1] // 2]
            expected = np.full(got.shape, large + count - 1).astype(dtype)
            note = f"{large:g} and {count - 1} ones make {float(expected.flat[0]):g}"
            require_same(expected, got, note)

    cases = [
        Case(
            f"low.{dtype}-k{k}", Pool.of((1, k), stride=1), (1, 2, 1, 2 * k - 1), _lone_peak, dtype
        )
        for dtype in ("float16", "bfloat16")
        for k in (3, 4, 5, 9)
    ]
    judge.every(cases, law, needs=["gradient", "overlap"], shrinks=False)
