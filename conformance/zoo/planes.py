"""Bugs that mix, lose or misplace batch items and channels."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from conformance.zoo.trigger import full, once, ramp
from reference.pool import Pool

shelf = Shelf()

CHUNK = 8
LANES = 16
GRID = 64


@shelf.bug(
    "own-last-chunk-dropped",
    "window.plane-alone",
    trigger="9 planes: the ninth is 0",
    show=once(ramp(3, 3, 2, 2), Pool.of(2)),
)
class LastChunkDropped(Sound):
    """Planes are pooled in chunks of 8, and an incomplete last chunk stays 0."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        planes = y.shape[: -trace.pool.rank]
        count = int(np.prod(planes))
        if count > CHUNK:
            y.reshape(count, *trace.windows.out)[count - count % CHUNK :] = 0
        return y


@shelf.bug(
    "own-channel-tail-repeats-lane",
    "window.plane-alone",
    trigger="17 channels: the last one repeats the first",
    show=once(ramp(1, 17, 2, 2), Pool.of(2)),
)
class ChannelTailRepeatsLane(Sound):
    """Channels are pooled 16 at a time, and those left over read from the first 16."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        values = super()._read(planes, windows)
        channels = planes.shape[1]
        tail = channels % LANES if channels > LANES else 0
        lanes = np.arange(channels)
        lanes[channels - tail :] -= channels - tail
        return values[:, lanes]


@shelf.bug(
    "own-batch-shares-first-winner",
    *("window.plane-alone", "index.plane"),
    trigger="two batch items whose maxima stand at different places",
    show=once(ramp(2, 1, 2, 2), Pool.of(2)),
)
class BatchSharesFirstWinner(Sound):
    """The winners of the first batch item are used for all of them."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        if len(winners):
            winners[:] = winners[:1]
        return winners


@shelf.bug(
    "own-padding-reads-next-plane",
    *("window.plane-alone", "pad.never-wins"),
    trigger="two planes with padding at the bottom: the window runs on into the second",
    show=once(lambda: np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2), Pool.of(2, 2, 1)),
)
class PaddingReadsNextPlane(Sound):
    """The last tap of a window that hangs over the last row reads the next plane."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        values = super()._read(planes, windows)
        items, channels = planes.shape[:2]
        count = items * channels
        if not count:
            return values
        first = planes.reshape(count, -1)[1:, 0]
        past = windows.positions[0][:, -1] >= windows.axes[0].n
        last_taps = values.reshape(count, *values.shape[2:])[..., -1]
        last_taps[:-1, past] = first.reshape(-1, *(1,) * (last_taps.ndim - 1))
        return values


@shelf.bug(
    "plane-offset-int32-overflow",
    *("window.plane-alone", "value.maximum"),
    cite=issue("pytorch/pytorch#68418"),
    trigger="40 planes of 32x32: the offset of the last ones does not fit (scaled from int32)",
    show=once(ramp(1, 40, 32, 32, dtype=np.int32), Pool.of(32)),
)
class PlaneOffsetOverflow(Sound):
    """The offset of a plane is computed in int16 (scaled from int32) and wraps round."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        items, channels, *spatial = planes.shape
        size = int(np.prod(spatial))
        if not planes.size:
            return super()._read(planes, windows)
        starts = (np.arange(items * channels) * size).astype(np.int16).astype(np.int64)
        at = starts.reshape(items, channels, *(1,) * windows.offsets.ndim) + windows.offsets
        return np.take(planes.ravel(), at % planes.size)


@shelf.bug(
    "pointer-shift-accumulates",
    *("grad.winner", "window.plane-alone"),
    cite=issue("pytorch/pytorch#38764"),
    trigger="65 planes: backward of the last one reads another output gradient (scaled)",
    show=once(ramp(1, 65, 2, 2), Pool.of(1)),
)
class PointerShiftAccumulates(Sound):
    """From plane 64 on (scaled from 65536) backward shifts its pointer into dy once too often."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        weights = super()._weights(dy, saved)
        count = int(np.prod(saved.shape[: -saved.rank]))
        if count <= GRID:
            return weights
        planes = np.arange(count)
        shifted = (planes + planes // GRID) % count
        shifted_weights: Array = weights.reshape(count, -1)[shifted].ravel()
        return shifted_weights


@shelf.bug(
    "own-batch-and-channel-swapped",
    "shape.planes",
    trigger="shape (2, 3, 2, 2): the output is (3, 2, 1, 1)",
    show=once(ramp(2, 3, 2, 2), Pool.of(2)),
)
class BatchAndChannelSwapped(Sound):
    """The batch and channel sizes of the output stand in reverse order."""

    def _unbatched(self, per_plane: Array, trace: Trace) -> Array:
        batched = trace.x.ndim == per_plane.ndim
        given = super()._unbatched(per_plane, trace)
        return np.ascontiguousarray(given.swapaxes(0, 1)) if batched else given


@shelf.bug(
    "own-axes-of-one-squeezed",
    *("shape.planes", "shape.floor"),
    trigger="one batch item of one channel: both axes are missing",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class AxesOfOneSqueezed(Sound):
    """Axes of size 1 are squeezed out of the output."""

    def _result(self, trace: Trace) -> Array:
        return super()._result(trace).squeeze()


@shelf.bug(
    "own-empty-batch-refused",
    "batch.empty",
    trigger="shape (0, 2, 4, 4)",
    show=once(full(0, 0, 2, 4, 4), Pool.of(2)),
)
class EmptyBatchRefused(Sound):
    """A batch of size 0 is taken for a mistake."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        super()._check_elements(x, pool)
        if not x.size:
            message = f"x needs elements, but got shape {x.shape}"
            raise ValueError(message)


@shelf.bug(
    "own-empty-batch-without-windows",
    *("batch.empty", "shape.planes"),
    trigger="shape (0, 2, 4, 4): the output is (0,)",
    show=once(full(0, 0, 2, 4, 4), Pool.of(2)),
)
class EmptyBatchWithoutWindows(Sound):
    """An empty input is answered at once with an array of shape (0,)."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        return y if y.size else y.reshape(0)


@shelf.bug(
    "empty-batch-backward-reshape",
    "batch.empty",
    cite=issue("pytorch/pytorch#64306"),
    trigger="shape (0, 2, 4, 4): forward is right, backward raises",
    show=once(full(0, 0, 2, 4, 4), Pool.of(2)),
)
class EmptyBatchBackwardReshape(Sound):
    """Backward reshapes dy with an unknown size, which is ambiguous when it is empty."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return super()._weights(dy.reshape(len(dy), -1), saved)


@shelf.bug(
    "own-unbatched-keeps-batch-axis",
    "rank.unbatched",
    trigger="shape (2, 4, 4): the output is (1, 2, 2, 2)",
    show=once(ramp(2, 4, 4), Pool.of(2)),
)
class UnbatchedKeepsBatchAxis(Sound):
    """The batch axis that is added to an unbatched input is left in the output."""

    def _result(self, trace: Trace) -> Array:
        return trace.y


@shelf.bug(
    "own-unbatched-gradient-of-first-channel",
    *("rank.unbatched", "grad.winner"),
    trigger="shape (2, 4, 4): the gradient of the second channel lands in the first",
    show=once(ramp(2, 4, 4), Pool.of(2)),
)
class UnbatchedGradientOfFirstChannel(Sound):
    """Backward of an unbatched input takes its channels for batch items of one channel."""

    def _targets(self, saved: Saved) -> Array:
        targets = super()._targets(saved)
        unbatched = len(saved.shape) == saved.rank + 1
        return targets % saved.plane if unbatched else targets


@shelf.bug(
    "index-extra-batch-dim",
    *("index.form", "rank.unbatched"),
    cite=issue("pytorch/pytorch#38986"),
    trigger="shape (2, 4, 4): indices have shape (1, 2, 2, 2)",
    show=once(ramp(2, 4, 4), Pool.of(2)),
)
class IndexExtraBatchDim(Sound):
    """Indices of an unbatched input keep a batch axis of 1."""

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        return index[None] if len(saved.shape) == saved.rank + 1 else index


@shelf.bug(
    "nan-depends-on-simd-lane",
    *("nan.anywhere", "nan.propagates"),
    cite=issue("tensorflow/tensorflow#125965"),
    trigger="3 equal channels with a NaN: the third drops it",
    show=once(lambda: np.array([[[[np.nan, 3]]] * 3], np.float64), Pool.of((1, 2))),
)
class NanDependsOnSimdLane(Sound):
    """Pairs of channels propagate NaN, and a channel that is left over drops it."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        if keys.dtype.kind != "f" or keys.shape[1] % 2 == 0:
            return keys
        dropped = np.where(np.isnan(keys[:, -1:]), -np.inf, keys[:, -1:])
        return np.concatenate([keys[:, :-1], dropped.astype(keys.dtype)], axis=1)


@shelf.bug(
    "own-maximum-over-channels",
    *("shape.planes", "window.plane-alone"),
    trigger="two channels: one comes out, their maximum",
    show=once(ramp(1, 2, 2, 2), Pool.of(2)),
)
class MaximumOverChannels(Sound):
    """The maximum is taken over the channels too."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        return super()._read(planes.max(axis=1, keepdims=True), windows)

    def _save(self, trace: Trace) -> Saved:
        index = np.repeat(trace.index, trace.planes.shape[1], axis=1)
        return super()._save(replace(trace, index=index))
