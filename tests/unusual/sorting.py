"""Sorts every window and takes the last element of the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where the winners stand: offsets of shape (planes, windows) in planes of `size`."""

    offsets: NDArray[np.int64]
    size: int
    shape: tuple[int, ...]
    outputs: tuple[int, ...]
    dtype: np.dtype[Any]


class SortingPool:
    """Max pooling by a stable sort of (real, value), read from the end."""

    claims: ClassVar[Collection[str]] = frozenset(
        (
            *("gradient", "indices", "overlap", "gaps", "remainder", "padding"),
            *("asymmetric-padding", "dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16"),
            *("bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
            *("bool", "same-upper", "same-lower"),
        )
    )

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Sorted]:
        """Return y, shape (N, C, outputs) or (C, outputs), and where the winners stand.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        sizes = x.shape[-pool.rank :]
        taps, real = _taps(sizes, outputs, pool)
        planes = np.ascontiguousarray(x).reshape(-1, int(np.prod(sizes)))
        seen = planes[:, taps]
        keys = seen.astype(np.float32) if x.dtype.name == "bfloat16" else seen
        # Backwards, so that the last of equal keys is the first of the window.
        order = np.lexsort((keys[..., ::-1], np.broadcast_to(real, seen.shape)[..., ::-1]), axis=-1)
        best = taps.shape[1] - 1 - order[..., -1:]
        offsets = np.take_along_axis(taps[None], best, axis=-1)[..., 0]
        shape = (*x.shape[: -pool.rank], *outputs)
        y = np.take_along_axis(seen, best, axis=-1).reshape(shape)
        return y, Sorted(offsets, planes.shape[1], x.shape, shape, x.dtype)

    def backward(self, dy: NDArray[Any], saved: Sorted) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x; sums are made in float64.

        Raises:
            ValueError: dy has not the shape of y.
            TypeError: x had no derivative.
        """
        if dy.shape != saved.outputs:
            message = f"dy has shape {dy.shape}, but y has {saved.outputs}"
            raise ValueError(message)
        if saved.dtype.kind != "f" and saved.dtype.name != "bfloat16":
            message = f"{saved.dtype} has no derivative"
            raise TypeError(message)
        count = len(saved.offsets)
        seats = saved.offsets + saved.size * np.arange(count)[:, None]
        sums = np.bincount(
            seats.ravel(), weights=dy.astype(np.float64).ravel(), minlength=count * saved.size
        )
        with np.errstate(over="ignore"):
            return sums.astype(saved.dtype).reshape(saved.shape)

    def indices(self, saved: Sorted) -> NDArray[np.int64]:
        """Return the offsets of the winners, int64, with the shape of y."""
        return saved.offsets.reshape(saved.outputs).copy()


def _taps(
    sizes: tuple[int, ...], outputs: tuple[int, ...], pool: Pool
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return offsets and whether they are real, each of shape (windows, taps)."""
    taps, real = np.zeros((1, 1), np.int64), np.ones((1, 1), np.bool_)
    for axis, (n, out) in enumerate(zip(sizes, outputs, strict=True)):
        k, begin = pool.kernel_size[axis], pool.padding[axis][0]
        s = pool.stride[axis] if out > 1 else 1
        d = pool.dilation[axis] if k > 1 else 1
        at = (np.arange(out) * s - begin)[:, None] + np.arange(k) * d
        inside = (at >= 0) & (at < n)
        here = np.where(inside, at, 0)[None, :, None, :]
        shape = (len(taps) * out, taps.shape[1] * k)
        taps = (taps[:, None, :, None] * n + here).reshape(shape)
        real = (real[:, None, :, None] & inside[None, :, None, :]).reshape(shape)
    return taps, real


pool = SortingPool()
