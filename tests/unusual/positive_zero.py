"""Declares that +0 is the answer whenever one is among the largest; the first zero wins."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reference.pool import Pool

Saved: TypeAlias = "tuple[NDArray[np.int64], tuple[int, ...], Callable[[], NDArray[Any]]]"

claims = frozenset({"overlap", "gaps", "remainder", "padding", "ceil", "dilation", "indices"})
claims |= {"gradient", "float16", "unbatched", "rank-1", "rank-3", "asymmetric-padding"}
dialect = {"signed-zero": "positive"}


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Saved]:
    """Return y, shape (N, C, outputs) or (C, outputs), and winners with a maker of zeros.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    shape, dtype = x.shape, x.dtype
    y = np.full((*shape[: -pool.rank], *outputs), np.nan, dtype)
    index = np.full(y.shape, -1, np.int64)
    for tap in reversed(list(product(*map(range, pool.kernel_size)))):
        spans, lines = _boxes(tap, shape[-pool.rank :], outputs, pool)
        windows: tuple[Any, ...] = (..., *spans)
        elements: tuple[Any, ...] = (..., *lines)
        value, best, seat = x[elements], y[windows], index[windows]
        takes = (seat < 0) | (value >= best) | np.isnan(value)
        positive = (value == 0) & (best == 0) & (seat >= 0) & ~np.signbit(best)
        place = np.ravel_multi_index(np.broadcast_arrays(*lines), shape[-pool.rank :])
        y[windows] = np.where(takes & ~positive, value, best)
        index[windows] = np.where(takes, place, seat)
    planes = int(np.prod(shape[: -pool.rank]))
    size = int(np.prod(shape[-pool.rank :]))
    return y, (index, shape, lambda: np.zeros((planes, size), dtype))


def _boxes(
    tap: tuple[int, ...], sizes: tuple[int, ...], outputs: tuple[int, ...], pool: Pool
) -> tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], ...]]:
    """Return the windows that see an element through a tap, and the elements."""
    windows, elements = [], []
    for axis, j in enumerate(tap):
        shift = j * pool.dilation[axis] - pool.padding[axis][0]
        at = {o: o * pool.stride[axis] + shift for o in range(outputs[axis])}
        real = {o: i for o, i in at.items() if 0 <= i < sizes[axis]}
        windows.append(np.array(list(real), np.int64))
        elements.append(np.array(list(real.values()), np.int64))
    return np.ix_(*windows), np.ix_(*elements)


def backward(dy: NDArray[Any], saved: Saved) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y.
    """
    index, shape, planes = saved
    if dy.shape != index.shape:
        message = f"dy {dy.shape} does not belong to y {index.shape}"
        raise ValueError(message)
    dx = planes()
    wide = dx.astype(np.float64)
    where = np.arange(len(wide))[:, None], index.reshape(len(wide), index.size // max(1, len(wide)))
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(wide, where, dy.reshape(where[1].shape))
        return wide.astype(dx.dtype).reshape(shape)


def indices(saved: Saved) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    return saved[0].copy()
