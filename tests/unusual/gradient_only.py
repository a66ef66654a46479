"""Claims the gradient and not the indices: it keeps one mask per tap and no offsets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

Box = tuple[Any, ...]


@dataclass(slots=True)
class Masks:
    """For each tap: the elements it sees, the windows that see them, and which it won."""

    shape: tuple[int, ...]
    outputs: tuple[int, ...]
    dtype: np.dtype[Any]
    taps: list[tuple[Box, Box, NDArray[np.bool_]]] = field(default_factory=list)


class MaskedPool:
    """Max pooling whose backward pass is a sum of masked gradients."""

    def __init__(self) -> None:
        """State the claims."""
        self.claims = {"gradient", "overlap", "gaps", "remainder", "padding", "dilation", "ceil"}
        self.claims |= {"asymmetric-padding", "rank-1", "rank-3", "float16", "bfloat16", "int16"}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Masks]:
        """Return y, shape (N, C, outputs), and the masks of the winners.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        y = np.zeros((*x.shape[:2], *outputs), x.dtype)
        saved = Masks(x.shape, y.shape, x.dtype)
        empty, last = np.ones(y.shape, np.bool_), np.zeros(y.shape, np.int32)
        taps: list[tuple[Box, Box]] = []
        for tap in product(*map(range, pool.kernel_size)):
            seen = [_seen(j, axis, x.shape[2 + axis], outputs, pool) for axis, j in enumerate(tap)]
            elements: Box = (..., *(one for one, _ in seen))
            windows: Box = (..., *(one for _, one in seen))
            value, best = x[elements], y[windows]
            with np.errstate(invalid="ignore"):
                won = empty[windows] | (value > best) | (np.isnan(value) & ~np.isnan(best))
            y[windows], empty[windows] = np.where(won, value, best), False
            np.copyto(last[windows], len(taps), where=won)
            taps.append((elements, windows))
        for number, (elements, windows) in enumerate(taps):
            saved.taps.append((elements, windows, last[windows] == number))
        return y, saved

    def backward(self, dy: NDArray[Any], saved: Masks) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
            TypeError: x held integers.
        """
        if dy.shape != saved.outputs:
            message = f"dy has shape {dy.shape}, y had {saved.outputs}"
            raise ValueError(message)
        if saved.dtype.kind == "i":
            message = f"{saved.dtype} has no gradient"
            raise TypeError(message)
        dx = np.zeros(saved.shape, np.promote_types(saved.dtype, np.float32))
        with np.errstate(over="ignore", invalid="ignore"):
            for elements, windows, mask in saved.taps:
                np.add(dx[elements], dy[windows], out=dx[elements], where=mask)
            return dx.astype(saved.dtype)


def _seen(j: int, axis: int, n: int, outputs: tuple[int, ...], pool: Pool) -> tuple[slice, slice]:
    """Return what tap `j` sees on one axis and the windows that see it."""
    s, shift = pool.stride[axis], j * pool.dilation[axis] - pool.padding[axis][0]
    windows = [o for o in range(outputs[axis]) if 0 <= o * s + shift < n]
    if not windows:
        return slice(0, 0), slice(0, 0)
    first = windows[0] * s + shift
    span = slice(windows[0], windows[-1] + 1)
    return slice(first, windows[-1] * s + shift + 1, s), span


pool = MaskedPool()
