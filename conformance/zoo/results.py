"""Bugs of what is handed back: no arrays, or arrays that belong to the caller."""

# ruff: noqa: ANN401, ARG002, D102 - what comes back is no array, as the docstring says

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.zoo.bug import Shelf
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace
from conformance.zoo.trigger import Data, once, ramp, scribbled
from reference.pool import Pool

shelf = Shelf()

PLAIN: Data = ramp(1, 1, 4, 4)


@shelf.bug(
    "own-output-is-list",
    "result.arrays",
    trigger="any: nested lists come back",
    show=once(PLAIN, Pool.of(2)),
)
class OutputIsList(Sound):
    """forward returns nested lists."""

    def _result(self, trace: Trace) -> Any:
        return super()._result(trace).tolist()


@shelf.bug(
    "own-output-is-scalar",
    "result.arrays",
    trigger="a single window: a NumPy scalar comes back",
    show=once(PLAIN, Pool.of(4)),
)
class OutputIsScalar(Sound):
    """A single result comes back as a scalar."""

    def _result(self, trace: Trace) -> Any:
        y = super()._result(trace)
        return y.ravel()[0] if y.size == 1 else y


@shelf.bug(
    "own-output-without-saved",
    "result.arrays",
    trigger="any: forward returns the array alone",
    show=once(PLAIN, Pool.of(2)),
)
class OutputWithoutSaved(Sound):
    """forward returns the output alone instead of a pair."""

    def forward(self, x: Array, pool: Pool) -> Any:
        return super().forward(x, pool)[0]


@shelf.bug(
    "own-output-is-none",
    "result.arrays",
    trigger="any: None comes back",
    show=once(PLAIN, Pool.of(2)),
)
class OutputIsNone(Sound):
    """forward keeps its output to itself and returns None in its place."""

    def _result(self, trace: Trace) -> Any:
        return None


@shelf.bug(
    "own-indices-are-list",
    *("result.arrays", "index.form"),
    trigger="any: indices are nested lists",
    show=once(PLAIN, Pool.of(2)),
)
class IndicesAreList(Sound):
    """indices returns nested lists."""

    def indices(self, saved: Saved) -> Any:
        return super().indices(saved).tolist()


@shelf.bug(
    "own-gradient-is-none",
    *("result.arrays", "grad.form"),
    trigger="any: backward returns None",
    show=once(PLAIN, Pool.of(2)),
)
class GradientIsNone(Sound):
    """backward keeps the gradient to itself and returns None."""

    def _gradient(self, sums: Array, saved: Saved) -> Any:
        return None


@shelf.bug(
    "own-view-of-input",
    "result.owned",
    trigger="a 1x1 window with stride 1: the output is the input",
    show=once(PLAIN, Pool.of(1)),
)
class ViewOfInput(Sound):
    """A window of 1 with stride 1 or more returns a view of the input."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        if {*trace.pool.kernel_size} != {1} or not trace.windows.real.all():
            return y
        lead = (slice(None),) * (y.ndim - trace.pool.rank)
        view = trace.x[lead + tuple(slice(None, None, s) for s in trace.pool.stride)]
        return view if view.shape == y.shape else y


@shelf.bug(
    "own-gradient-is-dy",
    "result.owned",
    trigger="a 1x1 window with stride 1: the input gradient is the output gradient",
    show=once(PLAIN, Pool.of(1)),
)
class GradientIsDy(Sound):
    """A window of 1 with stride 1 returns the output gradient itself."""

    def backward(self, dy: Array, saved: Saved) -> Array:
        dx = super().backward(dy, saved)
        same = dx.shape == dy.shape and dx.dtype == dy.dtype and np.array_equal(dx, dy)
        return dy if same else dx


@shelf.bug(
    "own-view-of-saved-indices",
    "pure.saved",
    trigger="write to the indices that were returned: backward scatters elsewhere",
    show=scribbled(PLAIN, Pool.of(2)),
)
class ViewOfSavedIndices(Sound):
    """indices returns the very array that backward uses."""

    def indices(self, saved: Saved) -> Array:
        return saved.index
