"""One plane after the other, one window after the other, one element after the other."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.pool import Pool

claims = [
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding"),
    *("asymmetric-padding", "dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16"),
    *("bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool", "same-upper"),
    "same-lower",
]

Position = tuple[int, ...]


class Record:
    """The winner of every window of every plane, written down as it was found."""

    def __init__(self, x: NDArray[Any], outputs: tuple[int, ...]) -> None:
        """Start an empty record for x, shape (N, C, spatial) or (C, spatial)."""
        self.shape, self.dtype, self.sizes = x.shape, x.dtype, x.shape[x.ndim - len(outputs) :]
        self.y_shape = (*x.shape[: x.ndim - len(outputs)], *outputs)
        self.winners: dict[Position, Position] = {}


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Record]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a record of the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the type of x is not claimed.
    """
    rank = check(x, pool)
    outputs = tuple(_windows(x.shape[axis - rank], axis, pool) for axis in range(rank))
    for axis, out in enumerate(outputs):
        if not all(any(_taps(o, axis, x.shape[axis - rank], pool)) for o in (0, out - 1)):
            message = f"axis {axis}: a window without an element"
            raise ValueError(message)
    record = Record(x, outputs)
    y = np.empty(record.y_shape, x.dtype)
    for window in product(*map(range, outputs)):
        seen = [
            [tap[0] for tap in _taps(o, axis, x.shape[axis - rank], pool)]
            for axis, o in enumerate(window)
        ]
        if not all(seen):
            message = f"window {window} without an element"
            raise ValueError(message)
        for plane in product(*map(range, x.shape[:-rank])):
            won = largest(x[plane], seen)
            record.winners[plane + window] = won
            y[plane + window] = x[plane + won]
    return y, record


def largest(plane: NDArray[Any], seen: list[list[int]]) -> Position:
    """Return where the largest of the seen elements stands; a NaN is larger than all."""
    positions = product(*seen)
    won = next(positions)
    best = plane[won].item()
    for position in positions:
        value = plane[position].item()
        if value > best or (value != value and best == best):  # noqa: PLR0124 - NaN
            best, won = value, position
    return won


def backward(dy: NDArray[Any], record: Record) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y, or x held no floating point numbers.
    """
    if dy.shape != record.y_shape or record.dtype.kind in "iub":
        message = f"dy {dy.shape} for y {record.y_shape} of {record.dtype}"
        raise ValueError(message)
    lead = len(record.shape) - len(record.sizes)
    sums: dict[Position, float] = {}
    for seat, won in record.winners.items():
        element = seat[:lead] + won
        sums[element] = sums.get(element, 0.0) + float(dy[seat])
    dx = np.zeros(record.shape, record.dtype)
    with np.errstate(over="ignore"):
        for element, total in sums.items():
            dx[element] = total
    return dx


def indices(record: Record) -> NDArray[np.int64]:
    """Return the row-major offsets of the winners, int64, with the shape of y."""
    out = np.empty(record.y_shape, np.int64)
    for seat, won in record.winners.items():
        offset = 0
        for n, at in zip(record.sizes, won, strict=True):
            offset = offset * n + at
        out[seat] = offset
    return out


def _taps(o: int, axis: int, n: int, pool: Pool) -> Iterator[tuple[int]]:
    """Yield the real elements of a window, each in a tuple, so that 0 counts as one."""
    start, d = o * pool.stride[axis] - pool.padding[axis][0], pool.dilation[axis]
    last = min(start + (pool.kernel_size[axis] - 1) * d, n - 1)
    return ((i,) for i in range(start if start >= 0 else start % d, last + 1, d))


def _windows(n: int, axis: int, pool: Pool) -> int:
    begin, end = pool.padding[axis]
    extent = (pool.kernel_size[axis] - 1) * pool.dilation[axis] + 1
    out, rest = divmod(n + begin + end - extent, pool.stride[axis])
    out += 2 if rest and pool.ceil_mode else 1
    if pool.ceil_mode and (out - 1) * pool.stride[axis] >= n + begin:
        out -= 1
    if out < 1 or extent.bit_length() > 63:
        message = f"axis {axis}: {n} elements cannot hold a window of {extent}"
        raise ValueError(message)
    return out


def check(x: NDArray[Any], pool: Pool) -> int:
    """Return the number of spatial axes.

    Raises:
        ValueError: a shape or a parameter is out of range.
        NotImplementedError: the type of x is not claimed.
    """
    rank = pool.rank
    if x.dtype.name not in {"float32", "float64", *claims}:
        message = f"cannot pool {x.dtype}"
        raise NotImplementedError(message)
    if not 1 <= rank <= 3 or x.ndim - rank not in {1, 2} or 0 in x.shape[-rank - 1 :]:
        message = f"cannot pool shape {x.shape} with {pool}"
        raise ValueError(message)
    if {*map(len, (pool.kernel_size, pool.stride, pool.padding, pool.dilation))} != {rank}:
        message = f"an entry is missing in {pool}"
        raise ValueError(message)
    for k, s, (begin, end), d in zip(
        pool.kernel_size, pool.stride, pool.padding, pool.dilation, strict=True
    ):
        too_much = begin == end and begin > k // 2 and pool.auto_pad == "explicit"
        if k < 1 or s < 1 or d < 1 or begin < 0 or end < 0 or too_much:
            message = f"out of range: {pool}"
            raise ValueError(message)
    return rank
