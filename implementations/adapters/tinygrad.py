"""tinygrad: Tensor.max_pool2d, which its text gives any number of axes, and Tensor.gradient.

The text names no types; all of tinygrad.dtypes that NumPy has are claimed. It runs on the device
that the variable DEV names.
"""

from typing import Any

from implementations.adapters import GEOMETRY, Array, refuse_inexpressible
from implementations.adapters.documents import TINYGRAD
from implementations.adapters.tinygrad_tensors import from_tinygrad, to_tinygrad
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

claims = ("gradient", "indices", *GEOMETRY, "asymmetric-padding", *CLAIMED_TYPES)
refusals = (AssertionError, RuntimeError)
sources, undocumented = TINYGRAD


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what backward and indices need."""
    refuse_inexpressible(x, pool, claims)
    tensor = to_tinygrad(x)
    pads = tuple(pad for pair in reversed(pool.padding) for pad in pair)
    windows = (pool.kernel_size, pool.stride, pool.dilation, pads, pool.ceil_mode)
    y, winners = tensor.max_pool2d(*windows, return_indices=True)
    return from_tinygrad(y, x.dtype), (tensor, y, winners)


def backward(dy: Array, saved: Any) -> Array:  # noqa: ANN401 - three tensors
    """Return the gradient of x, by Tensor.gradient."""
    tensor, y, _ = saved
    return from_tinygrad(y.gradient(tensor, gradient=to_tinygrad(dy))[0], dy.dtype)


def indices(saved: Any) -> Array:  # noqa: ANN401
    """Return the indices, as tinygrad counts and types them."""
    return from_tinygrad(saved[2], saved[2].numpy().dtype)
