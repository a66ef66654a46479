"""Bugs that start at a size: launches that fail and tiles that go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Trace, Windows
from conformance.zoo.trigger import once, ramp
from reference.pool import Pool

shelf = Shelf()

CHANNELS = 256
OUTPUTS = 1024
TAPS = 16
TILE = 32


@shelf.bug(
    "grid-dimension-limit",
    "window.plane-alone",
    cite=issue("pytorch/pytorch#28714"),
    trigger="257 channels: RuntimeError; with 256 the result is right",
    show=once(ramp(1, 257, 2, 2), Pool.of(2)),
)
class GridDimensionLimit(Sound):
    """More than 256 channels need more than a kernel launch can have, and it raises."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        if planes.shape[1] > CHANNELS:
            message = "too many resources requested for launch"
            raise RuntimeError(message)
        return planes


@shelf.bug(
    "large-output-large-window",
    *("value.maximum", "window.plane-alone"),
    cite=issue("FluxML/NNlib.jl#508"),
    trigger="an output of more than 1024 with a window of more than 16 (scaled): the last tile",
    show=once(ramp(1, 2, 36, 36), Pool.of(5, 1)),
)
class LargeOutputLargeWindow(Sound):
    """Above 1024 outputs and 16 taps (scaled from 2**23 and 6147) the last tile of 32 stays 0."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.size > OUTPUTS and values.shape[-1] > TAPS:
            y.reshape(-1)[-TILE:] = 0
        return y


@shelf.bug(
    "own-wide-rows-in-int16",
    *("shape.exact", "window.position"),
    trigger="40000 columns, kernel = stride = 2: the start of a late window wraps below 0",
    show=once(ramp(1, 1, 1, 40000), Pool.of((1, 2))),
)
class WideRowsInInt16(Sound):
    """The start of a window is computed in int16 and wraps above 32767."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        wrapped = [at.astype(np.int16).astype(np.int64) for at in windows.positions]
        pairs = zip(wrapped, windows.axes, strict=True)
        offsets = self._offsets([at % axis.n for at, axis in pairs], windows.axes)
        return replace(windows, offsets=self._repeat_first(offsets, windows.real))


@shelf.bug(
    "own-many-taps-cut-off",
    "value.maximum",
    trigger="a window of 300 taps whose last is the largest: the first 256 are read",
    show=once(lambda: np.arange(300, dtype=np.float32).reshape(1, 1, 15, 20), Pool.of((15, 20))),
)
class ManyTapsCutOff(Sound):
    """Only the first 256 taps of a window are read."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        cut = slice(None, CHANNELS)
        return replace(windows, real=windows.real[..., cut], offsets=windows.offsets[..., cut])


@shelf.bug(
    "own-batch-buffer-of-two",
    *("window.plane-alone", "value.maximum"),
    trigger="three batch items: the third repeats the second",
    show=once(ramp(3, 2, 2, 2), Pool.of(2)),
)
class BatchBufferOfTwo(Sound):
    """Batch items go through a buffer of two, and the second one serves all that follow."""

    def _result(self, trace: Trace) -> Array:
        if trace.x.ndim == trace.pool.rank + len("nc"):
            trace.y[2:] = trace.y[1:2]
        return super()._result(trace)
