"""Bugs that show in the second call: caches, reused buffers, arrays that are shared."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from time import sleep
from typing import Any

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from conformance.zoo.trigger import (
    ASCENDING,
    DESCENDING,
    again,
    crowded,
    edited,
    full,
    once,
    ramp,
    rows,
)
from reference.pool import Pool

shelf = Shelf()

HANDOVER = 0.0005
"""Seconds between the copy into a shared buffer and its use."""


class Remembers(Sound):
    """Keeps something from call to call."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._kept: dict[Hashable, Any] = {}


@shelf.bug(
    "graph-cache-key-incomplete",
    *("pure.stateless", "window.position"),
    cite=pull("kulinseth/pytorch#273"),
    trigger="two calls that differ in their padding only",
    show=again(ASCENDING, ASCENDING, Pool.of(3, 1), Pool.of(3, 1, 1)),
)
class GraphCacheKeyIncomplete(Remembers):
    """Windows are cached by sizes, kernel and stride, without padding, dilation and ceil_mode."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        key = (tuple(spatial), pool.kernel_size, pool.stride)
        if key not in self._kept:
            self._kept[key] = super()._windows(spatial, pool)
        windows: Windows = self._kept[key]
        return windows


@shelf.bug(
    "program-cache-second-run",
    "pure.stateless",
    cite=issue("tenstorrent/tt-metal#31646"),
    trigger="two calls with other data of the same shape: the first result again",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class ProgramCacheSecondRun(Remembers):
    """A call of the same shape and parameters as an earlier one returns the earlier result."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        first_y, first = self._kept.setdefault((x.shape, x.dtype, pool), (y.copy(), saved))
        return first_y.copy(), first


@shelf.bug(
    "dx-not-zeroed",
    *("pure.stateless", "grad.repeatable"),
    cite=issue("pytorch/executorch#21686"),
    trigger="a second backward with the same shape: the sum of both",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class GradientNotZeroed(Remembers):
    """Backward adds into a buffer per shape that is never cleared."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        self._kept[saved.shape] = total = self._kept.get(saved.shape, 0) + sums
        return np.array(total)


@shelf.bug(
    "own-output-reused",
    "pure.results-kept",
    trigger="hold a result, pool other data of the same shape: the first result has changed",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class OutputReused(Remembers):
    """The output of one call is the buffer of the next call of the same shape."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        buffer: Array = self._kept.setdefault((y.shape, y.dtype), np.empty_like(y))
        buffer[...] = y
        return buffer


@shelf.bug(
    "own-gradient-reused",
    "pure.results-kept",
    trigger="hold an input gradient, go back again: the first one has changed",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class GradientReused(Remembers):
    """The input gradient of one call is the buffer of the next call of the same shape."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        buffer: Array = self._kept.setdefault((dx.shape, dx.dtype), np.empty_like(dx))
        buffer[...] = dx
        return buffer


@shelf.bug(
    "bwd-workspace-not-initialised",
    *("pure.saved", "grad.winner"),
    cite=issue("ROCm/MIOpen#838"),
    trigger="pool twice, then go back from the first call: it uses the winners of the second",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class WorkspaceOfLatestForward(Remembers):
    """Backward ignores what was saved and reads the workspace of the latest forward."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        self._kept[saved.shape] = saved.index
        return saved

    def _targets(self, saved: Saved) -> Array:
        latest = self._kept[saved.shape]
        fits = latest.shape == saved.index.shape
        return super()._targets(replace(saved, index=latest) if fits else saved)


@shelf.bug(
    "own-saved-overwritten",
    "pure.saved",
    trigger="pool twice with the same shape: the indices of the first call have changed",
    show=again(ASCENDING, DESCENDING, Pool.of(2)),
)
class SavedOverwritten(Remembers):
    """The saved indices are a buffer that the next forward of the same shape writes to."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        buffer: Array = self._kept.setdefault(saved.index.shape, np.empty_like(saved.index))
        buffer[...] = saved.index
        return replace(saved, index=buffer)


@shelf.bug(
    "second-backward-corrupts-indices",
    *("grad.repeatable", "pure.saved"),
    cite=pull("chainer/chainer#2062"),
    trigger="backward twice: the second one uses indices that the first one moved",
    show=again(ASCENDING, DESCENDING, Pool.of(3, 1)),
)
class SecondBackwardCorruptsIndices(Sound):
    """Backward moves the saved indices by the size of the window, in place."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=trace.values.shape[-1])

    def _targets(self, saved: Saved) -> Array:
        targets = super()._targets(saved)
        saved.index[...] = (saved.index + saved.extra) % saved.plane
        return targets


@shelf.bug(
    "own-saved-is-input",
    "pure.saved",
    trigger="change the input after forward: backward finds other winners",
    show=edited(ASCENDING, Pool.of(2)),
)
class SavedIsInput(Sound):
    """The input itself is saved, and its winners are found again when they are needed."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=(trace.x, trace.pool))

    def indices(self, saved: Saved) -> Array:
        return Sound().forward(*saved.extra)[1].index

    def backward(self, dy: Array, saved: Saved) -> Array:
        return super().backward(dy, replace(saved, index=self.indices(saved)))


@shelf.bug(
    "pooling-overwrites-input",
    "pure.input",
    cite=issue("deepakcrk/CNN_ForDummies#20"),
    trigger="any: the output stands in the upper left corner of the input",
    show=once(ASCENDING, Pool.of(2)),
)
class PoolingOverwritesInput(Sound):
    """The output is written over the upper left corner of the input."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        corner = tuple(slice(0, size) for size in y.shape)
        if trace.x.flags.writeable and trace.x[corner].shape == y.shape:
            trace.x[corner] = y
        return y


@shelf.bug(
    "own-mutates-nan",
    "pure.input",
    trigger="a NaN in the input: it is 0 afterwards",
    show=once(rows([[[[1, np.nan]]]]), Pool.of((1, 2))),
)
class MutatesNan(Sound):
    """NaN in the input is replaced by 0 in place after it was pooled."""

    def _result(self, trace: Trace) -> Array:
        x = trace.x
        if x.flags.writeable and x.dtype.kind == "f":
            x[np.isnan(x)] = 0
        return super()._result(trace)


@shelf.bug(
    "own-dy-consumed",
    "pure.input",
    trigger="any: the output gradient is 0 after backward",
    show=once(ASCENDING, Pool.of(2)),
)
class DyConsumed(Sound):
    """Backward clears the output gradient once it has been added."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        if dy.flags.writeable:
            dy[...] = 0
        return dx


@shelf.bug(
    "own-writes-before-refusing",
    "refusal.untouched",
    trigger="a padding above the limit: the input is negated when the call is refused",
    show=once(ASCENDING, Pool.of(2, 1, 2)),
)
class WritesBeforeRefusing(Sound):
    """The input is negated in place while it is pooled, also when that ends in a refusal."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or not x.flags.writeable:
            return super().forward(x, pool)
        original = x.copy()
        np.negative(x, out=x)
        result = super().forward(original, pool)
        np.negative(x, out=x)
        return result


@shelf.bug(
    "own-shared-scratch",
    "pure.threads",
    trigger="several threads pool at once: one reads what another has copied in",
    show=crowded(ramp(1, 1, 4, 4), Pool.of(2)),
)
class SharedScratch(Remembers):
    """The input is copied to a scratch buffer per shape, which threads share."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        key = (planes.shape, planes.dtype)
        scratch: Array = self._kept.setdefault(key, np.empty(planes.shape, planes.dtype))
        scratch[...] = planes
        sleep(HANDOVER)
        return scratch


@shelf.bug(
    "own-first-type-kept",
    *("pure.stateless", "result.type"),
    trigger="float64 first, then float32 of the same shape: float64 comes back",
    show=again(full(1, 1, 1, 2, 2, dtype=np.float64), full(1, 1, 1, 2, 2), Pool.of(2)),
)
class FirstTypeKept(Remembers):
    """The dtype of the output is cached by shape."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        first = self._kept.setdefault(y.shape, y.dtype)
        return y.astype(first)
