"""Faults where two things meet: a layout and its content, two calls, a call and what is declared.

They stand for what two blind samples of what passes a vendor's tests got past the checks.
"""

# ruff: noqa: ARG001, ARG002, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from time import sleep
from types import MappingProxyType

import numpy as np

from conformance.zoo.features import FEATURES
from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.state import HANDOVER, Remembers
from conformance.zoo.ties import ColumnMajorTieOrder
from conformance.zoo.trace import Array, Axis, Saved, Windows, product
from reference.pool import Pool
from tests.aside.later_calls import CachesWindows
from tests.aside.narrow import Identities, Lacks
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class ColumnsFirstInFortranOrder(ColumnMajorTieOrder):
    """A Fortran-ordered input is pooled with its axes reversed, and so are equals told apart."""

    _reversed = False

    def _planes(self, x: Array, pool: Pool) -> Array:
        self._reversed = x.flags.f_contiguous and not x.flags.c_contiguous and pool.rank == 2
        return super()._planes(x, pool)

    def _pick(self, values: Array, windows: Windows) -> Array:
        if self._reversed:
            return super()._pick(values, windows)
        return super(ColumnMajorTieOrder, self)._pick(values, windows)


@shelf.member
class NanSkippedInChannelsLast(Sound):
    """Where channels lie innermost, they are compared in vectors, which skip NaN."""

    _innermost = False

    def _planes(self, x: Array, pool: Pool) -> Array:
        batched = x.ndim == pool.rank + 2 and x.shape[1] > 1 and not x.flags.c_contiguous
        self._innermost = batched and np.moveaxis(x, 1, -1).flags.c_contiguous
        return super()._planes(x, pool)

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return without_nan(keys) if self._innermost else keys


@shelf.member
class BytesOfTheRefusedStaySwapped(Sound):
    """Bytes in the other order are swapped in place, and not swapped back if a call is refused."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        try:
            return super().forward(x, pool)
        except (TypeError, ValueError):
            if isinstance(x, np.ndarray) and not x.dtype.isnative and x.flags.writeable:
                x.byteswap(inplace=True)
            raise


@shelf.before("_planes")
def ordered_in_place_for_a_while(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Bits of float32 become ordered integers in the input, and are turned back after reading."""
    if x.dtype != np.float32 or not x.flags.carray:
        return x, pool
    bits = x.view(np.int32)
    turned = (bits >> 31) & 0x7FFFFFFF
    bits ^= turned
    sleep(HANDOVER)
    read = (bits ^ turned).view(np.float32)
    bits ^= turned
    return read, pool


@shelf.member
class IndicesMadeGlobalForAWhile(Sound):
    """Backward counts the saved indices through the whole input, in place, and turns them back."""

    def _targets(self, saved: Saved) -> Array:
        lead = saved.shape[: -saved.rank]
        shift = np.arange(product(lead)).reshape(*lead, *(1,) * saved.rank) * saved.plane
        index = saved.index
        index += shift
        sleep(HANDOVER)
        targets = index.ravel() % max(1, product(saved.shape))
        index -= shift
        return targets


@shelf.member
class LeadOfTheRefusedCall(Sound):
    """The leading axes are noted before a call is checked, and a refused one leaves them behind."""

    _lead: tuple[int, ...] | None = None

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        self._lead = np.shape(x)[: -pool.rank or None]
        result = super().forward(x, pool)
        self._lead = None
        return result

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx, lead = super()._gradient(sums, saved), self._lead
        return dx if lead is None else np.resize(dx, lead + saved.shape[-saved.rank :])


@shelf.member
class KeyIsAHash(CachesWindows):
    """The key of the cache is a hash, and 2**61 has that of 1."""

    def _key(self, spatial: Sequence[int], pool: Pool) -> Hashable:
        return hash((tuple(spatial), pool))


@shelf.member
class SameDigits(Remembers):
    """Offsets are kept by the digits of kernel and stride, between which nothing stands."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        digits = "".join(map(str, pool.kernel_size + pool.stride))
        key = (tuple(spatial), digits, replace(pool, kernel_size=(), stride=()))
        kept: Array = self._kept.setdefault(key, windows.offsets)
        alike = kept.size == windows.offsets.size
        return replace(windows, offsets=kept.reshape(windows.offsets.shape)) if alike else windows


class Apart(Sound):
    """Pools windows that do not overlap."""

    claims = FEATURES - {"overlap"}


@shelf.before("_check_claims", Apart)
def overlap_of_dilated_windows_unseen(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Overlap is not claimed, and looked for by the kernel without its dilation."""
    return x, replace(pool, dilation=(1,) * pool.rank)


class Exact(Sound):
    """Pools what the windows divide."""

    claims = FEATURES - {"remainder"}


@shelf.member
class RemainderOfTheSizeOnly(Exact):
    """A remainder is not claimed, and refused only if the stride does not divide the size."""

    def _check_claims(self, x: Array, pool: Pool) -> None:
        rests = map(int.__mod__, x.shape[-pool.rank :], pool.stride)
        if pool.ceil_mode or any(rests):
            super()._check_claims(x, pool)


class Unstrided(Lacks):
    """Goes forward only, in steps of 1."""

    claims = FEATURES - {"gradient", "indices"}
    lacks = (frozenset({"strided"}),)

    def _check_lacks(self, x: Array, pool: Pool) -> None:
        if any(s != 1 for s in pool.stride):
            message = f"every stride is 1, but got {pool.stride}"
            raise NotImplementedError(message)


@shelf.before("_check_lacks", Unstrided)
def first_stride_unseen(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A stride is refused by those beyond the first one."""
    return x, replace(pool, stride=pool.stride[1:] or pool.stride)


class Vanishing(Sound):
    """Makes an axis of nothing where no window fits."""

    dialect = MappingProxyType({"zero-size": "empty"})

    def _size(self, axis: Axis) -> int:
        return max(0, super()._size(axis))

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        super()._check_size(axes, tuple(max(1, size) for size in out))

    def _taps(self, axis: Axis, out: int) -> Array:
        return super()._taps(axis, out) if out else np.arange(1)


@shelf.after("_gradient", Vanishing)
def gradient_of_nothing_like_dy(dx: Array, sums: Array, saved: Saved) -> Array:
    """The gradient of an output without windows has the shape of the output."""
    gone = 0 in saved.index.shape[-saved.rank :]
    return np.zeros(saved.index.shape, dx.dtype) if gone else dx


class LeastOfEveryType(Identities):
    """Windows of nothing return -inf, the least integer or False."""

    claims = FEATURES

    def _read(self, planes: Array, windows: Windows) -> Array:
        if floating(planes):
            return super()._read(planes, windows)
        return super(Identities, self)._read(planes, windows)


@shelf.after("_read", LeastOfEveryType)
def integers_of_nothing_are_zero(values: Array, planes: Array, windows: Windows) -> Array:
    """Windows of nothing return 0 where integers have a sign."""
    if planes.dtype.kind != "i":
        return values
    return np.where(windows.real.any(-1, keepdims=True), values, values.dtype.type(0))


SOUND = (Apart, Exact, Unstrided, Vanishing, LeastOfEveryType)
"""What those that claim little or declare a dialect would be without their fault."""
