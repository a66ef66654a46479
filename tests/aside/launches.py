"""Faults of how work is launched and checked, and of what a call is taken for.

They stand for what kernels, ports and converters of three blind samples got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import get_ident

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
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


@shelf.member
class PrimeChannelsPickTheLast(Sound):
    """A prime number of more than 32 channels is not shared out; there the last of equals wins."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        channels = values.shape[1]
        if channels <= 32 or not all(channels % divisor for divisor in range(2, 9)):
            return super()._pick(values, windows)
        keys = self._keys(values, windows)
        last: Array = keys.shape[-1] - 1 - keys[..., ::-1].argmax(-1)
        return last


@shelf.before("_planes")
def unaligned_copy_keeps_its_order(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Copy an unaligned input in the order of its memory, and read the copy row by row."""
    return (x if x.flags.aligned else x.ravel("K").reshape(x.shape)), pool


@shelf.before("_weights")
def overlapping_gradient_is_broadcast(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """Take an output gradient that holds fewer bytes than elements need for a repeated item."""
    least, most = np.lib.array_utils.byte_bounds(dy)
    if dy.size and all(dy.strides) and most - least < dy.nbytes:
        return np.broadcast_to(dy[:1], dy.shape), saved
    return dy, saved


@shelf.after("_result")
def padded_element_comes_back(y: Array, trace: Trace) -> Array:
    """Return the input itself where padding leaves one element to a plane of one window."""
    if trace.x.shape == y.shape and product(trace.windows.out) == 1:
        return trace.x if product(trace.pool.kernel_size) > 1 else y
    return y


@shelf.before("_check_filled")
def first_window_in_padding_unseen(real: Sequence[Array]) -> tuple[Sequence[Array]]:
    """Look for an element from the second window on where a window has two taps or fewer."""
    seen = [axis[1:] if axis.shape[1] <= 2 and len(axis) > 1 else axis for axis in real]
    return (seen,)


@shelf.after("_real")
def window_added_by_ceil_is_filled(real: Array, _positions: Array, axis: Axis) -> Array:
    """Have a window that ceil_mode adds, and that holds no element, read the nearest one."""
    whole = (axis.n + axis.begin + axis.end - axis.extent) // axis.s + 1
    added = np.arange(len(real)) >= whole
    filled: Array = real | (added & ~real.any(axis=1))[:, None]
    return filled if axis.ceil else real


@shelf.after("_gradient")
def float16_sum_past_the_largest_is_infinite(dx: Array, sums: Array, saved: Saved) -> Array:
    """Call a float16 sum above 65504 infinite, also where 65504 is the nearest number."""
    if saved.dtype != np.float16:
        return dx
    sums = sums.reshape(dx.shape)
    return np.where(abs(sums) > 65504, np.copysign(np.inf, sums), dx).astype(dx.dtype)


@shelf.member
class EmptyBatchWithoutTheStartRule(Sound):
    """Answer an empty batch early, with sizes rounded up before any window is dropped."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if y.size:
            return y
        axes, rank = trace.windows.axes, trace.pool.rank
        out = [-(-(axis.n + axis.begin + axis.end - axis.extent) // axis.s) + 1 for axis in axes]
        return np.empty((*y.shape[:-rank], *out), y.dtype) if trace.pool.ceil_mode else y


@shelf.member
class UnbatchedLinesMultiplyAMask(Sound):
    """Multiply the gradient of a line without a batch axis by who won; an infinite one is NaN."""

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        is_line = (saved.rank, len(saved.shape)) == (1, 2)
        return dx + 0 * dx.sum(-1, keepdims=True) if is_line else dx


@shelf.member
class WinnersByInputAndOutputShape(Sound):
    """Keep winners by the array that was pooled and the shape of the output alone."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self.kept: dict[object, Array] = {}

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        self.kept[id(x), y.shape] = saved.index
        return y, replace(saved, extra=(x, (id(x), y.shape)))

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(replace(saved, index=self.kept[saved.extra[1]]))


@shelf.member
class WinnersOfThisThread(Sound):
    """Keep winners for the thread that found them; another one finds them anew, in the input."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        return y, replace(saved, extra=(get_ident(), x, pool))

    def _targets(self, saved: Saved) -> Array:
        thread, x, pool = saved.extra
        if thread != get_ident():
            saved = super().forward(x, pool)[1]
        return super()._targets(saved)
