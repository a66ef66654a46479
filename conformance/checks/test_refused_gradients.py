"""Checks that a gradient which nobody can give is refused: of another shape, or of integers."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import sizes
from conformance.cases.case import Case, constant, given, plane_distinct
from conformance.checks.test_refusals import names
from conformance.features import INTEGERS
from conformance.handover import answered
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError
from conformance.oracle import output_shape
from reference.pool import Pool


def require_shapes_refused(look: Look, shapes: Iterable[tuple[int, ...]]) -> None:
    """Require that backward refuses output gradients of these shapes, that of the output apart."""
    shape, accepted = look.values.shape, look.implementation.errors
    for other in dict.fromkeys(shapes):
        if other == shape:
            continue
        outcome = look.bench.outcome("backward", np.ones(other, look.x.dtype), look.saved)
        expected = f"{names(accepted)} for an output gradient of shape {other}, not {shape}"
        if outcome.raised is None:
            raise NonconformanceError(expected, answered(outcome), f"shape {other} was accepted")
        if not isinstance(outcome.raised, accepted):
            raise NonconformanceError(expected, f"backward raised {outcome.said}")


@pytest.mark.clause("grad.shape-checked")
def test_another_shape_is_refused(judge: Judge) -> None:
    """Hand over output gradients of other shapes, some of which would broadcast."""

    def law(look: Look) -> None:
        require_shapes_refused(look, _other_shapes(look.values.shape, look.case.shape))

    cases = [
        Case("dyshape.tiling", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("dyshape.line", Pool.of((1, 2)), (1, 2, 3, 4), plane_distinct),
        Case("dyshape.odd", Pool.of(3, stride=2), (2, 1, 7, 5), plane_distinct),
        Case("dyshape.identity", Pool.of(1), (2, 3, 4, 6), plane_distinct),
        Case("dyshape.picked", Pool.of(1, stride=2), (2, 3, 5, 7), plane_distinct),
        Case("dyshape.single", Pool.of((4, 5)), (1, 1, 4, 5), plane_distinct),
        Case("dyshape.cube", Pool.of((2, 1, 1)), (2, 1, 6, 2, 5), plane_distinct),
        Case("dyshape.one-axis", Pool.of((2,)), (2, 3, 8), plane_distinct),
        Case("dyshape.unbatched", Pool.of(2), (2, 4, 6), plane_distinct),
    ]
    judge.every(cases, law, needs=["gradient"], shrinks=False)


def _other_shapes(shape: tuple[int, ...], of_x: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return shapes made of `shape`: broadcastable, transposed, flat, larger, smaller."""
    return [
        (),
        (1,),
        (1,) * len(shape),
        shape[1:],
        (1, *shape[1:]),
        (*shape[:-1], 1),
        (shape[0], 1, *shape[2:]),
        (*shape[:-2], shape[-1], shape[-2]),
        (*shape[:-3], *shape[:-4:-1]),
        (shape[1], shape[0], *shape[2:]),
        (math.prod(shape),),
        (*shape[:-1], shape[-1] + 1),
        (*shape[:-2], shape[-2] + 1, shape[-1]),
        (*shape, 1),
        (1, *shape),
        (shape[0] + 1, *shape[1:]),
        (shape[0], shape[1] + 1, *shape[2:]),
        of_x,
    ]


@pytest.mark.clause("grad.shape-checked")
def test_another_shape_of_nothing_is_refused(judge: Judge) -> None:
    """Hand over output gradients without elements after an empty batch, of other shapes."""

    def law(look: Look) -> None:
        shape = look.values.shape
        if look.values.size == 0:
            others = [look.case.shape, (0,), (*shape[:-1], 0), (*shape[:-1], shape[-1] + 1)]
            require_shapes_refused(look, [*others, (0, *shape)])

    judge.every(sizes.empty_batches()[:5], law, needs=["gradient"], shrinks=False)


@pytest.mark.clause("grad.integers")
def test_integers_have_no_gradient(judge: Judge) -> None:
    """Ask for the gradient of integers and booleans."""

    def law(look: Look) -> None:
        accepted = judge.implementation.every_refusal
        expected = f"refused with {names(accepted)}"
        for dtype in dict.fromkeys((look.case.dtype, "float32", "float64", "int64")):
            dy = np.ones(output_shape(look.case.shape, look.case.pool), dtype)
            outcome = look.bench.outcome("backward", dy, look.saved)
            if outcome.raised is None:
                note = f"integers have no derivative; dy is {dtype}"
                raise NonconformanceError(expected, f"a gradient of {look.case.dtype}", note)
            if not isinstance(outcome.raised, accepted):
                raise NonconformanceError(expected, f"backward raised {outcome.said}")

    calls = {"": (Pool.of(2), (1, 1, 2, 2)), "line-": (Pool.of((2,), 2), (1, 2, 2))}
    calls["unbatched-"] = (Pool.of(2), (1, 2, 2))
    calls["identity-"] = (Pool.of(1), (1, 1, 2, 2))
    cases = [
        Case(f"intgrad.{name}{dtype}", pool, shape, given([1, 2, 3, 4][: math.prod(shape)]), dtype)
        for name, (pool, shape) in calls.items()
        for dtype in (*INTEGERS, "bool")
    ]
    cases.append(Case("intgrad.empty-int32", Pool.of(2), (0, 2, 4, 4), constant(0), "int32"))
    judge.every(cases, law, needs=["gradient"], shrinks=False)
