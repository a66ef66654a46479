"""NumPy arrays as PyTorch tensors and back, bit for bit; for adapters of whatever takes tensors.

The bits travel as signed integers, because NumPy and PyTorch share no bfloat16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from implementations.adapters import plain
from implementations.call import Array

if TYPE_CHECKING:
    import torch


def to_tensor(x: Array) -> torch.Tensor:
    """Return x as a tensor of its own dtype, shape and, where PyTorch can have them, strides."""
    import torch

    bits = torch.from_numpy(plain(x).view(f"i{x.itemsize}"))
    return bits.view(getattr(torch, x.dtype.name))


def to_array(tensor: torch.Tensor, dtype: np.dtype[Any]) -> Array:
    """Return a tensor, without its history, as an array that shares its memory.

    dtype is the tensor's own type in NumPy's words; the result is in native byte order.
    """
    import torch

    bits = tensor.detach().view(getattr(torch, f"int{8 * dtype.itemsize}"))
    array: Array = bits.numpy().view(dtype.newbyteorder("="))
    return array
