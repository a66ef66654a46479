"""What an answer says about a switch, on answers worked out by hand: computed by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from conformance.clauses import switches
from conformance.identify.observation import (
    SILENCE,
    Kind,
    Observation,
    Reply,
    digest,
    heard,
    packed,
    told,
    unpacked,
)
from conformance.identify.probe import SHARE, Probe
from conformance.identify.reading import fits
from reference.dialect import Dialect
from reference.pool import Pool

NAN, INF = float("nan"), float("inf")
LOWEST = float(np.finfo(np.float32).min)
PAIR, THREE = Pool.of((1, 2)), Pool.of((1, 3))
SPREAD = Pool.of((1, 2), (1, 1), ((0, 0), (1, 1)), (1, 2))
"""Over one element its only window covers the positions -1 and 1."""
LATE = Pool.of((1, 1), (1, 4), ceil_mode=True)
"""Over three elements a second window would start at the fifth position."""
LATE_PADDED = Pool.of((1, 2), (1, 2), ((0, 0), (1, 1)), ceil_mode=True)
"""Over three elements a third window would start at the last padded position."""
TALL = np.arange(12.0).reshape(1, 2, 2, 3)
"""Two planes of 2 x 3, whose largest elements stand last."""


@dataclass(frozen=True)
class Row:
    """A call, what it was answered with, and which values of the switch answer so."""

    switch: str
    x: Any
    pool: Pool
    reads: str
    says: Sequence[str]
    y: Any = None
    index: Any = None
    dx: Any = None
    beside: dict[str, str] | None = None
    """What is known of other switches."""

    @property
    def probe(self) -> Probe:
        """Return the question."""
        return Probe(self.switch, full(self.x, "float32"), self.pool, self.reads, {})

    @property
    def observation(self) -> Observation:
        """Return the answer; without a y, that the call was refused."""
        if self.y is None:
            return Observation(Reply(Kind.REFUSED, said="ValueError"))
        parts = (self.y, "float32"), (self.index, "int64"), (self.dx, "float32")
        return Observation(*(reply(values, dtype) for values, dtype in parts))


def full(values: Any, dtype: str) -> np.ndarray[Any, np.dtype[Any]]:  # noqa: ANN401 - nested lists
    """Return nested lists as an array with batch and channels."""
    array = values if isinstance(values, np.ndarray) else np.array(values, dtype)
    return array.astype(array.dtype if array.dtype.kind == "i" else dtype).reshape(
        (1,) * (4 - array.ndim) + array.shape
    )


def reply(values: Any, dtype: str) -> Reply:  # noqa: ANN401 - nested lists
    """Return an answer with these values; silence where there are none."""
    return SILENCE if values is None else Reply(Kind.ANSWER, full(values, dtype))


def row(switch: str, x: Any, pool: Pool, says: str, reads: str = "values", **rest: Any) -> Row:  # noqa: ANN401
    """Return a row; `says` holds values parted by spaces."""
    return Row(switch, x, pool, reads, says.split(), **rest)


G = SHARE
ROWS = (
    row("nan", [[1, NAN, 3]], THREE, "propagate", y=[[NAN]]),
    row("nan", [[1, NAN, 3]], THREE, "ignore", y=[[3]]),
    row("nan", [[1, NAN, 3]], THREE, "", y=[[1]]),
    row("nan", [[NAN, NAN]], PAIR, "propagate ignore", y=[[NAN]]),
    row("nan", [[NAN, NAN]], PAIR, "", y=[[LOWEST]]),
    row("nan-index", [[NAN, 1, NAN]], THREE, "any first", "indices", y=[[NAN]], index=[[0]]),
    row("nan-index", [[NAN, 1, NAN]], THREE, "any last", "indices", y=[[NAN]], index=[[2]]),
    row("nan-index", [[NAN, NAN, NAN]], THREE, "any", "indices", y=[[NAN]], index=[[1]]),
    row("nan-index", [[NAN, 1, NAN]], THREE, "", "indices", y=[[NAN]], index=[[3]]),
    row("nan-index", [[NAN, 1, NAN]], THREE, "any last", "gradient", y=[[NAN]], dx=[[0, 0, G]]),
    row("ties", [[5, 1, 5]], THREE, "first any", "indices", y=[[5]], index=[[0]]),
    row("ties", [[5, 1, 5]], THREE, "last any", "indices", y=[[5]], index=[[2]]),
    row("ties", [[5, 5, 5]], THREE, "any", "indices", y=[[5]], index=[[1]]),
    row("ties", [[5, 1, 5]], THREE, "", "indices", y=[[5]], index=[[1]]),
    row("ties", [[5, 1, 5]], THREE, "first any", "gradient", y=[[5]], dx=[[G, 0, 0]]),
    row("gradient-ties", [[5, 1, 5]], THREE, "winner", "gradient", y=[[5]], dx=[[0, 0, G]],
        beside={"ties": "any"}),
    row("gradient-ties", [[5, 1, 5]], THREE, "split", "gradient", y=[[5]], dx=[[12, 0, 12]]),
    row("gradient-ties", [[5, 1, 5]], THREE, "all", "gradient", y=[[5]], dx=[[G, 0, G]]),
    row("gradient-ties", [[5, 1, 5]], THREE, "", "gradient", y=[[5]], dx=[[8, 8, 8]]),
    row("gradient-ties", [[5, 1, 5]], THREE, "", "gradient", y=[[5]], dx=[[G, 1, 0]]),
    row("signed-zero", [[-0.0, 0.0]], PAIR, "any first", y=[[-0.0]]),
    row("signed-zero", [[-0.0, 0.0]], PAIR, "any positive", y=[[0.0]]),
    row("signed-zero", [[0.0, -0.0]], PAIR, "any first positive", y=[[0.0]]),
    row("signed-zero", [[0.0, -0.0]], PAIR, "any", y=[[-0.0]]),
    row("signed-zero", [[-0.0, -0.0]], PAIR, "", y=[[0.0]]),
    row("ceil", [[1, 2, 3]], LATE, "start-rule", y=[[1]]),
    row("ceil", [[1, 2, 3]], LATE, "bare start-rule-if-padded", y=[[1, -INF]],
        beside={"empty_window": "identity"}),
    row("ceil", [[1, 2, 3]], LATE, "bare start-rule-if-padded"),
    row("ceil", [[1, 2, 3]], LATE_PADDED, "start-rule start-rule-if-padded", y=[[1, 3]]),
    row("ceil", [[1, 2, 3]], LATE_PADDED, "bare", y=[[1, 3, -INF]],
        beside={"empty_window": "identity"}),
    row("index", TALL, Pool.of((2, 3)), "plane", "indices",
        y=[[[5]], [[11]]], index=[[[5]], [[5]]]),
    row("index", TALL, Pool.of((2, 3)), "flat flat-column", "indices",
        y=[[[5]], [[11]]], index=[[[5]], [[11]]]),
    row("index", TALL[:, :, ::-1], Pool.of((2, 3)), "flat", "indices",
        y=[[[5]], [[11]]], index=[[[2]], [[8]]]),
    row("index", TALL[:, :, ::-1], Pool.of((2, 3)), "flat-column", "indices",
        y=[[[5]], [[11]]], index=[[[4]], [[10]]]),
    row("index", TALL[:, :, ::-1], Pool.of((2, 3)), "flat-channels-last", "indices",
        y=[[[5]], [[11]]], index=[[[4]], [[5]]]),
    row("index-type", [[1, 2]], PAIR, "int64", "index type", y=[[2]], index=[[1]]),
    row("index-type", [[1, 2]], PAIR, "int32", "index type", y=[[2]],
        index=np.array([[1]], np.int32)),
    row("index-type", [[1, 2]], PAIR, "", "index type", y=[[2]], index=np.array([[1]], np.int16)),
    row("float-identity", [[-INF, -INF]], PAIR, "infinity", y=[[-INF]]),
    row("float-identity", [[-INF, -INF]], PAIR, "lowest", y=[[LOWEST]]),
    row("empty-window", [[5]], SPREAD, "error", "values and indices"),
    row("empty-window", [[5]], SPREAD, "identity", "values and indices", y=[[-INF]], index=[[-1]]),
    row("empty-window", [[5]], SPREAD, "", "values and indices", y=[[-INF]], index=[[1]]),
    row("empty-window", [[5]], SPREAD, "identity", "values and indices", y=[[LOWEST]],
        beside={"float_identity": "lowest"}),
    row("zero-size", [[1, 2]], THREE, "error"),
    row("zero-size", [[1, 2]], THREE, "empty", y=np.zeros((1, 1, 1, 0), "f4")),
    row("zero-size", [[1, 2]], THREE, "", y=[[2]]),
    row("pad-limit", [[1, 2, 3]], Pool.of((1, 3), (1, 2), ((0, 0), (2, 2))),
        "below-kernel none", y=[[1, 3, 3]]),
    row("pad-limit", [[1, 2, 3]], Pool.of((1, 3), (1, 2), ((0, 0), (2, 2))), "half half-extent"),
    row("pad-limit", [[1, 2, 3]], Pool.of((1, 3), (1, 1), ((0, 0), (2, 2)), (1, 2)),
        "half-extent below-kernel none", y=[[3, 2, 3]]),
    row("pad-limit", [[1, 2, 3]], Pool.of((1, 2), (1, 4), ((0, 0), (3, 3)), (1, 4)),
        "none", y=[[2, 2]]),
    row("pad-limit", [[1, 2, 3]], Pool.of((1, 2), (1, 4), ((0, 0), (3, 3)), (1, 4)),
        "half half-extent below-kernel"),
)  # fmt: skip


@pytest.mark.parametrize("one", ROWS, ids=lambda one: f"{one.switch}-{'-'.join(one.says)}")
def test_an_answer_says_what_was_worked_out(one: Row) -> None:
    said = [
        value
        for value in switches()[one.switch].values
        if fits(
            one.observation,
            one.probe,
            Dialect(**(one.beside or {}) | {one.switch.replace("-", "_"): value}),
        )
    ]
    assert said == [value for value in switches()[one.switch].values if value in one.says]


def test_every_value_of_every_switch_has_a_row() -> None:
    shown = {(one.switch, value) for one in ROWS for value in one.says}
    assert shown == {(name, value) for name, one in switches().items() for value in one.values}


def test_an_error_of_another_kind_is_no_refusal() -> None:
    probe = row("zero-size", [[1, 2]], THREE, "").probe
    for kind in (Kind.RAISED, Kind.CRASH, Kind.HANG, Kind.MALFORMED):
        seen = Observation(Reply(kind, said="x"))
        assert not fits(seen, probe, Dialect())
        assert not fits(seen, probe, Dialect(zero_size="empty"))


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint64", "bool"])
def test_arrays_travel_bit_for_bit(dtype: str) -> None:
    x = np.array([[0, 1], [1, 0]]).astype(dtype)[:, ::-1]
    back = unpacked(packed(x))
    assert back is not None
    assert back.dtype == x.dtype
    assert back.tolist() == x.tolist()
    assert unpacked(packed(x[:0])).shape == (0, 2)  # type: ignore[union-attr]
    swapped = x.astype(x.dtype.newbyteorder())
    assert digest(swapped) == digest(x)


def test_a_digest_tells_bits_shape_and_dtype_but_no_nan_from_another() -> None:
    x = np.array([NAN, 0.0], np.float32)
    other = x.copy()
    other.view(np.uint32)[0] ^= 0x80000001
    assert digest(x) == digest(other)
    different = (x[:1], x[::-1], x.reshape(1, 2), x.astype("f8"), np.array([NAN, -0.0], "f4"))
    assert len({digest(x), *map(digest, different)}) == 6


def test_a_large_array_stays_where_it_is() -> None:
    large = np.zeros(50_001, np.int8)
    back = heard(told(Reply(Kind.ANSWER, large, digest=digest(large))))
    assert back.answered
    assert back.array is None
    assert back.digest == digest(large)
