"""One question to an implementation: a call, and what in its answer tells the values apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from conformance.cases.case import Array
from conformance.features import needed
from conformance.identify.observation import Observation
from conformance.oracle import output_shape
from reference.geometry import extent
from reference.pool import Pool

SHARE: Final = 24
"""The output gradient of a window: equal shares of it are exact for 2, 3, 4, 6 and 8 ties."""
FEATURE: Final = {"indices": "indices", "index type": "indices", "gradient": "gradient"}
"""What must be claimed for something to be read."""
PLAIN: Final = ("float32", "int8")


@dataclass(frozen=True, eq=False)
class Probe:
    """A call that shows the value of a switch."""

    switch: str
    x: Array
    pool: Pool
    reads: str
    """`values`, `indices`, `index type`, `gradient`, or `values and indices`."""
    sides: Mapping[str, str]
    """What the probes of a switch vary, in words: {"the number of channels": "16"}."""

    @cached_property
    def needs(self) -> frozenset[str]:
        """Return the features without which it is not asked."""
        reading = {FEATURE[self.reads]} if self.reads in FEATURE else set()
        return needed(self.x.shape, self.x.dtype.name, self.pool) | reading

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the methods that are called after forward."""
        if self.reads in {"values", "index type", "values and indices"}:
            return () if self.reads == "values" else ("indices",)
        return ("indices",) if self.switch == "index" else ("indices", "backward")

    @cached_property
    def dy(self) -> Array | None:
        """Return the output gradient: SHARE for each window, or for the middle one of a plane.

        Where windows overlap, the gradients of several could not be told apart.
        """
        if "backward" not in self.asked:
            return None
        shape, rank = output_shape(self.x.shape, self.pool), self.pool.rank
        if self.disjoint:
            return np.full(shape, SHARE, self.x.dtype)
        dy = np.zeros((math.prod(shape[:-rank]), math.prod(shape[-rank:])), self.x.dtype)
        dy[:, dy.shape[1] // 2] = SHARE
        return dy.reshape(shape)

    def parts(self, observation: Observation) -> tuple[str, ...]:
        """Return what is read of an observation; indices beside values only where there are."""
        if self.reads == "values and indices":
            return ("values", "indices") if observation.indices.answered else ("values",)
        return (self.reads,)

    @property
    def disjoint(self) -> bool:
        """Return whether no element stands in two windows."""
        axes = zip(self.pool.kernel_size, self.pool.stride, self.pool.dilation, strict=True)
        return all(s >= extent(k, d) for k, s, d in axes)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Return what the observation depends on."""
        return self.pool, self.x.shape, self.x.dtype.name, self.x.tobytes(), self.asked

    @cached_property
    def cost(self) -> tuple[int, ...]:
        """Return how hard the call is to read; small is easy."""
        rank, plain = abs(self.pool.rank - 2), self.x.dtype.name not in PLAIN
        batched = self.x.ndim != self.pool.rank + 2
        window = math.prod(self.pool.kernel_size)
        odd = 8 * (rank + plain + batched) + 3 * len(self.needs)
        return self.x.size + window + odd, rank

    def distance(self, other: Probe) -> int:
        """Return on how many sides two probes of a switch differ."""
        return sum(side != other.sides.get(name) for name, side in self.sides.items())
