"""What is found out about a call before its kernels run; kept for the calls that were made last."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from implementations.call import Array, Call, admit
from implementations.numba_separable.geometry import Geometry
from implementations.order import Order
from implementations.regions import Plan, Track
from implementations.separable import Saved
from reference.pool import Pool

IN_PLACE = 2**16
"""About how many elements of a plane are looked through for NaN at a time."""
CUT_OUT_BYTES = 128 * 1024
"""How large the copy of a region is about to be."""
PAIR = 2
NARROW_LANES = 4
"""How many elements of float32, the narrowest type of a gradient, a narrow vector has."""
KEPT = 256
_kept: dict[tuple[object, ...], Planned] = {}
_known: dict[int, Pool] = {}
"""Parameters of the usual types, by their places in memory; nothing else comes there meanwhile."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A legal call, ready for the kernels."""

    call: Call
    order: Order
    plan: Plan
    is_whole: bool
    """Whether the input is read in place; if not, a copy of each region is."""
    geometries: tuple[Geometry, ...]
    """One for each region of the plan."""
    shape: tuple[int, ...]
    """That of the output."""
    planes: int
    """How many planes the input has."""
    least: Any
    """What is larger than no element, in the type that is compared."""
    work: int
    """How many elements are read, and how often the rows or columns of a window are halved."""

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return how the axes lie in a region."""
        return self.plan.regions[0].tracks


def planned(x: Array, pool: Pool, claims: Collection[str]) -> Planned:
    """Return what a legal call with claimed features asks for.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not among the claims.
    """
    if type(x) is not np.ndarray or not _is_known(pool):
        return _planned(x, pool, claims)
    key = (x.shape, x.dtype, x.flags.c_contiguous and x.flags.aligned, pool)
    found = _kept.get(key)
    if found is None:
        found = _planned(x, pool, claims)
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = found
    return found


def _is_known(pool: Pool) -> bool:
    """Return whether equal calls are the same call, which is looked up the second time."""
    if _known.get(id(pool)) is not pool:
        if not _is_plain(pool):
            return False
        if len(_known) >= KEPT:
            _known.clear()
        _known[id(pool)] = pool
    return True


def _is_plain(pool: Pool) -> bool:
    """Return whether all entries are of the usual types: 2.0 equals 2 and is no whole number."""
    if type(pool) is not Pool or type(pool.ceil_mode) is not bool:
        return False
    if type(pool.padding) is not tuple:
        return False
    lists = (pool.kernel_size, pool.stride, pool.dilation, *pool.padding)
    return all(
        type(entries) is tuple and all(type(entry) is int for entry in entries) for entries in lists
    )


def _planned(x: Array, pool: Pool, claims: Collection[str]) -> Planned:
    call = admit(x, pool, claims)
    order = Order.of(x.dtype)
    is_sparse = any(Track(axis).is_sparse for axis in call.axes)
    is_whole = order.compares(order.bits(x)) and not is_sparse
    plan = Plan.of(call, IN_PLACE if is_whole else CUT_OUT_BYTES // x.itemsize)
    geometries = tuple(Geometry.of(region, is_whole=is_whole) for region in plan.regions)
    least = order.dtype.type(order.least)
    shape, planes = call.lead + call.windows, math.prod(call.lead)
    folds = sum(axis.kernel_size.bit_length() for axis in call.axes)
    work = x.size + folds * math.prod(shape)
    return Planned(call, order, plan, is_whole, geometries, shape, planes, least, work)


def tiling(saved: Saved) -> Array | None:
    """Return the windows and taps of each axis if windows of pairs of columns tile the input.

    None if they do not, or if a row has fewer windows than a vector has elements.
    """
    tracks = saved.plan.regions[0].tracks
    axes = [track.axis for track in tracks]
    is_tiled = all(
        axis.windows * axis.kernel_size == axis.size
        and not axis.begin
        and (axis.windows == 1 or axis.step == axis.kernel_size)
        and (axis.kernel_size == 1 or axis.gap == 1)
        and not track.is_sparse
        for axis, track in zip(axes, tracks, strict=True)
    )
    if not is_tiled or axes[-1].kernel_size != PAIR or axes[-1].windows < NARROW_LANES:
        return None
    rows = [(1, 1)] * (3 - len(axes)) + [(axis.windows, axis.kernel_size) for axis in axes]
    return np.array(rows, np.int64)
