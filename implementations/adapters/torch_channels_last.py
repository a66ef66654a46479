"""PyTorch on the CPU with inputs in the memory formats channels_last and channels_last_3d."""

from typing import Any

import numpy as np

from implementations.adapters import Array, refuse_inexpressible, torch
from implementations.adapters.channels_last import to_last
from reference.pool import Pool

backward = torch.backward
indices = torch.indices
refusals = torch.refusals
sources, undocumented = torch.sources, torch.undocumented

claims = tuple(claim for claim in torch.claims if claim not in {"rank-1", "unbatched"})


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what autograd and indices need."""
    refuse_inexpressible(x, pool, claims)
    return torch.forward(np.moveaxis(to_last(x, pool), -1, -pool.rank - 1), pool)
