"""Flax: linen.max_pool of (batch, spatial, features), and jax.vjp; no dilation.

A layer over lax.reduce_window: what is documented of that stands in `documents`. Its padding
is -inf, so it is for floats.
"""

from typing import Any

from implementations.adapters import SAME, WINDOWS, Array, reduce_window, refuse_inexpressible
from implementations.adapters.channels_last import to_first, to_last
from implementations.adapters.documents import STABLEHLO, STABLEHLO_DIALECT
from implementations.adapters.reduce_window import PADDING, Saved
from reference.pool import Pool

claims = ("gradient", "rank-1", "rank-3", *WINDOWS, *PADDING, "float16", "bfloat16")
dialect = STABLEHLO_DIALECT
sources, undocumented = STABLEHLO


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima, and what backward needs."""
    refuse_inexpressible(x, pool, claims)
    y, saved = reduce_window.forward(to_last(x, pool), pool, _maxima)
    return to_first(y, pool), saved


def _maxima(x: Any, pool: Pool) -> Any:  # noqa: ANN401 - arrays of an untyped package
    from flax import linen

    padding = SAME.get(pool.auto_pad, list(pool.padding))
    return linen.max_pool(x, pool.kernel_size, pool.stride, padding)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of x, by jax.vjp."""
    pool = saved[1]
    return to_first(reduce_window.backward(to_last(dy, pool), saved), pool)
