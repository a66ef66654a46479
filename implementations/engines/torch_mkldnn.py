"""oneDNN as PyTorch runs it: on tensors in its own layout, which were made beforehand."""

from __future__ import annotations

from typing import Any

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.torch_mkldnn import claims
from implementations.engines import Ready
from implementations.engines.torch import to_arrays
from reference.pool import Pool


def ready(x: Array, pool: Pool, dy: Array | None, threads: int) -> Ready:
    """Return what pools x, and what turns its result into arrays."""
    import torch
    from torch.autograd import grad

    refuse_inexpressible(x, pool, claims)
    torch.set_num_threads(threads)
    tensor = torch.from_numpy(x).to_mkldnn()
    max_pool = getattr(torch, f"mkldnn_max_pool{pool.rank}d")
    padding = [begin for begin, _ in pool.padding]
    rest = (pool.kernel_size, pool.stride, padding, pool.dilation, pool.ceil_mode)

    def infer() -> tuple[Any, ...]:
        with torch.inference_mode():
            return (max_pool(tensor, *rest),)

    if dy is None:
        return infer, _to_arrays
    learned, given = tensor.requires_grad_(), torch.from_numpy(dy).to_mkldnn()

    def learn() -> tuple[Any, ...]:
        y = max_pool(learned, *rest)
        return y, grad(y, learned, given)[0]

    return learn, _to_arrays


def _to_arrays(tensors: tuple[Any, ...]) -> tuple[Array, ...]:
    return to_arrays(tuple(one.detach().to_dense() for one in tensors))
