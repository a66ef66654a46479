"""A max pooling that keeps every clause, cut into the steps that a zoo member replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import index as whole
from types import MappingProxyType
from typing import Any

import numpy as np

from conformance.zoo.features import FEATURES, TYPES, needed
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, outer, product
from reference.pool import SAME_WORDS, Pool

LARGEST = 2**63 - 1
"""The largest position that an index can hold."""
MANY_TAPS = 256
"""Above this many taps on an axis, those that no window can use are not looked at."""


class Sound:
    """Gather the taps of every window, pick the first largest, and scatter to it."""

    claims: frozenset[str] = FEATURES
    dialect: Mapping[str, str] = MappingProxyType({})

    # NaN, infinities and sums too large for a narrow type are data here, not a reason to warn.
    @np.errstate(all="ignore")
    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return the pooled array and what backward needs.

        Raises:
            NotImplementedError: the call needs a feature that is not claimed.
            TypeError: `x` is not an array of a type that can be pooled.
            ValueError: a parameter is out of range or does not fit the input.
        """
        self._refuse(x, pool)
        planes = self._planes(x, pool)
        windows = self._windows(planes.shape[2:], pool)
        values = self._read(planes, windows)
        winners = self._pick(values, windows)
        y = self._value(values, winners, windows)
        index = self._index(values, winners, windows)
        trace = Trace(x, pool, planes, windows, values, winners, y, index)
        return self._result(trace), self._save(trace)

    def indices(self, saved: Saved) -> Array:
        """Return the plane offset of every winner, int64 with the shape of the output."""
        return saved.index.copy()

    @np.errstate(all="ignore")
    def backward(self, dy: Array, saved: Saved) -> Array:
        """Return the input gradient for `dy`, which has the shape of the output.

        Raises:
            TypeError: the input was not floating, or `dy` is not.
            ValueError: the shape of `dy` is not that of the output.
        """
        self._check_gradient(dy, saved)
        weights = self._weights(dy, saved)
        sums = self._scatter(weights, self._targets(saved), saved)
        return self._gradient(sums, saved)

    # What is refused, before anything is computed or written

    def _refuse(self, x: Array, pool: Pool) -> None:
        self._check_array(x)
        self._check_lengths(pool)
        self._check_kernel(pool)
        self._check_stride(pool)
        self._check_dilation(pool)
        self._check_padding(pool)
        self._check_padding_limit(pool)
        self._check_rank(x, pool)
        self._check_elements(x, pool)
        self._check_claims(x, pool)

    def _check_array(self, x: Array) -> None:
        if not isinstance(x, np.ndarray):
            message = f"x is a NumPy array, but got {type(x).__name__}; call numpy.asarray on it"
            raise TypeError(message)
        if x.dtype.name not in TYPES:
            message = f"no max pooling of {x.dtype}; convert x to one of {', '.join(TYPES)}"
            raise TypeError(message)

    def _check_lengths(self, pool: Pool) -> None:
        parameters = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        if {len(entries) for entries in parameters} != {max(pool.rank, 1)}:
            message = f"every parameter has one entry per spatial axis, but got {pool}"
            raise ValueError(message)
        if pool.auto_pad not in ("explicit", *SAME_WORDS):
            message = f"auto_pad is explicit or one of {SAME_WORDS}, but got {pool.auto_pad!r}"
            raise ValueError(message)

    def _check_kernel(self, pool: Pool) -> None:
        _require_least("kernel_size", pool.kernel_size, 1)

    def _check_stride(self, pool: Pool) -> None:
        _require_least("stride", pool.stride, 1)

    def _check_dilation(self, pool: Pool) -> None:
        _require_least("dilation", pool.dilation, 1)

    def _check_padding(self, pool: Pool) -> None:
        for begin, end in pool.padding:
            _require_least("padding", (begin, end), 0)

    def _check_padding_limit(self, pool: Pool) -> None:
        for k, (begin, end) in zip(pool.kernel_size, pool.padding, strict=False):
            if pool.auto_pad == "explicit" and begin == end > k // 2:
                message = f"padding is at most half of kernel_size {k}, but got {begin}"
                raise ValueError(message)

    def _check_rank(self, x: Array, pool: Pool) -> None:
        if x.ndim not in (pool.rank + 1, pool.rank + 2):
            message = f"{pool.rank} spatial axes need {pool.rank + 2} axes, but got {x.ndim}"
            raise ValueError(message)

    def _check_elements(self, x: Array, pool: Pool) -> None:
        if 0 in x.shape[-pool.rank - 1 :]:
            message = f"only the batch can be empty, but got shape {x.shape}"
            raise ValueError(message)

    def _check_claims(self, x: Array, pool: Pool) -> None:
        if self.claims is FEATURES:
            return
        axes = self._axes(x.shape[-pool.rank :], pool)
        missing = sorted(needed(x, pool, axes) - self.claims)
        if missing:
            message = f"the call needs {', '.join(missing)}, which is not claimed"
            raise NotImplementedError(message)

    # Where the windows are

    def _planes(self, x: Array, pool: Pool) -> Array:
        native: Array = x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))
        return native if x.ndim == pool.rank + 2 else native[None]

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        axes = tuple(self._axis(spatial, pool, number) for number in range(len(spatial)))
        if pool.auto_pad == "explicit":
            return axes
        pairs = [self._same(axis, pool.auto_pad) for axis in axes]
        return tuple(
            replace(axis, begin=begin, end=end)
            for axis, (begin, end) in zip(axes, pairs, strict=True)
        )

    def _axis(self, spatial: Sequence[int], pool: Pool, number: int) -> Axis:
        k, s, d = (whole(p[number]) for p in (pool.kernel_size, pool.stride, pool.dilation))
        begin, end = (whole(pad) for pad in pool.padding[number])
        pitch = product(spatial[number + 1 :])
        return Axis(spatial[number], k, s, begin, end, d, bool(pool.ceil_mode), pitch)

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:
        less, more = (total := self._same_total(axis)) // 2, -(-total // 2)
        return (less, more) if word == "same-upper" else (more, less)

    def _same_total(self, axis: Axis) -> int:
        out = -(-axis.n // axis.s)
        return max(0, (out - 1) * axis.s + axis.extent - axis.n)

    def _size(self, axis: Axis) -> int:
        room = axis.n + axis.begin + axis.end - axis.extent
        if not axis.ceil:
            return room // axis.s + 1
        out = -(-room // axis.s) + 1
        return out - 1 if (out - 1) * axis.s >= axis.n + axis.begin else out

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        for axis, size in zip(axes, out, strict=True):
            if max(axis.extent, axis.n + axis.begin + axis.end) > LARGEST:
                message = f"a window of {axis.extent} positions does not fit an index"
                raise ValueError(message)
            if size < 1:
                message = f"a window of {axis.extent} exceeds the padded input, in {axis}"
                raise ValueError(message)

    def _check_reached(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        # Each tap is real in at most n // s + 1 windows, so that more windows than this
        # cannot all hold an element; nothing has been allocated yet.
        for axis, size in zip(axes, out, strict=True):
            if size > axis.k * (axis.n // axis.s + 1):
                message = f"a window holds no element, in {axis}"
                raise ValueError(message)

    def _check_filled(self, real: Sequence[Array]) -> None:
        if not all(per_axis.any(axis=1).all() for per_axis in real):
            message = "a window holds no element; lower the padding or the dilation"
            raise ValueError(message)

    def _taps(self, axis: Axis, out: int) -> Array:
        if axis.k <= MANY_TAPS:
            return np.arange(axis.k)
        first = max(0, -(((out - 1) * axis.s - axis.begin) // axis.d))
        last = min(axis.k - 1, (axis.n - 1 + axis.begin) // axis.d)
        return np.arange(first, last + 1)

    def _positions(self, axis: Axis, out: int) -> Array:
        # A factor that multiplies nothing but 0 may be too large for an int64.
        starts = np.arange(out)
        starts *= axis.s if out > 1 else 0
        starts -= axis.begin
        at: Array = starts[:, None] + self._taps(axis, out) * (axis.d if axis.k > 1 else 0)
        return at

    def _real(self, positions: Array, axis: Axis) -> Array:
        real: Array = (positions >= 0) & (positions < axis.n)
        return real

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        axes = self._axes(spatial, pool)
        out = tuple(self._size(axis) for axis in axes)
        self._check_size(axes, out)
        self._check_reached(axes, out)
        positions = tuple(self._positions(axis, size) for axis, size in zip(axes, out, strict=True))
        real = tuple(self._real(at, axis) for at, axis in zip(positions, axes, strict=True))
        self._check_filled(real)
        together = outer(real, np.logical_and)
        offsets = self._offsets(positions, axes)
        return Windows(axes, out, positions, together, self._repeat_first(offsets, together))

    def _offsets(self, positions: Sequence[Array], axes: Sequence[Axis]) -> Array:
        parts = []
        for at, axis in zip(positions, axes, strict=True):
            part = np.maximum(at, 0)
            np.minimum(part, axis.n - 1, out=part)
            part *= axis.pitch
            parts.append(part)
        return outer(parts, np.add)

    def _repeat_first(self, offsets: Array, real: Array) -> Array:
        if real.all():
            return offsets
        first = np.take_along_axis(offsets, real.argmax(-1)[..., None], -1)
        filled: Array = np.where(real, offsets, first)
        return filled

    # Which element wins

    def _read(self, planes: Array, windows: Windows) -> Array:
        flat = planes.reshape(*planes.shape[:2], product(planes.shape[2:]))
        return np.take(flat, windows.offsets, axis=2)

    def _keys(self, values: Array, windows: Windows) -> Array:  # noqa: ARG002 - for members
        return values.astype(np.float32) if values.dtype.name == "bfloat16" else values

    def _pick(self, values: Array, windows: Windows) -> Array:
        # argmax takes the first of equal elements and counts NaN as the largest.
        winners: Array = self._keys(values, windows).argmax(-1)
        return winners

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:  # noqa: ARG002 - for members
        first = np.arange(winners.size) * values.shape[-1]
        first += winners.ravel()
        y: Array = np.take(values.ravel(), first).reshape(winners.shape)
        return y

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:  # noqa: ARG002 - for members
        first = np.arange(product(windows.out)) * windows.offsets.shape[-1]
        index: Array = np.take(windows.offsets.ravel(), winners + first.reshape(windows.out))
        return index

    def _result(self, trace: Trace) -> Array:
        return self._unbatched(trace.y, trace)

    def _unbatched(self, per_plane: Array, trace: Trace) -> Array:
        return per_plane if trace.x.ndim == per_plane.ndim else per_plane[0]

    def _save(self, trace: Trace) -> Saved:
        index = self._unbatched(trace.index, trace)
        return Saved(trace.x.shape, trace.pool.rank, trace.planes.dtype, index)

    # Who receives the gradient

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        if not _floating(saved.dtype):
            message = f"{saved.dtype} has no gradient; pool a floating type"
            raise TypeError(message)
        if not isinstance(dy, np.ndarray) or not _floating(dy.dtype):
            message = f"dy is a floating NumPy array, but got {getattr(dy, 'dtype', type(dy))}"
            raise TypeError(message)
        if dy.shape != saved.index.shape:
            message = f"dy has the shape of the output {saved.index.shape}, but got {dy.shape}"
            raise ValueError(message)

    def _weights(self, dy: Array, saved: Saved) -> Array:  # noqa: ARG002 - for members
        return dy.astype(np.float64).ravel()

    def _targets(self, saved: Saved) -> Array:
        planes = product(saved.shape[: -saved.rank])
        per_plane = saved.index.reshape(planes, product(saved.index.shape[-saved.rank :]))
        return (per_plane + np.arange(planes)[:, None] * saved.plane).ravel()

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        sums = np.bincount(targets, weights, minlength=product(saved.shape))
        return sums.astype(np.float64, copy=False)  # of nothing, bincount makes integers

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        return sums.astype(saved.dtype).reshape(saved.shape)


def _floating(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" or dtype.name == "bfloat16"


def _require_least(name: str, entries: Sequence[int], least: int) -> None:
    if any(whole(entry) < least for entry in entries):
        message = f"{name} is at least {least} on every axis, but got {tuple(entries)}"
        raise ValueError(message)
