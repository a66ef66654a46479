"""Bugs of window geometry: stride, dilation, swapped axes and lost taps."""

# ruff: noqa: PLR2004 - the docstring of a member says from which size on

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis
from conformance.zoo.trigger import once, ramp
from reference.pool import Pool

shelf = Shelf()

LARGEST_INT32 = 2**31 - 1


def is_unpadded(axis: Axis) -> bool:
    """Return whether an axis has no padding and no dilation."""
    return not axis.begin and not axis.end and axis.d == 1


def halves(axes: Sequence[Axis]) -> bool:
    """Return whether the call is the plain 2x2 window with stride 2."""
    return len(axes) == 2 and all(is_unpadded(axis) and axis.k == axis.s == 2 for axis in axes)


@shelf.bug(
    "stride-args-unused",
    "window.position",
    cite=issue("deeplearning4j/libnd4j#793"),
    trigger="stride 2: the windows advance by 1",
    show=once(ramp(1, 1, 6, 7), Pool.of(2, 2)),
)
class StrideArgsUnused(Sound):
    """The stride sets the output size, and the windows advance by 1."""

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(replace(axis, s=1), out)


@shelf.bug(
    "dilation-only-in-shape",
    "window.dilation",
    cite=pull("sonos/tract#2847"),
    trigger="4x4, kernel 2, dilation 2: neighbours are read",
    show=once(ramp(1, 1, 4, 4), Pool.of(2, 1, 0, 2)),
)
class DilationOnlyInShape(AnswersEmpty):
    """Dilation sets the output size, and the taps are neighbours."""

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(replace(axis, d=1), out)


@shelf.bug(
    "own-extent-is-kernel-plus-dilation",
    *("window.dilation", "shape.floor"),
    trigger="kernel 3, dilation 2: an extent of 4 instead of 5",
    show=once(ramp(1, 1, 9, 8), Pool.of(3, 2, 0, 2)),
)
class ExtentIsKernelPlusDilation(Sound):
    """The extent is kernel_size + dilation - 1, right for kernels of 1 and 2 only."""

    def _size(self, axis: Axis) -> int:
        return super()._size(replace(axis, k=axis.k + axis.d - 1, d=1))


@shelf.bug(
    "ceil-overhang-clamped-to-last",
    "ceil.overhang",
    cite=pull("onnx/onnx-mlir#31"),
    trigger="6 columns, kernel 3, stride 2, dilation 2, ceil_mode: the last element is no tap",
    show=once(ramp(1, 1, 6, 6), Pool.of(3, 2, 0, 2, ceil_mode=True)),
)
class CeilOverhangClampedToLast(Sound):
    """In ceil_mode a tap past the end padding reads the last element."""

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        return np.where(at >= axis.n + axis.end, axis.n - 1, at)


@shelf.bug(
    "huge-dilation-loop-counter-overflow",
    *("window.dilation", "window.position"),
    cite=issue("pytorch/pytorch#189664"),
    trigger="kernel 1, dilation 2**31 - 1: from the second window on, another element is read too",
    show=once(ramp(1, 1, 3, 4), Pool.of(1, 1, 0, LARGEST_INT32)),
)
class HugeDilationLoopCounterOverflow(Sound):
    """The loop over the taps wraps below 0 in int32, and reads once more, at a stray place."""

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        if (at[:, -1].max(initial=0) + axis.d) <= LARGEST_INT32 or axis.d > LARGEST_INT32:
            return at
        stray = (at[:, -1:] + axis.d).astype(np.int32).astype(np.int64)
        return np.concatenate([at, np.where(stray < 0, stray % axis.n, -1)], axis=1)


@shelf.bug(
    "last-column-missed",
    *("window.position", "value.maximum"),
    cite=issue("PaddlePaddle/Anakin#210"),
    trigger="3x3 with stride 2 over 61 ascending columns: the last column is never read",
    show=once(lambda: np.arange(183, dtype=np.float32).reshape(1, 1, 3, 61), Pool.of(3, 2)),
)
class LastColumnMissed(AnswersEmpty):
    """The 3x3 path with stride 2 never reads the last column."""

    def _real(self, positions: Array, axis: Axis) -> Array:
        real = super()._real(positions, axis)
        missed = axis.pitch == 1 and axis.k == 3 and axis.s == 2
        return real & (positions < axis.n - 1) if missed else real


@shelf.bug(
    "narrow-row-vector-load",
    *("window.position", "value.maximum"),
    cite=issue("ARM-software/ComputeLibrary#924"),
    trigger="2x2 with stride 2 over 6 columns: the load spans the end of the row",
    show=once(ramp(1, 1, 4, 6), Pool.of(2)),
)
class NarrowRowVectorLoad(Sound):
    """On rows narrower than 8 the 2x2 path takes the last tap of a row from the next row."""

    def _offsets(self, positions: Sequence[Array], axes: Sequence[Axis]) -> Array:
        offsets = super()._offsets(positions, axes)
        if halves(axes) and axes[1].n < 8:
            offsets[:, -1, 1::2] += 1
            np.minimum(offsets, axes[0].n * axes[1].n - 1, out=offsets)
        return offsets


@shelf.bug(
    "odd-width-row-pointer",
    *("value.maximum", "window.position"),
    cite=pull("Tencent/ncnn#220"),
    trigger="2x2 with stride 2 over 7 columns: every row but the first is read askew",
    show=once(ramp(1, 1, 6, 7), Pool.of(2)),
)
class OddWidthRowPointer(Sound):
    """The 2x2 path steps one element too few from row to row when the width is odd."""

    def _offsets(self, positions: Sequence[Array], axes: Sequence[Axis]) -> Array:
        if halves(axes) and axes[1].n % 2:
            axes = (replace(axes[0], pitch=axes[1].n - 1), axes[1])
        return super()._offsets(positions, axes)


@shelf.bug(
    "reshape-wrong-axes",
    *("window.position", "value.maximum"),
    cite=pull("HIPS/autograd#245"),
    trigger="4x4, kernel = stride = 2: the shape is right, the content is not",
    show=once(ramp(1, 1, 4, 6), Pool.of(2)),
)
class ReshapeWrongAxes(Sound):
    """The reshape of a tiling takes the axis of the windows for that of the taps."""

    def _positions(self, axis: Axis, out: int) -> Array:
        if axis.k == axis.s and is_unpadded(axis) and axis.n % axis.k == 0:
            return np.arange(out)[:, None] + np.arange(axis.k) * out
        return super()._positions(axis, out)


@shelf.bug(
    "own-kernel-range-minus-one",
    *("value.maximum", "value.composes", "window.position"),
    trigger="any window of more than one element",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class KernelRangeMinusOne(AnswersEmpty):
    """The last tap of every row and column is skipped."""

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(axis, out)[:, : max(1, axis.k - 1)]


@shelf.bug(
    "own-wide-window-in-two-passes",
    *("value.composes", "value.maximum"),
    trigger="kernel 4, stride 1: pooled twice with kernel 2, which spans only 3",
    show=once(ramp(1, 1, 6, 7), Pool.of(4, 1)),
)
class WideWindowInTwoPasses(Sound):
    """A kernel of 4 or more with stride 1 is split into two passes of half the kernel each."""

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        split = axis.k >= 4 and axis.s == 1 and is_unpadded(axis)
        return at[:, : 2 * (axis.k // 2) - 1] if split else at


@shelf.bug(
    "own-last-window-takes-rest",
    "shape.unread",
    trigger="5x5, kernel = stride = 2: the last windows reach to the border",
    show=once(ramp(1, 1, 5, 5), Pool.of(2)),
)
class LastWindowTakesRest(Sound):
    """The loop over the last window runs to the end of the input."""

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        rest = axis.n - 1 - at[-1, -1]
        if not is_unpadded(axis) or rest <= 0:
            return at
        extra = np.full((out, rest), -1)
        extra[-1] = at[-1, -1] + 1 + np.arange(rest)
        return np.concatenate([at, extra], axis=1)
