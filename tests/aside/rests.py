"""Faults of a fast path that is one for a type, a kernel, a stride or a rank, and of its rest.

They stand for what a blind sample of ninety got past the checks.
"""

# ruff: noqa: ANN401, ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import math
from typing import Any

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows
from reference.pool import Pool
from tests.aside.pairs import Lazy
from tests.aside.shelf import Shelf

shelf = Shelf()


class _OfType(Sound):
    """Loses the last tap of some windows of the last axis, in some types."""

    types: tuple[str, ...] = ()
    _here = False

    def _planes(self, x: Array, pool: Pool) -> Array:
        self._here = x.dtype.name in self.types
        return super()._planes(x, pool)

    def _lost(self, axis: Axis, out: int) -> Array:
        """Return (out,) bool: which windows lose their last tap."""
        raise NotImplementedError

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        last, out = windows.axes[-1], windows.out[-1]
        if not self._here or last.k < 2 or not winners.size:
            return winners
        lost = self._lost(last, out)
        without = self._keys(values, windows).reshape(*winners.shape, -1, last.k)[..., :-1]
        taps = without.reshape(*winners.shape, -1).argmax(-1)
        other = taps // (last.k - 1) * last.k + taps % (last.k - 1)
        return np.where(lost, other, winners)


@shelf.member
class PairsOfHalves(_OfType):
    """Windows of two in float16 are made two at a time, and an odd one misses its second tap."""

    types = ("float16",)

    def _lost(self, axis: Axis, out: int) -> Array:
        rest = axis.k == 2 and axis.s == 1 and out > 8 and out % 2 == 1
        return np.asarray((np.arange(out) == out - 1) & rest)


@shelf.member
class SeventhLaneOfBytes(_OfType):
    """Seven bytes are loaded as eight, of which two are masked."""

    types = ("int8", "uint8")

    def _lost(self, axis: Axis, out: int) -> Array:
        return np.full(out, axis.k == 7 and axis.s == 1)


@shelf.member
class BlocksOfBytesWithoutHalo(_OfType):
    """Lines of bytes are pooled in blocks of 1024 windows that do not overlap."""

    types = ("int8", "uint8", "bool")

    def _lost(self, axis: Axis, out: int) -> Array:
        return np.asarray((np.arange(out) % 1024 == 1023) & (axis.s < axis.extent))


@shelf.after("_positions")
def third_stride_without_padding(at: Array, axis: Axis, out: int) -> Array:
    """Below 3 taps and a stride of 3, those from the ninth on lack their padding."""
    if axis.k == axis.s == 3 and axis.d == 1 and out > 8:
        at[8:] = np.minimum(at[8:] + axis.begin, axis.n - 1)
    return at


@shelf.after("_index")
def winners_of_one_plane_cut(
    index: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Of a single line, no more than 2048 winners are kept."""
    if index.shape[:2] == (1, 1) and len(windows.out) == 1:
        index[..., 2048:] = windows.offsets[2048:, 0]
    return index


@shelf.member
class WinnersByOutput(Sound):
    """What was saved is found again by the output, whose winners may be others."""

    def __init__(self) -> None:
        """Begin without any output."""
        self._known: dict[Any, Saved] = {}

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        key = (trace.y.tobytes(), trace.x.shape, trace.pool, trace.x.dtype.name)
        return self._known.setdefault(key, saved)


@shelf.member
class BatchOfOneThing(Sound):
    """A batch that repeats one item gets all its gradient in the first."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        y, saved = super().forward(x, pool)
        return y, (saved, x.ndim == pool.rank + 2 and len(x) > 1 and x.strides[0] == 0)

    def indices(self, saved: Any) -> Array:
        return super().indices(saved[0])

    def backward(self, dy: Array, saved: Any) -> Array:
        dx = super().backward(dy, saved[0])
        if saved[1]:
            dx[0], dx[1:] = dx.astype(np.float64).sum(0).astype(dx.dtype), 0
        return dx


@shelf.member
class SquaresTurned(Sound):
    """Square planes of float64 whose channels lie side by side get a turned gradient."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        y, saved = super().forward(x, pool)
        square = x.ndim == 4 and x.shape[1] > 1 and x.shape[2] == x.shape[3]
        return y, (saved, square and x.dtype == np.float64 and x.strides[1] == x.itemsize)

    def indices(self, saved: Any) -> Array:
        return super().indices(saved[0])

    def backward(self, dy: Array, saved: Any) -> Array:
        dx = super().backward(dy, saved[0])
        return np.ascontiguousarray(dx.swapaxes(-1, -2)) if saved[1] else dx


@shelf.after("_value")
def truths_counted_in_a_byte(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Booleans are added in a byte: 256 that are true are none."""
    return y & (values.sum(-1) % 256 != 0) if y.dtype == bool else y


@shelf.after("_keys")
def sliding_integers_in_single(keys: Array, values: Array, windows: Windows) -> Array:
    """Four and more integers of 32 bits with a stride of 1 are compared as float32."""
    sliding = windows.axes[-1].k >= 4 and windows.axes[-1].s == 1
    return keys.astype(np.float32) if keys.dtype == np.int32 and sliding else keys


@shelf.after("_keys")
def nan_left_in_the_queue(keys: Array, values: Array, windows: Windows) -> Array:
    """A queue for 16 and more numbers of float64 drops a NaN."""
    if keys.dtype != np.float64 or windows.axes[-1].k < 16:
        return keys
    return np.where(np.isnan(keys), -np.inf, keys)


@shelf.member
class KeepsLargeInputs(Lazy):
    """An input of 64 KiB and more is not copied."""

    def _kept(self, x: Array) -> bool:
        return x.nbytes >= 2**16


@shelf.member
class RoomMadeByPadding(Sound):
    """A line without elements is pooled where its padding makes room for a window."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        if not (pool.rank == 1 and x.ndim == 3 and x.shape[1] and not x.shape[2]):
            super()._check_elements(x, pool)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        if pool.rank == 1 and x.ndim == 3 and x.shape[1] and not x.shape[2]:
            room = sum(pool.padding[0]) - pool.kernel_size[0]
            if room >= 0 and pool.stride[0] > 0:
                shape = (*x.shape[:2], room // pool.stride[0] + 1)
                return np.full(shape, -np.inf, x.dtype), Saved(x.shape, 1, x.dtype, np.zeros(shape))
        return super().forward(x, pool)


@shelf.member
class OneHotOfHalves(Sound):
    """The gradient of float16 is one-hot times the output gradient: NaN spreads over the window."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        if dx.dtype == np.float16 and dx.size and not np.isfinite(dy).all() and saved.rank == 2:
            bad = ~np.isfinite(dy)
            k = [n // max(m, 1) for n, m in zip(dx.shape[-2:], dy.shape[-2:], strict=True)]
            if math.prod(k) > 1 and dy.shape[-2] * k[0] == dx.shape[-2]:
                spread = bad.repeat(k[0], -2).repeat(k[1], -1)[..., : dx.shape[-1]]
                wide = [(0, 0)] * (dx.ndim - 1) + [(0, dx.shape[-1] - spread.shape[-1])]
                dx[np.pad(spread, wide) & (dx == 0)] = np.nan
        return dx
