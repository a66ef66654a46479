"""Answers in the byte order of the input, and computes in it too."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims: frozenset[str] = frozenset(
    {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "unbatched", "int16"}
    | {"int32", "int64", "uint16", "uint32", "uint64", "float16"}
)


class InputOrder:
    """State of one call: rows and columns of the winners, shape of y each."""

    def __init__(self, x: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]) -> None:
        """Keep the winners of x, shape (N, C, H, W) or (C, H, W), and forget x."""
        self.shape, self.dtype, self.rows, self.columns = x.shape, x.dtype, rows, columns


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], InputOrder]:
    """Return y, shape (N, C, H', W') or (C, H', W'), in the byte order of x, and the winners.

    Raises:
        TypeError: the number of axes is wrong.
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    (out_h, out_w), tops, lefts = _geometry(x, pool)
    y = np.zeros((*x.shape[:-2], out_h, out_w), x.dtype)
    rows = np.full(y.shape, -1, np.int64)
    columns = rows.copy()
    for i, j in itertools.product(*map(range, pool.kernel_size)):
        h, w = tops + i, lefts + j
        ok_h, ok_w = (h >= 0) & (h < x.shape[-2]), (w >= 0) & (w < x.shape[-1])
        elements = np.ix_(h[ok_h], w[ok_w])
        windows = np.ix_(ok_h.nonzero()[0], ok_w.nonzero()[0])
        here, best = x[(..., *elements)], y[(..., *windows)]
        first = rows[(..., *windows)] < 0
        takes = first | (here > best)
        if x.dtype.kind == "f":
            takes |= np.isnan(here) & ~np.isnan(best)
        y[(..., *windows)] = np.where(takes, here, best)
        rows[(..., *windows)] = np.where(takes, elements[0], rows[(..., *windows)])
        columns[(..., *windows)] = np.where(takes, elements[1], columns[(..., *windows)])
    return y, InputOrder(x, rows, columns)


def backward(dy: NDArray[Any], saved: InputOrder) -> NDArray[Any]:
    """Return dx, with the shape, the type and the byte order of x.

    Raises:
        TypeError: x held integers.
        ValueError: dy has not the shape of y.
    """
    if saved.dtype.kind != "f":
        message = f"integers ({saved.dtype}) have no gradient"
        raise TypeError(message)
    if dy.shape != saved.rows.shape:
        message = f"{dy.shape} is not the shape of y, {saved.rows.shape}"
        raise ValueError(message)
    wide = np.zeros(saved.shape, np.float64)
    lead = np.ix_(*map(np.arange, (*saved.shape[:-2], 1, 1)))[:-2]
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(wide, (*lead, saved.rows, saved.columns), dy)
        return wide.astype(saved.dtype)


def indices(saved: InputOrder) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    offsets: NDArray[np.int64] = saved.rows * saved.shape[-1] + saved.columns
    return offsets


def _geometry(
    x: NDArray[Any], pool: Pool
) -> tuple[tuple[int, int], NDArray[np.int64], NDArray[np.int64]]:
    """Return the output sizes, the first row and the first column of the windows."""
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    rank = len(pool.kernel_size)
    if rank in {1, 3} and x.ndim - rank in {1, 2}:
        message = f"{rank} spatial axes are not claimed"
        raise NotImplementedError(message)
    if [len(part) for part in parts] != [2] * 4 or x.ndim not in {3, 4}:
        message = f"two spatial axes, please, not {pool} on shape {x.shape}"
        raise TypeError(message)
    if 0 in x.shape[-3:]:
        message = f"there is nothing to select from in shape {x.shape}"
        raise ValueError(message)
    if x.dtype.name not in claims | {"float32", "float64"} or pool.auto_pad != "explicit":
        message = f"{x.dtype} elements with {pool.auto_pad} padding are not claimed"
        raise NotImplementedError(message)
    sizes = [_size(x.shape[axis - 2], axis, pool) for axis in (0, 1)]
    starts = [
        np.arange(out) * (pool.stride[axis] if out > 1 else 1) - pool.padding[axis][0]
        for axis, out in enumerate(sizes)
    ]
    return (sizes[0], sizes[1]), starts[0], starts[1]


def _size(n: int, axis: int, pool: Pool) -> int:
    k, s, (begin, end) = pool.kernel_size[axis], pool.stride[axis], pool.padding[axis]
    if k <= 0 or s <= 0 or begin < 0 or end < 0:
        message = f"kernel_size {k}, stride {s} and padding {(begin, end)} on axis {axis}"
        raise ValueError(message)
    out, rest = divmod(n + begin + end - k, s)
    if pool.dilation[axis] != 1 or begin != end or (rest and pool.ceil_mode):
        message = f"dilation, uneven padding and ceil_mode are not claimed: {pool}"
        raise NotImplementedError(message)
    if begin > k // 2 or out < 0:
        message = f"{n} elements with padding {begin} do not suit kernel_size {k}"
        raise ValueError(message)
    return out + 1
