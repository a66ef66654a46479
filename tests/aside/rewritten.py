"""Faults of what rewrites a call before it is made: axes joined, layouts turned, buffers reused.

They stand for what a blind sample of compilers, bindings and converters got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Windows
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
