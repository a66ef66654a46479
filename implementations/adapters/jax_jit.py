"""JAX under jax.jit; the rest is as in `implementations.adapters.jax`."""

from functools import cache

from implementations.adapters import Array, jax
from implementations.adapters.reduce_window import Pooled, Saved, maxima
from reference.pool import Pool

backward = jax.backward
claims = jax.claims
dialect = jax.dialect
lacks = jax.lacks
sources, undocumented = jax.sources, jax.undocumented


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima, and what backward needs."""
    return jax.forward(x, pool, _jitted())


@cache
def _jitted() -> Pooled:
    from jax import jit

    function: Pooled = jit(maxima, static_argnums=1)
    return function
