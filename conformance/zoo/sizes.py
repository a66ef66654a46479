"""Bugs of the output size, of ceil mode and of what is filled in for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue, pull
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace
from conformance.zoo.trigger import once, peak, ramp
from reference.pool import Pool

shelf = Shelf()

WHOLE_FLOAT32 = 2**24
"""Above this, float32 does not hold every whole number."""


def room(axis: Axis) -> int:
    """Return how far the first window can be moved over the padded axis."""
    return axis.n + axis.begin + axis.end - axis.extent


def bare(axis: Axis) -> int:
    """Return the output size without the rule that drops a last window."""
    return (-(-room(axis) // axis.s) if axis.ceil else room(axis) // axis.s) + 1


@shelf.bug(
    "bwd-shape-check-lacks-clip",
    *("grad.winner", "grad.form"),
    cite=pull("torch/nn#1049"),
    trigger="5x5, kernel 2, padding 1, ceil_mode: forward is right, backward wants one row more",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, 2, 1, ceil_mode=True)),
)
class BackwardShapeCheckLacksClip(Sound):
    """Backward expects the last window that forward drops in ceil_mode, and raises."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=tuple(map(bare, trace.windows.axes)))

    def _check_gradient(self, dy: Array, saved: Saved) -> None:
        super()._check_gradient(dy, saved)
        if dy.shape[-saved.rank :] != saved.extra:
            message = f"dy needs {saved.extra}, but got {dy.shape[-saved.rank :]}"
            raise ValueError(message)


@shelf.bug(
    "ceil-no-clip",
    "ceil.start-rule",
    cite=issue("tracel-ai/burn#5791"),
    trigger="5x5, kernel 2, padding 1, ceil_mode: 4 rows instead of 3, the last in the padding",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, 2, 1, ceil_mode=True)),
)
class CeilNoClip(AnswersEmpty):
    """In ceil_mode a last window that starts in the end padding is kept."""

    def _size(self, axis: Axis) -> int:
        return bare(axis)


@shelf.bug(
    "ceil-clip-only-if-padded",
    "ceil.start-rule",
    cite=issue("BVLC/caffe#6942"),
    trigger="6x7, kernel 1, stride 2, no padding, ceil_mode: 4 rows instead of 3",
    show=once(ramp(1, 1, 6, 7), Pool.of(1, 2, ceil_mode=True)),
)
class CeilClipOnlyIfPadded(AnswersEmpty):
    """In ceil_mode a last window past the input is dropped only where there is padding."""

    def _size(self, axis: Axis) -> int:
        return super()._size(axis) if axis.begin or axis.end else bare(axis)


@shelf.bug(
    "own-clip-right-pad",
    "ceil.start-rule",
    trigger="5x5, kernel 2, padding 1, ceil_mode",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, 2, 1, ceil_mode=True)),
)
class ClipCountsEndPadding(AnswersEmpty):
    """In ceil_mode a last window is dropped only when it starts after the end padding."""

    def _size(self, axis: Axis) -> int:
        over = (bare(axis) - 1) * axis.s >= axis.n + axis.begin + axis.end
        return bare(axis) - (axis.ceil and over)


@shelf.bug(
    "own-clip-strict",
    "ceil.start-rule",
    trigger="3x3, kernel 2, padding 1, ceil_mode: the last window starts just past the input",
    show=once(ramp(1, 1, 3, 3), Pool.of(2, 2, 1, ceil_mode=True)),
)
class ClipStrict(AnswersEmpty):
    """In ceil_mode a last window that starts exactly at the end padding is kept."""

    def _size(self, axis: Axis) -> int:
        over = (bare(axis) - 1) * axis.s > axis.n + axis.begin
        return bare(axis) - (axis.ceil and over)


@shelf.bug(
    "double-ceil",
    "ceil.start-rule",
    cite=pull("robertknight/rten#1416"),
    trigger="7x7, kernel 3, stride 2, ceil_mode: 4 rows instead of 3",
    show=once(ramp(1, 1, 7, 6), Pool.of(3, 2, ceil_mode=True)),
)
class DoubleCeil(AnswersEmpty):
    """In ceil_mode stride - 1 is added and the quotient is rounded up as well."""

    def _size(self, axis: Axis) -> int:
        return super()._size(replace(axis, end=axis.end + axis.s - 1) if axis.ceil else axis)


@shelf.bug(
    "fast-path-drops-partial-window",
    "ceil.start-rule",
    cite=issue("ahmedfgad/NumPyCNN#7"),
    trigger="5x5, kernel = stride = 2, ceil_mode: 2 rows instead of 3",
    show=once(ramp(1, 1, 5, 5), Pool.of(2, ceil_mode=True)),
)
class FastPathDropsPartialWindow(Sound):
    """The path for windows that tile rounds down even in ceil_mode."""

    def _size(self, axis: Axis) -> int:
        tiles = axis.k == axis.s and not axis.begin and not axis.end
        return super()._size(replace(axis, ceil=axis.ceil and not tiles))


@shelf.bug(
    "own-always-rounds-up",
    *("shape.floor", "shape.halving", "shape.unread"),
    trigger="5x5, kernel = stride = 2: 3 rows instead of 2",
    show=once(ramp(1, 1, 5, 5), Pool.of(2)),
)
class AlwaysRoundsUp(Sound):
    """Every output size is rounded up, with or without ceil_mode."""

    def _size(self, axis: Axis) -> int:
        return super()._size(replace(axis, ceil=True))


@shelf.bug(
    "own-odd-size-keeps-half-window",
    *("shape.halving", "shape.floor"),
    trigger="5x5, kernel = stride = 2: 3 rows instead of 2; every other window is right",
    show=once(ramp(1, 1, 5, 5), Pool.of(2)),
)
class OddSizeKeepsHalfWindow(Sound):
    """The 2x2 path with stride 2 gives an odd size one window more."""

    def _size(self, axis: Axis) -> int:
        halves = axis.k == axis.s == 2 and axis.d == 1 and not axis.begin and not axis.end  # noqa: PLR2004 - 2x2
        return super()._size(replace(axis, ceil=axis.ceil or halves))


@shelf.bug(
    "float32-size-arithmetic",
    "shape.exact",
    cite=issue("microsoft/onnxruntime#10083"),
    trigger="2**24 + 2 elements, kernel 1, stride 97: the last window is lost",
    show=once(peak(WHOLE_FLOAT32 + 2, WHOLE_FLOAT32 + 1), Pool.of((1, 1), (1, 97))),
)
class Float32SizeArithmetic(Sound):
    """The output size is divided in float32, which loses whole numbers above 2**24."""

    def _size(self, axis: Axis) -> int:
        if axis.ceil:
            return super()._size(axis)
        return int(np.floor(np.float32(room(axis)) / np.float32(axis.s)) + np.float32(1))


@shelf.bug(
    "negative-size-truncates-to-one",
    "error.size",
    cite=issue("microsoft/onnxruntime#25234"),
    trigger="4 columns, kernel 3, dilation 2, stride 2: one window although none fits",
    show=once(ramp(1, 1, 6, 4), Pool.of(3, 2, 0, 2)),
)
class NegativeSizeTruncatesToOne(Sound):
    """A quotient between -1 and 0 is truncated to 0, which leaves one invented window."""

    def _size(self, axis: Axis) -> int:
        short = not axis.ceil and -axis.s < room(axis) < 0
        return 1 if short else super()._size(axis)


@shelf.bug(
    "default-stride-is-one",
    *("window.position", "shape.floor"),
    cite=issue("distdl/distdl#203"),
    trigger="4x4, kernel = stride = 2: 3 rows instead of 2",
    show=once(ramp(1, 1, 4, 4), Pool.of(2)),
)
class DefaultStrideIsOne(Sound):
    """A stride that equals kernel_size is passed on as missing, which the engine takes for 1."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        missing = pool.stride == pool.kernel_size
        stride = (1,) * pool.rank if missing else pool.stride
        return super()._axes(spatial, replace(pool, stride=stride))


@shelf.bug(
    "one-element-stride-not-expanded",
    *("window.position", "shape.floor"),
    cite=pull("pytorch/pytorch#23954"),
    trigger="5x6, kernel 3, stride 2 on both axes: columns advance by 1",
    show=once(ramp(1, 1, 5, 6), Pool.of(3, 2)),
)
class OneElementStrideNotExpanded(Sound):
    """A stride that is the same on all axes is passed on as one number, used on the first only."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        alike = len(set(pool.stride)) == 1
        stride = (pool.stride[0], *(1,) * (pool.rank - 1)) if alike else pool.stride
        return super()._axes(spatial, replace(pool, stride=stride))


@shelf.bug(
    "same-pad-kernel-half",
    *("same.upper", "same.lower"),
    cite=pull("root-project/root#21793"),
    trigger="4x4, kernel = stride = 2, same-upper: 3x3 instead of 2x2",
    show=once(ramp(1, 1, 4, 4), Pool.of(2, auto_pad="same-upper")),
)
class SamePadKernelHalf(AnswersEmpty):
    """SAME always pads half the kernel on both sides."""

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:  # noqa: ARG002 - both words alike
        return axis.k // 2, axis.k // 2


@shelf.bug(
    "same-pad-negative-total",
    *("same.upper", "same.lower"),
    cite=pull("keras-team/keras#4683"),
    trigger="4x4, kernel 1, stride 2, same-upper: the padding is -1",
    show=once(ramp(1, 1, 4, 4), Pool.of(1, 2, auto_pad="same-upper")),
)
class SamePadNegativeTotal(Sound):
    """The total of SAME padding is not kept from falling below 0, which crops the input."""

    def _same_total(self, axis: Axis) -> int:
        return (-(-axis.n // axis.s) - 1) * axis.s + axis.extent - axis.n


@shelf.bug(
    "own-same-ignores-dilation",
    *("same.upper", "same.lower"),
    trigger="6x7, kernel 3, dilation 2, same-upper",
    show=once(ramp(1, 1, 6, 7), Pool.of(3, 1, 0, 2, auto_pad="same-upper")),
)
class SameIgnoresDilation(Sound):
    """SAME padding is derived as if the dilation were 1."""

    def _same_total(self, axis: Axis) -> int:
        return super()._same_total(replace(axis, d=1))


@shelf.bug(
    "own-same-lower-padded-as-upper",
    "same.lower",
    trigger="4x4, kernel 2, stride 1, same-lower: the odd unit stands at the end",
    show=once(ramp(1, 1, 4, 4), Pool.of(2, 1, auto_pad="same-lower")),
)
class SameLowerPaddedAsUpper(Sound):
    """Both SAME words put the odd unit of padding at the end."""

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:  # noqa: ARG002 - both words alike
        return super()._same(axis, "same-upper")


@shelf.bug(
    "own-same-upper-padded-as-lower",
    "same.upper",
    trigger="4x4, kernel 2, stride 1, same-upper: the odd unit stands at the begin",
    show=once(ramp(1, 1, 4, 4), Pool.of(2, 1, auto_pad="same-upper")),
)
class SameUpperPaddedAsLower(Sound):
    """Both SAME words put the odd unit of padding at the begin."""

    def _same(self, axis: Axis, word: str) -> tuple[int, int]:  # noqa: ARG002 - both words alike
        return super()._same(axis, "same-lower")
