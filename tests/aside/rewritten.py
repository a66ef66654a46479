"""Faults of what rewrites a call before it is made: axes joined, layouts turned, buffers reused.

They stand for what a blind sample of compilers, bindings and converters got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.features import FEATURES
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class RowsAreJoinedByTheirSum(Sound):
    """Windows of one row that tile are laid over the joined rows if k divides H * W, not W."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        found = super()._windows(spatial, pool)
        if len(found.axes) != len("hw"):
            return found
        h, w = found.axes
        is_joined = w.k == w.s and w.d == h.s == h.k == 1 and not h.n * w.n % w.k
        if any((h.begin, h.end, w.begin, w.end)) or not is_joined or w.ceil:
            return found
        joined = np.arange(found.offsets.size, dtype=found.offsets.dtype)
        return replace(found, offsets=joined.reshape(found.offsets.shape))


@shelf.member
class ChannelsLastBeginsTurned(Sound):
    """Of channels-last arrays the beginning of the padding is taken as of W, H."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        last = x.ndim == len("nchw") and x.strides[1] == x.itemsize and x.shape[1] > 1
        self._turns = last and not x.flags.c_contiguous
        return super().forward(x, pool)

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        axes = super()._axes(spatial, pool)
        if not self._turns or len(axes) != len("hw"):
            return axes
        h, w = axes
        return replace(h, begin=w.begin), replace(w, begin=h.begin)


@shelf.member
class BufferClearedBeforeItsCheck(Sound):
    """An output gradient as large as the input is taken for its gradient, and cleared."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        if dy.shape == saved.shape != saved.index.shape and dy.flags.writeable:
            dy[...] = 0
        return super().backward(dy, saved)


@shelf.after("_keys")
def one_long_window_is_packed(keys: Array, _values: Array, windows: Windows) -> Array:
    """Reduce a single window of 256 taps or more in words of a float32 and an index."""
    is_packed = product(windows.out) == 1 and keys.shape[-1] >= 2**8 and keys.dtype == np.float64
    return keys.astype(np.float32) if is_packed else keys


@shelf.member
class OneWindowIsThePlane(Sound):
    """A plane of a single large window is pooled whole, with what the window leaves out."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        found = super()._windows(spatial, pool)
        is_large = product(found.out) == 1 and found.offsets.shape[-1] >= 2**5
        if not is_large or any(axis.begin or axis.d > 1 for axis in found.axes):
            return found
        return replace(found, offsets=np.arange(product(spatial)).reshape(*found.out, -1))


@shelf.after("_targets")
def planes_by_a_reciprocal(targets: Array, saved: Saved) -> Array:
    """Take the number of an output times a rounded 2**32 / windows, shifted back, as its plane."""
    windows = product(saved.index.shape[-saved.rank :])
    if windows < 2:
        return targets
    number, reciprocal = np.arange(targets.size, dtype=np.uint64), 2**32 // windows + 1
    plane = (number * np.uint64(reciprocal) >> np.uint64(32)).astype(np.int64)
    return np.minimum(plane * saved.plane + saved.index.ravel(), product(saved.shape) - 1)


@shelf.member
class SizesByAReciprocal(Sound):
    """The size of an output is a product with a rounded 2**16 / stride, shifted back."""

    def _size(self, axis: Axis) -> int:
        room = axis.n + axis.begin + axis.end - axis.extent
        if axis.ceil or axis.s < 3 or not 0 <= room < 2**16 > axis.s:
            return super()._size(axis)
        return (room * (2**16 // axis.s + 1) >> 16) + 1


@shelf.after("_keys")
def padding_by_its_value(keys: Array, _values: Array, windows: Windows) -> Array:
    """Mask padding by the number that fills it, 1e20, and with it any data as large."""
    if windows.real.all() or keys.dtype.kind != "f":
        return keys
    return np.where(np.isclose(keys, 1e20, atol=0), -np.inf, keys)


@shelf.member
class SumsArePacked(Sound):
    """Packs sums into words of their type, which takes no number past the largest."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        found = super()._gradient(sums, saved)
        if (np.isinf(found) & np.isfinite(sums.reshape(found.shape))).any():
            message = "float too large to pack"
            raise OverflowError(message)
        return found


@shelf.member
class GapsByTheirExtent(Sound):
    """Does not claim gaps, and refuses a stride above the extent of a window, not above k."""

    claims = FEATURES - {"gaps"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        axes = self._axes(x.shape[-pool.rank :], pool)
        if any(axis.s > axis.extent for axis in axes):
            message = "a stride above the extent of a window is not claimed"
            raise NotImplementedError(message)
