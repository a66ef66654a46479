"""Rows worked out by hand: the answers are written here and computed nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.cases.case import Case, given
from reference.pool import Pool

NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True, slots=True)
class Row:
    """A case with its answer. Planes are single: N = C = 1."""

    case: Case
    y: Sequence[Any]
    """The output plane."""
    index: Sequence[Any] | None = None
    """Row-major offsets in the input plane, where the row is about them."""
    dx: Sequence[Any] | None = None
    """The input gradient for an output gradient of ones."""


def row(  # noqa: PLR0913 - a row of a table
    name: str,
    x: Sequence[Any],
    pool: Pool,
    y: Sequence[Any],
    *,
    index: Sequence[Any] | None = None,
    dx: Sequence[Any] | None = None,
    dtype: str = "float32",
) -> Row:
    """Return a row; `x` is one plane as nested lists."""
    sizes = _sizes(x)
    return Row(Case(f"hand.{name}", pool, (1, 1, *sizes), given(x), dtype), y, index, dx)


def _sizes(rows: Any) -> tuple[int, ...]:  # noqa: ANN401 - nested lists
    return (len(rows), *_sizes(rows[0])) if isinstance(rows, list | tuple) else ()


AXES = (
    row("kernel-2x1", [[1, 2, 3], [4, 0, 6]], Pool.of((2, 1)), [[4, 2, 6]]),
    row("kernel-1x3", [[1, 2, 3], [4, 0, 6]], Pool.of((1, 3)), [[3], [6]]),
    row("kernel-1x2-s1", [[1, 5, 3], [4, 0, 6]], Pool.of((1, 2), stride=1), [[5, 5], [4, 6]]),
    row(
        "stride-1x2",
        [[9, 1, 8, 2], [3, 7, 4, 6], [5, 0, 2, 1]],
        Pool.of(2, stride=(1, 2)),
        [[9, 8], [7, 6]],
    ),
    row(
        "stride-2x1",
        [[9, 1, 8], [3, 7, 4], [5, 0, 2], [6, 1, 3]],
        Pool.of(2, stride=(2, 1)),
        [[9, 8], [6, 3]],
    ),
    row(
        "padding-1x0",
        [[1, 2], [3, 4]],
        Pool.of((2, 1), padding=((1, 1), (0, 0))),
        [[1, 2], [3, 4]],
    ),
    row(
        "padding-0x1",
        [[1, 2], [3, 4]],
        Pool.of((1, 2), padding=((0, 0), (1, 1))),
        [[1, 2], [3, 4]],
    ),
    row("kernel-3x2", [[1, 2, 3, 4], [8, 7, 6, 5], [0, 9, 1, 2]], Pool.of((3, 2)), [[9, 6]]),
    row(
        "crnn",
        [[1, 2, 3], [4, 5, 6]],
        Pool.of(2, stride=(2, 1), padding=((0, 0), (1, 1))),
        [[4, 5, 6, 6]],
    ),
)
"""Parameters that differ between H and W; about `window.axes`."""

PADDED = (
    row("pad-corner", [[-1]], Pool.of((2, 1), stride=1, padding=((1, 0), (0, 0))), [[-1]]),
    row("pad-k2p1", [[-5, -7], [-6, -8]], Pool.of(2, stride=2, padding=1), [[-5, -7], [-6, -8]]),
    row(
        "pad-k3p1",
        [[-9, -3, -5], [-2, -8, -4], [-7, -6, -1]],
        Pool.of(3, stride=2, padding=1),
        [[-2, -3], [-2, -1]],
    ),
    row(
        "pad-line", [[-5, -7]], Pool.of((1, 2), stride=1, padding=((0, 0), (1, 1))), [[-5, -5, -7]]
    ),
)
"""Negative elements beside padding; about `pad.never-wins`."""

SIDES = (
    row(
        "begin-only",
        [[-1, -2, -3]],
        Pool.of((1, 2), stride=2, padding=((0, 0), (1, 0))),
        [[-1, -2]],
    ),
    row(
        "end-only", [[-1, -2, -3]], Pool.of((1, 2), stride=2, padding=((0, 0), (0, 1))), [[-1, -3]]
    ),
    row(
        "top-only",
        [[-1], [-2], [-3]],
        Pool.of((2, 1), stride=2, padding=((1, 0), (0, 0))),
        [[-1], [-2]],
    ),
    row(
        "bottom-only",
        [[-1], [-2], [-3]],
        Pool.of((2, 1), stride=2, padding=((0, 1), (0, 0))),
        [[-1], [-3]],
    ),
    row(
        "top-and-right",
        [[1, 2], [3, 4]],
        Pool.of(2, stride=1, padding=((1, 0), (0, 1))),
        [[2, 2], [4, 4]],
    ),
)
"""Asymmetric padding; about `pad.sides`."""

DILATED = (
    row(
        "d2",
        [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]],
        Pool.of(2, stride=1, dilation=2),
        [[11, 12], [15, 16]],
    ),
    row("d2-between", [[1, 9, 2, 8, 3]], Pool.of((1, 3), stride=1, dilation=(1, 2)), [[3]]),
    row("d3-k3", [[0, 9, 9, 1, 9, 9, 2, 9]], Pool.of((1, 3), stride=1, dilation=(1, 3)), [[2, 9]]),
    row(
        "d2-p1",
        [[1, 9, 2, 8, 3, 7, 4, 6, 5]],
        Pool.of((1, 2), stride=1, padding=((0, 0), (1, 1)), dilation=(1, 2)),
        [[9, 2, 9, 3, 8, 4, 7, 5, 6]],
    ),
    row("d12", [[1, 2, 3], [6, 5, 4]], Pool.of(2, stride=1, dilation=(1, 2)), [[6]]),
    row("d21", [[1, 2], [6, 5], [3, 4]], Pool.of(2, stride=1, dilation=(2, 1)), [[4]]),
)
"""Dilated windows; about `window.dilation`."""

CEIL = (
    row(
        "ceil-k2s2p1",
        [[1], [2], [3]],
        Pool.of((2, 1), padding=((1, 1), (0, 0)), ceil_mode=True),
        [[1], [3]],
    ),
    row("ceil-k1s4", [[1], [2], [3]], Pool.of(1, stride=(4, 1), ceil_mode=True), [[1]]),
    row(
        "ceil-k3s2p1",
        [[-1], [-2], [-3], [-4], [-5], [-6]],
        Pool.of((3, 1), stride=(2, 1), padding=((1, 1), (0, 0)), ceil_mode=True),
        [[-1], [-2], [-4], [-6]],
    ),
    row("ceil-k2s2", [[-1, -2, -3, -4, -5]], Pool.of((1, 2), ceil_mode=True), [[-1, -3, -5]]),
    row(
        "ceil-k3s2",
        [[1, 2, 3, 4, 5, 6, 7]],
        Pool.of((1, 3), stride=(1, 2), ceil_mode=True),
        [[3, 5, 7]],
    ),
    row(
        "ceil-5-k2p1",
        [[1, 2, 3, 4, 5]],
        Pool.of((1, 2), padding=((0, 0), (1, 1)), ceil_mode=True),
        [[1, 3, 5]],
    ),
    row(
        "ceil-8-k3s4",
        [[1, 2, 3, 4, 5, 6, 7, 8]],
        Pool.of((1, 3), stride=(1, 4), ceil_mode=True),
        [[3, 7]],
    ),
    row(
        "ceil-6-k1s2", [[1, 2, 3, 4, 5, 6]], Pool.of(1, stride=(1, 2), ceil_mode=True), [[1, 3, 5]]
    ),
    row(
        "ceil-d2-untapped-end",
        [[5, 1, 2, 0, 3, 9]],
        Pool.of((1, 3), stride=(1, 2), dilation=(1, 2), ceil_mode=True),
        [[5, 3]],
    ),
    row(
        "ceil-d2-overhang",
        [[5, 1, 2, 0, 3, 9]],
        Pool.of((1, 3), stride=(1, 3), dilation=(1, 2), ceil_mode=True),
        [[5, 9]],
    ),
)
"""Rounding up; about `ceil.start-rule` and `ceil.overhang`."""

SAME = {
    "same-upper": (
        (5, 2, 2, 1, (0, 1)),
        (4, 2, 2, 1, (0, 0)),
        (5, 3, 2, 1, (1, 1)),
        (6, 3, 2, 1, (0, 1)),
        (5, 4, 1, 1, (1, 2)),
        (4, 1, 2, 1, (0, 0)),
        (6, 2, 1, 2, (1, 1)),
        (7, 3, 3, 2, (2, 2)),
        (6, 2, 1, 3, (1, 2)),
    ),
    "same-lower": (
        (5, 2, 2, 1, (1, 0)),
        (6, 3, 2, 1, (1, 0)),
        (5, 4, 1, 1, (2, 1)),
        (6, 2, 1, 3, (2, 1)),
    ),
}
"""(n, k, s, d) and the padding that the word means; about `same.upper` and `same.lower`."""

TIES = (
    row("tie-all", [[1, 5], [5, 5]], Pool.of(2), [[5]], index=[[1]], dx=[[0, 1], [0, 0]]),
    row("tie-antidiagonal", [[0, 1], [1, 0]], Pool.of(2), [[1]], index=[[1]], dx=[[0, 1], [0, 0]]),
    row("tie-zeros", [[0, 0], [0, 0]], Pool.of(2), [[0]], index=[[0]], dx=[[1, 0], [0, 0]]),
    row("tie-column", [[3], [7], [7]], Pool.of((3, 1)), [[7]], index=[[1]], dx=[[0], [1], [0]]),
    row("tie-last-row", [[1, 2], [3, 3]], Pool.of(2), [[3]], index=[[2]], dx=[[0, 0], [1, 0]]),
)
"""Windows that tie; about `ties.first`, `grad.ties` and `index.plane`."""

WINNERS = (
    row(
        "index-counting",
        [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        Pool.of(2, stride=1, padding=1),
        [[0, 1, 2, 2], [3, 4, 5, 5], [6, 7, 8, 8], [6, 7, 8, 8]],
        index=[[0, 1, 2, 2], [3, 4, 5, 5], [6, 7, 8, 8], [6, 7, 8, 8]],
        dx=[[1, 1, 2], [1, 1, 2], [2, 2, 4]],
    ),
    row(
        "index-wide",
        [[1, 8, 2, 7], [3, 4, 5, 6]],
        Pool.of(2),
        [[8, 7]],
        index=[[1, 3]],
        dx=[[0, 1, 0, 1], [0, 0, 0, 0]],
    ),
    row(
        "middle-nine",
        [[1, 2, 3], [4, 9, 5], [6, 7, 8]],
        Pool.of(2, stride=1),
        [[9, 9], [9, 9]],
        index=[[4, 4], [4, 4]],
        dx=[[0, 0, 0], [0, 4, 0], [0, 0, 0]],
    ),
    row("first-pixel", [[9, 1], [2, 3]], Pool.of(2), [[9]], index=[[0]], dx=[[1, 0], [0, 0]]),
    row(
        "unread-border",
        [[1, 2, 9], [4, 3, 9], [9, 9, 9]],
        Pool.of(2),
        [[4]],
        index=[[3]],
        dx=[[0, 0, 0], [1, 0, 0], [0, 0, 0]],
    ),
)
"""Winners and where their gradient goes; about `index.plane`, `grad.winner` and others."""

LINES = (
    row("line-k3s1", [4, 1, 3, 2, 5], Pool.of((3,), stride=1), [4, 3, 5]),
    row("line-k2", [4, 1, 3, 2], Pool.of((2,)), [4, 3]),
    row("line-k3s2p1", [-4, -1, -3, -2, -5], Pool.of((3,), stride=2, padding=1), [-1, -1, -2]),
    row("line-d2", [1, 9, 2, 8], Pool.of((2,), stride=1, dilation=2), [2, 9]),
)
"""One spatial axis; about `rank.one`."""

CUBES = (
    row("cube-k2", [[[1, 2], [3, 4]], [[5, 6], [8, 7]]], Pool.of((2, 2, 2)), [[[8]]]),
    row("cube-k212", [[[1, 2], [3, 4]], [[5, 6], [8, 7]]], Pool.of((2, 1, 2)), [[[6], [8]]]),
    row(
        "cube-k121-s1",
        [[[1, 5], [3, 4]], [[9, 6], [8, 7]]],
        Pool.of((1, 2, 1), stride=1),
        [[[3, 5]], [[9, 7]]],
    ),
    row(
        "cube-p1",
        [[[-1]], [[-2]], [[-3]]],
        Pool.of((2, 1, 1), padding=((1, 1), (0, 0), (0, 0))),
        [[[-1]], [[-2]]],
    ),
)
"""Three spatial axes; about `rank.three`."""

ALL = (*AXES, *PADDED, *SIDES, *DILATED, *CEIL, *TIES, *WINNERS, *LINES, *CUBES)
