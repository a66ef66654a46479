"""Max pooling over a strided view: all windows of the input at once, without a copy of them.

Padding is written out around a copy of the input, as the least value of the type, and only
where a window reads it. The view has one axis per tap axis; the maximum is taken over those,
and the winner is the first real tap that equals it. The least value can tie with the data, so
a mask over the taps decides what is real; it is never left to the value.

Memory: the padded input, one byte per tap of every window for the mask, and for the backward
pass the padded input once more in float64. A window whose taps lie far apart in the padding is
therefore dear here and cheap in im2col. The backward pass adds tap by tap through strided views
of the gradient, in row-major order of the taps, skipping those that never won.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from implementations.call import (
    CLAIMED_TYPES,
    Array,
    Axis,
    Call,
    admit,
    comparable,
    offsets,
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
    taps: Array
    """int64, the shape of the output: the row-major number of the winner in its window."""


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima of all windows of x, and what backward and indices need.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    call = admit(x, pool, claims)
    saved = Saved(call, x.dtype, winning_taps(comparable(x), call))
    flat_out = (*call.lead, math.prod(call.windows))
    winners = offsets(saved.taps, call).reshape(flat_out)
    planes = x.reshape(*call.lead, math.prod(call.plane))
    return np.take_along_axis(planes, winners, -1).reshape(saved.taps.shape), saved


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of the input: each element of dy is added to the winner of its window.

    dy has the shape of the output and a float dtype. Sums are made in float64 and rounded
    once to the dtype of the input.

    Raises:
        TypeError: the input was not of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    refuse_gradient(dy, saved.taps.shape, saved.dtype)
    axes = saved.call.axes
    padded = np.zeros(saved.call.lead + tuple(axis.reach for axis in axes), np.float64)
    with np.errstate(all="ignore"):
        gradients = dy.astype(np.float64)
        for tap in np.flatnonzero(np.bincount(saved.taps.ravel())):
            places = np.unravel_index(tap, saved.call.kernel_size)
            read = padded[_everywhere(map(_read_by, axes, places))]
            np.add(read, gradients, out=read, where=saved.taps == tap)
        dx: Array = padded[_everywhere(map(_interior, axes))].astype(saved.dtype, order="C")
        return dx


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its input plane: int64, the shape of the output."""
    return offsets(saved.taps, saved.call)


def winning_taps(x: Array, call: Call) -> Array:
    """Return the number of the first real tap of each window that holds its maximum."""
    rank = len(call.axes)
    windows = windows_of(_padded(x, call), call)
    tap_axes = tuple(range(-rank, 0))
    with np.errstate(invalid="ignore"):
        largest = windows.max(axis=tap_axes, keepdims=True)
        wins = windows == largest
        if x.dtype.kind == "f":
            wins |= windows != windows  # noqa: PLR0124 - only NaN differs from itself
    for number, axis in enumerate(call.axes):
        if axis.reach > axis.size:
            wins &= _real(axis).reshape(_beside(rank, number, axis))
    taps: Array = wins.reshape(*wins.shape[:-rank], math.prod(call.kernel_size)).argmax(axis=-1)
    return taps


def windows_of(padded: Array, call: Call) -> Array:
    """Return a view of shape (*lead, *windows, *kernel_size) of a padded input."""
    lead, spatial = padded.strides[: len(call.lead)], padded.strides[len(call.lead) :]
    between_windows = (s * axis.step for s, axis in zip(spatial, call.axes, strict=True))
    between_taps = (s * axis.gap for s, axis in zip(spatial, call.axes, strict=True))
    return as_strided(
        padded,
        call.lead + call.windows + call.kernel_size,
        (*lead, *between_windows, *between_taps),
        writeable=False,
    )


def _padded(x: Array, call: Call) -> Array:
    if all(axis.reach == axis.size for axis in call.axes):
        return x
    padded = np.full(call.lead + tuple(axis.reach for axis in call.axes), _least(x.dtype), x.dtype)
    padded[_everywhere(map(_interior, call.axes))] = x
    return padded


def _least(dtype: np.dtype[Any]) -> float | int | bool:
    if dtype.kind == "f":
        return -math.inf
    return False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def _everywhere(spatial: Iterable[slice]) -> tuple[Any, ...]:
    return (..., *spatial)


def _interior(axis: Axis) -> slice:
    return slice(axis.begin, axis.begin + axis.size)


def _read_by(axis: Axis, tap: np.intp) -> slice:
    first = int(tap) * axis.gap
    return slice(first, first + (axis.windows - 1) * axis.step + 1, axis.step)


def _real(axis: Axis) -> Array:
    starts = np.arange(axis.windows)[:, np.newaxis] * axis.step - axis.begin
    positions = starts + np.arange(axis.kernel_size) * axis.gap
    real: Array = (positions >= 0) & (positions < axis.size)
    return real


def _beside(rank: int, number: int, axis: Axis) -> list[int]:
    shape = [1] * (2 * rank)
    shape[number], shape[rank + number] = axis.windows, axis.kernel_size
    return shape
