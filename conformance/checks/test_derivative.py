"""Checks of the gradient by differences of the forward pass."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import geometry, types
from conformance.cases.case import Array
from conformance.checks.test_results import gradient
from conformance.judge import Judge
from conformance.nonconformance import require_equal

STEP = 0.25
"""Inputs are whole numbers at least 2 apart, so a step of 1/4 crosses no tie."""


def is_derivative(look: Look) -> None:
    """Require that the input gradient is the central difference of the forward pass."""
    x = look.original[:1, :1]
    if (x.size > 1 and np.diff(np.unique(x)).min(initial=9) < 2) or len(np.unique(x)) < x.size:  # noqa: PLR2004
        return  # what shrinking made of it is not linear around here any more
    size = math.prod(x.shape)
    steps = np.eye(size).reshape(size, 1, *x.shape[2:]) * STEP
    moved = look.again(np.concatenate([x + steps, x - steps]).astype(x.dtype)).astype(np.float64)
    up, down = moved[:size], moved[size:]
    # A window without an element stays at -inf, which has no slope.
    slope = np.where(np.isfinite(up), up - down, 0).reshape(size, -1) / (2 * STEP)
    dy, dx = gradient(look)
    wanted = (slope @ dy[:1, :1].reshape(-1).astype(np.float64)).reshape(x.shape).astype(x.dtype)
    expected = dx.copy()
    expected[:1, :1] = wanted
    require_equal(expected, dx, "not the central difference of the forward pass")


@pytest.mark.clause("grad.derivative")
def test_the_gradient_is_the_exact_difference(judge: Judge) -> None:
    """Perturb every element along the batch axis; the difference has no rounding."""
    small = [case for case in geometry.thinned(judge.tier) if "dilation" not in case.needs]
    judge.every(small, is_derivative, needs=["gradient"])
    doubles = [case for case in types.random_geometry("float64") if "tied" not in case.id]
    judge.every(doubles, is_derivative, needs=["gradient"])


@pytest.mark.clause("grad.derivative")
def test_scipy_finds_the_same_derivative(judge: Judge) -> None:
    """Let SciPy difference the forward pass, as a witness from outside."""

    def law(look: Look) -> None:
        from scipy.optimize import approx_fprime  # a heavy import that only this check needs

        case, x = look.case, look.original.copy()[:1, :1]
        y, saved = look.bench.forward(x.copy(), case.pool)
        dy = np.rint(case.dy(y.shape, look.seed)).astype(np.float64)

        def total(flat: Array) -> float:
            return float((look.again(flat.reshape(x.shape)) * dy).sum())

        found = approx_fprime(x.ravel(), total, STEP).reshape(x.shape)
        dx = look.bench.array("backward", dy, saved)
        require_equal(found.astype(x.dtype), dx, "SciPy's forward difference is another one")

    doubles = [case for case in types.random_geometry("float64") if "tied" not in case.id][:3]
    if judge.tier == "deep":
        judge.every(doubles, law, needs=["gradient"])
