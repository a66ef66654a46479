"""What bindings and frameworks get wrong around a right kernel: memory, caches, threads."""

# ruff: noqa: ARG002, ARG005, D102, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.zoo.features import FEATURES
from conformance.zoo.layouts import from_first_element
from conformance.zoo.sound import Sound
from conformance.zoo.state import Remembers
from conformance.zoo.trace import Array, Saved, Trace
from reference.pool import Pool
from tests.aside.refused import RefusesClaimed
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.member
class RingOfThirtyResults(Sound):
    """Small outputs are cut from a ring of memory that is used again after 30 calls."""

    def __init__(self) -> None:
        """Start with an empty ring."""
        self._ring = np.zeros((30, 512), np.float32)
        self._turn = 0

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if y.dtype != np.float32 or not 0 < y.size <= 512:
            return y
        self._turn += 1
        place = self._ring[self._turn % 30, : y.size].reshape(y.shape)
        place[...] = y
        return place


class Memoises(Remembers):
    """Equal calls are answered with the very same arrays."""

    def _call(self, x: Array, pool: Pool) -> Hashable:
        return x.shape, x.dtype.str, x.tobytes(), pool


@shelf.member
class EqualInputsShareTheirOutput(Memoises):
    """Equal calls get the same output array, which the first caller may have changed."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        y, saved = super().forward(x, pool)
        return self._kept.setdefault(self._call(x, pool), y), saved


@shelf.member
class EqualGradientsShareTheirResult(Memoises):
    """Equal backward calls get the same input gradient, which the first caller may have changed."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=self._call(trace.x, trace.pool))

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        first: Array = self._kept.setdefault((saved.extra, dy.tobytes()), dx)
        return first


@shelf.member
class IdentityOfAFreedArray(Remembers):
    """An array at the address of a freed one, of the same shape, gets the old answer."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        result = super().forward(x, pool)
        y, saved = self._kept.setdefault((id(x), x.shape, x.dtype, pool), result)
        return y.copy(), saved


@shelf.member
class FirstCallOfATypeIsCold(Remembers):
    """The first call of each element type returns zeros."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        known = trace.x.dtype in self._kept
        self._kept[trace.x.dtype] = True
        return y if known else np.zeros_like(y)


@shelf.member
class HundredthCallFails(Remembers):
    """A handle leaks, and from the hundredth call on forward raises."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        self._kept["calls"] = self._kept.get("calls", 0) + 1
        if self._kept["calls"] > 100:
            message = "out of handles"
            raise RuntimeError(message)
        return super().forward(x, pool)


@shelf.member
class RefusedBackwardBreaksTheNext(Sound):
    """After an output gradient was refused, the right one is negated."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=[])

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        try:
            super()._check_gradient(dy, saved)
        except ValueError:
            saved.extra.append(True)
            raise

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return super()._weights(dy, saved) * (-1 if saved.extra else 1)


@shelf.before("_planes")
def offset_of_a_view_ignored(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """A contiguous part of a larger array is read from the begin of that array."""
    owner = x.base
    part = isinstance(owner, np.ndarray) and owner.dtype == x.dtype and x.flags.c_contiguous
    if part and owner.flags.c_contiguous and owner.size > x.size:  # type: ignore[union-attr]
        return np.asarray(owner).reshape(-1)[: x.size].reshape(x.shape), pool
    return x, pool


@shelf.before("_planes")
def swapped_volumes_read_raw(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """The bytes of a volume in the other order are read in native order."""
    swapped = not x.dtype.isnative and pool.rank == 3
    return (x.view(x.dtype.newbyteorder("=")) if swapped else x), pool


@shelf.member
class MisalignedLinesAsserted(Sound):
    """An unaligned input of one axis meets an assertion."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        if pool.rank == 1 and not x.flags.aligned:
            message = "x is not aligned"
            raise AssertionError(message)
        return super()._planes(x, pool)


@shelf.before("_planes")
def strided_integers_read_densely(x: Array, pool: Pool) -> tuple[Array, Pool]:
    """Integers that are not contiguous are read as if they were."""
    wrong = x.dtype.kind in "iu" and not x.flags.c_contiguous
    return (from_first_element(x) if wrong else x), pool


@shelf.member
class GradientOfScatteredInputIsZero(Sound):
    """The gradient of an input that is not contiguous is added into a copy, and stays 0."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=trace.x.flags.c_contiguous)

    def _gradient(self, sums: Array, saved: Saved) -> Array:
        dx = super()._gradient(sums, saved)
        return dx if saved.extra else np.zeros_like(dx)


@shelf.member
class PanicsOnNan(Sound):
    """An input with a NaN cannot be ordered, and raises."""

    def _keys(self, values: Array, windows: Any) -> Array:  # noqa: ANN401 - what the step takes
        keys = super()._keys(values, windows)
        if keys.dtype.kind == "f" and np.isnan(keys).any():
            message = "called unwrap on a None value"
            raise ValueError(message)
        return keys


@shelf.member
class UnbatchedGradientOfABatchAccepted(Sound):
    """Backward of an unbatched input accepts an output gradient with a batch axis of 1."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        extra = dy.shape == (1, *saved.index.shape) and len(saved.shape) == saved.rank + 1
        return super().backward(dy[0] if extra else dy, saved)


@shelf.member
class LineGradientOfOtherLengthCut(Sound):
    """With one axis a longer output gradient is cut."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        longer = saved.rank == 1 and dy.shape[:-1] == saved.index.shape[:-1]
        return super().backward(dy[..., : saved.index.shape[-1]] if longer else dy, saved)


REFUSED: dict[str, Callable[[Array, Pool], bool]] = {
    "gaps-with-padding": lambda x, pool: _padded(pool) and _gaps(pool),
    "gaps-with-dilation": lambda x, pool: max(pool.dilation) > 1 and _gaps(pool),
    "ceil-with-gaps": lambda x, pool: pool.ceil_mode and _gaps(pool),
    "ceil-with-unequal-padding": lambda x, pool: pool.ceil_mode and _unequal(pool),
    "ceil-of-integers": lambda x, pool: pool.ceil_mode and x.dtype.kind in "iu",
    "dilated-volumes": lambda x, pool: pool.rank == 3 and max(pool.dilation) > 1,
    "ceil-of-lines": lambda x, pool: pool.rank == 1 and pool.ceil_mode,
    "same-unbatched": lambda x, pool: pool.auto_pad != "explicit" and x.ndim == pool.rank + 1,
    "dilated-same": lambda x, pool: pool.auto_pad != "explicit" and max(pool.dilation) > 1,
    "unequal-padding-of-volumes": lambda x, pool: pool.rank == 3 and _unequal(pool),
    "empty-lines": lambda x, pool: pool.rank == 1 and x.size == 0,
    "single-rows": lambda x, pool: pool.rank == 2 and x.shape[-2] == 1 and pool.kernel_size[1] > 2,
    "unbatched-integers": lambda x, pool: x.dtype.kind in "iu" and x.ndim == pool.rank + 1,
    "volumes-of-halves": lambda x, pool: pool.rank == 3 and x.dtype == np.float16,
    "dilated-booleans": lambda x, pool: x.dtype == bool and max(pool.dilation) > 1,
    "more-than-128-channels": lambda x, pool: x.shape[-pool.rank - 1] > 128,
    "kernel-above-input": lambda x, pool: any(
        k > n for k, n in zip(pool.kernel_size, x.shape[-pool.rank :], strict=True)
    ),
}
"""Combinations that are refused although each part is claimed."""


def _padded(pool: Pool) -> bool:
    return any(max(pair) > 0 for pair in pool.padding)


def _unequal(pool: Pool) -> bool:
    return pool.auto_pad == "explicit" and any(begin != end for begin, end in pool.padding)


def _gaps(pool: Pool) -> bool:
    return any(s > k for s, k in zip(pool.stride, pool.kernel_size, strict=True))


def _refusing(name: str, unwanted: Callable[[Array, Pool], bool]) -> None:
    def asked(_self: Sound, x: Array, pool: Pool) -> bool:
        return bool(unwanted(x, pool))

    parts = {"_unwanted": asked, "__doc__": f"Refuses {name.replace('-', ' ')}, which it claims."}
    shelf.member(type(f"{name.replace('-', '_')}_refused", (RefusesClaimed,), parts))


for _name, _unwanted in REFUSED.items():
    _refusing(_name, _unwanted)


class LooksAtOneAxis(Sound):
    """Does not claim a feature, and looks for it on one axis only."""

    FEATURE = ""
    AXIS = 0

    def _check_claims(self, x: Array, pool: Pool) -> None:
        one = slice(self.AXIS, self.AXIS + 1)
        wanted = {
            "padding": any(max(pair) > 0 for pair in pool.padding[one]),
            "dilation": any(d > 1 for d in pool.dilation[one]),
            "overlap": any(
                s < k for s, k in zip(pool.stride[one], pool.kernel_size[one], strict=True)
            ),
            "gaps": any(
                s > k for s, k in zip(pool.stride[one], pool.kernel_size[one], strict=True)
            ),
        }
        if wanted[self.FEATURE]:
            raise NotImplementedError(self.FEATURE)


for _feature in ("padding", "dilation", "overlap", "gaps"):
    for _axis in (0, 1):
        shelf.member(
            type(
                f"{_feature}_unclaimed_seen_on_axis_{_axis}",
                (LooksAtOneAxis,),
                {
                    "FEATURE": _feature,
                    "AXIS": _axis,
                    "claims": FEATURES - {_feature},
                    "__doc__": f"Looks for {_feature}, which it does not claim, on axis {_axis}.",
                },
            )
        )


class ChecksPlanesOnly(Sound):
    """Validates calls over two axes, and repairs those over one or three."""

    def _repaired(self, pool: Pool) -> Pool:
        raise NotImplementedError

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        return super().forward(x, pool if pool.rank == 2 else self._repaired(pool))


@shelf.member
class KernelOfVolumesUnchecked(ChecksPlanesOnly):
    """Outside planes a kernel_size below 1 is taken for 1."""

    def _repaired(self, pool: Pool) -> Pool:
        return replace(pool, kernel_size=tuple(max(1, k) for k in pool.kernel_size))


@shelf.member
class StrideOfLinesUnchecked(ChecksPlanesOnly):
    """Outside planes a stride below 1 is taken for 1."""

    def _repaired(self, pool: Pool) -> Pool:
        return replace(pool, stride=tuple(max(1, s) for s in pool.stride))


@shelf.member
class PaddingLimitOfPlanesOnly(Sound):
    """The padding limit is checked over two axes only."""

    def _check_padding_limit(self, pool: Pool) -> None:
        if pool.rank == 2:
            super()._check_padding_limit(pool)


@shelf.member
class PaddingLimitWithoutCeilMode(Sound):
    """The padding limit is not checked in ceil_mode."""

    def _check_padding_limit(self, pool: Pool) -> None:
        if not pool.ceil_mode:
            super()._check_padding_limit(pool)


@shelf.member
class UnbatchedChannelsUnchecked(Sound):
    """Zero channels are accepted without a batch axis."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        if x.ndim != pool.rank + 1 or 0 in x.shape[-pool.rank :]:
            super()._check_elements(x, pool)


@shelf.member
class RankOfLinesUnchecked(Sound):
    """With one spatial axis further leading axes are folded into the batch."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        folds = pool.rank == 1 and isinstance(x, np.ndarray) and x.ndim > 3 and x.size
        if not folds:
            return super().forward(x, pool)
        y, saved = super().forward(x.reshape(-1, *x.shape[-2:]), pool)
        return y.reshape(*x.shape[:-1], y.shape[-1]), saved


@shelf.member
class IntegerPaddingLimitUnchecked(Sound):
    """The padding limit is not checked for integers."""

    def _refuse(self, x: Array, pool: Pool) -> None:
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
            self._check_padding_limit = lambda pool: None  # type: ignore[method-assign]
        else:
            self.__dict__.pop("_check_padding_limit", None)
        super()._refuse(x, pool)
