"""What goes wrong in a later call, in another order of calls, or in several threads."""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from time import sleep
from typing import Any

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.state import HANDOVER, Remembers
from conformance.zoo.trace import Array, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


class CachesWindows(Remembers):
    """Windows are cached by a part of what they depend on."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        raise NotImplementedError

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        key = self._key(spatial, pool)
        if key not in self._kept:
            self._kept[key] = super()._windows(spatial, pool)
        windows: Windows = self._kept[key]
        return windows


@shelf.member
class CacheForgetsDilation(CachesWindows):
    """The key of the cache lacks the dilation."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        return tuple(spatial), replace(pool, dilation=(1,) * pool.rank)


@shelf.member
class CacheForgetsCeilMode(CachesWindows):
    """The key of the cache lacks ceil_mode."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        return tuple(spatial), replace(pool, ceil_mode=False)


@shelf.member
class CacheForgetsEndPadding(CachesWindows):
    """The key of the cache lacks the end padding."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        begins = tuple((begin, 0) for begin, _ in pool.padding)
        return tuple(spatial), replace(pool, padding=begins)


@shelf.member
class CacheForgetsOrderOfAxes(CachesWindows):
    """The key of the cache holds the sizes in sorted order, and one number for the strides."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        strides = tuple(sorted(pool.stride))
        return tuple(spatial), replace(pool, stride=strides)


@shelf.member
class CacheForgetsSizesOfSameCount(CachesWindows):
    """The key of the cache holds the number of elements instead of the sizes."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        return product(spatial), pool


@shelf.member
class CacheForgetsStride(CachesWindows):
    """The key of the cache lacks the stride where there is padding."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        padded = any(max(pair) > 0 for pair in pool.padding)
        return tuple(spatial), replace(pool, stride=(1,) * pool.rank) if padded else pool


@shelf.member
class SameArraySameAnswer(Remembers):
    """An array that was pooled before is not pooled again, though it may have changed."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        result = super().forward(x, pool)
        first = self._kept.setdefault((id(x), x.shape, x.dtype, pool), (x, result))
        y, saved = first[1]
        return y.copy(), saved


@shelf.member
class SameAddressSameAnswer(Remembers):
    """Memory that was pooled before is not pooled again, though it may have changed."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        result = super().forward(x, pool)
        key = (x.ctypes.data, x.shape, x.strides, x.dtype, pool)
        y, saved = self._kept.setdefault(key, (x, result))[1]
        return y.copy(), saved


@shelf.member
class SameBeginSameAnswer(Remembers):
    """Inputs with the same first and last row are taken for the same input."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        result = super().forward(x, pool)
        ends = x[..., :1].tobytes() + x[..., -1:].tobytes()
        wide = x.shape[-1] > 2
        y, saved = self._kept.setdefault((ends, x.shape, x.dtype, pool), result) if wide else result
        return y.copy(), saved


@shelf.member
class WorkspaceOfTheFirstBatch(Remembers):
    """A workspace is as large as the first batch; what does not fit into it stays 0."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        key = (y.shape[1:], y.dtype, trace.pool)
        first = self._kept.setdefault(key, len(y))
        if trace.x.ndim == trace.pool.rank + 2:
            y[first:] = 0
        return y


@shelf.member
class WorkspaceOfTheLargerBatch(Remembers):
    """A smaller batch after a larger one gets the last items of the larger one."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        key = (y.shape[1:], y.dtype, trace.pool)
        kept = self._kept.get(key)
        if kept is not None and 0 < len(y) < len(kept):
            y = kept[-len(y) :].copy()
        elif kept is None or len(y) > len(kept):
            self._kept[key] = y.copy()
        return y


@shelf.member
class MaximumOfAllCalls(Remembers):
    """The running maximum starts at the result of the call before, where the shape is the same."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        key = (y.shape, y.dtype, trace.pool)
        kept = self._kept.get(key)
        self._kept[key] = y.copy()
        if kept is None or y.dtype.name == "bfloat16":
            return y
        return np.where(kept > y, kept, y)


@shelf.member
class ThirdCallRepeatsTheSecond(Remembers):
    """A queue of two results hands the second out again in the third call of a shape."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        kept = self._kept.setdefault((y.shape, y.dtype, trace.pool), [])
        kept.append(y.copy())
        return kept[1].copy() if len(kept) == 3 else y


@shelf.member
class ScratchOfTheFirstType(Remembers):
    """A scratch buffer per shape keeps the type of its first call, and rounds to it."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        if planes.dtype.kind != "f":
            return planes
        first = self._kept.setdefault(planes.shape, planes.dtype)
        return planes.astype(first).astype(planes.dtype)


@shelf.member
class GradientFoundByEqualOutput(Sound):
    """The output is saved as it was returned, and its place is looked up again in backward."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        return replace(saved, extra=trace.x.copy())

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        return y, replace(saved, extra=(y, y.copy()))

    def _weights(self, dy: Array, saved: Saved) -> Array:
        y, before = saved.extra
        same = (y == before) | (np.isnan(y.astype(np.float64)) & np.isnan(before.astype("f8")))
        return np.where(same.ravel(), super()._weights(dy, saved), 0)


@shelf.member
class BackwardPopsTheLatest(Remembers):
    """What forward works out is put on a pile, and backward takes the topmost of its shape."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        pile = self._kept.setdefault((saved.shape, saved.index.shape), [])
        pile.append(saved.index)
        return saved

    def _targets(self, saved: Saved) -> Array:
        pile = self._kept.get((saved.shape, saved.index.shape), [])
        return super()._targets(replace(saved, index=pile.pop()) if pile else saved)


@shelf.member
class ThirdBackwardIsEmpty(Sound):
    """What was saved serves two backward passes, and a third one finds nothing."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=[])

    def _weights(self, dy: Array, saved: Saved) -> Array:
        saved.extra.append(None)
        weights = super()._weights(dy, saved)
        return weights if len(saved.extra) < 3 else weights * 0


@shelf.member
class SecondBackwardOfOtherGradientRepeatsFirst(Sound):
    """Backward keeps its result in what was saved, whatever gradient comes next."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=[])

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        saved.extra.append(dx)
        first: Array = saved.extra[0].copy()
        return first


@shelf.member
class IndicesAfterBackwardAreFlat(Sound):
    """Backward turns the saved indices into those of the whole tensor, in place."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=[])

    def _targets(self, saved: Saved) -> Array:
        if not saved.extra:
            saved.extra.append(super()._targets(saved))
            saved.index[...] = saved.extra[0].reshape(saved.index.shape)
        targets: Array = saved.extra[0]
        return targets


@shelf.member
class RefusalLeavesItsMark(Remembers):
    """After a call was refused, the next one is pooled without its padding."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        try:
            result = super().forward(x, pool)
        except (ValueError, TypeError):
            self._kept["mark"] = True
            raise
        if self._kept.pop("mark", False):
            y = result[0]
            y[...] = y.reshape(-1)[:1].reshape((1,) * y.ndim) if y.size else y
        return result


@shelf.member
class ParametersInAGlobal(Remembers):
    """The stride lies in a variable that all threads share."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> Any:  # noqa: ANN401 - what the step returns
        self._kept["pool"] = pool
        sleep(HANDOVER)
        latest = self._kept["pool"]
        return super()._axes(spatial, latest if latest.rank == pool.rank else pool)


@shelf.member
class GradientScratchShared(Remembers):
    """Backward adds up in a buffer per shape, which threads share."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        buffer: Array = self._kept.setdefault(saved.shape, np.empty_like(sums))
        buffer[...] = sums
        sleep(HANDOVER)
        return buffer.copy()


@shelf.member
class OutputScratchSharedBetweenShapes(Remembers):
    """Outputs of all shapes are assembled in one buffer, which threads share."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if y.dtype != np.float32:
            return y
        buffer: Array = self._kept.setdefault("buffer", np.empty(1 << 12, np.float32))
        if y.size > buffer.size:
            return y
        buffer[: y.size] = y.ravel()
        sleep(HANDOVER)
        return buffer[: y.size].reshape(y.shape).copy()


@shelf.member
class WorkspaceGrowsAndKeepsItsRest(Remembers):
    """The gradient of a smaller input after a larger one keeps what the larger left behind."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        kept = self._kept.get("sums")
        self._kept["sums"] = sums.copy()
        if kept is None or not 0 < sums.size < kept.size:
            return sums
        return np.where(sums == 0, kept[: sums.size], sums)
