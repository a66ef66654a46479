"""Bugs of validation: parameters that are accepted, and refusals that are none."""

# ruff: noqa: D102 - the docstring of a member says what its one step does wrong

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.features import FEATURES
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Windows
from conformance.zoo.trigger import once, ramp
from reference.pool import Pool

shelf = Shelf()


TILES = Pool.of(2)


@shelf.bug(
    "attribute-length-not-validated",
    "error.length",
    cite=pull("microsoft/onnxruntime#29579"),
    trigger="one stride for two axes: IndexError; three strides: an answer",
    show=once(ramp(1, 1, 4, 4), replace(TILES, stride=(2,))),
)
class AttributeLengthNotValidated(Sound):
    """The number of entries of a parameter is not looked at."""

    def _check_lengths(self, pool: Pool) -> None:
        pass


@shelf.bug(
    "own-missing-entries-repeated",
    "error.length",
    trigger="one stride for two axes: it is used for both",
    show=once(ramp(1, 1, 4, 4), replace(TILES, stride=(2,))),
)
class MissingEntriesRepeated(Sound):
    """A single entry is repeated for every axis."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        names = ("stride", "padding", "dilation")
        given = {name: getattr(pool, name) for name in names}
        single = {name: entries * pool.rank for name, entries in given.items() if len(entries) == 1}
        return super().forward(x, replace(pool, **single))


@shelf.bug(
    "negative-padding-accepted",
    "error.padding-sign",
    cite=issue("pytorch/pytorch#77514"),
    trigger="padding -1: the input is cropped",
    show=once(ramp(1, 1, 6, 6), replace(TILES, padding=((-1, -1), (-1, -1)))),
)
class NegativePaddingAccepted(Sound):
    """A padding below 0 crops the input."""

    def _check_padding(self, pool: Pool) -> None:
        pass


@shelf.bug(
    "own-kernel-zero-taken-as-one",
    "error.kernel",
    trigger="kernel_size 0: every second element comes out",
    show=once(ramp(1, 1, 4, 4), replace(TILES, kernel_size=(0, 0))),
)
class KernelZeroTakenAsOne(Sound):
    """A kernel_size below 1 is raised to 1."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        kernel_size = tuple(max(1, k) for k in pool.kernel_size)
        return super().forward(x, replace(pool, kernel_size=kernel_size))


@shelf.bug(
    "own-stride-zero-divides",
    "error.stride",
    trigger="stride 0: ZeroDivisionError",
    show=once(ramp(1, 1, 4, 4), replace(TILES, stride=(0, 0))),
)
class StrideZeroDivides(Sound):
    """The stride is not looked at before it divides."""

    def _check_stride(self, pool: Pool) -> None:
        pass


@shelf.bug(
    "own-stride-zero-means-kernel",
    "error.stride",
    trigger="stride 0: taken for missing, the windows tile",
    show=once(ramp(1, 1, 4, 4), replace(TILES, stride=(0, 0))),
)
class StrideZeroMeansKernel(Sound):
    """A stride of 0 is taken for a missing one and replaced by kernel_size."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        pairs = zip(pool.stride, pool.kernel_size, strict=False)
        same_length = len(pool.stride) == pool.rank
        stride = tuple(s or k for s, k in pairs) if same_length else pool.stride
        return super().forward(x, replace(pool, stride=stride))


@shelf.bug(
    "own-dilation-zero-accepted",
    "error.dilation",
    trigger="dilation 0: all taps of a window coincide",
    show=once(ramp(1, 1, 4, 4), replace(TILES, dilation=(0, 0))),
)
class DilationZeroAccepted(Sound):
    """A dilation of 0 is accepted, and the taps coincide."""

    def _check_dilation(self, pool: Pool) -> None:
        pass


@shelf.bug(
    "own-padding-up-to-kernel",
    "error.padding-limit",
    trigger="kernel 3, padding 2: an answer",
    show=once(ramp(1, 1, 4, 4), Pool.of(3, 1, 2)),
)
class PaddingUpToKernel(Sound):
    """Any padding below kernel_size is accepted without declaring it."""

    def _check_padding_limit(self, pool: Pool) -> None:
        pairs = zip(pool.kernel_size, pool.padding, strict=False)
        if any(max(pads) >= k for k, pads in pairs):
            super()._check_padding_limit(pool)


@shelf.bug(
    "own-refusal-is-index-error",
    *("error.size", "error.padding-limit", "error.rank"),
    trigger="any invalid call: IndexError",
    show=once(ramp(1, 1, 4, 4), Pool.of(5)),
)
class RefusalIsIndexError(Sound):
    """Invalid calls end in IndexError, as if by accident."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        try:
            return super().forward(x, pool)
        except ValueError as refused:
            raise IndexError(str(refused)) from None


@shelf.bug(
    "own-silent-when-unclaimed",
    "refusal.unclaimed",
    trigger="dilation and ceil_mode, which are not claimed: they are ignored",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, 1, 0, 2)),
)
class SilentWhenUnclaimed(Sound):
    """Dilation and ceil_mode are not claimed, and a call that needs them is answered without."""

    claims = FEATURES - {"dilation", "ceil"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        pass

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        ones = (1,) * pool.rank
        return super()._windows(spatial, replace(pool, dilation=ones, ceil_mode=False))


@shelf.bug(
    "own-unclaimed-is-value-error",
    "refusal.unclaimed",
    trigger="dilation, which is not claimed: ValueError",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, 1, 0, 2)),
)
class UnclaimedIsValueError(Sound):
    """A call that needs dilation, which is not claimed, is refused as if it were invalid."""

    claims = FEATURES - {"dilation"}

    def _check_claims(self, x: Array, pool: Pool) -> None:
        try:
            super()._check_claims(x, pool)
        except NotImplementedError as refused:
            raise ValueError(str(refused)) from None
