"""SciPy's maximum filter where it applies: values only, no gradient and no indices.

The filter orders a NaN by where it stands and computes in float64, so that NaNs are filtered
by themselves and int64 is not claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = frozenset({"overlap", "gaps", "remainder", "padding", "dilation", "rank-1", "rank-3"})
claims |= {"asymmetric-padding", "unbatched", "float16", "int8", "int16", "int32", "uint8", "bool"}


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], str]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a word that means nothing.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = _outputs(x, pool)
    computed = x.astype(_computed(x.dtype))
    least = np.iinfo(computed.dtype).min if computed.dtype.kind in "iu" else -np.inf
    nan = np.isnan(computed)
    top = _filtered(np.where(nan, least, computed), pool, outputs, float(least))
    if nan.any():
        top[_filtered(nan.astype(np.uint8), pool, outputs, 0.0) > 0] = np.nan
    return top.astype(x.dtype), "nothing"


def _computed(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    return np.dtype(np.float32) if dtype.name == "float16" else dtype.newbyteorder("=")


def _filtered(a: NDArray[Any], pool: Pool, outputs: tuple[int, ...], least: float) -> NDArray[Any]:
    """Return the maximum of every window of every plane."""
    sizes = a.shape[-pool.rank :]
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    frame = [
        (b, max(0, (out - 1) * s + (k - 1) * d + 1 - b - n))
        for n, out, k, s, (b, _), d in zip(sizes, outputs, *parts, strict=True)
    ]
    extents = [(k - 1) * d + 1 for k, d in zip(pool.kernel_size, pool.dilation, strict=True)]
    footprint = np.zeros(extents, np.bool_)
    footprint[tuple(slice(None, None, d) for d in pool.dilation)] = True
    centres = tuple(
        slice(e // 2, e // 2 + (out - 1) * s + 1, s)
        for e, out, s in zip(extents, outputs, pool.stride, strict=True)
    )
    y = np.empty((*a.shape[: -pool.rank], *outputs), a.dtype)
    for plane in np.ndindex(a.shape[: -pool.rank]):
        framed = np.pad(a[plane], frame, constant_values=least)
        whole = ndimage.maximum_filter(framed, footprint=footprint, mode="constant", cval=least)
        y[plane] = whole[centres]
    return y


def _outputs(x: NDArray[Any], pool: Pool) -> tuple[int, ...]:
    rank, parts = len(pool.kernel_size), (pool.stride, pool.padding, pool.dilation)
    if not 1 <= rank <= 3 or [len(part) for part in parts] != [rank] * 3:
        message = f"not one entry per axis: {pool}"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or min(x.shape[-rank - 1 :]) < 1:
        message = f"not a shape that {rank} axes can be pooled in: {x.shape}"
        raise ValueError(message)
    if x.dtype.name not in claims | {"float32", "float64"} or pool.auto_pad != "explicit":
        message = f"the filter is not applied to {x.dtype} or with {pool.auto_pad}"
        raise NotImplementedError(message)
    return tuple(_output(n, axis, pool) for axis, n in enumerate(x.shape[-rank:]))


def _output(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    if min(k, s, d) < 1 or min(begin, end) < 0 or (begin == end and begin > k // 2):
        message = f"axis {axis} of {pool}: out of range"
        raise ValueError(message)
    extent = (k - 1) * d + 1
    out, rest = divmod(n + begin + end - extent, s)
    if rest and pool.ceil_mode:
        message = "ceil_mode with a remainder"
        raise NotImplementedError(message)
    if out < 0 or extent >= 2**63:
        message = f"axis {axis} of {pool}: no window fits {n} elements"
        raise ValueError(message)
    if pool.ceil_mode and out * s >= n + begin:
        out -= 1  # the start rule drops a window that begins past the input, remainder or not
    for o in {0, out} if d <= n else range(out + 1):
        start = o * s - begin
        inside = range(start % d if start < 0 else start, min(n, start + extent), d)
        if not inside:
            message = f"axis {axis} of {pool}: window {o} holds no element"
            raise ValueError(message)
    return out + 1
