"""Checks of where windows lie and of what they read."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import geometry, hand, planes, sizes
from conformance.cases.case import Case, plane_distinct
from conformance.checks.rows import answers_row
from conformance.checks.test_results import gradient
from conformance.gather import members, rows
from conformance.judge import Judge
from conformance.nonconformance import require_same
from reference.pool import Pool


def footprint(look: Look) -> None:
    """Require that the one of each batch item is seen by the windows that cover it, no other."""
    case = look.case
    member = members(case, look.implementation.dialect)
    x = look.original
    if not np.isin(x, (-1, 1)).all():
        return  # what shrinking made of it is no footprint any more
    flat = np.append(x.reshape(-1, math.prod(case.shape[2:])), np.full((x.shape[0], 1), -1), 1)
    seen = (flat[:, member] == 1).any(axis=2)
    expected = np.where(seen, 1, -1).astype(x.dtype).reshape(look.values.shape)
    holds_one = np.broadcast_to((member >= 0).any(axis=1), seen.shape).reshape(expected.shape)
    note = "a window reads other positions than it covers"
    require_same(expected, look.values, note, holds_one)


def plain(case: Case) -> bool:
    """Return whether a case has neither dilation nor ceil_mode."""
    return not case.needs & {"dilation", "ceil"}


@pytest.mark.clause("window.position")
def test_each_window_sees_what_it_covers(judge: Judge) -> None:
    """Move a single one over the plane and see which windows notice."""
    judge.every(filter(plain, geometry.footprints(judge.tier)), footprint)


@pytest.mark.clause("window.dilation")
def test_dilated_windows_see_only_their_taps(judge: Judge) -> None:
    """Move a single one over the plane below dilated windows."""
    dilated = [case for case in geometry.footprints(judge.tier) if "dilation" in case.needs]
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
            for part in _parts(x.shape[axis]):
                piece = (slice(None),) * axis + (slice(part, part + 1),)
                alone = look.again(x[piece].copy())
                note = (
                    f"{('batch item', 'channel')[axis]} {part} differs from the same pooled alone"
                )
                require_same(alone, whole[piece], note)

    judge.every(planes.counts(), law)
    judge.every(planes.richer(), law)


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
        for axis in (0, 1):
            for part in _parts(look.case.shape[axis])[-6:]:
                only = np.zeros_like(dy)
                piece = (slice(None),) * axis + (slice(part, part + 1),)
                only[piece] = dy[piece]
                dx = look.dx(only, f"{axis}/{part}")
                inside = np.zeros_like(dx)
                inside[piece] = dx[piece]
                note = f"gradient of {('batch item', 'channel')[axis]} {part} reached another one"
                require_same(inside, dx, note)
                total = rows(dx, look.case).astype(float).sum(axis=1)
                wanted = rows(only, look.case).astype(float).sum(axis=1)
                require_same(wanted, total + 0.0, "a plane lost gradient, or got too much")

    judge.every(planes.counts(), law, needs=["gradient"])


def _parts(count: int) -> list[int]:
    """Return all of a few places, and some of many: the ends and around powers of two."""
    if count <= 20:  # noqa: PLR2004 - few enough to try all
        return list(range(count))
    near = {
        0,
        1,
        7,
        8,
        15,
        16,
        17,
        31,
        32,
        33,
        63,
        64,
        65,
        255,
        256,
        count // 2,
        count - 2,
        count - 1,
    }
    return sorted(place for place in near if 0 <= place < count)
