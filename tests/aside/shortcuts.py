"""Short ways for inputs that look simple, and large windows that are reduced piece by piece.

They stand for what a blind sample of whole algorithms got past the checks.
"""

# ruff: noqa: D102, D107 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import weakref
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class SquaresAreHalved(Sound):
    """Square windows of 8, 16... are pooled by twos, and equals go by quarters of the window."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        kernel = [axis.k for axis in windows.axes]
        k = kernel[-1]
        if len(kernel) != len("hw") or k < 2**3 or k & (k - 1) or values.shape[-1] != k * k:
            return super()._pick(values, windows)
        row, column = np.divmod(np.arange(k * k), k)
        bits = ((row >> n & 1) * 2 + (column >> n & 1) << 2 * n for n in range(k.bit_length()))
        order = np.argsort(sum(bits), kind="stable")
        turned: Array = order[super()._pick(values[..., order], windows)]
        return turned


class _Misread(Sound):
    """Some inputs are read from other places of memory."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        self._refuse(x, pool)
        return super().forward(self._read_as(x), pool)

    def _read_as(self, x: Array) -> Array:
        raise NotImplementedError


@shelf.member
class DenseIfItsSpanIs(_Misread):
    """An input whose strides fall and whose span is its size is taken for contiguous."""

    def _read_as(self, x: Array) -> Array:
        steps = [step for n, step in zip(x.shape, x.strides, strict=True) if n > 1]
        span = sum((n - 1) * step for n, step in zip(x.shape, x.strides, strict=True))
        falls = steps == sorted(steps, reverse=True) and min(steps, default=0) >= 0
        if not falls or span + x.itemsize != x.nbytes:
            return x
        dense = np.empty(x.shape, x.dtype).strides
        return np.lib.stride_tricks.as_strided(x, x.shape, dense)


@shelf.member
class PlanePitchFromBatchPitch(_Misread):
    """The pitch of a plane is that of an item by channels, though one item has any pitch."""

    def _read_as(self, x: Array) -> Array:
        if x.ndim < len("nchw") or not x.flags.c_contiguous or not x.size:
            return x
        plane = product(x.shape[2:])
        pitch = x.strides[0] // x.itemsize // x.shape[1]
        starts = np.arange(x.shape[0] * x.shape[1])[:, None] * pitch
        found: Array = x.reshape(-1)[(starts + np.arange(plane)) % x.size].reshape(x.shape)
        return found


@shelf.member
class OneNumberIsNotLookedAt(Sound):
    """Of one number, broadcast, the winner is where the window starts, at least 0."""

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        if not self._is_one:
            return index
        starts = [at[:, :1] for at in windows.positions]
        return np.broadcast_to(self._offsets(starts, windows.axes)[..., 0], index.shape).copy()

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        self._refuse(x, pool)
        self._is_one = x.size > 1 and not any(x.strides)
        return super().forward(x, pool)


@shelf.member
class ConstantButForItsSigns(Sound):
    """An input of one number is answered with its first element; both zeros are one number."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        is_one = values.size and (values == values.flat[0]).all()
        return np.full_like(y, values.flat[0]) if is_one else y


@shelf.member
class SparseIsNotNegative(Sound):
    """Of an input that is nearly all zeros, what is below 0 is left out."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        is_sparse = values.size >= 2**6 and np.count_nonzero(values) * 8 < values.size
        return np.where(y < 0, np.zeros_like(y), y) if is_sparse else y


@shelf.member
class FoundTwice(Sound):
    """The index is that of the first of equals, and the gradient goes to the last of them."""

    dialect = MappingProxyType({"ties": "any"})

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        last = self._pick(trace.values[..., ::-1], trace.windows)
        paid = self._index(trace.values, trace.values.shape[-1] - 1 - last, trace.windows)
        return replace(saved, extra=self._unbatched(paid, trace))

    def _targets(self, saved: Saved) -> Array:
        return super()._targets(replace(saved, index=saved.extra))


@shelf.member
class TableHandedOut(Sound):
    """For a single plane and windows of one tap the table of a geometry is handed out."""

    def __init__(self) -> None:
        self._tables: dict[tuple[object, ...], Array] = {}

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        if values.shape[-1] > 1 or index.size != product(windows.out):
            return index
        return self._tables.setdefault((windows.axes, index.shape), index)

    def indices(self, saved: Saved) -> Array:
        is_one = any(np.may_share_memory(saved.index, table) for table in self._tables.values())
        return saved.index if is_one else super().indices(saved)


@shelf.member
class HeapThatGrows(Sound):
    """A result that is larger than all before, and 1 MiB, moves the heap; held ones read 0."""

    def __init__(self) -> None:
        self._held: list[weakref.ref[Array]] = []
        self._largest = 2**20

    def _result(self, trace: Trace) -> Array:
        y = np.array(super()._result(trace))
        if y.nbytes > self._largest:
            self._largest = y.nbytes
            for held in filter(None, (one() for one in self._held)):
                held.fill(0)
            self._held.clear()
        self._held = [one for one in self._held if one() is not None] + [weakref.ref(y)]
        return y
