"""Bugs of the choice between equal largest elements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from conformance.zoo.trigger import full, once, rows
from reference.pool import Pool

shelf = Shelf()


def tied(keys: Array, windows: Windows) -> Array:
    """Return which real taps hold the largest element, bool of shape (N, C, *out, K)."""
    largest = np.take_along_axis(keys, keys.argmax(-1)[..., None], -1)
    equal: Array = (keys == largest) | (np.isnan(keys) & np.isnan(largest))
    return equal & windows.real


def last_tied(keys: Array, windows: Windows) -> Array:
    """Return the last tap that holds the largest element, intp of shape (N, C, *out)."""
    last: Array = keys.shape[-1] - 1 - tied(keys, windows)[..., ::-1].argmax(-1)
    return last


class Shares(Sound):
    """Each tap of a window receives a share of its output gradient."""

    def _share(self, trace: Trace) -> Array:
        raise NotImplementedError

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=(trace.windows.offsets, self._share(trace)))

    def _spread(self, weights: Array, shares: Array) -> Array:
        received: Array = np.where(shares > 0, weights * shares, 0)
        return received

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        offsets, shares = saved.extra
        starts = targets - saved.index.ravel()
        at = starts.reshape(shares.shape[:-1])[..., None] + offsets
        received = self._spread(weights.reshape(*shares.shape[:-1], 1), shares)
        return self._sum(received.ravel(), at.ravel(), saved)

    def _sum(self, received: Array, at: Array, saved: Saved) -> Array:
        return super()._scatter(received, at, saved)


@shelf.bug(
    "ties-split-evenly",
    *("grad.ties", "grad.winner", "ties.first"),
    cite=issue("tensorflow/tensorflow#4886"),
    trigger="a window of 1, 2, 2, 2: each 2 receives a third",
    show=once(rows([[[[1, 2], [2, 2]]]]), Pool.of(2)),
)
class TiesSplitEvenly(Shares):
    """The gradient is split evenly among equal largest elements."""

    def _share(self, trace: Trace) -> Array:
        equal = tied(self._keys(trace.values, trace.windows), trace.windows)
        share: Array = equal / equal.sum(-1, keepdims=True)
        return share


@shelf.bug(
    "own-gradient-to-every-tie",
    *("grad.ties", "grad.conserved", "grad.winner"),
    trigger="a window of 1, 2, 2, 2: each 2 receives the whole gradient",
    show=once(rows([[[[1, 2], [2, 2]]]]), Pool.of(2)),
)
class GradientToEveryTie(Shares):
    """Every one of the equal largest elements receives the whole gradient."""

    def _share(self, trace: Trace) -> Array:
        return tied(self._keys(trace.values, trace.windows), trace.windows).astype(np.float64)


@shelf.bug(
    "own-gradient-by-mask-product",
    *("grad.sparse", "grad.nan"),
    trigger="a NaN or negative output gradient: it is NaN or -0 at every element of the window",
    show=once(rows([[[[1, 4], [3, 2]]]]), Pool.of(2), rows([[[[np.nan]]]])),
)
class GradientByMaskProduct(Shares):
    """The gradient is dy times a mask of the winners, which leaves NaN and -0 elsewhere."""

    def _share(self, trace: Trace) -> Array:
        taps = np.arange(trace.values.shape[-1])
        return np.where(trace.winners[..., None] == taps, 1.0, 0.0)

    def _spread(self, weights: Array, shares: Array) -> Array:
        return weights * shares

    def _sum(self, received: Array, at: Array, saved: Saved) -> Array:
        sums = super()._sum(received, at, saved)
        negative = super()._sum(np.signbit(received).astype(np.float64), at, saved)
        touched = super()._sum(np.ones_like(received), at, saved)
        return np.where((sums == 0) & (touched > 0) & (negative == touched), -0.0, sums)


@shelf.bug(
    "column-major-tie-order",
    *("ties.first", "grad.winner"),
    cite=issue("FluxML/NNlib.jl#205"),
    trigger="equal maxima on the anti-diagonal: the lower left one wins",
    show=once(rows([[[[0, 1], [1, 0]]]]), Pool.of(2)),
)
class ColumnMajorTieOrder(Sound):
    """The window is scanned column by column."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        taps = np.arange(values.shape[-1])
        columns = taps.reshape([at.shape[1] for at in windows.positions]).T.ravel()
        equal = tied(self._keys(values, windows), windows)
        winners: Array = columns[equal[..., columns].argmax(-1)]
        return winners


@shelf.bug(
    "own-ties-last",
    *("ties.first", "grad.winner"),
    trigger="a window of equal elements: the last one wins",
    show=once(full(1, 1, 1, 2, 2), Pool.of(2)),
)
class TiesLast(Sound):
    """The comparison is not strict, so that the last of equal elements wins."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        return last_tied(self._keys(values, windows), windows)


@shelf.bug(
    "own-backward-picks-last-tie",
    *("grad.winner", "grad.ties"),
    trigger="a window of equal elements: indices name the first, the gradient goes to the last",
    show=once(full(1, 1, 1, 2, 2), Pool.of(2)),
)
class BackwardPicksLastTie(Sound):
    """Forward takes the first of equal elements, and backward finds the last one again."""

    def _save(self, trace: Trace) -> Saved:
        winners = last_tied(self._keys(trace.values, trace.windows), trace.windows)
        last = self._index(trace.values, winners, trace.windows)
        return replace(super()._save(trace), extra=last)

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(replace(saved, index=saved.extra))


@shelf.bug(
    "mkl-maxpoolgrad-wrong",
    *("grad.winner", "grad.ties"),
    cite=issue("tensorflow/tensorflow#40122"),
    trigger="5x5 with ties, kernel = stride = 2: an uncovered border",
    show=once(full(1, 1, 1, 5, 5), Pool.of(2)),
)
class UncoveredBorderPicksLastTie(BackwardPicksLastTie):
    """With an uncovered border backward takes the last tie (the report names no mechanism)."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        axes = trace.windows.axes
        rests = [(axis.n + axis.begin + axis.end - axis.extent) % axis.s for axis in axes]
        return saved if any(rests) else replace(saved, extra=saved.index)
