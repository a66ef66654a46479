"""The core level and nothing else: a loop over windows, as a course would teach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = {"gradient", "overlap", "gaps", "remainder", "padding"}


class Cache(NamedTuple):
    """Row and column of each winner, shape of y, and the shape and dtype of x."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Result(NamedTuple):
    """What forward returns."""

    y: NDArray[Any]
    saved: Cache


def forward(x: NDArray[Any], pool: Pool) -> Result:
    """Return y, shape (N, C, H', W'), and a cache for backward.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs more than the core level.
    """
    _validate(x, pool)
    (kh, kw), (sh, sw) = pool.kernel_size, pool.stride
    (ph, _), (pw, _) = pool.padding
    n, c, height, width = x.shape
    out_h, out_w = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    y = np.empty((n, c, out_h, out_w), x.dtype)
    row, column = np.empty(y.shape, np.int64), np.empty(y.shape, np.int64)
    for i in range(out_h):
        top, bottom = max(0, i * sh - ph), min(height, i * sh - ph + kh)
        for j in range(out_w):
            left, right = max(0, j * sw - pw), min(width, j * sw - pw + kw)
            window = x[:, :, top:bottom, left:right].reshape(n, c, (bottom - top) * (right - left))
            best = window.argmax(axis=2)
            y[:, :, i, j] = np.take_along_axis(window, best[:, :, None], axis=2)[:, :, 0]
            row[:, :, i, j] = top + best // (right - left)
            column[:, :, i, j] = left + best % (right - left)
    return Result(y, Cache(row, column, x.shape, x.dtype))


def backward(dy: NDArray[Any], saved: Cache) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y.
    """
    row, column, shape, dtype = saved
    if dy.shape != row.shape:
        message = f"dy should have shape {row.shape}, got {dy.shape}"
        raise ValueError(message)
    dx = np.zeros(shape, dtype)
    planes = np.arange(shape[0])[:, None], np.arange(shape[1])
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            dx[(*planes, row[:, :, i, j], column[:, :, i, j])] += dy[:, :, i, j]
    return dx


def _validate(x: NDArray[Any], pool: Pool) -> None:
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    if {len(part) for part in parts} != {2}:
        if {len(part) for part in parts} in ({1}, {3}) and x.ndim - len(parts[0]) in {1, 2}:
            message = "one and three spatial axes are beyond the core level"
            raise NotImplementedError(message)
        message = f"H and W need one entry each: {pool}"
        raise ValueError(message)
    if x.ndim not in {3, 4} or not all(x.shape[-3:]):
        message = f"x is N, C, H, W with at least one element in C, H and W, got {x.shape}"
        raise ValueError(message)
    if min(*pool.kernel_size, *pool.stride) < 1 or min(map(min, pool.padding)) < 0:
        message = f"kernel_size and stride are at least 1, padding at least 0: {pool}"
        raise ValueError(message)
    _validate_core(x, pool)
    axes = zip(x.shape[2:], pool.kernel_size, pool.padding, strict=True)
    for size, k, (p, _) in axes:
        if p > k // 2 or size + 2 * p < k:
            message = f"kernel_size {k} with padding {p} does not suit {size} elements"
            raise ValueError(message)


def _validate_core(x: NDArray[Any], pool: Pool) -> None:
    reason = ""
    if x.ndim == 3:
        reason = "an input without a batch axis"
    elif x.dtype.name not in {"float32", "float64"}:
        reason = f"{x.dtype} elements"
    elif pool.dilation != (1, 1):
        reason = f"dilation {pool.dilation}"
    elif pool.auto_pad != "explicit" or any(begin != end for begin, end in pool.padding):
        reason = f"padding {pool.padding} {pool.auto_pad}"
    elif pool.ceil_mode and any(
        (size + sum(pads) - k) % s
        for size, k, s, pads in zip(
            x.shape[2:], pool.kernel_size, pool.stride, pool.padding, strict=True
        )
    ):
        reason = "ceil_mode with a remainder"
    if reason:
        message = f"beyond the core level: {reason}"
        raise NotImplementedError(message)
