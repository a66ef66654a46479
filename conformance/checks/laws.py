"""Laws of single clauses that need no oracle, for checks that bring cases of their own."""

from __future__ import annotations

import math

import numpy as np

from conformance import witness
from conformance.calls import Look
from conformance.checks.test_results import gradient
from conformance.checks.test_shape import require_sizes
from conformance.gather import comparable, is_nan, members, plane_offsets, rows
from conformance.gather import planes as plane_count
from conformance.gather import windows as windows_of
from conformance.nonconformance import (
    NonconformanceError,
    require_all,
    require_equal,
    require_same,
    same_bits,
)
from reference.forward import lowest


def sizes_by_laying(look: Look) -> None:
    """Require the sizes that come of laying windows one by one by the declared rule."""
    pool = look.case.pool
    rule = look.implementation.dialect.ceil if pool.ceil_mode else "floor"
    lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    axes = zip(look.case.shape[-pool.rank :], *lists, strict=True)
    expected = tuple(witness.count_windows(*axis, rule) for axis in axes)
    require_sizes(look, expected, f"laying windows one by one ({rule})")


def keeps_type(look: Look) -> None:
    """Require the dtype of the input, which is in native byte order."""
    if look.y.dtype != look.x.dtype:
        note = f"the output is {look.y.dtype.str}, the input {look.x.dtype.str}"
        raise NonconformanceError(f"an array of {look.x.dtype}", look.y, note)


def stands_in_window(look: Look) -> None:
    """Require of each output that its bits stand in its window; a NaN may have any."""
    view, y = windows_of(look), rows(look.values, look.case)
    there = same_bits(np.broadcast_to(y[:, :, None], view.values.shape), view.values)
    found = (there & view.real).any(axis=2) | ~view.occupied[None] | is_nan(y)
    if look.implementation.dialect.float_identity == "lowest" and y.dtype.kind not in "iub":
        found |= y == lowest(y.dtype)
    expected = f"an element of its window, bit for bit, of {look.x.dtype}"
    note = "the output stands nowhere in its window"
    require_all(found.reshape(look.values.shape), expected, look.values, note)


def index_in_window(look: Look) -> None:
    """Require of each index that it names a real position of its window."""
    offset, view = plane_offsets(look), windows_of(look)
    inside = ((offset[:, :, None] == view.member) & view.real).any(axis=2) | ~view.occupied[None]
    expected = "the place of an element of the window"
    note = "the index names a position outside its window"
    require_all(inside.reshape(look.values.shape), expected, look.indices, note)


def index_of_output(look: Look) -> None:
    """Require of the element at each index that it is the output."""
    offset, view = plane_offsets(look), windows_of(look)
    flat = look.original.reshape(plane_count(look.case), -1)
    there = np.take_along_axis(flat, np.clip(offset, 0, flat.shape[1] - 1), axis=1)
    where = np.broadcast_to(view.occupied, there.shape)
    if look.implementation.dialect.float_identity == "lowest" and there.dtype.kind not in "iub":
        where = where & (there != -np.inf)
    shape, note = look.values.shape, "the element at the index is not the output"
    require_equal(there.reshape(shape), look.values, note, where.reshape(shape))


def losers_get_nothing(look: Look) -> None:
    """Require +0 as the gradient of every element that is not the largest of a window."""
    _, dx = gradient(look)
    view = windows_of(look)
    best = view.highest(skip_nan=look.implementation.dialect.nan == "ignore")
    equal = ((comparable(view.values) == best[:, :, None]) | view.nan) & view.real
    largest = np.zeros((len(best), math.prod(look.case.shape[-look.case.pool.rank :]) + 1), bool)
    plane, window, tap = np.nonzero(equal)
    largest[plane, view.member[window, tap]] = True
    losers = ~largest[:, :-1].reshape(dx.shape)
    note = "an element that won nothing has a gradient that is not +0"
    require_same(np.zeros_like(dx), dx, note, losers)


def gradient_is_conserved(look: Look) -> None:
    """Require that a plane receives as much gradient as is sent to it."""
    if look.implementation.dialect.gradient_ties != "winner":
        return
    dy, dx = gradient(look)
    holds = (members(look.case, look.implementation.dialect) >= 0).any(axis=1)
    sent = (rows(dy, look.case).astype(np.float64) * holds).sum(axis=1)
    received = dx.reshape(len(sent), -1).astype(np.float64).sum(axis=1)
    require_equal(sent, received, "the sums of a plane's two gradients differ")
