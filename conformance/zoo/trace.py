"""What a forward pass of the zoo works out on its way, and what it hands to backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reference.pool import Pool

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis of a call: its elements and its parameters."""

    n: int
    k: int
    s: int
    begin: int
    end: int
    d: int
    ceil: bool
    pitch: int
    """Elements of the plane between one position and the next."""

    @property
    def extent(self) -> int:
        """Return how many positions a window spans."""
        return (self.k - 1) * self.d + 1


@dataclass(frozen=True, slots=True)
class Windows:
    """Where the taps of every window are read; K is the product of the kernel_size."""

    axes: tuple[Axis, ...]
    out: tuple[int, ...]
    positions: tuple[Array, ...]
    """Per axis: int64, shape (out, k)."""
    real: Array
    """Whether a tap is an element: bool, shape (*out, K)."""
    offsets: Array
    """The element of the plane that a tap reads: int64, shape (*out, K).

    A tap in the padding reads the first element of its window, which can never change the
    answer: neither a value nor the winner depends on an identity of the maximum.
    """


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that a forward pass worked out."""

    x: Array
    pool: Pool
    planes: Array
    """The input as N,C,*spatial in native byte order."""
    windows: Windows
    values: Array
    """What every tap read: shape (N, C, *out, K)."""
    winners: Array
    """The winning tap: intp, shape (N, C, *out)."""
    y: Array
    index: Array
    """int64, shape (N, C, *out)."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need."""

    shape: tuple[int, ...]
    """The shape of the input."""
    rank: int
    dtype: np.dtype[Any]
    index: Array
    """int64, shape of the output."""
    extra: Any = None
    """What one member keeps beyond this."""

    @property
    def plane(self) -> int:
        """Return the number of elements of a plane."""
        return product(self.shape[-self.rank :])


def outer(parts: Sequence[Array], join: Callable[[Array, Array], Array]) -> Array:
    """Join one (out, k) array per axis into one of shape (*out, K)."""
    rank = len(parts)
    spread = []
    for axis, part in enumerate(parts):
        shape = [1] * (2 * rank)
        shape[axis], shape[rank + axis] = part.shape
        spread.append(part.reshape(shape))
    joined = reduce(join, spread)
    return joined.reshape(*joined.shape[:rank], product(joined.shape[rank:]))


def product(factors: Sequence[int]) -> int:
    """Return the exact product of whole numbers."""
    return reduce(int.__mul__, factors, 1)
