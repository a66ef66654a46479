"""N,C,spatial arrays as MLX arrays, channels last, and back, bit for bit.

The bits travel as signed integers: MLX reads a float64 as a float32, and NumPy has no bfloat16.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.adapters.channels_last import to_first, to_last
from implementations.call import Array
from reference.pool import Pool


def to_mlx(x: Array, pool: Pool) -> Any:  # noqa: ANN401 - arrays of an untyped package
    """Return x as an array of MLX on its CPU, which alone has float64."""
    import mlx.core as mx

    mx.set_default_device(mx.cpu)
    bits = mx.array(to_last(x, pool).view(f"i{x.itemsize}"))
    return bits.view(getattr(mx, x.dtype.name.replace("bool", "bool_")))


def from_mlx(tensor: Any, like: Array, pool: Pool) -> Array:  # noqa: ANN401
    """Return an array of MLX as one of the dtype that `like` has, in native byte order."""
    import mlx.core as mx

    bits = np.array(tensor.view(getattr(mx, f"int{8 * like.itemsize}")))
    return to_first(bits.view(like.dtype.newbyteorder("=")), pool)
