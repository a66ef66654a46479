"""What kernels for vectors and graphics processors get wrong: blocks, rests, queues, bits."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.ties import last_tied
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.gradients import Marks
from tests.aside.shelf import Shelf
from tests.aside.winners import last_where

shelf = Shelf()

LANES = 8


def in_tail(windows: Windows, lanes: int = LANES) -> Array:
    """Return (out,) bool of the last axis: which windows a vector of lanes leaves over."""
    out = windows.out[-1]
    return np.arange(out) >= out // lanes * lanes if out > lanes else np.zeros(out, bool)


@shelf.after("_value")
def last_of_a_masked_block_lost(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Of 4m + 1 outputs, more than 256, the very last one is 0."""
    if y.size > 256 and y.size % 4 == 1:
        y.reshape(-1)[-1] = 0
    return y


@shelf.after("_value")
def second_stride_of_the_grid_repeats_the_first(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Outputs from number 4096 on are those from the begin."""
    flat = y.reshape(-1)
    flat[4096:8192] = flat[: max(0, min(4096, flat.size - 4096))]
    return y


@shelf.after("_value")
def odd_column_of_halves_lost(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """float16 columns go in pairs, and an odd last one repeats the one before."""
    if y.dtype == np.float16 and y.shape[-1] % 2 and y.shape[-1] > 1:
        y[..., -1] = y[..., -2]
    return y


@shelf.after("_value")
def bytes_beyond_two_vectors_lost(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Of rows of 16m + r bytes the last r repeat those 16 before."""
    out = y.shape[-1]
    if y.dtype.itemsize == 1 and y.dtype.kind in "iu" and out > 16 and out % 16:
        y[..., out // 16 * 16 :] = y[..., out // 16 * 16 - 16 : out - 16]
    return y


@shelf.after("_value")
def doubles_in_fours_lose_their_rest(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Of rows of 4m + 3 float64, more than 8, the last is the lowest of its window."""
    if y.dtype == np.float64 and y.shape[-1] > 8 and y.shape[-1] % 4 == 3:
        y[..., -1] = values[..., -1, :].min(-1)
    return y


@shelf.after("_keys")
def nan_skipped_in_the_tail_of_rows(keys: Array, values: Array, windows: Windows) -> Array:
    """The windows that a vector of 8 leaves over in a row skip NaN."""
    if not floating(values):
        return keys
    return np.where(in_tail(windows)[:, None], without_nan(keys), keys)


@shelf.after("_keys")
def nan_kept_in_the_tail_of_rows_only(keys: Array, values: Array, windows: Windows) -> Array:
    """In rows of 16 or more the vector skips NaN, and the scalar rest keeps it."""
    if not floating(values) or windows.out[-1] < 16:
        return keys
    return np.where(in_tail(windows, 16)[:, None], keys, without_nan(keys))


@shelf.after("_pick")
def last_of_equals_in_the_tail_of_rows(winners: Array, values: Array, windows: Windows) -> Array:
    """In the windows that a vector of 8 leaves over the last of equals wins."""
    return last_where(winners, values, windows, in_tail(windows))


@shelf.after("_value")
def minus_zero_lost_in_the_tail_of_rows(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """The windows that a vector of 8 leaves over give +0 for -0."""
    if not floating(y):
        return y
    return np.where(in_tail(windows) & (y == 0), np.zeros((), y.dtype), y)


@shelf.after("_pick")
def last_of_equals_in_later_items(winners: Array, values: Array, windows: Windows) -> Array:
    """From the second batch item on, the last of equals wins."""
    later = np.arange(len(winners)).reshape(-1, *(1,) * (winners.ndim - 1)) > 0
    return last_where(winners, values, windows, later)


@shelf.after("_pick")
def last_of_equals_where_windows_overlap(winners: Array, values: Array, windows: Windows) -> Array:
    """A queue of candidates drops an earlier equal: where windows overlap the last wins."""
    last = windows.axes[-1]
    return last_where(winners, values, windows, np.array(last.s < last.extent and last.k > 1))


@shelf.after("_pick")
def last_of_equals_with_gaps(winners: Array, values: Array, windows: Windows) -> Array:
    """With a stride above the kernel the last of equals wins."""
    gaps = any(axis.s > axis.k > 1 for axis in windows.axes)
    return last_where(winners, values, windows, np.array(gaps))


@shelf.after("_value")
def queue_expires_one_too_late(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """With stride 1 and a kernel of 3 or more the maximum of the window before stays one longer."""
    last = windows.axes[-1]
    if last.s != 1 or last.k < 3 or last.d != 1 or y.dtype.kind == "V":
        return y
    left = values[..., :-1, 0]
    y[..., 1:] = np.where(left > y[..., 1:], left, y[..., 1:])
    return y


@shelf.after("_real")
def last_block_shorter_than_a_kernel_lost(real: Array, at: Array, axis: Axis) -> Array:
    """With stride 1 the elements of a last block shorter than the kernel are not read."""
    whole = axis.n // axis.k * axis.k
    short = axis.s == 1 and axis.k >= 3 and axis.n % axis.k and axis.d == 1 and axis.n > 8
    keep = real & (at < whole)
    some = keep.any(-1, keepdims=True)
    return np.where(some & bool(short), keep, real)


@shelf.after("_keys")
def doubled_before_comparing(keys: Array, values: Array, windows: Windows) -> Array:
    """Floating elements are doubled before they are compared, so that huge ones tie."""
    return keys * 2 if floating(values) else keys


@shelf.after("_keys")
def halved_before_comparing(keys: Array, values: Array, windows: Windows) -> Array:
    """Floating elements are halved before they are compared, so that the smallest tie."""
    return keys * keys.dtype.type(0.5) if floating(values) else keys


@shelf.after("_pick")
def found_by_difference(winners: Array, values: Array, windows: Windows) -> Array:
    """The winner is where x - max is 0; with infinities nothing is, and the first tap wins."""
    if not floating(values):
        return winners
    best = np.take_along_axis(values, winners[..., None], -1)[..., 0]
    return np.where(np.isinf(best), 0, winners)


@shelf.after("_value")
def masked_by_a_product(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Padding is masked by a product, which makes NaN of an infinity beside it."""
    if not floating(y):
        return y
    spoilt = np.isinf(values).any(-1) & ~windows.real.all(-1)
    return np.where(spoilt, np.array(np.nan, y.dtype), y)


@shelf.after("_value")
def subnormal_doubles_flushed(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Subnormal float64 results become 0."""
    if y.dtype != np.float64:
        return y
    return np.where(np.abs(y) < np.finfo(np.float64).tiny, 0.0, y)


@shelf.after("_value")
def subnormal_bfloat16_flushed(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Subnormal bfloat16 results become 0."""
    if y.dtype.name != "bfloat16":
        return y
    small = np.abs(y.astype(np.float32)) < np.finfo(np.float32).tiny
    return np.where(small, np.zeros((), y.dtype), y)


@shelf.after("_value")
def uint8_saturates_at_127(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """uint8 results are at most 127 in windows of more than 4 taps."""
    narrow = y.dtype == np.uint8 and values.shape[-1] > 4
    return np.minimum(y, np.uint8(127)) if narrow else y


@shelf.after("_size")
def extent_in_a_byte(out: int, axis: Axis) -> int:
    """The extent of a window is held in a byte."""
    wrapped = (axis.n + axis.begin + axis.end - axis.extent % 256) // axis.s + 1
    return wrapped if axis.extent > 255 and not axis.ceil and axis.k < 10 else out


@shelf.after("_size")
def one_tap_spans_its_dilation(out: int, axis: Axis) -> int:
    """A kernel of 1 with dilation 2 to 9 spans as many positions."""
    if axis.k != 1 or not 1 < axis.d < 10 or axis.ceil:
        return out
    return max(1, (axis.n + axis.begin + axis.end - axis.d) // axis.s + 1)


@shelf.before("_axes")
def single_slice_goes_the_flat_way(
    spatial: Sequence[int], pool: Pool
) -> tuple[Sequence[int], Pool]:
    """A volume of one slice is pooled as a plane, without the padding of its depth."""
    if pool.rank != 3 or spatial[0] != 1:
        return spatial, pool
    return spatial, replace(pool, padding=((0, 0), *pool.padding[1:]))


@shelf.member
class HalfSumsOverflowOnTheWay(Sound):
    """float16 gradients are infinite when a part of the sum is too large."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        if saved.dtype != np.float16:
            return sums
        positive = super()._scatter(np.maximum(weights, 0), targets, saved)
        return np.where(np.isfinite(sums) & (positive > 65520), np.inf, sums)


@shelf.member
class GradientOfTheTailOfRowsLost(Marks):
    """The windows that a vector of 8 leaves over give no gradient."""

    def _marked(self, trace: Trace) -> Array:
        return in_tail(trace.windows)


@shelf.member
class GradientOfTwoItemsOnlyFirst(Sound):
    """With exactly two batch items the second one gets no gradient below overlapping windows."""

    def _save(self, trace: Trace) -> Saved:
        overlap = any(axis.s < axis.extent for axis in trace.windows.axes)
        return replace(super()._save(trace), extra=overlap)

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        if saved.extra and len(saved.shape) == saved.rank + 2 and saved.shape[0] == 2:
            sums.reshape(2, -1)[1] = 0
        return sums


@shelf.member
class ForwardInAnotherThreadForgotten(Sound):
    """Backward knows the forward passes of its own thread only."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=threading.get_ident())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        return weights if saved.extra == threading.get_ident() else weights * 0


@shelf.member
class WidthOfThreeTakenForChannels(Sound):
    """A width of 3 below more than 4 channels is taken for channels last, and pooled so."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        if planes.ndim == 4 and planes.shape[-1] == 3 and planes.shape[1] > 4:
            return np.ascontiguousarray(planes[..., ::-1])
        return planes


@shelf.member
class CandidatesOfTheFirstRowKept(AnswersEmpty):
    """The second row of windows begins its maximum where the first row ended."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        tall = y.ndim == 4 and y.shape[2] > 12 and y.dtype.kind == "f"
        if tall:
            y[:, :, 12] = np.fmax(y[:, :, 12], y[:, :, 11])
        return y


@shelf.member
class SortedByRowSums(Sound):
    """In windows of 3 rows and more the row with the largest sum is searched."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        rows = windows.positions[0].shape[1]
        if len(windows.axes) != 2 or rows < 3 or values.dtype.kind != "f":
            return winners
        parts = np.where(windows.real, values, 0).reshape(*values.shape[:-1], rows, -1)
        largest = parts.sum(-1).argmax(-1)
        width = values.shape[-1] // rows
        inside = (np.arange(values.shape[-1]) // width == largest[..., None]) & windows.real
        keys = np.where(inside, values, -np.inf)
        return np.where(inside.any(-1), keys.argmax(-1), winners)


@shelf.after("_targets")
def gradient_of_planes_past_255_wraps(targets: Array, saved: Saved) -> Array:
    """Backward counts planes in a byte."""
    size = saved.plane
    return targets % (256 * size) if product(saved.shape) > 256 * size else targets


@shelf.after("_pick")
def warp_decides_by_majority(winners: Array, values: Array, windows: Windows) -> Array:
    """With 32 windows in a row and more, those of number 32m + 31 take the last of equals."""
    place = np.arange(windows.out[-1]) % 32 == 31
    return np.where(place, last_tied(self_keys(values), windows), winners)


def self_keys(values: Array) -> Array:
    """Return values in a type that can be compared."""
    return values.astype(np.float32) if values.dtype.name == "bfloat16" else values
