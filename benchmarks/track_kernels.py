"""Whether the kernels of this project became slower: `pytest benchmarks/track_kernels.py`.

pytest-benchmark times forward and backward on some published layers beside a copy of the input,
each layer a group of its own whose ratios it prints. `--benchmark-autosave` keeps a run, and
`--benchmark-compare` sets the next one beside it; no time makes anything fail.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from implementations.call import Array
from reference.pool import Pool

LAYERS = {
    "vgg 2x2/2": ((2, 64, 112, 112), Pool.of(2)),
    "resnet 3x3/2": ((2, 64, 112, 112), Pool.of(3, 2, 1)),
    "inception 3x3/1": ((2, 192, 28, 28), Pool.of(3, 1, 1)),
    "spp 13x13/1": ((1, 512, 19, 19), Pool.of(13, 1, 6)),
    "line": ((64, 128, 53), Pool.of((53,))),
    "c3d": ((1, 128, 8, 28, 28), Pool.of((2, 2, 2))),
}
KERNELS = ("separable", "separable_values", "numba_separable", "numba_separable.values")
Timed = Callable[..., Any]
"""The fixture of pytest-benchmark: it calls what it is given again and again."""


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> tuple[str, Array, Pool]:
    """Return the name, the input and the parameters of a layer."""
    shape, pool = LAYERS[request.param]
    return request.param, np.random.default_rng(0).random(shape, np.float32), pool


def test_copy(benchmark: Timed, layer: tuple[str, Array, Pool]) -> None:
    """Time what the others are compared with."""
    name, x, _ = layer
    benchmark.group = f"{name}, forward"  # type: ignore[attr-defined]
    to = np.empty_like(x)
    benchmark(np.copyto, to, x)
    assert to[-1].tobytes() == x[-1].tobytes()


@pytest.mark.parametrize("kernel", KERNELS)
def test_forward(benchmark: Timed, layer: tuple[str, Array, Pool], kernel: str) -> None:
    """Time a forward pass."""
    name, x, pool = layer
    benchmark.group = f"{name}, forward"  # type: ignore[attr-defined]
    if kernel.startswith("numba"):
        pytest.importorskip("numba")
    forward = import_module(f"implementations.{kernel}").forward
    y, _ = benchmark(forward, x, pool)
    assert y.max() == x.max()


@pytest.mark.parametrize("kernel", ["separable", "numba_separable"])
def test_backward(benchmark: Timed, layer: tuple[str, Array, Pool], kernel: str) -> None:
    """Time a backward pass."""
    name, x, pool = layer
    benchmark.group = f"{name}, backward"  # type: ignore[attr-defined]
    if kernel.startswith("numba"):
        pytest.importorskip("numba")
    module = import_module(f"implementations.{kernel}")
    y, saved = module.forward(x, pool)
    dx = benchmark(module.backward, np.ones_like(y), saved)
    assert dx.sum() == y.size
