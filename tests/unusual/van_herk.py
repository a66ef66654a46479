"""Running maxima of blocks (van Herk, Gil and Werman), axis by axis, with their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Runs:
    """Values and the offsets in the plane where they stand; -1 where there is none."""

    value: NDArray[Any]
    place: NDArray[np.int64]

    def __getitem__(self, key: Any) -> Runs:  # noqa: ANN401 - whatever NumPy takes
        """Return a part of both arrays."""
        return Runs(self.value[key], self.place[key])

    def merge(self, later: Runs) -> Runs:
        """Return, place by place, the larger of two; the earlier one of equals."""
        mine, theirs = self.value, later.value
        larger = (theirs > mine) | (np.not_equal(theirs, theirs) & np.equal(mine, mine))
        takes = (later.place >= 0) & ((self.place < 0) | larger)
        return Runs(np.where(takes, theirs, mine), np.where(takes, later.place, self.place))


def _axis_maxima(runs: Runs, out: int, axis: int, pool: Pool) -> Runs:
    """Pool the last axis: (..., n) to (..., out)."""
    k = pool.kernel_size[axis]
    s, d = (pool.stride[axis] if out > 1 else 1), (pool.dilation[axis] if k > 1 else 1)
    begin, n = pool.padding[axis][0], runs.value.shape[-1]
    touched = max(begin + n, (out - 1) * s + (k - 1) * d + 1)
    length = -(-touched // (k * d)) * k * d
    value = np.zeros((*runs.value.shape[:-1], length), runs.value.dtype)
    place = np.full(value.shape, -1, np.int64)
    value[..., begin : begin + n], place[..., begin : begin + n] = runs.value, runs.place
    blocks = (*value.shape[:-1], length // (k * d), k, d)
    heads = Runs(value.reshape(blocks), place.reshape(blocks))
    tails = Runs(heads.value.copy(), heads.place.copy())
    for j in range(1, k):
        _store(heads, j, heads[..., j - 1, :].merge(heads[..., j, :]))
    for j in range(k - 2, -1, -1):
        _store(tails, j, tails[..., j, :].merge(tails[..., j + 1, :]))
    starts = np.arange(out) * s
    flat = value.shape
    tail = Runs(tails.value.reshape(flat), tails.place.reshape(flat))[..., starts]
    head = Runs(heads.value.reshape(flat), heads.place.reshape(flat))[..., starts + (k - 1) * d]
    return tail.merge(head)


def _store(runs: Runs, j: int, merged: Runs) -> None:
    runs.value[..., j, :], runs.place[..., j, :] = merged.value, merged.place


class RunningMaxima:
    """Max pooling whose cost does not depend on the kernel_size."""

    claims = frozenset(
        {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"}
        | {"dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16", "int8", "int16"}
        | {"int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}
        | {"same-upper", "same-lower"}
    )

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], tuple[Any, ...]]:
        """Return y, shape (N, C, outputs) or (C, outputs), and a tuple for backward.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        sizes = x.shape[-pool.rank :]
        plane = np.arange(int(np.prod(sizes))).reshape(sizes)
        runs = Runs(x, np.broadcast_to(plane, x.shape))
        for axis in reversed(range(pool.rank)):
            place = axis - pool.rank
            moved = Runs(np.moveaxis(runs.value, place, -1), np.moveaxis(runs.place, place, -1))
            pooled = _axis_maxima(moved, outputs[axis], axis, pool)
            runs = Runs(np.moveaxis(pooled.value, -1, place), np.moveaxis(pooled.place, -1, place))
        return runs.value, (runs.place, x.shape, x.dtype, pool.rank)

    def backward(self, dy: NDArray[Any], saved: tuple[Any, ...]) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y, or x was not floating point.
        """
        place, shape, dtype, rank = saved
        if dtype.kind != "f" or dy.shape != place.shape:
            message = f"no gradient of {dtype} elements from dy {dy.shape}, y is {place.shape}"
            raise ValueError(message)
        wide = np.zeros((int(np.prod(shape[:-rank])), int(np.prod(shape[-rank:]))), np.float64)
        starts = np.arange(len(wide)).reshape(*shape[:-rank], *(1,) * rank) * wide.shape[1]
        with np.errstate(invalid="ignore"):
            np.add.at(wide.reshape(-1), (starts + place).ravel(), dy.ravel())
        with np.errstate(over="ignore"):
            return wide.reshape(shape).astype(dtype)

    def indices(self, saved: tuple[Any, ...]) -> NDArray[np.int64]:
        """Return the offsets of the winners, int64, with the shape of y."""
        place: NDArray[np.int64] = saved[0]
        return place.astype(np.int64, copy=True)


pool = RunningMaxima()
