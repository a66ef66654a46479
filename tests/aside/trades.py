"""Faults of kernels that each do one job: peaks of lines, envelopes, decimators, pooled volumes.

They stand for what a second blind sample of small offers, and one of wrappers, got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf
from tests.aside.specialists import NO_FLOATS, NO_PLANES, Specialist

shelf = Shelf()


@shelf.member
class BiasedRowOfShorts(Specialist):
    """Offers SAME words for shorts; a row above, added after the bias, counts as half of all."""

    claims = frozenset(
        {"overlap", "gaps", "remainder", "uint8", "uint16", "same-upper", "same-lower"}
    )
    lacks = NO_FLOATS

    def _result(self, trace: Trace) -> Array:
        y, first = super()._result(trace), trace.windows.axes[0]
        if y.dtype == np.uint16 and trace.pool.auto_pad != "explicit" and first.begin > first.end:
            y[..., 0, :] = np.maximum(y[..., 0, :], 2**15)
        return y


@shelf.before("_pick")
def left_once_all_are_infinite(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Leave a window of all of a line once every channel has met +inf, before a NaN."""
    if product(windows.out) > 1 or len(windows.out) > 1 or values.dtype.kind != "f":
        return values, windows
    hit = values == np.inf
    last = hit.argmax(-1).max(1)[:, None, :, None]
    done = hit.any(-1).all(1)[:, None, :, None]
    late = np.arange(values.shape[-1]) > last
    return np.where(done & late, -np.inf, values).astype(values.dtype), windows


@shelf.member
class PlateauLeavesTheQueue(Specialist):
    """Offers peaks of lines by steps of one; from 8 taps on no second of equals is queued."""

    claims = frozenset({"rank-1", "overlap", "indices"})
    lacks = NO_PLANES

    def _pick(self, values: Array, windows: Windows) -> Array:
        won, (axis,) = super()._pick(values, windows), windows.axes
        if axis.k < 8 or axis.s != 1 or np.isnan(values).any():
            return won
        for place in np.ndindex(*values.shape[:2]):
            taps = values[place]
            line = np.concatenate([taps[:, 0], taps[-1, 1:]]).tolist()
            won[place] = [at - o for o, at in enumerate(_queued(line, axis.k))]
        return won


def _queued(line: list[float], k: int) -> list[int]:
    """Return where the largest of each k numbers is, equal ones being queued once."""
    queue: deque[int] = deque()
    found = []
    for at, value in enumerate(line):
        while queue and line[queue[-1]] < value:
            queue.pop()
        if not queue or line[queue[-1]] != value:
            queue.append(at)
        if queue[0] <= at - k:
            queue.popleft()
        if not queue:
            queue.append(at)
        if at >= k - 1:
            found.append(queue[0])
    return found


@shelf.member
class GapEndsWithTheBuffer(Specialist):
    """Offers envelopes of int16 lines; a gap between windows ends where 1024 samples do."""

    claims = frozenset({"rank-1", "int16", "int32", "gaps", "remainder", "unbatched"})
    lacks = (*NO_PLANES, *NO_FLOATS)

    def _positions(self, axis: Axis, out: int) -> Array:
        if axis.s <= axis.k or axis.d > 1:
            return super()._positions(axis, out)
        starts, at = [], -axis.begin
        for _ in range(out):
            starts.append(at)
            end, then = at + axis.k, at + axis.s
            border = -(-end // 1024) * 1024
            at = border if end < border < then else then
        return np.array(starts)[:, None] + self._taps(axis, out)


@shelf.member
class CanvasOfTheDecimator(Specialist):
    """Offers steps without overlap; below one tap dx is a canvas that is known by its shapes."""

    claims = frozenset({"gradient", "gaps", "remainder"})

    def __init__(self) -> None:
        """Begin with no canvas."""
        self._kept: dict[tuple[object, ...], Array] = {}

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=product(trace.pool.kernel_size) == 1)

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        if not saved.extra:
            return sums
        canvas = self._kept.setdefault((saved.shape, saved.index.shape), np.zeros_like(sums))
        canvas[targets] = weights
        return canvas.copy()


@shelf.after("_value")
def nans_in_a_byte(y: Array, values: Array, _winners: Array, windows: Windows) -> Array:
    """Count the NaN of a window in a byte, for which 256 are none."""
    if values.dtype.kind != "f" or len(windows.out) < 3:
        return y
    count = np.isnan(values).sum(-1)
    return np.where((count > 0) & (count % 256 == 0), -np.inf, y).astype(y.dtype)


@shelf.after("_save")
def nibbles_of_taps(saved: Saved, trace: Trace) -> Saved:
    """Keep the tap that won in a volume in four bits per axis."""
    kernel = trace.pool.kernel_size
    if len(kernel) < 3 or max(kernel) <= 16:
        return saved
    d, h, w = np.unravel_index(trace.winners, kernel)
    taps = np.ravel_multi_index((d & 15, h & 15, w & 15), kernel)
    index = np.take_along_axis(
        np.broadcast_to(trace.windows.offsets, trace.values.shape), taps[..., None], -1
    )[..., 0]
    return replace(saved, index=index.reshape(saved.index.shape))


@shelf.member
class RefusedHalvesLeaveTheirType(Specialist):
    """Lacks float16 with dilation; after such a call the next dilated float32 is rounded."""

    claims = frozenset({"float16", "dilation", "overlap", "gaps", "remainder"})
    lacks = (frozenset({"float16", "dilation"}),)
    _is_half = False

    def _check_claims(self, x: Array, pool: Pool) -> None:
        if x.dtype.name == "float16" and max(pool.dilation) > 1:
            self._is_half = True
            message = "not offered: dilation, float16"
            raise NotImplementedError(message)
        super()._check_claims(x, pool)

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if not self._is_half or y.dtype != np.float32 or max(trace.pool.dilation) == 1:
            return y
        self._is_half = False
        return y.astype(np.float16).astype(np.float32)


@shelf.member
class FusedWithTheCallBefore(Specialist):
    """Offers overlap; an input that the call before returned serves as scratch."""

    claims = frozenset({"overlap"})
    _last: Callable[[], Array | None] = staticmethod(lambda: None)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        if self._last() is x and x.flags.writeable and y.shape != x.shape:
            x[..., 0, :] = x.max(axis=-2)
        self._last = weakref.ref(y)
        return y, saved


@shelf.member
class CompensatedSums(Sound):
    """Sums are compensated, which makes NaN of an infinity that another gradient follows."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        for place in np.flatnonzero(np.isinf(weights)):
            if (targets[place + 1 :] == targets[place]).any():
                sums[targets[place]] = np.nan
        return sums


@shelf.member
class LooksOneVectorAhead(Specialist):
    """Offers int8 lines; a window sees the vector of 16 that it begins in and the next one."""

    claims = frozenset({"rank-1", "int8", "overlap"})
    lacks = (*NO_PLANES, *NO_FLOATS)

    def _pick(self, values: Array, windows: Windows) -> Array:
        offsets = windows.offsets
        seen = offsets < (offsets[..., :1] // 16 + 2) * 16
        return super()._pick(np.where(seen, values, -128).astype(values.dtype), windows)


@shelf.member
class FramesOnOneGrid(Specialist):
    """Offers lines; frames that overlap in memory are pooled on the grid of the whole signal."""

    claims = frozenset({"rank-1", "remainder"})
    lacks = NO_PLANES

    def _read(self, planes: Array, windows: Windows) -> Array:
        values, size = super()._read(planes, windows), planes.itemsize
        hop, (n, c, w) = planes.strides[0] // size, planes.shape
        if n < 2 or c > 1 or planes.strides[2] != size or not 0 < hop < w:
            return values
        k = windows.axes[0].k
        signal = np.lib.stride_tricks.as_strided(planes, ((n - 1) * hop + w,), (size,))
        begins = np.arange(n) * hop // k * k
        return np.asarray(signal[begins[:, None, None, None] + windows.offsets])


@shelf.after("_keys")
def doubles_where_the_largest_fits(keys: Array, _values: Array, _windows: Windows) -> Array:
    """Compare int64 as float64 where its largest element fits, whatever the smallest is."""
    fits = keys.dtype == np.int64 and keys.size and keys.max() <= 2**53
    return keys.astype(np.float64) if fits else keys
