"""A backward pass that gathers: each element asks the windows over it whether it won them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = frozenset(
    {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"}
    | {"dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16", "bfloat16"}
    | {"same-upper", "same-lower", "int32", "int64"}
)


class Outcome(NamedTuple):
    """The winners of a forward call, and the call."""

    winners: NDArray[np.int64]
    pool: Pool
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Outcome]:
    """Return y, shape (N, C, outputs) or (C, outputs), and the winners.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    sizes = x.shape[-pool.rank :]
    y = np.empty((*x.shape[: -pool.rank], *outputs), x.dtype)
    winners = np.empty(y.shape, np.int64)
    rows = [
        [_seen(o, axis, n, pool) for o in range(out)]
        for axis, (n, out) in enumerate(zip(sizes, outputs, strict=True))
    ]
    offsets = np.arange(int(np.prod(sizes))).reshape(sizes)
    for window in np.ndindex(outputs):
        elements = tuple(rows[axis][o] for axis, o in enumerate(window))
        places = offsets[elements].ravel()
        seen = x[(..., *elements)].reshape(*x.shape[: -pool.rank], len(places))
        comparable = seen.astype(np.float32) if x.dtype.name == "bfloat16" else seen
        best = comparable.argmax(axis=-1)[..., None]
        y[(..., *window)] = np.take_along_axis(seen, best, -1)[..., 0]
        winners[(..., *window)] = places[best[..., 0]]
    return y, Outcome(winners, pool, x.shape, x.dtype)


def _seen(o: int, axis: int, n: int, pool: Pool) -> slice:
    """Return the real elements of window `o` on one axis."""
    d, start = pool.dilation[axis], o * pool.stride[axis] - pool.padding[axis][0]
    first = start if start >= 0 else start % d
    return slice(first, min(n, start + (pool.kernel_size[axis] - 1) * d + 1), d)


def backward(dy: NDArray[Any], saved: Outcome) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x; each sum is made in the order of the taps.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held integers.
    """
    if saved.dtype.kind == "i":
        message = f"no derivative by {saved.dtype}"
        raise TypeError(message)
    if dy.shape != saved.winners.shape:
        message = f"dy needs the shape {saved.winners.shape}, not {dy.shape}"
        raise ValueError(message)
    pool, sizes = saved.pool, saved.shape[-saved.pool.rank :]
    offsets = np.arange(int(np.prod(sizes))).reshape(sizes)
    dx = np.zeros(saved.shape, np.promote_types(saved.dtype, np.float32))
    with np.errstate(over="ignore", invalid="ignore"):
        for tap in product(*map(range, pool.kernel_size)):
            asked = [_windows_over(j, axis, saved) for axis, j in enumerate(tap)]
            elements: tuple[Any, ...] = (..., *np.ix_(*(line for line, _ in asked)))
            windows: tuple[Any, ...] = (..., *np.ix_(*(line for _, line in asked)))
            won = saved.winners[windows] == offsets[elements]
            dx[elements] += np.where(won, dy[windows], 0).astype(dx.dtype)
        return dx.astype(saved.dtype)


def _windows_over(j: int, axis: int, saved: Outcome) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the elements that are tap `j` of some window, and those windows."""
    pool = saved.pool
    n, out = saved.shape[axis - pool.rank], saved.winners.shape[axis - pool.rank]
    shift, s = pool.padding[axis][0] - j * pool.dilation[axis], pool.stride[axis]
    pairs = [
        (i, (i + shift) // s) for i in range(n) if (i + shift) % s == 0 <= (i + shift) // s < out
    ]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def indices(saved: Outcome) -> NDArray[np.int64]:
    """Return the winners, int64, with the shape of y."""
    return +saved.winners
