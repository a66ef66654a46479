"""Windows that read a tap too few, too many or beside."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.trace import Array, Axis, Windows, outer, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


def kept(real: Array, wanted: Array) -> Array:
    """Return the wanted taps, and all of a window in which none is wanted."""
    some = (real & wanted).any(-1, keepdims=True)
    return np.where(some, real & wanted, real)


@shelf.before("_positions", AnswersEmpty)
def dilated_begin_is_the_end_padding(axis: Axis, out: int) -> tuple[Axis, int]:
    """With dilation and unequal padding the window starts as far before as the end padding."""
    return (replace(axis, begin=axis.end) if axis.d > 1 else axis), out


@shelf.after("_real")
def last_column_of_partial_window_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """A window that hangs over the right border does not read the last column."""
    partial = (at >= axis.n).any(-1, keepdims=True) & (axis.pitch == 1)
    return kept(real, ~(partial & (at == axis.n - 1)))


@shelf.after("_real")
def first_row_of_partial_window_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """A window that starts two or more above the upper border does not read the first row."""
    partial = (at[:, :1] < -1) & (axis.pitch > 1)
    return kept(real, ~(partial & (at == 0)))


@shelf.after("_real")
def fourth_tap_of_five_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """The unrolled window of 5 has no fourth tap."""
    return kept(real, (np.arange(at.shape[1]) != 3) | (axis.k != 5))


@shelf.after("_real")
def seventh_tap_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """The unrolled window of 7 stops at 6."""
    return kept(real, (np.arange(at.shape[1]) != 6) | (axis.k != 7))


@shelf.after("_real")
def taps_past_eleven_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """A window of more than 11 in height reads 11 rows."""
    return kept(real, (np.arange(at.shape[1]) < 11) | (axis.pitch == 1))


@shelf.after("_real")
def taps_cut_at_64_per_axis(real: Array, at: Array, axis: Axis) -> Array:
    """No more than 64 taps are read along an axis."""
    return kept(real, np.arange(at.shape[1]) < 64)


@shelf.before("_positions", AnswersEmpty)
def begin_padding_times_dilation(axis: Axis, out: int) -> tuple[Axis, int]:
    """The begin padding is multiplied by the dilation."""
    return replace(axis, begin=axis.begin * axis.d), out


@shelf.before("_positions", AnswersEmpty)
def stride_times_dilation(axis: Axis, out: int) -> tuple[Axis, int]:
    """Windows advance by stride times dilation where both are above 1."""
    return (replace(axis, s=axis.s * axis.d) if axis.s > 1 and axis.d > 1 else axis), out


@shelf.before("_positions")
def stride_one_above_kernel_taken_for_kernel(axis: Axis, out: int) -> tuple[Axis, int]:
    """A stride of kernel_size + 1 is taken for a tiling."""
    return (replace(axis, s=axis.k) if axis.s == axis.k + 1 else axis), out


@shelf.before("_positions")
def stride_of_twice_the_kernel_in_steps_of_kernel(axis: Axis, out: int) -> tuple[Axis, int]:
    """With a stride of at least 2 kernels on the last axis the windows follow each other."""
    far = axis.pitch == 1 and axis.k > 1 and axis.s >= 2 * axis.k
    return (replace(axis, s=axis.k) if far else axis), out


@shelf.before("_positions", AnswersEmpty)
def stride_modulo_sixteen(axis: Axis, out: int) -> tuple[Axis, int]:
    """The stride is held in four bits."""
    return replace(axis, s=axis.s % 16 or 16), out


@shelf.before("_positions", AnswersEmpty)
def dilation_at_most_seven(axis: Axis, out: int) -> tuple[Axis, int]:
    """A dilation above 7 is taken for 7."""
    return replace(axis, d=min(axis.d, 7)), out


@shelf.before("_positions", AnswersEmpty)
def begin_padding_at_most_three(axis: Axis, out: int) -> tuple[Axis, int]:
    """A begin padding above 3 is taken for 3."""
    return replace(axis, begin=min(axis.begin, 3)), out


@shelf.after("_positions")
def start_clamped_and_not_the_end(at: Array, axis: Axis, out: int) -> Array:
    """A window that starts in the begin padding is moved to the first element, whole."""
    unequal = axis.begin != axis.end
    return at - np.minimum(at[:, :1], 0) if unequal and axis.d == 1 else at


@shelf.after("_positions")
def end_clamped_by_moving_the_window(at: Array, axis: Axis, out: int) -> Array:
    """In ceil_mode the last window is moved back until it fits."""
    over = np.maximum(at[:, -1:] - (axis.n + axis.end - 1), 0)
    return at - over if axis.ceil else at


@shelf.after("_positions")
def paired_columns_start_at_even_places(at: Array, axis: Axis, out: int) -> Array:
    """On rows of 16 or more, windows of 2 and stride 1 are loaded from even places."""
    paired = axis.pitch == 1 and axis.k == 2 and axis.s == axis.d == 1 and axis.n >= 16
    return at - (np.arange(out) % 2)[:, None] * (at[:, :1] > 0) if paired else at


@shelf.after("_real")
def running_blocks_lose_their_prefix(real: Array, at: Array, axis: Axis) -> Array:
    """With stride 1 and a kernel of 6 or more the prefix of the next block is not joined."""
    block = np.floor_divide(at, axis.k)
    long = axis.k >= 6 and axis.s == 1 and axis.d == 1
    return kept(real, (block == block[:, :1]) | (not long))


@shelf.after("_windows")
def border_rows_wrap_round(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """The second window in a padding wider than the stride is read as if it lay inside."""
    last, plane = windows.axes[-1], product(spatial)
    if len(windows.axes) == 1 or last.begin <= last.s or windows.out[-1] < 2:
        return windows
    second = np.zeros(windows.out, bool)
    second[..., 1] = True
    taps = outer(windows.positions, lambda one, other: one * 0 + other)
    before = np.clip(windows.offsets + np.minimum(taps, 0), 0, plane - 1)
    wrong = second[..., None] & ~windows.real & (windows.offsets >= last.n)
    return replace(windows, offsets=np.where(wrong, before, windows.offsets))


@shelf.after("_positions")
def whole_axis_read_when_the_extent_fits_exactly(at: Array, axis: Axis, out: int) -> Array:
    """A dilated window that spans the axis exactly is taken for a global pooling."""
    spans = axis.d > 1 and axis.extent == axis.n and out == 1 and not axis.begin
    return np.arange(axis.n)[None] if spans else at


@shelf.before("_positions")
def tiling_path_ignores_dilation(axis: Axis, out: int) -> tuple[Axis, int]:
    """Where stride = kernel_size the path for tiles is taken, which knows no dilation."""
    return (replace(axis, d=1) if axis.s == axis.k and not axis.begin else axis), out


@shelf.after("_real")
def end_padding_alone_moves_the_last_tap(real: Array, at: Array, axis: Axis) -> Array:
    """With end padding only, the last tap of every window that tiles is taken for padding."""
    only = axis.end > 0 and not axis.begin and axis.k == axis.s
    return kept(real, (np.arange(at.shape[1]) < axis.k - 1) | (not only))


@shelf.before("_axes")
def dilation_of_depth_and_height_swapped(
    spatial: Sequence[int], pool: Pool
) -> tuple[Sequence[int], Pool]:
    """With three axes the dilations of depth and height are used in the other order."""
    if pool.rank != 3:
        return spatial, pool
    d = pool.dilation
    return spatial, replace(pool, dilation=(d[1], d[0], d[2]))


@shelf.before("_positions", AnswersEmpty)
def strided_depth_starts_without_padding(axis: Axis, out: int) -> tuple[Axis, int]:
    """Along an axis with two more behind it, stride above 1 makes the windows start at 0."""
    deep = axis.pitch >= 9 and axis.s > 1
    return (replace(axis, begin=0) if deep else axis), out


@shelf.after("_offsets")
def slice_pitch_is_width_squared(
    offsets: Array, positions: Sequence[Array], axes: Sequence[Axis]
) -> Array:
    """With three axes a slice is taken to have width x width elements."""
    if len(axes) != 3:
        return offsets
    skew = np.clip(positions[0], 0, axes[0].n - 1) * (axes[2].n ** 2 - axes[0].pitch)
    zeros = [np.zeros_like(at) for at in positions[1:]]
    size = axes[0].n * axes[0].pitch
    return (offsets + outer([skew, *zeros], np.add)) % size


@shelf.before("_axes")
def row_path_ignores_ceil_mode_with_padding(
    spatial: Sequence[int], pool: Pool
) -> tuple[Sequence[int], Pool]:
    """With one axis and padding, ceil_mode is forgotten."""
    padded = pool.rank == 1 and pool.padding != ((0, 0),)
    return spatial, (replace(pool, ceil_mode=False) if padded else pool)


@shelf.after("_real")
def middle_tap_of_dilated_three_skipped(real: Array, at: Array, axis: Axis) -> Array:
    """A dilated window of 3 reads its two ends only when it is padded at the begin."""
    dilated = axis.k == 3 and axis.d >= 3 and axis.begin > 0
    return kept(real, (np.arange(at.shape[1]) != 1) | (not dilated))


@shelf.after("_real")
def overhang_of_more_than_one_lost(real: Array, at: Array, axis: Axis) -> Array:
    """In ceil_mode a last window of which two or more taps hang over reads its first tap only."""
    over = ((at >= axis.n).sum(-1, keepdims=True) >= 2) & axis.ceil
    return kept(real, ~over | (np.arange(at.shape[1]) == 0))


@shelf.after("_offsets")
def second_row_of_taps_from_the_first_column(
    offsets: Array, positions: Sequence[Array], axes: Sequence[Axis]
) -> Array:
    """With a kernel of 3x2 the rows after the first are read one column to the left."""
    if len(axes) != 2 or (axes[0].k, axes[1].k) != (3, 2):
        return offsets
    columns = np.maximum(positions[1] - 1, 0)
    shifted = outer([np.clip(positions[0], 0, axes[0].n - 1) * axes[0].pitch, columns], np.add)
    shifted = np.minimum(shifted, axes[0].n * axes[1].n - 1)
    return np.where(np.arange(offsets.shape[-1]) < 2, offsets, shifted)
