"""The indices of the winners."""

from __future__ import annotations

import math

import numpy as np

from reference.dialect import DEFAULT, Dialect
from reference.forward import Array, Forward, Position
from reference.pool import Pool


def indices(found: Forward, pool: Pool, dialect: Dialect = DEFAULT) -> Array:
    """Return the index of each winner, shape of `y`; `index.plane` and switch `index`.

    Where several may win it is the first of them, and -1 for a window without an element.
    """
    index = np.empty(found.y.shape, np.dtype(dialect.index_type))
    for place, winners in zip(np.ndindex(found.y.shape), found.winners, strict=True):
        plane = place[: -pool.rank]
        index[place] = offset(winners[0], plane, found.x_shape, dialect) if winners else -1
    return index


def offset(
    position: Position, plane: Position, shape: tuple[int, ...], dialect: Dialect = DEFAULT
) -> int:
    """Return the index that names a spatial position of one plane of an input of this shape."""
    rank = len(position)
    sizes = shape[-rank:]
    within = _row_major(position, sizes)
    before = _row_major(plane, shape[:-rank]) * math.prod(sizes)
    if dialect.index == "flat":
        return before + within
    if dialect.index == "flat-column":
        return before + _row_major(position[::-1], sizes[::-1])
    if dialect.index == "flat-channels-last":
        return within * shape[-rank - 1] + plane[-1]
    return within


def _row_major(position: Position, sizes: tuple[int, ...]) -> int:
    total = 0
    for coordinate, size in zip(position, sizes, strict=True):
        total = total * size + coordinate
    return total
