"""How time grows with the batch, the channels, the extent and the kernel: an exponent for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from conformance.bench.layers import Layer
from conformance.bench.rounds import OK, Row
from conformance.oracle import legal
from conformance.report.untrusted import NAME
from reference.dialect import DEFAULT
from reference.pool import Pool

FACTORS = (1, 2, 4, 8)
AXES = ("batch", "channels", "extent", "kernel")
FEWEST = 3
"""Points below which no exponent is fitted."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How the time of one implementation grows along one axis: seconds ~ size ** exponent."""

    implementation: str
    axis: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    exponent: float


def variations(base: Layer, axis: str) -> list[tuple[int, Layer]]:
    """Return a layer at several sizes of one axis, each with its size; legal calls only."""
    found = [(size, layer) for size, layer in (_scaled(base, axis, by) for by in FACTORS) if size]
    return [(size, one) for size, one in found if legal(one.shape, one.pool, DEFAULT)]


def _scaled(base: Layer, axis: str, by: int) -> tuple[int, Layer]:
    rank = base.pool.rank
    batch, channels, *spatial = base.shape
    if axis == "batch":
        return batch * by, replace(base, shape=(batch * by, channels, *spatial))
    if axis == "channels":
        return channels * by, replace(base, shape=(batch, channels * by, *spatial))
    if axis == "extent":
        shape = (batch, channels, *(size * by for size in spatial))
        return spatial[-1] * by, replace(base, shape=shape)
    size = base.pool.kernel_size[-1] * by
    kernel = tuple(taps * by if taps > 1 else 1 for taps in base.pool.kernel_size)
    pool = Pool(kernel, base.pool.stride, ((0, 0),) * rank, base.pool.dilation)
    return (size, replace(base, pool=pool)) if size > 1 else (0, base)


def fitted(axis: str, sizes: Sequence[int], races: Sequence[Sequence[Row]]) -> list[Growth]:
    """Return the growth of each implementation that was timed at enough sizes."""
    found = []
    for rows in zip(*races, strict=True):
        points = [
            (size, float(np.median(row.seconds)))
            for size, row in zip(sizes, rows, strict=True)
            if row.status == OK
        ]
        if len(points) >= FEWEST:
            at, seconds = zip(*points, strict=True)
            name = rows[0].implementation[:NAME]
            found.append(Growth(name, axis, at, seconds, _exponent(at, seconds)))
    return found


def _exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of the straight line through the logarithms."""
    slope, _ = np.polyfit([math.log(size) for size in sizes], [math.log(t) for t in seconds], 1)
    return float(slope)
