"""PyTorch's oneDNN tensors: mkldnn_max_pool2d and mkldnn_max_pool3d, and autograd through them.

Their errors: no dilation, types float32 and bfloat16. PyTorch documents padding as -inf.
"""

from typing import Any

from implementations.adapters import GEOMETRY, Array, refuse_inexpressible, torch
from implementations.adapters.documents import MKLDNN
from implementations.adapters.tensors import to_array, to_tensor
from reference.pool import Pool

refusals = torch.refusals

LEFT_OUT = {"dilation", "rank-1"}
claims = ("gradient", *(claim for claim in GEOMETRY if claim not in LEFT_OUT), "bfloat16")
lacks = (frozenset({"float64"}),)
sources, undocumented = MKLDNN


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what autograd needs."""
    import torch

    refuse_inexpressible(x, pool, claims, lacks)
    tensor = to_tensor(x).clone().requires_grad_()
    max_pool = getattr(torch, f"mkldnn_max_pool{pool.rank}d")
    rest = ([begin for begin, _ in pool.padding], pool.dilation, pool.ceil_mode)
    y = max_pool(tensor.to_mkldnn(), pool.kernel_size, pool.stride, *rest).to_dense()
    return to_array(y, x.dtype), (tensor, y, x.dtype)


def backward(dy: Array, saved: Any) -> Array:  # noqa: ANN401 - two tensors and a dtype
    """Return the gradient of x, by autograd."""
    from torch.autograd import grad

    tensor, y, dtype = saved
    return to_array(grad(y, tensor, to_tensor(dy), retain_graph=True)[0], dtype)
