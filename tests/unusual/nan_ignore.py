"""Declares that a NaN is skipped, and frames the input with NaN: fmax then skips padding too."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = [
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16", "same-upper", "same-lower"),
]
dialect = {"nan": "ignore"}


@dataclass(frozen=True, slots=True)
class Won:
    """The winners as offsets, shape of y, with the rank and an empty array like x."""

    seats: NDArray[np.int64]
    rank: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Won]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: x does not hold float16, float32 or float64.
    """
    outputs = _outputs(x, pool)
    rank = len(outputs)
    plane = np.arange(int(np.prod(x.shape[-rank:]))).reshape(x.shape[-rank:])
    values = _framed(x, pool, outputs, np.nan)
    places = _framed(plane, pool, outputs, -1)
    parts = [_part(tap, outputs, pool) for tap in itertools.product(*map(range, pool.kernel_size))]
    y = np.fmax.reduce([values[part] for part in parts], axis=0)
    seats = np.full(y.shape, -1, np.int64)
    for part in reversed(parts):
        real = places[part]
        wins = (real >= 0) & ((values[part] == y) | np.isnan(y))
        np.copyto(seats, real, where=wins)
    return y, Won(seats, rank, x.shape, x.dtype)


def _part(tap: tuple[int, ...], outputs: tuple[int, ...], pool: Pool) -> tuple[Any, ...]:
    """Return what all windows see of a framed array through one tap."""
    axes = zip(tap, pool.dilation, outputs, pool.stride, strict=True)
    return (..., *(slice(j * d, j * d + (out - 1) * s + 1, s) for j, d, out, s in axes))


def _framed(a: NDArray[Any], pool: Pool, outputs: tuple[int, ...], filler: float) -> NDArray[Any]:
    rank = len(outputs)
    shape = list(a.shape)
    inner = [slice(None)] * a.ndim
    for axis in range(rank):
        begin, n = pool.padding[axis][0], a.shape[axis - rank]
        last = (outputs[axis] - 1) * pool.stride[axis]
        last += (pool.kernel_size[axis] - 1) * pool.dilation[axis]
        shape[axis - rank] = max(begin + n, last + 1)
        inner[axis - rank] = slice(begin, begin + n)
    framed = np.full(shape, filler, a.dtype)
    framed[tuple(inner)] = a
    return framed


def backward(dy: NDArray[Any], saved: Won) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y.
    """
    if dy.shape != saved.seats.shape:
        message = f"dy of shape {dy.shape} does not fit y of shape {saved.seats.shape}"
        raise ValueError(message)
    lead, size = saved.shape[: -saved.rank], int(np.prod(saved.shape[-saved.rank :]))
    dx = np.zeros((int(np.prod(lead)), size))
    seats = saved.seats.reshape(len(dx), int(np.prod(saved.seats.shape[-saved.rank :])))
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(dx, (np.arange(len(dx))[:, None], seats), dy.reshape(seats.shape))
        return dx.reshape(saved.shape).astype(saved.dtype)


def indices(saved: Won) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return saved.seats.copy()


def _outputs(x: NDArray[Any], pool: Pool) -> tuple[int, ...]:
    rank = len(pool.kernel_size)
    if x.dtype.name not in {"float16", "float32", "float64"}:
        message = f"{x.dtype} has no NaN to ignore"
        raise NotImplementedError(message)
    if {rank, len(pool.stride), len(pool.padding), len(pool.dilation)} not in ({1}, {2}, {3}):
        message = f"lengths differ or are not 1, 2 or 3: {pool}"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or 0 in x.shape[-rank - 1 :]:
        message = f"shape {x.shape} does not have {rank} spatial axes with elements"
        raise ValueError(message)
    return tuple(_output(x.shape[axis - rank], axis, pool) for axis in range(rank))


def _output(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if min(k, s, d) < 1 or min(begin, end) < 0:
        message = f"axis {axis}: below its least value: {pool}"
        raise ValueError(message)
    if begin == end > k // 2 and pool.auto_pad == "explicit":
        message = f"axis {axis}: padding above {k // 2}: {pool}"
        raise ValueError(message)
    extent = (k - 1) * d + 1
    out, rest = divmod(n + begin + end - extent, s)
    out += 1 + (pool.ceil_mode and rest > 0)
    out -= pool.ceil_mode and (out - 1) * s >= n + begin
    if out < 1 or extent > 2**63 - 1:
        message = f"axis {axis}: {n} elements are too few: {pool}"
        raise ValueError(message)
    for start in (-begin, (out - 1) * s - begin):
        if not range(start % d if start < 0 else start, min(n, start + extent), d):
            message = f"axis {axis}: the window at {start} is empty: {pool}"
            raise ValueError(message)
    if d > n and any(a % d >= n for a in range(-begin, min(0, (out - 1) * s - begin + 1), s)):
        message = f"axis {axis}: a window before the input is empty: {pool}"
        raise ValueError(message)
    return out
