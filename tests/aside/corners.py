"""Faults in a corner: two parameters together, a key that lacks one, a part of a number.

They stand for what a blind sample by readers of the contract alone got past the checks.
"""

# ruff: noqa: ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from conformance.zoo.features import FEATURES, needed
from conformance.zoo.sound import Sound
from conformance.zoo.specials import without_nan
from conformance.zoo.state import Remembers
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.later_calls import CachesWindows
from tests.aside.shelf import Shelf

shelf = Shelf()

BLOCK = 1024
LONG = 8
MANY = 65536
STRIP = 8


@shelf.after("_positions")
def edge_repeated_below_long_kernels(at: Array, axis: Axis, out: int) -> Array:
    """From 8 taps on with stride 1 the edge is repeated into the padding; only gaps show it."""
    return at.clip(0, axis.n - 1) if axis.k >= LONG and axis.s == 1 else at


@shelf.member
class LaterNanLostBetweenBlocks(Sound):
    """A window of more than 1024 taps is reduced in blocks, merged by > that no NaN passes."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        if values.shape[-1] <= BLOCK or product(windows.out) > 1:
            return super()._pick(values, windows)
        keys = self._keys(values, windows)
        best = keys[..., :BLOCK].argmax(-1)
        for begin in range(BLOCK, values.shape[-1], BLOCK):
            other = begin + keys[..., begin : begin + BLOCK].argmax(-1)
            held = np.take_along_axis(keys, best[..., None], -1)[..., 0]
            found = np.take_along_axis(keys, other[..., None], -1)[..., 0]
            best = np.where(found > held, other, best)
        return np.asarray(best)


@shelf.member
class RemainderOfTheLastGradient(Remembers):
    """Tiling windows overwrite a gradient kept per shape, but not what none of them reads."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=trace.windows)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx, windows = super()._gradient(sums, saved), saved.extra
        if any(a.s != a.k or a.d > 1 or a.begin + a.end for a in windows.axes) or dx.size > MANY:
            return dx
        kept: Array = self._kept.setdefault((dx.shape, dx.dtype), np.zeros_like(dx))
        tiled = [slice(size * a.k) for size, a in zip(windows.out, windows.axes, strict=True)]
        read: Any = (..., *tiled)
        kept[read] = dx[read]
        return kept.copy()


@shelf.member
class LowWordIsSigned(Sound):
    """float64 is compared by its high word and then by its low one, as a signed number."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        if values.dtype != np.float64:
            return super()._keys(values, windows)
        bits = values.view(np.int64)
        ordered = np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits) ^ np.int64(2**31)
        ordered = np.where(values == 0, np.int64(2**31), ordered)
        return np.where(np.isnan(values), np.iinfo(np.int64).max, ordered)


@shelf.member
class HalvesOfChannelsSkipNan(Sound):
    """float16 in channels-last memory goes by pairs of channels, whose maximum skips NaN."""

    _paired = False

    def _planes(self, x: Array, pool: Pool) -> Array:
        last = x.ndim == pool.rank + 2 and x.shape[1] > 1 and x.strides[1] == x.itemsize
        self._paired = last and x.dtype == np.float16 and x.shape[1] % 2 == 0
        return super()._planes(x, pool)

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return without_nan(keys) if self._paired else keys


@shelf.after("_positions")
def last_strip_forgets_padding(at: Array, axis: Axis, out: int) -> Array:
    """The last strip of 8 windows is moved back to end in time, and forgets the padding there."""
    if axis.pitch > 1 or axis.s < 3 or out <= STRIP or out % STRIP == 0:
        return at
    moved = at.copy()
    moved[-STRIP:] += axis.begin
    inside = ((moved >= 0) & (moved < axis.n)).any(axis=1, keepdims=True)
    return np.where(inside, moved, at)


@shelf.after("_pick")
def taps_past_sixteen_bits_unread(winners: Array, values: Array, windows: Windows) -> Array:
    """The number of taps is kept in 16 bits, and what is left of it is read."""
    taps = values.shape[-1]
    if taps < MANY or values.size > 64 * MANY:
        return winners
    return np.asarray(values[..., : max(1, taps % MANY)].argmax(-1))


@shelf.after("_planes")
def batch_of_channels_last_is_dense(planes: Array, x: Array, pool: Pool) -> Array:
    """Channels-last memory is recognised within an item, and the next one taken to follow it."""
    if x.ndim != 4 or pool.rank != 2 or not x.dtype.isnative:
        return planes
    _, c, h, w = x.shape
    dense = tuple(x.itemsize * part for part in (h * w * c, 1, w * c, c))
    if c == 1 or x.strides[1:] != dense[1:] or x.strides[0] <= dense[0]:
        return planes
    return np.lib.stride_tricks.as_strided(x, x.shape, dense)


@shelf.before("_planes")
def bytes_of_views_not_swapped(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Bytes in the other order are swapped where they lie in a row, and else read as they are."""
    if x.dtype.isnative or x.flags.c_contiguous:
        return x, pool
    return x.copy("C").view(x.dtype.newbyteorder("=")), pool


@shelf.member
class RuleOfTheLastWindowNeedsARest(Sound):
    """A window past the end is dropped only where rounding up has added one."""

    def _size(self, axis: Axis) -> int:
        room = axis.n + axis.begin + axis.end - axis.extent
        return super()._size(axis) if room % axis.s else room // axis.s + 1


@shelf.member
class LimitOfEqualPaddingAlone(Sound):
    """The limit of padding is looked at only if all paddings are as large before as after."""

    def _check_padding_limit(self, pool: Pool) -> None:
        if all(begin == end for begin, end in pool.padding):
            super()._check_padding_limit(pool)


@shelf.member
class UnequalPaddingCancels(Sound):
    """Asymmetric padding is not claimed, and is recognised by its sums over all axes."""

    claims = FEATURES - {"asymmetric-padding", "same-upper", "same-lower"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        sums = [sum(pads) for pads in zip(*pool.padding, strict=True)]
        if needed(x, pool, self._axes(x.shape[-pool.rank :], pool)) - self.claims:
            if sums[0] == sums[1] and "asymmetric-padding" not in self.claims:
                return
            super()._check_claims(x, pool)


@shelf.member
class RoundsUpToTheSame(Sound):
    """ceil_mode is not claimed, and answered wherever as many windows come of rounding down."""

    claims = FEATURES - {"ceil"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        axes = self._axes(x.shape[-pool.rank :], pool)
        alike = all(self._size(a) == self._size(replace(a, ceil=False)) for a in axes)
        super()._check_claims(x, replace(pool, ceil_mode=False) if alike else pool)


@shelf.member
class SlicesAreNotCopied(Sound):
    """A kernel of one tap is a slice, made contiguous, which is no copy if it is so already."""

    def _result(self, trace: Trace) -> Array:
        if any(a.k > 1 or a.begin + a.end for a in trace.windows.axes) or not trace.pool.stride:
            return super()._result(trace)
        steps: Any = (..., *(slice(None, None, axis.s) for axis in trace.windows.axes))
        whole = trace.x[steps].astype(trace.planes.dtype, copy=False)
        return np.ascontiguousarray(whole)


@shelf.member
class LargeInputsAreKept(Sound):
    """Inputs of 65536 elements and more are kept as they are, to find the winners again later."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        return replace(saved, extra=(trace.x, trace.pool)) if trace.x.size >= MANY else saved

    def indices(self, saved: Saved) -> Array:
        return super().indices(self._found_again(saved))

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(self._found_again(saved))

    def _found_again(self, saved: Saved) -> Saved:
        return saved if saved.extra is None else Sound().forward(*saved.extra)[1]


@shelf.member
class PlanWithoutTheEnd(Remembers):
    """The windows of the last call are used again if all but the padding at the end is equal."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        axes = self._axes(spatial, pool)
        key = tuple(replace(axis, end=0) for axis in axes)
        kept: tuple[Any, Any] = self._kept.get("last", (None, None))
        windows: Windows = kept[1] if kept[0] == key else super()._windows(spatial, pool)
        self._kept["last"] = key, windows
        return windows


@shelf.member
class PlansByDigits(CachesWindows):
    """Windows are kept by all numbers of a call, written in a row without anything between."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> str:
        axes = self._axes(spatial, pool)
        numbers = [n for a in axes for n in (a.n, a.k, a.s, a.begin, a.end, a.d, int(a.ceil))]
        return "".join(map(str, numbers))


@shelf.member
class AdmittedByItsNumbers(Remembers):
    """A call is not checked again if one of the same numbers was, be it by a SAME word."""

    def _check_padding_limit(self, pool: Pool) -> None:
        numbers = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        if numbers not in self._kept:
            super()._check_padding_limit(pool)
        self._kept[numbers] = True


@shelf.member
class RuleOfAnyPaddedAxis(Sound):
    """Declares that a padded axis drops a window past the end; drops it on the others as well."""

    dialect = MappingProxyType({"ceil": "start-rule-if-padded"})

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        self._padded = any(map(any, pool.padding))
        return super()._axes(spatial, pool)

    def _size(self, axis: Axis) -> int:
        room = axis.n + axis.begin + axis.end - axis.extent
        return super()._size(axis) if self._padded or not axis.ceil else -(-room // axis.s) + 1
