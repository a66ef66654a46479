"""Faults of such as do little, or speak a dialect: what many checks need, they do not offer.

They stand for what two blind samples got past the checks, one of small offers and one of
declared dialects.
"""

# ruff: noqa: D102 - the docstring of a fault says what is wrong with it
# ruff: noqa: RUF012 - what a class offers is never written to

from __future__ import annotations

import numpy as np

from conformance.features import words
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()
NO_FLOATS = (frozenset({"float32"}), frozenset({"float64"}))
NO_PLANES = (frozenset({"rank-2"}),)


class Specialist(Sound):
    """Refuses what it does not offer, words that it lacks among it."""

    claims: frozenset[str] = frozenset()
    lacks: tuple[frozenset[str], ...] = ()

    def _check_claims(self, x: Array, pool: Pool) -> None:
        super()._check_claims(x, pool)
        asked = words(x.shape, x.dtype.name, pool)
        missing = next((lack for lack in self.lacks if lack <= asked), None)
        if missing:
            message = f"not offered: {', '.join(sorted(missing))}"
            raise NotImplementedError(message)


class Bytes(Specialist):
    """Offers tiling windows of bytes."""

    claims = frozenset({"uint8"})
    lacks = NO_FLOATS


class Lines(Specialist):
    """Offers lines."""

    claims = frozenset({"rank-1", "remainder"})
    lacks = NO_PLANES


class Samples(Specialist):
    """Offers lines of int16."""

    claims = frozenset({"rank-1", "int16"})
    lacks = (*NO_PLANES, *NO_FLOATS)


class Frames(Specialist):
    """Offers volumes of bytes."""

    claims = frozenset({"rank-3", "uint8"})
    lacks = (*NO_PLANES, *NO_FLOATS)


SOUND = (Bytes, Lines, Samples, Frames)
"""What the faults are faults of."""


@shelf.member
class RestJoinsBesideNan(Specialist):
    """Offers remainder; beside a NaN the last window reads to the end of its axis."""

    claims = frozenset({"remainder"})

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if not np.isnan(trace.x).any():
            return y
        x = trace.planes
        for number, (axis, out) in enumerate(
            zip(trace.windows.axes, trace.windows.out, strict=True)
        ):
            x = np.maximum.reduceat(x, np.arange(out) * axis.s, axis=2 + number)
        return x


@shelf.member
class FringeOfALargerCall(Specialist):
    """Offers remainder and ceil; what ceil_mode adds is what a larger input left there."""

    claims = frozenset({"remainder", "ceil"})

    def __init__(self) -> None:
        """Begin with no buffer."""
        self._kept: dict[tuple[object, ...], Array] = {}

    def _result(self, trace: Trace) -> Array:
        y, axes, out = super()._result(trace), trace.windows.axes, trace.windows.out
        if not trace.pool.ceil_mode or not y.size:
            return y
        (h, w), (kh, kw) = (axis.n for axis in axes), (axis.k for axis in axes)
        shape = (*trace.planes.shape[:2], out[0] * kh, out[1] * kw)
        buffer = self._kept.setdefault((shape, y.dtype), np.full(shape, -np.inf, y.dtype))
        if h > shape[2] or w > shape[3]:
            return y
        buffer[:, :, :h, :w] = trace.planes
        return np.asarray(buffer.reshape(*shape[:2], out[0], kh, out[1], kw).max(axis=(3, 5)))


@shelf.member
class DilatedTilesEndEarly(Specialist):
    """Offers dilation and gaps; of windows that tile dilated, the last column is not read."""

    claims = frozenset({"dilation", "gaps"})

    def _positions(self, axis: Axis, out: int) -> Array:
        at = super()._positions(axis, out)
        if axis.pitch == 1 and axis.d > 1 and axis.k > 1 and axis.s == axis.extent:
            at[:, -1] = at[:, -2]
        return at


@shelf.member
class SameToTheEven(Specialist):
    """Offers same-upper; half of the padding is rounded to the even number."""

    claims = frozenset({"same-upper"})

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:
        total = sum(super()._same(axis, word))
        return round(total / 2), total - round(total / 2)


@shelf.member
class MisfitNotImplemented(Specialist):
    """Offers overlap, gaps and remainder; a window past both axes is said to be unclaimed."""

    claims = frozenset({"overlap", "gaps", "remainder"})

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        if all(axis.k > axis.n for axis in axes):
            message = "only windows within the plane"
            raise NotImplementedError(message)
        super()._check_size(axes, out)


@shelf.member
class StreamCarriedOver(Lines):
    """Offers lines; samples that no window read go into the first window of the next call."""

    _rest: tuple[tuple[object, ...], Array] | None = None

    def _result(self, trace: Trace) -> Array:
        y, (axis,), (out,) = super()._result(trace), trace.windows.axes, trace.windows.out
        kept, key = self._rest, (trace.planes.shape[:2], y.dtype, axis.k)
        unread = trace.planes[..., out * axis.k :]
        self._rest = (key, unread.max(-1)) if unread.size else None
        if kept is not None and kept[0] == key:
            y[..., 0] = np.maximum(y[..., 0], kept[1])
        return y


@shelf.member
class SamplesFirst(Specialist):
    """Offers lines without a batch; more channels than samples are taken for the samples."""

    claims = frozenset({"rank-1", "unbatched"})
    lacks = (*NO_PLANES, frozenset({"batched"}))

    def _result(self, trace: Trace) -> Array:
        y, (axis,), x = super()._result(trace), trace.windows.axes, trace.planes[0]
        if not 8 < len(x) > x.shape[1] or len(x) % axis.k or axis.k == 1:
            return y
        return np.asarray(x.reshape(-1, axis.k, x.shape[1]).max(1))


@shelf.member
class StereoByTheRight(Samples):
    """Offers lines of int16; of two interleaved channels the right one's winner is taken."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        won = super()._pick(values, windows)
        return won if self._interleaved is False else np.repeat(won[:, 1:], 2, axis=1)

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        self._interleaved = planes.shape[1] == 2 and planes.strides[1:] == (2, 4)
        return planes

    _interleaved = False


@shelf.member
class PixelsPastSixteens(Frames):
    """Offers volumes of bytes; over frames alone, a rest of 16 pixels is of the first frame."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        won, pixels = super()._pick(values, windows), product(windows.out[1:])
        if all(axis.k == 1 for axis in windows.axes[1:]) and pixels > 16:
            won.reshape(-1, pixels)[:, pixels // 16 * 16 :] = 0
        return won


@shelf.member
class FourthIsAlpha(Bytes):
    """Offers bytes; the last of four channels is that of the first element of a window."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        won = super()._pick(values, windows)
        if values.shape[1] == 4:
            won[:, 3] = 0
        return won


@shelf.member
class ReversedChannels(Bytes):
    """Offers bytes; three channels that run backwards in memory are read forwards."""

    def _planes(self, x: Array, pool: Pool) -> Array:
        planes = super()._planes(x, pool)
        return planes[:, ::-1] if planes.shape[1] == 3 and planes.strides[1] < 0 else planes


@shelf.member
class PlaneBaseInSingle(Sound):
    """Declares flat indices; where a plane begins in the tensor is worked out in float32."""

    dialect = {"index": "flat"}

    def indices(self, saved: Saved) -> Array:
        within = super().indices(saved)
        planes = np.arange(product(saved.shape[: -saved.rank]), dtype=np.float32)
        base = (planes * np.float32(saved.plane)).astype(np.int64)
        lead = within.shape[: -saved.rank]
        return within + base.reshape(*lead, *(1,) * saved.rank)


@shelf.member
class WideIndexOfLargePlanes(Sound):
    """Declares int32 indices; those of planes of more than 65536 elements are int64."""

    dialect = {"index-type": "int32"}

    def indices(self, saved: Saved) -> Array:
        found = super().indices(saved)
        return found if saved.plane > 2**16 else found.astype(np.int32)


@shelf.member
class LargestPayloadFirst(Sound):
    """Declares that the first NaN wins; the one with the largest bits does."""

    dialect = {"nan-index": "first"}

    def _pick(self, values: Array, windows: Windows) -> Array:
        won = super()._pick(values, windows)
        if values.dtype.kind in "iub":
            return won
        nan = np.isnan(values)
        bits = np.where(nan, values.view(f"u{values.itemsize}"), 0)
        return np.where(nan.any(-1), bits.argmax(-1), won)
