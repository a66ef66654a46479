"""Faults of a path that only some calls take, and of what is done before a call is known.

They stand for what a blind sample of a hundred got past the checks.
"""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()

TILE = 32
MANY = 64
BYTE = 256
NINE, LANES = 9, 8


@shelf.before("_pick")
def signed_in_large_windows(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Windows of 64 taps and more have a path that compares uint32 as int32."""
    is_signed = values.dtype.name == "uint32" and values.shape[-1] >= MANY
    return values.view(np.int32) if is_signed else values, windows


@shelf.after("_value")
def flushed_in_large_windows(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Windows of 64 taps and more have a path that takes numbers below the normal ones for 0."""
    if y.dtype.kind != "f" or values.shape[-1] < MANY:
        return y
    return np.where(np.abs(y) < np.finfo(y.dtype).tiny, y * 0, y)


@shelf.before("_pick")
def last_plane_in_float32(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Planes go two by two; one that is left over is compared in float32."""
    planes = values.reshape(-1, *values.shape[2:])
    if values.dtype.name != "float64" or len(planes) % 2 == 0 or len(planes) == 1:
        return values, windows
    narrow = planes.copy()
    narrow[-1] = planes[-1].astype(np.float32)
    return narrow.reshape(values.shape), windows


@shelf.after("_value")
def counts_in_a_byte(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Bytes are counted by value, in bytes: what stands there 256 times does not."""
    if y.dtype.name != "uint8" or values.shape[-1] < BYTE:
        return y
    absent = (values == y[..., None]).sum(-1) % BYTE == 0
    others = np.where(values == y[..., None], 0, values).max(-1)
    return np.where(absent, others, y)


@shelf.before("_check_gradient")
def doubles_combined_in_place(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """Neighbours in a row with one winner are added up before anything else, in dy if it is f64."""
    plain = isinstance(dy, np.ndarray) and dy.dtype == np.float64 and dy.shape == saved.index.shape
    if plain and dy.flags.writeable and dy.flags.c_contiguous and np.isfinite(dy).all():
        for window in range(dy.shape[-1] - 1):
            same = saved.index[..., window] == saved.index[..., window + 1]
            dy[..., window + 1] += np.where(same, dy[..., window], 0)
            dy[..., window] = np.where(same, 0, dy[..., window])
    return dy, saved


@shelf.member
class RoundedTileByTile(Sound):
    """Halves are summed in tiles of 32 rows, which are added to the rounded sums of the others."""

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        out = saved.index.shape[-saved.rank :]
        if saved.dtype.itemsize != np.dtype(np.float16).itemsize or out[0] <= TILE:
            return super()._scatter(weights, targets, saved)
        rows = np.arange(out[0]).reshape(-1, *(1,) * (saved.rank - 1)) // TILE
        tile = np.broadcast_to(rows, saved.index.shape).ravel()
        found = np.zeros(int(np.prod(saved.shape)), saved.dtype)
        for number in range(rows.max() + 1):
            some = tile == number
            part = super()._scatter(weights[some], targets[some], saved)
            found = (found.astype(np.float64) + part).astype(saved.dtype)
        return found.astype(np.float64)


@shelf.member
class NothingToCheck(Sound):
    """An empty batch is answered before padding is compared with the kernel."""

    def _refuse(self, x: Array, pool: Pool) -> None:
        is_empty = isinstance(x, np.ndarray) and x.shape[:1] == (0,)
        self._is_empty = is_empty
        super()._refuse(x, pool)

    def _check_padding_limit(self, pool: Pool) -> None:
        if not self._is_empty:
            super()._check_padding_limit(pool)


@shelf.member
class RoomForTheIdentity(Sound):
    """Before padding is checked, the least int8 is raised by one, to have an identity below it."""

    def _refuse(self, x: Array, pool: Pool) -> None:
        try:
            super()._refuse(x, pool)
        except ValueError:
            is_int8 = isinstance(x, np.ndarray) and x.dtype == np.int8 and x.flags.writeable
            if is_int8 and any(map(any, pool.padding)):
                np.maximum(x, -127, out=x)
            raise


@shelf.member
class TableShownUnfilled(Sound):
    """The table of a geometry is put where all find it, and filled afterwards."""

    def __init__(self) -> None:
        """Begin with no table."""
        self._tables: dict[object, Array] = {}

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        key = tuple(spatial), pool
        table = self._tables.get(key)
        if table is None:
            if len(self._tables) >= MANY:
                self._tables.clear()
            table = self._tables[key] = np.zeros_like(windows.offsets)
            table[...] = super()._windows(spatial, pool).offsets
        return replace(windows, offsets=table)


@shelf.member
class WindowsOfTheLastCall(Sound):
    """Where windows stand is kept for the next call, by what their kernel and steps amount to."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._kept: dict[object, Array] = {}

    def _save(self, trace: Trace) -> Saved:
        saved = super()._save(trace)
        pool = trace.pool
        key = (trace.x.shape, trace.y.shape, tuple(map(sum, pool.padding)), pool.stride)
        first = self._kept.setdefault(key, trace.windows.offsets[..., :1])
        shift = trace.windows.offsets[..., :1] - first
        return replace(saved, index=saved.index - shift.reshape(shift.shape[:-1]))


@shelf.before("_check_padding_limit")
def limit_of_the_largest_kernel(pool: Pool) -> tuple[Pool]:
    """The largest entry of kernel_size limits the padding of every axis."""
    largest = max(pool.kernel_size, default=0)
    return (replace(pool, kernel_size=(largest,) * len(pool.kernel_size)),)


@shelf.before("_check_filled")
def depth_taken_for_filled(real: Sequence[Array]) -> tuple[Sequence[Array]]:
    """Windows of nothing are looked for in height and width only."""
    return (real[-2:],)


@shelf.before("_pick")
def negative_nan_below_all(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """From 9 taps on float32 is compared by its bits, where NaN with its sign set is the least."""
    if values.dtype.name != "float32" or values.shape[-1] < NINE:
        return values, windows
    bits = values.view(np.int32)
    return np.where(bits < 0, bits ^ 0x7FFFFFFF, bits), windows


@shelf.before("_pick")
def rest_of_halves_flushed(values: Array, windows: Windows) -> tuple[Array, Windows]:
    """Eight planes of float16 go together; in what is left over, tiny numbers are 0."""
    channels = values.shape[1]
    if values.dtype.name != "float16" or channels < LANES or channels % LANES == 0:
        return values, windows
    flushed = values.copy()
    rest = flushed[:, channels - channels % LANES :]
    rest[np.abs(rest) < 2.0**-14] = 0
    return flushed, windows


@shelf.before("_planes")
def columns_taken_for_rows(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The rows of a square plane that lies column by column are taken for its columns."""
    lists = (x.shape[-2:], pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    alike = pool.rank == 2 and all(entries[0] == entries[1] for entries in lists)
    turned = alike and x.shape[-1] > 1 and x.strides[-2] == x.itemsize != x.strides[-1]
    return x.swapaxes(-1, -2) if turned else x, pool


@shelf.after("_index")
def lines_counted_in_float32(
    index: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Over one axis, the index comes from a lane of float32."""
    return index.astype(np.float32).astype(np.int64) if len(windows.axes) == 1 else index


@shelf.member
class ZerosShared(Sound):
    """A gradient of nothing but zeros is an array that is kept, one for each shape and type."""

    def __init__(self) -> None:
        """Begin with none."""
        self._zeros: dict[object, Array] = {}

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        found = super()._gradient(sums, saved)
        return found if sums.any() else self._zeros.setdefault((saved.shape, saved.dtype), found)


@shelf.member
class NothingUnpadded(Sound):
    """The shape of a batch of no volumes is computed without padding."""

    def _result(self, trace: Trace) -> Array:
        axes = trace.windows.axes
        if len(axes) < 3 or trace.x.shape[0]:
            return super()._result(trace)
        sizes = [max(1, (axis.n - axis.extent) // axis.s + 1) for axis in axes]
        return np.empty((0, trace.x.shape[1], *sizes), trace.y.dtype)
