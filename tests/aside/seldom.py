"""Faults on paths that are seldom taken: one axis of three, one type, the second time, one channel.

They stand for what a second blind sample, written after `corners`, got past the checks.
"""

# ruff: noqa: ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from conformance.zoo.features import FEATURES
from conformance.zoo.sound import Sound
from conformance.zoo.state import Remembers
from conformance.zoo.ties import ColumnMajorTieOrder
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()

BYTE = 256
MANY = 65536
RING = 8
VECTOR_TAPS = 32
WHOLE = 2**32
WORD = 64


@shelf.member
class RingOfSlicesLaps(Sound):
    """A ring of 8 depth slices is taken for kernels of up to 8, whatever is between the taps."""

    _volume = False

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        self._volume = len(spatial) == len("dhw")
        return super()._axes(spatial, pool)

    def _read(self, planes: Array, windows: Windows) -> Array:
        values, axis = super()._read(planes, windows), windows.axes[0]
        if not self._volume or axis.k > RING or axis.extent <= RING:
            return values
        newest = np.minimum(windows.positions[0][:, -1:], axis.n - 1)
        lapped = windows.positions[0] + (newest - windows.positions[0]) // RING * RING
        at = (lapped, *windows.positions[1:])
        offsets = self._repeat_first(self._offsets(at, windows.axes), windows.real)
        return super()._read(planes, replace(windows, offsets=offsets))


@shelf.before("_windows")
def depth_of_one_is_a_plane(spatial: Sequence[int], pool: Pool) -> tuple[Sequence[int], Pool]:
    """A depth of one is pooled over two axes, though its padding may make two windows."""
    if len(spatial) != len("dhw") or spatial[0] > 1 or pool.auto_pad != "explicit":
        return spatial, pool
    kernel, padding = (1, *pool.kernel_size[1:]), ((0, 0), *pool.padding[1:])
    return spatial, replace(pool, kernel_size=kernel, padding=padding)


@shelf.after("_read")
def bits_of_one_word(values: Array, planes: Array, windows: Windows) -> Array:
    """The taps of a line of booleans are bits of one word, which holds 64."""
    return values[..., :WORD] if values.dtype == bool and planes.ndim == len("ncw") else values


@shelf.member
class GradientOfAsManyElements(Sound):
    """Over three axes dy is compared by the number of its axes and elements."""

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        alike = np.ndim(dy) == saved.index.ndim and np.size(dy) == saved.index.size
        if saved.rank == len("dhw") and alike:
            dy = np.reshape(dy, saved.index.shape)
        super()._check_gradient(dy, saved)


@shelf.member
class EmptyGradientIsEmpty(Sound):
    """backward of an empty batch returns before it has looked at the type of the input."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        if 0 in saved.shape:
            return np.zeros(saved.shape, saved.dtype)
        return super().backward(dy, saved)


@shelf.member
class UnbatchedIsThreeAxes(Sound):
    """Input without a batch axis is not claimed, and is known by its three axes."""

    claims = FEATURES - {"unbatched"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        super()._check_claims(
            x if x.ndim == len("chw") or x.ndim > pool.rank + 1 else x[None], pool
        )


@shelf.member
class EqualPaddingLeavesNoneEmpty(Sound):
    """Declares any padding, and believes that as much on both sides leaves no window empty."""

    dialect = MappingProxyType({"pad-limit": "none"})

    def _check_padding_limit(self, pool: Pool) -> None:
        """Refuse none."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        self._equal = all(begin == end for begin, end in pool.padding) and set(pool.dilation) == {1}
        return super()._windows(spatial, pool)

    def _check_filled(self, real: Sequence[Array]) -> None:
        if not self._equal:
            super()._check_filled(real)

    def _check_reached(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        if not self._equal:
            super()._check_reached(axes, out)


@shelf.member
class SecondHalfOfEqualZeros(Remembers):
    """The answer to an input that equals the last one is given again, and -0 equals +0."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        last: tuple[Any, ...] | None = self._kept.get("last")
        alike = last and last[0] == pool and last[1].dtype == x.dtype
        if last and alike and np.array_equal(last[1], x):
            return last[2].copy(), last[3]
        y, saved = super().forward(x, pool)
        self._kept["last"] = replace(pool), x.copy(), y.copy(), saved
        return y, saved


@shelf.member
class TypeKeptByItsName(Remembers):
    """The type of an output is kept by its shape and name, which both byte orders share."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        dtype: np.dtype[Any] = self._kept.setdefault((y.shape, y.dtype.name), trace.x.dtype)
        return y.astype(dtype)


@shelf.member
class WinnerFoundByTheOutput(Sound):
    """From 32 taps on the winner is looked for when asked, as what equals the output returned."""

    def _save(self, trace: Trace) -> Saved:
        saved, taps = super()._save(trace), trace.values.shape[-1]
        y = np.asarray(trace.y)
        late = taps >= VECTOR_TAPS and trace.x.ndim == y.ndim and not np.isnan(y).any()
        return replace(saved, extra=(trace.values, trace.windows, y)) if late else saved

    def indices(self, saved: Saved) -> Array:
        return super().indices(self._found(saved))

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(self._found(saved))

    def _found(self, saved: Saved) -> Saved:
        if saved.extra is None:
            return saved
        values, windows, y = saved.extra
        winners = (values == y[..., None]).argmax(-1)
        return replace(saved, index=self._index(values, winners, windows))


@shelf.member
class WinsOfOneNumberInAByte(Sound):
    """Where all of dy is one number it is multiplied by how often an element wins, in a byte."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = super()._scatter(weights, targets, saved)
        if not weights.size or not np.isfinite(weights).all() or np.ptp(weights):
            return sums
        count = np.bincount(targets, minlength=product(saved.shape)).astype(np.uint8)
        return np.asarray(count * weights[0])


@shelf.after("_weights")
def windows_numbered_in_sixteen_bits(weights: Array, dy: Array, saved: Saved) -> Array:
    """The windows that an element won are listed by numbers of 16 bits."""
    per_plane = weights.reshape(-1, product(saved.index.shape[-saved.rank :]) or 1)
    number = np.arange(per_plane.shape[1]).astype(np.uint16)
    return per_plane[:, number].ravel()


@shelf.before("_weights")
def one_channel_of_several_is_dense(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """A dy of one channel in channels-last memory is taken to hold no other."""
    if dy.ndim != len("nchw") or dy.shape[1] > 1 or dy.strides[1] != dy.itemsize:
        return dy, saved
    dense = tuple(dy.itemsize * part for part in (product(dy.shape[2:]), 1, dy.shape[3], 1))
    if any(have < need for have, need in zip(dy.strides, dense, strict=True)):
        return dy, saved
    return np.lib.stride_tricks.as_strided(dy, dy.shape, dense), saved


@shelf.member
class FreedAfterTheFirst(Sound):
    """backward gives back the indices of 65536 outputs and more, to save memory."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        if saved.index.size >= MANY:
            saved.index[...] = 0
        return dx


@shelf.after("_positions")
def starts_multiplied_in_float32(at: Array, axis: Axis, out: int) -> Array:
    """Where a window starts is its number times the stride, in float32."""
    if axis.s * out >= 2**40 or out < len("ab"):
        return at
    number = np.arange(out, dtype=np.float32)
    starts = (number * np.float32(axis.s)).astype(np.int64) - axis.begin
    return at - at[:, :1] + starts[:, None] if axis.k <= RING else at


@shelf.member
class NarrowPlanesAreTurned(ColumnMajorTieOrder):
    """Planes of at most 3 columns and at least 64 rows are turned, and equals with them."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        rows, columns = windows.axes[0], windows.axes[-1]
        if len(windows.axes) == len("hw") and columns.n <= 3 and rows.n >= WORD:
            return super()._pick(values, windows)
        return super(ColumnMajorTieOrder, self)._pick(values, windows)


@shelf.member
class BytesOfBooleansAreKept(Sound):
    """Booleans become bytes by a view, which is then kept as if it were a copy, for indices."""

    def _save(self, trace: Trace) -> Saved:
        late = trace.x.dtype == bool and trace.x.flags.c_contiguous
        return replace(super()._save(trace), extra=(trace.x, trace.pool) if late else None)

    def indices(self, saved: Saved) -> Array:
        found = saved if saved.extra is None else Sound().forward(*saved.extra)[1]
        return super().indices(found)


@shelf.after("_positions")
def border_windows_listed_in_bytes(at: Array, axis: Axis, out: int) -> Array:
    """The windows over the end of a padded row are listed in bytes; the others read its first."""
    if out <= BYTE or not axis.end or axis.pitch > 1:
        return at
    late = np.arange(out) > BYTE
    return np.where(late[:, None] & (at >= axis.n), 0, at)


@shelf.member
class RunsOfWinnersInBytes(Sound):
    """The winners of a row are kept as runs, whose lengths are bytes, from 256 taps on."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        if windows.out[-1] < BYTE or values.shape[-1] < BYTE:
            return index
        for row in index.reshape(-1, windows.out[-1]):
            begins = np.flatnonzero(np.diff(row, prepend=row[0] - 1))
            again = np.repeat(row[begins], np.diff(begins, append=len(row)) & (BYTE - 1))
            row[len(again) :] = row[-1]
            row[: len(again)] = again
        return index


@shelf.after("_offsets")
def rows_of_tall_planes_in_24_bits(
    offsets: Array, positions: Sequence[Array], axes: Sequence[Axis]
) -> Array:
    """The number of a row is multiplied by the width as numbers of 24 bits."""
    rest = offsets % axes[0].pitch
    return np.asarray(offsets // axes[0].pitch % 2**24 * axes[0].pitch + rest)


@shelf.after("_planes")
def rest_of_channels_last_unread(planes: Array, x: Array, pool: Pool) -> Array:
    """In channels-last memory 64 threads make C // 64 rounds, and one only below 64 channels."""
    if x.ndim != len("nchw") or pool.rank != len("hw") or x.strides[1] != x.itemsize:
        return planes
    done = max(planes.shape[1] // WORD * WORD, min(planes.shape[1], WORD))
    if done == planes.shape[1]:
        return planes
    part = planes.copy()
    part[:, done:] = 0
    return part


@shelf.after("_keys")
def large_windows_compared_in_float32(keys: Array, values: Array, windows: Windows) -> Array:
    """From 257 taps on integers of four bytes are compared in float32."""
    wide = values.shape[-1] > BYTE and values.dtype in (np.int32, np.uint32)
    return keys.astype(np.float32) if wide else keys


@shelf.after("_read")
def histogram_of_bytes(values: Array, planes: Array, windows: Windows) -> Array:
    """From 257 taps on bytes are counted in bytes, so that 256 of the largest are none."""
    if values.dtype not in (np.uint8, np.int8) or values.shape[-1] <= BYTE or not values.size:
        return values
    most = values.max(axis=-1, keepdims=True)
    lost = ((values == most).sum(axis=-1, keepdims=True) % BYTE == 0) & (values == most)
    least = np.iinfo(values.dtype).min
    return np.asarray(np.where(lost, values.dtype.type(least), values))


@shelf.after("_keys")
def bias_saturates_below_padding(keys: Array, values: Array, windows: Windows) -> Array:
    """Padded uint8 becomes int8 by a subtraction that saturates, which makes 255 a 254."""
    padded = any(axis.begin + axis.end for axis in windows.axes)
    return np.minimum(keys, 254) if padded and values.dtype == np.uint8 else keys


@shelf.before("_weights")
def address_of_dy_is_rounded_down(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """A contiguous dy is read from its address rounded down to a multiple of its items."""
    off = dy.ctypes.data % dy.itemsize
    if not dy.flags.c_contiguous or not off or dy.size < len("ab"):
        return dy, saved
    flat = dy.view(np.uint8).reshape(-1)
    moved = np.concatenate([np.zeros(off, np.uint8), flat])[: dy.nbytes]
    return np.frombuffer(moved.tobytes(), dy.dtype).reshape(dy.shape), saved


@shelf.member
class CopyOfAViewIsKept(Remembers):
    """The copy of an input that is not contiguous is kept, and used again for the same array."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        if x.flags.c_contiguous:
            return super().forward(x, pool)
        if self._kept.get("of") is not x:
            self._kept["of"], self._kept["copy"] = x, np.ascontiguousarray(x)
        return super().forward(self._kept["copy"], pool)


@shelf.member
class ExtentOfAnInt(Sound):
    """The extent of a window is cut off to 32 bits, in which a large one may be small again."""

    def _axis(self, spatial: Sequence[int], pool: Pool, number: int) -> Axis:
        axis = super()._axis(spatial, pool, number)
        reach = axis.extent - 1
        if max(axis.k, axis.d) >= WHOLE // 2 or reach < WHOLE:
            return axis
        return replace(axis, d=reach % WHOLE // (axis.k - 1))
