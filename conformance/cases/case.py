"""One case and how its arrays are made."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from conformance.features import needed
from reference.pool import Pool

Array: TypeAlias = NDArray[Any]
TIERS = ("smoke", "default", "deep")
MOST_KEPT = 10_000
"""Larger output gradients are made again."""
BRIEF = "brief"
"""Not a tier of cases: a run on few of those of the smoke tier."""
Fill: TypeAlias = Callable[["Case", int], Array]


@dataclass(frozen=True, slots=True)
class Case:
    """An input and its parameters; the output gradient follows from the output's shape."""

    id: str
    pool: Pool
    shape: tuple[int, ...]
    """(N, C, *spatial), or (C, *spatial) without a batch axis."""
    fill: Fill
    """Makes the input from the case and the seed of the run."""
    dtype: str = "float32"
    tier: str = "smoke"
    """The first tier that runs it."""

    @property
    def needs(self) -> frozenset[str]:
        """Return the features that the forward pass needs."""
        return needed(self.shape, self.dtype, self.pool)

    def x(self, seed: int) -> Array:
        """Return a new input array of this shape and dtype."""
        return np.ascontiguousarray(self.fill(self, seed), dtype_of(self.dtype))

    def dy(self, shape: tuple[int, ...], seed: int) -> Array:
        """Return an output gradient of small numbers, none of them 0.

        They are whole, so that their sums are exact in every floating-point type in any
        order; in float64 they have a tail as well that no narrower type can hold.
        """
        make = _kept_dy if math.prod(shape) <= MOST_KEPT else _dy
        return make(f"{self.id}/dy", seed, shape, self.dtype).copy()

    def generator(self, seed: int, purpose: str = "x") -> np.random.Generator:
        """Return a random generator that is the same in every process."""
        return _generator(f"{self.id}/{purpose}", seed)

    def of(self, x: Array, pool: Pool | None = None, note: str = "smaller") -> Case:
        """Return a case with the given input in place of the filled one."""
        kept = x.copy()
        return replace(
            self,
            id=f"{self.id.partition(':')[0]}:{note}",
            pool=pool or self.pool,
            shape=x.shape,
            fill=lambda _case, _seed: kept,
        )

    def without_batch(self) -> Case:
        """Return the case without its batch axis, whose size is dropped."""
        return replace(self, id=f"{self.id}-unbatched", shape=self.shape[1:])

    def __str__(self) -> str:
        """Return the call in words."""
        return f"{self.pool}  {self.dtype}, shape {self.shape}"


def _generator(name: str, seed: int) -> np.random.Generator:
    stream = seed * 2**32 + zlib.crc32(name.encode())
    return np.random.Generator(np.random.PCG64(stream))


def _dy(name: str, seed: int, shape: tuple[int, ...], dtype: str) -> Array:
    number = _generator(name, seed).integers(-7, 7, shape)
    number = number + (number >= 0)
    tail = 2.0**-30 if dtype == "float64" else 0.0
    return (number * (1 + tail)).astype(dtype_of(dtype))


_kept_dy = lru_cache(maxsize=512)(_dy)


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the dtype of a name; bfloat16 comes from ml_dtypes."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def distinct(case: Case, seed: int) -> Array:
    """Fill with different whole numbers, of both signs, at least 2 apart."""
    size = math.prod(case.shape)
    return (2 * case.generator(seed).permutation(size) - size).reshape(case.shape)


def negative(case: Case, seed: int) -> Array:
    """Fill with different negative whole numbers, so that any zero that sneaks in wins."""
    size = math.prod(case.shape)
    return (-1 - 2 * case.generator(seed).permutation(size)).reshape(case.shape)


def plane_distinct(case: Case, seed: int) -> Array:
    """Fill each plane with different numbers of both signs, 2 apart; small in any plane."""
    return _per_plane(case, seed, lambda order, size: 2 * order - size)


def plane_negative(case: Case, seed: int) -> Array:
    """Fill each plane with different negative numbers; small in any plane."""
    return _per_plane(case, seed, lambda order, _size: -1 - 2 * order)


def _per_plane(case: Case, seed: int, value: Callable[[Array, int], Array]) -> Array:
    rank = case.pool.rank
    planes, sizes = case.shape[:-rank], case.shape[-rank:]
    size = math.prod(sizes)
    order = np.tile(np.arange(size), (math.prod(planes), 1))
    return value(case.generator(seed).permuted(order, axis=1), size).reshape(case.shape)


def tied(case: Case, seed: int) -> Array:
    """Fill with -2 and -1 only, so that most windows tie."""
    return case.generator(seed).integers(-2, 0, case.shape)


def constant(value: float) -> Fill:
    """Return a fill of one value."""
    return lambda case, _seed: np.full(case.shape, value, dtype_of(case.dtype))


def given(rows: Any) -> Fill:  # noqa: ANN401 - nested lists
    """Return a fill with the values as they are written."""
    return lambda case, _seed: np.array(rows, dtype_of(case.dtype)).reshape(case.shape)


def mixed(case: Case, seed: int) -> Array:
    """Fill the planes in turn: different numbers of both signs, negative ones, ties, and ties.

    Then comes a plane of -1 with a 1 at the first position, one with a 1 at the second, and
    so on; planes beyond the last position hold different numbers again.
    """
    rank = case.pool.rank
    count, size = math.prod(case.shape[:-rank]), math.prod(case.shape[-rank:])
    generator = case.generator(seed)
    x = np.full((max(count, 4), size), -1)
    x[0], x[1] = (2 * generator.permutation(size) - size for _ in range(2))
    x[1] -= size + 1
    x[2:4] = generator.integers(-2, 0, (2, size))
    if count > 4:  # noqa: PLR2004 - the planes before the peaks
        np.fill_diagonal(x[4 : 4 + size], 1)
    for plane in range(4 + size, count):
        x[plane] = 2 * generator.permutation(size) - size
    return x[:count].reshape(case.shape)


def one_hot(case: Case, _seed: int) -> Array:
    """Fill with -1, and a 1 at position i of the plane in batch item i."""
    batch = case.shape[0]
    x = np.full((batch, batch), -1)
    np.fill_diagonal(x, 1)
    return x.reshape(case.shape)
