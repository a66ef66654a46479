"""What an implementation speaks is found out by asking it, and nothing is held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from conformance.clauses import switches
from conformance.features import needed
from conformance.identify.declarations import Relation, relation, relation_words
from conformance.identify.examination import ORDER, Portrait
from conformance.identify.named_dialects import NAMED, first_of, nearest
from conformance.identify.probes import probes_of
from conformance.identify.standing import Standing, Status
from implementations import SHIPPED
from reference.dialect import DEFAULT, Dialect
from reference.geometry import output_sizes
from reference.pool import Pool
from tests.asking import seen
from tests.subjects import speaking
from tests.subjects.speaking import CLAIMS, Array, Lowest, Speaking, by, channels
from tests.unusual import FAMILY

VALUES = speaking.every()
MEETINGS = (
    Dialect("ignore", "last", "last", "split", "first", "bare", "flat", "int32", "lowest",
            "identity", "empty", "none"),
    Dialect("ignore", "first", "last", "winner", "positive", "start-rule-if-padded",
            "flat-column", "int32", "lowest", "error", "error", "below-kernel"),
    Dialect("propagate", "last", "any", "all", "positive", "bare", "flat-channels-last", "int64",
            "lowest", "identity", "empty", "half-extent"),
    Dialect("propagate", "any", "last", "winner", "any", "bare", "plane", "int32", "infinity",
            "error", "empty", "none"),
)  # fmt: skip
"""Dialects in which many switches are not at their defaults."""


def of(portrait: Portrait) -> dict[str, str]:
    """Return the value of each switch that is settled, and of the others how they stand."""
    return {
        name: one.value if one.settled else str(one.status)
        for name, one in portrait.standings.items()
    }


def spoken(dialect: Dialect) -> dict[str, str]:
    """Return the values of a dialect by switch."""
    return {name: getattr(dialect, name.replace("-", "_")) for name in switches()}


# Every value of every switch


def test_every_switch_is_read() -> None:
    assert set(ORDER) == set(switches())
    assert set(ORDER) == {probe.switch for name in ORDER for probe in probes_of(name)}


@pytest.mark.parametrize(("switch", "value"), VALUES, ids=str)
def test_every_value_is_recovered(switch: str, value: str) -> None:
    dialect = VALUES[switch, value]
    found = seen(Speaking(dialect))
    assert of(found) == spoken(dialect)
    shown = found.standings[switch].exhibits
    assert shown
    left = set(switches()[switch].values).intersection(*(one.says for one in shown))
    assert left <= {value, "any"}


@pytest.mark.parametrize("dialect", MEETINGS, ids=range(len(MEETINGS)))
def test_switches_that_meet_are_told_apart(dialect: Dialect) -> None:
    assert of(seen(Speaking(dialect))) == spoken(dialect)


def test_a_rounding_whose_empty_windows_are_refused_is_recovered() -> None:
    found = of(seen(Speaking(Dialect(ceil="bare"))))
    assert (found["ceil"], found["empty-window"]) == ("bare", "error")


def test_only_the_probes_about_sizes_have_none() -> None:
    for switch in ORDER:
        for probe in probes_of(switch):
            least = min(output_sizes(probe.x.shape[-probe.pool.rank :], probe.pool))
            assert (least < 1) == (switch == "zero-size"), probe.sides


def test_no_two_probes_of_a_switch_are_alike() -> None:
    for switch in ORDER:
        sides = [tuple(probe.sides.items()) for probe in probes_of(switch)]
        assert len(set(sides)) == len(sides) > 60


# Right ones are not accused


@pytest.mark.parametrize("name", FAMILY)
def test_who_is_right_keeps_what_it_declares(name: str) -> None:
    found = seen(FAMILY[name])
    stands = {one.status for one in found.standings.values()}
    assert stands <= {Status.OBSERVED, Status.UNDECIDED, Status.UNTOLD}
    assert set(found.keeps.values()) <= {True}


@pytest.mark.parametrize("name", ["im2col", "windowed", "reshape"])
def test_our_own_speak_what_they_declare(name: str) -> None:
    found = seen(name)
    said = spoken(replace(DEFAULT, nan_index="first", signed_zero="first"))
    known = {switch: value for switch, value in of(found).items() if value in said.values()}
    assert known == {switch: said[switch] for switch in known}
    assert len(known) >= (12 if name != "reshape" else 7)
    assert found.keeps == {"nan-index": True, "signed-zero": True}


def test_all_probes_agree_on_a_right_one() -> None:
    found = seen("im2col", fully=ORDER)
    assert of(found) == spoken(replace(DEFAULT, nan_index="first", signed_zero="first"))
    for switch, one in found.standings.items():
        told = dict(one.says)
        assert told[one.value] == one.telling > 20, switch
        assert one.silent == one.unclaimed == 0


# Rules that change


def is_column(_x: Array, pool: Pool) -> bool:
    return pool.kernel_size[-1] == 1 and max(pool.kernel_size) > 1


CHANGING: dict[str, tuple[str, str, Callable[[Array, Pool], bool], str]] = {
    "channels": ("nan", "ignore", lambda x, pool: channels(x, pool) > 15, "number of channels"),
    "odd-channel": ("nan", "ignore", lambda x, pool: channels(x, pool) == 17, "of channels"),
    "type": ("float-identity", "lowest", lambda x, _: x.dtype == np.float16, "the type"),
    "rank": ("ceil", "bare", lambda _x, pool: pool.rank == 1, "number of spatial axes"),
    "width": ("nan", "ignore", lambda x, _: x.shape[-1] > 60, "number of windows in a row"),
    "window": ("nan", "ignore", lambda _x, pool: max(pool.kernel_size) > 8, "the window"),
    "batch": ("index", "flat", lambda x, pool: x.shape[: -pool.rank - 1] == (3,), "the batch"),
    "overlap": (
        "gradient-ties",
        "split",
        lambda _x, pool: pool.stride[0] < pool.kernel_size[0],
        "stride and padding",
    ),
    "padding": ("nan", "ignore", lambda _x, pool: pool.padding[0][0] > 0, "stride and padding"),
    "axis": (
        "pad-limit",
        "none",
        lambda _x, pool: pool.padding[0] == (0, 0),
        "the axis",
    ),
    "unbatched": ("index-type", "int32", lambda x, pool: x.ndim == pool.rank + 1, "the batch"),
    "column": ("zero-size", "empty", is_column, "the axis"),
    "empty-rank": ("empty-window", "identity", lambda _x, pool: pool.rank == 3, "spatial axes"),
}


@pytest.mark.parametrize("name", CHANGING)
def test_a_rule_that_changes_is_inconsistent_and_on_what(name: str) -> None:
    switch, value, where, side = CHANGING[name]
    rest = {"empty_window": "identity"} if switch == "ceil" else {}
    found = seen(by(switch, value, where, **rest), fully=[switch])
    one = found.standings[switch]
    assert one.status is Status.INCONSISTENT
    assert len(one.exhibits) >= 2
    assert not one.exhibits[0].says & one.exhibits[1].says
    turns = [turn for turn in one.turns if turn.side.endswith(side)]
    assert turns
    for turn in turns:
        assert not turn.one.says & turn.other.says
        assert turn.one.probe.distance(turn.other.probe) == 1
    others = {other.status for at, other in found.standings.items() if at != switch}
    assert Status.INCONSISTENT not in others
    assert Status.UNKNOWN not in others


def test_an_answer_that_no_value_explains_is_shown_beside_an_ordinary_one() -> None:
    found = seen(Lowest()).standings["nan"]
    assert (found.status, found.value) == (Status.UNKNOWN, "ignore")
    odd, usual = found.exhibits
    assert not odd.says
    assert np.isnan(odd.probe.x).all()
    assert usual.says == {"ignore"}


def test_a_winner_that_changes_is_any_and_on_what() -> None:
    found = seen(by("ties", "last", lambda x, pool: channels(x, pool) > 15), fully=["ties"])
    one = found.standings["ties"]
    assert (one.status, one.value) == (Status.OBSERVED, "any")
    assert "the number of channels" in {turn.side for turn in one.turns}
    assert {frozenset({"first", "any"}), frozenset({"last", "any"})} == {
        one.says for one in one.exhibits
    }


def test_indices_and_gradients_that_disagree_are_seen() -> None:
    class Torn(Speaking):
        def forward(self, x: Array, pool: Pool) -> tuple[Array, speaking.Saved]:
            y, saved = super().forward(x, pool)
            self.last = Speaking(Dialect(ties="last")).forward(x, pool)[1]
            return y, saved

        def indices(self, _saved: speaking.Saved) -> Array:
            return super().indices(self.last)

    found = seen(Torn(DEFAULT)).standings["ties"]
    assert found.value == "any"
    assert "what is read" in {turn.side for turn in found.turns}


# What cannot be told


def test_what_is_not_claimed_is_not_asked_and_said() -> None:
    plain = seen(Speaking(DEFAULT, frozenset())).standings
    why = {name: one.why for name, one in plain.items() if one.status is Status.UNTOLD}
    assert why == {
        "nan-index": "not claimed: indices or gradient",
        "ties": "not claimed: indices or gradient",
        "gradient-ties": "not claimed: gradient",
        "index": "not claimed: indices",
        "index-type": "not claimed: indices",
        "ceil": ("not claimed: ceil and gaps and remainder or ceil and padding and remainder"),
        "empty-window": "not claimed: padding",
        "zero-size": "not claimed: overlap or remainder",
        "pad-limit": "not claimed: padding",
    }
    assert plain["nan"].settled
    assert all(one.unclaimed for one in plain.values())


def test_nothing_is_asked_that_is_not_claimed() -> None:
    class Strict(Speaking):
        def forward(self, x: Array, pool: Pool) -> tuple[Array, speaking.Saved]:
            assert needed(x.shape, x.dtype.name, pool) <= self.claims
            return super().forward(x, pool)

        def indices(self, _saved: speaking.Saved) -> Array:
            raise AssertionError

    claims = frozenset({"overlap", "padding", "gradient"})
    found = seen(Strict(DEFAULT, claims)).standings
    assert {one.silent for one in found.values()} == {0}
    assert found["ties"].settled
    assert found["index"].why == "not claimed: indices"


def test_values_that_never_differ_on_what_is_claimed_are_left_open() -> None:
    claims = CLAIMS - {"dilation", "asymmetric-padding"}
    found = seen(Speaking(DEFAULT, claims)).standings["pad-limit"]
    assert found.status is Status.UNDECIDED
    assert found.possible == ("half", "half-extent")
    assert found.why == "not claimed: dilation"


def test_what_is_claimed_and_refused_is_said() -> None:
    class Refusing(Speaking):
        def indices(self, _saved: speaking.Saved) -> Array:
            message = "no indices\x1b[31m today"
            raise ValueError(message)

    found = seen(Refusing(DEFAULT, frozenset({"indices"}))).standings["index"]
    assert found.status is Status.UNTOLD
    assert found.why == (
        "the calls that would tell are answered by: refused: ValueError: no indices\\x1b[31m today"
    )
    assert found.silent > 10


def test_a_winner_is_not_read_where_nan_has_no_rule() -> None:
    found = seen(by("nan", "ignore", lambda x, pool: channels(x, pool) > 1)).standings
    assert found["nan"].status is Status.INCONSISTENT
    assert found["nan-index"].why == "nan itself is inconsistent"


def test_a_split_gradient_tells_no_winner() -> None:
    claims = CLAIMS - {"indices"}
    found = seen(Speaking(Dialect(gradient_ties="split"), claims)).standings
    assert found["ties"].why == "no winner can be read: gradient-ties is split"


# Declarations


@pytest.mark.parametrize(
    ("dialect", "declared", "switch", "how", "words"),
    [
        (DEFAULT, {}, "nan", Relation.DEFAULT, "the default"),
        (
            Dialect(nan="ignore"),
            {},
            "nan",
            Relation.UNDECLARED,
            "undeclared: observed to be ignore",
        ),
        (
            Dialect(nan="ignore"),
            {"nan": "ignore"},
            "nan",
            Relation.SAYS_SO,
            "differs from the default but says so",
        ),
        (DEFAULT, {"nan": "propagate"}, "nan", Relation.AS_DECLARED, "as declared"),
        (
            Dialect(ties="last"),
            {"ties": "first"},
            "ties",
            Relation.VIOLATES,
            "violates what it declares, first: observed to be last",
        ),
        (
            Dialect(ties="last"),
            {"ties": "any"},
            "ties",
            Relation.SAYS_SO,
            "differs from the default but says so; last is one of it",
        ),
        (
            Dialect(nan_index="last"),
            {},
            "nan-index",
            Relation.UNDECLARED,
            "undeclared: observed to be last, which the default leaves open",
        ),
    ],
)
def test_what_is_declared_is_compared_with_what_is_seen(
    dialect: Dialect, declared: dict[str, str], switch: str, how: Relation, words: str
) -> None:
    subject = Speaking(dialect)
    subject.dialect = declared
    found = seen(subject)
    one, said = found.standings[switch], declared.get(switch)
    keeps = found.keeps.get(switch, True)
    assert relation(one, said, keeps=keeps) is how
    assert relation_words(one, said, keeps=keeps) == words


def test_an_inconsistent_rule_violates_what_is_declared() -> None:
    subject = by("nan", "ignore", lambda x, pool: channels(x, pool) > 1)
    subject.dialect = {"nan": "ignore"}
    found = seen(subject)
    words = relation_words(found.standings["nan"], "ignore", keeps=found.keeps["nan"])
    assert words == "violates what it declares, ignore: observed to be inconsistent"


def test_what_is_declared_and_cannot_be_told_is_said() -> None:
    subject = Speaking(DEFAULT, frozenset())
    subject.dialect = {"ties": "last"}
    found = seen(subject)
    words = relation_words(found.standings["ties"], "last", keeps=found.keeps["ties"])
    assert words == ("declared to be last, which cannot be told: not claimed: indices or gradient")


# Named dialects


def test_named_dialects_are_those_asked_for_and_speak_of_known_switches() -> None:
    assert [one.name for one in NAMED] == [
        "torch", "onnx", "tensorflow", "jax/stablehlo", "tosa", "webnn", "openvino", "caffe",
        "cs231n",
    ]  # fmt: skip
    for one in NAMED:
        assert one.entries
        for switch, entry in one.entries.items():
            assert set(entry.values) <= set(switches()[switch].values)
            assert entry.source


@pytest.mark.parametrize("named", NAMED, ids=lambda one: str(one.name))
def test_who_speaks_a_named_dialect_is_nearest_to_it(named: object) -> None:
    one = next(each for each in NAMED if each is named)
    known = {switch: entry.values[0] for switch, entry in one.entries.items()}
    ranked = nearest({switch: standing(switch, value) for switch, value in known.items()})
    best = {near.dialect.name for near in first_of(ranked)}
    assert one.name in best
    assert ranked[0].departs == ()
    assert set(ranked[0].agrees) == set(known)


def standing(switch: str, value: str, status: Status = Status.OBSERVED) -> Standing:
    """Return that a switch was observed to have a value."""
    return Standing(switch, status, value, (value,) if value else ())


def test_departures_and_open_switches_are_told() -> None:
    found = {
        "nan": standing("nan", "ignore"),
        "ties": standing("ties", "", Status.UNTOLD),
        "pad-limit": replace(
            standing("pad-limit", "", Status.UNDECIDED), possible=("half", "half-extent")
        ),
        "ceil": standing("ceil", "", Status.INCONSISTENT),
        "index": standing("index", "plane"),
    }
    (torch,) = (one for one in nearest(found) if one.dialect.name == "torch")
    assert torch.agrees == ("index",)
    assert [(one.switch, one.observed) for one in torch.departs] == [
        ("nan", "ignore"),
        ("ceil", "inconsistent"),
    ]
    assert torch.open == ("ties", "pad-limit")
    (tosa,) = (one for one in nearest(found) if one.dialect.name == "tosa")
    assert tosa.agrees == ("nan",)
    assert [one.switch for one in tosa.departs] == ["pad-limit"]


def test_equally_near_ones_are_named_together() -> None:
    ranked = nearest({"index": standing("index", "plane")})
    assert {one.dialect.name for one in first_of(ranked)} == {"torch", "openvino", "caffe"}


# Engines that are installed


def engine(name: str) -> str:
    """Return an engine; the test is skipped, and says so, where a package is missing."""
    for package in SHIPPED[name].requires:
        pytest.importorskip(package, reason=f"the {SHIPPED[name].extra} extra is not installed")
    return name


def test_pytorch_speaks_torch() -> None:
    found = seen(engine("torch"))
    assert of(found) == spoken(replace(DEFAULT, nan_index="last", signed_zero="first")) | {
        "empty-window": "no known value"
    }
    best = first_of(nearest(found.standings))
    assert [one.dialect.name for one in best] == ["torch"]
    assert best[0].departs == ()


def test_onnx_runtime_has_no_rule_for_nan() -> None:
    found = seen(engine("onnxruntime")).standings
    assert found["nan"].status is Status.INCONSISTENT
    assert "the place in the window" in {turn.side for turn in found["nan"].turns}
    assert (found["index"].value, found["pad-limit"].value) == ("flat", "below-kernel")


def test_the_nan_of_onnx_runtime_depends_on_the_number_of_channels() -> None:
    engine("onnxruntime")
    from tests.subjects import fixed_shapes

    found = seen(fixed_shapes, fully=["nan", "float-identity"]).standings
    for switch in ("nan", "float-identity"):
        assert found[switch].status is Status.INCONSISTENT
        (turn,) = (one for one in found[switch].turns if one.side == "the number of channels")
        counts = {channels(one.probe.x, one.probe.pool) for one in (turn.one, turn.other)}
        assert sorted(count % 16 == 0 for count in counts) == [False, True]
