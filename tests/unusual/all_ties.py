"""Declares that each of several equals receives the whole gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.pool import Pool

claims = ("gradient", "overlap", "gaps", "remainder", "padding")
dialect = {"gradient-ties": "all"}


class Kept(NamedTuple):
    """A copy of x, a copy of y and the parameters."""

    x: NDArray[Any]
    y: NDArray[Any]
    pool: Pool


def _areas(x: NDArray[Any], pool: Pool) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """Yield row, column and the real elements of every window."""
    (kh, kw), (sh, sw), ((ph, _), (pw, _)) = pool.kernel_size, pool.stride, pool.padding
    height, width = x.shape[2:]
    for i, top in enumerate(range(-ph, height + ph - kh + 1, sh)):
        for j, left in enumerate(range(-pw, width + pw - kw + 1, sw)):
            rows = slice(max(top, 0), min(top + kh, height))
            columns = slice(max(left, 0), min(left + kw, width))
            yield i, j, (slice(None), slice(None), rows, columns)


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Kept]:
    """Return y, shape (N, C, H', W'), and copies.

    Raises:
        TypeError: the number of axes or entries is wrong.
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    _check(x, pool)
    sizes = zip(x.shape[2:], pool.kernel_size, pool.stride, pool.padding, strict=True)
    y = np.empty((*x.shape[:2], *((n + b + e - k) // s + 1 for n, k, s, (b, e) in sizes)), x.dtype)
    for i, j, area in _areas(x, pool):
        y[:, :, i, j] = x[area].max(axis=(2, 3))
    return y, Kept(x.copy(), y.copy(), pool)


def backward(dy: NDArray[Any], saved: Kept) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x; of several NaNs the first has the gradient.

    Raises:
        ValueError: dy has not the shape of y.
    """
    if dy.shape != saved.y.shape:
        message = f"dy {dy.shape} is not like y {saved.y.shape}"
        raise ValueError(message)
    dx = np.zeros(saved.x.shape, saved.x.dtype)
    for i, j, area in _areas(saved.x, saved.pool):
        seen = saved.x[area]
        wins = seen == saved.y[:, :, i, j, None, None]
        nan = np.isnan(seen).reshape(*seen.shape[:2], seen.shape[2] * seen.shape[3])
        first = nan & (np.cumsum(nan, axis=2) == 1)
        wins |= first.reshape(seen.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            dx[area] += np.where(wins, dy[:, :, i, j, None, None], 0)
    return dx


def _check(x: NDArray[Any], pool: Pool) -> None:
    rank = len(pool.kernel_size)
    if not rank == len(pool.stride) == len(pool.padding) == len(pool.dilation):
        message = f"{pool} has parameters of different lengths"
        raise TypeError(message)
    if x.ndim - rank not in {1, 2} or not 1 <= rank <= 3:
        message = f"{x.ndim} axes do not go with {pool}"
        raise TypeError(message)
    if not all(x.shape[-rank - 1 :]):
        message = f"an axis of {x.shape} is empty"
        raise ValueError(message)
    if x.ndim != 4 or rank != 2 or x.dtype.name not in {"float32", "float64"}:
        message = f"{x.dtype} of shape {x.shape}: only floats in N, C, H, W"
        raise NotImplementedError(message)
    uneven = any(begin != end for begin, end in pool.padding)
    if uneven or pool.dilation != (1, 1) or pool.auto_pad != "explicit":
        message = f"uneven padding or dilation: {pool}"
        raise NotImplementedError(message)
    parts = (pool.kernel_size, pool.stride, pool.padding)
    for n, k, s, (p, _) in zip(x.shape[2:], *parts, strict=True):
        if k < 1 or s < 1 or not 0 <= p <= k // 2:
            message = f"kernel_size {k}, stride {s}, padding {p}"
            raise ValueError(message)
        if pool.ceil_mode and (n + 2 * p - k) % s:
            message = "ceil_mode with a remainder"
            raise NotImplementedError(message)
        if n + 2 * p < k:
            message = f"{n} elements with padding {p} have no room for {k}"
            raise ValueError(message)
