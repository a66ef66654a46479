"""A sliding maximum with a double-ended queue; whatever is invalid is a TypeError."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from reference.pool import Pool

Entry: TypeAlias = "tuple[float, int]"  # a value, and its offset in the plane

claims = (
    *("gradient", "overlap", "gaps", "remainder", "padding", "asymmetric-padding", "ceil"),
    *("int8", "int16", "int32", "int64", "uint8", "float16", "rank-1", "rank-3", "unbatched"),
)


class Trail(NamedTuple):
    """The winners of a call, and the shape and dtype of x."""

    seats: NDArray[np.int64]
    shape: tuple[int, ...]
    rank: int
    dtype: np.dtype[Any]


class Axis(NamedTuple):
    """One spatial axis: taps, stride, begin padding, windows, and the elements they read."""

    k: int
    s: int
    begin: int
    out: int
    read: Sequence[int]

    def slide(self, line: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the largest entry of each window along a line, the first one of equals."""
        entries = list(line)
        queue: deque[int] = deque()
        added = 0
        for o in range(self.out):
            start = o * self.s - self.begin
            while added < len(entries) and self.read[added] < start + self.k:
                while queue and _beats(entries[added][0], entries[queue[-1]][0]):
                    queue.pop()
                queue.append(added)
                added += 1
            while self.read[queue[0]] < start:
                queue.popleft()
            yield entries[queue[0]]


def _beats(later: float, earlier: float) -> bool:
    is_nan, was_nan = later != later, earlier != earlier  # noqa: PLR0124 - NaN
    return (is_nan and not was_nan) or later > earlier


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Trail]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

    Raises:
        TypeError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    axes = _axes(x, pool)
    lead, sizes = x.shape[: -len(axes)], x.shape[-len(axes) :]
    size = int(np.prod(sizes))
    planes = x.reshape(int(np.prod(lead)), size)
    outputs = tuple(axis.out for axis in axes)
    grid = np.broadcast_arrays(*np.ix_(*(np.array(axis.read) for axis in axes)))
    places = np.ravel_multi_index(grid, sizes).ravel()
    seats = np.zeros((len(planes), int(np.prod(outputs))), np.int64)
    for seat, plane in zip(seats, planes, strict=True):
        entries = list(zip(plane[places].tolist(), places.tolist(), strict=True))
        shape = [len(axis.read) for axis in axes]
        for number in reversed(range(len(axes))):
            entries = _pooled(entries, shape, number, axes[number])
            shape[number] = axes[number].out
        seat[:] = [offset for _, offset in entries]
    y = np.take_along_axis(planes, seats, axis=1).reshape(*lead, *outputs)
    return y, Trail(seats.reshape(y.shape), x.shape, len(axes), x.dtype)


def _pooled(entries: list[Entry], shape: list[int], number: int, axis: Axis) -> list[Entry]:
    """Pool one axis of a plane that is written row by row."""
    inner = int(np.prod(shape[number + 1 :]))
    block = shape[number] * inner
    result: list[Entry] = []
    for start in range(0, len(entries), block):
        columns = [axis.slide(entries[start + j : start + block : inner]) for j in range(inner)]
        for row in zip(*columns, strict=True):
            result.extend(row)
    return result


def backward(dy: NDArray[Any], saved: Trail) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        TypeError: dy has not the shape of y, or x held integers.
    """
    if dy.shape != saved.seats.shape or saved.dtype.kind != "f":
        message = f"dy {dy.shape} for {saved.dtype} elements, y {saved.seats.shape}"
        raise TypeError(message)
    lead = saved.shape[: -saved.rank]
    dx = np.zeros((*lead, int(np.prod(saved.shape[-saved.rank :]))), np.float64)
    for place in np.ndindex(lead):
        np.add.at(dx[place], saved.seats[place].ravel(), dy[place].ravel())
    with np.errstate(over="ignore"):
        return dx.reshape(saved.shape).astype(saved.dtype)


def _axes(x: NDArray[Any], pool: Pool) -> list[Axis]:
    rank = len(pool.kernel_size)
    if any(len(part) != rank for part in (pool.stride, pool.padding, pool.dilation)):
        message = f"every parameter has one entry per axis, unlike {pool}"
        raise TypeError(message)
    if x.ndim not in {rank + 1, rank + 2} or rank not in {1, 2, 3} or not all(x.shape[-rank - 1 :]):
        message = f"{pool} for an input of shape {x.shape}"
        raise TypeError(message)
    if min(pool.dilation) < 1:
        message = f"dilation is at least 1, unlike {pool.dilation}"
        raise TypeError(message)
    known = x.dtype.name in {"float32", "float64", *claims}
    if not known or max(pool.dilation) > 1 or pool.auto_pad != "explicit":
        message = f"{x.dtype} elements, {pool}: neither dilation nor SAME nor every type is claimed"
        raise NotImplementedError(message)
    return [_axis(n, axis, pool) for axis, n in enumerate(x.shape[-rank:])]


def _axis(n: int, number: int, pool: Pool) -> Axis:
    k, s, (begin, end) = pool.kernel_size[number], pool.stride[number], pool.padding[number]
    if k < 1 or s < 1 or begin < 0 or end < 0 or (begin == end and begin > k // 2):
        message = f"axis {number} of {pool} is out of range"
        raise TypeError(message)
    out = (n + begin + end - k + (s - 1) * bool(pool.ceil_mode)) // s + 1
    if pool.ceil_mode and (out - 1) * s >= n + begin:
        out -= 1
    if out < 1 or k >= 2**63:
        message = f"{n} elements have no room for {k} taps"
        raise TypeError(message)
    if begin >= k or (out - 1) * s - begin >= n:
        message = f"padding {(begin, end)} leaves a window of {k} without an element"
        raise TypeError(message)
    read: Sequence[int] = range(n)
    if s > k:
        windows = (range(o * s - begin, o * s - begin + k) for o in range(out))
        read = [i for window in windows for i in window if 0 <= i < n]
    return Axis(k, s, begin, out, read)
