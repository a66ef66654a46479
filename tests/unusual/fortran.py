"""Windows as strided views and an argmax; everything is returned column-major."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

CLAIMS = (
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16", "bfloat16", "int8", "int16"),
    *("int32", "int64", "uint8", "bool", "same-upper", "same-lower"),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Offsets of the winners (shape of y, column-major) and an empty stand-in for x."""

    winner: NDArray[np.int64]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rank: int


def _lowest(dtype: np.dtype[Any]) -> object:
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    return False if dtype.kind == "b" else -np.inf


def _framed(a: NDArray[Any], pool: Pool, outputs: tuple[int, ...], filler: object) -> NDArray[Any]:
    """Return `a` with every position that a window touches, shape (lead, padded sizes)."""
    lead = a.shape[: a.ndim - pool.rank]
    sizes: list[int] = []
    inner: list[Any] = [...]
    for axis, out in enumerate(outputs):
        n, (begin, end) = a.shape[axis - pool.rank], pool.padding[axis]
        extent = (pool.kernel_size[axis] - 1) * pool.dilation[axis] + 1
        sizes.append(max(n + begin, (out - 1) * pool.stride[axis] + extent, n + begin + end))
        inner.append(slice(begin, begin + n))
    framed = np.full((*lead, *sizes), filler, a.dtype)
    framed[tuple(inner)] = a
    return framed


def _windows(a: NDArray[Any], pool: Pool, outputs: tuple[int, ...]) -> NDArray[Any]:
    """Return the taps of all windows, shape (lead, outputs, taps)."""
    extents = [(k - 1) * d + 1 for k, d in zip(pool.kernel_size, pool.dilation, strict=True)]
    view = sliding_window_view(a, extents, axis=tuple(range(-pool.rank, 0)))
    strides = zip(outputs, pool.stride, strict=True)
    seen: list[Any] = [..., *(slice(0, (out - 1) * s + 1, s) for out, s in strides)]
    view = view[(*seen, *(slice(None, None, d) for d in pool.dilation))]
    return view.reshape(*a.shape[: a.ndim - pool.rank], *outputs, math.prod(pool.kernel_size))


def _forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Columns]:
    outputs = refuse(x, pool, CLAIMS)
    sizes = x.shape[-pool.rank :]
    values = _windows(_framed(x, pool, outputs, _lowest(x.dtype)), pool, outputs)
    plane = np.arange(int(np.prod(sizes)), dtype=np.int64).reshape(sizes)
    seats = _windows(_framed(plane, pool, outputs, -1), pool, outputs)
    seats = np.broadcast_to(seats, values.shape)
    best = values.argmax(axis=-1)[..., None]
    winner = np.take_along_axis(seats, best, axis=-1)
    # Padding that came first means that all real elements are the lowest: take the first.
    best = np.where(winner < 0, (seats >= 0).argmax(axis=-1)[..., None], best)
    winner = np.take_along_axis(seats, best, axis=-1)[..., 0]
    y = np.take_along_axis(values, best, axis=-1)[..., 0]
    saved = Columns(np.array(winner, order="F"), x.shape, x.dtype, pool.rank)
    return np.array(y, order="F"), saved


def _backward(dy: NDArray[Any], saved: Columns) -> NDArray[Any]:
    if dy.shape != saved.winner.shape:
        message = f"dy has shape {dy.shape} and y has {saved.winner.shape}"
        raise ValueError(message)
    if saved.dtype.kind in "iub":
        message = f"no gradient of {saved.dtype}"
        raise ValueError(message)
    sums = np.zeros(saved.shape, np.promote_types(saved.dtype, np.float32), order="F")
    lead = np.indices(saved.winner.shape, sparse=True)[: len(saved.shape) - saved.rank]
    # In one axis: NumPy 2.4 unravels more than 8192 offsets wrongly before an axis of size 1.
    parts = np.unravel_index(saved.winner.ravel(), saved.shape[-saved.rank :])
    where = (part.reshape(dy.shape) for part in parts)
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(sums, (*lead, *where), dy)
        return sums.astype(saved.dtype, order="F")


def _indices(saved: Columns) -> NDArray[np.int64]:
    return saved.winner.copy(order="F")


pool = SimpleNamespace(
    claims=CLAIMS, dialect={}, forward=_forward, backward=_backward, indices=_indices
)
