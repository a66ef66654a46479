"""ExecuTorch: PyTorch's max_pool2d with indices on its portable kernels, exported per call."""

from typing import Any

from implementations.adapters import WINDOWS, Array, refuse_inexpressible
from implementations.adapters.documents import TORCH
from implementations.adapters.tensors import to_array, to_tensor
from reference.pool import Pool

TYPES = ("float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8")
claims = ("indices", *WINDOWS, "padding", "dilation", "ceil", *TYPES)
refusals = (RuntimeError,)
sources, undocumented = TORCH


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the indices as what is saved."""
    import torch
    from executorch.exir import to_edge
    from executorch.extension.pybindings import portable_lib

    refuse_inexpressible(x, pool, claims)
    windows = (list(pool.kernel_size), list(pool.stride), [begin for begin, _ in pool.padding])

    class Layer(torch.nn.Module):
        def forward(self, x: Any) -> Any:  # noqa: ANN401 - tensors
            rest = (list(pool.dilation), pool.ceil_mode)
            return torch.nn.functional.max_pool2d(x, *windows, *rest, return_indices=True)

    tensor = to_tensor(x).contiguous()
    program = to_edge(torch.export.export(Layer(), (tensor,), strict=False)).to_executorch()
    y, winners = portable_lib._load_for_executorch_from_buffer(program.buffer).forward([tensor])  # noqa: SLF001
    return to_array(y.clone(), x.dtype), winners.clone().numpy()


def indices(saved: Array) -> Array:
    """Return a copy of the indices."""
    return saved.copy()
