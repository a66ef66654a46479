"""IREE for llvm-cpu: StableHLO's reduce_window, with what its text says (see `documents`)."""

from functools import lru_cache
from typing import Any

import numpy as np

from implementations.adapters import WINDOWS, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import STABLEHLO, STABLEHLO_DIALECT
from implementations.adapters.stablehlo_text import module_of
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

GEOMETRY = (*WINDOWS, "padding", "asymmetric-padding", "dilation", "rank-1", "rank-3", "unbatched")
claims = (*GEOMETRY, *CLAIMED_TYPES)
dialect, sources, undocumented = STABLEHLO_DIALECT, *STABLEHLO


def refusals() -> tuple[type[Exception], ...]:
    """Return the error of IREE's compiler."""
    from iree.compiler import tools

    return (tools.CompilerToolError,)


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    refuse_inexpressible(x, pool, claims)
    y = _compiled(module_of(x.shape, x.dtype, pool)).main(contiguous(x))
    return np.array(y.to_host()), None


@lru_cache(maxsize=256)
def _compiled(text: str) -> Any:  # noqa: ANN401 - an untyped package
    from iree import compiler, runtime

    options = {"target_backends": ["llvm-cpu"], "input_type": "stablehlo"}
    flags = ["--iree-llvmcpu-target-cpu=host", "--iree-input-demote-f64-to-f32=false"]
    binary = compiler.compile_str(text, **options, extra_args=flags)
    return runtime.load_vm_flatbuffer(binary, driver="local-sync")
