"""Bugs of the indices: their convention, dtype, shape and range."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.ties import tied
from conformance.zoo.trace import Array, Saved, Trace, Windows, product
from conformance.zoo.trigger import full, once, peak, ramp, rows
from reference.pool import Pool

shelf = Shelf()

NAN = float("nan")
LARGEST_INT32 = 2**31 - 1


@shelf.bug(
    "argmax-output-is-values",
    *("index.plane", "index.form", "index.value"),
    cite=issue("onnx/keras-onnx#699"),
    trigger="any: indices repeat the output",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class ArgmaxOutputIsValues(Sound):
    """indices returns the values."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=self._unbatched(trace.y, trace).copy())

    def indices(self, saved: Saved) -> Array:
        values: Array = saved.extra.copy()
        return values


@shelf.bug(
    "argmax-without-updating-maxval",
    *("index.value", "ties.first", "grad.winner"),
    cite=pull("chainer/chainer#8329"),
    trigger="any: the value is right, the index names the last element of the window",
    show=once(rows([[[[4, 3], [2, 1]]]]), Pool.of(2)),
)
class ArgmaxWithoutUpdatingMaxval(Sound):
    """The arg-max is set at every element above the initial value, which is never raised."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        above = np.broadcast_to(windows.real, values.shape)
        if floating(values):
            above = above & (values > -np.inf)
        last = values.shape[-1] - 1 - above[..., ::-1].argmax(-1)
        last = np.where(above.any(-1), last, winners)
        return super()._index(values, last, windows)


@shelf.bug(
    "index-float32-precision",
    "index.large",
    cite=issue("PaddlePaddle/Paddle#5750"),
    trigger="a maximum at element 2**24 + 1: rounded to 2**24",
    show=once(peak(2**24 + 3, 2**24 + 1), Pool.of((1, 3), (1, 2**24))),
)
class IndexFloat32Precision(Sound):
    """Indices pass through float32, which loses odd ones above 2**24."""

    def indices(self, saved: Saved) -> Array:
        return super().indices(saved).astype(np.float32).astype(np.int64)


@shelf.bug(
    "index-stored-in-half",
    "index.large",
    cite=issue("opencv/opencv#15996"),
    trigger="a maximum at element 2049: rounded to 2048",
    show=once(peak(2052, 2049), Pool.of((1, 4))),
)
class IndexStoredInHalf(Sound):
    """Indices are stored as float16, which loses odd ones above 2048 and all above 65504."""

    def indices(self, saved: Saved) -> Array:
        with np.errstate(over="ignore"):
            half = super().indices(saved).astype(np.float16)
        held = np.where(np.isinf(half), 0, half).astype(np.int64)
        return np.where(np.isinf(half), LARGEST_INT32, held)


@shelf.bug(
    "own-index-int16-overflow",
    *("index.large", "index.in-window"),
    trigger="a maximum at element 32769: a negative index",
    show=once(peak(32772, 32769), Pool.of((1, 4))),
)
class IndexInt16Overflow(Sound):
    """Indices are stored as int16 and wrap below 0 above 32767."""

    def indices(self, saved: Saved) -> Array:
        return super().indices(saved).astype(np.int16).astype(np.int64)


@shelf.bug(
    "index-narrowed-before-check",
    "grad.winner",
    cite=issue("pytorch/pytorch#197409"),
    trigger="a maximum at element 65537 of its plane: its gradient goes to element 1 (scaled)",
    show=once(peak(65540, 65537, np.float32), Pool.of((1, 4))),
)
class IndexNarrowedBeforeCheck(Sound):
    """Backward narrows a stored index to 16 bits (scaled from 32) before it is used."""

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(replace(saved, index=saved.index % 2**16))


@shelf.bug(
    "own-winning-tap-in-a-byte",
    "value.maximum",
    trigger="a window of 289 taps whose last is the largest",
    show=once(peak(289, 288), Pool.of((1, 289))),
)
class WinningTapInByte(Sound):
    """The number of the winning tap is stored in one byte, so that tap 256 becomes tap 0."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        return super()._pick(values, windows).astype(np.uint8).astype(np.intp)


@shelf.bug(
    "index-is-float",
    "index.form",
    cite=pull("PaddlePaddle/Paddle#5749"),
    trigger="any: the dtype of indices is float32",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class IndexIsFloat(Sound):
    """indices returns float32."""

    def indices(self, saved: Saved) -> Array:
        return super().indices(saved).astype(np.float32)


@shelf.bug(
    "own-index-is-int32",
    "index.form",
    trigger="any: the dtype of indices is int32",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class IndexIsInt32(Sound):
    """indices returns int32 without declaring it."""

    def indices(self, saved: Saved) -> Array:
        return super().indices(saved).astype(np.int32)


@shelf.bug(
    "own-index-raveled",
    "index.form",
    trigger="any: indices have one axis",
    show=once(ramp(1, 2, 4, 4), Pool.of(2)),
)
class IndexRaveled(Sound):
    """indices returns one long row."""

    def indices(self, saved: Saved) -> Array:
        return super().indices(saved).ravel()


@shelf.bug(
    "index-local-to-window",
    *("index.plane", "index.in-window"),
    cite=pull("PaddlePaddle/Paddle#78701"),
    trigger="any window but the first: the number of the tap",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class IndexLocalToWindow(Sound):
    """An index is the number of the winning tap within its window."""

    def _save(self, trace: Trace) -> Saved:
        taps = tied(self._keys(trace.values, trace.windows), trace.windows).argmax(-1)
        return replace(super()._save(trace), extra=self._unbatched(taps, trace))

    def indices(self, saved: Saved) -> Array:
        taps: Array = saved.extra.copy()
        return taps


@shelf.bug(
    "own-index-counts-padding",
    *("index.plane", "index.value"),
    trigger="padding 1: the index is an offset in the padded plane",
    show=once(ramp(1, 1, 4, 5), Pool.of(3, 2, 1)),
)
class IndexCountsPadding(Sound):
    """An index is an offset in the padded plane."""

    def _save(self, trace: Trace) -> Saved:
        axes = trace.windows.axes
        padded = [axis.begin + axis.n + axis.end for axis in axes]
        parts = np.unravel_index(trace.index, [axis.n for axis in axes])
        shifted = np.zeros_like(trace.index)
        for number, (part, axis) in enumerate(zip(parts, axes, strict=True)):
            shifted += (part + axis.begin) * product(padded[number + 1 :])
        return replace(super()._save(trace), extra=self._unbatched(shifted, trace))

    def indices(self, saved: Saved) -> Array:
        shifted: Array = saved.extra.copy()
        return shifted


@shelf.bug(
    "own-index-counts-through-tensor",
    *("index.plane", "index.in-window"),
    trigger="two channels: the index of the second counts on from the first",
    show=once(ramp(1, 2, 4, 4), Pool.of(2)),
)
class IndexCountsThroughTensor(Sound):
    """An index counts through batch, channels and plane without declaring it."""

    def indices(self, saved: Saved) -> Array:
        return self._targets(saved).reshape(saved.index.shape)


@shelf.bug(
    "own-index-column-major",
    *("index.plane", "index.value"),
    trigger="a plane of 4x6: the index counts down the columns",
    show=once(ramp(1, 1, 4, 6), Pool.of(2)),
)
class IndexColumnMajor(Sound):
    """An index counts through the plane column by column."""

    def indices(self, saved: Saved) -> Array:
        spatial: Sequence[int] = saved.shape[-saved.rank :]
        index = super().indices(saved)
        counted: Array = np.ravel_multi_index(np.unravel_index(index, spatial), spatial, order="F")
        return counted.astype(np.int64)


@shelf.bug(
    "own-int-min-index",
    "index.in-window",
    trigger="windows full of the minimum of their type: every index is 0",
    show=once(full(-128, 1, 1, 2, 4, dtype=np.int8), Pool.of(2)),
)
class IntMinIndex(Sound):
    """Integers are scanned strictly from their minimum, which leaves the index at its initial 0."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        if values.dtype.kind not in "iu":
            return index
        y = self._value(values, winners, windows)
        return np.where(y == np.iinfo(y.dtype).min, 0, index)


@shelf.bug(
    "own-minus-inf-index",
    *("index.in-window", "grad.infinite-data"),
    trigger="windows of -inf alone: every index is 0",
    show=once(full(-np.inf, 1, 1, 2, 4), Pool.of(2)),
)
class MinusInfIndex(Sound):
    """Windows of -inf are scanned strictly from -inf, which leaves the index at its initial 0."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        y = self._value(values, winners, windows)
        return np.where(y == -np.inf, 0, index) if floating(y) else index


@shelf.bug(
    "own-nan-index-beside",
    *("index.nan", "grad.nan", "index.value"),
    trigger="a window of 1, NaN, 3: the value is NaN, the index names the 3",
    show=once(rows([[[[1, NAN, 3]]]]), Pool.of((1, 3))),
)
class NanIndexBeside(Sound):
    """The value of a window with a NaN is NaN, and the index names the largest number."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        if not floating(values):
            return super()._index(values, winners, windows)
        numbers = without_nan(self._keys(values, windows)).argmax(-1)
        return super()._index(values, numbers, windows)


@shelf.bug(
    "own-nan-index-outside",
    *("index.nan", "index.in-window"),
    trigger="a window with a NaN: the index is the size of the plane",
    show=once(rows([[[[1, NAN, 3]]]]), Pool.of((1, 3))),
)
class NanIndexOutside(Sound):
    """indices names a place outside the plane where the result is NaN."""

    def _save(self, trace: Trace) -> Saved:
        lost = self._unbatched(np.isnan(trace.y), trace)
        return replace(super()._save(trace), extra=lost)

    def indices(self, saved: Saved) -> Array:
        return np.where(saved.extra, saved.plane, super().indices(saved))
