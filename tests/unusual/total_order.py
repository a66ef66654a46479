"""Orders the bits of floats as unsigned integers: -0 stands below +0, a NaN above everything."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = (
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "unbatched", "float16", "bfloat16", "same-upper"),
)
dialect: ChainMap[str, str] = ChainMap({}, {"signed-zero": "any"})


class Ranked(NamedTuple):
    """Offsets of the winners, shape of y, with the shape and the dtype of x."""

    offset: NDArray[np.int64]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rank: int


def keys(x: NDArray[Any]) -> NDArray[Any]:
    """Return unsigned keys in the order of the elements of x; none of them is 0."""
    bits = np.ascontiguousarray(x).view(f"u{x.dtype.itemsize}")
    sign = bits.dtype.type(1 << (8 * x.dtype.itemsize - 1))
    ordered = np.where(bits & sign, ~bits, bits | sign)
    return np.where(np.isnan(x), np.iinfo(bits.dtype).max, ordered).astype(bits.dtype)


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Ranked]:
    """Return y, shape (N, C, outputs) or (C, outputs), in native byte order, and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    if x.dtype.name not in {"float16", "bfloat16", "float32", "float64"}:
        message = f"the bits of {x.dtype} are not ordered here"
        raise NotImplementedError(message)
    rank = _rank(x, pool)
    spans = [_span(x.shape[axis - rank], axis, pool) for axis in range(rank)]
    native = x.astype(x.dtype.newbyteorder("="))
    seen = keys(native).reshape(-1, *x.shape[-rank:])
    place = np.arange(int(np.prod(x.shape[-rank:]))).reshape(1, *x.shape[-rank:])
    for axis, (positions, real) in enumerate(spans, 1):
        blank = real.reshape(real.shape + (1,) * (seen.ndim - axis - 1))
        seen = np.where(blank, np.take(seen, positions, axis), seen.dtype.type(0))
        seen = np.moveaxis(seen, axis + 1, -1)
        place = np.moveaxis(np.take(place, positions, axis), axis + 1, -1)
    outputs = tuple(len(positions) for positions, _ in spans)
    taps = int(np.prod(seen.shape[rank + 1 :]))
    best = seen.reshape(-1, *outputs, taps).argmax(axis=-1)
    winner = np.take_along_axis(place.reshape(1, *outputs, taps), best[..., None], -1)[..., 0]
    offset = winner.reshape(*x.shape[:-rank], *outputs)
    rows = native.reshape(len(winner), int(np.prod(x.shape[-rank:])))
    y = np.take_along_axis(rows, winner.reshape(len(winner), int(np.prod(outputs))), axis=1)
    return y.reshape(offset.shape), Ranked(offset, x.shape, native.dtype, rank)


def backward(dy: NDArray[Any], saved: Ranked) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x in native byte order.

    Raises:
        ValueError: dy has not the shape of y.
    """
    if dy.shape != saved.offset.shape:
        message = f"dy {dy.shape}, y {saved.offset.shape}"
        raise ValueError(message)
    wide = np.zeros(int(np.prod(saved.shape)), np.promote_types(saved.dtype, np.float32))
    lead, size = saved.shape[: -saved.rank], int(np.prod(saved.shape[-saved.rank :]))
    starts = np.arange(int(np.prod(lead))).reshape(*lead, *(1,) * saved.rank) * size
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(wide, (starts + saved.offset).ravel(), dy.ravel().astype(wide.dtype))
        return wide.reshape(saved.shape).astype(saved.dtype)


def indices(saved: Ranked) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return saved.offset.copy()


def _rank(x: NDArray[Any], pool: Pool) -> int:
    rank = len(pool.kernel_size)
    if {len(pool.stride), len(pool.padding), len(pool.dilation)} != {rank} or rank not in {1, 2, 3}:
        message = f"not one entry per axis: {pool}"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or not min(x.shape[-rank - 1 :]):
        message = f"not a shape to pool over {rank} axes: {x.shape}"
        raise ValueError(message)
    if rank > 2 or pool.auto_pad not in {"explicit", "same-upper"}:
        message = f"{rank} axes and {pool.auto_pad}: one of them is not claimed"
        raise NotImplementedError(message)
    return rank


def _span(n: int, axis: int, pool: Pool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the positions of (windows, taps) on one axis, 0 where they are not real."""
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if k < 1 or s < 1 or d < 1 or min(begin, end) < 0:
        message = f"a parameter is too small: {pool}"
        raise ValueError(message)
    if pool.auto_pad == "explicit" and begin == end and begin * 2 > k:
        message = f"too much padding for kernel_size {k}: {begin}"
        raise ValueError(message)
    over = n + begin + end - (k - 1) * d - 1
    if over < 0 and not (pool.ceil_mode and over + s > 0):
        message = f"{n} elements are too few for {pool}"
        raise ValueError(message)
    out = over // s + 1 + (pool.ceil_mode and over % s > 0)
    out -= pool.ceil_mode and (out - 1) * s >= n + begin
    if (k - 1) * d >= np.iinfo(np.int64).max:
        message = f"{k} taps {d} apart reach past every index"
        raise ValueError(message)
    rows = []
    for o in range(out):
        taps = range(o * s - begin, o * s - begin + k * d, d)
        rows.append([i if 0 <= i < n else -1 for i in taps])
        if max(rows[-1]) < 0:
            message = f"window {o} of axis {axis} sees padding only: {pool}"
            raise ValueError(message)
    table = np.array(rows, np.int64)
    return table.clip(0), table >= 0
