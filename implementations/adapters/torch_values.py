"""PyTorch on the CPU without indices and without gradient: max_pool1d then has another kernel."""

from implementations.adapters import Array, refuse_inexpressible, torch
from implementations.adapters.tensors import to_array, to_tensor
from reference.pool import Pool

refusals = torch.refusals
sources, undocumented = torch.sources, torch.undocumented

claims = tuple(claim for claim in torch.claims if claim not in {"gradient", "indices"})


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    from torch.nn import functional

    refuse_inexpressible(x, pool, claims)
    max_pool = getattr(functional, f"max_pool{pool.rank}d")
    rest = (pool.stride, [begin for begin, _ in pool.padding], pool.dilation, pool.ceil_mode)
    return to_array(max_pool(to_tensor(x), pool.kernel_size, *rest), x.dtype), None
