"""ExecuTorch: PyTorch's max_pool2d with indices on its portable kernels, exported per call.

Exports are made one by one: torch.export fails in two threads at once, and ever after.
"""

from threading import Lock

from implementations.adapters import WINDOWS, Array, refuse_inexpressible
from implementations.adapters.documents import TORCH
from implementations.adapters.tensors import to_array, to_tensor
from reference.pool import Pool

TYPES = ("float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8")
claims = ("indices", *WINDOWS, "padding", "dilation", "ceil", *TYPES)
refusals = (RuntimeError,)
sources, undocumented = TORCH
_one_export = Lock()


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the indices as what is saved."""
    import torch
    from executorch.exir import to_edge
    from executorch.extension.pybindings import portable_lib

    refuse_inexpressible(x, pool, claims)
    pads = tuple(begin for begin, _ in pool.padding)
    windows = (pool.kernel_size, pool.stride, pads, pool.dilation)
    layer = torch.nn.MaxPool2d(*windows, return_indices=True, ceil_mode=pool.ceil_mode)
    tensor = to_tensor(x).contiguous()
    with _one_export:
        program = to_edge(torch.export.export(layer, (tensor,), strict=False)).to_executorch()
    y, winners = portable_lib._load_for_executorch_from_buffer(program.buffer).forward([tensor])  # noqa: SLF001
    return to_array(y.clone(), x.dtype), winners.clone().numpy()


def indices(saved: Array) -> Array:
    """Return a copy of the indices."""
    return saved.copy()
