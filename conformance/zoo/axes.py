"""Bugs that confuse the spatial axes, or treat one number of axes unlike another."""

# ruff: noqa: PLR2004 - a rank is a number

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, issue
from conformance.zoo.padding import AnswersEmpty
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace, Windows
from conformance.zoo.trigger import once, ramp
from conformance.zoo.windows import DilationOnlyInShape
from reference.pool import Pool

shelf = Shelf()


@shelf.bug(
    "output-hw-swapped",
    *("window.axes", "shape.floor"),
    cite=issue("dmlc/minerva#43"),
    trigger="4x2, kernel = stride = 2: 1x2 instead of 2x1",
    show=once(ramp(1, 1, 4, 2), Pool.of(2)),
)
class OutputHwSwapped(Sound):
    """The output is laid out with its sizes in reverse order."""

    def _unbatched(self, per_plane: Array, trace: Trace) -> Array:
        given = super()._unbatched(per_plane, trace)
        lead = trace.x.shape[: -trace.pool.rank]
        return given.reshape(*lead, *trace.windows.out[::-1])


@shelf.bug(
    "own-pads-hw-swapped",
    *("window.axes", "window.position"),
    trigger="padding (1, 0)",
    show=once(ramp(1, 1, 5, 6), Pool.of(3, 1, (1, 0))),
)
class PadsHwSwapped(Sound):
    """The paddings of the axes are used in reverse order."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        return super()._axes(spatial, replace(pool, padding=pool.padding[::-1]))


@shelf.bug(
    "own-stride-hw-swapped",
    "window.axes",
    trigger="kernel 3, stride (2, 1)",
    show=once(ramp(1, 1, 5, 6), Pool.of(3, (2, 1))),
)
class StrideHwSwapped(Sound):
    """The strides of the axes are used in reverse order."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        return super()._axes(spatial, replace(pool, stride=pool.stride[::-1]))


@shelf.bug(
    "own-kernel-height-used-for-width",
    *("window.axes", "window.position"),
    trigger="kernel (3, 2), stride 1",
    show=once(ramp(1, 1, 5, 6), Pool.of((3, 2), 1)),
)
class KernelHeightUsedForWidth(Sound):
    """The first kernel_size is used on every axis."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        kernel_size = (pool.kernel_size[0],) * pool.rank
        return super()._axes(spatial, replace(pool, kernel_size=kernel_size))


@shelf.bug(
    "own-pad-begin-end-swapped",
    *("pad.sides", "window.position"),
    trigger="padding (begin 0, end 1): the first window starts in the padding",
    show=once(ramp(1, 1, 4, 5), Pool.of(3, 2, ((0, 1), (1, 0)))),
)
class PadBeginEndSwapped(Sound):
    """The begin padding stands after the last element and the end padding before the first."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        pairs = tuple((end, begin) for begin, end in pool.padding)
        return super()._axes(spatial, replace(pool, padding=pairs))


@shelf.bug(
    "own-flat-pads-in-other-order",
    *("pad.sides", "window.axes"),
    trigger="padding ((0, 1), (2, 1)): the list 0 1 2 1 is read as begins 0 1 and ends 2 1",
    show=once(ramp(1, 1, 5, 6), Pool.of(4, 1, ((0, 1), (2, 1)))),
)
class FlatPadsInOtherOrder(Sound):
    """A flat list of begin, end, begin, end is read as all begins and then all ends."""

    def _axes(self, spatial: Sequence[int], pool: Pool) -> tuple[Axis, ...]:
        flat = [pad for pair in pool.padding for pad in pair]
        pairs = tuple(zip(flat[: pool.rank], flat[pool.rank :], strict=True))
        return super()._axes(spatial, replace(pool, padding=pairs))


@shelf.bug(
    "own-row-path-ignores-dilation",
    *("rank.one", "window.dilation"),
    trigger="one spatial axis, kernel 3, dilation 2",
    show=once(ramp(1, 2, 9), Pool.of((3,), (1,), 0, (2,))),
)
class RowPathIgnoresDilation(Sound):
    """The path for one spatial axis reads neighbours whatever the dilation."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        path = DilationOnlyInShape() if len(spatial) == 1 else Sound()
        return path._windows(spatial, pool)  # noqa: SLF001 - the same step of another member


@shelf.bug(
    "own-row-path-lets-zero-padding-win",
    *("rank.one", "pad.never-wins"),
    trigger="one spatial axis of negative elements, padded",
    show=once(lambda: -1 - np.arange(6, dtype=np.float32).reshape(1, 2, 3), Pool.of((3,), (1,), 1)),
)
class RowPathLetsZeroPaddingWin(Sound):
    """The path for one spatial axis fills the padding with 0."""

    def _read(self, planes: Array, windows: Windows) -> Array:
        values = super()._read(planes, windows)
        zero = np.zeros((), values.dtype)
        return np.where(windows.real, values, zero) if len(windows.axes) == 1 else values


@shelf.bug(
    "own-volume-path-drops-last-slice",
    *("rank.three", "value.maximum"),
    trigger="three spatial axes, kernel 2: the second slice is not read",
    show=once(ramp(1, 1, 4, 4, 4), Pool.of((2, 2, 2))),
)
class VolumePathDropsLastSlice(AnswersEmpty):
    """The path for three spatial axes skips the last tap along the depth."""

    def _windows(self, spatial: Sequence[int], pool: Pool) -> Windows:
        windows = super()._windows(spatial, pool)
        if len(spatial) != 3 or windows.axes[0].k == 1:
            return windows
        depth = windows.positions[0].shape[1]
        keep = windows.real.shape[-1] // depth * (depth - 1)
        real, offsets = windows.real[..., :keep], windows.offsets[..., :keep]
        return replace(windows, real=real, offsets=self._repeat_first(offsets, real))


@shelf.bug(
    "own-volume-gradient-from-first-slice",
    *("rank.three", "grad.winner"),
    trigger="three spatial axes: the gradient goes to the first slice of the plane",
    show=once(ramp(1, 1, 4, 4, 4), Pool.of((2, 2, 2))),
)
class VolumeGradientFromFirstSlice(Sound):
    """With three spatial axes backward takes an index for an offset in the first slice."""

    def _targets(self, saved: Saved) -> Array:
        if saved.rank != 3:
            return super()._targets(saved)
        slice_size = saved.shape[-1] * saved.shape[-2]
        return super()._targets(replace(saved, index=saved.index % slice_size))
