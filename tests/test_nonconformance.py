"""The comparisons let through what is equal, and raise with the first place that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.cases.case import Array
from conformance.nonconformance import (
    NonconformanceError,
    native,
    noting,
    pooling,
    require_all,
    require_equal,
    require_form,
    require_like,
    require_same,
    same_bits,
)

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
FLOATS = ("float16", BFLOAT16, "float32", "float64")
NUMBERS = (*FLOATS, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
both = pytest.mark.parametrize("require", [require_same, require_equal])


def payload(dtype: Any, extra: int, *, negative: bool = False) -> Array:  # noqa: ANN401 - a dtype
    """Return one NaN of a type, with a payload and a sign."""
    one = np.array([np.nan], dtype)
    bits = one.view(f"u{one.itemsize}")
    sign = 1 << (8 * one.itemsize - 1)
    bits[0] = int(bits[0]) & ~sign | extra | (sign if negative else 0)
    return one


# What is equal


@both
@pytest.mark.parametrize("dtype", [*NUMBERS, "bool"])
def test_equal_arrays_conform(require: Callable[..., None], dtype: Any) -> None:  # noqa: ANN401 - a dtype
    one = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    require(one, one.copy())
    require(one, np.asfortranarray(one))
    require(one, np.repeat(one, 2, axis=1)[:, ::2])
    require(one[:0], one[:0].copy())
    require(one[0, 0, ...], one[0, 0, ...].copy())


@both
@pytest.mark.parametrize("dtype", ["int16", "float16", "float32", "float64", "uint64"])
def test_the_order_of_bytes_is_left_open(require: Callable[..., None], dtype: str) -> None:
    one = np.array([1, 2, -0.0 if "f" in dtype else 0]).astype(dtype)
    require(one, one.astype(one.dtype.newbyteorder("S")))
    require(one.astype(one.dtype.newbyteorder("S")), one)


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_one_nan_is_as_good_as_another(require: Callable[..., None], dtype: Any) -> None:  # noqa: ANN401 - a dtype
    require(payload(dtype, 0), payload(dtype, 3))
    require(payload(dtype, 1), payload(dtype, 1, negative=True))
    assert payload(dtype, 0).tobytes() != payload(dtype, 3).tobytes()


def test_native_is_the_same_array_where_it_already_is() -> None:
    one = np.array([1, 258], np.int32)
    swapped = one.astype(one.dtype.newbyteorder("S"))
    assert native(one) is one
    assert native(swapped).dtype.isnative
    assert native(swapped).tolist() == [1, 258]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.int32, ml_dtypes.bfloat16])
def test_native_takes_away_what_a_dtype_is_spelt_with(dtype: Any, order: str) -> None:  # noqa: ANN401 - a dtype
    plain = np.dtype(dtype).newbyteorder(order)
    noted = np.array([1, 258], plain).view(np.dtype(plain, metadata={"unit": "V"}))
    assert noted.dtype.metadata
    assert native(noted).dtype.metadata is None
    assert native(noted).dtype == np.dtype(dtype)
    assert native(noted).tolist() == native(noted.astype(plain)).tolist() != [0, 0]
    assert native(np.arange(2, dtype="q")).dtype.char == np.dtype(np.int64).char


# What is not


@both
@pytest.mark.parametrize("dtype", NUMBERS)
def test_another_value_is_a_nonconformance(require: Callable[..., None], dtype: Any) -> None:  # noqa: ANN401 - a dtype
    expected = np.arange(6).reshape(2, 3).astype(dtype)
    got = expected.copy()
    got[1, 0] += 1
    got[1, 2] += 1
    with pytest.raises(NonconformanceError, match="moved") as raised:
        require(expected, got, "moved")
    assert raised.value.expected is expected
    assert raised.value.got is got
    assert (raised.value.place, raised.value.note) == ((1, 0), "moved")


@both
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("got", [np.inf, -np.inf, 0.0, 1.0])
def test_nan_is_not_a_number(require: Callable[..., None], dtype: Any, got: float) -> None:  # noqa: ANN401 - a dtype
    nan, number = np.array([np.nan], dtype), np.array([got], dtype)
    for expected, other in ((nan, number), (number, nan)):
        with pytest.raises(NonconformanceError):
            require(expected, other)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_sign_of_zero_is_a_bit_and_not_a_value(dtype: Any) -> None:  # noqa: ANN401 - a dtype
    plus, minus = np.array([1, 0.0], dtype), np.array([1, -0.0], dtype)
    require_equal(plus, minus)
    require_equal(minus, plus)
    for expected, got in ((plus, minus), (minus, plus)):
        with pytest.raises(NonconformanceError) as raised:
            require_same(expected, got)
        assert raised.value.place == (1,)


def test_neighbours_differ_however_near() -> None:
    for dtype in ("float32", "float64"):
        one = np.array([1.0], dtype)
        with pytest.raises(NonconformanceError):
            require_same(one, np.nextafter(one, np.array([2.0], dtype)))
    large = np.array([2**63 - 1])
    with pytest.raises(NonconformanceError):
        require_equal(large, large - 1)


@both
def test_the_last_of_many_elements_counts(require: Callable[..., None]) -> None:
    expected = np.zeros((3, 4, 5), bool)
    got = expected.copy()
    got[2, 3, 4] = True
    with pytest.raises(NonconformanceError) as raised:
        require(expected, got)
    assert raised.value.place == (2, 3, 4)
    assert str(raised.value) == "nonconformance"


@both
@pytest.mark.parametrize(
    ("expected", "got", "note"),
    [
        (np.zeros((1, 2)), np.zeros((2, 1)), r"the shape is \(2, 1\), not \(1, 2\)"),
        (np.zeros((1, 2)), np.zeros(2), r"the shape is \(2,\), not \(1, 2\)"),
        (np.zeros(1), np.zeros(()), r"the shape is \(\), not \(1,\)"),
        (np.zeros(0), np.zeros((0, 1)), r"the shape is \(0, 1\), not \(0,\)"),
        (np.zeros(2, "f4"), np.zeros(2, "f8"), "the dtype is float64, not float32"),
        (np.zeros(2, "i8"), np.zeros(2, "i4"), "the dtype is int32, not int64"),
        (np.zeros(2, "i4"), np.zeros(2, "u4"), "the dtype is uint32, not int32"),
        (np.zeros(2, "u1"), np.zeros(2, "?"), "the dtype is bool, not uint8"),
        (np.zeros(2, "f2"), np.zeros(2, BFLOAT16), "the dtype is bfloat16, not float16"),
        (np.zeros(2, "f4"), np.zeros(2, "O"), "the dtype is object, not float32"),
        (np.zeros(2, "f4"), np.zeros(2, "c8"), "the dtype is complex64, not float32"),
        (np.zeros(2, "f4"), np.zeros(2, "U1"), "the dtype is <U1, not float32"),
        (np.zeros(2, "f4"), np.zeros(2, "f4,f4"), "the dtype is"),
    ],
)
def test_another_form_is_a_nonconformance(
    require: Callable[..., None], expected: Array, got: Array, note: str
) -> None:
    for compare in (require, require_form):
        with pytest.raises(NonconformanceError, match=note) as raised:
            compare(expected, got)
        assert raised.value.place is None


def test_a_form_can_be_named_by_the_caller() -> None:
    with pytest.raises(NonconformanceError, match="the gradient is of another type"):
        require_form(np.zeros(1), np.zeros(1, "i4"), "the gradient is of another type")
    with pytest.raises(NonconformanceError, match="the shape is"):
        require_form(np.zeros(1), np.zeros(2), "the gradient is of another type")
    require_form(np.zeros(1), np.ones(1).astype(">f8"))


# Where to look


@both
def test_only_the_places_asked_for_are_compared(require: Callable[..., None]) -> None:
    expected, got = np.array([1.0, 2, 3]), np.array([1.0, 9, 3])
    require(expected, got, "", np.array([True, False, True]))
    with pytest.raises(NonconformanceError) as raised:
        require(expected, got, "", np.array([False, True, True]))
    assert raised.value.place == (1,)


@both
@pytest.mark.parametrize("order", ["=", ">"])
def test_what_is_not_compared_is_expected_as_it_came(
    require: Callable[..., None], order: str
) -> None:
    expected, got = np.array([0.0, 0, 0]), np.array([7.0, 9, 0]).astype(f"{order}f8")
    with pytest.raises(NonconformanceError) as raised:
        require(expected, got, "", np.array([False, True, True]))
    shown = raised.value.expected
    assert isinstance(shown, np.ndarray)
    assert shown.tolist() == [7, 0, 0]
    assert got.tolist() == [7, 9, 0]


@both
def test_the_form_counts_even_where_no_value_does(require: Callable[..., None]) -> None:
    with pytest.raises(NonconformanceError, match="the shape is"):
        require(np.zeros(2), np.zeros(3), "", np.array([False, False]))


def test_every_entry_must_be_right() -> None:
    require_all(np.array([True, True]), "all", "all", "note")
    require_all(np.array(True), "one", "one", "note")  # noqa: FBT003 - an array of one
    require_all(np.zeros((0, 3), bool), "none", "none", "note")
    with pytest.raises(NonconformanceError, match="odd") as raised:
        require_all(np.array([[True, True], [True, False]]), "even", "odd", "odd")
    assert raised.value.place == (1, 1)
    assert (raised.value.expected, raised.value.got) == ("even", "odd")


def test_the_same_bits_are_told_place_by_place() -> None:
    one = np.array([1.0, np.nan, 0.0, np.inf], np.float32)
    other = np.array([1.0, np.nan, -0.0, -np.inf], np.float32)
    assert same_bits(one, other).tolist() == [True, True, False, False]
    assert same_bits(np.array([3, 4], "u1"), np.array([3, 5], "u1")).tolist() == [True, False]
    assert same_bits(one[::2], other[::2]).tolist() == [True, False]


def test_comparing_warns_of_nothing() -> None:
    """Warnings are errors here: a signalling NaN would raise one."""
    signalling = np.array([0x7F800001], np.uint32).view(np.float32)
    require_equal(signalling, signalling.copy())
    require_same(signalling, np.array([np.nan], np.float32))


def test_a_nonconformance_is_an_assertion_error() -> None:
    error = NonconformanceError("one", "other")
    assert isinstance(error, AssertionError)
    assert (str(error), error.place) == ("nonconformance", None)
    assert str(NonconformanceError("one", "other", "why", (1, 2))) == "why"


def test_what_was_pooled_is_noted_where_it_is_not_the_input_of_the_case() -> None:
    x = np.array([3.0])
    with pytest.raises(NonconformanceError) as raised, pooling(x):
        require_same(np.zeros(1), np.ones(1))
    assert raised.value.x is x
    with pytest.raises(ZeroDivisionError), pooling(x):
        _ = 1 / 0
    assert NonconformanceError("one", "other").x is None


def test_what_had_happened_is_said_where_nothing_else_is() -> None:
    zero, one = np.zeros(1), np.ones(1)
    for own, told in (("", "after a write"), ("a NaN was lost", "a NaN was lost")):
        with pytest.raises(NonconformanceError) as caught, noting("after a write"):
            require_same(zero, one, own)
        assert caught.value.note == told
    with noting("after a write"):
        require_same(np.zeros(1), np.zeros(1))


def test_what_has_no_right_elements_shows_its_form_only() -> None:
    form = (2, 3), np.dtype("f4")
    require_like(*form, np.ones((2, 3), "f4"))
    require_like(*form, np.ones((2, 3), ">f4"))
    for got, said in (
        (np.ones((2, 4), "f4"), "the shape is (2, 4), not (2, 3)"),
        (np.ones((2, 3), "f8"), "the dtype is float64, not float32"),
    ):
        with pytest.raises(NonconformanceError) as raised:
            require_like(*form, got)
        assert (raised.value.expected, raised.value.note) == ("float32 of shape (2, 3)", said)
