"""Of several NaNs of a window the last one wins, which needs no declaration."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.pool import Pool

claims = dict.fromkeys(
    (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation", "ceil"),
        *("asymmetric-padding", "unbatched", "rank-1", "rank-3", "float16", "same-upper"),
        "same-lower",
    )
).keys()
dialect = {"ties": "first", "nan": "propagate"}


class Memory(TypedDict):
    """What forward remembers: the winners and what the image looked like."""

    won: NDArray[np.int64]
    shape: tuple[int, ...]
    spatial: int
    type: np.dtype[Any]


def forward(image: NDArray[Any], options: Pool, /) -> tuple[NDArray[Any], Memory]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a memory of the winners.

    Raises:
        TypeError: the image does not fit the options.
        ValueError: an option is out of range.
        NotImplementedError: the image does not hold floating point numbers.
    """
    if image.dtype.kind != "f" or image.dtype.itemsize > np.dtype(np.float64).itemsize:
        message = f"only float16, float32 and float64 are pooled, not {image.dtype}"
        raise NotImplementedError(message)
    rank = len(options.kernel_size)
    lengths = (len(options.stride), len(options.padding), len(options.dilation))
    if rank not in {1, 2, 3} or image.ndim not in {rank + 1, rank + 2} or lengths != (rank,) * 3:
        message = f"{image.ndim} axes do not suit {options}"
        raise TypeError(message)
    if image.shape[-rank - 1] == 0:
        message = f"no channels: {image.shape}"
        raise ValueError(message)
    tables = [_table(image.shape[axis - rank], axis, options) for axis in range(rank)]
    outputs = tuple(len(at) for at, _ in tables)
    y = np.zeros((*image.shape[:-rank], *outputs), image.dtype)
    won = np.full(y.shape, -1, np.int64)
    for value, real, offset in _columns(image, tables):
        better = real & ((won < 0) | (value > y) | np.isnan(value))
        y, won = np.where(better, value, y), np.where(better, offset, won)
    y = y.astype(image.dtype, copy=False)
    return y, {"won": won, "shape": image.shape, "spatial": rank, "type": image.dtype}


def _columns(
    image: NDArray[Any], tables: list[tuple[NDArray[np.int64], NDArray[np.bool_]]]
) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield for each tap what every window sees through it, whether real, and its offset."""
    rank = len(tables)
    for tap in itertools.product(*(range(at.shape[1]) for at, _ in tables)):
        value, real, offset = image, np.array([[True]])[0, 0], np.array([[0]])[0, 0]
        for axis, j in enumerate(tap):
            at, inside = tables[axis][0][:, j], tables[axis][1][:, j]
            value = value.take(at, axis=axis - rank)
            real = real[..., None] & inside
            offset = offset[..., None] * image.shape[axis - rank] + at
        yield value, real, offset


def backward(dy: NDArray[Any], memory: Memory, /) -> NDArray[Any]:
    """Return dx, with the shape and the type of the image.

    Raises:
        ValueError: dy has not the shape of y.
    """
    won, shape, rank = memory["won"], memory["shape"], memory["spatial"]
    if dy.shape != won.shape:
        message = f"{dy.shape} is not {won.shape}, the shape of the output"
        raise ValueError(message)
    dx = np.zeros(shape, np.result_type(memory["type"], np.float32))
    with np.errstate(all="ignore"):
        for plane in np.ndindex(shape[:-rank]):
            np.add.at(dx[plane].reshape(-1), won[plane].reshape(-1), dy[plane].reshape(-1))
        return dx.astype(memory["type"])


def indices(memory: Memory, /) -> NDArray[np.int64]:
    """Return the offsets of the winners in their planes, int64, with the shape of y."""
    return np.array(memory["won"])


def _table(n: int, axis: int, options: Pool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the elements of (windows, taps) on one axis, clipped, and which are real."""
    k, s, d = (int(part[axis]) for part in (options.kernel_size, options.stride, options.dilation))
    begin, end = options.padding[axis]
    if n < 1 or k < 1 or s < 1 or d < 1 or begin < 0 or end < 0:
        message = f"axis {axis} of {options} over {n} elements"
        raise ValueError(message)
    if options.auto_pad == "explicit" and begin == end > k // 2:
        message = f"padding {begin} exceeds half of the window {k}"
        raise ValueError(message)
    last = n + begin + end - ((k - 1) * d + 1)
    if (k - 1) * d + 1 > np.iinfo(np.int64).max:
        message = f"a window of {k} taps {d} apart does not fit an index"
        raise ValueError(message)
    out = (last + (s - 1) * options.ceil_mode) // s + 1
    if options.ceil_mode and (out - 1) * s >= n + begin:
        out -= 1
    if out < 1:
        message = f"the window does not fit: {options} over {n} elements"
        raise ValueError(message)
    starts = [o * s - begin for o in (0, out - 1)]
    if starts[0] + (k - 1) * d < 0 or starts[1] >= n:
        message = f"a window of {options} sees no element of {n}"
        raise ValueError(message)
    if d > n and any(a < 0 and a % d >= n for a in range(-begin, starts[1] + 1, s)):
        message = f"the taps of {options} step over all {n} elements"
        raise ValueError(message)
    steps = np.arange(k) * (d if k > 1 else 1)
    at = (np.arange(out) * (s if out > 1 else 1))[:, None] - begin + steps
    return at.clip(0, n - 1), (at >= 0) & (at < n)
