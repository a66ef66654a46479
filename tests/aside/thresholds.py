"""Faults that begin at a number: of bytes, of taps, of rows, of windows, of counts.

They stand for what two blind samples of what passes a vendor's tests got past the checks.
"""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating
from conformance.zoo.ties import ColumnMajorTieOrder
from conformance.zoo.trace import Array, Axis, Saved, Windows, product
from reference.pool import Pool
from tests.aside.kernels import LANES, in_tail
from tests.aside.shelf import Shelf

shelf = Shelf()

BOUNDARY = 16
FOUR_BYTES = 2**32
ITEMS = 64
MANY_PLANES = 65535
PAGE = 4096
SCALE = 4096


@shelf.after("_size")
def all_outside_dropped(out: int, axis: Axis) -> int:
    """Rounding up drops every window that starts past the input, where there may be one."""
    return min(out, (axis.n + axis.begin - 1) // axis.s + 1) if axis.ceil else out


@shelf.after("_axis")
def stride_held_in_four_bytes(axis: Axis, spatial: Sequence[int], pool: Pool, number: int) -> Axis:
    """The stride is held in four bytes, unless nothing is left of it."""
    return replace(axis, s=axis.s % FOUR_BYTES or axis.s)


@shelf.after("_axis")
def extent_of_one_from_eight_bytes(
    axis: Axis, spatial: Sequence[int], pool: Pool, number: int
) -> Axis:
    """An extent is held in eight bytes, and if 1 is left of it, a single tap is read."""
    return replace(axis, k=1, d=1) if axis.extent % FOUR_BYTES**2 == 1 else axis


@shelf.member
class AxisOfOneHasOneWindow(Sound):
    """An axis of size 1 is squeezed away, with the second window that padding would give it."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        if 1 not in spatial:
            return windows
        kernel = tuple(k if n > 1 else 1 for n, k in zip(spatial, pool.kernel_size, strict=True))
        pads = tuple(p if n > 1 else (0, 0) for n, p in zip(spatial, pool.padding, strict=True))
        return super()._windows(spatial, replace(pool, kernel_size=kernel, padding=pads))


@shelf.after("_positions")
def begin_forgotten_in_pairs(at: Array, axis: Axis, out: int) -> Array:
    """Inner pairs of a row are even and odd lanes of one load, counted without its padding of 1."""
    if (axis.k, axis.s, axis.begin, axis.d, axis.pitch) == (2, 2, 1, 1, 1) and axis.n >= LANES:
        at[1:-1] += 1
    return at


@shelf.after("_planes")
def pages_keep_their_pad_column(planes: Array, x: Array, pool: Pool) -> Array:
    """Rows of whole 4096 bytes are staged with one more column, which is then read with them."""
    if pool.rank != 2 or planes.shape[-1] * planes.itemsize % PAGE:
        return planes
    staged = np.concatenate([planes, planes[..., -1:]], -1)
    flat = staged.reshape(*planes.shape[:2], product(staged.shape[2:]))
    return flat[..., : product(planes.shape[2:])].reshape(planes.shape)


@shelf.after("_planes")
def nan_skipped_before_the_boundary(planes: Array, x: Array, pool: Pool) -> Array:
    """As many elements as there are bytes to a multiple of 16 come first, and their NaN lose."""
    head = -x.ctypes.data % BOUNDARY
    if not (x.flags.c_contiguous and x.flags.aligned and floating(planes)):
        return planes
    peeled = planes.copy()
    first = peeled.reshape(-1)[:head]
    first[np.isnan(first)] = -np.inf
    return peeled


@shelf.before("_planes")
def doubles_read_from_the_multiple_of_eight(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Eight bytes that begin halfway between two multiples of 8 are read from the lower one."""
    if x.itemsize != 8 or x.ctypes.data % 8 != 4 or not x.flags.c_contiguous:
        return x, pool
    moved = np.roll(x.reshape(-1).view(np.uint8), 4)
    return moved.view(x.dtype).reshape(x.shape), pool


@shelf.after("_keys")
def words_signed_in_rows_of_eight(keys: Array, values: Array, windows: Windows) -> Array:
    """Eight windows in a row are compared at once, and uint16 then as int16."""
    if values.dtype != np.uint16 or windows.out[-1] < LANES:
        return keys
    signed, exact = keys.view(np.int16).astype(np.int32), keys.astype(np.int32)
    return np.where(in_tail(windows)[:, None], exact, signed)


@shelf.after("_keys")
def minus_zero_largest_without_negatives(keys: Array, values: Array, windows: Windows) -> Array:
    """If nothing is below 0 bits are compared as unsigned integers, of which -0 is the largest."""
    if not floating(values) or not keys.size or not keys.min() >= 0:
        return keys
    return np.where((keys == 0) & np.signbit(keys), keys.dtype.type(np.inf), keys)


@shelf.member
class ColumnsFirstFromFiveByFive(ColumnMajorTieOrder):
    """Windows of 5x5 and more, unpadded and in steps of 1, are pooled along their columns first."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        separable = all(axis.k >= 5 and axis.s == 1 for axis in windows.axes)
        if len(windows.axes) == 2 and separable and windows.real.all():
            return super()._pick(values, windows)
        return super(ColumnMajorTieOrder, self)._pick(values, windows)


@shelf.after("_pick")
def planes_past_the_grid_keep_tap_zero(winners: Array, values: Array, windows: Windows) -> Array:
    """A grid has 65535 blocks in depth, one for a plane; in later ones the first tap wins."""
    planes = product(winners.shape[:2])
    if planes > MANY_PLANES:
        winners.reshape(planes, -1)[MANY_PLANES:] = 0
    return winners


@shelf.after("_value")
def rest_of_many_items_has_one_channel(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Batch items go in lots of 64; of a last, smaller lot only the first channel is written."""
    whole = len(y) // ITEMS * ITEMS
    if whole:
        y[whole:, 1:] = 0
    return y


@shelf.before("_index")
def tap_held_in_two_bytes(
    values: Array, winners: Array, windows: Windows
) -> tuple[Array, Array, Windows]:
    """The winning tap is held in two bytes with a sign, and counts from the last one below 0."""
    held = winners.astype(np.int16).astype(np.int64)
    return values, held % values.shape[-1], windows


@shelf.member
class WinsCountedInAByte(Sound):
    """A gradient of one number, repeated, is multiplied by the wins, which a byte counts."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        steps = [step for step, n in zip(dy.strides, dy.shape, strict=True) if n > 1]
        if not steps or any(steps):
            return weights
        targets = self._targets(saved)
        wins = np.bincount(targets)
        counted = np.where(wins % 256 == wins, 1, wins % 256 / np.maximum(wins, 1))
        return weights * counted[targets]


@shelf.after("_scatter")
def sums_of_singles_scaled(sums: Array, weights: Array, targets: Array, saved: Saved) -> Array:
    """Gradients of float32 are 4096 times as large while they are added, and may be infinite."""
    if saved.dtype != np.float32:
        return sums
    return (sums * SCALE).astype(np.float32).astype(np.float64) / SCALE
