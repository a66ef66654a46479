"""PaddlePaddle with return_mask, which has kernels of its own; the word same is not for it."""

from typing import Any

import numpy as np

from implementations.adapters import Array, paddle, refuse_inexpressible
from reference.pool import Pool

backward = paddle.backward
dialect = paddle.dialect
sources, undocumented = paddle.sources, paddle.undocumented

LEFT_OUT = {"same-upper", "asymmetric-padding"}
claims = ("indices", *(claim for claim in paddle.claims if claim not in LEFT_OUT))


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what backward and indices need."""
    refuse_inexpressible(x, pool, claims)
    return paddle.forward(x, pool, return_mask=True)


def indices(saved: Any) -> Array:  # noqa: ANN401 - see backward
    """Return the mask."""
    return np.array(saved[2][0].numpy())
