"""lax.reduce_window with lax.max, and its vjp.

The documentation of JAX refers to StableHLO, whose text is for all types, any rank and any
leading axes; the rest of it stands in `documents`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from implementations.adapters import SAME, plain
from implementations.call import Array
from reference.pool import Pool

Pooled: TypeAlias = Callable[[Any, Pool], Any]
"""A function of an array of JAX and the parameters."""
Saved: TypeAlias = tuple[Any, Pool, Pooled]

PADDING = ("padding", "asymmetric-padding", "same-upper", "same-lower")


def maxima(x: Any, pool: Pool) -> Any:  # noqa: ANN401 - arrays of an untyped package
    """Return the maxima of the windows of an array of JAX; a batch axis may stand before C."""
    from jax import lax

    lead = (1,) if x.ndim == pool.rank + 1 else (1, 1)
    padding = SAME.get(pool.auto_pad, [(0, 0)] * len(lead) + list(pool.padding))
    windows = (lead + pool.kernel_size, lead + pool.stride, padding, None, lead + pool.dilation)
    return lax.reduce_window(x, _identity(x.dtype), lax.max, *windows)


def _identity(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a scalar of any type
    if dtype.kind in "iu":
        return dtype.type(np.iinfo(dtype).min)
    return dtype.type(-np.inf if dtype.kind != "b" else 0)


def forward(x: Array, pool: Pool, pooled: Pooled) -> tuple[Array, Saved]:
    """Return the maxima of a copy of x, and what backward needs."""
    import jax

    jax.config.update("jax_enable_x64", val=True)
    tensor = jax.numpy.array(plain(x), copy=True)
    return np.array(pooled(tensor, pool)), (tensor, pool, pooled)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of x, by jax.vjp.

    Raises:
        TypeError: it is of float0, which is how JAX says that there is none.
    """
    import jax

    tensor, pool, pooled = saved
    _, transposed = jax.vjp(lambda x: pooled(x, pool), tensor)
    dx = transposed(plain(dy))[0]
    if dx.dtype == jax.dtypes.float0:
        message = f"JAX has no gradient for {tensor.dtype}"
        raise TypeError(message)
    return np.array(dx)
