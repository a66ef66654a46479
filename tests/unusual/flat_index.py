"""Declares indices that count through the whole tensor, row by row or column by column."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Places:
    """The winners as one coordinate array per axis of x, each of the shape of y."""

    where: tuple[NDArray[np.int64], ...]
    shape: tuple[int, ...]
    rank: int
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class FlatIndexPool:
    """Max pooling with coordinates throughout; only `indices` turns them into one number."""

    order: str
    claims: ClassVar[tuple[str, ...]] = (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation", "ceil"),
        *("asymmetric-padding", "rank-1", "rank-3", "unbatched", "float16", "int32", "uint8"),
    )

    @property
    def dialect(self) -> dict[str, str]:
        """Return the one declared difference."""
        return {"index": self.order}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Places]:
        """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        shape = (*x.shape[: -pool.rank], *outputs)
        where = [np.array(grid) for grid in np.indices(shape, np.int64)]
        known = np.zeros(shape, np.bool_)
        y = np.zeros(shape, x.dtype)
        steps = [s if out > 1 else 1 for s, out in zip(pool.stride, outputs, strict=True)]
        grid = np.indices(shape, np.int64)
        for tap in product(*map(range, pool.kernel_size)):
            seen = list(grid[: -pool.rank])
            real = np.ones(shape, np.bool_)
            for axis, j in enumerate(tap):
                at = grid[axis - pool.rank] * steps[axis] + (
                    j * pool.dilation[axis] - pool.padding[axis][0]
                )
                inside = (at >= 0) & (at < x.shape[axis - pool.rank])
                real &= inside
                seen.append(np.where(inside, at, 0))
            value = x[tuple(seen)]
            takes = real & (~known | (value > y) | (np.isnan(value) & ~np.isnan(y)))
            where = [np.where(takes, new, old) for new, old in zip(seen, where, strict=True)]
            y = np.where(takes, value, y)
            known |= real
        return y, Places(tuple(where), x.shape, pool.rank, x.dtype)

    def backward(self, dy: NDArray[Any], saved: Places) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y, or x held integers.
        """
        if dy.shape != saved.where[0].shape or saved.dtype.kind in "iu":
            message = f"dy {dy.shape} of {saved.dtype}, y {saved.where[0].shape}"
            raise ValueError(message)
        dx = np.zeros(saved.shape, np.promote_types(saved.dtype, np.float32))
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(dx, saved.where, dy)
            return dx.astype(saved.dtype)

    def indices(self, saved: Places) -> NDArray[np.int64]:
        """Return where each winner stands in the whole tensor: int64, shape of y."""
        lead = len(saved.shape) - saved.rank
        sizes = list(enumerate(saved.shape))
        planes, spatial = sizes[:lead], sizes[lead:]
        ordered = planes + (spatial if self.order == "flat" else spatial[::-1])
        index = np.zeros_like(saved.where[0])
        for axis, size in ordered:
            index = index * size + saved.where[axis]
        return index


rows = FlatIndexPool("flat")
columns = FlatIndexPool("flat-column")
