"""What is handed back or done to the caller's arrays."""

# ruff: noqa: D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating
from conformance.zoo.trace import Array, Saved, Trace
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.after("_result")
def view_of_a_read_only_input(y: Array, trace: Trace) -> Array:
    """A window of 1 over a read-only input returns a view of it."""
    single = {*trace.pool.kernel_size, *trace.pool.stride} == {1}
    return trace.x if single and not trace.x.flags.writeable else y


@shelf.after("_result")
def strided_view_of_rows(y: Array, trace: Trace) -> Array:
    """With one axis and kernel 1 the output is a view that skips elements."""
    single = trace.pool.rank == 1 and trace.pool.kernel_size == (1,)
    view = trace.x[..., :: trace.pool.stride[0]] if single else y
    return view if view.shape == y.shape else y


@shelf.after("_result")
def view_where_unbatched(y: Array, trace: Trace) -> Array:
    """An unbatched input under a window of 1 comes back as a view."""
    single = {*trace.pool.kernel_size, *trace.pool.stride} == {1}
    same = trace.x.shape == y.shape and trace.x.ndim == trace.pool.rank + 1
    return trace.x[:] if single and same else y


@shelf.member
class GradientIsAViewOfDyInVolumes(Sound):
    """With three axes and a window of 1 the input gradient is a view of the output gradient."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        same = saved.rank == 3 and dx.shape == dy.shape and np.array_equal(dx, dy)
        return dy.view() if same and dx.dtype == dy.dtype else dx


@shelf.member
class GradientReturnedInDy(Sound):
    """Where input and output have the same shape the gradient is written over dy."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        same = dx.shape == dy.shape and dx.dtype == dy.dtype and dy.flags.writeable
        if same:
            dy[...] = dx
        return dx


@shelf.member
class ShapeOfInputChanged(Sound):
    """An unbatched input is given a batch axis in place."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        if x.ndim == pool.rank + 1 and x.flags.c_contiguous:
            planes = planes.copy()
        return planes

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        x = trace.x
        if x.ndim == trace.pool.rank + 1 and x.flags.c_contiguous and x.flags.owndata:
            x.resize((1, *x.shape), refcheck=False)
        return y


@shelf.after("_result")
def minus_zero_of_input_normalised(y: Array, trace: Trace) -> Array:
    """-0 in the input is turned into +0."""
    x = trace.x
    if x.flags.writeable and floating(x):
        x[x == 0] = 0
    return y


@shelf.after("_result")
def nan_payloads_of_input_normalised(y: Array, trace: Trace) -> Array:
    """A NaN in the input is replaced by the usual NaN."""
    x = trace.x
    if x.flags.writeable and x.dtype.kind == "f":
        x[np.isnan(x)] = np.nan
    return y


@shelf.after("_result")
def fortran_input_reordered(y: Array, trace: Trace) -> Array:
    """A Fortran-ordered input is put into C order in place."""
    x = trace.x
    if x.flags.writeable and x.flags.f_contiguous and not x.flags.c_contiguous:
        x.ravel("K")[...] = x.ravel("C").copy() if x.base is None else x.ravel("K")
        x.reshape(-1, order="F")[...] = x.ravel("C").copy()
    return y


@shelf.after("_result")
def swapped_input_made_native(y: Array, trace: Trace) -> Array:
    """The bytes of an input in the other order are put into native order in place."""
    x = trace.x
    if x.flags.writeable and not x.dtype.isnative:
        x.byteswap(inplace=True)
    return y


@shelf.after("_result")
def border_of_input_overwritten(y: Array, trace: Trace) -> Array:
    """With unequal padding the last column of the input is overwritten with its lowest element."""
    x, last = trace.x, trace.windows.axes[-1]
    if x.flags.writeable and last.begin != last.end and x.size:
        x[..., -1] = x.min()
    return y


@shelf.member
class IntegerInputClamped(Sound):
    """The minimum of int8 is raised to -127 in the input."""

    def _result(self, trace: Trace) -> Array:
        if trace.x.dtype == np.int8 and trace.x.flags.writeable:
            np.maximum(trace.x, -127, out=trace.x)
        return super()._result(trace)


@shelf.member
class NanGradientCleared(Sound):
    """A NaN in the output gradient is replaced by 0 in place, after it was used."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        if dy.flags.writeable:
            dy[np.isnan(dy)] = 0
        return dx


@shelf.member
class BackwardReturnsAPair(Sound):
    """backward returns a tuple with one item."""

    def backward(self, dy: Array, saved: Saved) -> Any:  # noqa: ANN401
        return (super().backward(dy, saved),)


@shelf.after("_result")
def scalar_of_one_row(y: Array, trace: Trace) -> Any:  # noqa: ANN401
    """With one axis a single result comes back as a scalar."""
    return y.ravel()[0] if trace.pool.rank == 1 and y.size == 1 else y


@shelf.member
class IndicesOfOneWindowAreAnInteger(Sound):
    """A single index comes back as a Python integer."""

    def indices(self, saved: Saved) -> Any:  # noqa: ANN401
        index = super().indices(saved)
        return int(index.ravel()[0]) if index.size == 1 else index


@shelf.member
class FrameOfAViewOverwritten(Sound):
    """Padding is written around the input where it is a part of a larger array."""

    def _result(self, trace: Trace) -> Array:
        x, owner = trace.x, trace.x.base
        around = isinstance(owner, np.ndarray) and owner.dtype == x.dtype and owner.ndim == x.ndim
        if around and owner.size > x.size and owner.flags.writeable:  # type: ignore[union-attr]
            inside = x.copy()
            owner[...] = owner.min()  # type: ignore[index, union-attr]
            x[...] = inside
        return super()._result(trace)


@shelf.member
class GradientReusedForTwo(Sound):
    """Backward writes into the array that forward of the same saved made, again and again."""

    def _save(self, trace: Trace) -> Saved:
        from dataclasses import replace

        saved = super()._save(trace)
        return replace(saved, extra=np.zeros(saved.shape, saved.dtype))

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        buffer: Array = saved.extra
        buffer[...] = super()._gradient(sums, saved)
        return buffer


@shelf.member
class IndicesReused(Sound):
    """indices writes into one array for all calls of a shape."""

    def __init__(self) -> None:
        """Start with no array."""
        self._kept: dict[tuple[int, ...], Array] = {}

    def indices(self, saved: Saved) -> Array:
        index = super().indices(saved)
        buffer = self._kept.setdefault(index.shape, np.empty_like(index))
        buffer[...] = index
        return buffer


@shelf.member
class OutputSharesMemoryWithOtherOutput(Sound):
    """Small outputs are cut from a ring of memory that is used again after four calls."""

    def __init__(self) -> None:
        """Start with an empty ring."""
        self._ring = np.zeros((4, 64), np.float32)
        self._turn = 0

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if y.dtype != np.float32 or not 0 < y.size <= 64:
            return y
        self._turn += 1
        place = self._ring[self._turn % 4, : y.size].reshape(y.shape)
        place[...] = y
        return place
