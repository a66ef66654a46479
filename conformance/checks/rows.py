"""Comparison with the rows that were worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from conformance.calls import Look
from conformance.cases.case import Array
from conformance.cases.hand import Row
from conformance.gather import plane_offsets
from conformance.nonconformance import NonconformanceError, require_equal, require_same


def answers_row(look: Look, known: Mapping[str, Row]) -> None:
    """Require the output that stands in the row of this case."""
    row = known[look.case.id]
    expected = _plane(row.y, look.x.dtype)
    if look.y.shape != expected.shape:
        note = f"the output has shape {look.y.shape}, not {expected.shape}"
        raise NonconformanceError(expected, look.y, note)
    require_same(expected, look.values, "differs from the answer worked out by hand")


def points_as_row(look: Look, known: Mapping[str, Row]) -> None:
    """Require the indices that stand in the row of this case."""
    row = known[look.case.id]
    expected = _plane(row.index or (), np.dtype(np.int64))
    got = plane_offsets(look).reshape(look.values.shape)
    require_same(expected, got, "the index names another element than the winner")


def returns_row_gradient(look: Look, known: Mapping[str, Row]) -> None:
    """Require the input gradient of the row for an output gradient of ones."""
    row = known[look.case.id]
    dx = look.dx(np.ones_like(look.values), "ones")
    expected = _plane(row.dx or (), look.x.dtype)
    require_equal(expected, dx, "differs from the gradient worked out by hand")


def _plane(rows: Sequence[Any], dtype: np.dtype[Any]) -> Array:
    plane = np.array(rows, dtype)
    return plane[None, None]
