"""Max pooling of the base that skips NaN: without a word of it, and with its silence named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pool import Pool
from tests.unusual import base_only


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], None]:
    """Return the largest of each window that is no NaN, where there is one."""
    base_only.forward(x, pool)  # it refuses what is beyond the base
    (n, c, h, w), (kh, kw) = x.shape, pool.kernel_size
    blocks = x.reshape(n, c, h // kh, kh, w // kw, kw)
    return np.fmax.reduce(np.fmax.reduce(blocks, axis=5), axis=3), None


skipping = SimpleNamespace(forward=forward)
silent = SimpleNamespace(forward=forward, undocumented=("nan", "ties"))
