"""Has a backward that works and does not claim it; the suite is to leave it alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = ["indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation"]
claims += ["rank-1", "rank-3", "float16", "uint8", "int64", "unbatched"]


class Winners(np.ndarray[Any, np.dtype[np.int64]]):
    """Offsets in the plane, with the shape of y; truth and equality are those of an array."""

    x_shape: tuple[int, ...]
    x_dtype: np.dtype[Any]
    rank: int


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Winners]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    y = np.empty((*lead, *outputs), x.dtype)
    seats = np.empty(y.shape, np.int64)
    for window in itertools.product(*map(range, outputs)):
        here: tuple[Any, ...] = (..., *window)
        elements = np.ix_(*(_elements(o, axis, x, pool) for axis, o in enumerate(window)))
        there: tuple[Any, ...] = (..., *elements)
        places = np.ravel_multi_index(np.broadcast_arrays(*elements), sizes).ravel()
        seen = x[there].reshape(*lead, len(places))
        best = seen.argmax(axis=-1, keepdims=True)
        y[here] = np.take_along_axis(seen, best, axis=-1)[..., 0]
        seats[here] = places[best[..., 0]]
    saved = seats.view(Winners)
    saved.x_shape, saved.x_dtype, saved.rank = x.shape, x.dtype, pool.rank
    return y, saved


def _elements(o: int, axis: int, x: NDArray[Any], pool: Pool) -> NDArray[np.int64]:
    """Return the real elements of window `o` on one axis."""
    start, d = o * pool.stride[axis] - pool.padding[axis][0], pool.dilation[axis]
    taps = (start + j * d for j in range(pool.kernel_size[axis]))
    return np.array([i for i in taps if 0 <= i < x.shape[axis - pool.rank]], np.int64)


def backward(dy: NDArray[Any], saved: Winners) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x, in which every sum is made in float64.

    Raises:
        ValueError: dy has not the shape of y, or x held integers.
    """
    if dy.shape != saved.shape or saved.x_dtype.kind != "f":
        message = f"no gradient of {saved.x_dtype} from dy {dy.shape}"
        raise ValueError(message)
    dx = np.zeros(saved.x_shape)
    for place in np.ndindex(saved.x_shape[: -saved.rank]):
        np.add.at(dx[place].reshape(-1), np.asarray(saved[place]).ravel(), dy[place].ravel())
    return dx.astype(saved.x_dtype)


def indices(saved: Winners) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return np.array(saved, subok=False)
