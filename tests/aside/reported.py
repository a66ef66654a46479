"""Faults of which users of real engines wrote, as mechanisms, and some that nobody has met yet.

They stand for what a blind sample got past the checks whose authors had read reports of bugs.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()
FLOOR = -3.0e38


def _channels_last(x: Array) -> bool:
    """Return whether the channels of N,C,*spatial lie innermost, and there are several."""
    turned = np.moveaxis(x, 1, -1)
    return x.shape[1] > 1 and turned.flags.c_contiguous and not x.flags.c_contiguous


@shelf.after("_value")
def last_column_of_half_tiles(y: Array, _values: Array, _winners: Array, windows: Windows) -> Array:
    """Leave the identity in the last half of a tile that is padded at its ends (IREE 10120)."""
    ends = all(axis.begin == 0 < axis.end for axis in windows.axes)
    if ends and windows.out[-1] >= 8 and windows.out[-1] % 4 == 2 and y.dtype == np.float32:
        y[..., -1] = FLOOR
    return y


@shelf.before("_pick")
def short_second_face(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Of more than 256 channels those past half of the last 32 see eight taps (tt-metal 27738)."""
    channels = values.shape[1]
    rest = channels % 32
    if channels > 256 and rest > 16 and values.shape[-1] > 8 and values.dtype.kind == "f":
        values = values.copy()
        values[:, channels - rest + 16 :, ..., 8:] = -np.inf
    return values, windows


@shelf.member
class WorkspaceOfTheFirstLayout(Sound):
    """Backward of global pooling reads bytes or words as the first layout did (oneDNN 1610)."""

    def __init__(self) -> None:
        """Begin with no layout known."""
        self._first: dict[tuple[int, ...], bool] = {}

    def _save(self, trace: Trace) -> Saved:
        saved, key = super()._save(trace), trace.planes.shape
        is_last = _channels_last(trace.planes)
        if product(trace.windows.out) > 1 or product(key[2:]) > 255:
            return saved
        if self._first.setdefault(key, is_last) != is_last:
            flat = saved.index.ravel()
            flat[1:] = 0  # the bytes of the first word, or words of what lies behind
        return saved


@shelf.after("_result")
def scratch_of_all_channels(y: Array, trace: Trace) -> Array:
    """Channels last, a launch for more than 48 KiB of scratch fails unseen (PyTorch 34083)."""
    many = trace.planes.shape[1] * 24 * trace.x.itemsize > 48 * 1024
    return np.zeros_like(y) if many and _channels_last(trace.planes) else y


@shelf.member
class EmptyItemsOfSparseBatches(Sound):
    """In a batch that is mostly zero, an item of nothing but zeros gets none (SystemDS 279)."""

    def _save(self, trace: Trace) -> Saved:
        axes = tuple(range(1, trace.planes.ndim))
        counts = np.count_nonzero(trace.planes, axis=axes)
        is_sparse = 0 < counts.sum() < 0.4 * trace.planes.size
        return replace(super()._save(trace), extra=counts == 0 if is_sparse else None)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        if saved.extra is not None and len(saved.shape) == saved.rank + 2:
            dx[saved.extra] = 0
        return dx


@shelf.member
class ShortsInShorts(Sound):
    """Channels last, the indices of an int16 are counted in its own type (ExecuTorch 21820)."""

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        if trace.x.dtype.kind in "iu" and trace.x.itemsize == 2 and _channels_last(trace.planes):
            return replace(saved, index=saved.index.astype(np.uint16).astype(np.int64))
        return saved


@shelf.member
class ThreadsLeaveTheirMemory(Sound):
    """What is saved in a thread lies where the next one writes, once the first has ended."""

    def __init__(self) -> None:
        """Begin with no memory that a thread has left."""
        self._left: dict[tuple[int, ...], Array] = {}

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        if threading.current_thread() is threading.main_thread():
            return saved
        memory = self._left.setdefault(saved.index.shape, np.empty_like(saved.index))
        memory[...] = saved.index
        return replace(saved, index=memory)


@shelf.before("_pick")
def minus_zero_by_its_bits(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Blocks of 64 taps meet by their bits, in which -0 is below all negative numbers."""
    if values.dtype != np.float32 or values.shape[-1] <= 64:
        return values, windows
    late = np.arange(values.shape[-1]) >= 64
    lost = late & (values == 0) & np.signbit(values)
    return np.where(lost & (values.max(-1, keepdims=True) == 0), FLOOR, values), windows


@shelf.before("_keys")
def known_by_letter(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """NumPy's other type of 64 bits, long long, is compared as float64."""
    other = values.dtype.char in "qQ" and values.dtype.char != np.dtype(np.int64).char
    return (values.astype(np.float64) if other else values), windows


@shelf.after("_keys")
def flushed_off_the_main_thread(keys: Array, _values: Array, _windows: Windows) -> Array:
    """In threads that are not the main one numbers below the normal ones are zero."""
    if keys.dtype != np.float32 or threading.current_thread() is threading.main_thread():
        return keys
    return np.where(np.abs(keys) < np.finfo(np.float32).tiny, np.float32(0), keys)


@shelf.member
class TypesByIdentity(Sound):
    """A float64 whose dtype is not the very object of NumPy, as after pickle, is a float32."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        if x.dtype == np.float64 and x.dtype.isnative and x.dtype is not np.dtype(np.float64):
            y = y.astype(np.float32).astype(np.float64)
        return y, saved


@shelf.member
class EqualsCountedInHalf(Sound):
    """Shares a gradient of float16 among equals that it counts in float16 (tinygrad 15036)."""

    dialect = {"gradient-ties": "split"}  # noqa: RUF012 - never written to

    def _save(self, trace: Trace) -> Saved:
        best = trace.y[..., None]
        equal = (trace.values == best) & trace.windows.real
        return replace(super()._save(trace), extra=(equal, trace.windows.offsets))

    def _weights(self, dy: Array, saved: Saved) -> Array:
        equal, _ = saved.extra
        counted = equal.sum(-1, keepdims=True).astype(saved.dtype).astype(np.float64)
        share = dy.astype(np.float64).reshape(*equal.shape[:-1], 1) / counted
        return np.where(equal, share, 0.0).ravel()

    def _targets(self, saved: Saved) -> Array:
        equal, offsets = saved.extra
        planes = product(equal.shape[:2])
        at = np.broadcast_to(offsets.reshape(1, -1), (planes, offsets.size))
        return (at + np.arange(planes)[:, None] * saved.plane).ravel()
