"""Paints windows from the largest element down; validates everything before it looks at claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class CallError(ValueError):
    """A call that nobody can answer."""


class ScopeError(NotImplementedError):
    """A valid call that this implementation does not answer."""


class Painter:
    """Max pooling in the order of the elements: each takes the windows that are still free."""

    claims = ("gradient", "remainder", "ceil", "gaps", "overlap", "padding", "float16")

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], list[Any]]:
        """Return y, shape (N, C, H', W'), and a list for backward.

        Raises:
            CallError: the call is invalid.
            ScopeError: the call needs a feature that is not claimed.
        """
        outputs = _validated(x, pool)
        _claimed(x, pool)
        y = np.empty((*x.shape[:2], *outputs), x.dtype)
        winners = np.empty((*y.shape, 2), np.int64)
        for n, c in np.ndindex(*x.shape[:2]):
            winners[n, c] = _painted(x[n, c], outputs, pool)
            y[n, c] = x[n, c, winners[n, c, ..., 0], winners[n, c, ..., 1]]
        return y, [winners, x.shape, x.dtype]

    def backward(self, dy: NDArray[Any], saved: list[Any]) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            CallError: dy has not the shape of y.
        """
        winners, shape, dtype = saved
        if dy.shape != winners.shape[:-1]:
            message = f"dy {dy.shape} for y {winners.shape[:-1]}"
            raise CallError(message)
        dx = np.zeros(shape, np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            for n, c, i, j in np.ndindex(*dy.shape):
                dx[n, c, winners[n, c, i, j, 0], winners[n, c, i, j, 1]] += dy[n, c, i, j]
            return dx.astype(dtype)


def _painted(plane: NDArray[Any], outputs: tuple[int, int], pool: Pool) -> NDArray[np.int64]:
    """Return row and column of the winner of every window, shape (H', W', 2)."""
    winners = np.full((*outputs, 2), -1, np.int64)
    lines = [_read(axis, n, outputs[axis], pool) for axis, n in enumerate(plane.shape)]
    read = np.ravel_multi_index(np.broadcast_arrays(*np.ix_(*lines)), plane.shape).ravel()
    values = plane[np.ix_(*lines)].ravel()
    free = outputs[0] * outputs[1]
    for offset in read[np.lexsort((-values, ~np.isnan(values)))].tolist():
        row, column = divmod(offset, plane.shape[1])
        down = _windows_over(row, 0, outputs, pool)
        area = winners[down, _windows_over(column, 1, outputs, pool)]
        unpainted = area[..., 0] < 0
        free -= int(unpainted.sum())
        area[unpainted] = row, column
        if not free:
            break
    return winners


def _read(axis: int, n: int, out: int, pool: Pool) -> NDArray[np.int64]:
    """Return the elements of an axis that some window reads."""
    starts = np.array([o * pool.stride[axis] - pool.padding[axis][0] for o in range(out)])
    seen = np.unique(starts[:, None] + np.arange(pool.kernel_size[axis]))
    return seen[(seen >= 0) & (seen < n)]


def _windows_over(i: int, axis: int, outputs: tuple[int, int], pool: Pool) -> slice:
    """Return the windows that hold element `i` of an axis."""
    k, s, at = pool.kernel_size[axis], pool.stride[axis], i + pool.padding[axis][0]
    return slice(max(0, -((k - 1 - at) // s)), min(outputs[axis], at // s + 1))


def _validated(x: NDArray[Any], pool: Pool) -> tuple[int, int]:
    """Return the output size of the last two axes of a call that is valid for somebody."""
    rank = len(pool.dilation)
    if {len(pool.padding), len(pool.stride), len(pool.kernel_size)} != {rank} or not 0 < rank < 4:
        message = f"parameters of different lengths: {pool}"
        raise CallError(message)
    for d, (begin, end), s, k in zip(
        pool.dilation, pool.padding, pool.stride, pool.kernel_size, strict=True
    ):
        if d < 1 or begin < 0 or end < 0 or s < 1 or k < 1:
            message = f"out of range: {pool}"
            raise CallError(message)
        if begin == end > k // 2 and pool.auto_pad == "explicit":
            message = f"padding {begin} with kernel_size {k}"
            raise CallError(message)
    if x.ndim not in {rank + 2, rank + 1} or 0 in x.shape[-rank - 1 :]:
        message = f"an input of shape {x.shape} with {rank} spatial axes"
        raise CallError(message)
    outputs = [_output(n, axis, pool) for axis, n in enumerate(x.shape[-rank:])]
    return outputs[0], outputs[-1]


def _output(n: int, axis: int, pool: Pool) -> int:
    (begin, end), d = pool.padding[axis], pool.dilation[axis]
    k, s = pool.kernel_size[axis], pool.stride[axis]
    extent = (k - 1) * d + 1
    room = n + begin + end - extent
    out = (room + (s - 1) * pool.ceil_mode) // s + 1
    out -= pool.ceil_mode and (out - 1) * s - begin >= n
    if out < 1 or extent > 2**63 - 1:
        message = f"axis {axis}: {n} elements and {pool}"
        raise CallError(message)
    starts = range(-begin, (out - 1) * s - begin + 1, s)
    lonely = starts[0] + extent <= 0 or starts[-1] >= n
    if lonely or (d > n and any(a % d >= n for a in starts if a < 0)):
        message = f"axis {axis}: a window of padding alone: {pool}"
        raise CallError(message)
    return out


def _claimed(x: NDArray[Any], pool: Pool) -> None:
    """Raise ScopeError for what a valid call needs beyond the claims."""
    beyond = x.ndim != 4 or len(pool.kernel_size) != 2 or x.dtype.kind != "f"
    beyond = beyond or x.dtype.itemsize > 8 or pool.auto_pad != "explicit"
    if beyond or set(pool.dilation) != {1} or any(begin != end for begin, end in pool.padding):
        message = f"beyond the claims: {x.dtype} of shape {x.shape} with {pool}"
        raise ScopeError(message)


pool = Painter()
