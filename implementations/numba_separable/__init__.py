"""Max pooling compiled by Numba: as `implementations.separable`, near to the speed of memory.

Planes are pooled in place, a row of windows at a time, by vectors; what cannot be read in place
(other layouts, byte orders and halves) is copied to a work space region by region. Large inputs
are divided among as many threads as Numba is set to use, NUMBA_NUM_THREADS; they are threads of
Python, so that calls from several threads and forks do no harm. A kernel is compiled when a type
is first met, and kept on disk.

Memory: the output, one number per window, and for each thread some rows, or up to 600 KiB.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from implementations import separable
from implementations.call import Array, refuse_gradient
from implementations.numba_separable.planning import Planned, planned, tiling
from implementations.numba_separable.threads import at_once, divided, sharing
from implementations.separable import Saved, in_planes
from reference.pool import Pool

__all__ = ["backward", "call_limit", "claims", "forward", "indices", "pooled"]

claims = separable.claims
call_limit = 120.0  # seconds: what is met for the first time is compiled
indices = separable.indices
PER_WINDOW = 10
"""How many elements could be set to zero while one gradient is sent back."""


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima of all windows of x, and what backward and indices need.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    found = planned(x, pool, claims)
    numbers = np.min_scalar_type(2 * found.plan.taps - 1)  # room for those of padding
    taps = np.empty(found.shape, numbers)
    return pooled(x, found, taps), Saved(found.call, x.dtype, found.plan, taps)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of the input: each element of dy is added to the winner of its window.

    dy has the shape of the output and a float dtype. Sums are made in float32 or, if x or dy
    are float64, in float64, and rounded once to the dtype of the input.

    Raises:
        TypeError: the input was not of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    call, dtype = saved.call, np.dtype(saved.dtype.type)
    refuse_gradient(dy, saved.taps.shape, dtype)
    wide = np.dtype(np.result_type(dy.dtype, dtype, np.float32).type)
    dx = np.empty(call.lead + call.plane, dtype)
    send = _sender(saved)
    planes = math.prod(call.lead)
    taps = saved.taps.reshape(planes, math.prod(saved.call.windows))
    if dy.dtype == dtype == wide and dy.flags.c_contiguous and dy.flags.aligned:
        flat = dy.reshape(-1), taps.reshape(-1), dx.reshape(-1)
        threads = sharing(dx.size + PER_WINDOW * taps.size)
        divided(lambda first, stop: send(*flat, first, stop), planes, threads)
        return dx
    dys, sums = in_planes(dy, dy, call), dx.reshape(planes, math.prod(call.plane))
    with np.errstate(all="ignore"):
        for first, stop, block in _blocks(dys, 0, planes, saved.plan.planes):
            total = np.empty((stop - first, sums.shape[1]), wide)
            given = block.astype(wide).reshape(-1)
            send(given, taps[first:stop].reshape(-1), total.reshape(-1), 0, stop - first)
            sums[first:stop] = total
    return dx


def pooled(x: Array, found: Planned, taps: Array | None = None) -> Array:
    """Return the maxima of a legal call; write the tap that won each window to taps, if given."""
    from implementations.numba_separable.planes import pool_planes

    y = np.empty(found.shape, x.dtype.type)
    bits, ys = found.order.bits(x), found.order.bits(y).reshape(-1)
    won, planes = None if taps is None else taps.reshape(-1), found.planes
    threads = sharing(found.work)
    if not found.is_whole:
        xs = in_planes(bits, x, found.call)
        divided(lambda first, stop: _cut_out(xs, ys, won, found, first, stop), planes, threads)
        return y
    flat = bits.reshape(-1)
    if planes >= threads:
        divided(
            lambda *some: pool_planes(flat, ys, won, found, found.geometries, *some),
            planes,
            threads,
        )
    else:
        parts = [found.geometries[number::threads] for number in range(threads)]
        at_once(lambda part: pool_planes(flat, ys, won, found, part, 0, planes), parts)
    return y


def _cut_out(x: Array, y: Array, won: Array | None, found: Planned, first: int, stop: int) -> None:
    """Pool the planes from first to stop; what a region reads is copied, and put in order."""
    from implementations.numba_separable.planes import pool_planes

    scratch = np.empty(found.plan.elements, found.order.dtype)
    windows = math.prod(found.call.windows)
    for begin, end, block in _blocks(x, first, stop, found.plan.planes):
        outs = slice(begin * windows, end * windows)
        for geometry in found.geometries:
            read = block
            for axis, source in enumerate(geometry.region.source, 1):
                read = read[(slice(None),) * axis + (source,)]
            copy = scratch[: read.size]
            copy.reshape(read.shape)[...] = read
            found.order.encode(copy)
            taps = None if won is None else won[outs]
            pool_planes(copy, y[outs], taps, found, [geometry], 0, end - begin)
        found.order.decode(y[outs])


def _blocks(planes: Array, first: int, stop: int, most: int) -> Iterator[tuple[int, int, Array]]:
    """Return runs of at most so many planes of one batch item, and where they begin and end."""
    channels = planes.shape[1]
    while first < stop:
        item, channel = divmod(first, channels)
        end = min(first + most, stop, (item + 1) * channels)
        yield first, end, planes[item, channel : channel + end - first]
        first = end


def _sender(saved: Saved) -> Callable[..., None]:
    """Return what sends gradients of the planes from one to another back to the winners."""
    from implementations.numba_separable.gradients import scatter, tile

    sizes = tiling(saved)
    if sizes is not None:
        return lambda dy, won, dx, first, stop: tile(dy, won, dx, sizes, first, stop)
    region = saved.plan.regions[0]
    lacking = [np.zeros(1, np.int64)] * (3 - len(region.tracks))
    distances = [math.prod(saved.call.plane[axis + 1 :]) for axis in range(len(region.tracks))]
    starts = lacking + [
        track.starts(slice(0, track.axis.windows)) * distance
        for track, distance in zip(region.tracks, distances, strict=True)
    ]
    offsets, plane = saved.plan.tap_offsets, math.prod(saved.call.plane)

    def send(dy: Array, won: Array, dx: Array, first: int, stop: int) -> None:
        scatter(dy, won, dx, offsets, *starts, first, stop, plane)

    return send
