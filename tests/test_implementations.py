"""The shipped implementations, by rows worked out by hand; the suite judges them in full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from conformance.contract import adopt
from implementations import SHIPPED, reshape
from reference.pool import Pool
from tests.worked_rows import INF, LITERAL, NAN, adapter, every, general, line, name, row

CHECKOUT = Path(__file__).parents[1]
SEVERAL = ["im2col", "onnxruntime", "reshape", "torch", "windowed"]
"""What has indices and float64; test_adapters.py is about every adapter."""


# What ships


def test_shipped_names_are_sorted_and_lead_to_modules() -> None:
    assert list(SHIPPED) == sorted(SHIPPED)
    assert {*SEVERAL, "jax", "numba", "tensorflow", "triton"} <= SHIPPED.keys()
    assert all(find_spec(shipped.target) for shipped in SHIPPED.values())


def test_no_framework_is_imported_before_a_call() -> None:
    targets = [shipped.target for shipped in SHIPPED.values()]
    check = f"""
import importlib, sys
import implementations
assert "numpy" not in sys.modules
for target in {targets}:
    importlib.import_module(target)
print(sorted({{"torch", "onnx", "onnxruntime", "ml_dtypes"}} & set(sys.modules)))
"""
    command = [sys.executable, "-c", check]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - this Python, this code
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("shipped", SHIPPED)
def test_claims_and_dialects_are_known_words(shipped: str) -> None:
    implementation = adopt(adapter(shipped), shipped, SHIPPED[shipped].target)
    assert implementation.claims
    assert TypeError not in implementation.refusals


# Values, indices and gradients


@general
def test_overlapping_windows_with_ties(implementation: ModuleType) -> None:
    x = np.array([[[[1, 3, 2], [3, 0, 3], [1, 3, 1]]]], np.float32)
    y, saved = implementation.forward(x, Pool.of(2, 1))
    np.testing.assert_array_equal(y, [[[[3, 3], [3, 3]]]])
    np.testing.assert_array_equal(implementation.indices(saved), [[[[1, 1], [3, 5]]]])
    dx = implementation.backward(np.array([[[[1, 2], [4, 8]]]], np.float32), saved)
    np.testing.assert_array_equal(dx, [[[[0, 3, 0], [4, 0, 8], [0, 0, 0]]]])


@every
def test_the_first_of_a_tie_takes_the_whole_gradient(implementation: ModuleType) -> None:
    x = np.array([[[[1, 1, 0, 2], [1, 1, 2, 2]]]], np.float64)
    y, saved = implementation.forward(x, Pool.of(2))
    np.testing.assert_array_equal(y, [[[[1, 2]]]])
    np.testing.assert_array_equal(implementation.indices(saved), [[[[0, 3]]]])
    dx = implementation.backward(np.array([[[[5, 7]]]], np.float64), saved)
    np.testing.assert_array_equal(dx, [[[[5, 0, 0, 7], [0, 0, 0, 0]]]])


@general
@pytest.mark.parametrize(
    ("x", "pool", "expected", "indices"),
    [
        pytest.param(
            row(-INF, -INF), line(2, 1, (1, 1)), (-INF,) * 3, (0, 0, 1), id="all-minus-inf"
        ),
        pytest.param(row(-5, -7), line(2, 1, (1, 1)), (-5, -5, -7), (0, 0, 1), id="all-negative"),
        pytest.param(row(5, 7), line(3, 1, (2, 0)), (5, 7), (0, 1), id="begin-padding-only"),
        pytest.param(
            row(*[-128] * 4, dtype=np.int8),
            line(2, 2, dilation=2, ceil_mode=True),
            (-128, -128),
            (0, 2),
            id="overhang-of-type-minima",
        ),
        pytest.param(row(9, 1, 2, 8, 3), line(3, 1, dilation=2), (9,), (0,), id="taps-apart"),
        pytest.param(row(0, 1, 9), line(1, 2), (0, 9), (0, 2), id="gap"),
        pytest.param(row(4, 9, 5), line(2, 2), (9,), (1,), id="remainder"),
        pytest.param(row(1, NAN, 5, NAN), line(4), (NAN,), (1,), id="first-nan"),
        pytest.param(row(0.0, 1, 2), line(1, 2**70), (0,), (0,), id="stride-beyond-int64"),
        pytest.param(row(3, 4), line(1, dilation=2**31 - 1), (3, 4), (0, 1), id="one-tap"),
        pytest.param(
            row(3, 4), line(3, 2**62, dilation=2**60, ceil_mode=True), (3,), (0,), id="far-taps"
        ),
        pytest.param(
            row(1, 2, 3, 4), line(3, 2, (0, 1), auto_pad="same-upper"), (3, 4), (2, 3), id="same"
        ),
        pytest.param(
            row(1), line(3, 1, (2, 2), dilation=2, auto_pad="same-lower"), (1,), (0,), id="word"
        ),
    ],
)
def test_rows(
    implementation: ModuleType,
    x: NDArray[Any],
    pool: Pool,
    expected: tuple[float, ...],
    indices: tuple[int, ...],
) -> None:
    y, saved = implementation.forward(x, pool)
    np.testing.assert_array_equal(y, [[expected]])
    np.testing.assert_array_equal(implementation.indices(saved), [[indices]])


@pytest.mark.parametrize("implementation", [*LITERAL, reshape], ids=name)
def test_the_winning_zero_gives_its_sign(implementation: ModuleType) -> None:
    y, saved = implementation.forward(row(-0.0, 0.0, 0.0, -0.0), line(2, 2))
    np.testing.assert_array_equal(np.signbit(y), [[[True, False]]])
    np.testing.assert_array_equal(implementation.indices(saved), [[[0, 2]]])


@general
@pytest.mark.parametrize(
    ("dtype", "dy", "total"),
    [
        pytest.param(np.float16, (2048, 1, 1), 2050, id="float16"),
        pytest.param(ml_dtypes.bfloat16, (256, 1, 1), 258, id="bfloat16"),
    ],
)
def test_gradients_are_added_up_before_they_are_rounded(
    implementation: ModuleType, dtype: DTypeLike, dy: tuple[int, ...], total: int
) -> None:
    y, saved = implementation.forward(row(0, 9, 0, dtype=dtype), line(3, 1, (1, 1)))
    dx = implementation.backward(row(*dy, dtype=dtype), saved)
    assert y.dtype == dx.dtype == dtype
    np.testing.assert_array_equal(dx.astype(np.float64), [[[0, total, 0]]])


@pytest.mark.parametrize("implementation", LITERAL, ids=name)
def test_gradients_of_float32_are_added_up_in_float64(implementation: ModuleType) -> None:
    _, saved = implementation.forward(row(0, 9, 0), line(3, 1, (1, 1)))
    dx = implementation.backward(row(2**24, 1, 1), saved)
    np.testing.assert_array_equal(dx, [[[0, 2**24 + 2, 0]]])


# Arrays as they come


def _unaligned(x: NDArray[Any]) -> NDArray[Any]:
    moved = np.zeros(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    moved[...] = x
    assert not moved.flags.aligned
    return moved


def _read_only(x: NDArray[Any]) -> NDArray[Any]:
    frozen = x.copy()
    frozen.flags.writeable = False
    return frozen


LAYOUTS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "fortran": np.asfortranarray,
    "backwards": lambda x: x[..., ::-1].copy()[..., ::-1],
    "every-other": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder("S")),
    "unaligned": _unaligned,
    "read-only": _read_only,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shipped", SEVERAL)
def test_the_memory_layout_changes_nothing(shipped: str, layout: str) -> None:
    implementation = adapter(shipped)
    x = np.array([[[[4, 1, 0, 2], [3, 9, 7, 2]], [[0, 0, 8, 6], [5, 1, 6, 8]]]], np.float64)
    before = x.copy()
    y, saved = implementation.forward(LAYOUTS[layout](x), Pool.of(2))
    np.testing.assert_array_equal(y, [[[[9, 7]], [[5, 8]]]])
    flat = implementation.indices(saved) % 8
    np.testing.assert_array_equal(flat, [[[[5, 6]], [[4, 2]]]])
    np.testing.assert_array_equal(x, before)
    if "gradient" in implementation.claims:
        dy = np.array([[[[1, 2]], [[3, 4]]]], np.float64)
        dx = implementation.backward(LAYOUTS[layout](dy), saved)
        expected = [[[[0, 0, 0, 0], [0, 1, 2, 0]], [[0, 0, 4, 0], [3, 0, 0, 0]]]]
        np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize("shipped", SEVERAL)
def test_what_is_saved_belongs_to_nobody_else(shipped: str) -> None:
    implementation = adapter(shipped)
    x = np.array([[[[4, 1], [3, 9]]]], np.float32)
    y, saved = implementation.forward(x, Pool.of(2))
    found = implementation.indices(saved)
    for array in (x, y, found):
        array[...] = 0
    assert implementation.indices(saved).item() == 3
    if "gradient" in implementation.claims:
        dx = implementation.backward(np.full((1, 1, 1, 1), 6, np.float32), saved)
        np.testing.assert_array_equal(dx, [[[[0, 0], [0, 6]]]])


# Adapters


def test_torch_takes_bfloat16_bit_for_bit() -> None:
    torch = adapter("torch")
    x = row(1, -2, NAN, -INF, 3, 5, dtype=ml_dtypes.bfloat16)
    y, saved = torch.forward(x, line(2, 2))
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y.astype(np.float64), [[[1, NAN, 5]]])
    dx = torch.backward(row(256, 2, 3, dtype=ml_dtypes.bfloat16), saved)
    assert dx.dtype == x.dtype
    np.testing.assert_array_equal(dx.astype(np.float64), [[[256, 0, 2, 0, 0, 3]]])


def test_onnxruntime_counts_its_indices_through_the_whole_tensor() -> None:
    onnxruntime = adapter("onnxruntime")
    x = np.arange(16, dtype=np.int8).reshape(2, 2, 4)
    y, saved = onnxruntime.forward(x, line(2, 2))
    np.testing.assert_array_equal(y, [[[1, 3], [5, 7]], [[9, 11], [13, 15]]])
    np.testing.assert_array_equal(onnxruntime.indices(saved), y)


def test_onnxruntime_is_given_a_same_word_and_not_its_pairs() -> None:
    onnxruntime = adapter("onnxruntime")
    misleading = line(2, 1, (0, 0), auto_pad="same-lower")
    y, _ = onnxruntime.forward(row(3, 2, 1), misleading)
    np.testing.assert_array_equal(y, [[[3, 3, 2]]])
