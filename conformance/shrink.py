"""Makes a failing case smaller while it goes on failing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from conformance.cases.case import Array, Case
from conformance.cases.words import resolved
from conformance.nonconformance import NonconformanceError
from reference.pool import SAME_WORDS, Pool

Entry = TypeVar("Entry")
StillFails = Callable[[Case], NonconformanceError | None]
SECONDS = 0.5


def smaller(
    case: Case, error: NonconformanceError, still_fails: StillFails, seed: int
) -> tuple[Case, NonconformanceError]:
    """Return the smallest failing case found, with its failure.

    Sizes shrink first (planes, then extents), then parameters, then values.
    """
    deadline = time.monotonic() + SECONDS
    x, pool = case.x(seed), case.pool
    shrunk = True
    while shrunk:
        shrunk = False
        for candidate_x, candidate_pool in _candidates(x, pool, error):
            if time.monotonic() > deadline:
                return case, error
            called = candidate_pool
            if called.auto_pad in SAME_WORDS:
                called = resolved(called, candidate_x.shape[-called.rank :])
            candidate = case.of(candidate_x, called)
            failure = still_fails(candidate)
            if failure is not None:
                x, pool, case, error = candidate_x, candidate_pool, candidate, failure
                shrunk = True
                break
    return case, error


def _candidates(x: Array, pool: Pool, error: NonconformanceError) -> Iterator[tuple[Array, Pool]]:
    leading = x.ndim - pool.rank
    yield from ((plane, pool) for plane in _planes(x, leading, error))
    yield from ((cropped, pool) for cropped in _crops(x, leading, pool))
    yield from ((x, simpler) for simpler in _simpler(pool))
    yield from ((_fitted(x, easier, leading), easier) for easier in _shorter_kernels(pool))
    yield from ((plainer, pool) for plainer in _values(x))


def _planes(x: Array, leading: int, error: NonconformanceError) -> Iterator[Array]:
    """Yield a single plane, the one that differs first; then halves of batch and channels."""
    if max(x.shape[:leading], default=1) <= 1:
        return
    place = error.place
    if isinstance(place, tuple) and len(place) > leading:
        where = tuple(slice(i, i + 1) for i in place[:leading])
        if all(i < size for i, size in zip(place, x.shape[:leading], strict=False)):
            yield x[where]
    for axis in range(leading):
        yield from _pieces(x, axis, 1)


def _crops(x: Array, leading: int, pool: Pool) -> Iterator[Array]:
    for axis in range(leading, x.ndim):
        yield from _pieces(x, axis, pool.stride[axis - leading])


def _pieces(x: Array, axis: int, step: int) -> Iterator[Array]:
    """Yield halves of one axis, then all but a step or one at either end."""
    size = x.shape[axis]
    ends = [(0, size // 2), (size // 2, size)]
    ends += [(0, size - step), (step, size), (0, size - 1), (1, size)]
    for begin, end in dict.fromkeys(ends):
        if 0 <= begin < end <= size and end - begin < size:
            yield x[(slice(None),) * axis + (slice(begin, end),)]


def _simpler(pool: Pool) -> Iterator[Pool]:
    """Yield parameters with one of them nearer to its default."""
    if pool.auto_pad != "explicit":
        return
    if pool.ceil_mode:
        yield replace(pool, ceil_mode=False)
    for axis in range(pool.rank):
        k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
        begin, end = pool.padding[axis]
        if d > 1:
            yield replace(pool, dilation=_with(pool.dilation, axis, 1))
        if (begin, end) != (0, 0):
            yield replace(pool, padding=_with(pool.padding, axis, (0, 0)))
        if begin and end:
            yield replace(pool, padding=_with(pool.padding, axis, (begin, 0)))
            yield replace(pool, padding=_with(pool.padding, axis, (0, end)))
        if s != k:
            yield replace(pool, stride=_with(pool.stride, axis, k))
        if s > 1 and s != k:  # back from s == k would be a circle
            yield replace(pool, stride=_with(pool.stride, axis, s - 1))


def _shorter_kernels(pool: Pool) -> Iterator[Pool]:
    """Yield parameters with a smaller kernel on one axis."""
    if pool.auto_pad != "explicit":
        return
    for axis in range(pool.rank):
        k, s, pads = pool.kernel_size[axis], pool.stride[axis], pool.padding[axis]
        for shorter in dict.fromkeys((1, k // 2, k - 1)):
            if 0 < shorter < k:
                limit = shorter // 2 if pads[0] == pads[1] else shorter - 1
                yield replace(
                    pool,
                    kernel_size=_with(pool.kernel_size, axis, shorter),
                    stride=_with(pool.stride, axis, shorter if s == k else s),
                    padding=_with(pool.padding, axis, (min(pads[0], limit), min(pads[1], limit))),
                )


def _fitted(x: Array, pool: Pool, leading: int) -> Array:
    """Return x cut so that windows that tile go on tiling."""
    part = [slice(None)] * leading
    for axis, (k, s) in enumerate(zip(pool.kernel_size, pool.stride, strict=True)):
        size = x.shape[leading + axis]
        part.append(slice(0, size // k * k if k == s and size >= k else size))
    return x[tuple(part)]


def _with(entries: tuple[Entry, ...], axis: int, entry: Entry) -> tuple[Entry, ...]:
    return (*entries[:axis], entry, *entries[axis + 1 :])


def _values(x: Array) -> Iterator[Array]:
    """Yield the same order with small whole numbers; then single values that become 0 or 1."""
    if x.dtype.kind == "b" or x.size > 64:  # noqa: PLR2004 - too many to read anyway
        return
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(x.astype(np.float64)) if x.dtype.kind not in "iu" else x == x  # noqa: PLR0124
    numbers = np.unique(x[finite].astype(np.float64) if x.dtype.kind not in "iu" else x[finite])
    for start in (1, -len(numbers), 0):
        if x.dtype.kind == "u" and start < 0:
            continue
        small = x.copy()
        ranks = np.searchsorted(numbers, x[finite].astype(numbers.dtype))
        small[finite] = (ranks + start).astype(x.dtype)
        if _cost(small) < _cost(x):
            yield small
    flat = x.ravel()
    for place in range(x.size):
        for plain in (0, 1, -1):
            if x.dtype.kind == "u" and plain < 0:
                continue
            plainer = flat.copy()
            plainer[place] = plain
            if _cost(plainer) < _cost(flat):
                yield plainer.reshape(x.shape)


def _cost(x: Array) -> tuple[int, float, int]:
    """Return how far the values are from plain: specials, size, then different values."""
    values = x.astype(np.float64)
    finite = np.isfinite(values)
    size = float(np.abs(values[finite]).sum())
    return int((~finite).sum()), size, len(np.unique(values[finite]))
