"""What the shipped implementations refuse, with the right error and before anything else."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from implementations import reshape
from implementations.call import Axis
from reference.pool import Pool
from tests.worked_rows import adapter, every, general, line, row


@general
@pytest.mark.parametrize(
    ("shape", "pool"),
    [
        pytest.param((1, 1, 4), line(0), id="kernel-0"),
        pytest.param((1, 1, 4), line(2, 0), id="stride-0"),
        pytest.param((1, 1, 4), line(2, 1, (-1, -1)), id="padding-below-0"),
        pytest.param((1, 1, 4), line(2, 1, (2, 2)), id="padding-above-half"),
        pytest.param((1, 1, 4), line(3, 1, (2, 2), dilation=2), id="half-is-of-the-kernel"),
        pytest.param((1, 1, 4), line(2, dilation=0), id="dilation-0"),
        pytest.param((1, 1, 4), line(5), id="window-too-large"),
        pytest.param((1, 1, 2), line(3, 2), id="division-that-truncates"),
        pytest.param((1, 1, 1), line(2, 1, (1, 1), dilation=2), id="no-real-tap"),
        pytest.param((1, 1, 4), line(2, 1, (2, 0)), id="first-window-empty"),
        pytest.param((1, 1, 4), line(2, 1, (0, 2)), id="last-window-empty"),
        pytest.param((1, 1, 4), line(3, dilation=2**62), id="extent-beyond-int64"),
        pytest.param(
            (1, 1, 4), line(3, 1, (2**62, 2**62 + 2), dilation=2**62), id="overflow-with-room"
        ),
        pytest.param((1, 1, 4, 4), line(2), id="rank-too-high"),
        pytest.param((1, 0, 4), line(2), id="no-channels"),
        pytest.param((1, 1, 0), line(1), id="no-elements"),
        pytest.param((1, 1, 4), line(2, auto_pad="valid"), id="unknown-word"),
        pytest.param((1, 1, 4), Pool((2,), (1, 1), ((0, 0),), (1,)), id="strides-too-many"),
        pytest.param((1, 1, 4), Pool((2,), (1,), (), (1,)), id="padding-missing"),
        pytest.param((1, 1), Pool((), (), (), ()), id="no-axes"),
    ],
)
def test_an_invalid_call_is_a_value_error(
    implementation: ModuleType, shape: tuple[int, ...], pool: Pool
) -> None:
    with pytest.raises(ValueError, match="got"):
        implementation.forward(np.zeros(shape, np.float32), pool)


@every
@pytest.mark.parametrize(
    "x",
    [pytest.param([[[1.0, 2.0]]], id="list"), pytest.param(row(1, 2, dtype=complex), id="complex")],
)
def test_what_is_no_array_of_numbers_is_a_type_error(implementation: ModuleType, x: object) -> None:
    with pytest.raises(TypeError, match="got"):
        implementation.forward(x, line(2, 2))


@every
def test_a_stride_that_is_no_whole_number_is_a_type_error(implementation: ModuleType) -> None:
    with pytest.raises(TypeError, match="integer"):
        implementation.forward(row(1, 2), Pool((2,), (2.0,), ((0, 0),), (1,)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("feature", "pool"),
    [
        ("overlap", Pool.of((2, 3), (1, 3))),
        ("gaps", Pool.of((1, 3), (2, 3))),
        ("remainder", Pool.of((3, 3))),
        ("padding", Pool.of((2, 2), padding=((1, 1), (0, 0)))),
        ("asymmetric-padding", Pool.of((3, 3), padding=((1, 1), (0, 0)))),
        ("dilation", Pool.of((1, 3), dilation=(2, 1))),
        ("ceil", Pool.of((3, 3), ceil_mode=True)),
        ("same-upper", Pool.of(2, auto_pad="same-upper")),
    ],
)
def test_windows_that_do_not_tile_are_not_for_reshape(feature: str, pool: Pool) -> None:
    with pytest.raises(NotImplementedError, match="the call needs"):
        reshape.forward(np.zeros((1, 1, 4, 6), np.float32), pool)
    assert feature not in reshape.claims


@every
def test_an_invalid_call_is_found_before_an_unclaimed_one(implementation: ModuleType) -> None:
    with pytest.raises(ValueError, match="padding is at least 0"):
        implementation.forward(row(1, 2, 3), line(2, 1, (-1, 0)))


@every
def test_gradients_that_are_refused(implementation: ModuleType) -> None:
    _, saved = implementation.forward(row(1, 2, 3, 4), line(2, 2))
    with pytest.raises(ValueError, match=r"shape of the output, \(1, 1, 2\); got \(1, 1, 1\)"):
        implementation.backward(row(1), saved)
    with pytest.raises(TypeError, match="dy is a NumPy array of floats"):
        implementation.backward([[[1.0, 2.0]]], saved)
    _, saved = implementation.forward(row(1, 2, dtype=np.int32), line(2, 2))
    with pytest.raises(TypeError, match="only floats have a gradient"):
        implementation.backward(row(1), saved)


@pytest.mark.parametrize(
    ("kernel_size", "ceil_mode", "windows"),
    [(1, False, 2**59 + 1), (2, False, 2**59), (2, True, 2**59 + 1)],
)
def test_output_sizes_are_exact(kernel_size: int, ceil_mode: bool, windows: int) -> None:  # noqa: FBT001 - a parameter of max pooling
    size = 2**60 + 1
    assert Axis(size, kernel_size, 2, 0, 0, 1, ceil_mode, explicit=True).windows == windows


# Adapters


@pytest.mark.parametrize(
    ("x", "pool"),
    [
        pytest.param(row(1, 2, dtype=bool), line(2), id="bool"),
        pytest.param(row(1, 2, dtype=np.uint16), line(2), id="uint16"),
        pytest.param(row(1, 2), line(2, 1, (0, 1)), id="asymmetric-padding"),
        pytest.param(row(1, 2), line(2, 1, (0, 1), auto_pad="same-upper"), id="same-upper"),
        pytest.param(np.zeros((1,) * 6, np.float32), Pool.of(1, rank=4), id="four-axes"),
    ],
)
def test_what_torch_cannot_say_is_refused(x: NDArray[Any], pool: Pool) -> None:
    with pytest.raises(NotImplementedError, match="the call needs"):
        adapter("torch").forward(x, pool)


def test_onnxruntime_refuses_with_an_error_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    onnxruntime = adapter("onnxruntime")
    with pytest.raises(onnxruntime.refusals(), match="Pad should be smaller than kernel"):
        onnxruntime.forward(row(1, 2, 3), line(2, 1, (2, 2)))
    with pytest.raises(NotImplementedError, match="unbatched"):
        onnxruntime.forward(row(1, 2, 3)[0], line(2))
    assert capfd.readouterr() == ("", "")
