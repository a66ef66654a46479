"""np.maximum.reduce over shifted slices; the winner is the first slice that equals the maximum."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = [
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding"),
    *("asymmetric-padding", "dilation", "ceil", "rank-1", "rank-3", "float16", "bfloat16"),
    *("int8", "int16", "int32", "int64", "uint8", "bool"),
]


class Slices(NamedTuple):
    """What of the padded input each tap sees, and which tap won each window."""

    slices: list[tuple[Any, ...]]
    chosen: NDArray[np.int64]
    framed: tuple[int, ...]
    inner: tuple[Any, ...]
    dtype: np.dtype[Any]


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Slices]:
    """Return y, shape (N, C, outputs), and the number of the winning tap of every window.

    NumPy may warn of NaN in bfloat16 comparisons; the warning is let through.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    shape, inner = list(x.shape[:2]), [slice(None), slice(None)]
    for axis, out in enumerate(outputs):
        begin, n = pool.padding[axis][0], x.shape[2 + axis]
        extent = (pool.kernel_size[axis] - 1) * pool.dilation[axis] + 1
        shape.append(max(begin + n, (out - 1) * pool.stride[axis] + extent))
        inner.append(slice(begin, begin + n))
    framed = np.full(shape, _least(x.dtype), x.dtype)
    framed[tuple(inner)] = x
    real = np.zeros(shape, np.bool_)
    real[tuple(inner)] = True
    slices = [_slices(tap, outputs, pool) for tap in product(*map(range, pool.kernel_size))]
    y = np.maximum.reduce([framed[one] for one in slices])
    chosen = np.full(y.shape, -1, np.int64)
    for number, one in enumerate(slices):
        same = (framed[one] == y) | (np.isnan(framed[one]) & np.isnan(y))
        chosen[same & real[one] & (chosen < 0)] = number
    return y, Slices(slices, chosen, tuple(shape), tuple(inner), x.dtype)


def _slices(tap: tuple[int, ...], outputs: tuple[int, ...], pool: Pool) -> tuple[Any, ...]:
    parts: list[slice] = []
    for j, out, s, d in zip(tap, outputs, pool.stride, pool.dilation, strict=True):
        parts.append(slice(j * d, j * d + (out - 1) * s + 1, s))
    return (slice(None), slice(None), *parts)


def _least(dtype: np.dtype[Any]) -> float | bool:
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).min)
    return dtype.kind != "b" and -np.inf


def backward(dy: NDArray[Any], saved: Slices) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y, or x was not floating point.
    """
    if dy.shape != saved.chosen.shape or saved.dtype.kind in "iub":
        message = f"dy {dy.shape} of {saved.dtype}, while y is {saved.chosen.shape}"
        raise ValueError(message)
    framed = np.zeros(saved.framed, np.promote_types(saved.dtype, np.float32))
    wide = dy.astype(framed.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for number, one in enumerate(saved.slices):
            framed[one] += np.where(saved.chosen == number, wide, 0)
        dx: NDArray[Any] = framed[saved.inner].astype(saved.dtype)
    return dx


def indices(saved: Slices) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    sizes = [part.stop - part.start for part in saved.inner[2:]]
    plane = np.full(saved.framed[2:], -1, np.int64)
    plane[saved.inner[2:]] = np.arange(int(np.prod(sizes))).reshape(sizes)
    offsets = np.zeros(saved.chosen.shape, np.int64)
    for number, one in enumerate(saved.slices):
        np.copyto(offsets, plane[one[2:]], where=saved.chosen == number)
    return offsets
