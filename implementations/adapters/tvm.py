"""Apache TVM for llvm: relax.op.nn.max_pool1d, 2d and 3d, of all numbers, compiled per call."""

from functools import lru_cache
from typing import Any

import numpy as np

from implementations.adapters import GEOMETRY, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import TVM
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

claims = (*GEOMETRY, "asymmetric-padding", *(one for one in CLAIMED_TYPES if one != "bool"))
refusals = (RuntimeError,)
sources, undocumented = TVM


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    import tvm

    refuse_inexpressible(x, pool, claims)
    tensor = tvm.runtime.tensor(contiguous(x))
    y = _compiled(x.shape, x.dtype.name, pool)["main"](tensor).numpy()
    return np.array(y).view(x.dtype.newbyteorder("=")), None


@lru_cache(maxsize=256)
def _compiled(shape: tuple[int, ...], dtype: str, pool: Pool) -> Any:  # noqa: ANN401 - untyped
    import tvm
    from tvm import relax

    builder, x = relax.BlockBuilder(), relax.Var("x", relax.TensorType(shape, dtype))
    pads = [begin for begin, _ in pool.padding] + [end for _, end in pool.padding]
    arguments = (list(pool.kernel_size), list(pool.stride), pads, list(pool.dilation))
    with builder.function("main", [x]):
        max_pool = getattr(relax.op.nn, f"max_pool{pool.rank}d")
        builder.emit_func_output(builder.emit(max_pool(x, *arguments, pool.ceil_mode)))
    return relax.VirtualMachine(tvm.compile(builder.get(), target="llvm"), tvm.cpu())
