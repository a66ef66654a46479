"""Four declared differences at once, as an old framework has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class Layer:
    """Max pooling over N, C, H, W with every window kept on an axis that is not padded."""

    claims = frozenset(
        {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "ceil"}
        | {"asymmetric-padding"}
    )

    def __init__(self) -> None:
        """Declare the differences."""
        self.dialect = {
            "ceil": "start-rule-if-padded",
            "pad-limit": "below-kernel",
            "float-identity": "lowest",
            "empty-window": "identity",
        }

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], dict[str, Any]]:
        """Return y, shape (N, C, H', W'), and a blob for backward.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        self._check(x, pool)
        rows = [self._span(o, 0, x, pool) for o in range(self._size(0, x, pool))]
        columns = [self._span(o, 1, x, pool) for o in range(self._size(1, x, pool))]
        top = np.full((*x.shape[:2], len(rows), len(columns)), np.finfo(x.dtype).min, x.dtype)
        mask = np.full(top.shape, -1, np.int64)
        for i, (h0, h1) in enumerate(rows):
            for j, (w0, w1) in enumerate(columns):
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        bottom, best = x[:, :, h, w], top[:, :, i, j]
                        wins = (bottom > best) | (mask[:, :, i, j] < 0)
                        wins &= ~np.isnan(best)
                        wins |= np.isnan(bottom) & ~np.isnan(best)
                        mask[:, :, i, j][wins] = h * x.shape[3] + w
                        top[:, :, i, j] = np.where(wins, bottom, best)
        lowest = np.finfo(x.dtype).min
        top[np.isneginf(top)] = lowest
        return top, {"mask": mask, "shape": x.shape, "dtype": x.dtype}

    def backward(self, dy: NDArray[Any], saved: dict[str, Any]) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
        """
        mask = saved["mask"]
        if dy.shape != mask.shape:
            message = f"top gradient {dy.shape}, top {mask.shape}"
            raise ValueError(message)
        n, c, height, width = saved["shape"]
        dx = np.zeros((n, c, height * width), saved["dtype"])
        for place in zip(*(mask >= 0).nonzero(), strict=True):
            with np.errstate(over="ignore", invalid="ignore"):
                dx[(*place[:2], mask[place])] += dy[place]
        return dx.reshape(saved["shape"])

    def indices(self, saved: dict[str, Any]) -> NDArray[np.int64]:
        """Return the winners, int64, with the shape of y; -1 where a window holds nothing."""
        mask: NDArray[np.int64] = saved["mask"]
        return mask.copy()

    @staticmethod
    def _span(o: int, axis: int, x: NDArray[Any], pool: Pool) -> tuple[int, int]:
        start = o * pool.stride[axis] - pool.padding[axis][0]
        return max(start, 0), min(start + pool.kernel_size[axis], x.shape[2 + axis])

    @staticmethod
    def _size(axis: int, x: NDArray[Any], pool: Pool) -> int:
        n, k, s = x.shape[2 + axis], pool.kernel_size[axis], pool.stride[axis]
        begin, end = pool.padding[axis]
        if k < 1 or s < 1 or not 0 <= min(begin, end) <= max(begin, end) < k:
            message = f"kernel_size {k}, stride {s}, padding {begin, end}"
            raise ValueError(message)
        room: int = n + begin + end - k
        out: int = 1 + (-(-room // s) if pool.ceil_mode else room // s)
        if pool.ceil_mode and (begin or end) and (out - 1) * s >= n + begin:
            out -= 1
        if out < 1:
            message = f"{n} elements, {k} taps, padding {begin, end}: no window fits"
            raise ValueError(message)
        return out

    @staticmethod
    def _check(x: NDArray[Any], pool: Pool) -> None:
        rank = len(pool.kernel_size)
        if {len(pool.stride), len(pool.padding), len(pool.dilation)} != {rank} or not rank:
            message = f"lengths: {pool}"
            raise ValueError(message)
        if x.ndim - rank not in {1, 2} or rank not in {1, 2, 3} or not all(x.shape[-rank - 1 :]):
            message = f"shape {x.shape} and {pool}"
            raise ValueError(message)
        if x.ndim != 4 or rank != 2 or x.dtype.name not in {"float32", "float64"}:
            message = f"only floats in N, C, H, W, not {x.dtype} with {x.ndim} axes"
            raise NotImplementedError(message)
        if set(pool.dilation) != {1} or pool.auto_pad != "explicit":
            message = f"dilation and {pool.auto_pad} are not claimed"
            raise NotImplementedError(message)


pool = Layer()
