"""Faults that show only where two things meet: a rank, a memory layout, a repetition, a size.

They stand for what a blind sample of eighty got past the checks.
"""

# ruff: noqa: ANN401, ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Windows
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class CloseIntegersInChannelsLastTie(Sound):
    """Where channels lie side by side in memory, int32 is compared in float32."""

    _beside = False

    def _planes(self, x: Array, pool: Pool) -> Array:
        self._beside = x.ndim == 4 and x.shape[1] > 1 and x.strides[1] == x.itemsize
        return super()._planes(x, pool)

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.astype(np.float32) if keys.dtype == np.int32 and self._beside else keys


@shelf.after("_pick")
def last_block_of_a_volume_unread(winners: Array, values: Array, windows: Windows) -> Array:
    """Of volumes of more than 2048 windows, those after the last whole block read one tap."""
    blocks = math.prod(windows.out) // 2048 * 2048
    if len(windows.axes) == 3 and blocks:
        winners.reshape(*winners.shape[:2], -1)[..., blocks:] = 0
    return winners


@shelf.after("_real")
def halo_without_dilation(real: Array, at: Array, axis: Axis) -> Array:
    """The window that ends a tile of 64 does not read its last tap, where taps lie apart."""
    if axis.d > 1 and len(real) > 64 and real.shape[1] > 1:
        real[63::64, -1] &= ~real[63::64, :-1].any(axis=1)
    return real


@shelf.member
class RemembersBeforeChecking(Sound):
    """A call is remembered as valid before it is, and an equal one is answered."""

    def __init__(self) -> None:
        """Begin without any call."""
        self.seen: set[Any] = set()

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        known = (x.shape, pool) in self.seen
        self.seen.add((x.shape, pool))
        try:
            return super().forward(x, pool)
        except ValueError:
            if known:
                return np.zeros_like(x), Saved(x.shape, 1, x.dtype, np.zeros(1, int))
            raise


class Lazy(Sound):
    """Keeps the input uncopied where it is of one kind, and finds winners when it goes back."""

    def _kept(self, x: Array) -> bool:
        raise NotImplementedError

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        y, saved = super().forward(x, pool)
        return y, (saved, x if self._kept(x) else x.copy(), pool)

    def _now(self, saved: Any) -> Saved:
        _, x, pool = saved
        return super().forward(x, pool)[1]

    def indices(self, saved: Any) -> Array:
        return super().indices(self._now(saved))

    def backward(self, dy: Array, saved: Any) -> Array:
        return super().backward(dy, self._now(saved))


@shelf.member
class KeepsReadOnly(Lazy):
    """An input that cannot be written to is not copied."""

    def _kept(self, x: Array) -> bool:
        return not x.flags.writeable


@shelf.member
class KeepsFlipped(Lazy):
    """An input whose memory runs backwards is not copied."""

    def _kept(self, x: Array) -> bool:
        return x.strides[-1] < 0


@shelf.member
class HandsOutWinnersOfLines(Sound):
    """The indices of lines are the saved ones themselves."""

    def indices(self, saved: Saved) -> Array:
        return saved.index if saved.rank == 1 else super().indices(saved)


@shelf.before("forward")
def channels_last_taken_for_dense(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Channels that lie side by side are taken for all the channels that there are."""
    if x.ndim != 4 or x.shape[1] < 2 or not x.flags.aligned or x.strides[1] != x.itemsize:
        return x, pool
    _, c, h, w = x.shape
    dense = (h * w * c * x.itemsize, x.itemsize, w * c * x.itemsize, c * x.itemsize)
    if any(there < here for there, here in zip(x.strides, dense, strict=True)):
        return x, pool
    return np.lib.stride_tricks.as_strided(x, x.shape, dense), pool


@shelf.before("forward")
def unaligned_lines_read_a_byte_early(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Unaligned lines of two bytes are read from the address before."""
    if x.ndim != 3 or x.itemsize != 2 or x.flags.aligned or not x.size:
        return x, pool
    turned = np.roll(np.ascontiguousarray(x).view(np.uint8).reshape(-1), 1)
    return turned.view(x.dtype).reshape(x.shape), pool


@shelf.member
class OrderOfSumsVaries(Sound):
    """More than 1024 gradients are added in another order each time, in float32."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        if len(weights) < 1024 or saved.dtype != np.float32:
            return super()._scatter(weights, targets, saved)
        order = np.random.default_rng().permutation(len(weights))
        sums = np.zeros(math.prod(saved.shape), np.float32)
        np.add.at(sums, targets[order], weights[order].astype(np.float32))
        return sums


@shelf.after("_size")
def reciprocal_of_the_stride(out: int, axis: Axis) -> int:
    """The size is found by multiplying with 1 / stride, in float32."""
    room = axis.n + axis.begin + axis.end - axis.extent
    if axis.ceil or max(room, axis.s) > 2**24 or room < 0:
        return out
    return int(np.float32(room) * (np.float32(1) / np.float32(axis.s))) + 1


@shelf.member
class ChecksTheProduct(Sound):
    """Sizes of the kernel are right if their product is positive."""

    def _check_kernel(self, pool: Pool) -> None:
        if math.prod(pool.kernel_size) < 1:
            super()._check_kernel(pool)

    def _check_padding_limit(self, pool: Pool) -> None:
        kernel = tuple(map(abs, pool.kernel_size))
        super()._check_padding_limit(replace(pool, kernel_size=kernel))

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        kernel = tuple(map(abs, pool.kernel_size))
        return super()._windows(spatial, replace(pool, kernel_size=kernel))


@shelf.member
class NothingToCheckInNoBatch(Sound):
    """A batch of no items is answered before the parameters are looked at."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        try:
            return super().forward(x, pool)
        except ValueError:
            if x.ndim == 4 and not len(x) and min(x.shape[1:]) and pool.rank == 2:
                return np.zeros_like(x), Saved(x.shape, 2, x.dtype, np.zeros(x.shape, int))
            raise


@shelf.before("forward")
def dilation_of_32_bits(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Dilations of lines lose what is above 32 bits."""
    if pool.rank != 1:
        return x, pool
    return x, replace(pool, dilation=tuple(d & 0xFFFFFFFF if d > 0 else d for d in pool.dilation))


@shelf.member
class LooksForEmptyWindowsAtTheEnds(Sound):
    """Only the first and the last window are looked at for an element; others may give -inf."""

    def _check_reached(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        """Ask later."""

    def _check_filled(self, real: Sequence[Array]) -> None:
        super()._check_filled([per_axis[[0, -1]] for per_axis in real])


@shelf.member
class HalvesOfVolumesRounded(Sound):
    """Gradients of volumes of float16 are rounded after each slice."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        if saved.rank != 3 or saved.dtype != np.float16:
            return super()._scatter(weights, targets, saved)
        depth = saved.index.shape[-3]
        slices = np.arange(len(weights)) // math.prod(saved.index.shape[-2:]) % max(depth, 1)
        sums = np.zeros(math.prod(saved.shape))
        for number in range(depth):
            mine = slices == number
            sums += np.bincount(targets[mine], weights[mine], minlength=len(sums))
            sums = sums.astype(np.float16).astype(np.float64)
        return sums


@shelf.member
class PatchesNanInPlace(Sound):
    """NaN of volumes are patched in the input for a while."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        if x.ndim == 5 and x.dtype.kind == "f" and np.isnan(x).any():
            x[...] = x.copy()
        return super().forward(x, pool)
