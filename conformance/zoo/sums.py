"""Bugs of how gradients are accepted, added up, rounded and handed back."""

# ruff: noqa: D102, PLR2004 - the docstring of a member says what it does, and its numbers

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, product
from conformance.zoo.trigger import ASCENDING, bfloat16, full, once, ramp, rows
from reference.pool import Pool

shelf = Shelf()


@shelf.bug(
    "overlap-assigned-not-accumulated",
    *("grad.accumulates", "grad.conserved"),
    cite=issue("FluxML/NNlib.jl#205"),
    trigger="kernel 3, stride 1: an element that wins twice keeps the last gradient only",
    show=once(rows([[[[1, 9, 2, 3]]]]), Pool.of((1, 3), 1)),
)
class OverlapAssigned(Sound):
    """The gradient is assigned instead of added."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = np.zeros(product(saved.shape))
        sums[targets] = weights
        return sums


@shelf.bug(
    "unsynchronised-scatter",
    *("grad.repeatable", "grad.accumulates"),
    cite=issue("pytorch/pytorch#78249"),
    trigger="overlap: which gradient survives changes from call to call",
    show=once(rows([[[[1, 9, 2, 3]]]]), Pool.of((1, 2), 1)),
)
class UnsynchronisedScatter(Sound):
    """Windows add without waiting for each other: one addition survives, not the same each time."""

    def __init__(self) -> None:
        """Start the sequence of orders."""
        self._orders = np.random.default_rng(0)

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        order = self._orders.permutation(weights.size)
        sums = np.zeros(product(saved.shape))
        sums[targets[order]] = weights[order]
        return sums


@shelf.bug(
    "own-sum-in-changing-order",
    "grad.repeatable",
    trigger="one element wins 50 windows with gradients of very different size",
    show=once(
        rows([[[[1, *[0] * 199]]]]),
        Pool.of((1, 100), 1, ((0, 0), (49, 50))),
        rows(np.logspace(-9, 9, 200).reshape(1, 1, 1, 200)),
    ),
)
class SumInChangingOrder(Sound):
    """The gradients of an element are added in float32, in an order that changes."""

    def __init__(self) -> None:
        """Start the sequence of orders."""
        self._orders = np.random.default_rng(0)

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        order = self._orders.permutation(weights.size)
        sums = np.zeros(product(saved.shape), np.float32)
        np.add.at(sums, targets[order], weights[order].astype(np.float32))
        return sums


@shelf.bug(
    "own-summed-in-own-type",
    "grad.low-precision",
    trigger="float16, one element wins windows with gradients 2048, 1, 1: 2048",
    show=once(
        rows([[[[0, 0, 9, 0, 0]]]], np.float16),
        Pool.of((1, 3), 1),
        rows([[[[2048, 1, 1]]]], np.float16),
    ),
)
class SummedInOwnType(Sound):
    """Gradients of float16 and bfloat16 are rounded after every addition."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        if saved.dtype.itemsize != 2:
            return super()._scatter(weights, targets, saved)
        sums = np.zeros(product(saved.shape), saved.dtype)
        np.add.at(sums, targets, weights.astype(saved.dtype))
        return sums


@shelf.bug(
    "own-bfloat16-gradient-truncated",
    "grad.low-precision",
    trigger="bfloat16, one element wins windows with gradients 256 and 3: 258 instead of 260",
    show=once(bfloat16(rows([[[[0, 9, 0]]]])), Pool.of((1, 2), 1), bfloat16(rows([[[[256, 3]]]]))),
)
class Bfloat16GradientTruncated(Sound):
    """The float32 sum becomes bfloat16 by dropping its lower half instead of rounding."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        if saved.dtype.name != "bfloat16":
            return super()._gradient(sums, saved)
        bits = sums.astype(np.float32).view(np.uint32) >> np.uint32(16)
        return bits.astype(np.uint16).view(saved.dtype).reshape(saved.shape)


@shelf.bug(
    "own-gradient-divided-by-batch",
    *("grad.winner", "grad.conserved", "grad.derivative"),
    trigger="two batch items: half of each gradient",
    show=once(ramp(2, 1, 2, 2), Pool.of(2)),
)
class GradientDividedByBatch(Sound):
    """The gradient is divided by the number of batch items."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        items = saved.shape[0] if len(saved.shape) > saved.rank + 1 else 1
        return super()._weights(dy, saved) / max(1, items)


@shelf.bug(
    "own-gradient-clipped",
    "grad.linear",
    trigger="an output gradient of 1000: 100",
    show=once(ASCENDING, Pool.of(4), full(1000, 1, 1, 1, 1)),
)
class GradientClipped(Sound):
    """Output gradients are clipped to 100."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.clip(super()._weights(dy, saved), -100, 100)


@shelf.bug(
    "own-small-gradient-skipped",
    "grad.linear",
    trigger="an output gradient of 2**-20: 0",
    show=once(ASCENDING, Pool.of(4), full(2**-20, 1, 1, 1, 1)),
)
class SmallGradientSkipped(Sound):
    """Output gradients below 1e-5 are skipped."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        return np.where(np.abs(weights) < 1e-5, 0, weights)


@shelf.bug(
    "own-gradient-is-float64",
    "grad.form",
    trigger="float32: the input gradient is float64",
    show=once(ASCENDING, Pool.of(2)),
)
class GradientIsFloat64(Sound):
    """The input gradient is float64 whatever the input was."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        return sums.reshape(saved.shape)


@shelf.bug(
    "own-gradient-flat",
    "grad.form",
    trigger="any: the input gradient has one axis",
    show=once(ASCENDING, Pool.of(2)),
)
class GradientFlat(Sound):
    """The input gradient comes back as one long row."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        return super()._gradient(sums, saved).ravel()


@shelf.bug(
    "own-dy-broadcast",
    "grad.shape-checked",
    trigger="an output gradient of shape (1, 1, 1, 1) for an output of 2x2",
    show=once(ASCENDING, Pool.of(2), full(1, 1, 1, 1, 1)),
)
class DyBroadcast(Sound):
    """An output gradient that can be broadcast to the output is accepted."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        return super().backward(np.broadcast_to(dy, saved.index.shape), saved)


@shelf.bug(
    "own-dy-reshaped",
    "grad.shape-checked",
    trigger="an output gradient of shape (1, 1, 1, 4) for an output of 2x2",
    show=once(ASCENDING, Pool.of(2), rows([[[[1, 2, 3, 4]]]])),
)
class DyReshaped(Sound):
    """An output gradient with the right number of elements is accepted in any shape."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        same_size = dy.size == saved.index.size
        return super().backward(dy.reshape(saved.index.shape) if same_size else dy, saved)


@shelf.bug(
    "own-integer-gradient-answered",
    "grad.integers",
    trigger="backward of an int32 input: an int32 array comes back",
    show=once(ramp(1, 1, 4, 4, dtype=np.int32), Pool.of(2)),
)
class IntegerGradientAnswered(Sound):
    """Backward of an integer input answers with integers."""

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        super()._check_gradient(dy.astype(np.float64), replace(saved, dtype=np.dtype(np.float64)))
