"""Arrays that are read or written as if they lay otherwise in memory."""

# ruff: noqa: D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.layouts import from_first_element
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


def as_stored(array: Array) -> Array:
    """Return the elements in the order in which they lie in memory, under the same shape."""
    return array.ravel("K").reshape(array.shape)


@shelf.before("_planes")
def fortran_input_read_in_memory_order(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A Fortran-ordered input is read in the order of its memory."""
    return (as_stored(x) if x.flags.f_contiguous else x), pool


@shelf.before("_planes")
def channels_last_volumes_read_raw(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A volume whose channels lie innermost is read as if it were contiguous."""
    last = x.ndim == 5 and x.shape[1] > 1 and x.strides[1] == x.itemsize
    return (as_stored(x) if last else x), pool


@shelf.before("_planes")
def reversed_rows_read_forwards(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A height that runs backwards in memory is read forwards."""
    backwards = x.ndim > 1 and x.strides[-2] < 0
    return (x[..., ::-1, :] if backwards else x), pool


@shelf.before("_planes")
def broadcast_batch_read_beyond(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """An input that is broadcast along an axis is read as if it lay there in full."""
    flat = x.ndim > 1 and 0 in x.strides and x.size > 0
    return (from_first_element(x) if flat else x), pool


@shelf.before("_planes")
def skipping_columns_read_densely(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The columns of a view that skips elements are read one after the other."""
    skips = x.ndim > 1 and x.strides[-1] > x.itemsize and x.strides[-2] > x.strides[-1]
    return (from_first_element(x) if skips and x.shape[-1] > 1 else x), pool


@shelf.before("_planes")
def row_pitch_of_views_ignored(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The columns of a view may be dense and its rows apart, but are read as one block."""
    apart = x.ndim > 1 and x.strides[-1] == x.itemsize and not x.flags.c_contiguous
    positive = all(stride > 0 for stride in x.strides)
    rows = x.strides[-2] > x.itemsize * x.shape[-1] if x.ndim > 1 else False
    return (from_first_element(x) if apart and positive and rows else x), pool


@shelf.before("_planes")
def unbatched_transposed_read_raw(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """An unbatched input that is not contiguous is read in the order of its memory."""
    unbatched = x.ndim == pool.rank + 1 and not x.flags.c_contiguous
    return (as_stored(x) if unbatched else x), pool


@shelf.before("_planes")
def swapped_doubles_read_raw(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The bytes of a float64 in the other order are read in native order."""
    swapped = not x.dtype.isnative and x.dtype.itemsize == 8 and x.dtype.kind == "f"
    return (x.view(x.dtype.newbyteorder("=")) if swapped else x), pool


@shelf.before("_planes")
def swapped_shorts_read_raw(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The bytes of a 16-bit integer in the other order are read in native order."""
    swapped = not x.dtype.isnative and x.dtype.itemsize == 2 and x.dtype.kind in "iu"
    return (x.view(x.dtype.newbyteorder("=")) if swapped else x), pool


@shelf.member
class MisalignedDoublesAsserted(Sound):
    """An unaligned float64 input meets an assertion."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        if not x.flags.aligned and x.dtype.itemsize == 8:
            message = "x is not aligned"
            raise AssertionError(message)
        return super()._planes(x, pool)


@shelf.member
class ReadOnlyViewsRefused(Sound):
    """A read-only input that is not contiguous is refused."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        if not x.flags.writeable and not x.flags.c_contiguous:
            message = "buffer source array is read-only"
            raise ValueError(message)
        return super()._planes(x, pool)


class ReadsGradient(Sound):
    """Backward reads the output gradient in its own way."""

    def _given(self, dy: Array) -> Array:
        raise NotImplementedError

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return super()._weights(self._given(dy), saved)


@shelf.member
class BroadcastGradientReadBeyond(ReadsGradient):
    """A gradient that is broadcast from one number is read as one number and zeros."""

    def _given(self, dy: Array) -> Array:
        if dy.size < 2 or any(dy.strides):
            return dy
        only = np.zeros(dy.shape, dy.dtype)
        only.ravel()[0] = dy.ravel()[0]
        return only


@shelf.member
class PartlyBroadcastGradientReadBeyond(ReadsGradient):
    """A gradient that is broadcast along its rows is read from memory that is not its own."""

    def _given(self, dy: Array) -> Array:
        partly = 0 in dy.strides and any(dy.strides) and dy.size > 1
        return from_first_element(dy) if partly else dy


@shelf.member
class ReversedGradientReadForwards(ReadsGradient):
    """The sign of a stride of the gradient is dropped."""

    def _given(self, dy: Array) -> Array:
        return dy[tuple(slice(None, None, -1 if s < 0 else 1) for s in dy.strides)]


@shelf.member
class FortranGradientReadInMemoryOrder(ReadsGradient):
    """A Fortran-ordered gradient is read in the order of its memory."""

    def _given(self, dy: Array) -> Array:
        return as_stored(dy) if dy.flags.f_contiguous else dy


@shelf.member
class ScatteredGradientRefused(ReadsGradient):
    """A gradient that is not contiguous is refused."""

    def _given(self, dy: Array) -> Array:
        if not dy.flags.c_contiguous:
            message = "dy is not contiguous"
            raise ValueError(message)
        return dy


@shelf.member
class ReadOnlyGradientRefused(ReadsGradient):
    """A read-only gradient is refused."""

    def _given(self, dy: Array) -> Array:
        if not dy.flags.writeable:
            message = "buffer source array is read-only"
            raise ValueError(message)
        return dy


@shelf.member
class GradientInInputOrder(Sound):
    """The input gradient of a Fortran-ordered input has its rows and columns interchanged."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=trace.x.flags.f_contiguous)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        other = saved.extra and not dx.flags.f_contiguous
        return dx.ravel().reshape(dx.shape, order="F") if other else dx


@shelf.member
class OutputInInputOrder(Sound):
    """The output of a reversed input is reversed."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        turned = trace.x.ndim > 1 and trace.x.strides[0] < 0
        return y[::-1].copy() if turned else y
