"""Bugs of backward passes that search the windows of each element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from conformance.zoo.bug import Shelf, pull
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Axis, Saved, Trace
from conformance.zoo.trigger import once, ramp, rows
from reference.pool import Pool

shelf = Shelf()


class Searches(Sound):
    """An element finds the windows that it won only when they start within reach."""

    def _reach(self, axes: Sequence[Axis]) -> Sequence[int]:
        raise NotImplementedError

    def _found(self, trace: Trace) -> Array:
        axes, windows = trace.windows.axes, trace.windows
        parts = np.unravel_index(trace.index, [axis.n for axis in axes])
        found = np.ones(trace.index.shape, bool)
        for number, (axis, reach) in enumerate(zip(axes, self._reach(axes), strict=True)):
            starts = np.arange(windows.out[number]) * axis.s - axis.begin
            shape = [1] * number + [-1] + [1] * (len(axes) - number - 1)
            found &= parts[number] - starts.reshape(shape) <= reach
        return found

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=self._found(trace).ravel())

    def _weights(self, dy: Array, saved: Saved) -> Array:
        return np.where(saved.extra, super()._weights(dy, saved), 0)


@shelf.bug(
    "gather-uses-kernel-not-effective",
    *("grad.dilation", "grad.conserved"),
    cite=pull("pytorch/pytorch#176888"),
    trigger="dilation 2 and the winner at the last tap: its gradient is lost",
    show=once(lambda: np.arange(25, dtype=np.float32).reshape(1, 1, 5, 5), Pool.of(2, 1, 0, 2)),
)
class SearchUsesKernel(Searches):
    """Backward searches kernel_size positions instead of the dilated extent."""

    def _reach(self, axes: Sequence[Axis]) -> Sequence[int]:
        return [axis.k - 1 for axis in axes]


@shelf.bug(
    "bwd-dilation-h-used-for-w",
    *("grad.dilation", "grad.conserved"),
    cite=pull("tracel-ai/burn#4466"),
    trigger="dilation (1, 2), kernel 2",
    show=once(
        lambda: np.arange(25, dtype=np.float32).reshape(1, 1, 5, 5), Pool.of(2, 1, 0, (1, 2))
    ),
)
class SearchUsesFirstDilation(Searches):
    """Backward uses the first dilation on every axis."""

    def _reach(self, axes: Sequence[Axis]) -> Sequence[int]:
        return [(axis.k - 1) * axes[0].d for axis in axes]


@shelf.bug(
    "bwd-oh-ow-arguments-swapped",
    *("grad.winner", "grad.conserved"),
    cite=pull("pytorch/pytorch#36820"),
    trigger="an output of 2x4: its last two columns give no gradient",
    show=once(ramp(1, 1, 4, 8), Pool.of(2)),
)
class SearchSwapsOutputSizes(Searches):
    """Backward loops over as many rows as there are columns, and the other way round."""

    def _found(self, trace: Trace) -> Array:
        found = np.zeros(trace.index.shape, bool)
        out = trace.windows.out
        swapped = tuple(slice(0, size) for size in out[::-1])
        found[(slice(None), slice(None), *swapped)] = True
        return found


@shelf.bug(
    "bwd-reads-past-last-window",
    *("grad.winner", "grad.conserved"),
    cite=pull("tracel-ai/burn#613"),
    trigger="4 columns, kernel 3, stride 2: the window of the next row is counted twice",
    show=once(
        rows([[[[-10 * row, -10 * row, 5 - 10 * row, -10 * row] for row in range(5)]]]),
        Pool.of(3, (1, 2)),
    ),
)
class SearchReadsPastLastWindow(Sound):
    """Backward does not stop its search at the last window, and runs on into the next row."""

    def _save(self, trace: Trace) -> Saved:
        return replace(super()._save(trace), extra=(trace.windows.axes, trace.windows.out))

    def _scatter(self, weights: Array, targets: Array, saved: Saved) -> Array:
        axes, out = saved.extra
        if len(axes) != len("hw"):
            return super()._scatter(weights, targets, saved)
        planes = weights.size // (out[0] * out[1])
        elements = np.arange(planes * saved.plane)
        plane, within = np.divmod(elements, saved.plane)
        sums = np.zeros(elements.size)
        row_part, column_part = np.divmod(within, axes[1].n)
        for row, row_in in _search(row_part, axes[0]):
            for column, column_in in _search(column_part, axes[1]):
                at = plane * out[0] * out[1] + row * out[1] + column
                inside = row_in & column_in & (at < weights.size)
                at = np.where(inside, at, 0)
                hit = inside & (targets[at] % saved.plane == within)
                sums += np.where(hit, weights[at], 0)
        return sums


def _search(part: Array, axis: Axis) -> Iterator[tuple[Array, Array]]:
    """Yield each window on one axis that could cover a position, unclipped at the end."""
    first = np.maximum(-((axis.extent - 1 - axis.begin - part) // axis.s), 0)
    last = (part + axis.begin) // axis.s
    for step in range((axis.extent - 1) // axis.s + 1):
        yield first + step, first + step <= last
