"""Keras on JAX: ops.max_pool; the rest is as in `implementations.adapters.keras_backend`.

JAX has no float64 before its switch jax_enable_x64 is turned, and Keras leaves it as it is.
"""

from implementations.adapters import Array, keras_backend
from implementations.adapters.keras_backend import pooled_by
from reference.pool import Pool

claims = keras_backend.claims
lacks = (frozenset({"float64"}),)
sources, undocumented = keras_backend.sources, keras_backend.undocumented


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    return pooled_by("jax", x, pool, lacks=lacks), None
