"""Compares elements as fractions and sums gradients as fractions, so that nothing is rounded.

What is returned is right for good: it cannot be written to.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

Number: TypeAlias = "float | int | bool"
claims = (
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "same-lower", "same-upper"),
    *("float16", "bfloat16", "int8", "int16", "int32", "int64", "bool"),
    *("uint8", "uint16", "uint32", "uint64"),
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Who won: for every place of y the place of x."""

    winner: dict[tuple[int, ...], tuple[int, ...]]
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rank: int


def rank_of(value: Number) -> tuple[int, Fraction]:
    """Return a key: -inf, the numbers in their order, +inf, NaN."""
    if value != value:  # noqa: PLR0124 - NaN
        return 3, Fraction(0)
    if math.isinf(value):
        return (2 if value > 0 else 0), Fraction(0)
    return 1, Fraction(value)


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Ledger]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a ledger of the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the elements are not numbers that are claimed.
    """
    if x.dtype.name not in {"float32", "float64", *claims}:
        message = f"{x.dtype} is not claimed"
        raise NotImplementedError(message)
    axes = [_axis(n, axis, pool) for axis, n in enumerate(_sizes(x, pool))]
    lead = x.shape[: -len(axes)]
    y = np.empty((*lead, *map(len, axes)), x.dtype)
    winner = {}
    for plane in product(*map(range, lead)):
        known: dict[tuple[int, ...], tuple[int, Fraction]] = {}
        for window in product(*(range(len(axis)) for axis in axes)):
            places = list(product(*(axis[o] for axis, o in zip(axes, window, strict=True))))
            for place in places:
                if place not in known:
                    known[place] = rank_of(x[plane + place].item())
            won = max(places, key=known.__getitem__)
            winner[plane + window] = plane + won
            y[plane + window] = x[plane + won]
    y.setflags(write=False)
    return y, Ledger(winner, x.shape, y.shape, x.dtype, len(axes))


def backward(dy: NDArray[Any], saved: Ledger) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x; each sum is rounded once.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held integers or booleans.
    """
    if saved.dtype.kind in "iub":
        message = f"no derivative of {saved.dtype}"
        raise TypeError(message)
    if dy.shape != saved.y_shape:
        message = f"dy {dy.shape} is not {saved.y_shape}"
        raise ValueError(message)
    finite: defaultdict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    special: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for place, won in saved.winner.items():
        flow = float(dy[place])
        if math.isfinite(flow):
            finite[won] += Fraction(flow)
        else:
            special[won] += flow
    dx = np.zeros(saved.x_shape, saved.dtype)
    with np.errstate(over="ignore"):
        for place in finite.keys() | special.keys():
            dx[place] = special[place] if place in special else float(finite[place])
    dx.setflags(write=False)
    return dx


def indices(saved: Ledger) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    out = np.empty(saved.y_shape, np.int64)
    for place, won in saved.winner.items():
        out[place] = np.ravel_multi_index(won[-saved.rank :], saved.x_shape[-saved.rank :])
    out.setflags(write=False)
    return out


def _sizes(x: NDArray[Any], pool: Pool) -> tuple[int, ...]:
    rank = len(pool.kernel_size)
    if rank not in {1, 2, 3} or not rank < x.ndim < rank + 3:
        message = f"{x.ndim} axes for {pool}"
        raise ValueError(message)
    if any(len(part) != rank for part in (pool.stride, pool.padding, pool.dilation)):
        message = f"{rank} axes need {rank} entries: {pool}"
        raise ValueError(message)
    if 0 in x.shape[-rank - 1 :]:
        message = f"{x.shape} has nothing to pool"
        raise ValueError(message)
    return x.shape[-rank:]


def _axis(n: int, axis: int, pool: Pool) -> list[list[int]]:
    """Return the real elements of every window on one axis."""
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    if min(k, s, d) < 1:
        message = f"axis {axis}: below 1: kernel_size {k}, stride {s}, dilation {d}"
        raise ValueError(message)
    extent = (k - 1) * d + 1
    begin, end = _pads(n, extent, axis, pool)
    steps = Fraction(n + begin + end - extent, s)
    out = (math.ceil(steps) if pool.ceil_mode else math.floor(steps)) + 1
    if pool.ceil_mode and (out - 1) * s >= n + begin:
        out -= 1
    if out < 1 or extent >= 1 << 63:
        message = f"axis {axis}: a window of {extent} in {n} elements"
        raise ValueError(message)
    windows = []
    for o in range(out):
        start = o * s - begin
        windows.append(list(range(start if start >= 0 else start % d, min(n, start + extent), d)))
        if not windows[-1]:
            message = f"axis {axis}: window {o} holds padding only"
            raise ValueError(message)
    return windows


def _pads(n: int, extent: int, axis: int, pool: Pool) -> tuple[int, int]:
    """Return the padding, which a SAME word decides by itself."""
    if pool.auto_pad == "explicit":
        begin, end = pool.padding[axis]
        if begin < 0 or end < 0 or (begin == end and Fraction(begin) > pool.kernel_size[axis] // 2):
            message = f"axis {axis}: padding {begin, end}, kernel_size {pool.kernel_size[axis]}"
            raise ValueError(message)
        return begin, end
    s = pool.stride[axis]
    total = max(0, (math.ceil(Fraction(n, s)) - 1) * s + extent - n)
    less, more = total // 2, total - total // 2
    return (less, more) if pool.auto_pad == "same-upper" else (more, less)
