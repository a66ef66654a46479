"""Faults of those that claim little or declare a dialect, and of three that claim everything.

They stand for what two blind samples of eighty got past the checks.
"""

# ruff: noqa: ARG001, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from conformance.zoo.features import BASE_TYPES, needed
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows
from reference.pool import Pool
from tests.aside.shelf import Shelf
from tests.aside.winners import last_where

shelf = Shelf()

FLOATLESS = tuple(frozenset({name}) for name in BASE_TYPES)


class Lacks(Sound):
    """Refuses what asks for all words of a lack; those are features and the two base types."""

    lacks: tuple[frozenset[str], ...] = ()

    def _check_claims(self, x: Array, pool: Pool) -> None:
        super()._check_claims(x, pool)
        self._check_lacks(x, pool)

    def _check_lacks(self, x: Array, pool: Pool) -> None:
        asked = needed(x, pool, self._axes(x.shape[-pool.rank :], pool)) | {x.dtype.name}
        for lack in self.lacks:
            if lack <= asked:
                message = f"the call needs {' and '.join(sorted(lack))}, which is not offered"
                raise NotImplementedError(message)


class UnpaddedDoubles(Lacks):
    """Pads float32 only."""

    claims = frozenset({"padding", "asymmetric-padding", "overlap", "remainder"})
    lacks = (frozenset({"float64", "padding"}),)


@shelf.before("_check_lacks", UnpaddedDoubles)
def doubles_padded_at_the_end(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Padding of float64 is refused by what stands at the begin, so that end padding is not."""
    return x, replace(pool, padding=tuple((begin, 0) for begin, _ in pool.padding))


class Integers(Lacks):
    """Pools signed integers only, and has indices."""

    claims = frozenset({"int8", "int16", "int32", "indices", "overlap", "remainder"})
    lacks = FLOATLESS


@shelf.after("_index", Integers)
def position_beside_an_integer(
    index: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """An integer and its position share one word, in which 16 bits are left for the position."""
    return index & 0xFFFF


class Bits(Lacks):
    """Pools bool only, in windows that tile."""

    claims = frozenset({"bool", "indices", "remainder"})
    lacks = FLOATLESS


@shelf.after("_offsets", Bits)
def rows_of_whole_bytes(offsets: Array, positions: Sequence[Array], axes: Sequence[Axis]) -> Array:
    """A plane is packed into bits as one; kernels of whole bytes take W // 8 bytes for a row."""
    width = axes[-1].n
    return offsets - offsets // width * (width % 8) if axes[-1].k % 8 == 0 else offsets


class LastNan(Sound):
    """The last of several NaN wins."""

    claims = frozenset({"gradient", "indices", "rank-3", "overlap", "remainder"})
    dialect = MappingProxyType({"nan-index": "last"})

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners = super()._pick(values, windows)
        nan = np.isnan(values).any(-1) if floating(values) else False
        return last_where(winners, values, windows, nan)


@shelf.member
class FirstNanOfAVolume(LastNan):
    """Over three axes, the search ends at the first NaN."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        if len(windows.axes) < 3:
            return super()._pick(values, windows)
        return super(LastNan, self)._pick(values, windows)


class Identities(AnswersEmpty):
    """Windows of nothing return -inf with the index -1, and padding has no limit."""

    claims = frozenset(
        (
            *("gradient", "indices", "overlap", "remainder"),
            *("padding", "asymmetric-padding", "dilation"),
        )
    )
    dialect = MappingProxyType({"empty-window": "identity", "pad-limit": "none"})

    def _check_padding_limit(self, pool: Pool) -> None:
        """Take any padding."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        values = super()._read(planes, windows)
        return np.where(windows.real.any(-1, keepdims=True), values, values.dtype.type(-np.inf))

    def _index(self, values: Array, winners: Array, windows: Windows) -> Array:
        index = super()._index(values, winners, windows)
        return np.where(windows.real.any(-1), index, -1)

    def _targets(self, saved: Saved) -> Array:
        return np.where(saved.index.ravel() < 0, -1, super()._targets(saved))

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        held = targets >= 0
        return super()._scatter(weights[held], targets[held], saved)


@shelf.before("_targets", Identities)
def minus_one_is_the_last(saved: Saved) -> tuple[Saved]:
    """The gradient of a window of nothing is added at -1, the last element of its plane."""
    return (replace(saved, index=np.where(saved.index < 0, saved.plane - 1, saved.index)),)


class HalfExtent(Sound):
    """Takes equal padding of up to half of what a window spans."""

    claims = frozenset({"gradient", "padding", "dilation", "overlap", "remainder"})
    dialect = MappingProxyType({"pad-limit": "half-extent"})

    def _limit(self, k: int, d: int) -> int:
        return ((k - 1) * d + 1) // 2

    def _check_padding_limit(self, pool: Pool) -> None:
        limits = map(self._limit, pool.kernel_size, pool.dilation)
        super()._check_padding_limit(replace(pool, kernel_size=tuple(2 * most for most in limits)))


@shelf.after("_limit", HalfExtent)
def half_the_kernel_dilated(limit: int, k: int, d: int) -> int:
    """Half of the kernel is taken times the dilation, which for even kernels is too much."""
    return k // 2 * d


class BelowKernel(Sound):
    """Takes padding below the kernel on either side."""

    claims = frozenset({"padding", "asymmetric-padding", "overlap", "remainder"})
    dialect = MappingProxyType({"pad-limit": "below-kernel"})

    def _check_padding_limit(self, pool: Pool) -> None:
        for k, pair in zip(pool.kernel_size, pool.padding, strict=False):
            if pool.auto_pad == "explicit" and max(pair) >= k:
                message = f"padding is below kernel_size {k}, but got {pair}"
                raise ValueError(message)


@shelf.before("_check_padding_limit", BelowKernel)
def end_padding_without_limit(pool: Pool) -> tuple[Pool]:
    """Only the begin padding is compared with the kernel."""
    return (replace(pool, padding=tuple((begin, 0) for begin, _ in pool.padding)),)


@shelf.before("_check_gradient")
def unsigned_gradient_answered(dy: Array, saved: Saved) -> tuple[Array, Saved]:
    """Integers are known by the kind of signed ones, so that unsigned ones have a gradient."""
    unsigned = saved.dtype.kind == "u"
    return dy, replace(saved, dtype=np.dtype(np.float32)) if unsigned else saved


@shelf.member
class KeyNotedBeforeTheCheck(Sound):
    """The table of the last call is kept, and its key noted before a call is known to be valid."""

    def __init__(self) -> None:
        """Begin without a table."""
        self._lock = threading.RLock()
        self._key: object = None
        self._known = False
        self._table: Windows | None = None

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        with self._lock:
            key = (np.shape(x)[-pool.rank :], pool)
            self._known, self._key = key == self._key, key
            return super().forward(x, pool)

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)  # which is a part of the check
        if not self._known or self._table is None:
            self._table = windows
        return self._table


@shelf.member
class TypeNotedPerThread(Sound):
    """The type of the input is noted for the thread; going back in another one makes float32."""

    def __init__(self) -> None:
        """Begin with no thread."""
        self._here = threading.local()

    def _save(self, trace: Trace) -> Saved:
        mark = self._here.__dict__.setdefault("mark", object())
        return replace(super()._save(trace), extra=mark)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        noted = self._here.__dict__.get("mark") is saved.extra
        return dx if noted else dx.astype(np.float32)


SOUND = (UnpaddedDoubles, Integers, Bits, LastNan, Identities, HalfExtent, BelowKernel)
"""What those that claim little or declare a dialect would be without their fault."""
