"""Answers in native byte order whatever came in; a masked reduction and a search for its place."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

CLAIMS = frozenset(
    {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "dilation", "ceil"}
    | {"asymmetric-padding", "unbatched", "rank-1", "rank-3", "float16", "int16", "int32", "int64"}
)


class Found(NamedTuple):
    """The winners, shape (planes, windows), and the shapes and the native type of the call."""

    place: NDArray[np.int64]
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]
    dtype: np.dtype[Any]


def _seen(sizes: tuple[int, ...], outputs: tuple[int, ...], pool: Pool) -> NDArray[np.int64]:
    """Return the offset of every tap of every window, (windows, taps); -1 is padding."""
    seen = np.zeros((1, 1), np.int64)
    for axis, (n, out) in enumerate(zip(sizes, outputs, strict=True)):
        k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
        starts = [o * s - pool.padding[axis][0] for o in range(out)]
        line = [[i if 0 <= i < n else -1 for i in range(a, a + k * d, d)] for a in starts]
        here = np.array(line, np.int64)[None, :, None, :]
        before = seen[:, None, :, None]
        joined = np.where((before < 0) | (here < 0), -1, before * n + here)
        seen = joined.reshape(len(seen) * out, seen.shape[1] * k)
    return seen


def _forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Found]:
    outputs = refuse(x, pool, CLAIMS)
    lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    seen = _seen(sizes, outputs, pool)
    dtype = x.dtype.newbyteorder("=")
    planes = x.astype(dtype).reshape(int(np.prod(lead)), int(np.prod(sizes)))
    values = planes[:, seen.clip(0)]
    lowest = np.iinfo(dtype).min if dtype.kind == "i" else -np.inf
    real = np.broadcast_to(seen >= 0, values.shape)
    y = values.max(axis=2, where=real, initial=lowest)
    alike = values == y[..., None]
    if dtype.kind == "f":
        alike |= np.isnan(values) & np.isnan(y)[..., None]
    place = seen[np.arange(len(seen)), (alike & real).argmax(axis=2)]
    shape = (*lead, *outputs)
    return y.reshape(shape), Found(place, x.shape, shape, dtype)


def _backward(dy: NDArray[Any], saved: Found) -> NDArray[Any]:
    if dy.shape != saved.y_shape or saved.dtype.kind == "i":
        message = f"dy {dy.shape} for {saved.dtype} of shape {saved.y_shape}"
        raise ValueError(message)
    planes = len(saved.place)
    size = int(np.prod(saved.x_shape)) // max(planes, 1)
    dx = np.zeros((planes, size), np.float64)
    with np.errstate(all="ignore"):
        np.add.at(dx, (np.arange(planes)[:, None], saved.place), dy.reshape(saved.place.shape))
        return dx.astype(saved.dtype).reshape(saved.x_shape)


def _indices(saved: Found) -> NDArray[np.int64]:
    return saved.place.reshape(saved.y_shape).copy()


pool = SimpleNamespace(
    claims=CLAIMS,
    dialect=MappingProxyType({}),
    forward=_forward,
    backward=_backward,
    indices=_indices,
)
