"""Winners: which of equals, and what the index says."""

# ruff: noqa: ARG001, D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating
from conformance.zoo.ties import last_tied, tied
from conformance.zoo.trace import Array, Saved, Trace, Windows, product
from tests.aside.shelf import Shelf

shelf = Shelf()


def last_where(winners: Array, values: Array, windows: Windows, where: object) -> Array:
    """Return the last of equals where asked, else the winners."""
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    return np.where(np.asarray(where), last_tied(keys, windows), winners)


@shelf.after("_pick")
def last_of_equals_in_five_taps_or_more(winners: Array, values: Array, windows: Windows) -> Array:
    """From 5 taps on, the last of equals wins."""
    return last_where(winners, values, windows, values.shape[-1] >= 5)


@shelf.after("_pick")
def later_row_wins_a_tie(winners: Array, values: Array, windows: Windows) -> Array:
    """Each row takes its first, and of equal rows the last one wins."""
    if len(windows.axes) != 2:
        return winners
    width = windows.positions[1].shape[1]
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    equal = tied(keys, windows)
    row = last_tied(keys, windows) // width
    rows = np.arange(values.shape[-1]) // width == row[..., None]
    first: Array = (equal & rows).argmax(-1)
    return first


@shelf.after("_pick")
def last_of_equals_when_dilated(winners: Array, values: Array, windows: Windows) -> Array:
    """With dilation the last of equals wins."""
    return last_where(winners, values, windows, any(axis.d > 1 for axis in windows.axes))


@shelf.after("_pick")
def last_of_equals_at_the_border(winners: Array, values: Array, windows: Windows) -> Array:
    """In a window that touches padding the last of equals wins."""
    return last_where(winners, values, windows, ~windows.real.all(-1))


@shelf.after("_pick")
def last_of_equals_in_doubles(winners: Array, values: Array, windows: Windows) -> Array:
    """With float64 the last of equals wins."""
    return last_where(winners, values, windows, values.dtype == np.float64)


@shelf.after("_pick")
def last_of_equals_in_integers(winners: Array, values: Array, windows: Windows) -> Array:
    """With integers of 16 bits the last of equals wins."""
    return last_where(winners, values, windows, values.dtype.name in ("int16", "uint16"))


@shelf.after("_pick")
def last_of_true(winners: Array, values: Array, windows: Windows) -> Array:
    """Among booleans the last True wins."""
    return last_where(winners, values, windows, values.dtype == bool)


@shelf.after("_pick")
def last_of_minus_infinities(winners: Array, values: Array, windows: Windows) -> Array:
    """Of nothing but -inf the last one wins."""
    if not floating(values):
        return winners
    lost = (values == np.array(-np.inf, values.dtype)).all(-1)
    return last_where(winners, values, windows, lost)


@shelf.after("_pick")
def last_of_zeros(winners: Array, values: Array, windows: Windows) -> Array:
    """Of several +0 the last one wins."""
    best = np.take_along_axis(values, winners[..., None], -1)[..., 0]
    plus = (values == 0) & ~np.signbit(values) if floating(values) else values == 0
    same = plus.sum(-1) == tied_count(values, windows)
    return last_where(winners, values, windows, (best == 0) & same)


def tied_count(values: Array, windows: Windows) -> Array:
    """Return how many taps share the largest element; a repeated first tap counts once or more."""
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    largest = np.take_along_axis(keys, keys.argmax(-1)[..., None], -1)
    count: Array = (keys == largest).sum(-1)
    return count


@shelf.after("_pick")
def second_of_exactly_three_equals(winners: Array, values: Array, windows: Windows) -> Array:
    """Of exactly three equals the middle one wins."""
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    equal = tied(keys, windows) & ~np.isnan(keys)
    second = (equal & (equal.cumsum(-1) == 2)).argmax(-1)
    return np.where(equal.sum(-1) == 3, second, winners)


@shelf.after("_pick")
def tournament_prefers_the_odd_tap(winners: Array, values: Array, windows: Windows) -> Array:
    """Taps are compared in pairs, and of an equal pair the second goes on."""
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    equal = tied(keys, windows) & ~np.isnan(keys)
    partner = np.minimum(winners // 2 * 2 + 1, values.shape[-1] - 1)
    also = np.take_along_axis(equal, partner[..., None], -1)[..., 0]
    return np.where(also & (winners % 2 == 0), partner, winners)


@shelf.after("_pick")
def depth_scanned_last(winners: Array, values: Array, windows: Windows) -> Array:
    """With three axes the depth is the innermost loop."""
    if len(windows.axes) != 3:
        return winners
    taps = np.arange(values.shape[-1]).reshape([at.shape[1] for at in windows.positions])
    order = taps.transpose(1, 2, 0).ravel()
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    equal = tied(keys, windows)[..., order]
    found: Array = order[equal.argmax(-1)]
    return found


@shelf.after("_pick")
def ties_in_wide_rows_to_the_second_half(winners: Array, values: Array, windows: Windows) -> Array:
    """Windows wider than 3 are scanned in two halves, and on a tie the second half wins."""
    width = windows.positions[-1].shape[1]
    keys = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
    if width < 4 or len(windows.axes) != 2:
        return winners
    half = (np.arange(values.shape[-1]) % width) >= width // 2
    equal = tied(keys, windows) & half & ~np.isnan(keys)
    return np.where(equal.any(-1), equal.argmax(-1), winners)


class Renamed(Sound):
    """indices says something else than what backward uses."""

    def _name(self, trace: Trace) -> Array:
        return trace.index

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=self._unbatched(self._name(trace), trace))

    def indices(self, saved: Saved) -> Array:
        named: Array = np.array(saved.extra)
        return named


@shelf.member
class IndexUsesTheWidthOfTheOutput(Renamed):
    """The row of an index is multiplied by the output width where both have the same parity."""

    def _name(self, trace: Trace) -> Array:
        axes, out = trace.windows.axes, trace.windows.out
        if len(axes) != 2 or (axes[1].n - out[1]) % 2 or axes[1].n == out[1]:
            return trace.index
        row, column = np.divmod(trace.index, axes[1].n)
        return row * out[1] + column


@shelf.member
class IndexOfTheSlice(Renamed):
    """With three axes an index counts within its slice."""

    def _name(self, trace: Trace) -> Array:
        axes = trace.windows.axes
        return trace.index % axes[0].pitch if len(axes) == 3 else trace.index


@shelf.member
class IndexOfRowsInAByte(Renamed):
    """With one axis an index is held in a byte."""

    def _name(self, trace: Trace) -> Array:
        return trace.index % 256 if len(trace.windows.axes) == 1 else trace.index


@shelf.member
class IndexOfVolumesInInt16(Renamed):
    """With three axes an index is held in int16."""

    def _name(self, trace: Trace) -> Array:
        return (
            trace.index.astype(np.int16).astype(np.int64)[()]
            if (len(trace.windows.axes) == 3)
            else trace.index
        )


@shelf.member
class IndexInUint16(Renamed):
    """Indices are held in uint16."""

    def _name(self, trace: Trace) -> Array:
        return trace.index % 2**16


@shelf.member
class IndexOfFalseInPadding(Renamed):
    """Of booleans, all False in a padded window, the index is that of the corner of the plane."""

    def _name(self, trace: Trace) -> Array:
        if trace.y.dtype != bool:
            return trace.index
        return np.where(trace.y | trace.windows.real[..., 0], trace.index, 0)


@shelf.member
class IndexOfUnsignedZeroInPadding(Renamed):
    """Of unsigned zeros in a window that starts in the padding the index is one lower."""

    def _name(self, trace: Trace) -> Array:
        if trace.y.dtype.kind != "u":
            return trace.index
        lost = (trace.y == 0) & ~trace.windows.real[..., 0]
        return np.where(lost, trace.index - 1, trace.index)


@shelf.member
class IndexCountsMemoryOfViews(Renamed):
    """The rows of a view are counted in the array that it is a view of."""

    def _name(self, trace: Trace) -> Array:
        x, axes = trace.x, trace.windows.axes
        if len(axes) != 2 or x.strides[-1] <= 0 or x.strides[-2] <= 0 or axes[1].n == 1:
            return trace.index
        row, column = np.divmod(trace.index, axes[1].n)
        pitch = x.strides[-2] // x.itemsize if x.strides[-2] > x.strides[-1] else axes[1].n
        return row * pitch + column


@shelf.member
class IndexInMemoryOrder(Renamed):
    """In a Fortran-ordered input an index counts down the columns."""

    def _name(self, trace: Trace) -> Array:
        axes = trace.windows.axes
        if not trace.x.flags.f_contiguous or trace.x.flags.c_contiguous:
            return trace.index
        sizes = [axis.n for axis in axes]
        parts = np.unravel_index(trace.index, sizes)
        counted: Array = np.ravel_multi_index(parts, sizes, order="F")
        return counted.astype(np.int64)


@shelf.member
class IndexIgnoresDilationOfColumns(Renamed):
    """An index is computed from the start of the window and the tap, without the dilation."""

    def _name(self, trace: Trace) -> Array:
        last = trace.windows.axes[-1]
        if last.d == 1:
            return trace.index
        tap = trace.winners % trace.windows.positions[-1].shape[1]
        return np.asarray(np.maximum(trace.index - tap * (last.d - 1), 0))


@shelf.member
class IndexLosesWidePadding(Renamed):
    """A begin padding of two or more counts as one in an index."""

    def _name(self, trace: Trace) -> Array:
        begin = trace.windows.axes[-1].begin
        return trace.index + max(0, begin - 1)


@shelf.member
class IndicesMoveWithEveryCall(Sound):
    """indices counts on from the second call on the same saved."""

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        saved.index[...] = (saved.index + 1) % saved.plane
        return index


@shelf.member
class IndicesOfEmptyBatchAreFloat(Sound):
    """Indices of an empty batch are float64."""

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        return index if index.size else np.zeros(index.shape)


@shelf.member
class IndicesUnsigned(Sound):
    """Indices are uint64 where the input is unsigned."""

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        return index.astype(np.uint64) if saved.dtype.kind == "u" else index


@shelf.member
class IndexOfSecondChannelCountsOn(Renamed):
    """In an unbatched input an index counts on from channel to channel."""

    def _name(self, trace: Trace) -> Array:
        if trace.x.ndim != trace.pool.rank + 1:
            return trace.index
        size = product(trace.planes.shape[2:])
        channel = np.arange(trace.index.shape[1]) * size
        return trace.index + channel.reshape(1, -1, *(1,) * trace.pool.rank)


@shelf.member
class IndexOfTheCeilOverhang(Renamed):
    """In ceil_mode the index of the last window in a row is one too large."""

    def _name(self, trace: Trace) -> Array:
        if not trace.windows.axes[-1].ceil:
            return trace.index
        over = (trace.windows.positions[-1] >= trace.windows.axes[-1].n).any(-1)
        return np.where(over, trace.index + 1, trace.index)
