"""Max pooling as Triton kernels: an example for who writes kernels.

One program takes BLOCK windows and walks over their taps, as a GPU does. Where there is no GPU,
Triton's interpreter runs the programs, if TRITON_INTERPRET is 1 when Triton is first imported;
this module sets it where PyTorch sees no GPU. Two axes, or one as an image of height 1.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from implementations.adapters.tensors import to_array, to_tensor
from implementations.call import Array, Call, admit, refuse_gradient
from reference.pool import Pool

TURN = Lock()
"""Triton's interpreter changes its language for the whole process while a kernel runs."""
BLOCK = 1024
"""Windows per program."""
GEOMETRY = ("overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation", "ceil")
INTEGERS = ("int8", "int16", "int32", "int64")
call_limit = 300.0  # seconds: without a GPU, Python runs each program, one for every plane
claims = ("gradient", "indices", *GEOMETRY, "rank-1", "unbatched", *INTEGERS, "uint8", "float16")


@dataclass(frozen=True, slots=True)
class Saved:
    """What backward and indices need."""

    winners: Any
    """The offset of each winner in its plane, a tensor of int64, shape (planes, windows)."""
    shape: tuple[int, ...]
    """The shape of the output."""
    x_shape: tuple[int, ...]
    x_dtype: np.dtype[Any]


def forward(x: Array, pool: Pool) -> tuple[Array, Saved]:
    """Return the maxima, and where they stand.

    x has shape (N, C, H, W), (C, H, W), (N, C, W) or (C, W).

    Raises:
        TypeError: x is not an array of a specified type.
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    import torch

    call = admit(x, pool, claims)
    windows, planes = math.prod(call.windows), math.prod(call.lead)
    values = to_tensor(np.array(x, x.dtype.newbyteorder("="), order="C")).to(_device())
    y = values.new_empty((planes, windows))
    winners = torch.empty((planes, windows), dtype=torch.int64, device=_device())
    programs = (-(-y.numel() // BLOCK),)
    if y.numel():
        with TURN:
            _kernels()[0][programs](values, y, winners, y.numel(), *_numbers(call), BLOCK=BLOCK)
    shape = call.lead + call.windows
    saved = Saved(winners, shape, x.shape, x.dtype)
    return np.array(to_array(y.cpu(), x.dtype)).reshape(shape), saved


def backward(dy: Array, saved: Saved) -> Array:
    """Return the gradient of x; sums are made in float64 and rounded once.

    dy has the shape of the output; the result has the shape and the dtype of x.

    Raises:
        TypeError: x was not made of floats, or dy is not.
        ValueError: dy has another shape than the output.
    """
    import torch

    refuse_gradient(dy, saved.shape, saved.x_dtype)
    planes, windows = saved.winners.shape
    sent_back = torch.from_numpy(dy.astype(np.float64, order="C")).to(_device())
    sums = torch.zeros(saved.x_shape, dtype=torch.float64, device=_device())
    plane = sums.numel() // max(planes, 1)
    if sent_back.numel():
        with TURN:
            _kernels()[1][(planes,)](sent_back, saved.winners, sums, windows, plane, BLOCK=BLOCK)
    dx: Array = sums.cpu().numpy().astype(saved.x_dtype)
    return dx


def indices(saved: Saved) -> Array:
    """Return the offset of each winner in its plane, int64, of the shape of the output."""
    found: Array = np.array(saved.winners.cpu().numpy())
    return found.reshape(saved.shape)


def _numbers(call: Call) -> list[int]:
    """Return the sizes, windows, kernel_size, stride, padding and dilation, of H and of W each."""
    axes = [(a.size, a.windows, a.kernel_size, a.step, a.begin, a.gap) for a in call.axes]
    pairs = (
        zip((1, 1, 1, 1, 0, 1), axes[0], strict=True) if len(axes) == 1 else zip(*axes, strict=True)
    )
    return [number for pair in pairs for number in pair]


@cache
def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@cache
def _kernels() -> tuple[Any, Any]:
    """Return the kernels that select winners and that scatter gradients."""
    if _device() == "cpu":
        os.environ.setdefault("TRITON_INTERPRET", "1")
    from implementations import triton_kernels

    return triton_kernels.select, triton_kernels.scatter
