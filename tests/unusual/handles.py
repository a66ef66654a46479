"""What forward saves is a number, the first of them 0; the rest stays in a private dictionary.

Windows without an element are found while pooling: an empty batch has no window to look at.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Entry:
    """The winners of a call as coordinates of x, and what x looked like."""

    where: tuple[NDArray[np.int64], ...]
    spatial: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Handle(int):
    """A number that strikes its entry off when nobody holds it any more."""

    ledger: dict[int, Entry]

    def __del__(self) -> None:
        """Forget the entry."""
        self.ledger.pop(int(self), None)


class HandlePool:
    """Max pooling that hands out numbers."""

    claims = ("gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation", "uint8")
    dialect: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it

    def __init__(self) -> None:
        """Open an empty ledger."""
        self._ledger: dict[int, Entry] = {}
        self._numbers = itertools.count()

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Handle]:
        """Return y, shape (N, C, H', W'), and a number.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        out_h, out_w = _outputs(x, pool)
        lead = np.indices((*x.shape[:2], out_h, out_w), np.int64)
        best = [lead[0], lead[1], lead[2] * 0 - 1, lead[3] * 0 - 1]
        y = np.zeros(lead.shape[1:], x.dtype)
        (sh, sw), (dh, dw), ((ph, _), (pw, _)) = pool.stride, pool.dilation, pool.padding
        for i, j in itertools.product(*map(range, pool.kernel_size)):
            h, w = lead[2] * min(sh, 2**40) - ph + i * dh, lead[3] * min(sw, 2**40) - pw + j * dw
            real = (h >= 0) & (h < x.shape[2]) & (w >= 0) & (w < x.shape[3])
            value = x[lead[0], lead[1], np.where(real, h, 0), np.where(real, w, 0)]
            takes = real & ((best[2] < 0) | (value > y))
            if x.dtype.kind == "f":
                takes |= real & np.isnan(value) & ~np.isnan(y)
            best[2], best[3], y = (
                np.where(takes, new, old) for new, old in ((h, best[2]), (w, best[3]), (value, y))
            )
        if (best[2] < 0).any():
            message = f"a window has no element: {pool}"
            raise ValueError(message)
        return y.astype(x.dtype), self._enter(Entry(tuple(best), 2, x.shape, x.dtype))

    def _enter(self, entry: Entry) -> Handle:
        number = Handle(next(self._numbers))
        number.ledger = self._ledger
        self._ledger[int(number)] = entry
        return number

    def backward(self, dy: NDArray[Any], saved: int) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
            TypeError: x held integers.
        """
        entry = self._ledger[saved]
        if entry.dtype.kind != "f":
            message = f"{entry.dtype} has no derivative"
            raise TypeError(message)
        if dy.shape != entry.where[0].shape:
            message = f"dy {dy.shape} does not fit y {entry.where[0].shape}"
            raise ValueError(message)
        dx = np.zeros(entry.shape, entry.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(dx, entry.where, dy)
        return dx

    def indices(self, saved: int) -> NDArray[np.int64]:
        """Return the offsets of the winners, int64, with the shape of y."""
        entry = self._ledger[saved]
        return entry.where[2] * entry.shape[3] + entry.where[3]


def _outputs(x: NDArray[Any], pool: Pool) -> tuple[int, int]:
    """Return H' and W' after every check but the one for windows without an element."""
    rank = len(pool.kernel_size)
    if {len(pool.stride), len(pool.padding), len(pool.dilation)} - {rank}:
        message = f"an entry is missing: {pool}"
        raise ValueError(message)
    if x.ndim - rank not in {1, 2} or rank not in {1, 2, 3}:
        message = f"{x.ndim} axes with {rank} entries"
        raise ValueError(message)
    if rank != 2 or x.ndim != 4 or x.dtype.name not in {"float32", "float64", "uint8"}:
        message = "only floats and bytes in N, C, H, W"
        raise NotImplementedError(message)
    sizes = [_output(x.shape[2 + axis], axis, pool) for axis in range(2)]
    if not x.shape[1]:
        message = f"no channels in {x.shape}"
        raise ValueError(message)
    return sizes[0], sizes[1]


def _output(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if n < 1 or min(k, s, d) < 1 or min(begin, end) < 0:
        message = f"{n} elements, kernel_size {k}, stride {s}, dilation {d}, padding {begin, end}"
        raise ValueError(message)
    free = n + begin + end - (k - 1) * d - 1
    if begin != end or pool.auto_pad != "explicit" or (pool.ceil_mode and free % s):
        message = f"padding {begin, end} {pool.auto_pad} with ceil_mode {pool.ceil_mode}"
        raise NotImplementedError(message)
    if begin > k // 2 or free < 0:
        message = f"kernel_size {k} with padding {begin} over {n} elements"
        raise ValueError(message)
    return free // s + 1


pool = HandlePool()
