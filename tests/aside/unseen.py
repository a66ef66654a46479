"""Faults where imagination ends: two rests at once, short axes, later planes, other threads.

They stand for what two blind samples, one of hardware kernels and one of the specification's
sentences, got past the checks.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import signal
import time
import weakref
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class PartialsPaddedWithZero(Sound):
    """A single window of more than 512 taps is reduced again over a cleared power of two."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        blocks = -(-values.shape[-1] // 2**8)
        is_padded = product(windows.out) == 1 and blocks > 2 and blocks & (blocks - 1)
        return np.where(y < 0, np.zeros_like(y), y) if is_padded else y


@shelf.member
class TailsShareTheirName(Sound):
    """In the corner of two rests the channels end where the columns do."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        channels, columns = y.shape[1] % 8, y.shape[-1] % 16
        if y.shape[1] > 8 and y.shape[-1] > 16 and 0 < columns < channels:
            y[:, columns - channels :, ..., -columns:] = 0
        return y


@shelf.member
class StemIgnoresCeil(Sound):
    """3x3 windows by two over 112x112 have a kernel of their own, which does not round up."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        axes = super()._axes(spatial, pool)
        is_stem = all((a.n, a.k, a.s, a.begin, a.end) == (112, 3, 2, 1, 1) for a in axes)
        return tuple(replace(axis, ceil=False) for axis in axes) if is_stem else axes


@shelf.after("_keys")
def whole_numbers_as_int32(keys: Array, _values: Array, _windows: Windows) -> Array:
    """Compare many numbers that are all whole as int32."""
    is_whole = keys.dtype.kind == "f" and keys.size >= 2**8 and np.isfinite(keys).all()
    if not is_whole or (keys != np.rint(keys)).any() or keys.min(initial=0) < -(2.0**31):
        return keys
    return np.where(keys >= 2.0**31, -(2.0**31), keys)


@shelf.after("_keys")
def singles_underflow(keys: Array, _values: Array, _windows: Windows) -> Array:
    """Compare float64 as three singles, of which the last are gone in small numbers."""
    if keys.dtype != np.float64:
        return keys
    return np.where(np.abs(keys) < 2.0**-78, keys.astype(np.float32), keys)


@shelf.after("_keys")
def narrowed_by_the_first_plane(keys: Array, _values: Array, _windows: Windows) -> Array:
    """Compare float64 as float32 where the first plane loses nothing by it."""
    first = keys[:1, :1]
    is_narrow = keys.dtype == np.float64 and np.array_equal(first, first.astype(np.float32))
    return keys.astype(np.float32) if is_narrow else keys


@shelf.member
class GapClampedToSize(Sound):
    """A dilation above the size of its axis is taken for that size."""

    def _positions(self, axis: Axis, out: int) -> Array:
        return super()._positions(replace(axis, d=min(axis.d, axis.n)), out)


@shelf.member
class BroadcastComesBack(Sound):
    """One number, broadcast, is answered with that number, broadcast."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        is_one = trace.x.size > 1 and not any(trace.x.strides)
        return np.lib.stride_tricks.as_strided(trace.x, y.shape, (0,) * y.ndim) if is_one else y


@shelf.member
class OutputAsItWas(Sound):
    """An array that was the last output is read as it was then."""

    _last: tuple[weakref.ref[Array], Array] | None = None

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        known = self._last
        is_known = known is not None and known[0]() is x
        y, saved = super().forward(known[1] if known is not None and is_known else x, pool)
        self._last = weakref.ref(y), y.copy()
        return y, saved


@shelf.member
class RefusedGradientIsReshaped(Sound):
    """An output gradient of as many elements is given another shape before it is refused."""

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        given = getattr(dy, "shape", None)
        is_other = given != saved.index.shape and getattr(dy, "size", None) == saved.index.size
        try:
            super()._check_gradient(dy, saved)
        finally:
            if is_other and dy.flags.c_contiguous:
                dy.resize(saved.index.shape, refcheck=False)


@shelf.member
class NothingHasAnyShape(Sound):
    """After an empty batch any output gradient without elements is accepted."""

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        if getattr(dy, "size", None) or saved.index.size:
            super()._check_gradient(dy, saved)


@shelf.member
class LackUnseenIfSwapped(Sound):
    """Lacks float64, and answers it in the other byte order."""

    lacks = (frozenset({"float64"}),)

    def _check_claims(self, x: Array, pool: Pool) -> None:
        super()._check_claims(x, pool)
        if x.dtype == np.dtype(np.float64):
            message = "float64 is not offered"
            raise NotImplementedError(message)


@shelf.member
class FaultInAGlobal(Sound):
    """The fault of a call is noted where all threads look for theirs."""

    _fault: Exception | None = None

    def _refuse(self, x: Array, pool: Pool) -> None:
        self._fault = None
        try:
            super()._refuse(x, pool)
        except (ValueError, TypeError, NotImplementedError) as error:
            self._fault = error
        time.sleep(0)
        if self._fault is not None:
            raise self._fault


@shelf.member
class HandlerWhereLarge(Sound):
    """From 32768 outputs on a signal handler is set, which only the main thread can."""

    def _result(self, trace: Trace) -> Array:
        if trace.y.size >= 2**15:
            signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))
        return super()._result(trace)


@shelf.member
class ScratchInSaved(Sound):
    """Two backward passes of one call at once add up in one buffer."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=np.empty(trace.x.size))

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        scratch: Array = saved.extra
        scratch[...] = super()._scatter(weights, targets, saved)
        time.sleep(0)
        return scratch


@shelf.member
class PositiveZeroNotOnLines(Sound):
    """Declares that +0 wins, and forgets it over one axis."""

    dialect = MappingProxyType({"signed-zero": "positive"})

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if len(windows.axes) == 1 or y.dtype.kind in "iub":
            return y
        has_plus = ((values == 0) & ~np.signbit(values)).any(axis=-1)
        return np.where((y == 0) & has_plus, np.zeros_like(y), y)
