"""Bugs of validation: windows and inputs that do not fit each other, and are accepted."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, product
from conformance.zoo.trigger import full, once, ramp
from reference.pool import Pool

shelf = Shelf()


def wrapped(axis: Axis, bits: int) -> Axis:
    """Return the axis with a window whose extent wrapped round in signed integers."""
    half = 1 << (bits - 1)
    extent = (axis.extent + half) % (2 * half) - half
    return axis if extent == axis.extent else replace(axis, k=max(1, extent), d=1)


@shelf.bug(
    "empty-channel-accepted",
    "error.no-elements",
    cite=pull("pytorch/pytorch#85594"),
    trigger="shape (1, 0, 4, 4): an empty output",
    show=once(full(0, 1, 0, 4, 4), Pool.of(2)),
)
class EmptyChannelAccepted(Sound):
    """Zero channels are accepted."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        if 0 in x.shape[-pool.rank :]:
            super()._check_elements(x, pool)


@shelf.bug(
    "own-empty-axis-answered",
    "error.no-elements",
    trigger="shape (1, 1, 0, 4): an empty output",
    show=once(full(0, 1, 1, 0, 4), Pool.of(2)),
)
class EmptyAxisAnswered(Sound):
    """A spatial axis of zero elements gives an output axis of zero windows."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        spatial = x.shape[-pool.rank :]
        if 0 not in spatial:
            return super().forward(x, pool)
        sizes = [n // s for n, s in zip(spatial, pool.stride, strict=False)]
        shape = (*x.shape[: -pool.rank], *sizes)
        return np.zeros(shape, x.dtype), Saved(x.shape, pool.rank, x.dtype, np.zeros(shape, int))


@shelf.bug(
    "own-leading-axes-folded",
    "error.rank",
    trigger="five axes for two spatial ones: the first three are taken for batch and channels",
    show=once(ramp(2, 1, 2, 4, 4), Pool.of(2)),
)
class LeadingAxesFolded(Sound):
    """All axes before the spatial ones are folded into the batch, however many there are."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        lead = x.ndim - pool.rank
        if lead in (1, len("nc")) or lead < 0:
            return super().forward(x, pool)
        folded = x.reshape(product(x.shape[:lead]), 1, *x.shape[lead:])
        y, saved = super().forward(folded, pool)
        return y.reshape(*x.shape[:lead], *y.shape[2:]), saved


@shelf.bug(
    "own-empty-window-answered",
    "error.empty-window",
    trigger="padding (0, 3) with kernel 2: the last windows hold no element",
    show=once(ramp(1, 1, 4, 4), Pool.of(2, 1, ((0, 3), (0, 0)))),
)
class EmptyWindowAnswered(AnswersEmpty):
    """A window without an element is answered with the lowest number."""


@shelf.bug(
    "negative-output-shape",
    "error.size",
    cite=issue("jax-ml/jax#3973"),
    trigger="one row of 1, kernel 3, dilation 3: NumPy cannot hold -6, so the axis is empty here",
    show=once(ramp(1, 1, 4, 1), Pool.of((1, 3), 1, 0, (1, 3))),
)
class NegativeOutputShape(Sound):
    """A window that exceeds the input gives a size below 1, which loops over nothing."""

    def _size(self, axis: Axis) -> int:
        return max(0, super()._size(axis))

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        pass


@shelf.bug(
    "own-smaller-window-instead",
    "error.size",
    trigger="kernel 5 over 4x4: a window of 4x4",
    show=once(ramp(1, 1, 4, 4), Pool.of(5)),
)
class SmallerWindowInstead(Sound):
    """A window that exceeds the padded input is cut down to it."""

    def _size(self, axis: Axis) -> int:
        return max(1, super()._size(axis))


@shelf.bug(
    "own-extent-wraps-int32",
    "error.overflow",
    trigger="kernel 3, dilation 2**31: an extent of 1 instead of 2**32 + 1",
    show=once(ramp(1, 1, 4, 4), Pool.of(3, 1, 0, 2**31)),
)
class ExtentWrapsInt32(Sound):
    """The extent of a window is computed in int32 and wraps round."""

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        pass

    def _size(self, axis: Axis) -> int:
        return super()._size(wrapped(axis, 32))

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(wrapped(axis, 32), out)


@shelf.bug(
    "own-extent-wraps-int64",
    "error.overflow",
    trigger="kernel 3, dilation 2**63: an extent of 1 instead of 2**64 + 1",
    show=once(ramp(1, 1, 4, 4), Pool.of(3, 1, 0, 2**63)),
)
class ExtentWrapsInt64(Sound):
    """The extent of a window is computed in int64 and wraps round."""

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        super()._check_size(tuple(wrapped(axis, 64) for axis in axes), out)

    def _size(self, axis: Axis) -> int:
        return super()._size(wrapped(axis, 64))

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(wrapped(axis, 64), out)
