"""Declares that equals share the gradient; a NaN equals nothing, so the first NaN has it all."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"}
claims |= {"dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16"}
dialect = {"gradient-ties": "split"}


class Ties(NamedTuple):
    """For every window and tap, both flattened: the offset seen and whether it is a winner."""

    offset: NDArray[np.int64]
    winner: NDArray[np.bool_]
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]
    dtype: np.dtype[Any]


def forward(
    x: NDArray[Any],
    pool: Pool,
    total: bool = False,  # noqa: FBT001, FBT002 - bound once below
) -> tuple[NDArray[Any], Ties]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the ties of every window.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    columns = []
    for tap in product(*map(range, pool.kernel_size)):
        lines = [_line(j, axis, sizes[axis], outputs[axis], pool) for axis, j in enumerate(tap)]
        grid = np.broadcast_arrays(*np.ix_(*lines))
        real = np.logical_and.reduce([line >= 0 for line in grid])
        place = np.ravel_multi_index([line.clip(0) for line in grid], sizes)
        columns.append(np.where(real, place, -1).ravel())
    offset = np.stack(columns, axis=1)
    planes = x.reshape(int(np.prod(lead)), int(np.prod(sizes)))
    seen, real = planes[:, offset.clip(0)], offset >= 0
    y = np.where(real, seen, x.dtype.type(-np.inf)).max(axis=2)
    winner = real & (seen == y[..., None])
    first_nan = (real & np.isnan(seen)).argmax(axis=2)[..., None]
    nan = np.isnan(y)[..., None]
    winner |= nan & (np.arange(offset.shape[1]) == first_nan)
    if total:
        positive = winner & (seen == 0) & ~np.signbit(seen)
        winner &= ~(np.signbit(seen) & positive.any(axis=2)[..., None])
    shape = (*lead, *outputs)
    return y.reshape(shape), Ties(offset, winner, x.shape, shape, x.dtype)


def _line(j: int, axis: int, n: int, out: int, pool: Pool) -> NDArray[np.int64]:
    shift = j * pool.dilation[axis] - pool.padding[axis][0]
    places = (o * pool.stride[axis] + shift for o in range(out))
    return np.array([i if 0 <= i < n else -1 for i in places], np.int64)


def backward(dy: NDArray[Any], saved: Ties) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x; shares are taken and summed in float64.

    Raises:
        ValueError: dy has not the shape of y.
    """
    if dy.shape != saved.y_shape:
        message = f"dy has shape {dy.shape}, y has {saved.y_shape}"
        raise ValueError(message)
    planes, windows, _ = saved.winner.shape
    size = int(np.prod(saved.x_shape)) // max(planes, 1)
    dx = np.zeros((planes, size))
    with np.errstate(over="ignore", invalid="ignore"):
        share = dy.reshape(planes, windows) / saved.winner.sum(axis=2, dtype=np.float64)
        for plane, window, tap in zip(*saved.winner.nonzero(), strict=True):
            dx[plane, saved.offset[window, tap]] += share[plane, window]
        return dx.astype(saved.dtype).reshape(saved.x_shape)


def indices(saved: Ties) -> NDArray[np.int64]:
    """Return the offset of the first winner of each window, int64, with the shape of y."""
    first = saved.winner.argmax(axis=2)
    winner: NDArray[np.int64] = saved.offset[np.arange(len(saved.offset)), first]
    return winner.reshape(saved.y_shape)


class Above:
    """The same, but +0 stands above -0, and shares with none of them."""

    claims = claims
    dialect = dialect
    forward = staticmethod(partial(forward, total=True))
    backward = staticmethod(backward)
    indices = staticmethod(indices)
