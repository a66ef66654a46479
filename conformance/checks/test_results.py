"""Checks of what a call returns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import geometry, planes, types
from conformance.cases.case import Array, Case, plane_distinct
from conformance.features import FLOATS, INTEGERS, LOW_PRECISION
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    native,
    pooling,
    require_all,
    require_same,
    same_bits,
)
from reference.pool import Pool

ALL_TYPES = (*FLOATS, *LOW_PRECISION, *INTEGERS, "bool")


def gradient(look: Look) -> tuple[Array, Array]:
    """Return the case's output gradient and the input gradient for it."""
    dy = look.dy
    return dy, look.dx(dy, "case")


def require_together(
    look: Look, parts: Sequence[tuple[str, Array, Array]], where: Array | None = None
) -> None:
    """Require the outputs for other inputs, each (note, x, y), that are pooled in one call.

    Where one is wrong, each is pooled for itself, so that the finding is about as few as may be.
    """
    y = look.again(np.concatenate([x for _, x, _ in parts]))
    wanted = np.concatenate([expected for _, _, expected in parts])
    right = same_bits(wanted, y)
    if where is not None:
        right |= ~np.concatenate([where] * len(parts))
    if right.all():
        return
    for note, x, expected in parts:
        with pooling(x):
            require_same(expected, look.again(x.copy()), note, where)
    with pooling(np.concatenate([x for _, x, _ in parts])):
        require_all(right, wanted, y, "right when they are pooled one by one, wrong together")


def returns_arrays(look: Look) -> None:
    """Require arrays from every call that the implementation claims."""
    if look.claims("indices"):
        _ = look.index
    if look.claims("gradient"):
        gradient(look)


@pytest.mark.clause("result.arrays")
def test_every_call_returns_an_array(judge: Judge) -> None:
    """Call forward, backward and indices on plain input of every type."""
    judge.every(geometry.few(judge.tier), returns_arrays)
    judge.every(types.random_geometry(*ALL_TYPES), returns_arrays)
    single = [
        Case("single.1x1", Pool.of(1), (1, 1, 1, 1), plane_distinct),
        Case("single.2x3", Pool.of((2, 3)), (1, 1, 2, 3), plane_distinct),
    ]
    judge.every(single, returns_arrays)


@pytest.mark.clause("result.type")
def test_output_keeps_the_type(judge: Judge) -> None:
    """Compare the dtype of the output with that of the input, byte order apart."""

    def law(look: Look) -> None:
        if native(look.y).dtype != native(look.x).dtype:
            note = f"the output is {look.y.dtype}, the input {look.x.dtype}"
            raise NonconformanceError(f"an array of {look.x.dtype}", look.y, note)

    judge.every(types.random_geometry(*ALL_TYPES), law)
    judge.every(geometry.few(judge.tier), law)
    judge.every(planes.counts(), law)


@pytest.mark.clause("result.owned")
def test_results_share_no_memory_with_arguments(judge: Judge) -> None:
    """Look for shared memory, above all where a window has a single element."""

    def law(look: Look) -> None:
        results = {"the output": look.y}
        arguments = {"the input": look.x}
        if look.claims("indices"):
            results["the indices"] = look.index
        if look.claims("gradient"):
            dy, results["the input gradient"] = gradient(look)
            arguments["the output gradient"] = dy
        for name, result in results.items():
            for source, argument in arguments.items():
                if np.shares_memory(result, argument):
                    note = f"{name} shares memory with {source}"
                    raise NonconformanceError("an array of its own", result, note)

    judge.every(geometry.few(judge.tier), law)
    judge.every(planes.richer(), law)
    judge.every(_slices(), law)


def _slices() -> list[Case]:
    """Return kernels of one tap whose outputs may lie in the memory of the input in a row."""
    calls: dict[str, tuple[Pool, tuple[int, ...]]] = {
        "rows": (Pool.of(1, (2, 1)), (1, 1, 2, 3)),
        "first": (Pool.of(1, (3, 4)), (1, 1, 3, 4)),
        "plane": (Pool.of((1, 1, 1), (2, 1, 1)), (1, 1, 2, 3, 4)),
        "line": (Pool.of((1,), (5,)), (1, 1, 5)),
        "columns": (Pool.of(1, (1, 2)), (1, 2, 3, 2)),
        "dilated": (Pool.of(1, 1, 0, 2), (1, 2, 3, 2)),
    }
    return [
        Case(f"slice.{name}", pool, shape, plane_distinct) for name, (pool, shape) in calls.items()
    ]
