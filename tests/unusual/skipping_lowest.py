"""Skips NaN and starts from the lowest finite number, as the loops of some engines do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Winners:
    """Where the winners stand in an input of this shape and type."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    index: NDArray[np.int64]


class Skipping:
    """Max pooling whose later NaN gives way to any number; `wins` tells which equal one stays."""

    claims = (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation"),
        "float16",
    )

    def __init__(self, wins: Callable[..., Any], ties: str) -> None:
        """Take the comparison by which a later element wins, and what it makes of ties."""
        self._wins = wins
        self.dialect = {"nan": "ignore", "nan-index": "last", "float-identity": "lowest"}
        self.dialect["ties"] = ties

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Winners]:
        """Return y and the winners; a window of -inf, or of -inf and NaN, gives the lowest number.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        y = np.empty((*x.shape[:2], *outputs), x.dtype.newbyteorder("="))
        index = np.empty(y.shape, np.int64)
        for window in itertools.product(*map(range, outputs)):
            here: tuple[Any, ...] = (..., *window)
            y[here], index[here] = self._scan(x, list(_places(window, x.shape[2:], pool)))
        return y, Winners(x.shape, y.dtype, index)

    def _scan(
        self, x: NDArray[Any], places: list[tuple[int, ...]]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the maxima of one window of all planes and their offsets, tap by tap."""
        best = np.full(x.shape[:2], np.nan, x.dtype.newbyteorder("="))
        where = np.zeros(best.shape, np.int64)
        for place in places:
            here: tuple[Any, ...] = (..., *place)
            value = x[here]
            wins = self._wins(value, best) | np.isnan(best)
            best = np.where(wins, value, best)
            where = np.where(wins, np.ravel_multi_index(place, x.shape[2:]), where)
        return np.maximum(best, np.finfo(best.dtype).min), where

    def backward(self, dy: NDArray[Any], saved: Winners) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
        """
        if dy.shape != saved.index.shape:
            message = f"dy has shape {dy.shape}, not {saved.index.shape}"
            raise ValueError(message)
        dx = np.zeros((*saved.shape[:2], int(np.prod(saved.shape[2:]))), np.float64)
        n, c = np.ix_(*map(range, saved.shape[:2]))
        flat = saved.index.reshape(*saved.shape[:2], -1) if dy.size else saved.index[..., 0]
        with np.errstate(all="ignore"):
            np.add.at(dx, (n[..., None], c[..., None], flat), dy.reshape(flat.shape))
            return dx.reshape(saved.shape).astype(saved.dtype)

    def indices(self, saved: Winners) -> NDArray[np.int64]:
        """Return the offsets of the winners, int64, with the shape of y."""
        return saved.index.copy()


def _places(window: tuple[int, ...], sizes: tuple[int, ...], pool: Pool) -> Any:  # noqa: ANN401
    lines = []
    for o, n, k, s, (begin, _), d in zip(
        window, sizes, pool.kernel_size, pool.stride, pool.padding, pool.dilation, strict=True
    ):
        taps = (o * s - begin + tap * d for tap in range(k))
        lines.append([i for i in taps if 0 <= i < n])
    return itertools.product(*lines)


first = Skipping(np.greater, "first")
last = Skipping(np.greater_equal, "last")
