"""Max pooling by reshape: windows that tile the input are axes of the input itself.

It needs stride = kernel_size, sizes that divide and no padding, and refuses everything else.
Splitting each spatial axis into (windows, taps) and moving the taps last makes one row of each
window; the gradient goes back by the same moves in reverse. The familiar form of the backward
pass compares the input with the output and hands the gradient to every tie; here the arg-max
of the forward pass is kept, so that the first of equal elements receives all of it.

Memory: one copy of the input, forward and backward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from implementations.call import (
    CLAIMED_TYPES,
    Array,
    Call,
    admit,
    comparable,
    offsets,
    refuse_gradient,
)
from reference.pool import Pool

claims = ("gradient", "indices", "rank-1", "rank-3", "unbatched", *CLAIMED_TYPES)
dialect = {"nan-index": "first", "signed-zero": "first"}


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need of a forward pass."""

    call: Call
    dtype: np.dtype[Any]
    """The dtype of the input."""
    taps: Array
    """int64, the shape of the output: the row-major number of the winner in its window."""


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima of all windows of x, and what backward and indices need.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the windows do not tile the input, or there are more than three
            spatial axes.
    """
    call = admit(x, pool, claims)
    rows = rows_of(x, call)
    taps = comparable(rows).argmax(axis=-1)
    y = np.take_along_axis(rows, taps[..., np.newaxis], -1)[..., 0]
    return y, Saved(call, x.dtype, taps)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of the input: each element of dy stands at the winner of its window.

    dy has the shape of the output and a float dtype; it is rounded to the dtype of the input.

    Raises:
        TypeError: the input was not of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    refuse_gradient(dy, saved.taps.shape, saved.dtype)
    rows = np.zeros((*saved.taps.shape, math.prod(saved.call.kernel_size)), saved.dtype)
    with np.errstate(all="ignore"):
        gradients = dy.astype(saved.dtype)
    np.put_along_axis(rows, saved.taps[..., np.newaxis], gradients[..., np.newaxis], -1)
    return from_rows(rows, saved.call)


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its input plane: int64, the shape of the output."""
    return offsets(saved.taps, saved.call)


def rows_of(x: Array, call: Call) -> Array:
    """Return the elements of each window as one row, shape (*lead, *windows, taps)."""
    split = [size for axis in call.axes for size in (axis.windows, axis.kernel_size)]
    taps_last = _taps_last(call)
    shape = (*call.lead, *call.windows, math.prod(call.kernel_size))
    return x.reshape(*call.lead, *split).transpose(taps_last).reshape(shape)


def from_rows(rows: Array, call: Call) -> Array:
    """Return the input that rows_of takes apart: shape (*lead, *spatial)."""
    windows = rows.reshape(call.lead + call.windows + call.kernel_size)
    return windows.transpose(np.argsort(_taps_last(call))).reshape(call.lead + call.plane)


def _taps_last(call: Call) -> tuple[int, ...]:
    lead, rank = len(call.lead), len(call.axes)
    windows = range(lead, lead + 2 * rank, 2)
    return (*range(lead), *windows, *(axis + 1 for axis in windows))
