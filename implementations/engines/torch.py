"""PyTorch, eagerly: torch.nn.functional on tensors in the order of NumPy, autograd where asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.torch import claims
from implementations.engines import Ready
from reference.pool import Pool


def ready(
    x: Array, pool: Pool, dy: Array | None, threads: int, order: str = "contiguous_format"
) -> Ready:
    """Return what pools x, and what turns its result into arrays."""
    import torch
    from torch.autograd import grad

    refuse_inexpressible(x, pool, claims)
    torch.set_num_threads(threads)
    laid_out = getattr(torch, order)
    tensor = torch.from_numpy(x).contiguous(memory_format=laid_out)
    max_pool = getattr(torch.nn.functional, f"max_pool{pool.rank}d")
    padding = [begin for begin, _ in pool.padding]
    rest = (pool.kernel_size, pool.stride, padding, pool.dilation, pool.ceil_mode)

    def infer() -> tuple[Any, ...]:
        with torch.inference_mode():
            return (max_pool(tensor, *rest),)

    if dy is None:
        return infer, to_arrays
    learned = tensor.requires_grad_()
    given = torch.from_numpy(dy).contiguous(memory_format=laid_out)

    def learn() -> tuple[Any, ...]:
        y = max_pool(learned, *rest)
        return y, grad(y, learned, given)[0]

    return learn, to_arrays


def to_arrays(tensors: tuple[Any, ...]) -> tuple[Array, ...]:
    """Return tensors as arrays."""
    return tuple(np.ascontiguousarray(one.detach().numpy()) for one in tensors)
