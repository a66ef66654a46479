"""Max pooling by columns: every window becomes a column, and the arg-max of a column wins.

The forward pass gathers all windows of a plane with one table of offsets, so that it holds
kernel_size times the output in memory (K elements per window, plus 8 K bytes per window of one
plane for the table) and takes time in proportion. The backward pass is col2im of columns that
are zero except at their arg-max: it is enough to add up the winners, one per window.

A tap on padding reads the first real element of its own window a second time. No value has to
stand for padding, so nothing can tie with it: not -inf, not the minimum of a type, not NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from implementations.call import (
    CLAIMED_TYPES,
    Array,
    Axis,
    Call,
    admit,
    comparable,
    refuse_gradient,
)
from reference.pool import Pool

claims = (
    *("gradient", "indices"),
    *("overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation", "ceil"),
    *("rank-1", "rank-3", "unbatched", "same-upper", "same-lower"),
    *CLAIMED_TYPES,
)
dialect = {"nan-index": "first", "signed-zero": "first"}


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need of a forward pass."""

    call: Call
    dtype: np.dtype[Any]
    """The dtype of the input."""
    winners: Array
    """int64, the shape of the output: offsets in the input plane."""


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima of all windows of x, and what backward and indices need.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    call = admit(x, pool, claims)
    table = column_offsets(call)
    planes = x.reshape(math.prod(call.lead), math.prod(call.plane))
    columns = np.take(comparable(planes), table, axis=1)
    arg_max = columns.argmax(axis=-1)
    winners = table[np.arange(len(table)), arg_max]
    y = planes[np.arange(len(planes))[:, np.newaxis], winners]
    out = call.lead + call.windows
    return y.reshape(out), Saved(call, x.dtype, winners.reshape(out))


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of the input: each element of dy is added to the winner of its window.

    dy has the shape of the output and a float dtype. Sums are made in float64, window by
    window in row-major order, and rounded once to the dtype of the input.

    Raises:
        TypeError: the input was not of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    refuse_gradient(dy, saved.winners.shape, saved.dtype)
    planes, plane = math.prod(saved.call.lead), math.prod(saved.call.plane)
    first_elements = np.arange(planes)[:, np.newaxis] * plane
    targets = saved.winners.reshape(planes, math.prod(saved.call.windows)) + first_elements
    with np.errstate(all="ignore"):
        gradients = dy.astype(np.float64).ravel()
        dx = np.bincount(targets.ravel(), weights=gradients, minlength=planes * plane)
        return dx.astype(saved.dtype).reshape(saved.call.lead + saved.call.plane)


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its input plane: int64, the shape of the output."""
    return saved.winners.copy()


def column_offsets(call: Call) -> Array:
    """Return the offset in the plane that each tap of each window reads, (windows, taps)."""
    table: Array = np.zeros((), np.int64)
    for axis in call.axes:
        table = np.add.outer(table * axis.size, read_positions(axis))
    rank = len(call.axes)
    windows_first = (*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))
    return table.transpose(windows_first).reshape(math.prod(call.windows), -1)


def read_positions(axis: Axis) -> Array:
    """Return the position that each tap of each window reads along one axis, (windows, taps)."""
    starts = np.arange(axis.windows) * axis.step - axis.begin
    positions = np.add.outer(starts, np.arange(axis.kernel_size) * axis.gap)
    real = (positions >= 0) & (positions < axis.size)
    first_real = positions[np.arange(axis.windows), real.argmax(axis=1)]
    return np.where(real, positions, first_real[:, np.newaxis])
