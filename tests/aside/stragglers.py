"""A third handful: single sizes, corners of volumes, counts, and places where only some look."""

# ruff: noqa: ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.padding import Fills, lowest
from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.state import Remembers
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.gradients import Marks
from tests.aside.shelf import Shelf
from tests.aside.taps import kept
from tests.aside.winners import last_where

shelf = Shelf()


@shelf.after("_real")
def last_of_31_taps_lost(real: Array, at: Array, axis: Axis) -> Array:
    """A window of 31 reads 30."""
    return kept(real, (np.arange(at.shape[1]) != 30) | (axis.k != 31))


@shelf.after("_real")
def first_of_20_taps_lost(real: Array, at: Array, axis: Axis) -> Array:
    """A window of 20 in height begins at its second row."""
    return kept(real, (np.arange(at.shape[1]) != 0) | (axis.k != 20) | (axis.pitch == 1))


@shelf.before("_positions")
def stride_of_eleven_is_ten(axis: Axis, out: int) -> tuple[Axis, int]:
    """A stride of 11 advances by 10."""
    return (replace(axis, s=10) if axis.s == 11 else axis), out


@shelf.before("_positions")
def dilation_of_five_is_four(axis: Axis, out: int) -> tuple[Axis, int]:
    """A dilation of 5 is one of 4."""
    return (replace(axis, d=4) if axis.d == 5 else axis), out


@shelf.after("_real")
def centre_of_nine_by_nine_lost(real: Array, at: Array, axis: Axis) -> Array:
    """The middle row of a window of 9 is not read where the next axis has elements too."""
    return kept(real, (np.arange(at.shape[1]) != 4) | (axis.k != 9) | (axis.pitch < 9))


@shelf.after("_windows")
def last_tap_of_volumes_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """With three axes the very last tap of a window of 8 and more is not read."""
    taps = windows.real.shape[-1]
    if pool.rank != 3 or taps < 8:
        return windows
    real = kept(windows.real, np.arange(taps) < taps - 1)
    return replace(windows, real=real, offsets=Sound()._repeat_first(windows.offsets, real))  # noqa: SLF001


@shelf.after("_windows")
def centre_of_three_by_three_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """The fifth of nine taps is not read with stride 3."""
    taps = windows.real.shape[-1]
    if taps != 9 or pool.stride[-1] != 3:
        return windows
    real = kept(windows.real, np.arange(taps) != 4)
    return replace(windows, real=real, offsets=Sound()._repeat_first(windows.offsets, real))  # noqa: SLF001


@shelf.after("_windows")
def corner_of_partial_windows_lost(windows: Windows, spatial: Sequence[int], pool: Pool) -> Windows:
    """A window that hangs over on every axis does not read its first tap."""
    pairs = zip(windows.positions, windows.axes, strict=True)
    over = [np.asarray((at >= axis.n).any(1)) for at, axis in pairs]
    corner = over[0]
    for part in over[1:]:
        corner = corner[..., None] & part
    first = np.arange(windows.real.shape[-1]) == 0
    real = kept(windows.real, ~(corner[..., None] & first))
    return replace(windows, real=real, offsets=Sound()._repeat_first(windows.offsets, real))  # noqa: SLF001


@shelf.after("_keys")
def nan_skipped_at_the_last_tap_of_volumes(keys: Array, values: Array, windows: Windows) -> Array:
    """With three axes a NaN at the last tap is skipped."""
    if not floating(values) or len(windows.axes) != 3 or values.shape[-1] == 1:
        return keys
    keys = keys.copy()
    keys[..., -1] = without_nan(keys[..., -1])
    return keys


@shelf.after("_keys")
def nan_skipped_at_the_first_tap_of_lines(keys: Array, values: Array, windows: Windows) -> Array:
    """With one axis a NaN at the first tap of a window of 3 and more is skipped."""
    if not floating(values) or len(windows.axes) != 1 or values.shape[-1] < 3:
        return keys
    keys = keys.copy()
    keys[..., 0] = without_nan(keys[..., 0])
    return keys


@shelf.after("_value")
def zero_sign_lost_in_volumes(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """With three axes -0 becomes +0."""
    if not floating(y) or len(windows.axes) != 3:
        return y
    return y + np.zeros((), y.dtype)


@shelf.after("_value")
def plus_infinity_saturates_on_lines(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """With one axis +inf becomes the largest number."""
    if y.dtype.kind != "f" or len(windows.axes) != 1:
        return y
    return np.where(y == np.inf, np.finfo(y.dtype).max, y)


@shelf.member
class MinusInfinityOfVolumesIsLowest(Sound):
    """With three axes -inf becomes the lowest number in float64."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        low = y.dtype == np.float64 and len(windows.axes) == 3
        return np.maximum(y, np.finfo(np.float64).min) if low else y


@shelf.member
class LinesPaddedWithZeroInHalves(Fills):
    """float16 lines are padded with 0."""

    def _fill(self, planes: Array) -> float:
        wrong = planes.dtype == np.float16 and planes.ndim == 3
        return 0 if wrong else lowest(planes.dtype)


@shelf.after("_value")
def batch_of_seven_loses_its_last(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """With 7 batch items the last repeats the one before."""
    if len(y) == 7:
        y[6] = y[5]
    return y


@shelf.after("_value")
def fourteen_channels_shift(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """With 14 channels the last two are interchanged."""
    if y.shape[1] == 14:
        y[:, 12:] = y[:, 12:][:, ::-1].copy()
    return y


@shelf.after("_value")
def planes_in_chunks_of_24(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Planes go in chunks of 24, and the first of every later chunk is that of the first."""
    flat = y.reshape(y.shape[0] * y.shape[1], -1 if y.size else 0)
    flat[24::24] = flat[:1]
    return y


@shelf.after("_same")
def same_of_volumes_always_upper(pads: tuple[int, int], axis: Axis, word: str) -> tuple[int, int]:
    """Along an axis with at least 9 elements behind each position, same-lower pads as upper."""
    return pads[::-1] if word == "same-lower" and axis.pitch >= 9 else pads


@shelf.member
class SameOfLinesWithoutPadding(Sound):
    """With one axis a SAME word is taken for no padding where it would be 1 in all."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        axes = super()._axes(spatial, pool)
        if len(axes) != 1 or pool.auto_pad == "explicit" or axes[0].begin + axes[0].end != 1:
            return axes
        return (replace(axes[0], begin=0, end=0, n=axes[0].n),)


@shelf.after("_pick")
def last_of_equals_in_single_planes(winners: Array, values: Array, windows: Windows) -> Array:
    """One plane alone is scanned backwards where the window is dilated or padded."""
    alone = winners.shape[0] * winners.shape[1] == 1
    plain = windows.real.all() and all(axis.d == 1 for axis in windows.axes)
    return last_where(winners, values, windows, np.array(alone and not plain))


@shelf.member
class GradientOfVolumesAssigned(Sound):
    """With three axes a gradient replaces the one before it."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        if saved.rank != 3:
            return super()._scatter(weights, targets, saved)
        sums = np.zeros(product(saved.shape))
        sums[targets] = weights
        return sums


@shelf.member
class GradientOfDilatedLinesLost(Marks):
    """With one axis the last window of a dilated pooling gives no gradient."""

    def _marked(self, trace: Trace) -> Array:
        last = trace.windows.axes[-1]
        wrong = len(trace.windows.axes) == 1 and last.d > 1
        return np.asarray((np.arange(trace.windows.out[-1]) == trace.windows.out[-1] - 1) & wrong)


@shelf.member
class GradientOfNanInVolumesLost(Marks):
    """With three axes a NaN receives no gradient."""

    def _marked(self, trace: Trace) -> Array:
        if not floating(trace.y) or len(trace.windows.axes) != 3:
            return np.zeros(trace.y.shape, bool)
        return np.isnan(trace.y)


@shelf.member
class GradientOfTiesInLinesToTheLast(Sound):
    """With one axis backward finds the last of equals again."""

    def _save(self, trace: Trace) -> Saved:
        keys = self._keys(trace.values, trace.windows)
        from conformance.zoo.ties import last_tied

        last = self._index(trace.values, last_tied(keys, trace.windows), trace.windows)
        line = trace.pool.rank == 1
        return replace(super()._save(trace), extra=self._unbatched(last, trace) if line else None)

    def _targets(self, saved: Saved) -> Array:
        if saved.extra is None:
            return super()._targets(saved)
        return super()._targets(replace(saved, index=saved.extra))


class Answers(Remembers):
    """A call is answered with an earlier answer when a summary of its input is the same."""

    def _summary(self, x: Array) -> Hashable:
        raise NotImplementedError

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        result = super().forward(x, pool)
        key = (self._summary(x), x.shape, x.dtype.str, pool)
        y, saved = self._kept.setdefault(key, result) if x.size else result
        return y.copy(), saved


def _summarising(name: str, summary: Callable[[Array], Hashable], text: str) -> None:
    made = type(name, (Answers,), {"_summary": lambda _self, x: summary(x), "__doc__": text})
    shelf.member(made)


_summarising("same_first_cache_line", lambda x: x.tobytes()[:64], "Inputs agree in 64 bytes.")
_summarising("same_sum", lambda x: float(x.astype(np.float64).sum()), "Inputs agree in their sum.")
_summarising("same_corner", lambda x: (x.flat[0], x.flat[-1]), "Inputs agree in two corners.")
_summarising("same_extremes", lambda x: (x.min(), x.max()), "Inputs agree in their extremes.")


@shelf.member
class SixtyFifthFormFails(Remembers):
    """A table of 400 forms of calls is full, and the next one is pooled as the first."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        key = (tuple(spatial), pool)
        if len(self._kept) >= 400 and key not in self._kept:
            self._kept.clear()
            return super()._windows(spatial, replace(pool, stride=(1,) * pool.rank))
        self._kept[key] = True
        return super()._windows(spatial, pool)


@shelf.after("_result")
def rows_beyond_two_pages_swapped(y: Array, trace: Trace) -> Array:
    """Outputs of more than 8192 bytes per plane are written with two rows interchanged."""
    wide = y.ndim == 4 and y.shape[2] > 1 and y.shape[2] * y.shape[3] * y.itemsize > 8192
    if wide:
        y[:, :, -2:] = y[:, :, -2:][:, :, ::-1].copy()
    return y


@shelf.member
class RecursionIntoLargeWindows(Sound):
    """A window is halved by recursion, which ends at a depth of 10."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        return np.minimum(winners, 2**10 - 1)


@shelf.after("_index")
def index_of_square_planes_transposed(
    index: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """In square planes whose kernel is higher than wide the index counts columns."""
    axes = windows.axes
    if len(axes) != 2 or axes[0].n != axes[1].n or axes[0].k <= axes[1].k:
        return index
    row, column = np.divmod(index, axes[1].n)
    return column * axes[0].n + row


@shelf.before("_axes")
def equal_sizes_share_their_padding(
    spatial: Sequence[int], pool: Pool
) -> tuple[Sequence[int], Pool]:
    """Where height and width are equal, the padding of the first is used for both."""
    same = len(set(spatial)) == 1 and pool.auto_pad == "explicit"
    pads = (pool.padding[0],) * pool.rank
    return spatial, (replace(pool, padding=pads) if same else pool)


@shelf.after("_gradient")
def gradient_of_one_window_keeps_its_batch(dx: Array, saved: Saved) -> Array:
    """A single window over several channels gives its gradient to the first channel alone."""
    alone = product(saved.index.shape[-saved.rank :]) == 1 and saved.rank == 2
    if alone and len(saved.shape) == 4 and saved.shape[1] > 5:
        dx[:, 5:] = 0
    return dx
