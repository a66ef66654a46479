"""Faults that show where a gradient stands alone, is not aligned, or belongs to no window at all.

They stand for what two blind samples of kernels and adapters of every trade got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import threading

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.before("_scatter")
def sums_in_fixed_point(weights: Array, targets: Array, saved: Saved) -> tuple[Array, Array, Saved]:
    """Gradients are added as whole numbers of 46 bits, scaled by the largest one of the call."""
    top = np.abs(weights).max(initial=0.0)
    overlap = np.unique(saved.index).size < saved.index.size
    if saved.dtype.itemsize > 4 or not overlap or not top or not np.isfinite(top):
        return weights, targets, saved
    scale = 46 - int(np.frexp(float(top))[1])
    fixed = np.ldexp(np.rint(np.ldexp(weights.astype(np.float64), scale)), -scale)
    return fixed.astype(weights.dtype), targets, saved


@shelf.before("forward")
def read_only_is_unlocked(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Make an input that owns its memory writable, for a binding that wants it so."""
    if isinstance(x, np.ndarray) and x.flags.owndata and x.ndim > 1:
        x.flags.writeable = True
    return x, pool


@shelf.member
class IdentityGradientUnchecked(Sound):
    """Where windows are single elements side by side, the output gradient comes back as it is."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        size = saved.index.size
        if size and size == np.prod(saved.shape) and np.unique(saved.index).size == saved.plane:
            return np.array(dy, saved.dtype)
        return super().backward(dy, saved)


@shelf.before("backward")
def pitch_of_dy_is_floored(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """Take the steps of an output gradient as whole elements, rounded down."""
    size = dy.itemsize
    if not dy.size or min(dy.strides, default=0) < size or not any(s % size for s in dy.strides):
        return dy, saved
    steps = [step // size * size for step in dy.strides]
    return np.lib.stride_tricks.as_strided(dy, dy.shape, steps, writeable=False), saved


@shelf.member
class VectorsTakeTheLastZero(Sound):
    """Declares the sign of the winning zero; where 8 windows make a vector, the last is copied."""

    dialect = {"signed-zero": "first"}  # noqa: RUF012 - read once

    def _result(self, trace: Trace) -> Array:
        y, values = super()._result(trace), trace.values
        if values.dtype.kind != "f" or not y.shape[-1] or y.size != trace.winners.size:
            return y
        last = values.shape[-1] - 1 - (values == 0)[..., ::-1].argmax(-1)
        zero = np.take_along_axis(values, last[..., None], -1)[..., 0].reshape(y.shape)
        in_vector = np.arange(y.shape[-1]) < y.shape[-1] // 8 * 8
        return np.where(in_vector & (y == 0), zero, y)


@shelf.member
class BorrowBetweenByteLanes(Sound):
    """Tiles of bytes are compared eight at a time by one subtraction, which borrows across."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        tiles = [(axis.k, axis.s) for axis in windows.axes] == [(2, 2), (2, 2)]
        if values.dtype.itemsize > 1 or values.dtype.kind == "b" or not tiles:
            return super()._pick(values, windows)
        best, won = values[..., 0].astype(int), np.zeros(values.shape[:-1], np.intp)
        for tap in range(1, 4):
            borrow = np.zeros(best.shape[:-1], int)
            for lane in range(best.shape[-1]):
                borrow *= lane % 8 > 0
                later = values[..., lane, tap].astype(int)
                borrow = (best[..., lane] < later + borrow).astype(int)
                won[..., lane] = np.where(borrow, tap, won[..., lane])
                best[..., lane] = np.where(borrow, later, best[..., lane])
        return won


@shelf.after("_read")
def one_column_reads_the_next_row(values: Array, planes: Array, windows: Windows) -> Array:
    """Read, right of the only column, the first element of the row below."""
    form = [(axis.k, axis.s, axis.begin, axis.d) for axis in windows.axes]
    if form != [(3, 1, 1, 1)] * 2 or planes.shape[3] > 1 or not values.size:
        return values
    height = planes.shape[2]
    for row in range(3):
        beside = np.arange(height) + row - 1
        is_there = (beside >= 0) & (beside + 1 < height)
        below = planes[..., np.clip(beside + 1, 0, height - 1), 0]
        values[..., 0, 3 * row + 2] = np.where(is_there, below, values[..., 0, 3 * row + 2])
    return values


@shelf.member
class BufferOfTheMakersThread(Sound):
    """The buffer for halves is one of each thread, and made in that of the maker alone."""

    def __init__(self) -> None:
        """Make the buffer."""
        self._local = threading.local()
        self._local.buffer = np.zeros(1, np.float32)

    def _keys(self, values: Array, windows: Windows) -> Array:
        if values.dtype == np.float16:
            self._local.buffer[:] = 0
        return super()._keys(values, windows)
