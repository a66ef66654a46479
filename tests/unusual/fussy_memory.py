"""Takes only aligned arrays in native byte order, as the type check of a compiled kernel would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.sorting import SortingPool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

TYPES = (np.dtype(np.float32), np.dtype(np.float64))
_pool = SortingPool()
claims = frozenset(SortingPool.claims) & {
    *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
    *("dilation", "ceil", "rank-1", "rank-3", "unbatched"),
}
backward = _pool.backward
indices = _pool.indices


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
    """Return (y, saved), or refuse an array that would have to be copied first."""
    if x.dtype not in TYPES:
        message = f"only float32 and float64 in native byte order, got {x.dtype.str}"
        raise NotImplementedError(message)
    if not x.flags.aligned:
        message = "only aligned arrays"
        raise TypeError(message)
    return _pool.forward(x, pool)
