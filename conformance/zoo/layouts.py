"""Bugs of memory layout: strides, byte order, alignment."""

# ruff: noqa: PLR2004 - the docstring of a member says from which size on

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace
from conformance.zoo.trigger import Data, once, ramp
from reference.pool import Pool

shelf = Shelf()


def laid_out(data: Data, change: Callable[[Array], Array]) -> Data:
    """Return a maker of the same numbers in another memory layout."""
    return lambda: change(data())


def misaligned(array: Array) -> Array:
    """Return a copy of an array that starts one byte into its buffer."""
    room = np.zeros(array.nbytes + 1, np.uint8)
    copy = np.ndarray(array.shape, array.dtype, room, offset=1)
    copy[...] = array
    return copy


def columns_first(array: Array) -> Array:
    """Return the same numbers with the last two axes in Fortran order."""
    return array.swapaxes(-1, -2).copy().swapaxes(-1, -2)


def locked(array: Array) -> Array:
    """Return the array after it was made read-only."""
    array.flags.writeable = False
    return array


def from_first_element(array: Array) -> Array:
    """Return the memory behind the first element of `array` as if it were contiguous.

    What would lie outside the buffer is read from its begin again.
    """
    owner = array
    while isinstance(owner.base, np.ndarray) and owner.base.dtype == array.dtype:
        owner = owner.base
    flat = owner.ravel("K")
    start = (array.ctypes.data - owner.ctypes.data) // max(1, array.itemsize)
    inside = 0 <= start < flat.size and (owner.flags.c_contiguous or owner.flags.f_contiguous)
    return np.resize(flat[start:] if inside else array, array.shape)


@shelf.bug(
    "x-noncontiguous-read-raw",
    "layout.strides",
    cite=issue("pytorch/pytorch#47054"),
    trigger="a transposed input",
    show=once(laid_out(ramp(1, 1, 4, 6), columns_first), Pool.of(2)),
)
class NoncontiguousReadRaw(Sound):
    """The input is read from its first element on as if it were contiguous."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        return super()._planes(x if x.flags.c_contiguous else from_first_element(x), pool)


@shelf.bug(
    "own-negative-strides-ignored",
    "layout.strides",
    trigger="an input that is reversed along its last axis",
    show=once(laid_out(ramp(1, 1, 4, 6), lambda x: x[..., ::-1]), Pool.of(2)),
)
class NegativeStridesIgnored(Sound):
    """The sign of a stride is dropped, so that a reversed axis is read forwards."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        forwards = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in x.strides)
        return super()._planes(x[forwards], pool)


@shelf.bug(
    "own-channels-last-mistaken",
    "layout.strides",
    trigger="an input whose channels lie innermost in memory",
    show=once(
        laid_out(ramp(2, 4, 4, 3), lambda x: x.transpose(0, 3, 1, 2)),
        Pool.of(2),
    ),
)
class ChannelsLastMistaken(Sound):
    """Results of a channels-last input are written in its order into a contiguous output."""

    def _result(self, trace: Trace) -> Array:
        y, strides = super()._result(trace), trace.x.strides
        if trace.x.ndim != 4 or trace.x.shape[1] == 1 or strides[1] != trace.x.itemsize:
            return y
        return y.transpose(0, 2, 3, 1).ravel().reshape(y.shape)


@shelf.bug(
    "large-tensor-layout-switch",
    *("window.plane-alone", "value.maximum"),
    cite=pull("intel/torch-xpu-ops#2763"),
    trigger="2 channels of 64x64 (scaled from 2**31 elements): the output is in another order",
    show=once(ramp(1, 2, 64, 64), Pool.of(2)),
)
class LargeTensorLayoutSwitch(Sound):
    """Above 4096 elements (scaled from 2**31) the output is written channels last."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if trace.x.size <= 4096:
            return y
        switched = np.moveaxis(trace.y, 1, -1)
        return switched.ravel().reshape(y.shape)


@shelf.bug(
    "unbatched-detected-as-nhwc",
    *("rank.unbatched", "layout.strides"),
    cite=pull("pytorch/pytorch#177568"),
    trigger="shape (2, 1, 1), kernel 1, dilation 2: an error about its layout",
    show=once(ramp(2, 1, 1), Pool.of(1, 1, 0, 2)),
)
class UnbatchedDetectedAsNhwc(Sound):
    """An unbatched input of width 1 is taken for channels last, which dilation does not support."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        dilated = any(d > 1 for d in pool.dilation)
        if dilated and x.ndim == pool.rank + 1 == 3 and x.strides[1] == x.itemsize:
            message = "channels last is for batched inputs"
            raise RuntimeError(message)
        return super()._planes(x, pool)


@shelf.bug(
    "dx-uses-x-strides",
    "layout.strides",
    cite=issue("deeplearning4j/deeplearning4j#8077"),
    trigger="a transposed input: forward is right, the input gradient is in its memory order",
    show=once(laid_out(ramp(1, 1, 4, 6), columns_first), Pool.of(2)),
)
class GradientUsesInputStrides(Sound):
    """The input gradient is written with the strides of the input and read as contiguous."""

    def _save(self, trace: Trace) -> Saved:
        order = np.argsort([-abs(stride) for stride in trace.x.strides], kind="stable")
        return replace(super()._save(trace), extra=order)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        return dx.transpose(saved.extra).ravel().reshape(dx.shape)


@shelf.bug(
    "own-dy-read-raw",
    "layout.gradient",
    trigger="a transposed output gradient",
    show=once(ramp(1, 1, 4, 6), Pool.of(2), laid_out(ramp(1, 1, 2, 3), columns_first)),
)
class DyReadRaw(Sound):
    """The output gradient is read from its first element on as if it were contiguous."""

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return super()._weights(dy if dy.flags.c_contiguous else from_first_element(dy), saved)


@shelf.bug(
    "own-byteswapped",
    "layout.byte-order",
    trigger="a big-endian input on a little-endian machine, or the other way round",
    show=once(laid_out(ramp(1, 1, 4, 4), lambda x: x.astype(x.dtype.newbyteorder())), Pool.of(2)),
)
class ByteOrderIgnored(Sound):
    """The bytes of an input in the other byte order are read in native order."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        native = x.dtype.newbyteorder("=")
        return super()._planes(x if x.dtype.isnative else x.view(native), pool)


@shelf.bug(
    "own-misaligned-pointer-rounded-down",
    "layout.alignment",
    trigger="an input that starts one byte into its buffer",
    show=once(laid_out(ramp(1, 1, 4, 4), misaligned), Pool.of(2)),
)
class MisalignedPointerRoundedDown(Sound):
    """The address of an unaligned input is rounded down to a multiple of its item size."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        if x.flags.aligned:
            return super()._planes(x, pool)
        # What lies before the first byte of the buffer is not read here: bytes move up instead.
        skew = x.ctypes.data % x.itemsize
        moved = b"\0" * skew + x.tobytes()[: x.nbytes - skew]
        return super()._planes(np.frombuffer(moved, x.dtype).reshape(x.shape), pool)


@shelf.bug(
    "own-misaligned-asserted",
    "layout.alignment",
    trigger="an input that starts one byte into its buffer: AssertionError",
    show=once(laid_out(ramp(1, 1, 4, 4), misaligned), Pool.of(2)),
)
class MisalignedAsserted(Sound):
    """An assertion of the compiled part is met by an unaligned input, which is no refusal."""

    def _check_array(self, x: Array) -> None:
        super()._check_array(x)
        if not x.flags.aligned:
            message = "data % sizeof(float) == 0"
            raise AssertionError(message)


@shelf.bug(
    "own-needs-writable-input",
    *("pure.input", "layout.strides"),
    trigger="a read-only input: ValueError",
    show=once(laid_out(ramp(1, 1, 4, 4), locked), Pool.of(2)),
)
class NeedsWritableInput(Sound):
    """A writable buffer is asked of the input, although nothing is written to it."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        if not x.flags.writeable:
            message = "buffer source array is read-only"
            raise ValueError(message)
        return super()._planes(x, pool)
