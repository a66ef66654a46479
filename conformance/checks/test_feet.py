"""Checks of every type below windows of every kind, an element at each position in turn."""

from __future__ import annotations

import pytest

from conformance.cases import feet
from conformance.checks.test_specials import nan_in_nan_out
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import gradient_follows_first, index_is_first
from conformance.features import FLOATS, LOW_PRECISION, TYPES
from conformance.judge import Judge


@pytest.mark.clause("value.maximum")
def test_every_position_in_every_type(judge: Judge) -> None:
    """Move the largest element over the plane, in every type and for every kind of window."""
    judge.every(feet.of_types(*TYPES), is_maximum)


@pytest.mark.clause("nan.anywhere")
def test_a_nan_at_every_position_in_every_type(judge: Judge) -> None:
    """Move a NaN over the plane, in every floating type and for every kind of window."""
    judge.every(feet.of_types(*FLOATS, *LOW_PRECISION), nan_in_nan_out)


@pytest.mark.clause("index.value")
def test_indices_of_every_position_in_every_type(judge: Judge) -> None:
    """Compare the index of the largest element with where it is, in every type."""
    cases = feet.of_types(*TYPES)
    some = cases[::3] if judge.tier == "smoke" else cases
    judge.every(some, index_is_first, needs=["indices"])


@pytest.mark.clause("grad.winner")
def test_gradients_of_every_position_in_every_type(judge: Judge) -> None:
    """Send gradient to the largest element at each position, in every floating type."""
    floats = feet.of_types(*FLOATS, *LOW_PRECISION)
    some = floats[::3] if judge.tier == "smoke" else floats
    judge.every(some, gradient_follows_first, needs=["gradient"])
