"""PyTorch, eagerly, on tensors that have their channels last."""

from __future__ import annotations

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.torch_channels_last import claims
from implementations.engines import Ready, torch
from reference.pool import Pool


def ready(x: Array, pool: Pool, dy: Array | None, threads: int) -> Ready:
    """Return what pools x, and what turns its result into arrays."""
    refuse_inexpressible(x, pool, claims)
    order = "channels_last" if pool.rank == 2 else "channels_last_3d"  # noqa: PLR2004 - 2-D
    return torch.ready(x, pool, dy, threads, order)
