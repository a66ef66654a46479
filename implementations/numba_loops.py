"""Max pooling as loops that Numba compiles: an example for who writes kernels.

The loops are those of the definition: over the windows, and in each over its taps. One kernel
serves every rank, because an axis that is not there has one element. It is compiled when it is
first called, for each type.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from implementations.call import Array, Call, admit, comparable, refuse_gradient
from reference.pool import Pool

RANK = 3
"""How many axes the kernels have."""
GEOMETRY = ("overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation", "ceil")
SHAPES = ("rank-1", "rank-3", "unbatched")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
claims = ("gradient", "indices", *GEOMETRY, *SHAPES, *INTEGERS, "bfloat16", "bool")
call_limit = 120.0  # seconds: what is met for the first time is compiled


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need."""

    winners: Array
    """The offset of each winner in its plane, int64, shape (planes, windows)."""
    shape: tuple[int, ...]
    """The shape of the output."""
    x_shape: tuple[int, ...]
    x_dtype: np.dtype[Any]


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima, and where they stand.

    x has shape (N, C, *spatial) or (C, *spatial).

    Raises:
        TypeError: x is not an array of a specified type.
        ValueError: the call is invalid.
        NotImplementedError: the call needs float16, which Numba has not, or a word for padding.
    """
    call = admit(x, pool, claims)
    planes = math.prod(call.lead)
    ones = (1,) * (RANK - len(call.axes))
    native = np.array(comparable(x), comparable(x).dtype.newbyteorder("="), order="C")
    winners = np.empty((planes, *ones, *call.windows), np.int64)
    compiled(select)(native.reshape(planes, *ones, *call.plane), _rows(call), winners)
    winners = winners.reshape(planes, math.prod(call.windows))
    y = np.take_along_axis(x.reshape(planes, math.prod(call.plane)), winners, axis=1)
    shape = call.lead + call.windows
    return y.reshape(shape), Saved(winners, shape, x.shape, x.dtype)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of x; sums are made in float64 and rounded once.

    dy has the shape of the output; the result has the shape and the dtype of x.

    Raises:
        TypeError: x was not made of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    refuse_gradient(dy, saved.shape, saved.x_dtype)
    planes = len(saved.winners)
    sums = np.zeros((planes, math.prod(saved.x_shape) // max(planes, 1)))
    sent_back = dy.astype(np.float64, order="C").reshape(saved.winners.shape)
    compiled(scatter)(sent_back, saved.winners, sums)
    dx: Array = sums.astype(saved.x_dtype).reshape(saved.x_shape)
    return dx


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its plane, int64, of the shape of the output."""
    return saved.winners.reshape(saved.shape).copy()


def select(x: Array, axes: Array, winners: Array) -> None:
    """Write the offset of the first winner of each window; a NaN wins over every number.

    x has shape (planes, D, H, W), winners the same with windows for elements. Each row of axes
    is kernel_size, stride, begin padding and dilation.
    """
    _, depth, height, width = x.shape
    for n, od, oh, ow in np.ndindex(winners.shape):
        best, top = -1, x[n, 0, 0, 0]
        for i in range(axes[0, 0]):
            d = od * axes[0, 1] - axes[0, 2] + i * axes[0, 3]
            if d < 0 or d >= depth:
                continue
            for j in range(axes[1, 0]):
                h = oh * axes[1, 1] - axes[1, 2] + j * axes[1, 3]
                if h < 0 or h >= height:
                    continue
                for k in range(axes[2, 0]):
                    w = ow * axes[2, 1] - axes[2, 2] + k * axes[2, 3]
                    if w < 0 or w >= width:
                        continue
                    value = x[n, d, h, w]
                    if best < 0 or value > top or (value != value and top == top):  # noqa: PLR0124 - NaN
                        best, top = (d * height + h) * width + w, value
        winners[n, od, oh, ow] = best


def scatter(dy: Array, winners: Array, dx: Array) -> None:
    """Add each dy to the dx of its winner; all have shape (planes, elements)."""
    for n in range(winners.shape[0]):
        for window in range(winners.shape[1]):
            dx[n, winners[n, window]] += dy[n, window]


def _rows(call: Call) -> Array:
    """Return kernel_size, stride, begin padding and dilation for each axis of the kernels."""
    rows = [(1, 1, 0, 1)] * (RANK - len(call.axes))
    rows += [(axis.kernel_size, axis.step, axis.begin, axis.gap) for axis in call.axes]
    return np.array(rows, np.int64)


@cache
def compiled(kernel: Callable[..., None]) -> Callable[..., None]:
    """Return a kernel as Numba compiles it."""
    import numba

    made: Callable[..., None] = numba.njit(kernel, nogil=True)
    return made
