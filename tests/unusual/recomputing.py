"""Keeps a copy of the input and finds the winners again when it is asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Question:
    """A forward call that can be made again."""

    x: NDArray[Any]
    pool: Pool


@dataclass(frozen=True, slots=True)
class Line:
    """The windows along one axis: element of each tap, or of the first real one instead."""

    element: NDArray[np.int64]


class Recomputing:
    """Max pooling that remembers the question and not the answer."""

    __slots__ = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """Return everything but bfloat16 and the unsigned types."""
        shapes = ("rank-1", "rank-3", "unbatched", "same-upper", "same-lower")
        windows = ("overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation")
        kinds = ("float16", "int8", "int16", "int32", "int64", "bool")
        return ("gradient", "indices", "ceil", *shapes, *windows, *kinds)

    @property
    def dialect(self) -> dict[str, str]:
        """Return no differences."""
        return {}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Question]:
        """Return y, shape (N, C, outputs) or (C, outputs), and the question.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        seats = self._winners(x, pool)
        rows = x.reshape(len(seats), int(np.prod(x.shape[-pool.rank :])))
        y = np.take_along_axis(rows, seats, axis=1)
        return y.reshape(self._output_shape(x, pool)), Question(x.copy(), pool)

    def backward(self, dy: NDArray[Any], saved: Question) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            TypeError: x held no floating point numbers.
            ValueError: dy has not the shape of y.
        """
        x = saved.x
        if not np.issubdtype(x.dtype, np.floating):
            message = f"{x.dtype} elements have no gradient"
            raise TypeError(message)
        if dy.shape != self._output_shape(x, saved.pool):
            message = f"dy {dy.shape} does not belong to x {x.shape} and {saved.pool}"
            raise ValueError(message)
        seats = self._winners(x, saved.pool)
        dx = np.zeros((len(seats), int(np.prod(x.shape[-saved.pool.rank :]))))
        with np.errstate(all="ignore"):
            for plane, seat, flow in zip(dx, seats, dy.reshape(seats.shape), strict=True):
                np.add.at(plane, seat, flow)
            return dx.astype(x.dtype).reshape(x.shape)

    def indices(self, saved: Question) -> NDArray[np.int64]:
        """Return the winners, found again: int64, with the shape of y."""
        return self._winners(saved.x, saved.pool).reshape(self._output_shape(saved.x, saved.pool))

    def _output_shape(self, x: NDArray[Any], pool: Pool) -> tuple[int, ...]:
        lead = x.ndim - pool.rank
        lines = self._lines(x, pool)
        return (*x.shape[:lead], *(len(line.element) for line in lines))

    def _winners(self, x: NDArray[Any], pool: Pool) -> NDArray[np.int64]:
        """Return offsets of shape (planes, windows)."""
        if x.dtype.name not in {"float32", "float64", *self.claims}:
            message = f"{x.dtype} is not claimed"
            raise NotImplementedError(message)
        places = np.zeros((1, 1), np.int64)
        for line, n in zip(self._lines(x, pool), x.shape[-pool.rank :], strict=True):
            grid = places[:, None, :, None] * n + line.element[None, :, None, :]
            places = grid.reshape(len(places) * len(line.element), -1)
        lead = x.shape[: x.ndim - pool.rank]
        planes = x.reshape(int(np.prod(lead)), int(np.prod(x.shape[-pool.rank :])))
        best = np.argmax(planes[:, places], axis=2)
        winners: NDArray[np.int64] = places[np.arange(len(places)), best]
        return winners

    def _lines(self, x: NDArray[Any], pool: Pool) -> list[Line]:
        rank = len(pool.kernel_size)
        entries = {len(pool.stride), len(pool.padding), len(pool.dilation), rank}
        if len(entries) > 1 or rank not in {1, 2, 3} or x.ndim not in {rank + 1, rank + 2}:
            message = f"{pool} cannot be applied to {x.ndim} axes"
            raise ValueError(message)
        if x.shape[-rank - 1] < 1:
            message = "there are no channels"
            raise ValueError(message)
        return [_line(n, axis, pool) for axis, n in enumerate(x.shape[-rank:])]


def _line(n: int, axis: int, pool: Pool) -> Line:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    allowed = k // 2 if begin == end and pool.auto_pad == "explicit" else max(begin, end)
    if n < 1 or k < 1 or s < 1 or d < 1 or not 0 <= min(begin, end) <= begin <= max(allowed, 0):
        message = f"axis {axis} with {n} elements: out of range: {pool}"
        raise ValueError(message)
    extent = 1 + d * (k - 1)
    hang = n + begin + end - extent
    out = 1 + (-(-hang // s) if pool.ceil_mode else hang // s)
    if pool.ceil_mode and s * (out - 1) >= n + begin:
        out -= 1
    if out < 1 or extent > 2**63 - 1 or begin >= extent or s * (out - 1) - begin >= n:
        message = f"axis {axis} with {n} elements: a window has no element: {pool}"
        raise ValueError(message)
    starts = range(-begin, s * (out - 1) - begin + 1, s)
    if d > n and any(a % d >= n for a in starts if a < 0):
        message = f"axis {axis} with {n} elements: the dilation steps over them: {pool}"
        raise ValueError(message)
    first = np.array([a if a >= 0 else a % d for a in starts], np.int64)[:, None]
    at = np.array(starts, np.int64)[:, None] + np.arange(k) * (d if k > 1 else 1)
    # A tap on padding looks at the first real element instead: a copy changes no maximum.
    return Line(np.where((at >= 0) & (at < n), at, first))


pool = Recomputing()
