"""Shrinking keeps the failure and ends at inputs that a person can read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from conformance import oracle, shrink
from conformance.calls import Bench
from conformance.cases.case import Array, Case, constant, distinct, dtype_of, given, plane_distinct
from conformance.checks.test_values import is_maximum
from conformance.contract import adopt
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.nonconformance import NonconformanceError
from conformance.shrink import StillFails, smaller
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Saved
from reference.dialect import DEFAULT
from reference.geometry import same_padding
from reference.pool import SAME_WORDS, Pool

ERROR = NonconformanceError("expected", "got", "the first failure")
Fault = Callable[[Array, Pool], bool]


def failing(fault: Fault) -> StillFails:
    """Return a law that fails where a legal call has a fault."""

    def still_fails(case: Case) -> NonconformanceError | None:
        if not oracle.legal(case.shape, case.pool, DEFAULT):
            return None
        if not fault(case.x(0), case.pool):
            return None
        return NonconformanceError("expected", "got", f"fails at {case.shape}")

    return still_fails


def small(case: Case, fault: Fault, place: Sequence[int] | None = None) -> Case:
    """Return what a case shrinks to; it still fails, and its failure is its own."""
    still_fails = failing(fault)
    assert still_fails(case) is not None
    found, error = smaller(case, NonconformanceError("e", "g", "first", place), still_fails, 0)
    assert still_fails(found) is not None
    assert found is case or error.note == f"fails at {found.shape}"
    assert math.prod(found.shape) <= math.prod(case.shape)
    return found


def always(_x: Array, _pool: Pool) -> bool:
    return True


BUSY = Pool.of((3, 4), (2, 3), ((1, 1), (2, 1)), (2, 1), ceil_mode=True)


def test_what_always_fails_ends_at_one_element() -> None:
    found = small(Case("busy", BUSY, (3, 5, 9, 11), distinct), always)
    assert found.shape == (1, 1, 1, 1)
    assert found.pool == Pool.of(1)
    assert found.x(0).item() == 0
    assert found.id == "busy:smaller"


@pytest.mark.parametrize(
    ("fault", "pool"),
    [
        pytest.param(lambda _x, pool: pool.ceil_mode, Pool.of(1, ceil_mode=True), id="ceil"),
        pytest.param(
            lambda _x, pool: pool.dilation[0] > 1, Pool.of(1, dilation=(2, 1)), id="dilation"
        ),
        pytest.param(
            lambda _x, pool: pool.padding[1][0] > 0,
            Pool.of((1, 2), 1, ((0, 0), (1, 0))),
            id="begin",
        ),
        pytest.param(
            lambda _x, pool: pool.padding[1][1] > 0,
            Pool.of((1, 2), 1, ((0, 0), (0, 1))),
            id="end",
        ),
        pytest.param(
            lambda _x, pool: pool.kernel_size[1] > 1,
            Pool.of((1, 2), padding=((0, 0), (1, 0))),
            id="kernel-over-one-element",
        ),
        pytest.param(
            lambda x, pool: pool.stride[0] < pool.kernel_size[0] and x.shape[2] > 1,
            Pool.of((2, 1), 1),
            id="overlap",
        ),
    ],
)
def test_only_the_parameter_that_matters_is_left(fault: Fault, pool: Pool) -> None:
    found = small(Case("busy", BUSY, (2, 3, 9, 11), distinct), fault)
    left = replace(found.pool, stride=pool.stride)
    assert left == pool
    assert math.prod(found.shape) <= 2


def test_the_plane_that_differs_is_kept() -> None:
    case = Case("planes", Pool.of(2), (3, 50, 4, 4), constant(0))
    x = case.x(0)
    x[2, 41, 1, 2] = 7
    found = small(case.of(x), lambda x, _pool: bool((x == 7).any()), (2, 41, 0, 1))
    assert (found.shape, found.x(0).item()) == ((1, 1, 1, 1), 7)


@pytest.mark.parametrize("place", [None, (9, 9, 9, 9), (0,), (2, 41), (0, 0, 0, 0)])
def test_a_place_that_misleads_does_no_harm(place: Sequence[int] | None) -> None:
    case = Case("planes", Pool.of(2), (3, 50, 4, 4), distinct)
    seven = case.x(0)[2, 41, 3, 3]
    found = small(case, lambda x, _pool: bool((x == seven).any()), place)
    assert (found.shape, found.x(0).item()) == ((1, 1, 1, 1), seven)


def test_a_number_of_channels_that_matters_is_found() -> None:
    case = Case("counts", Pool.of(2), (4, 37, 4, 4), plane_distinct)
    found = small(case, lambda x, _pool: x.shape[1] >= 17)
    assert found.shape == (1, 17, 1, 1)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_special_value_stays_where_it_matters(special: float, dtype: str) -> None:
    rows = [[1.5, special, -8.25, 1e4], [np.nan, np.inf, -np.inf, 3.0]]
    case = Case("special", Pool.of((2, 4)), (1, 1, 2, 4), given(rows), dtype)

    def fault(x: Array, _pool: Pool) -> bool:
        values = x.astype(np.float64)
        same = np.isnan(values) if math.isnan(special) else values == special
        return bool(same.any())

    found = small(case, fault)
    assert found.x(0).dtype == dtype_of(dtype)
    np.testing.assert_array_equal(found.x(0).astype(float), [[[[special]]]])


def test_values_become_small_whole_numbers_in_the_same_order() -> None:
    rows = [[-1e30, 2.5e-8], [7e20, -3.75]]
    case = Case("order", Pool.of(2), (1, 1, 2, 2), given(rows))

    def fault(x: Array, _pool: Pool) -> bool:
        return bool(x.size == 4 and x[0, 0, 1, 0] > x[0, 0, 0, 1] > x[0, 0, 1, 1] > x[0, 0, 0, 0])

    assert small(case, fault).x(0).tolist() in (
        [[[[-1, 1], [2, 0]]]],
        [[[[-2, 0], [1, -1]]]],
        [[[[0, 2], [3, 1]]]],
    )


@pytest.mark.parametrize(
    ("dtype", "rows", "left"),
    [
        ("uint8", [[200, 255], [201, 7]], [[1]]),
        ("int8", [[-128, 127], [5, 6]], [[1]]),
        ("int64", [[2**62, -(2**63)], [5, 6]], [[1]]),
        ("bool", [[True, False], [False, True]], [[True]]),
    ],
)
def test_other_types_become_simple_too(dtype: str, rows: list[list[int]], left: object) -> None:
    case = Case("type", Pool.of(2), (1, 1, 2, 2), given(rows), dtype)
    found = small(case, lambda x, _pool: bool((x > 0).any()))
    assert found.x(0).dtype == dtype
    assert found.x(0)[0, 0].tolist() == left


def test_the_minimum_of_a_type_is_kept_if_it_is_what_fails() -> None:
    case = Case("least", Pool.of(2), (1, 2, 2, 2), constant(-128), "int8")
    assert small(case, lambda x, _pool: bool((x == -128).any())).x(0).tolist() == [[[[-128]]]]


@pytest.mark.parametrize("shape", [(7,), (5, 4, 6)])
def test_any_rank_shrinks_with_a_batch_and_without(shape: tuple[int, ...]) -> None:
    for leading in ((2, 3), (3,)):
        case = Case("rank", Pool.of(2, rank=len(shape)), (*leading, *shape), distinct)
        found = small(case, always)
        assert found.shape == (1,) * (len(leading) + len(shape))
        assert found.pool.rank == len(shape)


def test_windows_go_on_tiling_where_they_tiled() -> None:
    case = Case("tiles", Pool.of((4, 6)), (1, 1, 8, 12), distinct)

    def fault(x: Array, pool: Pool) -> bool:
        rests = [n % k for n, k in zip(x.shape[2:], pool.kernel_size, strict=True)]
        return not any(rests) and pool.stride == pool.kernel_size and min(pool.kernel_size) > 1

    assert (small(case, fault).pool, small(case, fault).shape) == (Pool.of(2), (1, 1, 2, 2))


@pytest.mark.parametrize("word", SAME_WORDS)
def test_a_same_word_is_resolved_anew_for_each_input(word: str) -> None:
    pads = tuple(same_padding(n, 3, 2, 1, word) for n in (6, 5))
    worded = Pool((3, 3), (2, 2), pads, (1, 1), auto_pad=word)
    found = small(Case("word", worded, (2, 2, 6, 5), distinct), lambda x, _pool: x.shape[3] > 1)
    assert found.shape == (1, 1, 1, 2)
    assert found.pool.padding == tuple(same_padding(n, 3, 2, 1, word) for n in (1, 2))
    assert replace(found.pool, padding=pads) == worded


def test_what_no_smaller_input_shows_is_left_as_it_is() -> None:
    case = Case("whole", Pool.of(2), (1, 2, 4, 4), distinct)
    x, pool = case.x(0).tobytes(), case.pool
    found, error = smaller(
        case, ERROR, failing(lambda one, other: one.tobytes() == x and other == pool), 0
    )
    assert (found, error) == (case, ERROR)


def test_shrinking_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "SECONDS", -1.0)
    case = Case("busy", BUSY, (3, 5, 9, 11), distinct)
    assert smaller(case, ERROR, failing(always), 0) == (case, ERROR)


def test_a_shrunk_input_belongs_to_its_case() -> None:
    case = Case("kept", Pool.of(2), (1, 3, 4, 4), distinct, "bfloat16")
    found = small(case, lambda x, _pool: x.shape[2] > 1)
    again = found.x(0)
    again[...] = 0
    assert found.x(0).dtype == ml_dtypes.bfloat16
    assert found.x(1).tobytes() == found.x(0).tobytes()
    assert case.x(0).shape == (1, 3, 4, 4)


class RefusesShortRows(Sound):
    """Add one to what is largest, and refuse rows of fewer than 8 elements."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return the pooled array, one too large, and what backward needs."""
        if x.shape[-1] < 8:
            message = f"a row of {x.shape[-1]}"
            raise ValueError(message)
        y, saved = super().forward(x, pool)
        return y + 1, saved


def test_a_wrong_answer_does_not_become_a_call_that_raises() -> None:
    bench = Bench(adopt(RefusesShortRows(), "short", "short"), Silence(), 20.0)
    judge = Judge(bench, no_looks(), "smoke", 0)
    judge.one(Case("mine", Pool.of(2), (1, 2, 4, 16), plane_distinct), is_maximum)
    with pytest.raises(CheckFailedError, match="not the largest") as caught:
        judge.settle()
    assert caught.value.failure.case.shape == (1, 1, 1, 8)


SAME_OF_TWO = Pool((2,), (2,), ((0, 1),), (1,), ceil_mode=True, auto_pad="same-upper")


@pytest.mark.parametrize(
    ("n", "pool", "ceil", "is_settled"),
    [
        (1, Pool.of((2,), ceil_mode=True), "start-rule", False),
        (2, Pool.of((2,), ceil_mode=True), "start-rule", True),
        (1, Pool.of((2,), 1, 1, ceil_mode=True), "start-rule", True),
        (2, Pool.of((2,), 1, 0, 2, ceil_mode=True), "bare", False),
        (1, Pool.of((2,)), "bare", True),
        (1, SAME_OF_TWO, "start-rule", True),
        (1, SAME_OF_TWO, "bare", False),
    ],
)
def test_no_call_is_judged_whose_number_of_windows_is_left_open(
    n: int, pool: Pool, ceil: str, *, is_settled: bool
) -> None:
    dialect = replace(DEFAULT, ceil=ceil)
    assert oracle.settled((1, 1, n), pool, dialect) is is_settled
