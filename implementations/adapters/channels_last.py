"""N,C,spatial arrays as N,spatial,C and back, for adapters of frameworks that have it so."""

from __future__ import annotations

import numpy as np

from implementations.adapters import plain
from implementations.call import Array
from reference.pool import Pool


def to_last(x: Array, pool: Pool) -> Array:
    """Return a new array of x, its channel axis moved behind the spatial axes.

    Raises:
        ValueError: x has no axis before the spatial ones.
    """
    return np.array(plain(np.moveaxis(x, -pool.rank - 1, -1)), order="C")


def to_first(y: Array, pool: Pool) -> Array:
    """Return a new array of y, its last axis moved before the spatial ones."""
    return np.array(np.moveaxis(y, -1, -pool.rank - 1), order="C")
