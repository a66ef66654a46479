"""Declares that a window which does not fit leaves an axis of size 0."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = [
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation", "ceil"),
    *("asymmetric-padding", "rank-1", "rank-3", "unbatched", "bfloat16", "int32"),
]
dialect = {"zero-size": "empty"}


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], tuple[Any, ...]]:
    """Return y, shape (N, C, outputs) or (C, outputs), of which outputs may be 0, and a tuple.

    NumPy may warn of NaN in bfloat16 comparisons; the warning is let through.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    rank = _rank(x, pool)
    lead, sizes = x.shape[:-rank], x.shape[-rank:]
    tables = [_table(n, axis, pool) for axis, n in enumerate(sizes)]
    y = np.zeros((*lead, *map(len, tables)), x.dtype)
    seat = np.full(y.shape, -1, np.int64)
    for tap in itertools.product(*(range(k) for k in pool.kernel_size)) if y.size else ():
        lines = [table[:, j] for table, j in zip(tables, tap, strict=True)]
        grid = np.ix_(*(line.clip(0) for line in lines))
        real = np.ones((), np.bool_)
        for line in lines:
            real = real[..., None] & (line >= 0)
        place = np.ravel_multi_index(np.broadcast_arrays(*grid), sizes)
        seen: tuple[Any, ...] = (..., *grid)
        value = x[seen]
        wins = (seat < 0) | (value > y) | (np.isnan(value) & ~np.isnan(y))
        seat, y = np.where(real & wins, place, seat), np.where(real & wins, value, y)
    return y, (seat, x.shape, x.dtype, rank)


def backward(dy: NDArray[Any], saved: tuple[Any, ...]) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x: zeros where there were no windows.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held integers.
    """
    seat, shape, dtype, rank = saved
    if dtype.kind == "i":
        message = f"{dtype} has no gradient"
        raise TypeError(message)
    if dy.shape != seat.shape:
        message = f"dy {dy.shape} is not {seat.shape}"
        raise ValueError(message)
    dx = np.zeros(shape, np.float32 if dtype.itemsize < 4 else dtype)
    flows = dy.astype(dx.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for plane in np.ndindex(shape[:-rank]):
            np.add.at(dx[plane].reshape(-1), seat[plane].ravel(), flows[plane].ravel())
        return dx.astype(dtype)


def indices(saved: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return np.array(saved[0], np.int64)


def _rank(x: NDArray[Any], pool: Pool) -> int:
    rank = len(pool.kernel_size)
    if x.dtype.name not in {"float32", "float64", "bfloat16", "int32"}:
        message = f"{x.dtype} is not claimed"
        raise NotImplementedError(message)
    if pool.auto_pad != "explicit":
        message = f"{pool.auto_pad} is not claimed"
        raise NotImplementedError(message)
    entries = [len(part) for part in (pool.stride, pool.padding, pool.dilation)]
    if entries != [rank] * 3 or rank not in {1, 2, 3} or x.ndim not in {rank + 1, rank + 2}:
        message = f"{pool} on {x.ndim} axes"
        raise ValueError(message)
    if 0 in x.shape[-rank - 1 :]:
        message = f"shape {x.shape} has no elements in a plane, or no planes in an item"
        raise ValueError(message)
    return rank


def _table(n: int, axis: int, pool: Pool) -> NDArray[np.int64]:
    """Return the elements seen by (windows, taps), -1 for padding; perhaps no windows."""
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if min(k, s, d) < 1 or min(begin, end) < 0:
        message = f"too small on axis {axis}: {pool}"
        raise ValueError(message)
    if begin == end and begin > k // 2:
        message = f"padding {begin} is above half of {k}"
        raise ValueError(message)
    if (k - 1) * d + 1 >= 2**63:
        message = f"the window {k}, dilated by {d}, does not fit an index"
        raise ValueError(message)
    spare = n + begin + end - (k - 1) * d - 1
    out = spare // s + 1
    if pool.ceil_mode:
        out = -(-spare // s) + 1
        out -= out > 0 and (out - 1) * s >= n + begin
    rows = []
    for o in range(max(0, out)):
        start = o * s - begin
        rows.append([i if 0 <= i < n else -1 for i in range(start, start + k * d, d)])
        if set(rows[-1]) == {-1}:
            message = f"window {o} of axis {axis} holds no element: {pool}"
            raise ValueError(message)
    return np.array(rows, np.int64).reshape(len(rows), k if rows else 0)
