"""Calls that are answered and should be refused, and the other way round."""

# ruff: noqa: ARG002, D102 - the docstring of a fault says what is wrong with it

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.zoo.features import FEATURES
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, product
from reference.pool import Pool
from tests.aside.shelf import Shelf

shelf = Shelf()


def first_only(pool: Pool, **parts: object) -> Pool:
    """Return the pool with other parts, for a check of its first axis alone."""
    return replace(pool, **parts)  # type: ignore[arg-type]


@shelf.member
class KernelOfTheFirstAxisChecked(Sound):
    """Only the first kernel_size is checked, and a later one below 1 is taken for 1."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        later = tuple(max(1, k) for k in pool.kernel_size[1:])
        return super().forward(x, replace(pool, kernel_size=pool.kernel_size[:1] + later))


@shelf.member
class NegativeKernelTurnedRound(Sound):
    """A kernel_size below 0 counts by its magnitude."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        return super().forward(x, replace(pool, kernel_size=tuple(map(abs, pool.kernel_size))))


@shelf.member
class NegativeStrideTurnedRound(Sound):
    """A stride below 0 counts by its magnitude."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        return super().forward(x, replace(pool, stride=tuple(map(abs, pool.stride))))


@shelf.member
class LastStrideUnchecked(Sound):
    """A last stride of 0 is taken for 1."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        given = pool.stride
        last = given[-1] or 1 if given else 1
        return super().forward(x, replace(pool, stride=(*given[:-1], last)) if given else pool)


@shelf.member
class NegativeEndPaddingCrops(Sound):
    """A negative end padding crops the input."""

    def _check_padding(self, pool: Pool) -> None:
        begins = tuple((begin, 0) for begin, *_ in pool.padding)
        super()._check_padding(replace(pool, padding=begins))


@shelf.member
class NegativeBeginPaddingIsZero(Sound):
    """A negative begin padding is taken for 0."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        raised = tuple((max(0, pair[0]), *pair[1:]) for pair in pool.padding)
        return super().forward(x, replace(pool, padding=raised))


@shelf.member
class NegativeDilationTurnedRound(Sound):
    """A dilation below 0 counts by its magnitude."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        return super().forward(x, replace(pool, dilation=tuple(map(abs, pool.dilation))))


@shelf.member
class PaddingLimitRoundedUp(Sound):
    """Padding of half an odd kernel, rounded up, is accepted."""

    def _check_padding_limit(self, pool: Pool) -> None:
        larger = tuple(k + 1 for k in pool.kernel_size)
        super()._check_padding_limit(replace(pool, kernel_size=larger))


@shelf.member
class PaddingLimitOfTheFirstAxis(Sound):
    """The padding limit is checked on the first axis only."""

    def _check_padding_limit(self, pool: Pool) -> None:
        first = {"kernel_size": pool.kernel_size[:1], "padding": pool.padding[:1]}
        super()._check_padding_limit(replace(pool, **first))  # type: ignore[arg-type]


@shelf.member
class PaddingLimitOfTheExtent(Sound):
    """Padding is accepted up to half the dilated extent."""

    def _check_padding_limit(self, pool: Pool) -> None:
        triples = zip(pool.kernel_size, pool.dilation, strict=False)
        extents = tuple((k - 1) * max(d, 1) + 1 for k, d in triples)
        super()._check_padding_limit(replace(pool, kernel_size=extents))


@shelf.member
class AsymmetricPaddingLimited(Sound):
    """Unequal padding of more than half the kernel is refused although all windows are filled."""

    def _check_padding_limit(self, pool: Pool) -> None:
        super()._check_padding_limit(pool)
        pairs = zip(pool.kernel_size, pool.padding, strict=False)
        if pool.auto_pad == "explicit" and any(max(pads) > k // 2 for k, pads in pairs):
            message = "padding exceeds half the kernel"
            raise ValueError(message)


@shelf.member
class LongParametersCut(Sound):
    """Entries beyond the spatial axes are ignored."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        rank = pool.rank
        cut = replace(pool, stride=pool.stride[:rank], dilation=pool.dilation[:rank])
        return super().forward(x, replace(cut, padding=cut.padding[:rank]))


@shelf.member
class MissingDilationIsOne(Sound):
    """A dilation with too few entries is continued with 1."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        ones = (1,) * (pool.rank - len(pool.dilation))
        return super().forward(x, replace(pool, dilation=pool.dilation + ones))


@shelf.member
class SizeOfTheLastAxisUnchecked(Sound):
    """A window that is wider than its input gives a width of 0."""

    def _size(self, axis: Axis) -> int:
        size = super()._size(axis)
        return max(0, size) if axis.pitch == 1 else size

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        super()._check_size(axes[:-1], out[:-1])

    def _check_filled(self, real: object) -> None:
        pass


@shelf.member
class CeilModeFillsASmallInput(Sound):
    """A window larger than its input by less than the stride is answered without ceil_mode."""

    def _size(self, axis: Axis) -> int:
        size = super()._size(axis)
        short = axis.extent - (axis.n + axis.begin + axis.end)
        return 1 if size < 1 and 0 < short < axis.s and axis.s > 2 else size


@shelf.member
class RankTwoTakenForAPlane(Sound):
    """An input of the spatial axes alone is taken for one plane."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        bare = isinstance(x, np.ndarray) and x.ndim == pool.rank
        y, saved = super().forward(x[None] if bare else x, pool)
        return (y[0] if bare else y), saved


@shelf.member
class ExtraBatchAxisOfOneDropped(Sound):
    """A first axis of 1 beyond the batch is dropped."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        extra = isinstance(x, np.ndarray) and x.ndim == pool.rank + 3 and x.shape[0] == 1
        return super().forward(x[0] if extra else x, pool)


@shelf.member
class PaddingFeedsAnEmptyAxis(AnswersEmpty):
    """An axis of zero elements with padding enough for a window is answered."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        spatial = x.shape[-pool.rank :]
        if 0 in spatial and any(max(pair) > 0 for pair in pool.padding) and x.shape[-pool.rank - 1]:
            return
        super()._check_elements(x, pool)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        spatial = x.shape[-pool.rank :] if isinstance(x, np.ndarray) else ()
        padded = any(max(pair) > 0 for pair in pool.padding)
        if 0 not in spatial or not padded or x.ndim != pool.rank + 2 or not x.shape[1]:
            return super().forward(x, pool)
        y = np.full((*x.shape[:2], *(1,) * pool.rank), -np.inf).astype(x.dtype)
        return y, Saved(x.shape, pool.rank, x.dtype, np.zeros(y.shape, np.int64))


@shelf.member
class ZeroChannelsOfEmptyBatchAccepted(Sound):
    """Zero channels are accepted where the batch is empty too."""

    def _check_elements(self, x: Array, pool: Pool) -> None:
        if x.ndim != pool.rank + 2 or x.shape[0]:
            super()._check_elements(x, pool)


@shelf.member
class EmptyWindowOfDilationAnswered(AnswersEmpty):
    """A dilated window none of whose taps is real is answered; unequal padding is checked."""

    def _check_filled(self, real: object) -> None:
        return None

    def _check_padding_limit(self, pool: Pool) -> None:
        super()._check_padding_limit(pool)
        for k, (begin, end) in zip(pool.kernel_size, pool.padding, strict=False):
            if pool.auto_pad == "explicit" and max(begin, end) >= k:
                message = "padding reaches the kernel"
                raise ValueError(message)


@shelf.member
class OverflowIsMemoryError(Sound):
    """A window too large for an index ends in MemoryError."""

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        if any(axis.extent > 2**62 for axis in axes):
            raise MemoryError
        super()._check_size(axes, out)


class Unclaims(Sound):
    """Does not claim a feature and answers nevertheless."""

    claims = FEATURES

    def _check_claims(self, x: Array, pool: Pool) -> None:
        pass


def _unclaimed(*features: str) -> type[Sound]:
    text = f"Answers without {', '.join(features)}, which it does not claim."
    return type("Unclaims", (Unclaims,), {"claims": FEATURES - set(features), "__doc__": text})


for _features in (
    *(("rank-3",), ("rank-1",), ("int8",), ("bool",), ("gaps",), ("unbatched",), ("float16",)),
    *(("asymmetric-padding",), ("remainder",), ("ceil", "remainder"), ("overlap",), ("uint8",)),
    *(("bfloat16",), ("int64",)),
):
    _wrong = _unclaimed(*_features)
    _wrong.__name__ = "answers_" + "_and_".join(_features).replace("-", "_") + "_unclaimed"
    shelf.member(_wrong)


@shelf.member
class UnequalPaddingUnclaimedIsEvened(Sound):
    """Unequal padding is not claimed, and the begin padding is used on both sides."""

    claims = FEATURES - {"asymmetric-padding"}

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        explicit = pool.auto_pad == "explicit"
        evened = tuple((pair[0], pair[0]) for pair in pool.padding)
        return super().forward(x, replace(pool, padding=evened) if explicit else pool)


class RefusesClaimed(Sound):
    """Refuses a combination of features each of which it claims."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        raise NotImplementedError

    def _check_claims(self, x: Array, pool: Pool) -> None:
        if self._unwanted(x, pool):
            message = "not implemented"
            raise NotImplementedError(message)


@shelf.member
class DilationWithCeilRefused(RefusesClaimed):
    """Dilation and ceil_mode are claimed, but not together."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return bool(pool.ceil_mode and max(pool.dilation) > 1)


@shelf.member
class PaddedBooleansRefused(RefusesClaimed):
    """Booleans and padding are claimed, but not together."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return x.dtype == bool and any(max(pair) > 0 for pair in pool.padding)


@shelf.member
class UnbatchedVolumeRefused(RefusesClaimed):
    """Unbatched inputs and three axes are claimed, but not together."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return pool.rank == 3 and x.ndim == 4


@shelf.member
class DilatedHalvesRefused(RefusesClaimed):
    """float16 and dilation are claimed, but not together."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return x.dtype == np.float16 and max(pool.dilation) > 1


@shelf.member
class UnequalDilationRefused(RefusesClaimed):
    """Dilation is claimed, but has to be the same on all axes."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return len(set(pool.dilation)) > 1


@shelf.member
class LargeKernelRefused(RefusesClaimed):
    """A kernel of more than 16 is refused as not implemented."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return max(pool.kernel_size) > 16


@shelf.member
class ManyElementsRefused(RefusesClaimed):
    """An input of more than 2**16 elements is refused."""

    def _unwanted(self, x: Array, pool: Pool) -> bool:
        return product(x.shape) > 2**16


@shelf.member
class GradientOfTransposedShapeAccepted(Sound):
    """An output gradient with rows and columns interchanged is accepted."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        turned = dy.ndim > 1 and dy.swapaxes(-1, -2).shape == saved.index.shape
        return super().backward(dy.swapaxes(-1, -2) if turned else dy, saved)


@shelf.member
class GradientOfLargerBatchCut(Sound):
    """An output gradient with more batch items than the output is cut."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        longer = dy.ndim == saved.index.ndim and dy.shape[1:] == saved.index.shape[1:]
        return super().backward(dy[: len(saved.index)] if longer else dy, saved)


@shelf.member
class GradientWithoutBatchAccepted(Sound):
    """An output gradient without its batch axis of 1 is accepted."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        bare = dy.shape == saved.index.shape[1:] and saved.index.shape[0] == 1
        return super().backward(dy[None] if bare else dy, saved)


@shelf.member
class RefusedGradientIsCleared(Sound):
    """An output gradient of the wrong shape is cleared before it is refused."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        if dy.shape != saved.index.shape and dy.flags.writeable:
            dy[...] = 0
        return super().backward(dy, saved)


@shelf.member
class RefusedInputIsSorted(Sound):
    """An input whose window does not fit is padded in place of its last row before that shows."""

    def _check_size(self, axes: tuple[Axis, ...], out: tuple[int, ...]) -> None:
        super()._check_size(axes, out)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        try:
            return super().forward(x, pool)
        except ValueError:
            if isinstance(x, np.ndarray) and x.size and x.flags.writeable:
                x[..., -1] = 0
            raise
