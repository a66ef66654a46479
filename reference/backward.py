"""The backward pass of max pooling, as loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.dialect import DEFAULT, Dialect
from reference.forward import Array, Forward, Position
from reference.pool import Pool

ACCUMULATORS = {"float16": np.float32, "bfloat16": np.float32}


def backward(dy: Array, found: Forward, pool: Pool, dialect: Dialect = DEFAULT) -> Array:
    """Return the input gradient, of the shape and dtype of the input.

    `dy` has the shape of the output. Clauses `grad.*`; switch `gradient-ties`.

    Raises:
        TypeError: the input was of integers or booleans (`grad.integers`).
        ValueError: `dy` has another shape than the output (`grad.shape-checked`).
    """
    dtype = found.y.dtype
    if dtype.kind in "iub":
        message = f"[grad.integers] {dtype} has no gradient"
        raise TypeError(message)
    if dy.shape != found.y.shape:
        message = f"[grad.shape-checked] the output has shape {found.y.shape}, dy has {dy.shape}"
        raise ValueError(message)
    dx = np.zeros(found.x_shape, ACCUMULATORS.get(dtype.name, dtype))
    for number, place in enumerate(np.ndindex(dy.shape)):
        plane = place[: -pool.rank]
        for position, share in _shares(found, number, dy[place], dialect):
            dx[plane + position] += share
    return dx.astype(dtype)


def _shares(
    found: Forward,
    number: int,
    gradient: Any,  # noqa: ANN401 - a scalar
    dialect: Dialect,
) -> list[tuple[Position, Any]]:
    """Return who receives how much of one output's gradient."""
    largest, winners = found.largest[number], found.winners[number]
    if dialect.gradient_ties == "split":
        return [(position, gradient / type(gradient)(len(largest))) for position in largest]
    if dialect.gradient_ties == "all":
        return [(position, gradient) for position in largest]
    return [(position, gradient) for position in winners[:1]]
