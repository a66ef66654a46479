"""Two implementations are asked the same, and where they differ is told by clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from conformance.clauses import clauses
from conformance.identify.ascription import (
    Scene,
    about_gradient,
    about_indices,
    about_refusal,
    about_shape,
    about_values,
)
from conformance.identify.comparison import Comparison, compared
from conformance.identify.interview import Call, Interview, answering, observed
from conformance.identify.observation import Kind, Observation, Reply
from conformance.isolation.preflight import Passport
from conformance.registry import Target, find, load
from conformance.verdict import Json
from conformance.zoo.sound import Sound
from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool
from tests.unusual import FAMILY

NAN, INF = float("nan"), float("inf")


class Beside(Interview):
    """An interview in this process."""

    def __init__(self, name: str, subject: str) -> None:
        """Take a name for the report, and what is asked."""
        self.target = Target(name, subject)
        self._made = load(find(subject))
        self._answers = answering(self._made)
        self._observed: list[Observation] = []

    def passport(self) -> Passport:
        """Return what it says of itself."""
        claims = tuple(sorted(self._made.claims))
        return Passport(self.target.name, "", claims, dict(self._made.declared))

    def put(self, calls: Sequence[Call]) -> None:
        """Make calls."""
        request = {"calls": [call.message for call in calls]}
        self._observed = observed(self._answers(request))

    def take(self, calls: Sequence[Call]) -> list[Observation]:
        """Return what they came to."""
        assert len(calls) == len(self._observed)
        return self._observed


def against(one: str, other: str) -> Json:
    """Return how two members of the family, or two that are named, compare on the smoke tier."""
    sides = [Beside(name, FAMILY.get(name, name)) for name in (one, other)]
    return compared(sides[0], sides[1], "smoke", 0, lambda _done, _all: None)


def by_clause(found: Json) -> dict[str, Json]:
    """Return the differences by clause."""
    return {group["clause"]: group for group in found["differences"]}


@pytest.mark.parametrize(("one", "other"), [("windowed", "im2col"), ("sorting", "im2col")])
def test_equal_ones_stand_in_for_each_other(one: str, other: str) -> None:
    found = against(one, other)
    assert found["calls"] > 1000
    assert (found["differing"], found["differences"]) == (0, [])


@pytest.fixture
def _some_of_the_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Comparison.cases
    monkeypatch.setattr(Comparison, "cases", lambda comparison: whole(comparison)[::8])


@pytest.mark.usefixtures("_some_of_the_cases")
@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ("nan-ignore", {"nan.propagates": "values"}),
        ("last-nan", {"index.nan": "indices", "grad.nan": "gradient"}),
        ("ties-last", {"ties.first": "indices", "grad.ties": "gradient"}),
        ("split-ties", {"grad.ties": "gradient"}),
        ("flat-index", {"index.plane": "indices"}),
        ("positive-zero", {"zero.signed": "values"}),
        ("lowest-identity", {"infinity.minus": "values"}),
        ("bare-ceil", {"ceil.start-rule": "form"}),
        ("zero-size", {"error.size": "refusal"}),
        ("unlimited-pads", {"error.padding-limit": "refusal", "error.empty-window": "refusal"}),
    ],
)
def test_another_dialect_is_told_by_its_clause(one: str, expected: dict[str, str]) -> None:
    found = against(one, "im2col")
    groups = by_clause(found)
    for clause, aspect in expected.items():
        assert set(groups[clause]["aspects"]) == {aspect}
        assert groups[clause]["count"] == len(set(groups[clause]["cases"]))
        assert groups[clause]["sentence"] == clauses()[clause].sentence
    allowed = {*expected, "refusal.unclaimed", *ALSO.get(one, ())}
    assert set(groups) <= allowed
    total = sum(group["count"] for group in groups.values())
    assert found["differing"] <= total


ALSO = {
    "nan-ignore": ("index.nan", "grad.nan", "zero.signed"),
    "ties-last": ("grad.infinite-data", "index.nan", "grad.nan", "zero.signed", "grad.winner"),
    "split-ties": ("grad.nan", "grad.infinite-data", "zero.signed", "grad.winner"),
    "flat-index": ("index.large",),
    "positive-zero": ("ties.first", "grad.ties"),
    "lowest-identity": ("zero.signed",),
    "bare-ceil": ("error.empty-window", "same.upper", "same.lower"),
}
"""What may differ besides, where the specification leaves it open."""


def test_the_smallest_difference_comes_first_and_is_made_small() -> None:
    found = against("nan-ignore", "im2col")
    group = by_clause(found)["nan.propagates"]
    (x,) = (one for one in group["arguments"] if one["name"] == "x")
    assert np.prod(x["shape"]) <= 2
    columns, rows = ("[[0] [NaN]]", "[[NaN] [0]]"), ("[[0 NaN]]", "[[NaN 0]]")
    assert group["words"] in {
        *(f"x = {one} float32, kernel_size (2, 1)" for one in columns),
        *(f"x = {one} float32, kernel_size (1, 2)" for one in rows),
    }
    assert (group["implementation"], group["against"]) == ("y = [[0]]", "y = [[NaN]]")
    sizes = [np.prod(one["arguments"][0]["shape"]) for one in found["differences"]]
    assert sizes == sorted(sizes)


def test_what_only_one_side_claims_is_told() -> None:
    less = against("reshape", "im2col")
    group = by_clause(less)["refusal.unclaimed"]
    assert group["count"] > 300
    assert any("reshape does not claim: " in words for words in less["left_out"])
    more = against("im2col", "reshape")
    assert by_clause(more) == {}
    assert more["calls"] < less["calls"]
    assert any("because reshape does not claim it: " in words for words in more["left_out"])


@pytest.mark.usefixtures("_some_of_the_cases")
def test_who_has_no_gradient_is_no_drop_in_for_who_has() -> None:
    group = by_clause(against("no-gradient", "im2col"))["refusal.unclaimed"]
    assert group["aspects"]["gradient"] > 100


# Which clause a difference is about


def scene(x: Any, pool: Pool, dtype: str = "float32") -> Scene:  # noqa: ANN401 - nested lists
    """Return a call with one plane."""
    return Scene(np.array(x, dtype)[None, None], pool)


def plane(rows: Any, dtype: str = "float32") -> np.ndarray[Any, np.dtype[Any]]:  # noqa: ANN401
    """Return an output of one plane."""
    return np.array(rows, dtype)[None, None]


FIRST = (0, 0, 0, 0)
TWO = Pool.of((1, 2))


@pytest.mark.parametrize(
    ("clause", "x", "pool", "one", "other", "dtype"),
    [
        ("nan.propagates", [[1, NAN]], TWO, [[1]], [[NAN]], "float32"),
        ("infinity.minus", [[-INF, -INF]], TWO, [[-INF]], [[-3e38]], "float32"),
        ("zero.signed", [[0.0, -0.0]], TWO, [[0.0]], [[-0.0]], "float32"),
        ("type.minimum", [[-128, -128]], TWO, [[0]], [[-128]], "int8"),
        ("type.integers", [[-128, 127]], TWO, [[-128]], [[127]], "int8"),
        ("type.float16", [[1, 2]], TWO, [[1]], [[2]], "float16"),
        ("type.bool", [[True, False]], TWO, [[True]], [[False]], "bool"),
        ("pad.never-wins", [[-1]], Pool.of((1, 2), 1, ((0, 0), (1, 0))), [[0]], [[-1]], "float32"),
        ("value.copied", [[1, 2]], TWO, [[2.5]], [[2]], "float32"),
        (
            "window.dilation",
            [[1, 9, 2]],
            Pool.of((1, 2), 1, dilation=(1, 2)),
            [[9]],
            [[2]],
            "float32",
        ),
        ("window.position", [[1, 2, 3, 9]], TWO, [[9, 9]], [[2, 9]], "float32"),
        ("value.maximum", [[1, 2]], TWO, [[1]], [[2]], "float32"),
        (
            "error.empty-window",
            [[5]],
            Pool.of((1, 2), 1, ((0, 0), (1, 1)), (1, 2)),
            [[0]],
            [[-INF]],
            "float32",
        ),
    ],
)
def test_values(  # noqa: PLR0913, PLR0917 - the parts of a row
    clause: str,
    x: Any,  # noqa: ANN401
    pool: Pool,
    one: Any,  # noqa: ANN401
    other: Any,  # noqa: ANN401
    dtype: str,
) -> None:
    found = about_values(scene(x, pool, dtype), FIRST, plane(one, dtype), plane(other, dtype))
    assert found == clause
    assert clause in clauses()


@pytest.mark.parametrize(
    ("clause", "x", "pair", "dialects"),
    [
        ("ties.first", [[5, 5]], (0, 1), (DEFAULT, DEFAULT)),
        ("index.nan", [[NAN, NAN]], (0, 1), (DEFAULT, DEFAULT)),
        ("index.value", [[1, 5]], (0, 1), (DEFAULT, DEFAULT)),
        ("index.in-window", [[1, 5]], (1, 2), (DEFAULT, DEFAULT)),
        ("index.plane", [[1, 5]], (1, -1), (DEFAULT, Dialect(index="flat"))),
    ],
)
def test_indices(
    clause: str,
    x: Any,  # noqa: ANN401
    pair: tuple[int, int],
    dialects: tuple[Dialect, Dialect],
) -> None:
    given = scene(x, TWO)
    assert about_indices(given, FIRST, plane([[max(x[0])]]), pair, dialects) == clause
    assert clause in clauses()


def test_indices_of_another_convention() -> None:
    x = np.arange(12, dtype="f4").reshape(1, 2, 2, 3)
    given, y = Scene(x, Pool.of((2, 3))), x[:, :, 1:, 2:]
    for index, number in (("flat", 11), ("flat-column", 11), ("flat-channels-last", 11)):
        dialects = (DEFAULT, Dialect(index=index))
        assert about_indices(given, (0, 1, 0, 0), y, (5, number), dialects) == "index.plane"
    column = Scene(x[:, :, ::-1], Pool.of((2, 3)))
    dialects = (DEFAULT, Dialect(index="flat-column"))
    assert about_indices(column, (0, 1, 0, 0), y, (2, 10), dialects) == "index.plane"


@pytest.mark.parametrize(
    ("clause", "x", "pool", "dtype"),
    [
        ("grad.nan", [[NAN, 1]], TWO, "float32"),
        ("grad.infinite-data", [[-INF, -INF]], TWO, "float32"),
        ("grad.ties", [[5, 5]], TWO, "float32"),
        ("grad.accumulates", [[1, 5, 2]], Pool.of((1, 2), 1), "float32"),
        ("grad.low-precision", [[1, 5, 2]], Pool.of((1, 2), 1), "float16"),
        ("grad.dilation", [[1, 5, 2, 3]], Pool.of((1, 2), 4, dilation=(1, 2)), "float32"),
        ("grad.winner", [[1, 5]], TWO, "float32"),
    ],
)
def test_gradients(clause: str, x: Any, pool: Pool, dtype: str) -> None:  # noqa: ANN401
    out = (1, 2) if clause in {"grad.accumulates", "grad.low-precision"} else (1, 1)
    assert about_gradient(scene(x, pool, dtype), FIRST, out) == clause
    assert clause in clauses()


@pytest.mark.parametrize(
    ("clause", "shape", "pool", "shapes"),
    [
        ("batch.empty", (0, 1, 2, 2), Pool.of(2), [(0, 1, 1, 1), (0, 1, 2, 2)]),
        ("rank.unbatched", (1, 2, 2), Pool.of(2), [(1, 1, 1), (1, 1, 1, 1)]),
        ("shape.planes", (1, 2, 2, 2), Pool.of(2), [(1, 1, 1, 1), (1, 2, 1, 1)]),
        ("ceil.start-rule", (1, 1, 3, 3), Pool.of(2, ceil_mode=True), [(1, 1, 1, 1), (1, 1, 2, 2)]),
        ("same.upper", (1, 1, 3, 3), Pool.of(2, auto_pad="same-upper"), [(1, 1, 1, 1)] * 2),
        ("shape.floor", (1, 1, 3, 3), Pool.of(2), [(1, 1, 1, 1), (1, 1, 2, 2)]),
        ("error.size", (1, 1, 1, 1), Pool.of(2), [(1, 1, 0, 0), (1, 1, 1, 1)]),
    ],
)
def test_shapes(
    clause: str, shape: tuple[int, ...], pool: Pool, shapes: list[tuple[int, ...]]
) -> None:
    assert about_shape(Scene(np.ones(shape, "f4"), pool), shapes) == clause
    assert clause in clauses()


@pytest.mark.parametrize(
    ("clause", "shape", "dtype", "pool"),
    [
        ("error.stride", (1, 1, 2, 2), "float32", Pool((2, 2), (0, 2), ((0, 0),) * 2, (1, 1))),
        ("error.length", (1, 1, 2, 2), "float32", Pool((2, 2), (2,), ((0, 0),) * 2, (1, 1))),
        ("type.integers", (1, 1, 2, 2), "int8", Pool.of(2)),
        ("rank.three", (1, 1, 2, 2, 2), "float32", Pool.of((2, 2, 2))),
        ("window.dilation", (1, 1, 3, 3), "float32", Pool.of(2, dilation=2)),
        ("pad.sides", (1, 1, 3, 3), "float32", Pool.of(2, padding=((1, 0), (0, 0)))),
        ("pad.never-wins", (1, 1, 2, 2), "float32", Pool.of(2, padding=1)),
        ("value.maximum", (1, 1, 2, 2), "float32", Pool.of(2)),
    ],
)
def test_refusals(clause: str, shape: tuple[int, ...], dtype: str, pool: Pool) -> None:
    assert about_refusal(shape, dtype, pool, unclaimed=False) == clause
    unclaimed = about_refusal(shape, dtype, pool, unclaimed=True)
    assert unclaimed == (clause if clause.startswith("error.") else "refusal.unclaimed")


# Processes that end


class Ending(Beside):
    """Sound pooling, of which some calls do not come back."""

    def take(self, calls: Sequence[Call]) -> list[Observation]:
        """Return what they came to; with ceil_mode the process ended."""
        end = Observation(Reply(Kind.CRASH, said="the process died: SIGFPE"))
        found = super().take(calls)
        ends = ["ceil" in str(call.message["case"]) for call in calls]
        return [end if ended else one for ended, one in zip(ends, found, strict=True)]


def test_a_process_that_ends_is_a_difference() -> None:
    sound = "conformance.zoo.sound:Sound"
    assert issubclass(load(find(sound)).subject.__class__, Sound)
    one, other = Ending("ending", sound), Beside("sound", sound)
    found = compared(one, other, "smoke", 0, lambda _done, _all: None)
    groups = by_clause(found)
    assert {aspect for group in groups.values() for aspect in group["aspects"]} == {"process"}
    assert {group["implementation"] for group in groups.values()} == {
        "crash: the process died: SIGFPE"
    }
