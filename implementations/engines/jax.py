"""JAX under jax.jit: lax.reduce_window and its vjp, compiled for the call."""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.jax import claims, lacks
from implementations.adapters.reduce_window import maxima
from implementations.engines import Ready
from reference.pool import Pool


def ready(x: Array, pool: Pool, dy: Array | None, threads: int) -> Ready:  # noqa: ARG001 - of XLA_FLAGS
    """Return what pools x, and what turns its result into arrays; XLA_FLAGS sets its threads."""
    import jax

    refuse_inexpressible(x, pool, claims, lacks)
    jax.config.update("jax_enable_x64", val=True)
    tensor = jax.numpy.array(x, copy=True)
    infer = jax.jit(lambda data: (maxima(data, pool),))
    if dy is None:
        return lambda: jax.block_until_ready(infer(tensor)), _to_arrays
    given = jax.numpy.array(dy, copy=True)

    def learn(data: Any, gradient: Any) -> tuple[Any, Any]:  # noqa: ANN401 - arrays of JAX
        y, transposed = jax.vjp(lambda one: maxima(one, pool), data)
        return y, transposed(gradient)[0]

    learns = jax.jit(learn)
    return lambda: jax.block_until_ready(learns(tensor, given)), _to_arrays


def _to_arrays(result: tuple[Any, ...]) -> tuple[Array, ...]:
    return tuple(np.array(one) for one in result)
