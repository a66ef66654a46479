"""LiteRT with its optimized kernels, without XNNPACK; the rest is as in `litert`."""

from implementations.adapters import Array, litert
from reference.pool import Pool

claims = litert.claims
lacks = litert.lacks
refusals = litert.refusals
sources, undocumented = litert.sources, litert.undocumented


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    return litert.forward(x, pool, "BUILTIN_WITHOUT_DEFAULT_DELEGATES")
