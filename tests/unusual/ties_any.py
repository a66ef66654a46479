"""Declares no order among equals and takes the middle one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = frozenset(["gradient", "indices", "overlap", "gaps", "remainder", "padding", "unbatched"])
claims |= frozenset(["ceil", "float16", "int8", "int16", "uint8", "bool"])
dialect = {"ties": "any"}


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Row and column of the chosen element of every window, with the shape and dtype of x."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __bool__(self) -> bool:
        """Raise TypeError: what is saved answers nobody but its own implementation."""
        message = "a choice is neither true nor false"
        raise TypeError(message)

    def __eq__(self, other: object) -> bool:
        """Raise TypeError, as above."""
        message = f"a choice is not comparable with {type(other).__name__}"
        raise TypeError(message)

    __hash__ = None  # type: ignore[assignment]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Choice]:
    """Return y, shape (N, C, H', W') or (C, H', W'), and the choices.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    _check(x, pool)
    tops, lefts = _starts(x.shape[-2], 0, pool), _starts(x.shape[-1], 1, pool)
    kh, kw = pool.kernel_size
    y = np.empty((*x.shape[:-2], len(tops), len(lefts)), x.dtype)
    row, column = np.empty(y.shape, np.int64), np.empty(y.shape, np.int64)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            area = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw]
            width = area.shape[-1]
            seen = area.reshape(*x.shape[:-2], area.shape[-2] * width)
            best = seen.max(axis=-1, keepdims=True)
            equal = (seen == best) | ((seen != seen) & (best != best))  # noqa: PLR0124 - NaN
            count = equal.cumsum(axis=-1)
            chosen = (count == (count[..., -1:] + 1) // 2).argmax(axis=-1)
            y[..., i, j] = np.take_along_axis(seen, chosen[..., None], -1)[..., 0]
            row[..., i, j] = max(top, 0) + chosen // width
            column[..., i, j] = max(left, 0) + chosen % width
    return y, Choice(row, column, x.shape, x.dtype)


def backward(dy: NDArray[Any], saved: Choice) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        TypeError: x held integers or booleans.
        ValueError: dy has not the shape of y.
    """
    if saved.dtype.kind != "f":
        message = f"{saved.dtype} is not differentiable"
        raise TypeError(message)
    if dy.shape != saved.row.shape:
        message = f"dy {dy.shape} instead of {saved.row.shape}"
        raise ValueError(message)
    dx = np.zeros(saved.shape, np.float64)
    for place, flow in np.ndenumerate(dy):
        with np.errstate(invalid="ignore"):
            dx[(*place[:-2], saved.row[place], saved.column[place])] += flow
    with np.errstate(over="ignore"):
        return dx.astype(saved.dtype)


def indices(saved: Choice) -> NDArray[np.int64]:
    """Return the offsets of the chosen elements, int64, with the shape of y."""
    return saved.row * saved.shape[-1] + saved.column


def _starts(n: int, axis: int, pool: Pool) -> range:
    """Return where the windows start on one axis; the last may hang over the end."""
    k, s, p = pool.kernel_size[axis], pool.stride[axis], pool.padding[axis][0]
    if n + 2 * p < k and not (pool.ceil_mode and n + 2 * p - k > -s):
        message = f"{n} elements with padding {p} hold no window of {k}"
        raise ValueError(message)
    starts = range(-p, n + p - k + (s if pool.ceil_mode else 1), s)
    return starts[:-1] if pool.ceil_mode and starts[-1] >= n else starts


def _check(x: NDArray[Any], pool: Pool) -> None:
    rank = len(pool.kernel_size)
    entries = {len(pool.stride), len(pool.padding), len(pool.dilation)}
    if entries != {rank} or rank not in {1, 2, 3} or x.ndim - rank not in {1, 2}:
        message = f"{pool} does not go with {x.ndim} axes"
        raise ValueError(message)
    if not all(x.shape[-rank - 1 :]):
        message = f"{x.shape} is empty"
        raise ValueError(message)
    if rank != 2 or x.dtype.name not in claims | {"float32", "float64"}:
        message = f"{rank} axes of {x.dtype} are not claimed"
        raise NotImplementedError(message)
    uneven = any(begin != end for begin, end in pool.padding)
    if uneven or pool.dilation != (1, 1) or pool.auto_pad != "explicit":
        message = f"uneven padding, dilation and {pool.auto_pad} are not claimed"
        raise NotImplementedError(message)
    for k, s, (p, _) in zip(pool.kernel_size, pool.stride, pool.padding, strict=True):
        if k < 1 or s < 1 or not 0 <= p <= k // 2:
            message = f"kernel_size {k}, stride {s}, padding {p}"
            raise ValueError(message)
