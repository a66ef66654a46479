"""Declares no limit on padding; the input is scattered to the windows and not gathered by them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = dict.fromkeys(
    (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
        *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "int64", "float16", "bool"),
    ),
    True,
)
dialect = {"pad-limit": "none", "empty-window": "identity"}


class Spread(NamedTuple):
    """The winners, flat within a plane of x, shape (planes, windows); -1 for none."""

    winners: NDArray[np.int64]
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]
    dtype: np.dtype[Any]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Spread]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

    Raises:
        ValueError: the call is invalid; padding of any size is not.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    rank = _checked_rank(x, pool)
    sizes, lead = x.shape[-rank:], x.shape[:-rank]
    outputs = [_output(n, axis, pool) for axis, n in enumerate(sizes)]
    planes = x.reshape(int(np.prod(lead)), int(np.prod(sizes)))
    values = np.full((len(planes), *outputs), _bottom(x.dtype), x.dtype)
    winners = np.full(values.shape, -1, np.int64)
    # Elements come row by row, so that within every window they come in its own order.
    lines = [_readers(n, axis, outputs[axis], pool) for axis, n in enumerate(sizes)]
    for place in itertools.product(*map(sorted, lines)):
        offset = int(np.ravel_multi_index(place, sizes))
        windows = np.ix_(*(line[i] for line, i in zip(lines, place, strict=True)))
        box: tuple[Any, ...] = (slice(None), *windows)
        now, best = values[box], winners[box]
        element = planes[:, offset].reshape(-1, *(1,) * rank)
        wins = (best < 0) | (element > now)
        wins |= (element != element) & (now == now)  # noqa: PLR0124 - NaN
        values[box], winners[box] = np.where(wins, element, now), np.where(wins, offset, best)
    shape = (*lead, *outputs)
    flat = winners.reshape(len(planes), int(np.prod(outputs)))
    return values.reshape(shape), Spread(flat, x.shape, shape, x.dtype)


def backward(dy: NDArray[Any], saved: Spread) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y, or x held whole numbers or booleans.
    """
    if dy.shape != saved.y_shape or saved.dtype.kind in "ib":
        message = f"dy {dy.shape} for y {saved.y_shape} of {saved.dtype}"
        raise ValueError(message)
    planes = len(saved.winners)
    dx = np.zeros((planes, 1 + int(np.prod(saved.x_shape)) // max(planes, 1)))
    # The first column takes what belongs to nobody.
    rows = np.arange(planes)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(dx, (rows, saved.winners + 1), dy.reshape(saved.winners.shape))
        return dx[:, 1:].astype(saved.dtype).reshape(saved.x_shape)


def indices(saved: Spread) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y; -1 where a window holds nothing."""
    return saved.winners.reshape(saved.y_shape).copy()


def _readers(n: int, axis: int, out: int, pool: Pool) -> dict[int, list[int]]:
    """Return, for every element of an axis that is read at all, the windows that read it."""
    readers: dict[int, list[int]] = {}
    d, begin = pool.dilation[axis], pool.padding[axis][0]
    for o in range(out):
        start = o * pool.stride[axis] - begin
        past = min(n, start + pool.kernel_size[axis] * d)
        for i in range(start % d if start < 0 else start, past, d):
            readers.setdefault(i, []).append(o)
    return readers


def _bottom(dtype: np.dtype[Any]) -> float:
    if dtype.kind == "i":
        return int(np.iinfo(dtype).min)
    return False if dtype.kind == "b" else float("-inf")


def _checked_rank(x: NDArray[Any], pool: Pool) -> int:
    rank = len(pool.stride)
    if x.dtype.name not in {"float32", "float64"} | claims.keys() or pool.auto_pad != "explicit":
        message = f"{x.dtype} elements, {pool.auto_pad} padding: not claimed"
        raise NotImplementedError(message)
    if not rank == len(pool.kernel_size) == len(pool.dilation) == len(pool.padding) in {1, 2, 3}:
        message = f"one entry per axis, and one to three axes: {pool}"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or 0 in x.shape[-rank - 1 :]:
        message = f"a shape without elements or with too many axes: {x.shape}"
        raise ValueError(message)
    return rank


def _output(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    if min(k, s, d) < 1 or min(pool.padding[axis]) < 0:
        message = f"below the least value on axis {axis}: {pool}"
        raise ValueError(message)
    room = n + sum(pool.padding[axis]) - 1 - d * (k - 1)
    out = 1 + (room // s if not pool.ceil_mode else -(-room // s))
    if pool.ceil_mode and (out - 1) * s >= n + pool.padding[axis][0]:
        out -= 1
    if out < 1 or d * (k - 1) >= 2**63 - 1:
        message = f"no window fits axis {axis}: {n} elements, {pool}"
        raise ValueError(message)
    return out
