"""Rows and calls of one axis, worked out by hand, and the implementations that they are given."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from implementations import SHIPPED, im2col, reshape, separable, windowed
from reference.pool import Pool

LITERAL = [im2col, windowed]
"""Those of all features that promise more: the sign of the first zero, and sums in float64."""
GENERAL = [*LITERAL, separable]
NUMPY = [*GENERAL, reshape]
INF, NAN = np.inf, np.nan


def row(*values: float, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Return an input of one spatial axis, shape (1, 1, n)."""
    return np.array([[values]], dtype)


def line(  # noqa: PLR0913 - the parameters of max pooling
    kernel_size: int,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    *,
    dilation: int = 1,
    ceil_mode: bool = False,
    auto_pad: str = "explicit",
) -> Pool:
    """Return the parameters of one spatial axis, unchecked."""
    return Pool((kernel_size,), (stride,), (padding,), (dilation,), ceil_mode, auto_pad)


def name(implementation: ModuleType) -> str:
    return str(implementation.__name__.rpartition(".")[2])


general = pytest.mark.parametrize("implementation", GENERAL, ids=name)
every = pytest.mark.parametrize("implementation", NUMPY, ids=name)


def adapter(shipped: str) -> ModuleType:
    """Return an adapter; the test is skipped, and says so, where its framework is missing."""
    for package in SHIPPED[shipped].requires:
        pytest.importorskip(package, reason=f"the {shipped} extra is not installed")
    return import_module(SHIPPED[shipped].target)
