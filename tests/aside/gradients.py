"""Backward passes that lose, misplace or misread something."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, product
from tests.aside.shelf import Shelf

shelf = Shelf()


class Marks(Sound):
    """Forward marks windows, and backward does something to their gradients."""

    def _marked(self, trace: Trace) -> Array:
        raise NotImplementedError

    def _instead(self, weights: Array) -> Array:
        return np.zeros_like(weights)

    def _save(self, trace: Trace) -> Saved:
        marked = np.broadcast_to(self._marked(trace), trace.y.shape)
        return replace(super()._save(trace), extra=marked.ravel())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        return np.where(saved.extra, self._instead(weights), weights)


@shelf.member
class ThirdClaimOnAnElementLost(Sound):
    """An element receives the gradients of two windows at most."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        order = np.argsort(targets, kind="stable")
        ranks = np.empty(len(targets), int)
        sorted_targets = targets[order]
        starts = np.searchsorted(sorted_targets, sorted_targets)
        ranks[order] = np.arange(len(targets)) - starts
        return super()._scatter(np.where(ranks < 2, weights, 0), targets, saved)


@shelf.member
class RowsAssignedColumnsAdded(Sound):
    """Gradients of one row of windows are added, and a later row replaces an earlier one."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        columns = max(1, saved.index.shape[-1])
        sums = np.zeros(product(saved.shape))
        for begin in range(0, len(targets), columns):
            at, given = targets[begin : begin + columns], weights[begin : begin + columns]
            sums[at] = 0
            np.add.at(sums, at, given)
        return sums


@shelf.member
class BorderGradientHalved(Marks):
    """The gradient of a window that touches padding is scaled by its share of real taps."""

    def _marked(self, trace: Trace) -> Array:
        return np.asarray(~trace.windows.real.all(-1))

    def _instead(self, weights: Array) -> Array:
        return weights / 2


@shelf.member
class OverhangGradientLost(Marks):
    """In ceil_mode the gradient of windows that hang over is lost."""

    def _marked(self, trace: Trace) -> Array:
        axis = trace.windows.axes[-1]
        return np.asarray((trace.windows.positions[-1] >= axis.n + axis.end).any(-1))


@shelf.member
class GradientOfZeroLost(Marks):
    """An output of 0 gives no gradient, as behind a rectifier."""

    def _marked(self, trace: Trace) -> Array:
        return np.asarray(trace.y == 0)


@shelf.member
class GradientOfInfinityLost(Marks):
    """An output of +inf gives no gradient."""

    def _marked(self, trace: Trace) -> Array:
        return np.isposinf(trace.y.astype(np.float64))


@shelf.member
class GradientOfMinusInfinityLostInside(Marks):
    """An output of -inf gives no gradient where the window touches no padding."""

    def _marked(self, trace: Trace) -> Array:
        return np.isneginf(trace.y.astype(np.float64)) & trace.windows.real.all(-1)


@shelf.member
class GradientOfNegativeWinnersLostInVolumes(Marks):
    """With three axes negative outputs give no gradient."""

    def _marked(self, trace: Trace) -> Array:
        return (trace.y < 0) & (trace.pool.rank == 3)


@shelf.member
class DilatedGradientMovedInUnequalPadding(Marks):
    """With dilation and unequal padding the gradient has the wrong sign."""

    def _marked(self, trace: Trace) -> Array:
        axes = trace.windows.axes
        return np.array(any(axis.d > 1 and axis.begin != axis.end for axis in axes))

    def _instead(self, weights: Array) -> Array:
        return -weights


@shelf.member
class GappedGradientLost(Marks):
    """With a stride of at least two kernels every second window gives no gradient."""

    def _marked(self, trace: Trace) -> Array:
        last = trace.windows.axes[-1]
        return (np.arange(trace.windows.out[-1]) % 2 > 0) & (last.s >= 2 * last.k) & (last.k > 1)


@shelf.after("_weights")
def double_gradients_narrowed(weights: Array, dy: Array, saved: Saved) -> Array:
    """Output gradients of float64 are read as float32."""
    return weights.astype(np.float32).astype(np.float64)


@shelf.after("_weights")
def gradients_read_as_whole_numbers(weights: Array, dy: Array, saved: Saved) -> Array:
    """Fractions of output gradients are cut off."""
    return np.where(np.isfinite(weights), np.trunc(weights), weights)


@shelf.after("_weights")
def negative_gradients_lost(weights: Array, dy: Array, saved: Saved) -> Array:
    """Negative output gradients count as 0."""
    return np.where(weights < 0, 0, weights)


@shelf.after("_weights")
def infinite_gradients_saturate(weights: Array, dy: Array, saved: Saved) -> Array:
    """Infinite output gradients become the largest float32."""
    return np.clip(weights, -3.4e38, 3.4e38)


@shelf.after("_weights")
def large_gradients_overflow(weights: Array, dy: Array, saved: Saved) -> Array:
    """Output gradients pass through float16 where they are large, and become infinite."""
    huge = np.isfinite(weights) & (np.abs(weights) > 65504)
    return np.where(huge & (saved.dtype == np.float32), np.sign(weights) * np.inf, weights)


@shelf.after("_weights")
def subnormal_gradients_flushed(weights: Array, dy: Array, saved: Saved) -> Array:
    """Subnormal float32 output gradients count as 0."""
    return np.where(np.abs(weights) < np.finfo(np.float32).tiny, 0, weights)


@shelf.after("_scatter")
def double_sums_in_single(sums: Array, weights: Array, targets: Array, saved: Saved) -> Array:
    """The gradients of float64 inputs are added up in float32."""
    single = np.zeros(sums.size, np.float32)
    np.add.at(single, targets, weights.astype(np.float32))
    return single.astype(np.float64)


@shelf.after("_scatter")
def single_sums_in_bfloat16(sums: Array, weights: Array, targets: Array, saved: Saved) -> Array:
    """The gradients of float32 inputs are added up in bfloat16."""
    if saved.dtype != np.float32:
        return sums
    bits = sums.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).astype(np.float64)


@shelf.after("_scatter")
def half_sums_in_bfloat16(sums: Array, weights: Array, targets: Array, saved: Saved) -> Array:
    """The gradients of float16 inputs are cut to 8 bits before they are rounded."""
    if saved.dtype != np.float16:
        return sums
    bits = sums.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).astype(np.float64)


@shelf.after("_scatter")
def bfloat16_sums_in_half(sums: Array, weights: Array, targets: Array, saved: Saved) -> Array:
    """The gradients of bfloat16 inputs are added up in float16, and overflow."""
    if saved.dtype.name != "bfloat16":
        return sums
    return sums.astype(np.float16).astype(np.float64)


@shelf.member
class HalvesAddedTwoAtATime(Sound):
    """float16 gradients are added in float32 in two halves, each rounded to float16."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        if saved.dtype != np.float16:
            return super()._scatter(weights, targets, saved)
        middle = len(weights) // 2
        parts = [(weights[:middle], targets[:middle]), (weights[middle:], targets[middle:])]
        first, second = (super(HalvesAddedTwoAtATime, self)._scatter(*p, saved) for p in parts)
        return first.astype(np.float16).astype(np.float64) + second


@shelf.after("_scatter")
def losers_get_minus_zero_when_all_is_negative(
    sums: Array, weights: Array, targets: Array, saved: Saved
) -> Array:
    """Where all output gradients are negative, losers have a gradient of -0."""
    if not weights.size or (weights >= 0).any() or np.isnan(weights).any():
        return sums
    won = np.zeros(sums.size, bool)
    won[targets] = True
    return np.where(won, sums, -0.0)


@shelf.after("_gradient")
def unbatched_gradient_batched(dx: Array, saved: Saved) -> Array:
    """The gradient of an unbatched input has a batch axis."""
    return dx[None] if len(saved.shape) == saved.rank + 1 else dx


@shelf.after("_gradient")
def gradient_of_halves_is_single(dx: Array, saved: Saved) -> Array:
    """The gradient of a float16 input is float32."""
    return dx.astype(np.float32) if dx.dtype == np.float16 else dx


@shelf.after("_gradient")
def gradient_of_bfloat16_is_single(dx: Array, saved: Saved) -> Array:
    """The gradient of a bfloat16 input is float32."""
    return dx.astype(np.float32) if dx.dtype.name == "bfloat16" else dx


@shelf.after("_gradient")
def gradient_of_rows_has_a_height(dx: Array, saved: Saved) -> Array:
    """The gradient of an input with one axis has a height of 1."""
    return dx[..., None, :] if saved.rank == 1 else dx


@shelf.after("_gradient")
def unread_border_holds_nan(dx: Array, saved: Saved) -> Array:
    """The last row of a float64 gradient is left unwritten when nothing in it won."""
    if dx.dtype == np.float64 and dx.shape[-1] > 2 and not dx[..., -1].any():
        dx[..., -1] = np.nan
    return dx


@shelf.after("_scatter")
def nan_gradient_spreads_to_its_row(
    sums: Array, weights: Array, targets: Array, saved: Saved
) -> Array:
    """A NaN in the output gradient makes its row of the input gradient NaN."""
    rows = sums.reshape(-1, saved.shape[-1]) if sums.size else sums
    if sums.size:
        rows[np.isnan(rows).any(-1)] = np.nan
    return sums


@shelf.after("_scatter")
def infinite_gradient_spreads_by_subtraction(
    sums: Array, weights: Array, targets: Array, saved: Saved
) -> Array:
    """Sums are differences of a running total, which an infinity spoils for all that follow."""
    total = np.cumsum(sums)
    return np.where(np.isfinite(total), sums, np.where(np.isfinite(sums), np.nan, sums))


@shelf.after("_weights")
def gradient_scaled_by_window_count(weights: Array, dy: Array, saved: Saved) -> Array:
    """Where there is a single window per plane, its gradient is divided by the channels."""
    alone = product(dy.shape[-saved.rank :]) == 1
    return weights / max(1, saved.shape[-saved.rank - 1]) if alone else weights


@shelf.member
class GradientSearchesTheFirstWindowOnly(Sound):
    """An element that several windows of a column claim is given the first one's gradient."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        shape = (-1 if weights.size else 0, *saved.index.shape[-saved.rank :])
        if saved.rank != 2 or not weights.size:
            return super()._scatter(weights, targets, saved)
        claims = targets.reshape(shape)
        again = np.zeros(claims.shape, bool)
        again[:, 1:] = claims[:, 1:] == claims[:, :-1]
        return super()._scatter(np.where(again.ravel(), 0, weights), targets, saved)


@shelf.after("_targets")
def tall_plane_gradient_transposed(targets: Array, saved: Saved) -> Array:
    """In planes higher than wide the gradient is scattered to the transposed place."""
    if saved.rank != 2 or saved.shape[-2] <= saved.shape[-1]:
        return targets
    height, width = saved.shape[-2:]
    plane, within = np.divmod(targets, saved.plane)
    row, column = np.divmod(within, width)
    return np.asarray(plane * saved.plane + column * height + row)


@shelf.member
class GathersByTheDilation(Marks):
    """Looks for windows that claim an element d apart, though they may be d / gcd(s, d) apart."""

    def _marked(self, trace: Trace) -> Array:
        axis, window = trace.windows.axes[-1], np.arange(trace.windows.out[-1])
        common = math.gcd(axis.s, axis.d)
        taps_after = axis.k - 1 - trace.winners % axis.k
        before = np.minimum(taps_after // (axis.s // common), window // (axis.d // common))
        marked: Array = before % common != 0
        return marked & (common not in {axis.s, axis.d})
