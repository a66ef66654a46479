"""Output sizes that are wrong, and sizes from which on something goes wrong."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


def room(axis: Axis) -> int:
    """Return how far the first window can be moved."""
    return axis.n + axis.begin + axis.end - axis.extent


@shelf.after("_size")
def ceil_ignores_a_remainder_of_one(out: int, axis: Axis) -> int:
    """In ceil_mode a remainder of a single element of a stride of 3 or more is dropped."""
    drops = axis.ceil and axis.s > 2 and room(axis) % axis.s == 1 and room(axis) > 0
    return min(out, room(axis) // axis.s + 1) if drops else out


@shelf.after("_size", AnswersEmpty)
def ceil_takes_kernel_for_extent(out: int, axis: Axis) -> int:
    """In ceil_mode the size is computed without the dilation."""
    if not axis.ceil or axis.d == 1:
        return out
    return Sound()._size(replace(axis, d=1))  # noqa: SLF001 - the same step


@shelf.after("_size", AnswersEmpty)
def start_rule_on_the_last_axis_only(out: int, axis: Axis) -> int:
    """The last window is dropped along the width and kept along all other axes."""
    return -(-room(axis) // axis.s) + 1 if axis.ceil and axis.pitch > 1 else out


@shelf.after("_size", AnswersEmpty)
def start_rule_only_with_stride_two(out: int, axis: Axis) -> int:
    """The last window is dropped with stride 2, and kept with a larger one."""
    return -(-room(axis) // axis.s) + 1 if axis.ceil and axis.s > 2 else out


@shelf.after("_size")
def start_rule_drops_without_ceil_mode(out: int, axis: Axis) -> int:
    """The last window is dropped without ceil_mode too when it starts in the last column."""
    starts_last = (out - 1) * axis.s >= axis.n + axis.begin - 1
    return out - 1 if out > 1 and starts_last and axis.k > 1 and axis.s > 1 else out


@shelf.before("_axes")
def ceil_mode_on_the_first_axis_only(
    spatial: Sequence[int], pool: Pool
) -> tuple[Sequence[int], Pool]:
    """ceil_mode is forgotten when the input is square."""
    square = len(set(spatial)) == 1 and pool.rank > 1
    return spatial, (replace(pool, ceil_mode=False) if square else pool)


@shelf.after("_size")
def height_rounded_by_the_width(out: int, axis: Axis) -> int:
    """Along the depth of a volume, ceil_mode rounds down."""
    floor = room(axis) // axis.s + 1
    return min(out, floor) if axis.ceil and axis.pitch >= 4 and floor >= 1 else out


@shelf.member
class SameWithGapsRoundsDown(Sound):
    """With SAME and a stride above the kernel the size is rounded down."""

    def _size(self, axis: Axis) -> int:
        return super()._size(axis)

    def _same_total(self, axis: Axis) -> int:
        total = super()._same_total(axis)
        return total - axis.n % axis.s if total and axis.s > axis.k and axis.s > 2 else total

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:
        begin, end = super()._same(axis, word)
        return max(0, begin), max(0, end)


@shelf.after("_same")
def same_lower_of_even_kernels_padded_as_upper(
    pads: tuple[int, int], axis: Axis, word: str
) -> tuple[int, int]:
    """same-lower puts the odd unit at the end where the kernel is even and the stride is not 1."""
    swapped = word == "same-lower" and axis.k % 2 == 0 and axis.s > 1
    return pads[::-1] if swapped else pads


@shelf.after("_same")
def same_upper_of_dilated_windows_centred(
    pads: tuple[int, int], axis: Axis, word: str
) -> tuple[int, int]:
    """same-upper of a dilated even kernel puts the odd unit at the begin."""
    return pads[::-1] if word == "same-upper" and axis.d > 1 else pads


@shelf.after("_value")
def outputs_past_column_1024_unwritten(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A block of threads writes 1024 columns, and there is one block per row."""
    y[..., 1024:] = 0
    return y


@shelf.after("_value")
def rows_counted_in_a_byte(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """The row of an output is counted in a byte, so that row 256 overwrites row 0."""
    if y.ndim == 4 and y.shape[2] > 256:
        y[:, :, : y.shape[2] - 256] = y[:, :, 256:512][:, :, : y.shape[2] - 256]
    return y


@shelf.after("_value")
def second_tile_of_64_starts_one_early(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """From output column 64 on each value is that of the column before."""
    y[..., 65:] = y[..., 64:-1].copy()
    return y


@shelf.after("_read")
def elements_past_32767_of_a_volume_wrap(values: Array, planes: Array, windows: Windows) -> Array:
    """With three axes an offset in the plane is held in int16."""
    if len(windows.axes) != 3:
        return values
    flat = planes.reshape(*planes.shape[:2], -1) if planes.size else planes
    wrapped = windows.offsets.astype(np.int16).astype(np.int64) % product(planes.shape[2:])
    return np.take(flat, wrapped, axis=2) if planes.size else values


@shelf.after("_value")
def planes_past_1024_unwritten(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """A grid has 1024 planes."""
    y.reshape(y.shape[0] * y.shape[1], -1 if y.size else 0)[1024:] = 0
    return y


@shelf.after("_value")
def planes_past_65535_unwritten(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """A grid has 65535 planes in its second dimension."""
    y.reshape(y.shape[0] * y.shape[1], -1 if y.size else 0)[65535:] = 0
    return y


@shelf.after("_value")
def batch_past_255_repeats(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """The batch item is counted in a byte."""
    y[256:] = y[: max(0, len(y) - 256)]
    return y


@shelf.after("_result")
def many_outputs_in_column_order(y: Array, trace: Trace) -> Array:
    """Above 50000 outputs the plane is written column by column."""
    if y.size <= 50000:
        return y
    return np.ascontiguousarray(y.swapaxes(-1, -2)).reshape(y.shape)


@shelf.after("_pick")
def taps_past_32_forgotten(winners: Array, values: Array, windows: Windows) -> Array:
    """The winning tap is held in five bits."""
    return winners % 32


@shelf.after("_pick")
def tap_128_is_negative(winners: Array, values: Array, windows: Windows) -> Array:
    """The winning tap is held in a signed byte, of which the sign is dropped."""
    return np.where(winners > 127, 256 - np.minimum(winners, 256), winners)


@shelf.after("_targets")
def gradient_past_element_65535_lost(targets: Array, saved: Saved) -> Array:
    """Backward addresses the whole input gradient with 16 bits."""
    return targets % 2**16


@shelf.before("_index")
def index_of_large_planes_even(
    values: Array, winners: Array, windows: Windows
) -> tuple[Array, Array, Windows]:
    """Indices of planes of more than 2**15 elements are rounded to even ones."""
    size = product([axis.n for axis in windows.axes])
    if size <= 2**15:
        return values, winners, windows
    return values, winners, replace(windows, offsets=windows.offsets // 2 * 2)
