"""MLX on the CPU: nn.MaxPool1d, MaxPool2d and MaxPool3d, channels last, and mx.vjp.

Their text: padding of negative infinity on both sides, of any size. It names no types, so all of
mx.Dtype but complex64 are claimed.
"""

from typing import Any

from implementations.adapters import WINDOWS, Array, refuse_inexpressible
from implementations.adapters.documents import MLX
from implementations.adapters.mlx_arrays import from_mlx, to_mlx
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

claims = ("gradient", *WINDOWS, "padding", "rank-1", "rank-3", *CLAIMED_TYPES)
dialect = {"pad-limit": "none", "empty-window": "identity"}
sources, undocumented = MLX


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what backward needs."""
    from mlx import nn

    refuse_inexpressible(x, pool, claims)
    tensor, begins = to_mlx(x, pool), tuple(begin for begin, _ in pool.padding)
    max_pool = getattr(nn, f"MaxPool{pool.rank}d")(pool.kernel_size, pool.stride, begins)
    return from_mlx(max_pool(tensor), x, pool), (max_pool, tensor, pool)


def backward(dy: Array, saved: Any) -> Array:  # noqa: ANN401 - a layer, an array and a Pool
    """Return the gradient of x, by mx.vjp."""
    import mlx.core as mx

    max_pool, tensor, pool = saved
    _, (dx,) = mx.vjp(max_pool, [tensor], [to_mlx(dy, pool)])
    return from_mlx(dx, dy, pool)
