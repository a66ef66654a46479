"""MindSpore on the CPU: ops.max_pool2d and max_pool3d; types and padding as their text says."""

from functools import partial
from typing import Any

import numpy as np

from implementations.adapters import GEOMETRY, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import MINDSPORE
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

TYPES = tuple(name for name in CLAIMED_TYPES if name not in {"bool", "bfloat16"})
claims = ("gradient", "indices", *(one for one in GEOMETRY if one != "rank-1"), *TYPES)
refusals = (RuntimeError,)
sources, undocumented = MINDSPORE


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what backward and indices need."""
    from mindspore import Tensor, ops

    refuse_inexpressible(x, pool, claims)
    windows = (pool.kernel_size, pool.stride, tuple(b for b, _ in pool.padding), pool.dilation)
    options = {"return_indices": True, "ceil_mode": pool.ceil_mode}
    max_pool = partial(getattr(ops, f"max_pool{pool.rank}d"), **options)
    y, argmax = max_pool(tensor := Tensor(contiguous(x)), *windows)
    return np.array(y.asnumpy()), (lambda t: max_pool(t, *windows)[0], tensor, argmax)


def backward(dy: Array, saved: Any) -> Array:  # noqa: ANN401 - a function and tensors
    """Return the gradient of x, by mindspore.vjp."""
    from mindspore import Tensor, vjp

    return np.array(vjp(saved[0], saved[1])[1](Tensor(contiguous(dy)))[0].asnumpy())


def indices(saved: Any) -> Array:  # noqa: ANN401
    """Return argmax."""
    return np.array(saved[2].asnumpy())
