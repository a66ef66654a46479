"""Bugs of NaN, infinities, signed zeros, subnormals and of the comparison itself."""

# ruff: noqa: PLR2004 - the docstring of a member says from which size on

from __future__ import annotations

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.padding import lowest
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Windows
from conformance.zoo.trigger import full, once, ramp, rows
from reference.pool import Pool

shelf = Shelf()

NAN = float("nan")
INFINITY = float("inf")


def floating(values: Array) -> bool:
    """Return whether there can be NaN, infinities and signed zeros."""
    return values.dtype.kind == "f" or values.dtype.name == "bfloat16"


def without_nan(keys: Array) -> Array:
    """Return keys in which NaN never wins against a number."""
    if keys.dtype.kind != "f":
        return keys
    return np.where(np.isnan(keys), np.array(-np.inf, keys.dtype), keys)


@shelf.bug(
    "nan-dropped",
    *("nan.propagates", "nan.anywhere"),
    cite=issue("pytorch/pytorch#7645"),
    trigger="a window of 1, NaN, 5, 6: 6; a window of NaN alone: the lowest number",
    show=once(rows([[[[1, NAN, NAN, NAN], [5, 6, NAN, NAN]]]]), Pool.of(2)),
)
class NanDropped(Sound):
    """NaN is skipped, and a window of nothing but NaN gives the lowest finite number."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        return without_nan(super()._keys(values, windows))

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if not floating(y):
            return y
        return np.where(np.isnan(y), np.array(lowest(y.dtype), y.dtype), y)


@shelf.bug(
    "own-nan-kept-only-if-first",
    *("nan.anywhere", "nan.propagates"),
    trigger="NaN at the second place of a window",
    show=once(rows([[[[NAN, 1, 1, NAN]]]]), Pool.of((1, 2))),
)
class NanKeptOnlyIfFirst(Sound):
    """The running maximum starts at the first element, and only a NaN there is kept."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = without_nan(super()._keys(values, windows))
        if floating(values):
            started = np.isnan(values[..., 0])
            keys[..., 0] = np.where(started, np.inf, keys[..., 0])
        return keys


@shelf.bug(
    "own-nan-restarts-maximum",
    "nan.anywhere",
    trigger="a window of 3, NaN, 2: the NaN wins at first, and then the 2",
    show=once(rows([[[[3, NAN, 2]]]]), Pool.of((1, 3))),
)
class NanRestartsMaximum(Sound):
    """A NaN becomes the running maximum, and whatever follows replaces it."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        if not floating(values):
            return super()._pick(values, windows)
        keys, taps = self._keys(values, windows), np.arange(values.shape[-1])
        last_nan = np.where(np.isnan(keys) & windows.real, taps, -1).max(-1)
        behind = windows.real & (taps > last_nan[..., None])
        start = np.where(behind.any(-1), behind.argmax(-1), last_nan)
        started = np.take_along_axis(keys, start[..., None], -1)
        winners: Array = np.maximum(np.where(behind, keys, started).argmax(-1), start)
        return winners


@shelf.bug(
    "own-fmax-value-nan-index",
    *("index.value", "nan.propagates", "nan.anywhere"),
    trigger="a window of 1 and NaN: the value is 1, the index names the NaN",
    show=once(rows([[[[1, NAN]]]]), Pool.of((1, 2))),
)
class FmaxValueNanIndex(Sound):
    """The value comes from a maximum that skips NaN, the index from an arg-max that finds it."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:  # noqa: ARG002 - not those
        numbers = without_nan(self._keys(values, windows)).argmax(-1)
        return super()._value(values, numbers, windows)


@shelf.bug(
    "own-nan-skipped-in-tall-windows",
    "nan.anywhere",
    trigger="NaN in a 1x3 window is kept, in a 3x1 window it is skipped",
    show=once(rows([[[[1], [NAN], [3]]]]), Pool.of((3, 1))),
)
class NanSkippedInTallWindows(Sound):
    """Windows higher than wide skip NaN, all others keep it."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return without_nan(keys) if windows.axes[0].k > windows.axes[-1].k else keys


@shelf.bug(
    "minus-zero-miscompare",
    *("zero.signed", "value.maximum"),
    cite=issue("openxla/xla#5544"),
    trigger="nine -0 in one window: -inf; with eight the result is right (scaled from 8192)",
    show=once(full(-0.0, 1, 1, 3, 3), Pool.of(3)),
)
class MinusZeroMiscompare(Sound):
    """In windows of more than 8 taps (scaled from 8192) -0 counts as -inf."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        values = super()._read(planes, windows)
        if not floating(values) or values.shape[-1] <= 8:
            return values
        zero = (values == 0) & np.signbit(values)
        return np.where(zero, np.array(-np.inf, values.dtype), values)


@shelf.bug(
    "own-zero-sign-lost",
    *("zero.signed", "value.copied"),
    trigger="a window of -0 alone: +0",
    show=once(full(-0.0, 1, 1, 2, 2), Pool.of(2)),
)
class ZeroSignLost(Sound):
    """0 is added to every result, which turns -0 into +0."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        return y + np.zeros((), y.dtype) if floating(y) else y


@shelf.bug(
    "own-minus-inf-becomes-lowest",
    *("infinity.minus", "value.copied"),
    trigger="a window of -inf alone: the lowest finite number",
    show=once(full(-INFINITY, 1, 1, 2, 2), Pool.of(2)),
)
class MinusInfBecomesLowest(Sound):
    """The running maximum starts at the lowest finite number."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if not floating(y):
            return y
        least = np.array(lowest(y.dtype), y.dtype)
        return np.where(y < least, least, y)


@shelf.bug(
    "own-plus-inf-saturates",
    *("infinity.plus", "value.copied"),
    trigger="a window that holds +inf: the largest finite number",
    show=once(rows([[[[INFINITY, 1]]]]), Pool.of((1, 2))),
)
class PlusInfSaturates(Sound):
    """Results are clamped to the finite numbers from above."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if not floating(y):
            return y
        most = np.array(-lowest(y.dtype), y.dtype)
        return np.where(y > most, most, y)


@shelf.bug(
    "own-subnormals-flushed",
    "value.copied",
    trigger="a window of 1e-45: 0",
    show=once(full(1e-45, 1, 1, 2, 2), Pool.of(2)),
)
class SubnormalsFlushed(Sound):
    """Subnormal results become 0."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.dtype.kind != "f":
            return y
        small = np.abs(y) < np.finfo(y.dtype).tiny
        return np.where(small, np.copysign(np.zeros((), y.dtype), y), y)


@shelf.bug(
    "own-one-ulp-up",
    *("value.copied", "index.value"),
    trigger="any number: the next larger one",
    show=once(full(1, 1, 1, 2, 2), Pool.of(2)),
)
class OneUlpUp(Sound):
    """Results are a rounding error too large."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.dtype.kind != "f":
            return y
        above: Array = np.nextafter(y, np.array(np.inf, y.dtype))
        return above


@shelf.bug(
    "own-compared-in-float32",
    *("value.maximum", "value.monotone"),
    trigger="1 and 1 + 2**-40 in float64: the first wins",
    show=once(rows([[[[1, 1 + 2**-40]]]], np.float64), Pool.of((1, 2))),
)
class ComparedInFloat32(Sound):
    """float64 elements are compared as float32, so that close ones tie."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.astype(np.float32) if keys.dtype == np.float64 else keys


@shelf.bug(
    "own-copied-through-float32",
    "value.copied",
    trigger="1/3 in float64: rounded to float32",
    show=once(full(1 / 3, 1, 1, 2, 2, dtype=np.float64), Pool.of(2)),
)
class CopiedThroughFloat32(Sound):
    """float64 results pass through float32 on their way out."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        return y.astype(np.float32).astype(np.float64) if y.dtype == np.float64 else y


@shelf.bug(
    "own-abs-max",
    *("value.monotone", "value.maximum"),
    trigger="a window of -5 and 2: -5",
    show=once(rows([[[[-5, 2]]]]), Pool.of((1, 2))),
)
class AbsMax(Sound):
    """The element of the largest magnitude wins."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys if keys.dtype.kind in "bu" else np.abs(keys)


@shelf.bug(
    "own-min",
    "value.maximum",
    trigger="any window of different elements",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class Minimum(Sound):
    """The smallest element wins."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners: Array = self._keys(values, windows).argmin(-1)
        return winners


@shelf.bug(
    "own-middle-element",
    "value.maximum",
    trigger="a window of three elements: the median",
    show=once(rows([[[[1, 5, 3]]]]), Pool.of((1, 3))),
)
class MiddleElement(Sound):
    """The median of the window comes out, a monotone map of it that is no maximum."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        order = self._keys(values, windows).argsort(-1, kind="stable")
        winners: Array = order[..., order.shape[-1] // 2]
        return winners
