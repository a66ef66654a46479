"""The reference's calls: parameters and their checks, refusals, and the backward pass."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from conformance.cases import errors, hand
from conformance.cases.case import Case, dtype_of
from conformance.clauses import clauses
from reference.backward import backward
from reference.dialect import DEFAULT, Dialect
from reference.forward import forward, lowest
from reference.geometry import extent, real_positions, same_padding
from reference.pool import Pool
from reference.refusal import check_call

INF, NAN = float("inf"), float("nan")
ERRORS = [
    pytest.param(clause, case, id=case.id)
    for clause, cases in errors.errors().items()
    for case in cases
]

# Parameters


def test_a_scalar_means_the_same_on_every_axis() -> None:
    assert Pool.of(3) == Pool((3, 3), (3, 3), ((0, 0), (0, 0)), (1, 1))
    assert Pool.of(3, 2, 1, 4, ceil_mode=True, rank=1) == Pool((3,), (2,), ((1, 1),), (4,), True)  # noqa: FBT003 - a parameter of pooling
    assert Pool.of((2, 3, 4)).rank == Pool.of(2, rank=3).rank == 3


def test_lists_are_per_axis_and_a_missing_stride_is_the_kernel() -> None:
    pool = Pool.of(
        [2, 3], padding=[1, (0, 1)], dilation=list(np.array([1, 2])), auto_pad="same-lower"
    )
    assert pool == Pool((2, 3), (2, 3), ((1, 1), (0, 1)), (1, 2), auto_pad="same-lower")
    assert {type(entry) for entry in pool.dilation} == {int}


def test_parameters_are_values() -> None:
    pool = Pool.of(2)
    assert hash(pool) == hash(Pool.of((2, 2)))
    with pytest.raises(FrozenInstanceError):
        pool.kernel_size = (3, 3)  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        DEFAULT.nan = "ignore"  # type: ignore[misc]


def test_parameters_are_written_as_in_a_finding() -> None:
    text = "kernel_size (2, 1)  stride (1, 1)  padding ((0, 0), (1, 1))  dilation (1, 3)"
    pool = Pool.of((2, 1), 1, (0, 1), (1, 3))
    assert str(pool) == text
    worded = Pool.of((2, 1), 1, (0, 1), (1, 3), ceil_mode=True, auto_pad="same-upper")
    assert str(worded) == f"{text}  ceil_mode  same-upper"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 0}, "kernel_size must be at least 1, but got 0"),
        ({"kernel_size": 2, "stride": (1, 0)}, "stride must be at least 1, but got 0"),
        ({"kernel_size": 2, "padding": (0, (0, -1))}, "padding must be at least 0, but got -1"),
        ({"kernel_size": 2, "dilation": -3}, "dilation must be at least 1, but got -3"),
        ({"kernel_size": 2, "stride": (1, 1, 1)}, r"stride has one entry .* \(2\), but got 3"),
        ({"kernel_size": (2,), "rank": 2}, r"kernel_size has one entry .* \(2\), but got 1"),
        ({"kernel_size": 2, "padding": (1,)}, r"padding has one \(begin, end\) pair .* got 1"),
        ({"kernel_size": 2, "auto_pad": "same"}, "auto_pad is one of explicit, same-upper, same"),
    ],
)
def test_parameters_out_of_range_are_value_errors(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pool.of(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"kernel_size": 2.0},
        {"kernel_size": 2, "stride": "ab"},
        {"kernel_size": 2, "padding": (0.5, 0.5)},
        {"kernel_size": (2, None)},
    ],
)
def test_parameters_that_are_no_whole_numbers_are_type_errors(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Pool.of(**arguments)


# Windows


@pytest.mark.parametrize(
    ("word", "axis"), [(word, axis) for word, axes in hand.SAME.items() for axis in axes]
)
def test_same_words_mean_the_padding_worked_out_by_hand(word: str, axis: tuple[Any, ...]) -> None:
    n, k, s, d, expected = axis
    assert same_padding(n, k, s, d, word) == expected


def test_a_window_covers_the_positions_of_the_formula() -> None:
    assert extent(3, 4) == 9
    assert extent(1, 2**70) == 1
    assert real_positions(0, 10, 3, 2, 1, 2) == [1, 3]
    assert real_positions(1, 10, 3, 2, 1, 2) == [1, 3, 5]
    assert real_positions(4, 10, 3, 2, 1, 2) == [7, 9]
    assert real_positions(0, 1, 2, 1, 1, 2) == []


@pytest.mark.parametrize(
    ("dtype", "least"),
    [
        ("float16", -65504.0),
        ("bfloat16", -(2.0**127) * (2 - 2.0**-7)),
        ("float32", -(2.0**127) * (2 - 2.0**-23)),
        ("float64", -(2.0**1023) * (2 - 2.0**-52)),
    ],
)
def test_the_lowest_number_of_a_type(dtype: str, least: float) -> None:
    assert float(lowest(dtype_of(dtype))) == least


def test_the_lowest_number_of_swapped_bytes_is_the_same() -> None:
    for name in ("float16", "float32", "float64"):
        assert float(lowest(np.dtype(name).newbyteorder("S"))) == float(lowest(np.dtype(name)))


def test_any_rank_is_pooled() -> None:
    x = np.arange(2.0**5).reshape(1, 1, 2, 2, 2, 2, 2)[:, 0]
    found = forward(x, Pool.of(2, rank=5))
    assert found.y.tolist() == [[[[[[31.0]]]]]]
    assert found.winners == [((1, 1, 1, 1, 1),)]


def test_no_batch_axis_is_a_batch_of_one() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    assert forward(x, Pool.of((3, 2))).y.tolist() == [[[9, 11]], [[21, 23]]]


# Refusals


@pytest.mark.parametrize(("clause", "case"), ERRORS)
def test_an_invalid_call_is_refused_by_its_clause(clause: str, case: Case) -> None:
    with pytest.raises(ValueError, match=re.escape(f"[{clause}]")):
        forward(case.x(0), case.pool)


def test_every_clause_about_errors_has_an_invalid_call() -> None:
    named = [name for name in clauses() if name.startswith("error.")]
    assert sorted(errors.errors()) == sorted(named)


def test_parameters_without_an_axis_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[error\.length\]"):
        check_call((1, 1), Pool((), (), (), ()))


@pytest.mark.parametrize(
    ("limit", "allowed", "refused"),
    [
        ("half", [(1, 1, 3), (2, 0, 3), (2, 2, 5)], [(2, 2, 3)]),
        ("half-extent", [(2, 2, 3), (2, 1, 3)], [(3, 3, 3), (2, 2, 2)]),
        ("below-kernel", [(2, 2, 3), (1, 0, 2)], [(3, 3, 3), (3, 0, 3), (0, 2, 2)]),
        ("none", [(3, 3, 3), (3, 2, 3)], []),
    ],
)
def test_the_padding_limit_of_a_dialect(
    limit: str, allowed: list[tuple[int, int, int]], refused: list[tuple[int, int, int]]
) -> None:
    """Each call is (begin, end, k); the dilation of 2 tells `k` from the extent."""
    dialect = Dialect(pad_limit=limit, empty_window="identity")
    for begin, end, k in (*allowed, *refused):
        pool = Pool.of((k,), (1,), ((begin, end),), (2,))
        if (begin, end, k) in allowed:
            check_call((1, 1, 9), pool, dialect)
        else:
            with pytest.raises(ValueError, match=r"\[error\.padding-limit\] at most \d is allowed"):
                check_call((1, 1, 9), pool, dialect)


def test_a_same_word_has_no_padding_limit() -> None:
    pads = same_padding(4, 2, 1, 3, "same-upper")
    assert pads == (1, 2)
    check_call((1, 1, 4), Pool((2,), (1,), (pads,), (3,), auto_pad="same-upper"))
    check_call((1, 1, 4), Pool((2,), (1,), ((2, 2),), (4,), auto_pad="same-upper"))


@pytest.mark.parametrize(
    ("shape", "pool", "dialect"),
    [
        ((1, 1, 2), Pool.of((3,), 2), Dialect(zero_size="empty")),
        ((1, 1, 1), Pool.of((2,), 1, (1,), 2), Dialect(empty_window="identity")),
        (
            (1, 1, 3),
            Pool.of((1,), 4, ceil_mode=True),
            Dialect(ceil="bare", empty_window="identity"),
        ),
    ],
)
def test_what_a_dialect_allows_the_default_refuses(
    shape: tuple[int, ...], pool: Pool, dialect: Dialect
) -> None:
    check_call(shape, pool, dialect)
    loose = Dialect(ceil=dialect.ceil)
    with pytest.raises(ValueError, match=r"\[error\.(size|empty-window)\]"):
        check_call(shape, pool, loose)


# The backward pass


def test_gradients_are_added_where_windows_overlap() -> None:
    found = forward(np.array([[[1.0, 9, 2, 8]]]), Pool.of((2,), 1))
    dx = backward(np.array([[[1.0, 2, 4]]]), found, Pool.of((2,), 1))
    assert dx.tolist() == [[[0, 3, 0, 4]]]


@pytest.mark.parametrize(("dtype", "large"), [("float16", 2048), ("bfloat16", 256)])
def test_low_precision_is_added_up_in_float32(dtype: str, large: float) -> None:
    x = np.array([[[0, 0, 9, 0, 0]]], dtype_of(dtype))
    dy = np.array([[[large, 1, 1]]], dtype_of(dtype))
    dx = backward(dy, forward(x, Pool.of((3,), 1)), Pool.of((3,), 1))
    assert dx.dtype == x.dtype
    assert dx.astype(float).tolist() == [[[0, 0, large + 2, 0, 0]]]


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_reaches_its_winner_alone(value: float) -> None:
    found = forward(np.array([[[1.0, NAN, 2, 3]]]), Pool.of((2,)))
    dx = backward(np.array([[[value, 1.0]]]), found, Pool.of((2,)))
    np.testing.assert_array_equal(dx, [[[0, value, 0, 1]]])
    assert not np.signbit(dx[0, 0, [0, 2]]).any()


@pytest.mark.parametrize("dtype", ["int8", "uint64", "bool"])
def test_integers_have_no_gradient(dtype: str) -> None:
    found = forward(np.ones((1, 1, 2), dtype), Pool.of((2,)))
    with pytest.raises(TypeError, match=rf"\[grad\.integers\] {dtype} has no gradient"):
        backward(np.ones((1, 1, 1)), found, Pool.of((2,)))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1), (1, 2, 1), (1, 1, 2, 1)])
def test_another_shape_of_the_output_gradient_is_refused(shape: tuple[int, ...]) -> None:
    found = forward(np.ones((1, 1, 4)), Pool.of((2,)))
    with pytest.raises(ValueError, match=r"\[grad\.shape-checked\] .* \(1, 1, 2\), dy has"):
        backward(np.ones(shape), found, Pool.of((2,)))


def test_a_batch_of_none_has_an_empty_gradient() -> None:
    found = forward(np.ones((0, 2, 4), np.float32), Pool.of((2,)))
    dx = backward(np.ones((0, 2, 2), np.float32), found, Pool.of((2,)))
    assert dx.shape == (0, 2, 4)
    assert dx.dtype == np.float32
