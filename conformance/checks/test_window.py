"""Checks of where windows lie and of what they read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import batches, geometry, hand, planes, sizes
from conformance.cases.case import Array, Case, plane_distinct
from conformance.checks.rows import answers_row
from conformance.checks.test_results import gradient
from conformance.gather import rows
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import require_equal, require_same
from reference.pool import Pool

MANY_PLANES = 200
"""Above so many, planes are not told apart one by one by where their gradient goes."""


def footprint(look: Look) -> None:
    """Require of planes of -1 and 1 that each 1 is seen by the windows that cover it, no other."""
    view, y = windows_of(look), rows(look.values, look.case)
    x = look.original.reshape(len(y), -1)
    footprints = ((x == 1) | (x == -1)).all(axis=1)  # the other planes hold something else
    seen = ((view.values == 1) & view.real).any(axis=2)
    concerned = footprints[:, None] & view.occupied
    expected = np.where(concerned, np.where(seen, 1, -1), y).astype(y.dtype)
    note = "a window reads other positions than it covers"
    shape = look.values.shape
    require_same(expected.reshape(shape), look.values, note, concerned.reshape(shape))


def plain(case: Case) -> bool:
    """Return whether a case has neither dilation nor ceil_mode."""
    return not case.needs & {"dilation", "ceil"}


@pytest.mark.clause("window.position")
def test_each_window_sees_what_it_covers(judge: Judge) -> None:
    """Move a single one over the plane and see which windows notice."""
    judge.every(filter(plain, geometry.planes(judge.tier)), footprint)
    judge.every(geometry.large_windows(), footprint)


@pytest.mark.clause("window.dilation")
def test_dilated_windows_see_only_their_taps(judge: Judge) -> None:
    """Move a single one over the plane below dilated windows."""
    dilated = [case for case in geometry.planes(judge.tier) if "dilation" in case.needs]
    judge.every(dilated, footprint, needs=["dilation"])
    rows_about_it = {row.case.id: row for row in hand.DILATED}
    cases = [row.case for row in hand.DILATED]
    judge.every(cases, lambda look: answers_row(look, rows_about_it), shrinks=False)


@pytest.mark.clause("window.dilation")
def test_a_single_tap_ignores_its_dilation(judge: Judge) -> None:
    """A kernel_size of 1 has nothing to dilate, however large the dilation is."""

    def law(look: Look) -> None:
        note = "kernel_size 1 has no neighbours to dilate"
        require_same(look.original, look.values, note)

    huge = [case for case in sizes.wide_steps() if case.id == "step.d-huge"]
    judge.every(huge, law, shrinks=False)


@pytest.mark.clause("window.axes")
def test_parameters_belong_to_their_axis(judge: Judge) -> None:
    """Compare with rows worked out by hand in which H and W differ."""
    by_id = {row.case.id: row for row in hand.AXES}
    cases = [row.case for row in hand.AXES]
    judge.every(cases, lambda look: answers_row(look, by_id), shrinks=False)


@pytest.mark.clause("window.axes")
def test_a_long_axis_is_not_the_other_one(judge: Judge) -> None:
    """Pool one axis only and compare with the maximum along that axis."""

    def law(look: Look) -> None:
        x, axis = look.original.copy(), 2 if look.case.pool.kernel_size[0] > 1 else 3
        require_same(x.max(axis=axis, keepdims=True), look.values, "the other axis was pooled")

    cases = [
        Case("axes.h5", Pool.of((5, 1)), (1, 2, 5, 4), plane_distinct),
        Case("axes.w5", Pool.of((1, 5)), (2, 1, 3, 5), plane_distinct),
    ]
    judge.every(cases, law, shrinks=False)


@pytest.mark.clause("window.plane-alone")
def test_each_plane_is_pooled_as_if_alone(judge: Judge) -> None:
    """Pool single batch items and single channels and compare with the whole."""

    def law(look: Look) -> None:
        x, whole = look.original.copy(), look.values
        for axis in (0, 1):
            for begin, end in _pieces(x.shape[axis]):
                piece = (slice(None),) * axis + (slice(begin, end),)
                part = look.again(x[piece].copy())
                note = f"{('batch items', 'channels')[axis]} {begin} to {end - 1} differ from the "
                require_same(part, whole[piece], f"{note}same pooled without the others")

    judge.every(planes.counts(), law)
    judge.every(planes.richer(), law)
    judge.every(batches.unlike_parts(), law)


@pytest.mark.clause("window.plane-alone")
def test_equal_planes_are_answered_equally(judge: Judge) -> None:
    """Repeat one plane over batch and channels and expect one answer, repeated."""

    def law(look: Look) -> None:
        x = look.original.copy()
        first = look.again(x[:1, :1].copy())
        every = look.again(np.broadcast_to(x[:1, :1], x.shape).copy())
        note = "equal planes got different answers"
        require_same(np.broadcast_to(first, every.shape).copy(), every, note)

    judge.every(planes.counts(), law)
    judge.every(planes.with_nan(), law)


@pytest.mark.clause("window.plane-alone")
def test_each_plane_gets_its_own_gradient(judge: Judge) -> None:
    """Send gradient back to one plane at a time and look for it in the others."""

    def law(look: Look) -> None:
        dy, _ = gradient(look)
        for number, sent in enumerate(_halves(len(rows(dy, look.case)))):
            only = dy.copy()
            rows(only, look.case)[~sent] = 0
            dx = look.dx(only, f"half {number}")
            inside = dx.copy()
            inside.reshape(len(sent), -1)[~sent] = 0
            note = "gradient of one plane reached another one"
            require_equal(inside, dx, note)  # a winner may get -0 of what is 0
            total = rows(dx, look.case).astype(float).sum(axis=1)
            wanted = rows(only, look.case).astype(float).sum(axis=1)
            require_same(wanted, total + 0.0, "a plane lost gradient, or got too much")

    judge.every(planes.counts(), law, needs=["gradient"])
    if judge.implementation.dialect.gradient_ties == "winner":  # else equals get a rounded share
        floats = [case for case in batches.unlike_parts() if "int" not in case.dtype]
        judge.every(floats, law, needs=["gradient"])


def _pieces(count: int) -> list[tuple[int, int]]:
    """Return (begin, end) of parts of an axis that together are all of it."""
    ends = sorted({0, 1, 2, count - 1, count} & set(range(count + 1)))
    return list(pairwise(ends))


def _halves(count: int) -> Iterator[Array]:
    """Yield (planes,) bool: halves of the planes such that any two of them are told apart.

    They are those whose number has a bit, and those that lack it, bit for bit.
    """
    plane = np.arange(count)
    bits = range((count - 1).bit_length()) if count <= MANY_PLANES else (0, 3, 8)
    for bit in bits:
        yield (plane >> bit) % 2 == 1
        yield (plane >> bit) % 2 == 0
