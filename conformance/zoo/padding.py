"""Bugs of what a padded position is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows
from conformance.zoo.trigger import full, once, ramp, rows
from reference.pool import Pool

shelf = Shelf()

ALLOCATABLE = 2**26
"""The most windows along one axis for which memory is asked."""


def lowest(dtype: np.dtype[Any]) -> float:
    """Return the lowest finite number of a type, False of bool."""
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).min)
    if dtype.kind == "b":
        return False
    return -float.fromhex("0x1.fep+127") if dtype.kind == "V" else float(np.finfo(dtype).min)


class AnswersEmpty(Sound):
    """A window without an element is answered with the lowest number."""

    def _check_reached(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:  # noqa: ARG002 - of any kind
        if max(out) > ALLOCATABLE:
            message = f"an output of {out} windows cannot be allocated"
            raise MemoryError(message)

    def _check_filled(self, real: Sequence[Array]) -> None:
        pass

    def _read(self, planes: Array, windows: Windows) -> Array:
        filled = windows.real.any(-1, keepdims=True)
        fill = np.array(lowest(planes.dtype), planes.dtype)
        return np.where(filled, super()._read(planes, windows), fill)


class Fills(Sound):
    """Padding is filled with a number that takes part in the maximum."""

    def _fill(self, planes: Array) -> float | Array:
        return lowest(planes.dtype)

    def _read(self, planes: Array, windows: Windows) -> Array:
        fill = np.array(self._fill(planes), planes.dtype)
        return np.where(windows.real, super()._read(planes, windows), fill)


@shelf.bug(
    "zero-padding-wins",
    *("pad.never-wins", "value.copied", "index.value"),
    cite=issue("apache/mxnet#2753"),
    trigger="a single -1 with one row of padding above it: 0",
    show=once(rows([[[[-1]]]]), Pool((2, 1), (1, 1), ((1, 0), (0, 0)), (1, 1))),
)
class ZeroPaddingWins(Fills):
    """Padding is filled with 0, which wins wherever all elements are negative."""

    def _fill(self, planes: Array) -> float:  # noqa: ARG002 - the same for every input
        return 0


@shelf.bug(
    "int8-padding-zero",
    *("type.minimum", "pad.never-wins"),
    cite=issue("ROCm/AMDMIGraphX#2991"),
    trigger="padded int8 with negative elements; uint8 is right",
    show=once(full(-5, 1, 1, 3, 3, dtype=np.int8), Pool.of(3, 2, 1)),
)
class Int8PaddingZero(Fills):
    """Padding of signed integers is filled with 0 instead of their minimum."""

    def _fill(self, planes: Array) -> float | Array:
        return 0 if planes.dtype.kind == "i" else super()._fill(planes)


@shelf.bug(
    "finite-sentinel-padding",
    *("pad.never-wins", "infinity.minus"),
    cite=pull("onnx/onnx-tensorflow#83"),
    trigger="elements below -9999.999 with padding",
    show=once(full(-20000, 1, 1, 3, 3), Pool.of(3, 2, 1)),
)
class FiniteSentinelPadding(Fills):
    """Padding is filled with a number that was thought to be low enough, -9999.999."""

    def _fill(self, planes: Array) -> float | Array:
        sentinel = -9999.999 if planes.dtype.kind in "fV" else -9999
        return max(sentinel, lowest(planes.dtype))


@shelf.bug(
    "own-min-of-x-minus-one-fill",
    *("type.minimum", "nan.anywhere"),
    trigger="padded integers, one of which is the minimum of their type",
    show=once(rows([[[[-128, -3], [-7, -9]]]], np.int8), Pool.of(2, 2, 1)),
)
class MinimumMinusOneFill(Fills):
    """Padding is filled with the smallest element minus 1, which wraps round for integers."""

    def _fill(self, planes: Array) -> float | Array:
        if planes.dtype.kind == "b" or not planes.size:
            return super()._fill(planes)
        below: Array = planes.min(keepdims=True).ravel() - np.ones(1, planes.dtype)
        return below


@shelf.bug(
    "int-output-promoted-to-float",
    "result.type",
    cite=pull("tinygrad/tinygrad#7726"),
    trigger="int32 with one row of padding: float64 comes back",
    show=once(ramp(1, 1, 4, 4, dtype=np.int32), Pool.of(3, 2, 1)),
)
class IntOutputPromotedToFloat(Sound):
    """Integers are padded with -inf, so that the padded output is float64."""

    def _result(self, trace: Trace) -> Array:
        promoted = trace.y.dtype.kind in "iu" and not trace.windows.real.all()
        y = super()._result(trace)
        return y.astype(np.float64) if promoted else y


@shelf.bug(
    "mirror-padding",
    *("pad.never-wins", "window.position"),
    cite=pull("PINTO0309/onnx2tf#121"),
    trigger="dilation 2 with padding: the mirrored element is not a tap of the window",
    show=once(ramp(1, 1, 6, 7), Pool.of(3, 1, 1, 2)),
)
class MirrorPadding(Sound):
    """Padding repeats the elements beside the border in mirrored order."""

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        return np.where(at < 0, -1 - at, np.where(at >= axis.n, 2 * axis.n - 1 - at, at))


@shelf.bug(
    "replicate-padding",
    *("pad.never-wins", "window.position"),
    cite=issue("Tianxiaomo/pytorch-YOLOv4#62"),
    trigger="dilation 2 with padding: the border element is not a tap of the window",
    show=once(ramp(1, 1, 6, 7), Pool.of(3, 1, 1, 2)),
)
class ReplicatePadding(Sound):
    """Padding repeats the element at the border, and so counts as real."""

    def _real(self, positions: Array, axis: Axis) -> Array:  # noqa: ARG002 - every tap is real
        return np.ones_like(positions, bool)


@shelf.bug(
    "oversized-padding-leaks-sentinel",
    *("error.padding-limit", "error.empty-window"),
    cite=issue("apache/mxnet#6191"),
    trigger="2x2 input, kernel 2, padding 2: the lowest number comes out",
    show=once(ramp(1, 1, 2, 2), Pool.of(2, 1, 2)),
)
class OversizedPaddingLeaksSentinel(AnswersEmpty):
    """Padding of any width is accepted, and windows inside it return the lowest number."""

    def _check_padding_limit(self, pool: Pool) -> None:
        pass


@shelf.bug(
    "backward-lets-padding-win",
    *("grad.winner", "grad.conserved"),
    cite=pull("deeplearning4j/deeplearning4j#4683"),
    trigger="negative elements at a padded border: forward is right, their gradient is lost",
    show=once(full(-1, 1, 1, 3, 3), Pool.of(3, 2, 1)),
)
class BackwardLetsPaddingWin(Sound):
    """Backward takes padding for 0, so that negative border windows lose their gradient."""

    def _save(self, trace: Trace) -> Saved:
        lost = (trace.y < 0) & ~trace.windows.real.all(-1)
        return replace(super()._save(trace), extra=lost.ravel())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.where(saved.extra, 0, super()._weights(dy, saved))


@shelf.bug(
    "running-max-starts-at-zero",
    *("value.maximum", "value.copied", "infinity.minus"),
    cite=pull("tensorflow/tfjs#4854"),
    trigger="negative elements only, no padding needed: 0",
    show=once(full(-3, 1, 1, 2, 2), Pool.of(2)),
)
class RunningMaxStartsAtZero(Sound):
    """The running maximum starts at 0."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        return np.where(y < 0, np.zeros((), y.dtype), y)


@shelf.bug(
    "own-running-max-starts-at-smallest-positive",
    *("value.copied", "value.maximum"),
    trigger="zeros: 1.1754944e-38, the smallest normal number, comes out",
    show=once(full(0, 1, 1, 2, 2), Pool.of(2)),
)
class RunningMaxStartsAtSmallestPositive(Sound):
    """The running maximum starts at the smallest positive number, taken for the lowest one."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.dtype.kind != "f":
            return y
        tiny = np.finfo(y.dtype).tiny
        return np.where(y < tiny, tiny, y)
