"""PyTorch on the CPU: max_pool1d, max_pool2d and max_pool3d of torch.nn.functional."""

from typing import Any, TypeAlias

from implementations.adapters import GEOMETRY, Array, refuse_inexpressible
from implementations.adapters.documents import TORCH
from implementations.adapters.tensors import to_array, to_tensor
from reference.pool import Pool

TYPES = ("float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8")
Saved: TypeAlias = tuple[Any, Any, Array, Any]

claims = ("gradient", "indices", "unbatched", *GEOMETRY, *TYPES)
refusals = (RuntimeError,)
sources, undocumented = TORCH


def forward(x: Array, pool: Pool, ready: Any = lambda f: f) -> tuple[Array, Saved]:  # noqa: ANN401
    """Return the maxima, and what autograd and indices need; ready may be torch.compile."""
    from torch.nn import functional

    refuse_inexpressible(x, pool, claims)
    tensor = to_tensor(x).requires_grad_(x.dtype.kind not in "iu")
    max_pool = ready(getattr(functional, f"max_pool{pool.rank}d"))
    rest = (pool.stride, [begin for begin, _ in pool.padding], pool.dilation, pool.ceil_mode)
    y, winners = max_pool(tensor, pool.kernel_size, *rest, return_indices=True)
    return to_array(y, x.dtype), (tensor, y, winners.numpy(), x.dtype)


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of x, by autograd."""
    from torch.autograd import grad

    tensor, y, _, dtype = saved
    return to_array(grad(y, tensor, to_tensor(dy), retain_graph=True)[0], dtype)


def indices(saved: Saved) -> Array:
    """Return a copy of the indices, which autograd reads too."""
    return saved[2].copy()
