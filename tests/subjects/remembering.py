"""Right until its hundredth call, and wrong ever after: what it answers depends on its past."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from implementations import im2col

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

claims = im2col.claims
dialect = im2col.dialect
backward = im2col.backward
indices = im2col.indices
PATIENCE = 100
_calls = itertools.count(1)


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
    """Return (y, saved), and from the hundredth call on the smallest value for the first."""
    y, saved = im2col.forward(x, pool)
    if next(_calls) > PATIENCE and y.size and y.dtype.kind != "b":
        y.flat[0] = y.min()
        y.flat[-1] = -7
    return y, saved
