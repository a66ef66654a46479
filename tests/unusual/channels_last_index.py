"""Declares int32 indices that count through the spatial axes and then the channel."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = ["indices", "overlap", "gaps", "remainder", "same-upper", "float16", "bfloat16", "uint8"]
dialect = {"index": "flat-channels-last", "index-type": "int32"}


@dataclass(frozen=True, slots=True)
class Found:
    """Position of each winner, shape (N, H', W', C): its number in H, W, C order."""

    number: NDArray[np.int32]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Found]:
    """Return y, shape (N, C, H', W'), a view of an N, H', W', C array, and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    _check(x, pool)
    n, c, height, width = x.shape
    tops, lefts = _starts(height, 0, pool), _starts(width, 1, pool)
    last = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    y = np.empty((n, len(tops), len(lefts), c), x.dtype)
    number = np.empty(y.shape, np.int32)
    for (i, top), (j, left) in itertools.product(enumerate(tops), enumerate(lefts)):
        rows = range(max(top, 0), min(top + pool.kernel_size[0], height))
        columns = range(max(left, 0), min(left + pool.kernel_size[1], width))
        row, column = np.full((n, c), rows[0]), np.full((n, c), columns[0])
        best = last[:, rows[0], columns[0]].copy()
        for h, w in itertools.product(rows, columns):
            value = last[:, h, w]
            with np.errstate(invalid="ignore"):
                takes = (value > best) | (np.isnan(value) & ~np.isnan(best))
            best[takes], row[takes], column[takes] = value[takes], h, w
        y[:, i, j], number[:, i, j] = best, (row * width + column) * c + np.arange(c)
    return y.transpose(0, 3, 1, 2), Found(number)


def indices(saved: Found) -> NDArray[np.int32]:
    """Return (h * W + w) * C + c of each winner: int32, shape (N, C, H', W')."""
    return saved.number.copy().transpose(0, 3, 1, 2)


def _starts(n: int, axis: int, pool: Pool) -> list[int]:
    """Return where each window starts; SAME is worked out from the word alone."""
    k, s = pool.kernel_size[axis], pool.stride[axis]
    if pool.auto_pad == "same-upper":
        out = -(-n // s)
        total = max(0, (out - 1) * s + k - n)
        return [o * s - total // 2 for o in range(out)]
    if n < k:
        message = f"{n} elements are fewer than the {k} of a window"
        raise ValueError(message)
    return list(range(0, n - k + 1, s))


def _check(x: NDArray[Any], pool: Pool) -> None:
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    rank = len(pool.kernel_size)
    if any(len(part) != rank for part in parts) or not rank < x.ndim < rank + 3:
        message = f"{x.ndim} axes and {pool}"
        raise ValueError(message)
    least = min((*pool.kernel_size, *pool.stride, *pool.dilation), default=0)
    if least < 1 or 0 in x.shape[-rank - 1 :]:
        message = f"shape {x.shape} and {pool}"
        raise ValueError(message)
    if any(pad < 0 for pair in pool.padding for pad in pair):
        message = f"negative padding: {pool}"
        raise ValueError(message)
    padded = pool.auto_pad == "explicit" and any(map(any, pool.padding))
    if rank != 2 or x.ndim != 4 or padded or set(pool.dilation) != {1}:
        message = f"neither padding nor dilation in N, C, H, W: {pool} on {x.ndim} axes"
        raise NotImplementedError(message)
    if x.dtype.name not in {"float32", "float64", *claims} or pool.auto_pad == "same-lower":
        message = f"{x.dtype} with {pool.auto_pad}"
        raise NotImplementedError(message)
    if pool.ceil_mode and pool.auto_pad == "explicit":
        axes = zip(x.shape[2:], pool.kernel_size, pool.stride, strict=True)
        if any((n - k) % s for n, k, s in axes):
            message = "ceil_mode with a remainder"
            raise NotImplementedError(message)
