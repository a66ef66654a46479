"""float16 compared in float16; the class itself is the implementation, it has no instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

Saved: TypeAlias = "tuple[NDArray[np.intp], tuple[int, ...], np.dtype[Any]]"


class FloatPool:
    """A namespace for pooling N, C, H, W arrays of float16, float32 or float64."""

    claims: ClassVar[list[str]] = ["float16", "gradient", "indices", "overlap", "gaps"]
    claims += ["remainder", "padding", "dilation"]
    dialect: ClassVar[dict[str, str]] = {}

    def __new__(cls) -> NoReturn:
        """Raise TypeError: there is nothing to make."""
        message = "FloatPool is a namespace, not to be instantiated"
        raise TypeError(message)

    @staticmethod
    def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Saved]:
        """Return y, shape (N, C, outputs), and the winners.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        _check(x, pool)
        height, width = x.shape[2:]
        rows, columns = (_positions(axis, x.shape[2 + axis], pool) for axis in (0, 1))
        y = np.full((*x.shape[:2], len(rows), len(columns)), -np.inf, x.dtype)
        seat = np.full(y.shape, -1, np.intp)
        for i in range(rows.shape[1]):
            real_rows = (rows[:, i] >= 0) & (rows[:, i] < height)
            for j in range(columns.shape[1]):
                real = np.outer(real_rows, (columns[:, j] >= 0) & (columns[:, j] < width))
                h, w = rows[:, i, None].clip(0, height - 1), columns[None, :, j].clip(0, width - 1)
                candidate = x[:, :, h, w]
                better = np.greater(candidate, y) | (np.isnan(candidate) & ~np.isnan(y))
                better = real & (better | (seat < 0))
                y[better] = candidate[better]
                seat[better] = np.broadcast_to(h * width + w, seat.shape)[better]
        return y, (seat, x.shape, x.dtype)

    @staticmethod
    def backward(dy: NDArray[Any], saved: Saved) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x; float16 is summed in float32.

        Raises:
            ValueError: dy has not the shape of y.
        """
        seat, shape, dtype = saved
        if dy.shape != seat.shape:
            message = f"the output has shape {seat.shape}, its gradient {dy.shape}"
            raise ValueError(message)
        sums = np.zeros(shape, np.float32 if dtype.itemsize < 4 else dtype)
        n, c = np.ogrid[: shape[0], : shape[1]]
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(
                sums,
                (n[..., None, None], c[..., None, None], seat // shape[3], seat % shape[3]),
                dy,
            )
            return sums.astype(dtype)

    @staticmethod
    def indices(saved: Saved) -> NDArray[np.int64]:
        """Return the winners, int64, with the shape of y."""
        return np.array(saved[0], np.int64)


def _positions(axis: int, n: int, pool: Pool) -> NDArray[np.int64]:
    """Return the position of every tap of every window, shape (windows, taps)."""
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    p = pool.padding[axis][0]
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 1 or d * (k - 1) >= 2**63 - 1:
        message = f"a window of {k} taps, {d} apart, does not fit {n} elements and {p} around them"
        raise ValueError(message)
    table = [[o * s - p + j * d for j in range(k)] for o in range(out)]
    if not all(any(0 <= i < n for i in window) for window in table):
        message = f"a window of {pool} has no element"
        raise ValueError(message)
    return np.array(table, np.int64)


def _check(x: NDArray[Any], pool: Pool) -> None:
    numbers = (*pool.kernel_size, *pool.stride, *pool.dilation)
    pads = [one for pair in pool.padding for one in pair]
    if min(numbers, default=0) < 1 or min(pads, default=0) < 0:
        message = f"out of range: {pool}"
        raise ValueError(message)
    if len(pool.kernel_size) in {1, 3} and 0 <= x.ndim - len(pool.kernel_size) - 1 <= 1:
        message = "only two spatial axes are pooled"
        raise NotImplementedError(message)
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    if any(len(part) != 2 for part in parts):
        message = f"two entries each are needed: {pool}"
        raise ValueError(message)
    if x.ndim not in {3, 4} or not all(x.shape[-3:]):
        message = f"not an N, C, H, W array: {x.shape}"
        raise ValueError(message)
    _check_claims(x, pool)
    if any(begin > k // 2 for k, (begin, _) in zip(pool.kernel_size, pool.padding, strict=True)):
        message = f"more padding than half a window: {pool}"
        raise ValueError(message)


def _check_claims(x: NDArray[Any], pool: Pool) -> None:
    reasons = {
        f"{x.dtype} elements": x.dtype.name not in {"float16", "float32", "float64"},
        "an input without a batch axis": x.ndim == 3,
        pool.auto_pad: pool.auto_pad != "explicit",
        "a begin padding unlike the end": any(begin != end for begin, end in pool.padding),
    }
    if pool.ceil_mode:
        parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        axes = zip(x.shape[-2:], *parts, strict=True)
        rest = [(n + sum(pads) - d * (k - 1) - 1) % s for n, k, s, pads, d in axes]
        reasons["ceil_mode with a remainder"] = any(rest)
    for reason, holds in reasons.items():
        if holds:
            message = f"not supported: {reason}"
            raise NotImplementedError(message)
