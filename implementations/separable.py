"""Max pooling by shifts: one axis after the other, in regions that stay in the cache.

The maximum of a window is the maximum over its rows of the maxima of each row, so every axis can
be pooled alone. An axis of k taps takes about log2(k) steps, as

    maxima of a + b taps = maximum(maxima of a taps, maxima of b taps that start a later)

gives the maxima of 2, 4, 8... taps, and of any number, since the two may overlap. In memory, one
position further along an axis is a fixed distance. A step is therefore one shift of a whole
region, and NumPy works on one long array. Where a row ends it compares elements that have
nothing to do with each other; no window is there. Windows are picked by stride at the very end.

The winner goes along as the number of its tap: one byte, up to 256 taps. Innermost axis first,
the earlier of the two always has the lower number, and the later one replaces it only if it is
larger: so the first of equal elements wins. Padding stands in a region as the least value of the
type. It can tie only where a window holds nothing else, and there the first real tap wins.

Time grows with the size of the input and the logarithm of kernel_size; a plane that is a single
window is looked through once instead, by NumPy's arg-max. Memory: the output, one number per
window, and about 0.6 MiB whatever the size of the batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from implementations.call import CLAIMED_TYPES, Array, Call, admit, refuse_gradient
from implementations.order import Order
from implementations.regions import Plan, Region, Shift
from reference.pool import Pool

claims = (
    *("gradient", "indices"),
    *("overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation", "ceil"),
    *("rank-1", "rank-3", "unbatched", "same-upper", "same-lower"),
    *CLAIMED_TYPES,
)

WORK_BYTES = 640 * 1024
"""What the maxima and winners of a region take: they lie in a second-level cache together."""

SHORT = 64
"""Up to how many elements shifts are quicker than NumPy's maximum of a row."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need of a forward pass."""

    call: Call
    dtype: np.dtype[Any]
    """The dtype of the input."""
    plan: Plan
    taps: Array
    """Unsigned, the shape of the output: the row-major number of the winner in its window."""


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima of all windows of x, and what backward and indices need.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    call = admit(x, pool, claims)
    plan = Plan.of(call, elements(x))
    taps = np.empty(call.lead + call.windows, np.min_scalar_type(plan.taps - 1))
    return maxima(x, call, plan, taps), Saved(call, x.dtype, plan, taps)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of the input: each element of dy is added to the winner of its window.

    dy has the shape of the output and a float dtype. Sums are made in float32 or, if x or dy
    are float64, in float64, and rounded once to the dtype of the input. Where no windows
    overlap there is nothing to sum.

    Raises:
        TypeError: the input was not of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    call, plan, dtype = saved.call, saved.plan, np.dtype(saved.dtype.type)
    refuse_gradient(dy, saved.taps.shape, dtype)
    dx = np.zeros(call.lead + call.plane, dtype)
    wide = np.dtype(np.result_type(dy.dtype, dtype, np.float32).type)
    dys, taps, dxs = (in_planes(array, dy, call) for array in (dy, saved.taps, dx))
    overlaps = any(track.overlaps for track in plan.regions[0].tracks)
    located = Located.of(plan, math.prod(call.plane))
    with np.errstate(all="ignore"):
        for block in _blocks(dys, located.planes):
            sums = dxs[block] if wide == dtype else np.zeros(dxs[block].shape, wide)
            for region in plan.regions:
                part = _part(block, region)
                winners = located.offsets(taps[part], region).reshape(-1)
                given = dys[part].astype(wide, copy=False).reshape(-1)
                if overlaps:
                    np.add.at(sums.reshape(-1), winners, given)
                else:
                    sums.reshape(-1)[winners] = given
            if wide != dtype:
                dxs[block] = sums
    return dx


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its input plane: int64, the shape of the output."""
    offsets = np.empty(saved.taps.shape, np.int64)
    taps, found = (in_planes(array, saved.taps, saved.call) for array in (saved.taps, offsets))
    located = Located.of(saved.plan, 0)
    for block in _blocks(taps, located.planes):
        for region in saved.plan.regions:
            part = _part(block, region)
            found[part] = located.offsets(taps[part], region)
    return offsets


def elements(x: Array) -> int:
    """Return how many elements of x a region has: maxima and, a byte each, winners stand twice."""
    return WORK_BYTES // (2 * (x.itemsize + 1))


def maxima(x: Array, call: Call, plan: Plan, taps: Array | None = None) -> Array:
    """Return the maxima of a legal call; write the tap that won each window to taps, if given."""
    y = np.empty(call.lead + call.windows, x.dtype.type)
    order = Order.of(x.dtype)
    xs, ys = (in_planes(order.bits(array), x, call) for array in (x, y))
    won = None if taps is None else in_planes(taps, x, call)
    scratch = Scratch.of(plan, order, taps)
    with np.errstate(invalid="ignore"):  # NaN is compared
        for block in _blocks(xs, plan.planes):
            for region in plan.regions:
                part = _part(block, region)
                pooled, winners = scratch.pool(scratch.read(xs[block], region), region)
                found = ys[part]
                found[...] = pooled
                if won is not None and winners is not None:
                    won[part] = winners
                    if region.is_padded and (nothing_larger := found == order.least).any():
                        np.copyto(won[part], region.first_real, "unsafe", where=nothing_larger)
                order.decode(found)
    return y


@dataclass(frozen=True, slots=True)
class Scratch:
    """The work space of a call: two arrays for maxima and two for winners, used in turns."""

    plan: Plan
    order: Order
    values: list[Array]
    taps: list[Array]
    """Empty where nobody asks who won."""

    @classmethod
    def of(cls, plan: Plan, order: Order, taps: Array | None) -> Scratch:
        """Return work space that is large enough for any region of a plan."""
        values = [np.empty(plan.elements, order.dtype) for _ in range(2)]
        if taps is None:
            return cls(plan, order, values, [])
        return cls(plan, order, values, [np.zeros(plan.elements, taps.dtype) for _ in range(2)])

    def read(self, x: Array, region: Region) -> Array:
        """Return what a region of the planes of x holds, padding included, (planes, *positions).

        It is x itself where that is one piece of memory in the type that is compared.
        """
        for axis, source in enumerate(region.source, 1):
            x = x[(slice(None),) * axis + (source,)]
        if not region.is_padded and self.order.compares(x):
            return x
        found = self.values[0][: len(x) * math.prod(region.shape)].reshape(-1, *region.shape)
        if region.is_padded:
            found[...] = self.order.least
        inside = found[(slice(None), *region.inside)]
        inside[...] = x
        self.order.encode(inside)
        return found

    def pool(self, read: Array, region: Region) -> tuple[Array, Array | None]:
        """Return the maximum and the winning tap of each window, (planes, *windows).

        Until they are picked they have the shape of what was read, a window at each element.
        """
        if self.plan.is_whole and (self.taps or self.plan.taps > SHORT):
            return _whole(read, asked=bool(self.taps))
        picked = (slice(None), *region.picked)
        values, taps, size = read.reshape(-1), None, read.size
        has_nan = bool(self.taps) and self.order.has_nan(values)
        for number, shift in enumerate(region.shifts, 1):
            turn = number % 2
            size -= shift.distance
            earlier, later = values[:size], values[shift.distance :][:size]
            if self.taps:
                wins = self.order.later_wins(earlier, later, has_nan=has_nan)
                taps = _follow(taps, wins, shift, self.taps[turn])
            values = self.values[turn]
            np.maximum(earlier, later, out=values[:size])
        pooled = values[: read.size].reshape(read.shape)[picked]
        if not self.taps:
            return pooled, None
        taps = self.taps[0] if taps is None else taps
        return pooled, taps[: read.size].reshape(read.shape)[picked]


def _whole(read: Array, *, asked: bool) -> tuple[Array, Array | None]:
    """Return the maximum of each plane and, if asked, where it is first; or its first NaN.

    Where a plane is a single window, looking once at each element is quicker than shifts.
    """
    planes = read.reshape(len(read), -1)
    each = (len(read), *(1 for _ in read.shape[1:]))
    if not asked:
        return planes.max(axis=1).reshape(each), None
    winners = planes.argmax(axis=1, keepdims=True)
    return np.take_along_axis(planes, winners, axis=1).reshape(each), winners.reshape(each)


def _follow(taps: Array | None, later_wins: Array, shift: Shift, out: Array) -> Array:
    """Return out, where the number of the later tap stands where that wins, or the earlier's.

    Where taps is None all are 0. A later tap that wins is none of the earlier ones, so that its
    number is the larger of the two.
    """
    found, number = out[: later_wins.size], out.dtype.type(shift.number)
    wins = later_wins.view(np.uint8)
    if taps is None:
        np.multiply(wins, number, out=found)
        return out
    np.add(taps[shift.distance :][: later_wins.size], number, out=found)
    found *= wins
    np.maximum(found, taps[: later_wins.size], out=found)
    return out


@dataclass(frozen=True, slots=True)
class Located:
    """Where windows stand in the planes of a block; that of the first region is kept."""

    plan: Plan
    planes: int
    """How many planes a block has."""
    between_planes: int
    """How many elements after the one before each of them begins."""
    starts: Array
    """The offset of the first tap of each window of the first region, int64."""

    @classmethod
    def of(cls, plan: Plan, between_planes: int) -> Located:
        """Return it for blocks whose offsets take no more memory than regions do."""
        first = plan.regions[0]
        starts = plan.starts(first, 1, between_planes)
        planes = max(1, WORK_BYTES // (2 * max(starts.nbytes, 1)))
        return cls(plan, planes, between_planes, plan.starts(first, planes, between_planes))

    def offsets(self, taps: Array, region: Region) -> Array:
        """Return the offset in the input of one tap of each window of a region, int64."""
        if region is self.plan.regions[0]:
            return self.plan.offsets(taps, self.starts)
        starts = self.plan.starts(region, self.planes, self.between_planes)
        return self.plan.offsets(taps, starts)


def in_planes(array: Array, like: Array, call: Call) -> Array:
    """Return a view of shape (batch, planes, *spatial), the batch in one where `like` is dense."""
    batch = 1 if like.flags.c_contiguous else math.prod(call.lead[:-1])
    spatial = array.shape[len(call.lead) :]
    return array.reshape(batch, math.prod(call.lead) // max(batch, 1), *spatial)


def _blocks(planes: Array, count: int) -> Iterator[tuple[int, slice]]:
    """Return a batch item and some of its planes, again and again until there are no more."""
    for item in range(planes.shape[0]):
        for first in range(0, planes.shape[1], count):
            yield item, slice(first, first + count)


def _part(block: tuple[int, slice], region: Region) -> tuple[int | slice, ...]:
    """Return where the windows of a region of these planes stand in the output."""
    return *block, *region.windows
