"""Bugs of the backward pass: gradients that are lost or sent to the wrong element."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, product
from conformance.zoo.trigger import ASCENDING, full, once, ramp, rows
from reference.pool import Pool

shelf = Shelf()

NAN = float("nan")


@shelf.bug(
    "return-inside-loop",
    *("grad.conserved", "grad.winner"),
    cite=issue("riccardoandreoni0/CNN-from-scratch#1"),
    trigger="any plane with more than one window",
    show=once(ASCENDING, Pool.of(2)),
)
class ReturnInsideLoop(Sound):
    """Backward returns after the first window of each plane."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        weights.reshape(-1 if weights.size else 0, product(dy.shape[-saved.rank :]))[:, 1:] = 0
        return weights


@shelf.bug(
    "own-drop-index-zero",
    *("grad.winner", "grad.conserved"),
    trigger="the maximum at the first element of the plane",
    show=once(rows([[[[4, 3], [2, 1]]]]), Pool.of(2)),
)
class DropIndexZero(Sound):
    """An index of 0 is taken for no winner."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.where(saved.index.ravel() > 0, super()._weights(dy, saved), 0)


@shelf.bug(
    "own-upsample-equality",
    *("grad.winner", "grad.ties", "grad.accumulates"),
    trigger="windows that overlap: y and dy are repeated as if they tiled the input",
    show=once(ASCENDING, Pool.of(2, 1)),
)
class UpsampleEquality(Sound):
    """y and dy are repeated to the size of the input and compared with it."""

    def _save(self, trace: Trace) -> Saved:
        y = self._unbatched(trace.y, trace)
        return replace(super()._save(trace), extra=(trace.x.copy(), y.copy(), trace.pool))

    def _repeated(self, small: Array, saved: Saved) -> Array:
        pool, rank = saved.extra[2], saved.rank
        for axis in range(rank):
            small = small.repeat(pool.stride[axis], axis=axis - rank)
        over = [(0, max(0, n - m)) for n, m in zip(saved.shape, small.shape, strict=True)]
        return np.pad(small, over)[tuple(slice(0, n) for n in saved.shape)]

    def backward(self, dy: Array, saved: Saved) -> Array:
        self._check_gradient(dy, saved)
        x, y, _ = saved.extra
        mask = x == self._repeated(y, saved)
        repeated = self._repeated(dy.astype(np.float64), saved)
        return self._gradient(np.where(mask, repeated, 0), saved)


@shelf.bug(
    "own-gradient-to-first-element",
    *("grad.derivative", "grad.winner"),
    trigger="any window whose first element is not the largest",
    show=once(ASCENDING, Pool.of(2)),
)
class GradientToFirstElement(Sound):
    """The gradient goes to the first element of each window."""

    def _save(self, trace: Trace) -> Saved:
        first = self._index(trace.values, np.zeros_like(trace.winners), trace.windows)
        return replace(super()._save(trace), extra=first)

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(replace(saved, index=saved.extra))


@shelf.bug(
    "own-nan-gradient-zeroed",
    "grad.nan",
    trigger="an output gradient of NaN or infinity: 0 or the largest number",
    show=once(ASCENDING, Pool.of(2), rows([[[[NAN, 1], [np.inf, -np.inf]]]])),
)
class NanGradientZeroed(Sound):
    """NaN in the output gradient becomes 0, and infinities become large numbers."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return super()._weights(
            np.nan_to_num(dy if dy.dtype.kind == "f" else dy.astype("f")), saved
        )


@shelf.bug(
    "own-nan-winner-without-gradient",
    *("grad.nan", "grad.conserved"),
    trigger="a window with a NaN: its gradient is lost",
    show=once(rows([[[[1, NAN]]]]), Pool.of((1, 2))),
)
class NanWinnerWithoutGradient(Sound):
    """Backward looks for the element that equals y, which a NaN does not."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=~np.isnan(trace.y).ravel())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.where(saved.extra, super()._weights(dy, saved), 0)


@shelf.bug(
    "own-minus-inf-border-loses-gradient",
    *("grad.infinite-data", "grad.conserved"),
    trigger="-inf data with padding of -inf: the padding takes the gradient",
    show=once(full(-np.inf, 1, 1, 3, 3), Pool.of(3, 2, 1)),
)
class MinusInfBorderLosesGradient(Sound):
    """Padding of -inf ties with data of -inf, comes first and takes the gradient."""

    def _save(self, trace: Trace) -> Saved:
        lost = (trace.y == -np.inf) & ~trace.windows.real[..., 0]
        return replace(super()._save(trace), extra=lost.ravel())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.where(saved.extra, 0, super()._weights(dy, saved))


@shelf.bug(
    "own-gradient-starts-at-minus-zero",
    "grad.sparse",
    trigger="any element that wins no window: -0",
    show=once(ASCENDING, Pool.of(2)),
)
class GradientStartsAtMinusZero(Sound):
    """Elements that won no window have a gradient of -0."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        won = np.zeros(sums.size, bool)
        won[targets] = True
        return np.where(won, sums, -0.0)


@shelf.bug(
    "own-uncovered-border-not-cleared",
    *("shape.unread", "grad.sparse", "grad.conserved"),
    trigger="5x5, kernel = stride = 2: the last row and column of the gradient hold 1",
    show=once(ramp(1, 1, 5, 5), Pool.of(2)),
)
class UncoveredBorderNotCleared(Sound):
    """Only what the windows cover is cleared in the input gradient; the rest holds old numbers."""

    def _save(self, trace: Trace) -> Saved:
        unread = np.ones(product(trace.planes.shape[2:]), bool)
        unread[trace.windows.offsets] = False
        return replace(super()._save(trace), extra=unread)

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        sums.reshape(sums.size // saved.plane, saved.plane)[:, saved.extra] = 1
        return sums
