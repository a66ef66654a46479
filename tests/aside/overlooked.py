"""Faults that no check of the smoke tier saw when they were written; each is of another kind."""

# ruff: noqa: ARG001, ARG005, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.state import Remembers
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf
from tests.aside.taps import kept

shelf = Shelf()


def without_tap(windows: Windows, lost: Array) -> Windows:
    """Return windows that do not read some of their taps."""
    real = kept(windows.real, ~lost)
    return replace(windows, real=real, offsets=Sound()._repeat_first(windows.offsets, real))  # noqa: SLF001


@shelf.after("_windows")
def last_of_257_taps_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """A reduction in blocks of 256 taps has no rest of one."""
    taps = np.arange(windows.real.shape[-1])
    return without_tap(windows, (taps == 256) & (len(taps) == 257))


@shelf.after("_windows")
def corner_of_thirteen_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """A window of 13x13 is made of smaller ones that leave its last corner out."""
    taps = np.arange(windows.real.shape[-1])
    return without_tap(windows, (taps == 168) & (pool.kernel_size == (13, 13)))


@shelf.after("_windows")
def middle_of_four_by_seven_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """One tap of a window of 4x7 is not read."""
    taps = np.arange(windows.real.shape[-1])
    return without_tap(windows, (taps == 17) & (pool.kernel_size == (4, 7)))


@shelf.after("_real")
def block_border_lost(real: Array, at: Array, axis: Axis) -> Array:
    """A running maximum in blocks of the kernel misses the element after the fourth block."""
    return kept(real, (at + axis.begin != 4 * axis.k) | (axis.k < 16))


@shelf.after("_real")
def middle_of_sparse_table_lost(real: Array, at: Array, axis: Axis) -> Array:
    """A table of maxima has four levels: what lies between is not read in kernels past 32."""
    tap = np.arange(at.shape[1])
    return kept(real, (tap < 16) | (tap >= axis.k - 16) | (axis.k <= 32))


@shelf.after("_positions")
def stride_held_in_a_byte(at: Array, axis: Axis, out: int) -> Array:
    """The stride is held in a byte."""
    return at - np.arange(out)[:, None] * (axis.s - axis.s % 256) if axis.s < 2**20 else at


@shelf.after("_positions")
def dilation_held_in_two_bytes(at: Array, axis: Axis, out: int) -> Array:
    """The dilation is held in two bytes."""
    lost = axis.d - axis.d % 2**16 if axis.d < 2**20 and at.shape[1] == axis.k else 0
    return at - np.arange(at.shape[1]) * lost


@shelf.before("_positions")
def begin_padding_of_127_at_most(axis: Axis, out: int) -> tuple[Axis, int]:
    """A begin padding above 127 is 127."""
    return replace(axis, begin=min(axis.begin, 127)), out


@shelf.after("_axes")
def dilations_of_a_cube_swapped(
    axes: tuple[Axis, ...], spatial: Sequence[int], pool: Pool
) -> tuple[Axis, ...]:
    """Dilations of equal depth and height are swapped where the width is not dilated."""
    if len(axes) < 3 or axes[2].d > 1 or axes[0].n != axes[1].n or axes[0].k != axes[1].k:
        return axes
    first, second = replace(axes[0], d=axes[1].d), replace(axes[1], d=axes[0].d)
    return (first, second, *axes[2:])


class LastWindowOfLastPlane(Sound):
    """The last window of the last plane reads its first tap alone, in some calls."""

    def _in(self, values: Array, windows: Windows) -> bool:
        raise NotImplementedError

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        if winners.size and self._in(values, windows):
            winners.reshape(-1)[-1] = 0
        return winners


def _last_window(name: str, says: str, where: Callable[[Array, Windows], bool]) -> None:
    """Shelve the fault of `LastWindowOfLastPlane` in the calls that `where` picks."""

    def chosen(self: Sound, values: Array, windows: Windows) -> bool:
        return where(values, windows)

    shelf.member(type(name, (LastWindowOfLastPlane,), {"_in": chosen, "__doc__": says}))


def _dilated(windows: Windows) -> bool:
    return any(axis.d > 1 for axis in windows.axes)


def _ceil(windows: Windows) -> bool:
    return windows.axes[0].ceil


_last_window(
    "tail_of_61_channels",
    "61 channels leave a tail.",
    lambda values, windows: values.shape[1] == 61,
)
_last_window(
    "tail_of_float16_channels",
    "Channels of float16 leave a tail of 15.",
    lambda values, windows: values.dtype == np.float16 and values.shape[1] % 16 == 15,
)
_last_window(
    "tail_of_257_items",
    "A batch of 257 and more leaves a tail.",
    lambda values, windows: len(values) >= 257,
)
_last_window(
    "chunk_of_a_thousand_windows",
    "Windows are pooled by the thousand.",
    lambda values, windows: product(windows.out) % 1000 == 0,
)
_last_window(
    "chunk_of_sixty_four_windows",
    "More than 64 windows are pooled by 64.",
    lambda values, windows: product(windows.out) > 64 and product(windows.out) % 64 == 0,
)
_last_window(
    "float16_dilated_and_ceil",
    "Only in float16, dilated and rounded up.",
    lambda values, windows: values.dtype == np.float16 and _dilated(windows) and _ceil(windows),
)
_last_window(
    "uint16_and_ceil",
    "Only in uint16, rounded up.",
    lambda values, windows: values.dtype == np.uint16 and _ceil(windows),
)
_last_window(
    "uint32_dilated_volume",
    "Only in dilated volumes of uint32.",
    lambda values, windows: (
        values.dtype == np.uint32 and len(windows.out) == 3 and _dilated(windows)
    ),
)
_last_window(
    "bool_line_with_gaps",
    "Only in lines of booleans with gaps.",
    lambda values, windows: (
        values.dtype == bool and len(windows.out) == 1 and windows.axes[0].s > windows.axes[0].k
    ),
)


@shelf.after("_keys")
def int64_volume_as_float64(keys: Array, values: Array, windows: Windows) -> Array:
    """Volumes of int64 are compared as float64."""
    return keys.astype(np.float64) if keys.dtype == np.int64 and len(windows.out) == 3 else keys


@shelf.after("_keys")
def dilated_uint8_as_signed(keys: Array, values: Array, windows: Windows) -> Array:
    """Dilated windows of uint8 are compared as int8."""
    return keys.view(np.int8) if keys.dtype == np.uint8 and _dilated(windows) else keys


@shelf.after("_keys")
def rounded_up_uint64_as_signed(keys: Array, values: Array, windows: Windows) -> Array:
    """Rounded-up windows of uint64 are compared as int64."""
    return keys.view(np.int64) if keys.dtype == np.uint64 and _ceil(windows) else keys


@shelf.after("_keys")
def nan_dropped_if_dilated_and_padded(keys: Array, values: Array, windows: Windows) -> Array:
    """NaN is dropped in windows that are dilated and padded."""
    padded = any(axis.begin + axis.end for axis in windows.axes)
    return without_nan(keys) if padded and _dilated(windows) and floating(values) else keys


@shelf.after("_keys")
def nan_at_the_end_of_a_long_line_dropped(keys: Array, values: Array, windows: Windows) -> Array:
    """On a line a NaN at the last tap of a kernel of 6 and more is dropped."""
    if len(windows.out) == 1 and windows.axes[0].k >= 6 and floating(values):
        keys = keys.copy()
        keys[..., -1] = without_nan(keys[..., -1])
    return keys


@shelf.member
class IndexInAByte(Sound):
    """Indices of planes of up to 257 elements are held in a byte."""

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        return index % 256 if saved.plane <= 257 else index


@shelf.member
class TargetsInTwoBytes(Sound):
    """A plane of 65537 elements is gone back to by two bytes."""

    def _targets(self, saved: Saved) -> Array:
        held = saved.index % 2**16 if saved.plane == 2**16 + 1 else saved.index
        return super()._targets(replace(saved, index=held))


@shelf.member
class StatesInARing(Remembers):
    """What is saved lives in one of 33 places; the next but 32 forward pass takes it."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        place = self._kept["next"] = (self._kept.get("next", 0) + 1) % 33
        self._kept[place] = saved
        return y, replace(saved, extra=place)

    def _there(self, saved: Saved) -> Saved:
        there: Saved = self._kept[saved.extra]
        return there if (there.shape, there.rank) == (saved.shape, saved.rank) else saved

    def _targets(self, saved: Saved) -> Array:
        there = self._there(saved)
        return super()._targets(there if there.index.shape == saved.index.shape else saved)


@shelf.member
class IndicesKeptFromTheSecondTime(Remembers):
    """The first indices are a copy; a second one is kept, and handed out from then on."""

    def indices(self, saved: Saved) -> Array:
        known = id(saved.index)
        if known not in self._kept:
            self._kept[known] = (saved.index, super().indices(saved))
            return super().indices(saved)
        index: Array = self._kept[known][1]
        return index


@shelf.member
class GradientKeptByItsArray(Remembers):
    """A gradient is kept for the array that it was computed of, whatever is in it now."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        known = id(saved.index)
        if known in self._kept and self._kept[known][0] is dy:
            dx: Array = self._kept[known][1].copy()
            return dx
        self._kept[known] = (dy, super().backward(dy, saved).copy(), saved.index)
        return super().backward(dy, saved)


@shelf.member
class IndexInASharedPlace(Remembers):
    """Between two lines of Python the index stands where all threads write it."""

    def indices(self, saved: Saved) -> Array:
        self._kept["index"] = saved.index
        index: Array = self._kept["index"]
        return index.copy() if index.shape == saved.index.shape else saved.index.copy()


@shelf.before("forward")
def unaligned_int64_reversed(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Unaligned int64 are read from the end."""
    return (x[..., ::-1] if x.dtype == np.int64 and not x.flags.aligned else x), pool


@shelf.before("forward")
def fields_of_records_reversed(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """An array whose strides are no multiple of an element is read from the end."""
    odd = x.size and any(stride % x.itemsize for stride in x.strides)
    return (x[..., ::-1] if odd else x), pool


@shelf.before("forward")
def stepped_rows_turned(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Every second row of a larger array is read from the bottom."""
    stepped = x.ndim == 4 and x.size and x.strides[2] == 2 * x.shape[3] * x.itemsize
    dense = stepped and x.strides[3] == x.itemsize and x.shape[2] > 1
    return (x[:, :, ::-1] if dense else x), pool


@shelf.after("backward")
def big_endian_gradient_of_volumes(dx: Array, dy: Array, saved: Saved) -> Array:
    """The gradient of volumes comes in the other byte order."""
    return dx.astype(dx.dtype.newbyteorder("S")) if saved.rank == 3 and dx.itemsize > 2 else dx


@shelf.before("forward")
def stride_of_zero_for_one_window(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A stride of 0 is let pass where the window is as large as the plane."""
    same = len(pool.stride) == pool.rank == 2 and x.shape[-2:] == pool.kernel_size
    return x, replace(pool, stride=(1, 1)) if same and pool.stride == (0, 0) else pool


@shelf.before("forward")
def short_stride_of_a_single_item(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Without a batch axis one stride is taken for both axes."""
    short = len(pool.stride) == 1 and pool.rank == 2 and x.ndim == 3
    return x, replace(pool, stride=pool.stride * 2) if short else pool


@shelf.after("_weights")
def counted_in_a_byte(weights: Array, dy: Array, saved: Saved) -> Array:
    """An element takes the gradients of 255 windows and of no more."""
    if weights.size <= 255:
        return weights
    targets = Sound()._targets(saved)  # noqa: SLF001
    order = np.argsort(targets, kind="stable")
    ranked = targets[order]
    place = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    taken = np.empty(len(ranked), bool)
    taken[order] = place < 255
    return np.where(taken, weights, 0)


@shelf.after("_result")
def planes_past_two_bytes_zero(y: Array, trace: Trace) -> Array:
    """A grid of 65535 blocks leaves the planes past it as they were."""
    planes = product(y.shape[: -trace.pool.rank])
    if planes > 65535:
        y.reshape(planes, -1)[65535:] = 0
    return y
