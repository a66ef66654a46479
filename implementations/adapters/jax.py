"""JAX, operation by operation: lax.reduce_window with lax.max, and jax.vjp.

What is documented of it stands in `documents`. Dilated windows have no vjp, as JAX says when
it is asked for one (NotImplementedError).
"""

from implementations.adapters import WINDOWS, Array, reduce_window, refuse_inexpressible
from implementations.adapters.documents import STABLEHLO, STABLEHLO_DIALECT
from implementations.adapters.reduce_window import PADDING, Pooled, Saved, maxima
from implementations.adapters.reduce_window import forward as pooled_with
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

backward = reduce_window.backward

RANKS = ("unbatched", "rank-1", "rank-3")
claims = ("gradient", "dilation", *WINDOWS, *PADDING, *RANKS, *CLAIMED_TYPES)
dialect = STABLEHLO_DIALECT
lacks = (frozenset({"gradient", "dilation"}),)
sources, undocumented = STABLEHLO


def forward(x: Array, pool: Pool, pooled: Pooled = maxima) -> tuple[Array, Saved]:
    """Return the maxima, and what backward needs."""
    refuse_inexpressible(x, pool, claims)
    return pooled_with(x, pool, pooled)
