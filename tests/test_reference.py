"""The reference gives the answers that were worked out by hand, in every dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from conformance.cases import hand
from conformance.cases.case import Array
from conformance.cases.hand import INF, NAN, Row, row
from conformance.clauses import switches
from reference.backward import backward
from reference.dialect import DEFAULT, Dialect
from reference.forward import Forward, forward
from reference.geometry import output_size
from reference.indices import indices, offset
from reference.pool import Pool

FLOAT32_LEAST = -float(np.finfo(np.float32).max)


def line(k: int, s: int | None = None, p: Any = 0, d: int = 1, *, ceil: bool = False) -> Pool:  # noqa: ANN401 - a number or a pair
    """Return parameters of one spatial axis."""
    return Pool.of((k,), None if s is None else (s,), (p,), (d,), ceil_mode=ceil)


LINE3, SPREAD = line(3), line(2, 4, 3, 4)
EMPTY = line(2, 1, 1, 2)
"""Over one element: the only window covers the positions -1 and 1."""

SPOKEN: Mapping[str, Mapping[str, Sequence[Row]]] = {
    "nan": {
        "propagate": (row("nan", [1, NAN, 3], LINE3, [NAN], index=[1], dx=[0, 1, 0]),),
        "ignore": (
            row("nan", [1, NAN, 3], LINE3, [3], index=[2], dx=[0, 0, 1]),
            row("nan-first", [NAN, 1, -2], LINE3, [1], index=[1], dx=[0, 1, 0]),
            row("nan-last", [-INF, -INF, NAN], LINE3, [-INF], index=[0], dx=[1, 0, 0]),
            row("only-nan", [NAN, NAN, NAN], LINE3, [NAN], index=[0], dx=[1, 0, 0]),
        ),
    },
    "nan-index": {
        "any": (row("nans", [NAN, 1, NAN], LINE3, [NAN]),),
        "first": (row("nans", [1, NAN, NAN], LINE3, [NAN], index=[1], dx=[0, 1, 0]),),
        "last": (
            row("nans", [NAN, NAN, 1], LINE3, [NAN], index=[1], dx=[0, 1, 0]),
            row("numbers-tie", [5, 5, 1], LINE3, [5], index=[0], dx=[1, 0, 0]),
        ),
    },
    "ties": {
        "first": (row("ties", [5, 1, 5], LINE3, [5], index=[0], dx=[1, 0, 0]),),
        "last": (
            row("ties", [5, 1, 5], LINE3, [5], index=[2], dx=[0, 0, 1]),
            row("square", [[7, 7], [7, 1]], Pool.of(2), [[7]], index=[[2]], dx=[[0, 0], [1, 0]]),
        ),
        "any": (row("ties", [5, 1, 5], LINE3, [5]),),
    },
    "gradient-ties": {
        "winner": (row("ties", [5, 1, 5], LINE3, [5], dx=[1, 0, 0]),),
        "split": (
            row("ties", [5, 1, 5], LINE3, [5], index=[0], dx=[0.5, 0, 0.5]),
            row("overlap", [5, 5, 5], line(2, 1), [5, 5], dx=[0.5, 1, 0.5]),
            row("nans", [NAN, 1, NAN], LINE3, [NAN], dx=[0.5, 0, 0.5]),
            row("zeros", [0.0, -0.0], line(2), [0], dx=[0.5, 0.5]),
        ),
        "all": (
            row("ties", [5, 1, 5], LINE3, [5], index=[0], dx=[1, 0, 1]),
            row("overlap", [5, 5, 5], line(2, 1), [5, 5], dx=[1, 2, 1]),
        ),
    },
    "signed-zero": {
        "any": (row("zeros", [-1, 0.0, -0.0], LINE3, [0.0]),),
        "first": (
            row("minus-first", [-0.0, 0.0, -1], LINE3, [-0.0], index=[0], dx=[1, 0, 0]),
            row("plus-first", [0.0, -0.0, -1], LINE3, [0.0], index=[0], dx=[1, 0, 0]),
        ),
        "positive": (
            row("minus-first", [-0.0, 0.0, -1], LINE3, [0.0]),
            row("only-minus", [-0.0, -0.0, -1], LINE3, [-0.0], index=[0], dx=[1, 0, 0]),
        ),
    },
    "ceil": {
        "start-rule": (row("drops", [1, 2, 3], line(1, 4, ceil=True), [1]),),
        "bare": (
            row("keeps", [1, 2, 3], line(1, 4, ceil=True), [1, -INF], index=[0, -1], dx=[1, 0, 0]),
            row("keeps-padded", [1, 2, 3], line(2, 2, 1, ceil=True), [1, 3, -INF]),
        ),
        "start-rule-if-padded": (
            row("keeps", [1, 2, 3], line(1, 4, ceil=True), [1, -INF], index=[0, -1], dx=[1, 0, 0]),
            row("drops-padded", [1, 2, 3], line(2, 2, 1, ceil=True), [1, 3]),
            row("drops-one-side", [1, 2, 3], line(2, 2, (0, 1), ceil=True), [2, 3]),
        ),
    },
    "index": {
        "plane": (row("wide", [[1, 2, 9]], Pool.of((1, 3)), [[9]], index=[[2]]),),
        "flat": (row("wide", [[1, 2, 9]], Pool.of((1, 3)), [[9]], index=[[2]]),),
        "flat-column": (
            row("low", [[1, 2, 3], [4, 9, 5]], Pool.of((2, 3)), [[9]], index=[[3]]),
            row(
                "cube",
                [[[1, 2], [3, 4]], [[5, 9], [6, 7]]],
                Pool.of((2, 2, 2)),
                [[[9]]],
                index=[[[5]]],
            ),
        ),
        "flat-channels-last": (row("wide", [[1, 2, 9]], Pool.of((1, 3)), [[9]], index=[[2]]),),
    },
    "index-type": {
        "int64": (row("any", [1, 2, 3], LINE3, [3], index=[2]),),
        "int32": (row("any", [1, 2, 3], LINE3, [3], index=[2]),),
    },
    "float-identity": {
        "infinity": (row("minus", [-INF, -INF], line(2), [-INF], index=[0], dx=[1, 0]),),
        "lowest": (
            row("minus", [-INF, -INF], line(2), [FLOAT32_LEAST], index=[0], dx=[1, 0]),
            row("minus-half", [-INF, -INF], line(2), [-65504], dtype="float16"),
            row("number", [-INF, -3], line(2), [-3], index=[1], dx=[0, 1]),
        ),
    },
    "empty-window": {
        "error": (row("full", [5, 7], line(2, 1, 1), [5, 7, 7]),),
        "identity": (
            row("float", [5], EMPTY, [-INF], index=[-1], dx=[0]),
            row("int8", [5], EMPTY, [-128], index=[-1], dtype="int8"),
            row("uint8", [5], EMPTY, [0], index=[-1], dtype="uint8"),
            row("bool", [True], EMPTY, [False], index=[-1], dtype="bool"),
        ),
    },
    "zero-size": {
        "error": (row("one", [1, 2], line(2), [2]),),
        "empty": (
            row("none", [1, 2], LINE3, [], index=[], dx=[0, 0]),
            row("far-too-small", [1], line(9, 2), [], index=[], dx=[0]),
        ),
    },
    "pad-limit": {
        "half": (
            row("one-sided", [1, 2, 3], line(3, 1, (2, 0)), [1, 2, 3]),
            row("half-of-three", [1, 2, 3], line(3, 2, 1), [2, 3]),
        ),
        "half-extent": (row("p2k3d2", [1, 2, 3], line(3, 1, 2, 2), [3, 2, 3]),),
        "below-kernel": (row("p2k3", [1, 2, 3], line(3, 2, 2), [1, 3, 3]),),
        "none": (row("p3k2d4", [1, 2, 3], SPREAD, [2, 2]),),
    },
}
"""By switch and value: rows whose answers are written here and computed nowhere."""

BESIDE = {"ceil": {"empty_window": "identity"}}
"""What is declared beside a switch: a window that only another rounding keeps is empty."""
ROWS = [
    pytest.param(switch, value, one, id=f"{switch}={value}-{one.case.id.removeprefix('hand.')}")
    for switch, values in SPOKEN.items()
    for value, rows in values.items()
    for one in rows
]


def speaking(switch: str, value: str) -> Dialect:
    return Dialect(**{switch.replace("-", "_"): value}, **BESIDE.get(switch, {}))


def pooled(one: Row, dialect: Dialect = DEFAULT) -> tuple[Array, Forward]:
    """Return the input of a row and what the reference finds in it."""
    x = one.case.x(0)
    return x, forward(x, one.case.pool, dialect)


def require_row(one: Row, dialect: Dialect = DEFAULT) -> None:
    """Require what a row says of output, index and input gradient, to the sign of a zero."""
    x, found = pooled(one, dialect)
    y = np.array(one.y, x.dtype)[None, None]
    assert found.y.dtype == x.dtype
    np.testing.assert_array_equal(found.y, y)
    assert np.array_equal(np.signbit(found.y), np.signbit(y)) or x.dtype.kind in "iub"
    index = indices(found, one.case.pool, dialect)
    assert index.shape == y.shape
    assert index.dtype == dialect.index_type
    if one.index is not None:
        np.testing.assert_array_equal(index, np.array(one.index, int)[None, None])
    if one.dx is not None:
        dx = backward(np.ones_like(y), found, one.case.pool, dialect)
        np.testing.assert_array_equal(dx, np.array(one.dx)[None, None])
        assert dx.dtype == x.dtype


# Rows worked out by hand


@pytest.mark.parametrize("one", hand.ALL, ids=lambda one: one.case.id)
def test_rows_of_the_suite(one: Row) -> None:
    require_row(one)


@pytest.mark.parametrize(("switch", "value", "one"), ROWS)
def test_rows_of_a_dialect(switch: str, value: str, one: Row) -> None:
    require_row(one, speaking(switch, value))


def test_every_value_of_every_switch_has_a_row_of_its_own() -> None:
    known = {name: list(switch.values) for name, switch in switches().items()}
    assert {switch: list(values) for switch, values in SPOKEN.items()} == known


@pytest.mark.parametrize(
    ("dialect", "x", "winners", "largest"),
    [
        pytest.param(Dialect(), [NAN, 1, NAN], (0, 2), (0, 2), id="nan"),
        pytest.param(Dialect(nan_index="last"), [NAN, 1, NAN], (2,), (0, 2), id="last-nan"),
        pytest.param(Dialect(nan="ignore"), [NAN, NAN, 7], (2,), (2,), id="nan-is-skipped"),
        pytest.param(Dialect(nan="ignore"), [NAN, NAN, NAN], (0, 1, 2), (0, 1, 2), id="nan-only"),
        pytest.param(Dialect(), [5, 1, 5], (0,), (0, 2), id="tie"),
        pytest.param(Dialect(ties="any"), [5, 1, 5], (0, 2), (0, 2), id="tie-open"),
        pytest.param(Dialect(), [0.0, -1, -0.0], (0, 2), (0, 2), id="zeros"),
        pytest.param(
            Dialect(signed_zero="first"), [0.0, 0, -0.0], (0,), (0, 1, 2), id="zero-first"
        ),
        pytest.param(
            Dialect(signed_zero="positive"), [-0.0, 0, -1], (0, 1), (0, 1), id="zero-plus"
        ),
        pytest.param(Dialect(), [-0.0, -0.0, -1], (0,), (0, 1), id="equal-zeros"),
    ],
)
def test_who_is_largest_and_who_may_win(
    dialect: Dialect, x: list[float], winners: tuple[int, ...], largest: tuple[int, ...]
) -> None:
    found = forward(np.array([[x]], np.float32), LINE3, dialect)
    assert found.winners == [tuple((place,) for place in winners)]
    assert found.largest == [tuple((place,) for place in largest)]


def test_switches_that_meet() -> None:
    zeros = np.array([[[-0.0, 0.0]]], np.float32)
    last = forward(zeros, line(2), Dialect(ties="last", signed_zero="first"))
    assert (last.winners, np.signbit(last.y).item()) == ([((1,),)], False)
    nothing = forward(
        zeros[..., :1], EMPTY, Dialect(empty_window="identity", float_identity="lowest")
    )
    assert nothing.y.item() == FLOAT32_LEAST


# Vectors that were measured on real systems


@pytest.mark.parametrize(
    ("one", "total"),
    [
        (row("V1", [[1, 5], [5, 5]], Pool.of(2), [[5]], index=[[1]], dx=[[0, 1], [0, 0]]), 1),
        (hand.WINNERS[2], 4),
        (hand.WINNERS[0], 16),
        (row("V6", [[-INF] * 3] * 3, Pool.of(2, padding=1), [[-INF] * 2] * 2,
             index=[[0, 1], [3, 4]], dx=[[1, 1, 0], [1, 1, 0], [0, 0, 0]]), 4),
        (row("V8", [[-128] * 2] * 2, Pool.of(2, padding=1), [[-128] * 2] * 2,
             index=[[0, 1], [2, 3]], dtype="int8"), 0),
        (row("V17", [[1, 9, 2, 8, 3, 7, 4, 6, 5]],
             Pool.of((1, 2), 1, ((0, 0), (1, 1)), (1, 2)), [[9, 2, 9, 3, 8, 4, 7, 5, 6]],
             index=[[1, 2, 1, 4, 3, 6, 5, 8, 7]], dx=[[0, 2, 1, 1, 1, 1, 1, 1, 1]]), 9),
    ],
    ids=["V1", "V2", "V3", "V6", "V8", "V17"],
)  # fmt: skip
def test_measured_vectors(one: Row, total: int) -> None:
    require_row(one)
    assert np.sum(one.dx if one.dx is not None else 0) == total


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [("start-rule", (2, 1, 4, 3)), ("bare", (3, 2, 4, 3)), ("start-rule-if-padded", (2, 2, 4, 3))],
)
def test_sizes_of_ceil_mode_v14(rule: str, sizes: tuple[int, ...]) -> None:
    axes = [(3, 2, 2, 1), (3, 1, 4, 0), (6, 3, 2, 1), (5, 2, 2, 0)]
    dialect = Dialect(ceil=rule)
    assert sizes == tuple(output_size(n, k, s, (p, p), 1, True, dialect) for n, k, s, p in axes)  # noqa: FBT003 - a parameter of pooling


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        ("plane", [[5, 7], [13, 15]]),
        ("flat", [[85, 87], [93, 95]]),
        ("flat-column", [[85, 93], [87, 95]]),
        ("flat-channels-last", [[17, 23], [41, 47]]),
    ],
)
def test_index_conventions_v15(convention: str, expected: list[list[int]]) -> None:
    x = np.arange(96.0).reshape(2, 3, 4, 4)
    dialect = Dialect(index=convention)
    assert indices(forward(x, Pool.of(2)), Pool.of(2), dialect)[1, 2].tolist() == expected
    assert offset((3, 3), (1, 2), x.shape, dialect) == expected[1][1]
