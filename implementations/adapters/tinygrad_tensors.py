"""NumPy arrays as tinygrad tensors and back, bit for bit.

The bits travel as signed integers where the type is one that Python's buffers do not know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.adapters import contiguous
from implementations.call import Array


def to_tinygrad(x: Array) -> Any:  # noqa: ANN401 - tensors of an untyped package
    """Return a copy of x as a tensor of its own dtype."""
    from tinygrad import Tensor, dtypes

    copy = contiguous(x)
    if x.dtype.name == "bfloat16":
        return Tensor(copy.view(np.int16)).bitcast(dtypes.bfloat16)
    return Tensor(copy)


def from_tinygrad(tensor: Any, dtype: np.dtype[Any]) -> Array:  # noqa: ANN401
    """Return a new array of a tensor; dtype is the tensor's own in NumPy's words."""
    from tinygrad import dtypes

    if dtype.name == "bfloat16":
        tensor = tensor.bitcast(dtypes.int16)
    found: Array = np.array(tensor.numpy())
    return found.view(dtype.newbyteorder("=")) if dtype.name == "bfloat16" else found
