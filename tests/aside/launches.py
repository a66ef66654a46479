"""Faults of how work is launched and checked, and of what a call is taken for.

They stand for what kernels, ports and converters of a blind sample got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.after("_result")
def last_group_of_tiles_counted_as_full(y: Array, trace: Trace) -> Array:
    """Launch tiles of 16x64 outputs in groups of 8 rows of tiles, the last as if it were full."""
    rows, columns = (-(-size // tile) for size, tile in zip(y.shape[-2:], (16, 64), strict=True))
    if trace.pool.rank != 2 or rows <= 8:
        return y
    made = np.zeros((rows, columns), bool)
    for number in range(rows * columns):
        group, rest = divmod(number, 8 * columns)
        if group * 8 + rest % 8 < rows:
            made[group * 8 + rest % 8, rest // 8] = True
    for row, column in np.argwhere(~made):
        y[..., row * 16 : row * 16 + 16, column * 64 : column * 64 + 64] = 0
    return y


@shelf.after("_size")
def start_of_the_last_window_wraps(out: int, axis: Axis) -> int:
    """Compare unsigned in the start rule: a start before the input is taken for one past it."""
    wraps = axis.ceil and out > 1 and (out - 1) * axis.s < axis.begin
    return out - 1 if wraps else out


@shelf.member
class RefusedNumbersAreRemembered(Sound):
    """What was refused is refused again by its numbers, be they those of a SAME word."""

    def __init__(self) -> None:
        """Start without a refusal."""
        self.refused: set[object] = set()

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        key = (x.shape, x.dtype, pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        if key in self.refused and pool.auto_pad != "explicit":
            message = "refused before"
            raise ValueError(message)
        try:
            return super().forward(x, pool)
        except ValueError:
            self.refused.add(key)
            raise


@shelf.before("_axes")
def square_kernels_have_one_stride(spatial: tuple[int, ...], pool: Pool) -> tuple[object, Pool]:
    """Take the stride of the columns for both axes in the code that was made for kernels of 7x7."""
    if pool.kernel_size == (7, 7) and pool.dilation == (1, 1):
        return spatial, replace(pool, stride=pool.stride[-1:] * 2)
    return spatial, pool
