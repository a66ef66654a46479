"""The numbers that are pooled while time is taken, and what the right answer to them is.

Each plane holds different numbers, so that nothing ties and every dialect answers alike. Planes
are made from each other, so that any of them can be made alone, in any process.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from conformance import witness
from conformance.bench.layers import Layer
from conformance.cases.case import Array
from reference.pool import Pool

STRIDE = 1009
"""How far the numbers of a plane are turned against those of the one before; a prime."""
TAPS = 2_000_000
"""About how many taps are looked at together."""
EXACT = 2**24
"""Up to here float32 tells all whole numbers apart."""


def field(shape: tuple[int, ...], rank: int, first: int, stop: int) -> Array:
    """Return the planes from first to stop, shape (planes, *spatial), float32."""
    return _turned(_plane(math.prod(shape[-rank:])), first, stop).reshape(-1, *shape[-rank:])


def gradient(out: tuple[int, ...], rank: int, first: int, stop: int) -> Array:
    """Return what comes back to the planes from first to stop: small numbers, none of them 0."""
    small = np.random.default_rng(1).integers(1, 8, math.prod(out[-rank:]))
    return _turned(small.astype(np.float32), first, stop).reshape(-1, *out[-rank:])


def whole(layer: Layer, *, backward: bool) -> tuple[Array, Array | None]:
    """Return the input of a layer, and its output gradient if there is one."""
    rank, planes = layer.pool.rank, math.prod(layer.shape[: -layer.pool.rank])
    x = field(layer.shape, rank, 0, planes).reshape(layer.shape)
    if not backward:
        return x, None
    return x, gradient(layer.out, rank, 0, planes).reshape(layer.out)


@lru_cache(maxsize=64)
def right(shape: tuple[int, ...], pool: Pool, *, backward: bool) -> tuple[int, ...]:
    """Return the digests of the right output and, with backward, of the right input gradient."""
    digests = [0, 0]
    out = Layer("", shape, pool).out
    for first, stop in _parts(shape, pool):
        x = field(shape, pool.rank, first, stop)[np.newaxis]
        seen = witness.watch(x, pool)
        digests[0] = digest(seen.y.astype(np.float32), digests[0])
        if backward:
            dy = gradient(out, pool.rank, first, stop).reshape(stop - first, -1)
            digests[1] = digest(witness.gradient(dy, seen, x.shape), digests[1])
    sizes = (out, shape)[: 1 + backward]
    return tuple(_sealed(one, size) for one, size in zip(digests, sizes, strict=False))


def digest(array: Array, before: int = 0) -> int:
    """Return a number that tells elements apart, whatever their layout and the sign of a zero."""
    return zlib.crc32(np.ascontiguousarray(array + 0).data.cast("B"), before)


def sealed(found: int, array: Array) -> int:
    """Return a digest of an array's elements and of its shape."""
    return _sealed(found, array.shape)


def _sealed(found: int, shape: tuple[int, ...]) -> int:
    return zlib.crc32(repr(shape).encode(), found)


def _parts(shape: tuple[int, ...], pool: Pool) -> Iterator[tuple[int, int]]:
    planes = math.prod(shape[: -pool.rank])
    taps = math.prod(Layer("", shape, pool).out[-pool.rank :]) * math.prod(pool.kernel_size)
    most = max(1, TAPS // max(taps, math.prod(shape[-pool.rank :])))
    for first in range(0, planes, most):
        yield first, min(first + most, planes)


@lru_cache(maxsize=4)
def _plane(size: int) -> Array:
    order = np.random.default_rng(0).permutation(size) - size // 2
    return order.astype(np.float32 if size <= EXACT else np.float64).astype(np.float32)


def _turned(plane: Array, first: int, stop: int) -> Array:
    turned = np.empty((stop - first, len(plane)), plane.dtype)
    for number, row in enumerate(turned, first):
        by = number * STRIDE % len(plane)
        row[by:], row[:by] = plane[: len(plane) - by], plane[len(plane) - by :]
    return turned
