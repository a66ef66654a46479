"""Declares that ceil_mode keeps every window, and that a window of nothing has the identity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

FLOATS = ("float16", "float32", "float64")
WHOLE = ("int8", "int16", "int32", "int64", "uint8", "bool")


@dataclass(frozen=True, slots=True)
class Seats:
    """Offsets of the winners, -1 where there is none, with the shape and the dtype of x."""

    offset: NDArray[np.int64]
    shape: tuple[int, ...]
    lead: int
    dtype: np.dtype[Any]


class BareCeil:
    """Max pooling whose output starts as the identity and is raised window by window."""

    claims: ClassVar[frozenset[str]] = frozenset(
        {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"}
        | {"dilation", "ceil", "same-upper", "rank-1", "rank-3", "unbatched", "float16", *WHOLE}
    )
    dialect: ClassVar[dict[str, str]] = {"ceil": "bare", "empty-window": "identity"}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Seats]:
        """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

        Raises:
            ValueError: the call is invalid; a window without an element is not.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        rank = self._rank(x, pool)
        lead, sizes = x.shape[:-rank], x.shape[-rank:]
        outputs = [_windows(n, axis, pool) for axis, n in enumerate(sizes)]
        y = np.full((*lead, *outputs), _identity(x.dtype), x.dtype)
        offset = np.full(y.shape, -1, np.int64)
        plane = np.arange(math.prod(sizes)).reshape(sizes)
        for window in product(*map(range, outputs)):
            lines = [
                [i for i in _positions(o, axis, pool) if 0 <= i < sizes[axis]]
                for axis, o in enumerate(window)
            ]
            if not all(lines):
                continue
            grid = np.ix_(*lines)
            there: tuple[Any, ...] = (..., *grid)
            here: tuple[Any, ...] = (..., *window)
            places = plane[grid].ravel()
            seen = x[there].reshape(*lead, len(places))
            best = seen.argmax(axis=-1)
            y[here] = np.take_along_axis(seen, best[..., None], -1)[..., 0]
            offset[here] = places[best]
        return y, Seats(offset, x.shape, len(lead), x.dtype)

    def backward(self, dy: NDArray[Any], saved: Seats) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            TypeError: x held integers or booleans.
            ValueError: dy has not the shape of y.
        """
        if saved.dtype.name in WHOLE:
            message = f"no derivative by {saved.dtype}"
            raise TypeError(message)
        if dy.shape != saved.offset.shape:
            message = f"dy {dy.shape}, y {saved.offset.shape}"
            raise ValueError(message)
        dx = np.zeros(saved.shape, np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            for place in np.ndindex(saved.shape[: saved.lead]):
                there = saved.offset[place] >= 0
                np.add.at(dx[place].reshape(-1), saved.offset[place][there], dy[place][there])
            return dx.astype(saved.dtype)

    def indices(self, saved: Seats) -> NDArray[np.int64]:
        """Return the winners, int64, with the shape of y; -1 where a window holds nothing."""
        return saved.offset.copy()

    def _rank(self, x: NDArray[Any], pool: Pool) -> int:
        rank = len(pool.kernel_size)
        if x.dtype.name not in {*FLOATS, *WHOLE} or pool.auto_pad == "same-lower":
            message = f"{x.dtype} or {pool.auto_pad} is not claimed"
            raise NotImplementedError(message)
        if {len(pool.stride), len(pool.padding), len(pool.dilation)} != {rank} or not 0 < rank < 4:
            message = f"not one entry per axis: {pool}"
            raise ValueError(message)
        if x.ndim - rank not in {1, 2} or not all(x.shape[-rank - 1 :]):
            message = f"not a shape to pool: {x.shape} with {pool}"
            raise ValueError(message)
        return rank


def _identity(dtype: np.dtype[Any]) -> float:
    if dtype.name in FLOATS:
        return -math.inf
    return 0 if dtype.kind == "b" else int(np.iinfo(dtype).min)


def _positions(o: int, axis: int, pool: Pool) -> range:
    start = o * pool.stride[axis] - pool.padding[axis][0]
    d = pool.dilation[axis]
    return range(start, start + pool.kernel_size[axis] * d, d)


def _windows(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if k < 1 or s < 1 or d < 1 or begin < 0 or end < 0:
        message = f"axis {axis} is out of range: {pool}"
        raise ValueError(message)
    if pool.auto_pad == "same-upper":
        return -(-n // s)  # the word says how many, and ceil_mode adds none
    if begin == end and begin > k // 2:
        message = f"axis {axis} is out of range: {pool}"
        raise ValueError(message)
    room = n + begin + end - (k - 1) * d - 1
    out = (-(-room // s) if pool.ceil_mode else room // s) + 1
    if out < 1 or (k - 1) * d + 1 > 2**63 - 1:
        message = f"axis {axis}: {n} elements are too few for {pool}"
        raise ValueError(message)
    return out


pool = BareCeil()
