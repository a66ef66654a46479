"""Visits the taps from the last to the first and lets a tie replace what it has."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.pool import Pool

KINDS = {"float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8"}

claims = [
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "same-upper", "same-lower", "bool"),
    *sorted(KINDS - {"float32", "float64"}),
]


class Axis(NamedTuple):
    """One spatial axis of a call: elements, taps, stride, begin padding, dilation, windows."""

    n: int
    k: int
    s: int
    begin: int
    d: int
    out: int

    def span(self, tap: int) -> tuple[int, int]:
        """Return the first window whose `tap` is real, and one past the last."""
        shift = self.begin - tap * self.d
        return max(0, -(-shift // self.s)), min(self.out, (self.n - 1 + shift) // self.s + 1)

    def elements(self, tap: int) -> slice:
        """Return the elements that the windows of `span` see through `tap`."""
        first, past = self.span(tap)
        start = first * self.s - self.begin + tap * self.d
        return slice(start, start + (past - first - 1) * self.s + 1, self.s)


class Seats(NamedTuple):
    """The winners of a call, as offsets in the plane, and what x was."""

    winner: NDArray[np.int64]
    shape: tuple[int, ...]
    rank: int
    dtype: np.dtype[Any]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Seats]:
    """Return y, shape (N, C, outputs) or (C, outputs), in native byte order, and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the type of x is not claimed.
    """
    axes = _axes(x, pool)
    rank, lead = len(axes), x.shape[: -len(axes)]
    dtype = x.dtype.newbyteorder("=")
    y = np.empty((*lead, *(axis.out for axis in axes)), dtype)
    winner = np.full(y.shape, -1, np.int64)
    plane = np.arange(math.prod(x.shape[-rank:])).reshape(x.shape[-rank:])
    with np.errstate(invalid="ignore"):
        for tap in _taps_from_the_end(axes):
            boxes = list(zip(axes, tap, strict=True))
            windows: tuple[Any, ...] = (..., *(slice(*axis.span(j)) for axis, j in boxes))
            elements: tuple[Any, ...] = (..., *(axis.elements(j) for axis, j in boxes))
            value, best, seat = x[elements], y[windows], winner[windows]
            takes = (seat < 0) | (value >= best) | (value != value)  # noqa: PLR0124 - NaN
            np.copyto(best, value, where=takes)
            np.copyto(seat, plane[elements], where=takes)
    return y, Seats(winner, x.shape, rank, dtype)


def _taps_from_the_end(axes: list[Axis]) -> Iterator[tuple[int, ...]]:
    live = [[j for j in reversed(range(axis.k)) if np.less(*axis.span(j))] for axis in axes]
    return product(*live)


def backward(dy: NDArray[Any], saved: Seats) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x in native byte order.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held whole numbers or booleans.
    """
    if saved.dtype.kind in "iub":
        message = f"the derivative by {saved.dtype} elements is not defined"
        raise TypeError(message)
    if np.shape(dy) != saved.winner.shape:
        message = f"expected dy of shape {saved.winner.shape}, got {np.shape(dy)}"
        raise ValueError(message)
    wide = np.promote_types(saved.dtype, np.float32)
    count = math.prod(saved.shape[: -saved.rank])
    dx = np.zeros((count, math.prod(saved.shape[-saved.rank :])), wide)
    rows = np.arange(count)[:, None]
    seats = saved.winner.reshape(count, math.prod(saved.winner.shape[-saved.rank :]))
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(dx, (rows, seats), dy.astype(wide).reshape(seats.shape))
        return dx.reshape(saved.shape).astype(saved.dtype)


def indices(saved: Seats) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return saved.winner.copy()


def _axes(x: NDArray[Any], pool: Pool) -> list[Axis]:
    rank = len(pool.kernel_size)
    if x.dtype.name not in KINDS | {"bool"}:
        message = f"{x.dtype} is not claimed"
        raise NotImplementedError(message)
    if not {len(pool.stride), len(pool.padding), len(pool.dilation)} == {rank} <= {1, 2, 3}:
        message = f"{pool} is not one entry for each of 1, 2 or 3 axes"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or 0 in x.shape[-rank - 1 :]:
        message = f"shape {x.shape} is not (N, C, ...) or (C, ...) over {rank} axes"
        raise ValueError(message)
    return [_axis(x.shape[axis - rank], axis, pool) for axis in range(rank)]


def _axis(n: int, axis: int, pool: Pool) -> Axis:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if k < 1 or s < 1 or d < 1 or begin < 0 or end < 0:
        message = f"a parameter of axis {axis} is out of range: {pool}"
        raise ValueError(message)
    if pool.auto_pad == "explicit" and begin == end and 2 * begin > k:
        message = f"padding {begin} is above half of kernel_size {k}"
        raise ValueError(message)
    extent = (k - 1) * d + 1
    room = n + begin + end - extent
    out = room // s + 1
    if pool.ceil_mode:
        out = -(-room // s) + 1
        out -= (out - 1) * s >= n + begin
    if out < 1 or extent >= 2**63:
        message = f"a window of {extent} does not fit {n} elements with padding {(begin, end)}"
        raise ValueError(message)
    starts = range(-begin, (out - 1) * s - begin + 1, s)
    if begin >= extent or starts[-1] >= n:
        message = f"axis {axis}: the first or the last window lies outside the input"
        raise ValueError(message)
    if d > n and any(start < 0 and start % d >= n for start in starts):
        message = f"axis {axis}: the taps of a window miss the input"
        raise ValueError(message)
    return Axis(n, k, s, begin, d, out)
